package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/sim"
)

func mustLocation(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const (
	crashPeople = 40
	crashBatch  = 10
	crashBegin  = instant.Time(1_800_000_000_000)
	crashEnv    = "ATTUNE_CRASH_TEST"
)

// numbered is the k-th event of an endless feed: forty people, an hour apart, whose refills are late
// again and again.
func numbered(k int) intake.Arrival {
	at := crashBegin.Add(instant.Duration(k) * instant.Hour)
	e := event.Event{ID: fmt.Sprintf("feed/%d", k), Source: "feed", Name: "portal.visited", OccurredAt: at, ReceivedAt: at}
	who := fmt.Sprintf("somebody-%d", k%crashPeople)
	switch round := k / crashPeople; {
	case round == 0:
		e.Name = "traits.updated"
		e = e.With("email", expr.TextOf(who+"@patients.example")).With("first_name", expr.TextOf("Ana"))
	case round == 1:
		e.Name = "clinical.condition_recorded"
		e = e.With("codes", expr.ListOf("44054006"))
	case round%7 == 2:
		e.Name = "medication.dispensed"
		e = e.With("days_supply", expr.IntegerOf(1))
	}
	return intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Event: e}
}

// crashWorld opens the node as a server would, but under a clock that the feed moves.
func crashWorld(ctx context.Context, tb testing.TB, dir string, clock *sim.Clock) *Node {
	rel, _ := mustLoad(tb, diabetes)
	n, err := Open(ctx, Options{Data: dir, Organisation: "crash", Release: rel, Now: clock.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// feed sends events from the given number on and says after each batch that it was acknowledged.
func feed(ctx context.Context, tb testing.TB, n *Node, clock *sim.Clock, from, to int, acknowledged func(int)) {
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery}
	for k := from; k < to; {
		var batch []intake.Arrival
		for ; k < to && len(batch) < crashBatch; k++ {
			batch = append(batch, numbered(k))
		}
		clock.Set(batch[len(batch)-1].Event.OccurredAt)
		if err := n.Intake.Take(ctx, intake.Source{Name: "feed"}, batch); err != nil {
			tb.Fatal(err)
		}
		acknowledged(k)
		if err := drive.Settle(ctx, clock.Now()); err != nil {
			tb.Fatal(err)
		}
		if k%(5*crashBatch) == 0 {
			if err := n.Compact(ctx); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	undo, err := prepare()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if dir := os.Getenv(crashEnv); dir != "" {
		from, _ := strconv.Atoi(os.Getenv(crashEnv + "_FROM"))
		clock := sim.NewClock(crashBegin.Add(instant.Duration(from)*instant.Hour), nil)
		tb := &childTB{}
		n := crashWorld(context.Background(), tb, dir, clock)
		feed(context.Background(), tb, n, clock, from, 1<<30, func(k int) { fmt.Println(k) })
		return
	}
	if dir := os.Getenv(callsEnv); dir != "" {
		serveCalls(dir, os.Getenv(callsEnv+"_URL"))
		return
	}
	if dir := os.Getenv(withdrawEnv); dir != "" {
		serveWithdrawals(dir)
		return
	}
	code := m.Run()
	undo()
	os.Exit(code)
}

// childTB lets the child use the helpers of tests.
type childTB struct{ testing.TB }

func (*childTB) Helper() {}
func (*childTB) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(3)
}

func TestKilledAtAnyMomentItLosesNothingAndSaysNothingTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	draw := rand.New(rand.NewPCG(11, 13))
	sent := 0
	kills := 8
	if testing.Short() {
		kills = 3
	}
	for range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashEnv+"="+dir, crashEnv+"_FROM="+strconv.Itoa(sent))
		var complaint bytes.Buffer
		child.Stderr = &complaint
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		// Let it get going, then kill it wherever it is.
		if lines.Scan() {
			sent = max(sent, mustNumber(t, lines.Text()))
		}
		time.AfterFunc(time.Duration(draw.IntN(700))*time.Millisecond, func() { _ = child.Process.Kill() })
		for lines.Scan() {
			sent = max(sent, mustNumber(t, lines.Text()))
		}
		_ = child.Wait()
		if complaint.Len() > 0 {
			t.Fatalf("the process complained: %s", complaint.String())
		}
	}

	// What was not acknowledged is sent again, as a client would; then some more, and rest.
	clock := sim.NewClock(crashBegin.Add(instant.Duration(sent)*instant.Hour), nil)
	n := crashWorld(t.Context(), t, dir, clock)
	total := sent + 400
	feed(t.Context(), t, n, clock, sent, total, func(int) {})
	clock.Set(clock.Now().Add(30 * instant.Day))
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
		t.Fatal(err)
	}

	tallies, err := n.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	live := newTotals(tallies)
	want := map[string]int64{}
	for k := range total {
		want["events/feed/"+numbered(k).Event.Name]++
	}
	for key, count := range want {
		if live[key] != count {
			t.Errorf("%s: %d were acknowledged, %d taken", key, count, live[key])
		}
	}
	captured, err := n.Box.Newest(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if twice := touchedTwice(captured); len(twice) > 0 {
		t.Errorf("handed over twice: %v", twice)
	}
	if handed := live["touch/email/handed_over"]; int(handed) != len(captured) || handed == 0 {
		t.Errorf("%d recorded as handed over, %d captured", handed, len(captured))
	}
	if checked, err := n.History.Check(t.Context()); err != nil || checked.Damaged > 0 || checked.Chunks == 0 {
		t.Errorf("the chunks are not the frames: %s, %v", checked, err)
	}
	if n.Log.First() == 1 {
		t.Error("the log was never trimmed")
	}
	was := image(t, n.People)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range mustGlob(t, filepath.Join(dir, "state.db*")) {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	n = crashWorld(t.Context(), t, dir, clock)
	defer n.Close()
	if is := image(t, n.People); !bytes.Equal(was, is) {
		t.Error("after all this the state is not what the history says")
	}
	t.Logf("%d kills, %d events, %d messages", kills, total, len(captured))
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("nothing matches", pattern, err)
	}
	return files
}

func mustNumber(t *testing.T, s string) int {
	t.Helper()
	k, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
