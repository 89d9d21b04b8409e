package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"attune/core/effect"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/api"
	"attune/internal/config"
	"attune/internal/control"
	"attune/internal/delivery"
	"attune/internal/history"
	"attune/internal/store"
)

// CeilingOf is how much one engagement may say.
func CeilingOf(c config.Config) delivery.Ceiling {
	return delivery.Ceiling{Hour: c.Delivery.CeilingHour, Day: c.Delivery.CeilingDay}
}

// Raise is what two people said: that an engagement may say more than its ceiling, for a time.
type Raise struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	To         int    `json:"to"`
	For        string `json:"for"`
	AskedBy    string `json:"asked_by"`
	By         string `json:"by"`
	// AskedAccount and Account are theirs, where they came by accounts.
	AskedAccount string `json:"asked_account,omitempty"`
	Account      string `json:"account,omitempty"`
	At           string `json:"at"`
	Until        string `json:"until"`
}

// longestRaise bounds for how long a ceiling is raised, so that none is raised for ever.
const longestRaise = 7 * instant.Day

// EngagementCeiling is how much an engagement said lately and may say, for people and scripts.
type EngagementCeiling struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	// Hour and Day are how many went out for the first time; CeilingHour and CeilingDay how many may, 0 where
	// nothing bounds it, raised until Raised.
	Hour        int    `json:"hour"`
	Day         int    `json:"day"`
	CeilingHour int    `json:"ceiling_hour,omitempty"`
	CeilingDay  int    `json:"ceiling_day,omitempty"`
	Raised      string `json:"raised_until,omitempty"`
	// Waiting are those that are due and above it, and Opens when the next may go by itself.
	Waiting int    `json:"waiting,omitempty"`
	Opens   string `json:"opens,omitempty"`
	// Asked is what one person asked for, who waits for the second.
	Asked *RaiseWaits `json:"asked,omitempty"`
}

// RaiseWaits is a ceiling that one person asked to raise: to how many a day, for how long, who (KIND/ID in Account), and until when somebody else
// may ask for the same.
type RaiseWaits struct {
	To      int    `json:"to"`
	For     string `json:"for"`
	By      string `json:"by"`
	Account string `json:"account,omitempty"`
	Until   string `json:"until"`
}

const (
	callCeilings = "ceilings"
	callRaise    = "raise"
)

// sameName tells whether two people have one name: upper case and spaces make nobody another.
func sameName(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	return fold(a) == fold(b)
}

// raise lets an engagement say more, from now on. Two people have to say so.
func (o *orders) raise(r Raise, rels []*release.Release, wall, now instant.Time) (Raise, error) {
	r.AskedBy, r.By = strings.TrimSpace(r.AskedBy), strings.TrimSpace(r.By)
	span, err := instant.ParseDuration(r.For)
	switch {
	case r.AskedBy == "" || r.By == "":
		return r, errors.New("say who asks for it, and who else confirms it")
	case somebody{r.AskedAccount, []string{r.AskedBy}}.same(somebody{r.Account, []string{r.By}}):
		return r, fmt.Errorf("%s and %s are one person: somebody else has to confirm it", r.AskedBy, r.By)
	case err != nil:
		return r, err
	case span <= 0 || span > longestRaise:
		return r, fmt.Errorf("a ceiling is raised for %s at most, and not for %s: raise it again then", longestRaise, r.For)
	case r.To <= 0:
		return r, fmt.Errorf("%d is no number of messages", r.To)
	}
	if err := (Paused{Program: r.Program, Engagement: r.Engagement}).known(rels); err != nil {
		return r, err
	}
	if r.Program, err = engagementsProgram(r.Program, r.Engagement, rels); err != nil {
		return r, err
	}
	r.At, r.Until = wall.String(), now.Add(span).String()
	return r, o.change(func(f *ordersFile) error {
		f.Raises = append(f.Raises, r)
		return nil
	})
}

// engagementsProgram is the one program that has an engagement, where none is named.
func engagementsProgram(program, engagement string, rels []*release.Release) (string, error) {
	if program != "" {
		return program, nil
	}
	var in []string
	for _, rel := range rels {
		for _, pr := range rel.Programs {
			if pr.Engagement(engagement) != nil && !slices.Contains(in, pr.ID) {
				in = append(in, pr.ID)
			}
		}
	}
	if len(in) != 1 {
		return "", fmt.Errorf("several programs have an engagement %q: say which with --program: %s", engagement, strings.Join(in, ", "))
	}
	return in[0], nil
}

// lift tells delivery which ceilings are raised.
func (n *Node) lift() {
	n.orders.mu.Lock()
	var out []delivery.Raise
	for _, r := range n.orders.Raises {
		if until, err := instant.Parse(r.Until); err == nil && until > n.Now() {
			out = append(out, delivery.Raise{Program: r.Program, Engagement: r.Engagement, To: r.To, Until: until})
		}
	}
	n.orders.mu.Unlock()
	n.Delivery.SetRaises(out)
	n.poke()
}

