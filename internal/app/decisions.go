package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/api"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/story"
	"attune/internal/why"
)

// Fate is what became of one thing that could have been said to somebody: a candidate of a decision, a message that was handed over, or
// one that was withheld after it was decided.
type Fate struct {
	// Decision made it; empty of what came after one.
	Decision string `json:"decision,omitempty"`
	At       string `json:"at"`
	Person   string `json:"person"`
	Program  string `json:"program"`
	// Engagement is what could have been said, Channel by what, where that was chosen.
	Engagement string `json:"engagement"`
	Channel    string `json:"channel,omitempty"`
	// Outcome is chosen, sent, withheld, vetoed, held_out or not_chosen.
	Outcome string `json:"outcome"`
	// Reason is the rule that stood against it, Says what that means.
	Reason string `json:"reason,omitempty" class:"engagement"`
	Says   string `json:"says,omitempty" class:"engagement"`
	Touch  string `json:"touch,omitempty"`
}

// outcomesOf are the outcomes of fates: what a decision chose, what was handed to its carrier, what was withheld after it was decided, and
// what a decision refused because of a rule, a holdout, or since something else or nothing was drawn.
func outcomesOf() []string {
	return []string{"chosen", "sent", "withheld", "vetoed", "held_out", "not_chosen"}
}

// DecidedOf says which fates are asked for; what is empty does not matter.
type DecidedOf struct {
	Person, Program, Engagement, Channel, Outcome, Reason string

	// From and To bound when it was taken down. That is a moment after what it says itself, or later where a server caught up.
	From, To instant.Time
	// Sees tells which programs may be seen; nil for all.
	Sees func(program string) bool
	// After is where the page before ended, Most how many at most.
	After string
	Most  int
}

// Fates are a page of fates, the newest first.
type Fates struct {
	Items []Fate `json:"items"`
	// Next is where to go on; empty where there is nothing older.
	Next string `json:"next,omitempty"`
	// LookedTo is how far back it was looked. A page ends after some thousand records, so that it answers soon: it may have few items, or
	// none, and go on all the same.
	LookedTo string `json:"looked_to,omitempty"`
}

// mostLooked is how many records are opened for one page, and mostFrames how many frames are read at once. The history is in the order of
// time, so the newest page costs the same however many people there are.
const (
	mostLooked = 4000
	mostFrames = 256
)

// spot is a fate's place in the history: none is before the newest.
type spot struct{ frame, entry, row int64 }

func (p spot) before(o spot) bool {
	return slices.Compare([]int64{p.frame, p.entry, p.row}, []int64{o.frame, o.entry, o.row}) < 0
}

func (p spot) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", p.frame, p.entry, p.row))
}

func spotOf(cursor string) (p spot, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d.%d.%d", &p.frame, &p.entry, &p.row)
	}
	if err != nil {
		return p, api.Refused("cursor", "it is no place in this list", "take next of the page before, or begin without one")
	}
	return p, nil
}

// Decided lists what was decided about people, the newest first.
func (i *Inspector) Decided(ctx context.Context, o DecidedOf) (out Fates, err error) {
	if o.Outcome != "" && !slices.Contains(outcomesOf(), o.Outcome) {
		return out, api.Refused("outcome", fmt.Sprintf("there is no outcome %q", o.Outcome), "choose one of "+strings.Join(outcomesOf(), ", "))
	}
	g := &gatheredFates{o: o, out: Fates{Items: []Fate{}}}
	if o.After != "" {
		p, err := spotOf(o.After)
		if err != nil {
			return out, err
		}
		g.before = &p
	}
	if o.Person != "" {
		who, err := i.Who(ctx, o.Person)
		if err != nil {
			return out, err
		}
		err = g.ofOne(ctx, i, who)
		if err != nil {
			return out, err
		}
	} else if err := g.ofAll(ctx, i); err != nil {
		return out, err
	}
	var people []id.Person
	for k := range g.out.Items {
		people = append(people, ids(g.out.Items[k].Person)...)
	}
	return g.out, i.looked(ctx, "Decided", people...)
}

// gatheredFates gathers a page, going back in time.
type gatheredFates struct {
	o      DecidedOf
	before *spot
	last   spot
	looked int
	out    Fates
}

