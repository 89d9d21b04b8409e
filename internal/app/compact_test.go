package app

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/record"
	"attune/internal/store"
)

// everybody's records, as the history tells them.
func recordsOf(t *testing.T, v *view) map[id.Person][]record.Record {
	t.Helper()
	all := map[id.Person][]record.Record{}
	err := v.people.Each(t.Context(), func(r store.Row) (err error) {
		all[r.Person], err = v.records(t.Context(), r.Person)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A server sorts what has happened into chunks and lets the log forget it. Stories are the same as
// before, and what follows is taken as ever.
func TestAServerCompactsAndTrims(t *testing.T) {
	w, dir := smallWorld(t)
	server := &Server{Node: w.Node}
	was := recordsOf(t, server.view())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, listener) }()
	accepted := w.Node.Log.Last()
	for deadline := time.Now().Add(time.Minute); w.Node.Log.First() <= accepted && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if first := w.Node.Log.First(); first != accepted+1 || w.Node.Log.Last() != accepted {
		t.Errorf("of %d events the log still keeps those from %d", accepted, first)
	}
	if is := recordsOf(t, server.view()); !reflect.DeepEqual(is, was) || len(is) != 60 {
		t.Error("the stories have changed")
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}

	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if is := recordsOf(t, &i.view); !reflect.DeepEqual(is, was) {
		t.Error("an inspector tells other stories")
	}
	found, err := i.Checkup(t.Context())
	if err != nil || !found.Healthy() || found.Chunks.People != 60 || found.Log.First != int64(accepted)+1 || found.Log.Last != int64(accepted) {
		t.Errorf("doctor finds %+v, %v", found, err)
	}
}

// With the log trimmed and everything in chunks, a deleted state still comes back from the frames, and
// deleted chunks do too.
func TestStateAndChunksAreRebuiltAfterTrimming(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	w, dir := smallWorld(t)
	if err := w.Node.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	was, told := image(t, w.Node.People), recordsOf(t, (&Server{Node: w.Node}).view())
	last := w.Node.Log.Last()
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"state.db*", "chunks.db*"} {
		for _, f := range mustGlob(t, filepath.Join(dir, pattern)) {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "demo", Release: w.Node.Release, Now: w.Clock.Now, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if is := image(t, n.People); !bytes.Equal(is, was) {
		t.Error("the rebuilt state differs")
	}
	for range 2 {
		if is := recordsOf(t, (&Server{Node: n}).view()); !reflect.DeepEqual(is, told) {
			t.Error("the stories have changed")
		}
		if err := n.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n.Log.First() != last+1 || n.Log.Last() != last {
		t.Errorf("the log keeps %d to %d, it ended at %d", n.Log.First(), n.Log.Last(), last)
	}
}
