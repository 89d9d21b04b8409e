package app

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"attune/core/instant"
	"attune/core/person"
	"attune/internal/config"
	"attune/internal/intake"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// A server that is stopped while messages go out leaves none of them half said: each is handed over
// and recorded, or still pending.
func TestStoppingLeavesNothingInFlight(t *testing.T) {
	box, cfg := startMail(t, func(int) bool { time.Sleep(15 * time.Millisecond); return true })
	channels, closeChannel, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer closeChannel()
	rel, _ := mustLoad(t, diabetes)
	clock := sim.NewClock(crashBegin, nil)
	dir := t.TempDir()
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "stop", Release: rel, Now: clock.Now, Channels: channels, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	// Forty people come into the program at night and are welcomed when the contact hours begin.
	for k := range 2 * crashPeople {
		a := numbered(k)
		a.Event.OccurredAt, a.Event.ReceivedAt = crashBegin, crashBegin
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
		t.Fatal(err)
	}
	clock.Set(crashBegin.Add(16 * instant.Hour))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	server := &Server{Node: n, Pace: 1, Demo: true}
	go func() { done <- server.Run(ctx, listener) }()
	deadline := time.Now().Add(20 * time.Second)
	for box.count() < 5 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	answer, err := http.Get("http://" + listener.Addr().String() + "/healthz")
	if err != nil || answer.StatusCode != 200 {
		t.Error("not healthy while it works:", err)
	} else {
		answer.Body.Close()
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	states := map[person.TouchState]int{}
	err = n.People.Each(t.Context(), func(r store.Row) error {
		p, _, err := runner.ReadPerson(context.Background(), n.People, n.Keys, r.Person)
		for _, touch := range p.Touches {
			states[touch.State]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if states[person.InFlight] > 0 || states[person.Uncertain] > 0 || states[person.HandedOver] != box.count() {
		t.Errorf("stopped with %v; %d letters arrived", states, box.count())
	}
	if states[person.HandedOver] == 0 {
		t.Error("nothing was handed over before the stop, so nothing was tried")
	}
	t.Logf("%v", states)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
