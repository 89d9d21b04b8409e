package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/app"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

const (
	source    = "bench"
	batchSize = 100
)

// served is a node with its server, as attune serve runs it, over loopback TCP.
type served struct {
	node *app.Node
	key  string
	url  string
	stop func() error
}

func serve(ctx context.Context, o app.Options, with func(*app.Node) *app.Server) (_ *served, err error) {
	n, err := app.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	key, err := n.Sources.Add(source, "")
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- with(n).Run(ctx, listener) }()
	return &served{node: n, key: key, url: "http://" + listener.Addr().String() + "/v1/batch", stop: func() error {
		cancel()
		return errors.Join(<-ended, n.Close())
	}}, nil
}

// plain is a server without a door.
func plain(n *app.Node) *app.Server { return &app.Server{Node: n} }

// applied counts the events whose consequences are committed.
func (s *served) applied() int64 { return int64(s.node.Log.Last()) - int64(s.node.Runner.Behind()) }

// rest waits until everything accepted is applied.
func (s *served) rest(ctx context.Context) error {
	for s.node.Runner.Behind() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// measurePath sends batches over HTTP from another process and watches what becomes of them.
func measurePath(ctx context.Context, r *report, o options, rel *release.Release, dir string) error {
	if err := settle(ctx, o, rel, dir, nil); err != nil {
		return fmt.Errorf("make %d people: %w", o.people, err)
	}
	opened := time.Now()
	s, err := serve(ctx, app.Options{Data: dir, Organisation: "bench", Release: rel, MaxBacklog: o.backlog}, plain)
	if err != nil {
		return err
	}
	r.add(fmt.Sprintf("path: open a folder of %d people", o.people), time.Since(opened).Seconds(), "s", "")
	err = s.measure(ctx, r, o, dir)
	return errors.Join(err, s.stop())
}

func (s *served) measure(ctx context.Context, r *report, o options, dir string) error {
	// A short load first, so that caches are as they are at work.
	if _, err := s.load(ctx, o, 0, time.Duration(max(1, o.seconds/5))*time.Second, nil); err != nil {
		return err
	}
	if err := s.rest(ctx); err != nil {
		return err
	}
	if err := s.sustained(ctx, r, o, dir); err != nil {
		return err
	}
	return s.latency(ctx, r, o)
}

// sustained sends as fast as batches are acknowledged; when the backlog is full the client waits as it
// is told, so over the whole span acknowledged and applied come to the same but for the backlog.
func (s *served) sustained(ctx context.Context, r *report, o options, dir string) error {
	wal := watchWAL(dir)
	begin, used, written, applied := time.Now(), cpuTime(), writtenBytes(), s.applied()
	var sent tally
	var span, cpu time.Duration
	err := profiled(o.cpuProfile, func() (err error) {
		sent, err = s.load(ctx, o, 0, time.Duration(o.seconds)*time.Second, nil)
		span, cpu = time.Since(begin), cpuTime()-used
		return err
	})
	applied = s.applied() - applied
	backlog := s.node.Runner.Behind()
	if err := errors.Join(err, s.rest(ctx)); err != nil {
		return err
	}
	whole, all := time.Since(begin), cpuTime()-used
	p50, p99 := quantiles(sent.acks)
	name := fmt.Sprintf("path, %d people: ", o.people)
	committed := float64(applied) / span.Seconds()
	r.add(name+"accepted and durable", float64(sent.events)/span.Seconds(), "events/s", fmt.Sprintf("%d batches were told to come again", sent.busy))
	r.add(name+"committed meanwhile", committed, "events/s", r.times(committed, rawBatch))
	r.add(name+"committed until all was", float64(sent.events)/whole.Seconds(), "events/s", fmt.Sprintf("%d waited when the client stopped", backlog))
	r.add(name+"ack p50 under full load", millis(p50), "ms", "")
	r.add(name+"ack p99 under full load", millis(p99), "ms", "")
	r.add(name+"CPU of the server per event", float64(all.Microseconds())/float64(sent.events), "µs", fmt.Sprintf("%.2f cores while the client sent", cpu.Seconds()/span.Seconds()))
	r.add(name+"bytes written per event", (writtenBytes()-written)/float64(sent.events), "B", "")
	r.add(name+"largest WAL", wal(), "MB", "bound 256 each for log, history and state")
	r.add(name+"resident memory", residentMB(), "MB", "")
	return nil
}

// latency sends at a fixed rate and watches each batch from its first byte to its commit.
func (s *served) latency(ctx context.Context, r *report, o options) error {
	var mu sync.Mutex
	var commits []time.Duration
	var watching sync.WaitGroup
	sent, err := s.load(ctx, o, o.rate, time.Duration(o.seconds)*time.Second, func(begun time.Time) {
		// At this moment the batch is acknowledged, so it stands at or before the log's end.
		end := int64(s.node.Log.Last())
		watching.Go(func() {
			for s.applied() < end {
				time.Sleep(200 * time.Microsecond)
			}
			took := time.Since(begun)
			mu.Lock()
			defer mu.Unlock()
			commits = append(commits, took)
		})
	})
	watching.Wait()
	if err != nil {
		return err
	}
	name := fmt.Sprintf("path, %d people, %d events/s: ", o.people, o.rate)
	p50, p99 := quantiles(sent.acks)
	r.add(name+"ack p50", millis(p50), "ms", r.times(millis(p50), rawSync+", p50"))
	r.add(name+"ack p99", millis(p99), "ms", r.times(millis(p99), rawSync+", p99"))
	p50, p99 = quantiles(commits)
	r.add(name+"event to committed p50", millis(p50), "ms", "from the request's first byte")
	r.add(name+"event to committed p99", millis(p99), "ms", "")
	return nil
}

// load runs a client in a process of its own, so that its CPU is not the server's. Acked is told of
// each batch when it was begun, as soon as it is acknowledged.
func (s *served) load(ctx context.Context, o options, rate int, span time.Duration, acked func(begun time.Time)) (t tally, err error) {
	self, err := os.Executable()
	if err != nil {
		return t, err
	}
	cmd := exec.CommandContext(ctx, self, clientCommand, s.url, s.key, strconv.Itoa(o.people), strconv.Itoa(o.clients), strconv.Itoa(rate), span.String(),
		strconv.FormatInt(time.Now().UnixNano(), 36))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return t, err
	}
	if err := cmd.Start(); err != nil {
		return t, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var a ack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return t, fmt.Errorf("the client says %q: %w", lines.Text(), err)
		}
		t.events += a.Events
		t.busy += a.Busy
		if a.Events > 0 {
			t.acks = append(t.acks, time.Duration(a.Took))
			if acked != nil {
				acked(time.Unix(0, a.Begun))
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		return t, fmt.Errorf("the client: %w", err)
	}
	if t.events == 0 {
		return t, errors.New("the client could not send anything")
	}
	return t, nil
}

// tally is what a client did.
type tally struct {
	events, busy int
	acks         []time.Duration
}

// settle fills a data folder with people who are in the program, without waiting for the disk.
// Now is the clock; nil means the machine's.
func settle(ctx context.Context, o options, rel *release.Release, dir string, now func() instant.Time) (err error) {
	n, err := app.Open(ctx, app.Options{Data: dir, Organisation: "bench", Release: rel, Now: now, Relaxed: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	const atOnce = 2000
	for first := 0; first < o.people; first += atOnce {
		var arrivals []intake.Arrival
		for i := first; i < min(first+atOnce, o.people); i++ {
			who := identity.Key{System: source, Value: personKey(i)}
			traits := []any{"email", expr.TextOf(personKey(i) + "@patients.example"), "first_name", expr.TextOf("Ana"), "timezone", expr.TextOf("America/New_York")}
			if o.traits != nil {
				traits = o.traits(i)
			}
			for k, e := range []event.Event{
				made("traits.updated", traits...),
				made("clinical.condition_recorded", "codes", expr.ListOf("44054006"), "display", expr.TextOf("Diabetes mellitus type 2")),
			} {
				e.ID = fmt.Sprintf("%s/begin-%d-%d", source, i, k)
				arrivals = append(arrivals, intake.Arrival{Who: who, Event: e})
			}
		}
		if err := n.Intake.Take(ctx, intake.Source{Name: source}, arrivals); err != nil {
			return err
		}
		for {
			progress, err := n.Runner.Tick(ctx, n.Now())
			if err != nil {
				return err
			}
			if !progress.More {
				break
			}
		}
	}
	return nil
}

func personKey(i int) string { return "patient-" + strconv.Itoa(i) }

// watchWAL looks at the write-ahead logs until the answer is called, which is the largest in MB.
func watchWAL(dir string) func() float64 {
	stop, most := make(chan struct{}), make(chan int64, 1)
	go func() {
		var largest int64
		for {
			files, _ := filepath.Glob(filepath.Join(dir, "*-wal"))
			for _, f := range files {
				if info, err := os.Stat(f); err == nil {
					largest = max(largest, info.Size())
				}
			}
			select {
			case <-stop:
				most <- largest
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() float64 {
		close(stop)
		return float64(<-most) / 1e6
	}
}
