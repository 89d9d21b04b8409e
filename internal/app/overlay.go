package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
)

// Lived is what really happens on a map: numbers, with what they rest on. A number is null that may not be told: that it is of few people, or
// that such a one could be computed with it.
type Lived struct {
	Program string `json:"program"`
	Name    string `json:"name"`
	Basis   Basis  `json:"basis"`
	// Of every phase entered = moved_on + left + waiting.
	Phases    []PhaseLived   `json:"phases"`
	Flows     []FlowLived    `json:"flows"`
	Moments   []MomentLived  `json:"moments"`
	HandOffs  []HandOffLived `json:"hand_offs"`
	Lifecycle []PartLived    `json:"lifecycle"`
	Feelings  []FeelingLived `json:"feelings"`
}

// Like is the answer's ETag. It is made of all that is shown but the moment: so it changes with numbers, definitions, the question, and with
// what whoever asks may see; and not when a number changes that is hidden.
func (l *Lived) Like() string {
	shown := *l
	shown.Basis.AsOf = ""
	return api.TagOf(shown)
}

// Basis is what numbers rest on.
type Basis struct {
	// Release is the version of the definitions: the release's id.
	Release string `json:"release"`
	AsOf    string `json:"as_of"`
	// People are those who are asked for, Censored passages of which it is not known yet how they go on; Withheld are left out, since they
	// asked that nothing be used of them.
	People   *int   `json:"people"`
	Censored *int   `json:"censored"`
	Withheld *int   `json:"withheld"`
	Filter   string `json:"filter"`
	// Smallest is below how many people nothing is told; 0 where everything is.
	Smallest int `json:"smallest"`
}

// Stay is how long something takes, in days; a quantile is null that so many never come to, or have not come to yet.
type Stay struct {
	N      *int     `json:"n"`
	Events *int     `json:"events"`
	Others *int     `json:"others"`
	Open   *int     `json:"open"`
	P25    *float64 `json:"p25"`
	Median *float64 `json:"median"`
	P75    *float64 `json:"p75"`
	P90    *float64 `json:"p90"`
	// Low and High are the 95 % interval of the median; null where there is none.
	Low  *float64 `json:"median_low"`
	High *float64 `json:"median_high"`
}

// PhaseLived are a phase's numbers.
type PhaseLived struct {
	Phase string `json:"phase"`
	Name  string `json:"name"`
	// Here is who is in it now, Overdue for longer than it should last. The others count passages.
	Here    *int `json:"here"`
	Overdue *int `json:"overdue"`
	Entered *int `json:"entered"`
	MovedOn *int `json:"moved_on"`
	Left    *int `json:"left"`
	Waiting *int `json:"waiting"`
	// Exits are those of left by exit; of the others the program was left, or the phase ended without another.
	Exits       map[string]*int `json:"exits"`
	LeftProgram *int            `json:"left_program"`
	Ended       *int            `json:"ended"`
	Skipped     *int            `json:"skipped"`
	Again       *int            `json:"again"`
	Back        *int            `json:"back"`
	BackDays    *float64        `json:"back_days"`
	Expected    string          `json:"expected,omitempty"`
	// Wait is until people move on, where leaving may come first; Stay until either.
	Wait Stay `json:"wait"`
	Stay Stay `json:"stay"`
}

// FlowLived is how often people went from one phase to another; from is empty for those who came onto the map.
type FlowLived struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count *int   `json:"count"`
	Wait  Stay   `json:"wait"`
}

// MomentLived are a moment's numbers. A guess has no event that shows it.
type MomentLived struct {
	Moment string `json:"moment"`
	Name   string `json:"name"`
	Guess  bool   `json:"guess"`
	Seen   *int   `json:"seen"`
	People *int   `json:"people"`
	// Of what it promised: made = kept + kept_late + late + open.
	Promised string `json:"promised,omitempty"`
	Within   string `json:"within,omitempty"`
	Made     *int   `json:"made"`
	Kept     *int   `json:"kept"`
	KeptLate *int   `json:"kept_late"`
	Late     *int   `json:"late"`
	Open     *int   `json:"open"`
	Wait     Stay   `json:"wait"`
}

// HandOffLived is what one lane hands to another: sent = received + waiting + left.
type HandOffLived struct {
	Moment   string `json:"moment"`
	From     string `json:"from"`
	To       string `json:"to"`
	Sent     *int   `json:"sent"`
	Received *int   `json:"received"`
	Waiting  *int   `json:"waiting"`
	Left     *int   `json:"left"`
	Target   string `json:"target,omitempty"`
	Wait     Stay   `json:"wait"`
}

