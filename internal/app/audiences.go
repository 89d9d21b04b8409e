package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/draft"
	"attune/internal/estimate"
	"attune/internal/explain"
	"attune/internal/programdir"
	"attune/internal/runner"
	"attune/internal/seal"
)

// RuleAsked is a condition that somebody writes, and of which programs.
type RuleAsked struct {
	Program string `json:"program" required:"" doc:"Of which program." example:"diabetes"`
	Draft   string `json:"draft" doc:"A draft in which it is written; without it, what is live." example:""`
	When    string `json:"when" required:"" doc:"The condition, as audiences.yaml has it." example:"phase() == \"treatment\""`
}

// RuleRead is what a condition means, or what is wrong with it.
type RuleRead struct {
	// Words are what it means, a paragraph each; none where it cannot be understood.
	Words []string `json:"words"`
	// Problem is what is wrong; absent where nothing is.
	Problem *RuleProblem `json:"problem,omitempty"`
}

// RuleProblem is what is wrong with a condition.
type RuleProblem struct {
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
	// At is behind how many characters of the condition it begins; -1 where it is of no place in it.
	At int `json:"at"`
}

// What audiences that are tried are called in their program, which nobody publishes.
const (
	triedAudience  = "the_audience_that_is_tried"
	besideAudience = "the_audience_beside_it"
)

// ruled is a program with audiences that are tried.
type ruled struct {
	rel    *release.Release
	folder program.Folder
	file   string
}

// Written is a program as its team wrote it.
type Written struct {
	zones *instant.Zones
	of    string
	files map[string]string
}

// written finds a program: of a draft, or as it is live.
func (n *Node) written(of, inDraft string) (*Written, error) {
	var programs []ProgramFiles
	if inDraft != "" {
		d, err := n.drafts.get(inDraft)
		if err != nil {
			return nil, err
		}
		programs = d.Programs
	} else {
		live, err := n.filesOf("")
		if err != nil {
			return nil, err
		}
		programs = live.Programs
	}
	at := slices.IndexFunc(programs, func(p ProgramFiles) bool { return p.ID == of })
	if at < 0 {
		return nil, api.NotFound("program", "there is no program %s", of)
	}
	zones, err := n.zones()
	return &Written{zones, of, programs[at].Files}, err
}

// Written finds a program as it is live.
func (i *Inspector) Written(of string) (*Written, error) {
	live := i.archive.live()
	all, err := i.archive.files(live)
	if err != nil {
		return nil, err
	}
	for k := range all {
		if live.Programs[k].ID == of {
			zones, err := instant.LoadZones()
			return &Written{zones, of, all[k].Texts}, err
		}
	}
	return nil, fmt.Errorf("no program %q is live here; live is %s", of, strings.Join(i.programs(), ", "))
}

