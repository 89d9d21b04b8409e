package reputation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/id"
	"attune/internal/delivery"
	"attune/internal/delivery/reputation"
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func guard(t testing.TB, file string, c *clock) *reputation.Guard {
	t.Helper()
	g, err := reputation.Open(reputation.Config{File: file, Domain: "clinic.example", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func begin() *clock { return &clock{t: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)} }

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "reputation.json") }

func TestLevels(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handed, complaints int
		want               reputation.Level
	}{
		"nothing yet":                    {0, 0, reputation.Good},
		"letters and no complaint":       {5000, 0, reputation.Good},
		"one complaint of ten":           {10, 1, reputation.Good},
		"two of ten":                     {10, 2, reputation.Alarmed},
		"three of ten":                   {10, 3, reputation.Alarmed},
		"four of ten":                    {10, 4, reputation.Paused},
		"one of two thousand":            {2000, 1, reputation.Good},
		"two of two thousand":            {2000, 2, reputation.Alarmed},
		"just below one of a thousand":   {3001, 3, reputation.Good},
		"one of a thousand":              {3000, 3, reputation.Alarmed},
		"just below one of five hundred": {3001, 6, reputation.Alarmed},
		"one of five hundred":            {3000, 6, reputation.Paused},
		"far above":                      {3000, 90, reputation.Paused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guard(t, file(t), begin())
			for range c.handed {
				g.HandedOver(channel.Service)
			}
			for i := range c.complaints {
				if err := g.Complained(fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
			s := g.Standing()
			if s.Level != c.want || s.Handed != int64(c.handed) || s.Complaints != int64(c.complaints) {
				t.Errorf("it stands %+v, want %s", s, c.want)
			}
			for _, class := range channel.Classes() {
				_, paused := g.Paused(class)
				if want := c.want == reputation.Paused && class == channel.Promotional; paused != want {
					t.Errorf("%s is paused: %v, want %v", class, paused, want)
				}
			}
		})
	}
}