// errFull ends gathering: there may be more.
var errFull = errors.New("full")

// ofOne goes over somebody's own history.
func (g *gatheredFates) ofOne(ctx context.Context, i *Inspector, who id.Person) error {
	trail := i.trail(who)
	var all []recorded
	var whose []id.Person
	for _, p := range trail {
		of, err := i.entries(ctx, p)
		if err != nil {
			return err
		}
		for range of {
			whose = append(whose, p)
		}
		all = append(all, of...)
	}
	order := make([]int, len(all))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(all[b].frame - all[a].frame) })
	for k, at := range order { // entries of one person: their place in this order tells them apart
		e := &all[at]
		if err := g.add(spot{e.frame, int64(len(order) - k), 0}, e.at, whose[at], e.record.Effects); err != nil {
			g.out.Next = g.last.String()
			return nil
		}
	}
	return nil
}

// ofAll goes over the frames, from the newest back, some at a time.
func (g *gatheredFates) ofAll(ctx context.Context, i *Inspector) error {
	mark, err := i.history.Last(ctx)
	if err != nil {
		return err
	}
	hi := mark.Frame
	if g.before != nil {
		hi = min(hi, g.before.frame)
	}
	if g.o.To != 0 {
		if hi, err = g.notAfter(ctx, i, hi); err != nil {
			return err
		}
	}
	for window := int64(8); hi > 0; {
		frames, err := between(ctx, i, max(0, hi-window), hi)
		if err != nil {
			return err
		}
		for k := len(frames) - 1; k >= 0; k-- {
			f := &frames[k]
			if g.o.From != 0 && f.At < g.o.From {
				return nil
			}
			if err := g.frame(i, f); errors.Is(err, errFull) {
				g.out.Next = g.last.String()
				return nil
			} else if err != nil {
				return err
			}
			g.out.LookedTo = f.At.String()
		}
		hi -= window
		if entries := entriesOf(frames); entries > mostLooked/4 { // many at once are not held in memory
			window = max(1, window/4)
		} else {
			window = min(2*window, mostFrames)
		}
	}
	return nil
}

func entriesOf(frames []store.Frame) (n int) {
	for k := range frames {
		n += len(frames[k].Entries)
	}
	return n
}

// frame takes the entries of one, the last first.
func (g *gatheredFates) frame(i *Inspector, f *store.Frame) error {
	for n := len(f.Entries) - 1; n >= 0; n-- {
		at := spot{f.Number, int64(n), 0}
		if g.before != nil && !at.before(*g.before) {
			continue
		}
		if g.looked++; g.looked > mostLooked {
			return errFull
		}
		e := &f.Entries[n]
		rec, err := openRecord(i.keys, e.Person, f.Number, e.Body)
		if errors.Is(err, seal.ErrNoKey) {
			continue // whoever was erased cannot be read any more
		}
		if err != nil {
			return err
		}
		if err := g.add(at, f.At, e.Person, rec.Effects); err != nil {
			return err
		}
		g.last = at
	}
	return nil
}

// add takes what an entry says, its last effect first.
func (g *gatheredFates) add(at spot, taken instant.Time, who id.Person, effects []effect.Effect) error {
	if g.o.From != 0 && taken < g.o.From || g.o.To != 0 && taken > g.o.To {
		return nil
	}
	all := fates(effects)
	for k := len(all) - 1; k >= 0; k-- {
		at.row = int64(k) + 1
		if g.before != nil && !at.before(*g.before) {
			continue
		}
		f := &all[k]
		if f.Person = who.String(); !g.o.wants(f) {
			continue
		}
		if len(g.out.Items) >= g.o.Most {
			return errFull
		}
		g.out.Items = append(g.out.Items, *f)
		g.last = at
	}
	return nil
}

// between are the frames after one up to another.
func between(ctx context.Context, i *Inspector, after, upTo int64) (out []store.Frame, err error) {
	err = i.history.Frames(ctx, after, func(f store.Frame) error {
		if f.Number > upTo {
			return errThere
		}
		out = append(out, f)
		return ctx.Err()
	})
	if errors.Is(err, errThere) {
		err = nil
	}
	return out, err
}