// with compiles the program with these audiences beside its own. What is wrong with a condition is told by its place in it.
func (w *Written) with(names, rules []string) (*ruled, *RuleProblem, error) {
	const file = "audiences.yaml"
	text, begins, err := withAudiences(file, w.files[file], names, rules)
	if err != nil {
		return nil, nil, err
	}
	all := maps.Clone(w.files)
	all[file] = text
	home := programdir.Files{Home: w.of, Texts: all}
	rel, problems := programdir.Compile(w.zones, home)
	for _, p := range problems {
		line := p.Pos.Line - firstRule
		if strings.HasSuffix(p.Pos.File, file) && line >= 0 && line < len(rules) {
			at := p.Pos.Column - begins[line]
			if at < 0 || at > len(rules[line]) {
				at = -1
			}
			return nil, &RuleProblem{What: p.What, Hint: p.Hint, At: at}, nil
		}
	}
	if rel == nil { // the program itself
		return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	folder, problems := programdir.FolderOf(home)
	if len(problems) > 0 {
		return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return &ruled{rel, folder, file}, nil, nil
}

// firstRule is the line on which the first audience stands that withAudiences writes.
const firstRule = 2

// withAudiences writes audiences.yaml with more audiences, each on a line of its own from the second on, and tells in which column the
// condition of each begins.
func withAudiences(file, text string, names, rules []string) (string, []int, error) {
	own := struct {
		Audiences map[string]json.RawMessage `json:"audiences"`
	}{}
	if text != "" {
		values, _, err := draft.Values(file, text)
		if err == nil {
			err = json.Unmarshal(values, &own)
		}
		if err != nil {
			return "", nil, api.Refused(file, err.Error(), "mend the file first")
		}
	}
	var out strings.Builder
	out.WriteString("audiences:\n")
	begins := make([]int, len(names))
	for k, name := range names {
		lead := "  " + name + ": '"
		begins[k] = len(lead) + 1
		out.WriteString(lead + strings.ReplaceAll(rules[k], "'", "''") + "'\n")
	}
	for _, name := range slices.Sorted(maps.Keys(own.Audiences)) {
		fmt.Fprintf(&out, "  %s: %s\n", name, own.Audiences[name])
	}
	return out.String(), begins, nil
}

// longestRule is how long a condition may be.
const longestRule = 4000

// ruleOf checks a condition's form: one line, and not too long.
func ruleOf(field, when string) (string, error) {
	when = strings.Join(strings.Fields(when), " ")
	switch {
	case when == "":
		return "", api.Refused(field, "there is no condition", `write one, such as phase() == "treatment"`)
	case len(when) > longestRule:
		return "", api.Refused(field, "the condition is too long", fmt.Sprintf("write it in %d characters at most", longestRule))
	}
	return when, nil
}

// Read tells what a condition means.
func (w *Written) Read(when string) (RuleRead, error) {
	out := RuleRead{Words: []string{}}
	if _, err := ruleOf("when", when); err != nil {
		return out, err
	}
	// Line breaks count as one character each, so that places stay what they are.
	when = strings.NewReplacer("\r\n", "  ", "\n", " ", "\t", " ").Replace(when)
	is, problem, err := w.with([]string{triedAudience}, []string{when})
	if err != nil || problem != nil {
		out.Problem = problem
		return out, err
	}
	x, wrong := explain.New(is.rel, is.folder, nil).Find(is.file, triedAudience)
	if wrong != nil {
		return out, fmt.Errorf("explain a condition: %s", wrong)
	}
	called := strings.ReplaceAll(triedAudience, "_", " ")
	nameless := strings.NewReplacer(`the audience "`+called+`"`, "this audience", "the audience "+called, "this audience", "the audience "+triedAudience, "this audience")
	for _, t := range append(slices.Clone(x.Things), *x) {
		if t.Kind == "audience" && t.ID == triedAudience {
			for _, w := range t.Words {
				out.Words = append(out.Words, nameless.Replace(w))
			}
		}
	}
	return out, nil
}

// Vocabulary is what a condition may be made of.
type Vocabulary struct {
	Functions []FunctionRead `json:"functions"`
	Names     []NameRead     `json:"names"`
}

// FunctionRead is a function of conditions.
type FunctionRead struct {
	Name string `json:"name"`
	// Usage is how it is written, Says what it gives, and Example a whole condition.
	Usage   string `json:"usage"`
	Says    string `json:"says"`
	Example string `json:"example"`
	// Takes is of which kind the name is that each argument is; empty for what is no name.
	Takes []string `json:"takes"`
}

// NameRead is a name that conditions may have in quotes.
type NameRead struct {
	// Kind is phase, signal, audience, behavior, stage (of change), valueset, purpose, event, or field (of an event).
	Kind string `json:"kind"`
	Name string `json:"name"`
	Says string `json:"says,omitempty"`
}

// vocabulary gathers what conditions of the program may be made of.
func (w *Written) vocabulary() (Vocabulary, error) {
	out := Vocabulary{Functions: []FunctionRead{}, Names: []NameRead{}}
	rel, problems := programdir.Compile(w.zones, programdir.Files{Home: w.of, Texts: w.files})
	if rel == nil {
		return out, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	for _, f := range expr.Functions() {
		if f.Where != expr.InFilters {
			out.Functions = append(out.Functions, FunctionRead{f.Name, f.Usage, f.Says, f.Example, f.Takes})
		}
	}
	add := func(kind, name, says string) { out.Names = append(out.Names, NameRead{kind, name, says}) }
	p := rel.Programs[0]
	for i := range p.Map.Phases {
		add("phase", p.Map.Phases[i].ID, p.Map.Phases[i].Name)
	}
	for i := range p.Signals {
		add("signal", p.Signals[i].ID, "")
	}
	for i := range p.Audiences {
		add("audience", p.Audiences[i].ID, p.Audiences[i].Says)
	}
	for i := range p.Behaviors {
		add("behavior", p.Behaviors[i].ID, "")
	}
	for _, x := range stage.All() {
		add("stage", x.String(), "")
	}
	for i := range p.ValueSets {
		add("valueset", p.ValueSets[i].ID, p.ValueSets[i].Name)
	}
	for _, x := range p.Policy.Purposes {
		add("purpose", x.ID, string(x.Kind))
	}
	for _, e := range rel.Catalogue.All() {
		add("event", e.Name, e.Says)
		for _, f := range e.Fields {
			add("field", e.Name+"."+f.Name, fieldSays(&f))
		}
	}
	return out, nil
}

// fieldSays is what kind of value a field has.
func fieldSays(f *event.FieldDef) string {
	says := f.Type.String()
	if f.Unit != "" {
		says += " in " + f.Unit
	}
	if len(f.OneOf) > 0 {
		says += ": " + strings.Join(f.OneOf, ", ")
	}
	return says
}

// AudienceTry is an audience that is tried: on whom, beside what, and for how long.
type AudienceTry struct {
	RuleAsked
	Beside string `json:"beside" doc:"Another condition, to see who is in both." example:""`
	Within int    `json:"within_ms" doc:"For how many milliseconds people are looked at, 50 to 20000; 200 where it does not say." example:"200"`
	Show   int    `json:"show" doc:"Of how many people at most it tells who they are and why they are in it; 10 at most." example:"10"`
}

// AudienceTried is who is in an audience now.
type AudienceTried struct {
	// At is when that is so.
	At string `json:"at"`
	// Known is how many people there are, and Looked at how many of them was looked. Ids are drawn at random and people are looked at in
	// their order, so those are a fair sample.
	Known  int `json:"known"`
	Looked int `json:"looked"`
	// Whole tells that everybody was looked at: what follows is counted then, and else reckoned from those who were.
	Whole bool  `json:"whole"`
	In    Share `json:"in"`
	// Beside are those of the other condition; Both are in both, Only in the first alone and OnlyBeside in the other alone.
	Beside     *Share `json:"beside,omitempty"`
	Both       *Share `json:"both,omitempty"`
	Only       *Share `json:"only,omitempty"`
	OnlyBeside *Share `json:"only_beside,omitempty"`
	// Some are people who are in it, and why.
	Some []InAudience `json:"some"`
}

// Share is how many people something is so of.
type Share struct {
	// Seen is how many of those who were looked at, and People how many of everybody, with its 95 % interval; the interval is of one number
	// where everybody was looked at.
	Seen   int `json:"seen"`
	People int `json:"people"`
	Low    int `json:"low"`
	High   int `json:"high"`
}

// InAudience is somebody who is in an audience.
type InAudience struct {
	Person string `json:"person"`
	Since  string `json:"since"`
	// Because is what made it so: an event's name, or the condition itself.
	Because string `json:"because"`
	Phase   string `json:"phase,omitempty"`
}

const (
	usualLook, shortestLook, longestLook = 200, 50, 20_000
	mostShown                            = 10
	// lookedAtOnce is how many people are read at a time.
	lookedAtOnce = 64
)

// Audience tells who would be in an audience now, of those whom there is time to look at. Nothing is written.
func (i *Inspector) Audience(ctx context.Context, of *Written, in *AudienceTry) (*AudienceTried, error) {
	try, err := in.ready(of)
	if err != nil {
		return nil, err
	}
	if err := i.archive.pin(try.rel); err != nil {
		return nil, err
	}
	tallies, err := i.people.Tallies(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("count people: %w", err)
	}
	t := newTotals(tallies)
	out := &AudienceTried{At: i.now().String(), Known: int(t["people"] - t[runner.MergedKey]), Some: []InAudience{}}
	s := sampling{i: i, try: try, beside: in.Beside != "", show: in.Show, of: in.Program, out: out}
	if err := s.look(ctx, time.Duration(in.Within)*time.Millisecond); err != nil {
		return nil, err
	}
	return out, i.looked(ctx, "Audience", s.shown...)
}

// ready checks what is asked, and compiles it.
func (in *AudienceTry) ready(of *Written) (*ruled, error) {
	if in.Within == 0 {
		in.Within = usualLook
	}
	if in.Within < shortestLook || in.Within > longestLook {
		return nil, api.Refused("within_ms", "people are looked at for 50 to 20000 milliseconds", "leave it out for 200")
	}
	if in.Show < 0 || in.Show > mostShown {
		return nil, api.Refused("show", "ten people are shown at most", "name 0 to 10")
	}
	when, err := ruleOf("when", in.When)
	if err != nil {
		return nil, err
	}
	names, rules := []string{triedAudience}, []string{when}
	if in.Beside != "" {
		beside, err := ruleOf("beside", in.Beside)
		if err != nil {
			return nil, err
		}
		names, rules = append(names, besideAudience), append(rules, beside)
	}
	try, problem, err := of.with(names, rules)
	if err == nil && problem != nil {
		err = api.Refused("when", problem.What, problem.Hint)
	}
	return try, err
}

// sampling looks at people, in the order of their ids, as long as there is time.
type sampling struct {
	i      *Inspector
	try    *ruled
	beside bool
	show   int
	of     string
	out    *AudienceTried
	shown  []id.Person

	in, other, both int
}

func (s *sampling) look(ctx context.Context, within time.Duration) error {
	ctx, stop := context.WithTimeoutCause(ctx, within, errLooked)
	defer stop()
	for after := int64(-1); ; {
		rows, err := s.i.people.Page(ctx, after, lookedAtOnce)
		if err != nil {
			return s.ended(ctx, err)
		}
		for k := range rows {
			after = rows[k].Person.Row()
			p, err := runner.OpenRow(s.i.keys, &rows[k])
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err == nil && p.Into.IsZero() && s.may(ctx, &p) {
				err = s.one(ctx, p)
			}
			if err != nil {
				return s.ended(ctx, err)
			}
		}
		if len(rows) < lookedAtOnce {
			s.out.Whole = true
			s.reckon()
			return nil
		}
	}
}

// errLooked ends looking when its time is over.
var errLooked = errors.New("the time to look at people is over")

// ended reckons with whom there was time for; another end is an error.
func (s *sampling) ended(ctx context.Context, err error) error {
	if !errors.Is(context.Cause(ctx), errLooked) {
		return err
	}
	s.reckon()
	return nil
}

// may tells whether somebody is of the panel of whoever asks.
func (s *sampling) may(ctx context.Context, p *person.Person) bool {
	who := api.PrincipalOf(ctx)
	if who.Nobody() || who.Everybody(access.PeopleList) {
		return true
	}
	var programs []string
	for k := range p.Memberships {
		if p.Memberships[k].Active() {
			programs = append(programs, p.Memberships[k].Program)
		}
	}
	return who.Panel(programs)
}

func (s *sampling) one(ctx context.Context, p person.Person) error {
	records, err := s.i.records(ctx, p.ID)
	if err != nil {
		return err
	}
	secret := s.i.keys.Secret(seedSecret)
	is, _ := runner.Relive(s.try.rel, p, engine.Input{At: s.i.now(), Seed: id.SeedOf(secret, p.ID), Common: id.SeedOf(secret, id.Person{}), What: engine.Switch{To: s.try.rel.Short}}, records)
	s.out.Looked++
	at := groupOf(&is, triedAudience)
	other := s.beside && groupOf(&is, besideAudience) != nil
	if other {
		s.other++
	}
	if at == nil {
		return nil
	}
	s.in++
	if other {
		s.both++
	}
	if len(s.out.Some) < s.show {
		x := InAudience{Person: p.ID.String(), Since: at.Since.String(), Because: at.What}
		for k := range is.Memberships {
			if is.Memberships[k].Program == s.of {
				x.Phase = is.Memberships[k].Phase
			}
		}
		s.out.Some = append(s.out.Some, x)
		s.shown = append(s.shown, p.ID)
	}
	return nil
}

func groupOf(p *person.Person, audience string) *person.Group {
	for k := range p.Groups {
		if p.Groups[k].Audience == audience {
			return &p.Groups[k]
		}
	}
	return nil
}

// reckon makes numbers of everybody from those who were looked at.
func (s *sampling) reckon() {
	if s.out.Whole {
		s.out.Known = s.out.Looked
	}
	share := func(seen int) Share { return shareOf(seen, s.out.Looked, s.out.Known) }
	s.out.In = share(s.in)
	if s.beside {
		other, both, only, onlyOther := share(s.other), share(s.both), share(s.in-s.both), share(s.other-s.both)
		s.out.Beside, s.out.Both, s.out.Only, s.out.OnlyBeside = &other, &both, &only, &onlyOther
	}
}

// shareOf reckons how many of everybody something is so of, from how many of those who were looked at; by Wilson's interval, narrowed since
// those who were looked at are known: sqrt((N-n)/(N-1)) of a sample without replacement (Cochran, Sampling Techniques, 1977, 2.6).
func shareOf(seen, looked, known int) Share {
	if looked >= known {
		return Share{Seen: seen, People: seen, Low: seen, High: seen}
	}
	if looked == 0 {
		return Share{High: known}
	}
	is := estimate.Wilson(float64(seen), float64(looked), 0.95)
	narrow := math.Sqrt(float64(known-looked) / float64(known-1))
	p := float64(seen) / float64(looked)
	low, high := p-(p-is.Lo)*narrow, p+(is.Hi-p)*narrow
	all := float64(known)
	return Share{Seen: seen, People: int(p*all + 0.5), Low: max(seen, int(low*all)), High: min(known-(looked-seen), int(high*all+1))}
}