func complain(t *testing.T, g *reputation.Guard, names ...string) {
	t.Helper()
	for _, n := range names {
		if err := g.Complained(n); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlyWhatPeopleDidNotHaveToGetCounts(t *testing.T) {
	t.Parallel()
	g := guard(t, file(t), begin())
	for _, class := range channel.Classes() {
		g.HandedOver(class)
	}
	if s := g.Standing(); s.Handed != 2 {
		t.Errorf("%d were counted, want promotional and service", s.Handed)
	}
}

func TestSevenDaysRoll(t *testing.T) {
	t.Parallel()
	c := begin()
	g := guard(t, file(t), c)
	g.HandedOver(channel.Service)
	complain(t, g, "a", "b")
	c.pass(7*24*time.Hour - time.Hour)
	if s := g.Standing(); s.Level != reputation.Alarmed || s.Handed != 1 {
		t.Errorf("an hour before it stands %+v", s)
	}
	c.pass(time.Hour)
	if s := g.Standing(); s.Level != reputation.Good || s.Handed != 0 || s.Complaints != 0 {
		t.Errorf("after seven days it stands %+v", s)
	}
	complain(t, g, "a") // a name may come again after its time
	if s := g.Standing(); s.Complaints != 1 {
		t.Errorf("then %+v", s)
	}
}

func TestAComplaintCountsOnce(t *testing.T) {
	t.Parallel()
	g := guard(t, file(t), begin())
	complain(t, g, "a", "a", "a", "a", "a")
	if s := g.Standing(); s.Complaints != 1 || s.Level != reputation.Good {
		t.Errorf("it stands %+v", s)
	}
}

// A pause does not end by waiting, nor by a new start; and once somebody ended it, the same complaints
// do not begin it again.
func TestAPauseEndsOnlyByCommand(t *testing.T) {
	t.Parallel()
	c, name := begin(), file(t)
	g := guard(t, name, c)
	complain(t, g, "a", "b", "c", "d")
	c.pass(30 * 24 * time.Hour)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	g = guard(t, name, c)
	s := g.Standing()
	if s.Level != reputation.Paused || s.PausedBy == nil || s.PausedBy.Complaints != 4 || !s.PausedAt.Equal(begin().t) {
		t.Fatalf("a month later it stands %+v", s)
	}
	complain(t, g, "w", "x", "y")
	if err := g.Resume(); err != nil {
		t.Fatal(err)
	}
	g = guard(t, name, c)
	if s := g.Standing(); s.Level != reputation.Good || s.PausedBy != nil || s.Complaints != 0 {
		t.Fatalf("after the command it stands %+v", s)
	}
	complain(t, g, "w", "x", "y", "y")
	if s := g.Standing(); s.Complaints != 0 {
		t.Errorf("former complaints count again: %+v", s)
	}
	complain(t, g, "1", "2", "3", "4")
	if _, paused := g.Paused(channel.Promotional); !paused {
		t.Error("new complaints do not pause it")
	}
}

// A kill loses at most a minute's count of letters, and no complaint.
func TestWhatAKillLeaves(t *testing.T) {
	t.Parallel()
	c, name := begin(), file(t)
	g := guard(t, name, c)
	g.HandedOver(channel.Service)
	complain(t, g, "a")
	g.HandedOver(channel.Service)
	if s := guard(t, name, c).Standing(); s.Handed != 1 || s.Complaints != 1 {
		t.Errorf("killed at once it stands %+v", s)
	}
	c.pass(time.Minute)
	g.HandedOver(channel.Service)
	if s := guard(t, name, c).Standing(); s.Handed != 3 {
		t.Errorf("killed after a minute it stands %+v", s)
	}
	g.HandedOver(channel.Service)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if s := guard(t, name, c).Standing(); s.Handed != 4 {
		t.Errorf("closed it stands %+v", s)
	}
}

func TestDomainsAreCountedApart(t *testing.T) {
	t.Parallel()
	c, name := begin(), file(t)
	complain(t, guard(t, name, c), "a", "b", "c", "d")
	other, err := reputation.Open(reputation.Config{File: name, Domain: "other.example", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if s := other.Standing(); s.Level != reputation.Good {
		t.Errorf("another domain stands %+v", s)
	}
	complain(t, other, "z")
	if s := guard(t, name, c).Standing(); s.Level != reputation.Paused {
		t.Errorf("then the first stands %+v", s)
	}
}

// What cannot be kept is not acknowledged, and is counted when it comes again.
func TestAComplaintThatCannotBeKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c, name := begin(), filepath.Join(dir, "reputation.json")
	g := guard(t, name, c)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := g.Complained("a"); err == nil {
		t.Fatal("it was acknowledged")
	}
	if err := g.Resume(); err == nil {
		t.Fatal("a command was acknowledged")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	complain(t, g, "a")
	if s := guard(t, name, c).Standing(); s.Complaints != 1 {
		t.Errorf("it stands %+v", s)
	}
	if err := os.WriteFile(name, []byte("{damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reputation.Open(reputation.Config{File: name, Domain: "clinic.example"}); err == nil {
		t.Error("a damaged file was taken")
	}
}

// Whoever holds letters back is told at once when they stop and when they may go on.
func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	var told []bool
	var g *reputation.Guard
	g, err := reputation.Open(reputation.Config{File: file(t), Domain: "clinic.example", Now: begin().now, Changed: func() {
		_, paused := g.Paused(channel.Promotional)
		told = append(told, paused)
	}})
	if err != nil {
		t.Fatal(err)
	}
	complain(t, g, "a", "b", "c", "d", "e")
	if err := g.Resume(); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(told) != "[true false]" {
		t.Errorf("it was told %v", told)
	}
}

func TestStaffAreToldOnce(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	g, err := reputation.Open(reputation.Config{File: file(t), Domain: "clinic.example", Now: begin().now, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	complain(t, g, "a", "b", "c", "d", "e")
	if lines := strings.Split(strings.TrimSpace(said.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "level=WARN") || !strings.Contains(lines[1], "attune email resume") {
		t.Errorf("the log says\n%s", said.String())
	}
}

// carrier takes everything, or nothing.
type carrier struct {
	err  error
	sent int
}

func (*carrier) Can() delivery.Capabilities { return delivery.Capabilities{Name: "email"} }

func (c *carrier) Send(context.Context, delivery.Message) (delivery.Receipt, error) {
	c.sent++
	return delivery.Receipt{}, c.err
}

type asked struct{ carrier }

func (*asked) Find(context.Context, id.Key) (delivery.Receipt, bool, error) {
	return delivery.Receipt{Reference: "found"}, true, nil
}

func TestAChannelIsCounted(t *testing.T) {
	t.Parallel()
	g, c := guard(t, file(t), begin()), &carrier{}
	ch := g.Channel(c)
	send := func(class channel.Class) error {
		_, err := ch.Send(t.Context(), delivery.Message{Class: class})
		return err
	}
	if err := send(channel.Promotional); err != nil {
		t.Fatal(err)
	}
	c.err = errors.New("nobody knows")
	if err := send(channel.Service); !errors.Is(err, c.err) || g.Standing().Handed != 1 {
		t.Errorf("%v, and it stands %+v", err, g.Standing())
	}
	if _, ok := ch.(delivery.Finder); ok {
		t.Error("it claims to find what its carrier cannot")
	}
	f, ok := g.Channel(&asked{}).(delivery.Finder)
	if !ok {
		t.Fatal("it cannot find what its carrier can")
	}
	if r, found, err := f.Find(t.Context(), id.Key{}); err != nil || !found || r.Reference != "found" {
		t.Error(r, found, err)
	}
}

// Thresholds are those of exact fractions, whatever the numbers.
func TestRatesAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := reputation.Rate{Handed: rapid.Int64Range(0, 1<<40).Draw(t, "handed"), Complaints: rapid.Int64Range(0, 1<<40).Draw(t, "complaints")}
		of := rapid.SampledFrom([]int64{500, 1000}).Draw(t, "of")
		n := max(r.Handed, 2000)
		// complaints/n >= 1/of, as the whole numbers of letters that so many complaints allow.
		if want := r.Complaints > 0 && n/of+min(n%of, 1) <= r.Complaints; r.Reaches(of) != want {
			t.Errorf("%+v reaches one of %d: %v, want %v", r, of, !want, want)
		}
	})
}
