package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/instant"
	"attune/core/release"
	suggest "attune/core/source"
	"attune/internal/control"
	"attune/internal/delivery"
)

// Paused says what is paused; empty fields mean all.
type Paused struct {
	Channel    string `json:"channel,omitempty"`
	Program    string `json:"program,omitempty"`
	Engagement string `json:"engagement,omitempty"`
	// Journey is what its passages say, and not what the same engagements say by rules of their own.
	Journey string `json:"journey,omitempty"`
}

// Pause is one of what somebody paused.
type Pause struct {
	Paused
	ButSafety bool   `json:"but_safety,omitempty"`
	Why       string `json:"why"`
	By        string `json:"by"`
	At        string `json:"at"`
	// Ended is when it was over, and EndedBy who said so.
	Ended   string `json:"ended,omitempty"`
	EndedBy string `json:"ended_by,omitempty"`
	// Guardrail names the losses because of which the program paused itself; empty where somebody paused it.
	Guardrail string `json:"guardrail,omitempty"`
}

// String says what is paused.
func (p Paused) String() string {
	var says []string
	for _, x := range [][2]string{{"the channel", p.Channel}, {"the program", p.Program}, {"the journey", p.Journey}, {"the engagement", p.Engagement}} {
		if x[1] != "" {
			says = append(says, x[0]+" "+x[1])
		}
	}
	if len(says) == 0 {
		return "everything"
	}
	return strings.Join(says, ", of it ")
}

// Says tells of a pause in one sentence.
func (p Pause) Says() string {
	says := p.Paused.String()
	if p.ButSafety {
		says += ", but not what is about safety"
	}
	return says + ", by " + p.By + ": " + p.Why
}

const (
	callPause   = "pause"
	callUnpause = "unpause"
)

type unpause struct {
	Paused
	By string `json:"by"`
}

// now are the pauses that hold.
func (f *ordersFile) now() (out []Pause) {
	for _, p := range f.Pauses {
		if p.Ended == "" {
			out = append(out, p)
		}
	}
	return out
}

// pause adds one; another of the same scope gives way to it.
func (o *orders) pause(p Pause, rels []*release.Release) error {
	if p.Why == "" || p.By == "" {
		return errors.New("say why, and who you are: others will want to know")
	}
	if err := p.known(rels); err != nil {
		return err
	}
	return o.change(func(f *ordersFile) error {
		f.end(p.Paused, p.By, p.At)
		f.Pauses = append(f.Pauses, p)
		return nil
	})
}

func (o *orders) unpause(p Paused, by, at string) error {
	if by == "" {
		return errors.New("say who you are: others will want to know")
	}
	return o.change(func(f *ordersFile) error {
		if f.end(p, by, at) {
			return nil
		}
		var says []string
		for _, x := range f.now() {
			says = append(says, x.Paused.String())
		}
		if len(says) == 0 {
			return errors.New("nothing is paused")
		}
		return fmt.Errorf("%s is not paused by itself; what is paused: %s", p, strings.Join(says, "; "))
	})
}

func (f *ordersFile) end(p Paused, by, at string) (found bool) {
	for i := range f.Pauses {
		if x := &f.Pauses[i]; x.Paused == p && x.Ended == "" {
			x.Ended, x.EndedBy, found = at, by, true
		}
	}
	return found
}

// known refuses what no program has: a misspelt pause would hold nothing.
func (p Paused) known(rels []*release.Release) error {
	var programs, engagements, journeys []string
	for _, rel := range rels {
		for _, pr := range rel.Programs {
			programs = append(programs, pr.ID)
			for i := range pr.Engagements {
				if p.Program == "" || p.Program == pr.ID {
					engagements = append(engagements, pr.Engagements[i].ID)
				}
			}
			for i := range pr.Journeys {
				if p.Program == "" || p.Program == pr.ID {
					journeys = append(journeys, pr.Journeys[i].ID)
				}
			}
		}
	}
	for _, x := range []struct {
		what, name string
		all        []string
	}{{"channel", p.Channel, channel.Names()}, {"program", p.Program, programs}, {"engagement", p.Engagement, engagements}, {"journey", p.Journey, journeys}} {
		if x.name != "" && !slices.Contains(x.all, x.name) {
			hint := suggest.Suggest(x.name, x.all)
			if hint != "" {
				hint = ": " + hint
			}
			return fmt.Errorf("there is no %s %q%s", x.what, x.name, hint)
		}
	}
	return nil
}