// notAfter finds the newest frame that was made by the instant up to which is asked, by halving.
func (g *gatheredFates) notAfter(ctx context.Context, i *Inspector, hi int64) (int64, error) {
	lo := int64(0)
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		frames, err := between(ctx, i, mid-1, mid)
		if err != nil {
			return 0, err
		}
		if len(frames) == 1 && frames[0].At > g.o.To {
			hi = mid - 1
		} else {
			lo = mid
		}
	}
	return lo, nil
}

// wants tells whether a fate is asked for.
func (o *DecidedOf) wants(f *Fate) bool {
	is := func(want, has string) bool { return want == "" || want == has }
	return is(o.Program, f.Program) && is(o.Engagement, f.Engagement) && is(o.Channel, f.Channel) && is(o.Outcome, f.Outcome) && is(o.Reason, f.Reason) &&
		(o.Sees == nil || o.Sees(f.Program))
}

// isFate tells whether an effect says what became of something that could have been said.
func isFate(e effect.Effect) bool {
	switch e.(type) { //nolint:gochecksumtype // no other is a fate
	case effect.Decide, effect.Send, effect.End:
		return true
	}
	return false
}

// fates are what effects say of what was decided, in their order.
func fates(effects []effect.Effect) (out []Fate) {
	for _, e := range effects {
		switch x := e.(type) { //nolint:gochecksumtype // no other is a fate
		case effect.Decide:
			for k := range x.Candidates {
				c := &x.Candidates[k]
				f := Fate{Decision: x.ID.String(), At: x.At.String(), Program: c.Program, Engagement: c.Engagement, Channel: c.Channel, Outcome: "chosen"}
				if c.Touch.IsZero() {
					f.Outcome, f.Reason, f.Says = refusedAs(c.Reason), string(c.Reason), story.Explain(c.Reason, c.Detail)
				} else {
					f.Touch = c.Touch.String()
				}
				out = append(out, f)
			}
		case effect.Send:
			out = append(out, Fate{At: x.At.String(), Program: x.Program, Engagement: x.Engagement, Channel: x.Channel, Outcome: "sent", Touch: x.Touch.String()})
		case effect.End:
			out = append(out, Fate{
				At: x.At.String(), Program: x.Program, Engagement: x.Engagement, Channel: x.Channel, Outcome: "withheld",
				Reason: string(x.Reason), Says: story.Explain(x.Reason, x.Detail), Touch: x.Touch.String(),
			})
		}
	}
	return out
}

// refusedAs is the outcome that a reason against a candidate makes.
func refusedAs(r policy.Reason) string {
	switch r { //nolint:exhaustive // all others are rules
	case policy.HeldOut:
		return "held_out"
	case policy.NotChosen, policy.NothingNow:
		return "not_chosen"
	}
	return "vetoed"
}

// DecidedAgain is a decision beside what it would have been under another release.
type DecidedAgain struct {
	// Release is the one that it was made again under, and Exact that it is the very one that was lived under: then it has to come out the
	// same, byte for byte.
	Release string `json:"release"`
	Exact   bool   `json:"exact"`
	// Same tells that the same was said and refused, for the same reasons.
	Same bool `json:"same"`
	// Candidates are all of both.
	Candidates []CandidateAgain `json:"candidates" class:"clinical"`
	// Was is the record, Is what would have been decided; none where nothing would have been proposed.
	Was why.Decision   `json:"was" class:"clinical"`
	Is  []why.Decision `json:"is" class:"clinical"`
}

// CandidateAgain is what became of a candidate, and what would have.
type CandidateAgain struct {
	Program    string         `json:"program"`
	Engagement string         `json:"engagement"`
	Was        *why.Candidate `json:"was,omitempty"`
	Is         *why.Candidate `json:"is,omitempty"`
	Same       bool           `json:"same"`
}

