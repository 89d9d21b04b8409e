package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/app"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// served is a data folder with a server at work, and what stops it; it is stopped at the test's end where nobody did before.
func served(t *testing.T) (data string, node *app.Node, stop func()) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	rel, err := bootstrap(streams{&bytes.Buffer{}, &bytes.Buffer{}}, data, diabetes)
	if err != nil {
		t.Fatal(err)
	}
	node, err = app.Open(t.Context(), app.Options{Data: data, Organisation: "Green Lane", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- (&app.Server{Node: node, Pace: 1}).Run(ctx, listener) }()
	stop = sync.OnceFunc(func() {
		end()
		if err := errors.Join(<-done, node.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return data, node, stop
}

// What is written down at a terminal stands in the record, and a channel that carries nothing says so.
func TestTheDeskTakesNotesAndTriesChannels(t *testing.T) {
	t.Parallel()
	data, node, _ := served(t)
	e := event.Event{ID: "feed/a", Name: "traits.updated"}.With("first_name", expr.TextOf("Ana"))
	if err := node.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: "a"}, Event: e}}); err != nil {
		t.Fatal(err)
	}
	until := func(says string, args ...string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			_, out, said := attune(t, append(args, "--data", data)...)
			if strings.Contains(out, says) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v: %s%s", args, out, said)
			}
		}
	}
	until("traits.updated", "person", "feed:a")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"note", "feed:a", "Prefers to be rung before noon", "--by", "nurse Kim"}, 0, "It stands in the record"},
		{[]string{"note", "feed:a", "Sleeps better", "--kind", "call", "--outcome", "reached", "--by", "nurse Kim"}, 0, "It stands in the record"},
		{[]string{"note", "feed:a", "--kind", "call", "--by", "nurse Kim"}, 1, "a call needs outcome"},
		{[]string{"note", "feed:a", "--by", "nurse Kim"}, 1, "a note needs text"},
		{[]string{"channels", "test", "sms", "+447700900123"}, 1, "capture box"},
		{[]string{"channels", "test", "pigeon", "+447700900123"}, 1, `there is no channel "pigeon"`},
	} {
		code, out, said := attune(t, append(c.args, "--data", data)...)
		if code != c.code || !strings.Contains(out+said, c.says) {
			t.Errorf("%v: %d: %s%s", c.args, code, out, said)
		}
	}
	until("note.written", "person", "feed:a")
	until("call.held", "person", "feed:a")
}
