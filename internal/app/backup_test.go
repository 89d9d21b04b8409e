package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/config"
	"attune/internal/erasure"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// letterTo is what makes a letter the same as another to its reader.
func letterTo(letter string) string {
	var says []string
	for line := range strings.Lines(letter) {
		if strings.HasPrefix(line, "To:") || strings.HasPrefix(line, "Subject:") {
			says = append(says, strings.TrimSpace(line))
		}
	}
	return strings.Join(says, " | ")
}

// What went out between a backup and its loss is not said again by who restores it, though sources send everything again.
func TestARestoredFolderSaysNothingTwice(t *testing.T) {
	t.Parallel()
	for name, fence := range map[string]bool{"behind its fence": true, "without one, as a control": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, cfg := startMail(t, func(int) bool { return true })
			channels, closeChannels, err := Channels(config.Config{Email: cfg})
			if err != nil {
				t.Fatal(err)
			}
			defer closeChannels()
			rel, _ := mustLoad(t, diabetes)
			open := func(data string, from int) (*Node, *sim.Clock) {
				t.Helper()
				clock := sim.NewClock(numbered(from).Event.OccurredAt, nil)
				n, err := Open(t.Context(), Options{Data: data, Organisation: "mail", Release: rel, Now: clock.Now, Channels: channels, Relaxed: true})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = n.Close() })
				return n, clock
			}
			settle := func(n *Node, at *sim.Clock) {
				t.Helper()
				if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), at.Now()); err != nil {
					t.Fatal(err)
				}
			}
			// What happens after the backup, as sources tell it: to the folder that is lost, and to the one that is restored.
			after := func(n *Node, clock *sim.Clock) {
				t.Helper()
				feed(t.Context(), t, n, clock, 300, 600, func(int) {})
				clock.Set(clock.Now().Add(12 * instant.Hour))
				settle(n, clock)
			}
			n, clock := open(filepath.Join(t.TempDir(), "lost"), 0)
			feed(t.Context(), t, n, clock, 0, 300, func(int) {})
			first, began := box.count(), clock.Now()
			backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
			if _, err := Backup(t.Context(), n.Data, backup, keys); err != nil {
				t.Fatal(err)
			}
			after(n, clock)
			before := map[string]bool{}
			for _, l := range box.letters[first:] {
				before[letterTo(l)] = true
			}
			if first == 0 || len(before) == 0 {
				t.Fatalf("%d letters went out before the backup and %d after: both are needed", first, len(before))
			}
			sent := box.count()
			data := filepath.Join(t.TempDir(), "data")
			if _, err := Restore(t.Context(), backup, keys, "", data); err != nil {
				t.Fatal(err)
			}
			// The backup was made on the machine's clock, and people live by another.
			f, err := readFence(data)
			if err != nil || !f.stands() {
				t.Fatal("there is no fence", err)
			}
			f.Made = began.String()
			if !fence {
				f.Lifted = "now"
			}
			if err := f.write(data); err != nil {
				t.Fatal(err)
			}
			again, clock := open(data, 299)
			after(again, clock)
			if fence {
				if box.count() != sent {
					t.Fatalf("%d letters went out through the fence", box.count()-sent)
				}
				if pauses := again.pauses(); len(pauses) != 1 || !strings.Contains(pauses[0].Why, "restored") {
					t.Errorf("what is paused: %v", pauses)
				}
				out, err := again.liftFence(t.Context(), ReleaseWord{By: "Kim"})
				if err != nil || out.Doubted == 0 {
					t.Fatalf("%d are doubted, %v", out.Doubted, err)
				}
				settle(again, clock)
			}
			twice := 0
			for _, l := range box.letters[sent:] {
				if before[letterTo(l)] {
					twice++
				}
			}
			if fence && box.count() != sent || !fence && twice == 0 {
				t.Errorf("%d letters went out after the restore, %d of them again", box.count()-sent, twice)
			}
			if fence {
				doubtful(t, again)
				if _, err := again.liftFence(t.Context(), ReleaseWord{By: "Kim"}); err == nil {
					t.Error("a fence that is lifted is lifted again")
				}
			}
		})
	}
}

// doubtful wants nothing pending that is due, and something of which nobody knows whether it went out.
func doubtful(t *testing.T, n *Node) {
	t.Helper()
	states := map[person.TouchState]int{}
	err := n.People.Each(t.Context(), func(r store.Row) error {
		p, err := runner.OpenRow(n.Keys, &r)
		for i := range p.Touches {
			if p.Touches[i].Due <= n.Now() {
				states[p.Touches[i].State]++
			}
		}
		return err
	})
	if err != nil || states[person.Uncertain] == 0 || states[person.Pending] > 0 {
		t.Errorf("touches that were due: %v, %v", states, err)
	}
}

// A backup is made while events come in, and is a whole folder all the same.
func TestABackupBesideWritersIsWhole(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	writers.Go(func() {
		for ctx.Err() == nil {
			f.hear("ana", "traits.updated", "city", "somewhere")
			f.settle()
			if err := f.Compact(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	for range 3 {
		backup, keys, data := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "data")
		if _, err := Backup(t.Context(), f.dir, backup, keys); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), backup, keys, "", data); err != nil {
			t.Fatal(err)
		}
		i, err := Inspect(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		c, err := i.Checkup(t.Context())
		if err != nil || !c.Healthy() {
			t.Errorf("the restored folder is %+v, %v", c.Findings, err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	stop()
	writers.Wait()
}

// Who was erased after a backup was made is erased again when it is restored beside the ledger.
func TestARestoredBackupForgetsWhoWasErasedSince(t *testing.T) {
	t.Parallel()
	a := newAviary(t, 12)
	backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
	if _, err := Backup(t.Context(), a.dir, backup, keys); err != nil {
		t.Fatal(err)
	}
	if found := canariesUnder(t, backup); len(found) > 0 {
		t.Errorf("in the backup stands %v", found)
	}
	a.eraseHalf()
	ledger := filepath.Join(a.dir, "keys", erasure.Name)
	other := filepath.Join(t.TempDir(), "other")
	a.must(os.WriteFile(other, []byte(`{"what":"hold set","people":["`+erasure.Of(id.Person{9})+`"],"at":"2027-03-01T09:00:00Z"}`+"\n"), 0o600))
	without := filepath.Join(t.TempDir(), "data")
	if r, err := Restore(t.Context(), backup, keys, "", without); err != nil || r.Erased != 0 {
		t.Errorf("without a ledger %d are erased, %v", r.Erased, err)
	}
	data := filepath.Join(t.TempDir(), "data")
	r, err := Restore(t.Context(), backup, keys, ledger, data)
	if err != nil || r.Erased != len(a.people)/2 {
		t.Errorf("%d are erased again, %v", r.Erased, err)
	}
	a.must(a.Close())
	a.dir = data
	a.open()
	a.nothingLeft("in a restored backup")
}