// Again makes one decision of somebody once more from their record, under the release of its time where rel is nil, or moved to another
// right before it, with the model that it was weighed with. Nothing is written.
func (i *Inspector) Again(ctx context.Context, who id.Person, decision string, rel *release.Release) (*DecidedAgain, error) {
	key, err := id.ParseKey(strings.ToLower(decision))
	if err != nil {
		return nil, api.Refused("decision", "it is no decision's id", "take the id that the list of decisions has")
	}
	if err := i.looked(ctx, "Again", who); err != nil {
		return nil, err
	}
	entries, err := i.entries(ctx, who)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(entries, func(e recorded) bool { return decisionOf(e.record.Effects, key) != nil })
	if at < 0 {
		return nil, api.NotFound("decision", "nothing of that id was decided about them")
	}
	p, before := person.New(who), []record.Record{}
	seed, common := id.SeedOf(i.keys.Secret(seedSecret), who), id.SeedOf(i.keys.Secret(seedSecret), id.Person{})
	for k := range entries[:at+1] {
		e := &entries[k]
		lived, err := i.lived(&p, e)
		if err != nil {
			return nil, err
		}
		in := engine.Input{At: e.record.At, Seed: seed, Common: common, What: e.record.What, Stale: e.record.Stale()}
		if short := e.record.Model(); short != 0 {
			if in.Model, err = i.model(short, lived.Short); err != nil {
				return nil, err
			}
		}
		if k < at {
			p, _ = runner.Relive(lived, p, in, before)
			before = append(before, e.record)
			continue
		}
		return i.again(p, &in, before, e, key, lived, rel)
	}
	return nil, api.NotFound("decision", "nothing of that id was decided about them")
}

func decisionOf(effects []effect.Effect, key id.Key) *effect.Decide {
	for _, x := range effects {
		if d, is := x.(effect.Decide); is && d.ID == key {
			return &d
		}
	}
	return nil
}

func (i *Inspector) again(p person.Person, in *engine.Input, before []record.Record, e *recorded, key id.Key, lived, rel *release.Release) (*DecidedAgain, error) {
	out := &DecidedAgain{Exact: rel == nil || rel.ID == lived.ID, Candidates: []CandidateAgain{}, Is: []why.Decision{}}
	if out.Exact {
		rel = lived
	}
	out.Release = rel.ID
	var effects []effect.Effect
	if _, switches := in.What.(engine.Switch); switches && !out.Exact {
		in.What = engine.Switch{To: rel.Short}
	} else if !out.Exact && p.Release != 0 {
		move := *in
		move.What = engine.Switch{To: rel.Short}
		p, effects = runner.Relive(rel, p, move, before)
	}
	_, more := runner.Relive(rel, p, *in, before)
	effects = append(effects, more...)
	tell := func(d *effect.Decide, of *release.Release) (why.Decision, error) {
		return why.Tell(*d, in.Seed, engine.Place, i.modelsUnder(of))
	}
	var err error
	if out.Was, err = tell(decisionOf(e.record.Effects, key), lived); err != nil {
		return nil, err
	}
	for _, x := range effects {
		if d, is := x.(effect.Decide); is && (!out.Exact || d.ID == key) {
			told, err := tell(&d, rel)
			if err != nil {
				return nil, err
			}
			out.Is = append(out.Is, told)
		}
	}
	out.compare()
	return out, nil
}

// compare holds candidates against each other.
func (d *DecidedAgain) compare() {
	is := []*why.Candidate{}
	for k := range d.Is {
		for n := range d.Is[k].Candidates {
			is = append(is, &d.Is[k].Candidates[n])
		}
	}
	d.Same = true
	add := func(was, now *why.Candidate) {
		c := CandidateAgain{Was: was, Is: now}
		of := was
		if was == nil {
			of = now
		}
		c.Program, c.Engagement = of.Program, of.Engagement
		c.Same = was != nil && now != nil && was.Variant == now.Variant && was.Channel == now.Channel && was.Reason == now.Reason && (was.Touch == "") == (now.Touch == "")
		d.Same = d.Same && c.Same
		d.Candidates = append(d.Candidates, c)
	}
	for k := range d.Was.Candidates {
		was := &d.Was.Candidates[k]
		at := slices.IndexFunc(is, func(c *why.Candidate) bool { return c.Program == was.Program && c.Engagement == was.Engagement })
		if at < 0 {
			add(was, nil)
			continue
		}
		add(was, is[at])
		is = slices.Delete(is, at, at+1)
	}
	for _, c := range is {
		add(nil, c)
	}
}