// ceilings are how much each engagement said lately and may say.
func (n *Node) ceilings() []EngagementCeiling {
	out := []EngagementCeiling{}
	for _, s := range n.Delivery.Streams() {
		x := EngagementCeiling{
			Program: s.Program, Engagement: s.Engagement, Hour: s.Hour, Day: s.Day,
			CeilingHour: s.Ceiling.Hour, CeilingDay: s.Ceiling.Day, Waiting: s.Held,
		}
		if s.Raised > 0 {
			x.Raised = s.Raised.String()
		}
		if s.Held > 0 {
			x.Opens = s.Opens.String()
		}
		if a, waits := n.raises.asked(s.Program, s.Engagement, n.Wall().Std()); waits {
			x.Asked = &RaiseWaits{To: a.To, For: a.For, By: a.By, Account: a.Account, Until: a.at.Add(waitsForSecond).UTC().Format(time.RFC3339)}
		}
		out = append(out, x)
	}
	return out
}

// raisable tells what is in the way of raising a ceiling so far.
func (n *Node) raisable(r *Raise) error {
	if n.Ceiling == (delivery.Ceiling{}) {
		return errors.New("this server has no ceilings: delivery.ceiling_hour and delivery.ceiling_day are 0")
	}
	if c := n.Ceiling; (c.Hour == 0 || c.Hour >= r.To) && (c.Day == 0 || c.Day >= r.To) {
		return fmt.Errorf("the ceiling is %d in an hour and %d in a day: %d is no more", n.Ceiling.Hour, n.Ceiling.Day, r.To)
	}
	return nil
}

// handleCeilings answers commands about ceilings.
func (n *Node) handleCeilings(mux *http.ServeMux) {
	answer(n, mux, callCeilings, func(context.Context, nothing) ([]EngagementCeiling, error) { return n.ceilings(), nil })
	answer(n, mux, callRaise, func(ctx context.Context, r Raise) (Raise, error) {
		if api.PrincipalOf(ctx).Nobody() { // in the shell there are names alone
			r.AskedAccount, r.Account = "", ""
		}
		if err := n.raisable(&r); err != nil {
			return r, err
		}
		r, err := n.orders.raise(r, n.releases(), n.Wall(), n.Now())
		if err != nil {
			return r, err
		}
		n.lift()
		n.Logger.Warn("a ceiling is raised", "program", r.Program, "rule", r.Engagement, "count", r.To)
		return r, nil
	})
}

// CeilingsIn asks the server of a data folder how much each engagement said lately.
func CeilingsIn(ctx context.Context, data string) ([]EngagementCeiling, error) {
	out, err := ask[nothing, []EngagementCeiling](ctx, data, callCeilings, nothing{})
	if errors.Is(err, control.ErrNobody) {
		return nil, errors.New("no server runs on this data folder, so nothing is handed over: start it with attune serve")
	}
	return out, err
}

// RaiseIn raises a ceiling in a data folder: in the server that runs on it, or for its next start.
func RaiseIn(ctx context.Context, data string, r Raise, now instant.Time) (Raise, error) {
	raised, err := ask[Raise, Raise](ctx, data, callRaise, r)
	if !errors.Is(err, control.ErrNobody) {
		return raised, err
	}
	rels, err := liveIn(data)
	if err != nil {
		return r, err
	}
	return auditedAside(ctx, data, callRaise, r, func(_ context.Context, r Raise) (raised Raise, err error) {
		err = ordersAside(data, func(o *orders) (err error) {
			raised, err = o.raise(r, rels, now, now)
			return err
		})
		return raised, err
	})
}

// recount counts what began of each engagement within the last day, as the history tells it.
func (n *Node) recount(ctx context.Context) error {
	if n.Ceiling == (delivery.Ceiling{}) {
		return nil
	}
	since := n.Now().Add(-25 * instant.Hour)
	after, err := framesBefore(ctx, n.History, since)
	if err != nil {
		return fmt.Errorf("find what went out within a day: %w", err)
	}
	err = n.History.Frames(ctx, after, func(f store.Frame) error {
		for _, e := range f.Entries {
			rec, err := openRecord(n.Keys, e.Person, f.Number, e.Body)
			if err != nil {
				continue // erased
			}
			for _, x := range rec.Effects {
				if send, ok := x.(effect.Send); ok && send.Attempt == person.FirstAttempt(send.Touch) {
					n.Delivery.Began(send.Program, send.Engagement, send.At)
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count what went out within a day: %w", err)
	}
	return nil
}

// framesBefore is the number of the last frame that was made before an instant, found by halves.
func framesBefore(ctx context.Context, h *history.History, since instant.Time) (int64, error) {
	last, err := h.Last(ctx)
	if err != nil {
		return 0, err
	}
	enough := errors.New("one frame is enough")
	var failed error
	found := sort.Search(int(last.Frame), func(k int) bool {
		late := false
		err := h.Frames(ctx, int64(k), func(f store.Frame) error {
			late = f.At >= since
			return enough
		})
		if err != nil && !errors.Is(err, enough) {
			failed = err
		}
		return late
	})
	return int64(found), failed
}