// PartLived is a part of the customer life cycle: who is in its phases.
type PartLived struct {
	Part   string   `json:"part"`
	Phases []string `json:"phases"`
	Here   *int     `json:"here"`
}

// FeelingLived is how a moment is planned to feel, and how people said it was: from -1 to 1.
type FeelingLived struct {
	Moment  string   `json:"moment"`
	Phase   string   `json:"phase"`
	Word    string   `json:"word,omitempty"`
	Planned *float64 `json:"planned"`
	Asked   *float64 `json:"asked"`
	N       *int     `json:"n"`
}

// LivedOf says what is asked for.
type LivedOf struct {
	Program  string
	AsOf     instant.Time
	From, To instant.Time
	// Is are attributes as NAME:LEVEL; of one name either level will do.
	Is       []string
	Saw, Not string
	// Smallest hides what is about few people also from who may see it, and Round rounds what is shown to its multiples: for what leaves the
	// care team.
	Smallest bool
	Round    int
}

// filter reads what is asked for.
func (o *LivedOf) filter(now instant.Time) (insight.Filter, error) {
	f := insight.Filter{AsOf: o.AsOf, From: o.From, To: o.To, Saw: o.Saw, Not: o.Not}
	if f.AsOf == 0 || f.AsOf > now {
		f.AsOf = now
	}
	if f.To != 0 && f.To <= f.From {
		return f, api.Refused("to", "the window ends before it begins", "give a later to")
	}
	for _, is := range o.Is {
		name, level, ok := strings.Cut(is, ":")
		if !ok || name == "" {
			return f, api.Refused("is", fmt.Sprintf("%q is no attribute with its level", is), "write it as practice:Millbrook")
		}
		if f.Is == nil {
			f.Is = map[string][]string{}
		}
		f.Is[name] = append(f.Is[name], level)
	}
	return f, nil
}

// words say the filter for the footer of whatever shows the numbers.
func (o *LivedOf) words() string {
	var parts []string
	if o.From != 0 {
		parts = append(parts, "entered from "+o.From.String())
	}
	if o.To != 0 {
		parts = append(parts, "entered before "+o.To.String())
	}
	is := slices.Clone(o.Is)
	slices.Sort(is)
	for _, x := range is {
		name, level, _ := strings.Cut(x, ":")
		parts = append(parts, name+" is "+level)
	}
	if o.Saw != "" {
		parts = append(parts, "saw "+o.Saw)
	}
	if o.Not != "" {
		parts = append(parts, "did not see "+o.Not)
	}
	if len(parts) == 0 {
		return "everybody"
	}
	return strings.Join(parts, ", ")
}