func (n *Node) pauses() []Pause {
	n.orders.mu.Lock()
	defer n.orders.mu.Unlock()
	return append(n.fence.pause(), n.orders.now()...)
}

// hold tells delivery what is paused.
func (n *Node) hold() {
	pauses := n.pauses()
	out := make([]delivery.Pause, len(pauses))
	for i, p := range pauses {
		out[i] = delivery.Pause{Channel: p.Channel, Program: p.Program, Engagement: p.Engagement, Journey: p.Journey, ButSafety: p.ButSafety}
	}
	n.Delivery.SetPauses(append(out, n.promotionalPause()...))
	n.poke()
}

// handlePauses answers commands about pauses. They are kept before they hold.
func (n *Node) handlePauses(mux *http.ServeMux) {
	answer(n, mux, callPause, func(_ context.Context, p Pause) (nothing, error) {
		p.At, p.Guardrail = n.Wall().String(), ""
		if err := n.orders.pause(p, n.releases()); err != nil {
			return nothing{}, err
		}
		n.hold()
		n.Logger.Warn("delivery is paused", "channel", p.Channel, "program", p.Program, "rule", p.Engagement)
		return nothing{}, nil
	})
	answer(n, mux, callUnpause, func(_ context.Context, p unpause) (nothing, error) {
		if err := n.resumePaused(p); err != nil {
			return nothing{}, err
		}
		n.hold()
		n.Logger.Info("delivery goes on", "channel", p.Channel, "program", p.Program, "rule", p.Engagement)
		return nothing{}, nil
	})
}

// resumePaused ends a pause. A program that had paused itself is counted anew.
func (n *Node) resumePaused(p unpause) error {
	n.guards.mu.Lock()
	defer n.guards.mu.Unlock()
	if err := n.orders.unpause(p.Paused, p.By, n.Wall().String()); err != nil {
		return err
	}
	n.countAnew()
	return nil
}

// PauseIn pauses something in a data folder: in the server that runs on it, or for its next start.
func PauseIn(ctx context.Context, data string, p Pause, now instant.Time) error {
	_, err := ask[Pause, nothing](ctx, data, callPause, p)
	if !errors.Is(err, control.ErrNobody) {
		return err
	}
	rel, err := liveIn(data)
	if err != nil {
		return err
	}
	p.At = now.String()
	_, err = auditedAside(ctx, data, callPause, p, func(_ context.Context, p Pause) (nothing, error) {
		return nothing{}, ordersAside(data, func(o *orders) error { return o.pause(p, rel) })
	})
	return err
}

// ResumePausedIn ends a pause.
func ResumePausedIn(ctx context.Context, data string, p Paused, by string, now instant.Time) error {
	_, err := ask[unpause, nothing](ctx, data, callUnpause, unpause{p, by})
	if !errors.Is(err, control.ErrNobody) {
		return err
	}
	_, err = auditedAside(ctx, data, callUnpause, unpause{p, by}, func(context.Context, unpause) (nothing, error) {
		return nothing{}, ordersAside(data, func(o *orders) error { return o.unpause(p, by, now.String()) })
	})
	return err
}

// liveIn is what is live in a data folder.
func liveIn(data string) ([]*release.Release, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	if len(a.list) == 0 {
		return nil, notUsed(data)
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	rel, _, err := a.compile(a.live(), zones)
	if err != nil {
		return nil, err
	}
	return []*release.Release{rel}, nil
}

// PausesIn lists what is paused in a data folder, and with all what was.
func PausesIn(data string, all bool) ([]Pause, error) {
	if _, ok, err := readPin(data); err != nil || !ok {
		return nil, errors.Join(err, notUsed(data))
	}
	o, err := openOrders(data)
	if err != nil {
		return nil, err
	}
	fence, err := readFence(data)
	if err != nil {
		return nil, err
	}
	out := append([]Pause{}, fence.pause()...)
	if all {
		return append(out, o.Pauses...), nil
	}
	return append(out, o.now()...), nil
}
