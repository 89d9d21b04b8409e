package sqlite

import (
	"testing"

	"attune/internal/store"
	"attune/internal/store/storetest"
)

func mustPeople(t testing.TB, dir string, cfg Config) *People {
	t.Helper()
	p, err := OpenPeople(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustHistory(t testing.TB, dir string, cfg Config) *History {
	t.Helper()
	h, err := OpenHistory(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPeople(t *testing.T) {
	storetest.RunPeople(t, func(t testing.TB, dir string) store.People { return mustPeople(t, dir, Config{}) })
}

func TestHistory(t *testing.T) {
	storetest.RunHistory(t, func(t testing.TB, dir string) store.History { return mustHistory(t, dir, Config{}) })
}

func mustChunks(t testing.TB, dir string, cfg Config) *Chunks {
	t.Helper()
	c, err := OpenChunks(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChunks(t *testing.T) {
	storetest.RunChunks(t, func(t testing.TB, dir string) store.Chunks { return mustChunks(t, dir, Config{}) })
}

func TestWithOddSettings(t *testing.T) {
	cfg := Config{Durability: Relaxed, Readers: 1, WALLimit: 64 << 10}
	t.Run("people", func(t *testing.T) {
		storetest.RunPeople(t, func(t testing.TB, dir string) store.People { return mustPeople(t, dir, cfg) })
	})
	t.Run("chunks", func(t *testing.T) {
		storetest.RunChunks(t, func(t testing.TB, dir string) store.Chunks { return mustChunks(t, dir, cfg) })
	})
	t.Run("history", func(t *testing.T) {
		storetest.RunHistory(t, func(t testing.TB, dir string) store.History { return mustHistory(t, dir, cfg) })
	})
}