// Lived counts what really happens on a program's map.
func (i *Inspector) Lived(ctx context.Context, o LivedOf) (*Lived, error) {
	rel, pr, err := i.liveProgram(o.Program)
	if err != nil {
		return nil, err
	}
	if err := i.looked(ctx, "Lived"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	return i.counted(ctx, facts, pr, rel.ID, o)
}

// liveProgram is a program of the live release.
func (i *Inspector) liveProgram(id string) (rel *release.Release, pr *program.Program, err error) {
	if i.release != nil {
		rel = i.release()
	} else if rel, err = i.compiled(i.archive.live().Short); err != nil {
		return nil, nil, err
	}
	if rel != nil {
		pr = rel.Program(id)
	}
	if pr == nil {
		return nil, nil, api.NotFound("program", "no program %q is live here; live is %s", id, strings.Join(i.programs(), ", "))
	}
	return rel, pr, nil
}

// counted counts, and hides what who asks may not see.
func (i *Inspector) counted(ctx context.Context, facts *insight.Tail, pr *program.Program, release string, o LivedOf) (*Lived, error) {
	f, err := o.filter(i.now())
	if err != nil {
		return nil, err
	}
	v, err := i.overlay(ctx, facts, pr, f)
	if err != nil {
		return nil, err
	}
	may := shownOf{all: seesFew(ctx) && !o.Smallest}
	if !may.all {
		if may, err = protected(pr, v, o.Round); err != nil {
			return nil, err
		}
	}
	out := showLived(pr, v, &may)
	out.Basis = Basis{Release: release, AsOf: f.AsOf.String(), People: may.of(v.People, "people"), Filter: o.words()}
	censored := 0
	for k := range v.Phases {
		if censored += v.Phases[k].Waiting; out.Phases[k].Waiting == nil {
			censored = math.MinInt32
		}
	}
	if censored >= 0 {
		out.Basis.Censored = &censored
	}
	if out.Basis.Smallest = disclose.DefaultLeast; may.all {
		out.Basis.Smallest, out.Basis.Withheld = 0, &v.Withheld
	}
	return out, nil
}

// overlay counts, if who asks may be told of this cohort beside those of which they were told before.
func (i *Inspector) overlay(ctx context.Context, facts *insight.Tail, pr *program.Program, f insight.Filter) (*insight.Overlay, error) {
	v, err := facts.Columns.Overlay(pr, f)
	if err != nil {
		return nil, api.Refused("is", err.Error(), "name what the map has")
	}
	if i.guards != nil && !seesFew(ctx) {
		cohort, err := facts.Columns.Cohort(pr, f)
		if err != nil {
			return nil, err
		}
		if err := i.guards.ask(ctx, "map", pr.ID, i.now(), facts.Columns, cohort); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func showLived(pr *program.Program, v *insight.Overlay, may *shownOf) *Lived {
	m := &pr.Map
	out := &Lived{
		Program: pr.ID, Name: pr.Name, Phases: []PhaseLived{}, Flows: []FlowLived{}, Moments: []MomentLived{}, HandOffs: []HandOffLived{}, Lifecycle: []PartLived{}, Feelings: []FeelingLived{},
	}
	here := map[string]*int{}
	for k := range v.Phases {
		x, p := &v.Phases[k], &m.Phases[k]
		l := PhaseLived{
			Phase: p.ID, Name: p.Name, Here: may.of(x.Here, "%d here", k), Overdue: may.of(x.Overdue, "%d overdue", k), Entered: may.of(x.Entered, "%d entered", k),
			MovedOn: may.of(x.On, "%d on", k), Left: may.of(x.Out, "%d out", k), Waiting: may.of(x.Waiting, "%d waiting", k), Exits: map[string]*int{},
			LeftProgram: may.of(x.Left, "%d left program", k), Ended: may.of(x.Ended, "%d ended", k), Skipped: may.of(x.Skipped, "%d skipped", k), Again: may.of(x.Again, "%d again", k),
			Back: may.of(x.Back, "%d back", k), Expected: spanOf(p.Expect),
		}
		l.Wait, l.Stay = may.stay(x.Wait, l.MovedOn, l.Left, l.Waiting), may.stay(x.Stay, l.MovedOn, l.Left, l.Waiting)
		if l.Back != nil && *l.Back > 0 {
			l.BackDays = &x.BackDays
		}
		for e := range m.Exits {
			l.Exits[m.Exits[e].ID] = may.of(x.Exits[e], "%d exit %d", k, e)
		}
		here[p.ID] = l.Here
		out.Phases = append(out.Phases, l)
	}
	for n, fl := range v.Flows {
		l := FlowLived{To: m.Phases[fl.To].ID, Count: may.of(fl.Count, "flow %d", n)}
		l.Wait = may.stay(fl.Wait, l.Count)
		if fl.From >= 0 {
			l.From = m.Phases[fl.From].ID
		}
		out.Flows = append(out.Flows, l)
	}
	for k := range v.Moments {
		x, d := &v.Moments[k], &m.Moments[k]
		l := MomentLived{
			Moment: d.ID, Name: d.Name, Guess: d.Seen.IsZero(), Seen: may.of(x.Seen, "moment %d seen", k), People: may.of(x.People, "moment %d people", k), Made: may.of(x.Made, "moment %d made", k),
			Kept: may.of(x.Kept, "moment %d kept", k), KeptLate: may.of(x.KeptLate, "moment %d kept late", k), Late: may.of(x.Late, "moment %d late", k), Open: may.of(x.Open, "moment %d open", k),
		}
		l.Wait = may.stay(x.Wait, l.Kept, l.KeptLate)
		if d.Then != nil {
			l.Promised, l.Within = d.Then.Moment, spanOf(d.Then.Within)
		}
		out.Moments = append(out.Moments, l)
		if d.Feeling == "" && x.Asked.N == 0 {
			continue
		}
		fe := FeelingLived{Moment: d.ID, Phase: d.Phase, Word: d.Feeling, Planned: feltAs(d.Feeling), N: may.of(x.Asked.N, "moment %d asked", k)}
		if fe.N != nil && x.Asked.N > 0 {
			mean := math.Round(100*x.Asked.Sum/float64(x.Asked.N)) / 100
			fe.Asked = &mean
		}
		out.Feelings = append(out.Feelings, fe)
	}
	for n, x := range v.HandOffs {
		d := &m.Moments[m.Moment(x.Moment)]
		l := HandOffLived{
			Moment: x.Moment, From: x.From, To: x.To, Sent: may.of(x.Sent, "hand-off %d sent", n), Received: may.of(x.Received, "hand-off %d received", n),
			Waiting: may.of(x.Waiting, "hand-off %d waiting", n), Left: may.of(x.Left, "hand-off %d left", n),
		}
		l.Wait = may.stay(x.Wait, l.Received, l.Waiting)
		if d.Then != nil {
			l.Target = spanOf(d.Then.Within)
		}
		out.HandOffs = append(out.HandOffs, l)
	}
	for _, part := range m.Lifecycle {
		l := PartLived{Part: part.ID, Phases: part.Phases, Here: new(int)}
		for _, p := range part.Phases {
			if here[p] == nil { // what is not shown of a phase is in no sum
				l.Here = nil
				break
			}
			*l.Here += *here[p]
		}
		out.Lifecycle = append(out.Lifecycle, l)
	}
	return out
}

// feltAs is where a word stands on the scale of feelings, from -1 to 1.
func feltAs(word string) *float64 {
	all := journeymap.Feelings()
	i := slices.Index(all, word)
	if i < 0 {
		return nil
	}
	v := 2*float64(i)/float64(len(all)-1) - 1
	return &v
}

func stayOf(s insight.Spread) Stay {
	is := func(x float64) *float64 {
		if math.IsNaN(x) {
			return nil
		}
		x = math.Round(x*1000) / 1000
		return &x
	}
	return Stay{N: &s.N, Events: &s.Events, Others: &s.Others, Open: &s.Open, P25: is(s.P25), Median: is(s.P50), P75: is(s.P75), P90: is(s.P90), Low: is(s.Low), High: is(s.High)}
}

// WriteText writes the numbers for a terminal.
func (l *Lived) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, as of %s: %s people, %s\n\n", l.Name, l.Basis.AsOf, toldOf(l.Basis.People), l.Basis.Filter)
	fmt.Fprintln(t, "phase\there\tentered\tmoved on\tleft\twaiting\thalf moved on after\tcame back")
	for i := range l.Phases {
		p := &l.Phases[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Phase, toldOf(p.Here), toldOf(p.Entered), toldOf(p.MovedOn), toldOf(p.Left), toldOf(p.Waiting), daysOf(p.Wait.Median), toldOf(p.Back))
	}
	fmt.Fprintln(t, "\nmoment\tseen\tpeople\tpromised\tkept\tkept late\tlate\topen\thalf kept after")
	for i := range l.Moments {
		m := &l.Moments[i]
		if m.Guess {
			fmt.Fprintf(t, "%s\ta guess: no event shows it\n", m.Moment)
			continue
		}
		if m.Promised == "" {
			fmt.Fprintf(t, "%s\t%s\t%s\n", m.Moment, toldOf(m.Seen), toldOf(m.People))
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Moment, toldOf(m.Seen), toldOf(m.People), toldOf(m.Made), toldOf(m.Kept), toldOf(m.KeptLate), toldOf(m.Late), toldOf(m.Open), daysOf(m.Wait.Median))
	}
	if len(l.HandOffs) > 0 {
		fmt.Fprintln(t, "\nhanded over\tfrom\tto\tsent\treceived\twaiting\tleft\thalf received after")
	}
	for i := range l.HandOffs {
		h := &l.HandOffs[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", h.Moment, h.From, h.To, toldOf(h.Sent), toldOf(h.Received), toldOf(h.Waiting), toldOf(h.Left), daysOf(h.Wait.Median))
	}
	return t.Flush()
}

func daysOf(d *float64) string {
	if d == nil {
		return "not yet"
	}
	return strconv.FormatFloat(math.Round(*d*10)/10, 'f', -1, 64) + " days"
}

// toldOf writes a number that may be hidden.
func toldOf(n *int) string {
	if n == nil {
		return "hidden"
	}
	return strconv.Itoa(*n)
}
