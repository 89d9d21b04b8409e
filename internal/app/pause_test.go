package app

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/sim"
)

// welcomes are eighty people who came into the program at night and wait to be welcomed by slow mail.
type welcomes struct {
	t        *testing.T
	program  string
	dir      string
	box      *mailbox
	channels []delivery.Channel
	clock    *sim.Clock
	limits   map[string]delivery.Limits
	ceiling  delivery.Ceiling
	// countAtOnce is that of the options.
	countAtOnce int
}

func newWelcomes(t *testing.T, limits map[string]delivery.Limits) *welcomes {
	t.Helper()
	return newWelcomesOf(t, diabetes, limits)
}

func newWelcomesOf(t *testing.T, program string, limits map[string]delivery.Limits) *welcomes {
	t.Helper()
	box, cfg := startMail(t, func(int) bool { time.Sleep(15 * time.Millisecond); return true })
	channels, closeChannels, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeChannels)
	w := &welcomes{t: t, program: program, dir: t.TempDir(), box: box, channels: channels, clock: sim.NewClock(crashBegin, nil), limits: limits}
	n := w.open()
	for k := range 2 * crashPeople {
		a := numbered(k)
		a.Event.OccurredAt, a.Event.ReceivedAt = crashBegin, crashBegin
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(crashBegin.Add(10 * instant.Minute)) // the journey's wait is over, the night is not
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(crashBegin.Add(16 * instant.Hour))
	return w
}

func (w *welcomes) open() *Node {
	w.t.Helper()
	rel, _ := mustLoad(w.t, w.program)
	n, err := Open(w.t.Context(), Options{Data: w.dir, Organisation: "welcomes", Release: rel, Now: w.clock.Now, Channels: w.channels, Limits: w.limits, Ceiling: w.ceiling, CountAtOnce: w.countAtOnce, Relaxed: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// serve runs a server until the function that it returns is called.
func (w *welcomes) serve() (*Node, func()) {
	w.t.Helper()
	n := w.open()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: n, Pace: 1}).Run(ctx, listener) }()
	w.until("the server answers commands", func() bool {
		_, err := ChannelsIn(w.t.Context(), w.dir)
		return err == nil
	})
	return n, func() {
		w.t.Helper()
		stop()
		if err := <-done; err != nil {
			w.t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// until waits for something that a server does in its own time.
func (w *welcomes) until(what string, is func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("it never came to this:", what)
		}
	}
}

func TestAPauseHoldsAtOnceAndOutlivesTheServer(t *testing.T) {
	w := newWelcomes(t, map[string]delivery.Limits{"email": {AtOnce: 2}})
	n, stop := w.serve()
	w.until("some are welcomed", func() bool { return w.box.count() >= 5 })
	pause := Pause{Paused: Paused{Channel: "email"}, Why: "the letter names the wrong clinic", By: "kim"}
	if err := PauseIn(t.Context(), w.dir, pause, 0); err != nil {
		t.Fatal(err)
	}
	// What carriers had when the command returned is theirs; nothing else begins.
	w.until("what was under way is settled", n.Delivery.Idle)
	held := w.box.count()
	w.clock.Set(w.clock.Now().Add(instant.Minute))
	w.until("the loop went round", func() bool {
		s := n.Delivery.States()
		for _, x := range s {
			if x.Channel == "email" {
				return x.Held > 0
			}
		}
		return false
	})
	o, err := (&Server{Node: n}).view().Overview(t.Context())
	if err != nil || len(o.Paused) != 1 || o.Paused[0] != (api.Held{Says: "the channel email, by kim: the letter names the wrong clinic", Command: "attune resume --channel email"}) {
		t.Errorf("the page says %q, %v", o.Paused, err)
	}
	stop()
	if w.box.count() != held || held >= crashPeople {
		t.Fatalf("%d letters when the pause began, %d at the end", held, w.box.count())
	}

	n, stop = w.serve()
	w.clock.Set(w.clock.Now().Add(instant.Minute))
	states, err := ChannelsIn(t.Context(), w.dir)
	if err != nil || len(states) == 0 {
		t.Fatal(states, err)
	}
	if !n.Delivery.Idle() || w.box.count() != held {
		t.Error("after a restart it goes on by itself")
	}
	if err := ResumePausedIn(t.Context(), w.dir, Paused{Channel: "email"}, "kim", 0); err != nil {
		t.Fatal(err)
	}
	w.until("all are welcomed", func() bool { return w.box.count() == crashPeople })
	stop()
	list, err := PausesIn(w.dir, true)
	if err != nil || len(list) != 1 || list[0].EndedBy != "kim" || list[0].Ended == "" {
		t.Errorf("it is remembered as %+v, %v", list, err)
	}
}

func TestAFolderAtRestIsPausedForItsNextStart(t *testing.T) {
	w := newWelcomes(t, nil)
	now := instant.Time(1_800_000_000_000)
	for _, p := range []Pause{{Why: "why", By: "kim"}, {Paused: Paused{Program: "diabetes"}, ButSafety: true, Why: "why", By: "lee"}} {
		if err := PauseIn(t.Context(), w.dir, p, now); err != nil {
			t.Fatal(err)
		}
	}
	for want, err := range map[string]error{
		`there is no engagement "welcom": did you mean "welcome"?`:                    PauseIn(t.Context(), w.dir, Pause{Paused: Paused{Engagement: "welcom"}, Why: "w", By: "kim"}, now),
		`there is no channel "emial": did you mean "email"?`:                          PauseIn(t.Context(), w.dir, Pause{Paused: Paused{Channel: "emial"}, Why: "w", By: "kim"}, now),
		"say why, and who you are: others will want to know":                          PauseIn(t.Context(), w.dir, Pause{By: "kim"}, now),
		"the channel sms is not paused by itself; what is paused: everything; the pr": ResumePausedIn(t.Context(), w.dir, Paused{Channel: "sms"}, "kim", now),
		"is not a data folder that a server has used":                                 PauseIn(t.Context(), t.TempDir(), Pause{Why: "w", By: "kim"}, now),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	n := w.open()
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery}
	if err := drive.Settle(t.Context(), w.clock.Now()); err != nil || w.box.count() > 0 {
		t.Fatal("it was not paused", w.box.count(), err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	// One pause ends, the other one holds.
	if err := ResumePausedIn(t.Context(), w.dir, Paused{}, "kim", now); err != nil {
		t.Fatal(err)
	}
	list, err := PausesIn(w.dir, false)
	if err != nil || len(list) != 1 || list[0].Says() != "the program diabetes, but not what is about safety, by lee: why" {
		t.Errorf("what is left: %+v, %v", list, err)
	}
}
