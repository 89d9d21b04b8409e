package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/config"
	"attune/internal/console"
	"attune/internal/control"
	"attune/internal/intake/segment"
	"attune/internal/limit"
	"attune/internal/request"
	"attune/internal/webhook"
)

// Server runs a node: its loop and its HTTP.
type Server struct {
	Node *Node
	// Pace and Demo are told to the page.
	Pace float64
	Demo bool
	// Door lets staff in; nil leaves the page open.
	Door *api.Door
	// Proxies are those before the server, beside those on this machine, whose word on their visitors is believed.
	Proxies []netip.Prefix
	// Limits bound what anybody may ask; zero values mean the defaults.
	Limits limit.Config

	stopped atomic.Pointer[error]
	leisure leisure
}

// LimitsOf is what the configuration says of how much may be asked.
func LimitsOf(c config.Config) limit.Config {
	return limit.Config{PerKey: c.Limits.PerKey, PerAddress: c.Limits.PerAddress}
}

// ProxiesOf are the proxies that the configuration names.
func ProxiesOf(c config.Config) []netip.Prefix { return c.Before() }

// Run serves on the listener until ctx ends or the node cannot go on. It then stops taking events,
// lets hand-overs under way settle, and returns.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	talking := s.Node.desk() // and with it what the API asks
	stream := api.NewStream(streamEvery, s.Node.topics()...)
	handler, err := s.handler(stream)
	if err != nil {
		return err
	}
	s.Limits.Refuse = api.Refuse(s.Node.Operations())
	web := &http.Server{
		Handler: limit.Behind(s.Proxies, safest(s.Door != nil && s.Door.Public != "", limit.New(s.Limits, caught(s.Node.Logger, handler)))), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.Node.Logger.Handler(), slog.LevelDebug),
	}
	desk, err := control.Listen(s.Node.Data)
	if err != nil {
		return err
	}
	talk := &http.Server{Handler: talking, ReadHeaderTimeout: 10 * time.Second, ConnContext: control.Peer}
	var work sync.WaitGroup
	work.Go(func() { _ = talk.Serve(desk) })
	work.Go(func() {
		if err := s.loop(ctx); err != nil {
			s.stopped.Store(&err)
			cancel(err)
		}
	})
	if err := s.Node.Signed(context.WithoutCancel(ctx), audit.ServerRun, audit.Begun); err != nil {
		return errors.Join(err, desk.Close())
	}
	s.leisure.busy()
	work.Go(func() { s.compact(ctx) })
	work.Go(func() { s.learn(ctx) })
	work.Go(func() { s.postbox(ctx) })
	work.Go(func() { s.returns(ctx) })
	work.Go(func() { s.proposals(ctx) })
	work.Go(func() { s.finder(ctx) })
	work.Go(func() { s.insight(ctx) })
	work.Go(func() { s.audit(ctx) })
	work.Go(func() { s.remind(ctx) })
	work.Go(func() { s.refusals(ctx) })
	work.Go(func() {
		stream.Run(ctx, func(topic string, err error) {
			s.Node.Logger.Error("a topic could not be read", "page", topic, "error", err)
		})
	})
	work.Go(func() {
		<-ctx.Done()
		grace, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer done()
		_ = s.Node.jobs.Close() // it never fails
		_ = talk.Close()
		_ = web.Shutdown(grace)
	})
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		cancel(fmt.Errorf("serve: %w", err))
	}
	work.Wait()
	ended := context.WithoutCancel(ctx)
	if err := errors.Join(s.Node.Signed(ended, audit.ServerRun, audit.Done), s.Node.Sign(ended)); err != nil {
		s.Node.Logger.Error("the audit log does not tell that the server stopped", "error", err)
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *Server) handler(stream *api.Stream) (http.Handler, error) {
	n := s.Node
	if s.Door != nil {
		s.Door.Refused = n.refusals.refused
	}
	screens, err := console.New()
	if err != nil {
		return nil, err
	}
	pages, err := api.New(api.Config{Console: screens, View: &watched{view: s.view(), audit: n.audit, now: time.Now}, Signs: n, Door: s.Door, Logger: n.Logger, Healthy: func() error {
		if err := s.stopped.Load(); err != nil {
			return *err
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	events := &segment.Handler{Intake: n.Intake, Sources: n.Sources, Bearer: s.sender, Refused: n.refusals.key, Now: func() time.Time { return n.Now().Std() }, Log: n.Logger}
	answers := &request.Handler{Desk: n.Requests, Sources: n.Sources, Bearer: s.sender, Refused: n.refusals.key, Log: n.Logger}
	inner, err := s.api(stream, answers.Before(events.Before(pages)))
	if err != nil {
		return nil, err
	}
	back, err := n.texts(inner)
	if err != nil {
		return nil, err
	}
	return s.leaving(back)
}

func (s *Server) view() *view {
	n := s.Node
	return &view{
		people: n.People, history: n.History, keys: n.Keys, box: n.Box, quarantine: n.Quarantine, release: n.live, under: n.under, requests: n.Requests.Book, work: n.Work,
		now: n.Now, behind: n.Runner.Behind, pace: s.Pace, demo: s.Demo, paused: n.paused, above: n.above,
	}
}

// longestNap is how long the loop rests at most, so that a clock that runs at its own pace is served.
const longestNap = 20 * time.Millisecond

// loop ticks runner, delivery and calls whenever there is something to do, and makes hand-overs and calls
// on goroutines of their own, until ctx ends.
func (s *Server) loop(ctx context.Context) error {
	n := s.Node
	var handovers, calls sync.WaitGroup
	defer calls.Wait() // they end with ctx, and are made again at the next start
	nudge := make(chan struct{}, 1)
	poke := func() {
		select {
		case nudge <- struct{}{}:
		default:
		}
	}
	n.nudge.Store(&poke)
	go s.pokeOnEvents(ctx, poke)
	working := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		progress, err := n.Runner.Tick(working, n.Now())
		if err != nil {
			return fmt.Errorf("the runner stopped: %w", err)
		}
		made := n.Delivery.Tick(n.Now())
		for _, hand := range made {
			handovers.Go(func() {
				hand(working)
				poke()
			})
		}
		var asked []webhook.Attempt
		if !n.fence.up() {
			asked = n.Calls.Tick(n.Now())
		}
		for _, ask := range asked {
			calls.Go(func() {
				ask(ctx)
				poke()
			})
		}
		if progress.Events+progress.Inputs > 0 || len(made) > 0 {
			s.leisure.busy()
		}
		if progress.More || len(made) > 0 || len(asked) > 0 || n.Runner.Waiting() {
			continue
		}
		select {
		case <-ctx.Done():
		case <-nudge:
		case <-time.After(longestNap):
		}
	}
	return s.rest(working, &handovers)
}

// rest brings a loop that stops to its end: no more gates, what passed one is handed over, and what
// became of it is recorded.
func (s *Server) rest(ctx context.Context, handovers *sync.WaitGroup) error {
	n := s.Node
	n.Delivery.Stop()
	n.Runner.DropGates()
	for n.Delivery.Handing() || n.Runner.Waiting() {
		for _, hand := range n.Delivery.Tick(n.Now()) {
			handovers.Go(func() { hand(ctx) })
		}
		handovers.Wait()
		if _, err := n.Runner.Tick(ctx, n.Now()); err != nil {
			return fmt.Errorf("record the last outcomes: %w", err)
		}
	}
	return nil
}

func (s *Server) pokeOnEvents(ctx context.Context, poke func()) {
	for at := s.Node.Log.Last(); ctx.Err() == nil; at = s.Node.Log.Last() {
		if err := s.Node.Log.Wait(ctx, at); err != nil {
			return
		}
		poke()
	}
}
