package release

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/core/source"
	"attune/core/stage"
	"attune/core/words"
)

// semantics is part of every release's hash. It changes when the engine would decide differently
// about the same program and history.
const semantics = "attune-9"

// minRemember is how long a settled touch is remembered at least.
const minRemember = 30 * instant.Day

// Compile checks the programs together and makes the release, or says what is wrong. The release's
// catalogue is the given one with the events that the programs declare.
func Compile(catalogue *event.Catalogue, zones *instant.Zones, programs ...*program.Program) (*Release, []source.Problem) {
	c := &compiler{
		rel: &Release{Zones: zones, Programs: programs, Remember: minRemember, byEvent: map[string][]int{},
			steps: map[stepKey]*Step{}, entry: map[stepKey][]string{}, heard: map[string]bool{}},
	}
	c.rel.Catalogue = c.events(catalogue)
	c.expr = expr.NewCompiler(c.rel.Catalogue)
	for i, p := range programs {
		for _, other := range programs[:i] {
			if other.ID == p.ID {
				c.problems.Add(p.Pos, "give one of them another name", "program %q stands at %s already", p.ID, other.Pos)
			}
		}
		c.program(i, p)
	}
	c.rel.Plan = c.expr.Plan()
	c.rel.blank = c.rel.Plan.New(len(c.rel.Signals), c.rel.choices)
	c.index()
	c.rel.Supplies = slices.ContainsFunc(supplyEvents(), c.hears)
	c.learning()
	c.name()
	if !c.problems.Empty() {
		return nil, c.problems.List()
	}
	return c.rel, nil
}

// supplyEvents are what is derived of the supplies of medicines.
func supplyEvents() []string {
	return []string{"medication.refill_due", "medication.refill_gap", "medication.adherence_changed"}
}

// hears tells whether anything goes by an event.
func (c *compiler) hears(name string) bool {
	return len(c.rel.byEvent[name]) > 0 || c.rel.heard[name] || slices.ContainsFunc(c.rel.Behaviors, func(b Behavior) bool {
		return slices.ContainsFunc(b.Evidence, func(e Evidence) bool { return e.On == name })
	})
}

type compiler struct {
	rel      *Release
	expr     *expr.Compiler
	problems source.Problems
	// bits are where the present program's signals and audiences begin among all.
	bits struct{ signals, audiences int }
}

func (c *compiler) program(i int, p *program.Program) {
	c.remember(p)
	zone, _ := c.rel.Zones.Find(p.Policy.Zone)
	c.expr.DeclareZone(zone)
	c.vocabulary(p)
	c.declare(i, p)
	c.behaviors(i, p)
	first := len(c.rel.Rules)
	for k, s := range p.Signals {
		c.rule(Rule{Name: "signal " + s.ID, Target: Signal, Program: i, Index: c.bits.signals + k}, s.Trigger)
	}
	for k, a := range p.Audiences {
		c.rule(Rule{Name: "audience " + a.ID, Target: Audience, Program: i, Index: c.bits.audiences + k, Part: k}, a.When)
	}
	c.rule(Rule{Name: "enroll", Target: Enroll, Program: i}, p.Enroll)
	if !p.Leave.IsZero() {
		c.rule(Rule{Name: "leave", Target: Leave, Program: i}, p.Leave)
	}
	for k := range p.Map.Phases {
		c.rule(Rule{Name: "phase " + p.Map.Phases[k].ID, Target: Phase, Program: i, Index: k}, p.Map.Phases[k].Enter)
	}
	for k := range p.Map.Phases {
		if leave := p.Map.Phases[k].Leave; !leave.IsZero() {
			c.rule(Rule{Name: "phase " + p.Map.Phases[k].ID + " left", Target: PhaseLeft, Program: i, Index: k}, leave)
		}
	}
	for k := range p.Map.Exits {
		c.rule(Rule{Name: "exit " + p.Map.Exits[k].ID, Target: Exit, Program: i, Index: k}, p.Map.Exits[k].On)
	}
	c.order(i, c.rel.Rules[first:])
	c.moments(i, p)
	for k := range p.Policy.Holds {
		c.rule(Rule{Name: "hold " + p.Policy.Holds[k].ID, Target: Hold, Program: i, Index: k}, p.Policy.Holds[k].When)
	}
	for k := range p.Outcomes {
		c.rule(Rule{Name: "outcome " + p.Outcomes[k].ID, Target: Outcome, Program: i, Index: k}, p.Outcomes[k].Is)
	}
	c.measures(i, p)
	c.attributes(i, p)
	c.journeys(i, p)
	for k := range p.Engagements {
		if e := &p.Engagements[k]; !e.When.IsZero() {
			c.rule(Rule{Name: "engagement " + e.ID, Target: Engagement, Program: i, Index: k}, e.When)
		}
	}
}

// vocabulary tells the expressions that follow the program's value sets and words.
func (c *compiler) vocabulary(p *program.Program) {
	sets := make([]expr.ValueSet, len(p.ValueSets))
	for i, s := range p.ValueSets {
		sets[i] = expr.ValueSet{Name: s.ID, Codes: s.Codes}
	}
	c.expr.DeclareValueSets(sets)
	table, err := p.WordTable()
	if err != nil {
		c.problems.Add(source.Pos{File: "words.yaml"}, "mend words.yaml", "the program's words cannot be looked up: %v", err)
		table = words.Standard()
	}
	c.expr.DeclareWords(table)
}

// declare gives the program's signals, audiences, phases and behaviors their places in what the engine
// keeps of a person, and tells the expressions that follow about them. Within a program its own names
// are short; signals of programs before it go by "program/signal".
func (c *compiler) declare(i int, p *program.Program) {
	names := expr.Names{Consent: func(q expr.ConsentQuestion) int { return c.consent(i, q) }}
	c.bits.signals = len(c.rel.Signals)
	for k, s := range p.Signals {
		names.Signals = append(names.Signals, expr.Named{Name: s.ID, Index: c.bits.signals + k})
		c.rel.Signals = append(c.rel.Signals, p.ID+"/"+s.ID)
	}
	for k, name := range c.rel.Signals[:c.bits.signals] {
		names.Signals = append(names.Signals, expr.Named{Name: name, Index: k})
	}
	c.bits.audiences = len(c.rel.Signals)
	for k, a := range p.Audiences {
		names.Audiences = append(names.Audiences, expr.Named{Name: a.ID, Index: c.bits.audiences + k})
		c.rel.Signals = append(c.rel.Signals, p.ID+"/audience "+a.ID)
	}
	if len(p.Map.Phases) > 0 {
		var words []string
		for k := range p.Map.Phases {
			words = append(words, p.Map.Phases[k].ID)
		}
		names.Phase = &expr.Choice{Name: "phase", Index: c.rel.choices, Words: words}
		c.rel.phaseChoice = append(c.rel.phaseChoice, c.rel.choices)
		c.rel.choices++
	} else {
		c.rel.phaseChoice = append(c.rel.phaseChoice, -1)
	}
	var stages []string
	for _, s := range stage.All() {
		stages = append(stages, s.String())
	}
	for _, b := range p.Behaviors {
		names.Behaviors = append(names.Behaviors, expr.Choice{Name: b.ID, Index: c.rel.choices, Words: stages})
		c.rel.Behaviors = append(c.rel.Behaviors, Behavior{Program: i, ID: b.ID, Choice: c.rel.choices})
		c.rel.choices++
	}
	c.expr.Declare(names)
}

// consent gives a question about consent its place among the signals.
func (c *compiler) consent(program int, q expr.ConsentQuestion) int {
	index := len(c.rel.Signals)
	c.rel.Signals = append(c.rel.Signals, fmt.Sprintf("%s/consented %s %s %s", c.rel.Programs[program].ID, q.Purpose, q.Channel, q.Topic))
	c.rel.Consents = append(c.rel.Consents, Consent{Program: program, ConsentQuestion: q, Index: index})
	return index
}

// order sorts a program's first rules so that each comes after those whose answers it asks for, and
// otherwise leaves them as they were written.
func (c *compiler) order(i int, rules []Rule) {
	placed := make([]bool, len(rules))
	sorted := make([]Rule, 0, len(rules))
	for len(sorted) < len(rules) {
		k := 0
		for k < len(rules) && (placed[k] || c.waits(i, rules, placed, k)) {
			k++
		}
		if k == len(rules) {
			c.circular(i, rules, placed)
			return
		}
		placed[k] = true
		sorted = append(sorted, rules[k])
	}
	copy(rules, sorted)
}

// waits tells whether a rule asks for something that a rule without a place decides.
func (c *compiler) waits(i int, rules []Rule, placed []bool, k int) bool {
	r := &rules[k]
	if r.Trigger.Pulse() {
		return false
	}
	for n := range rules {
		if placed[n] {
			continue
		}
		switch d := &rules[n]; d.Target {
		case Signal, Audience:
			if slices.Contains(r.Trigger.Rule.Signals, d.Index) {
				return true
			}
		case Phase, PhaseLeft, Exit:
			if slices.Contains(r.Trigger.Rule.Choices, c.rel.phaseChoice[i]) {
				return true
			}
		case Enroll, Leave, Enter, Engagement, Moment, Outcome, Goal, Interrupt, Hold, Measure:
		}
	}
	return false
}

// circular says which rules wait for each other.
func (c *compiler) circular(i int, rules []Rule, placed []bool) {
	p := c.rel.Programs[i]
	for k := range rules {
		if placed[k] {
			continue
		}
		at := p.Pos
		switch r := &rules[k]; r.Target {
		case Signal:
			at = p.Signals[r.Index-c.bits.signals].Pos
		case Audience:
			at = p.Audiences[r.Part].Pos
		case Phase, PhaseLeft:
			at = p.Map.Phases[r.Index].Pos
		case Exit:
			at = p.Map.Exits[r.Index].Pos
		case Enroll, Leave, Enter, Engagement, Moment, Outcome, Goal, Interrupt, Hold, Measure:
		}
		c.problems.Add(at, "let one of them ask for events instead", "%s depends on itself through what it asks for", rules[k].Name)
	}
}

// remember keeps touches as long as the longest window that counts them.
func (c *compiler) remember(p *program.Program) {
	c.rel.Remember = max(c.rel.Remember, p.Policy.Caps.Longest(), p.Policy.Spacing)
	for _, f := range p.Policy.Follows {
		c.rel.Remember = max(c.rel.Remember, f.Wait+minRemember)
	}
	for i := range p.Engagements {
		c.rel.Remember = max(c.rel.Remember, p.Engagements[i].AgainAfter, p.Engagements[i].AtMost.Within)
	}
}

func (c *compiler) rule(r Rule, t expr.Trigger) {
	r.Trigger, r.MaxAge = c.expr.Trigger(t, &c.problems), t.MaxAgeOr()
	c.rel.Rules = append(c.rel.Rules, r)
}

// moments compiles what tells that a moment of the map happened, and the fields by which promises are
// told apart.
func (c *compiler) moments(i int, p *program.Program) {
	keys := map[string]string{}
	c.rel.keys = append(c.rel.keys, keys)
	for k := range p.Map.Moments {
		m := &p.Map.Moments[k]
		if m.Seen.IsZero() {
			continue
		}
		c.rule(Rule{Name: "moment " + m.ID, Target: Moment, Program: i, Index: k}, m.Seen)
		if m.Then == nil {
			continue
		}
		n := p.Map.Moment(m.Then.Moment)
		if n < 0 || m.Seen.On == "" || p.Map.Moments[n].Seen.On == "" {
			continue // noted when the program was read
		}
		to := &p.Map.Moments[n]
		c.promiseKey(m.Then, m.Seen.On, to.Seen.On)
		for _, id := range []string{m.ID, to.ID} {
			if other := keys[id]; other != "" && m.Then.Key != "" && other != m.Then.Key {
				c.problems.Add(m.Then.Pos, "use one field in all promises of it", "moment %q is told apart by %q in another promise", id, other)
			}
			if m.Then.Key != "" {
				keys[id] = m.Then.Key
			}
		}
	}
}

// promiseKey checks that the field by which promises are told apart is one of both events.
func (c *compiler) promiseKey(promise *journeymap.Promise, events ...string) {
	for _, name := range events {
		c.field(promise.Pos, name, promise.Key, "to tell promises apart by")
	}
}

// field checks that an event has a field, and says what for.
func (c *compiler) field(at source.Pos, event, name, use string) {
	d, known := c.rel.Catalogue.Find(event)
	if !known || name == "" {
		return // noted where the event is named, or not asked for
	}
	var fields []string
	for _, f := range d.Fields {
		fields = append(fields, f.Name)
	}
	if !slices.Contains(fields, name) {
		c.problems.Add(at, source.Suggest(name, fields), "%s has no field %q %s", event, name, use)
	}
}

// measures compiles what tells numbers, and checks that it has them.
func (c *compiler) measures(i int, p *program.Program) {
	for k := range p.Measures {
		m := &p.Measures[k]
		c.rule(Rule{Name: "measure " + m.ID, Target: Measure, Program: i, Index: k}, m.Is)
		c.field(m.Pos, m.Is.On, m.Value, "with the number")
		c.field(m.Pos, m.Is.On, m.Moment, "that names a moment")
		c.field(m.Pos, m.Is.On, m.Code, "with the code")
	}
}

// attributes finds what of the map is to be known of a trait.
func (c *compiler) attributes(i int, p *program.Program) {
	for k := range p.Map.Attributes {
		if c.rel.attributes == nil {
			c.rel.attributes = map[string][]Attribute{}
		}
		trait := p.Map.Attributes[k].Trait
		c.rel.attributes[trait] = append(c.rel.attributes[trait], Attribute{Program: i, Index: k})
	}
}

// index finds, for each event and for time, the rules that can change, with all that depend on them.
func (c *compiler) index() {
	r := c.rel
	for i := range r.Rules {
		r.all = append(r.all, i)
	}
	nothing := func() news { return news{make([]bool, len(r.Signals)), make([]bool, r.choices)} }
	for _, i := range c.closure(nothing(), func(rule *Rule) bool { return rule.Bit() && rule.Trigger.Pulse() }) {
		r.Rules[i].Fleeting = true
	}
	for _, name := range r.Catalogue.Names() {
		n := nothing()
		if strings.HasPrefix(name, "consent.") {
			for _, q := range r.Consents {
				n.signals[q.Index] = true
			}
		}
		for k := range r.Behaviors {
			n.choices[r.Behaviors[k].Choice] = r.Behaviors[k].hears(name)
		}
		r.byEvent[name] = c.closure(n, func(rule *Rule) bool {
			if rule.Trigger.Pulse() {
				return rule.Trigger.On == name
			}
			return slices.Contains(rule.Trigger.Rule.Events, name)
		})
	}
	n := nothing()
	for k := range r.Behaviors {
		n.choices[r.Behaviors[k].Choice] = true // time alone can change a stage
	}
	for _, q := range r.Consents {
		n.signals[q.Index] = true // and begin or end a consent
	}
	r.timed = c.closure(n, func(rule *Rule) bool { return !rule.Trigger.Pulse() && rule.Trigger.Rule.Timed })
}

// news is what may have changed of that which rules ask for.
type news struct{ signals, choices []bool }

// closure selects rules, and those that ask for something that news or a selected rule may change.
// Rules stand in the order of their dependence, so one pass finds all.
func (c *compiler) closure(n news, selects func(*Rule) bool) []int {
	var out []int
	for i := range c.rel.Rules {
		rule := &c.rel.Rules[i]
		hit := selects(rule)
		if !hit && !rule.Trigger.Pulse() {
			hit = slices.ContainsFunc(rule.Trigger.Rule.Signals, func(s int) bool { return n.signals[s] }) ||
				slices.ContainsFunc(rule.Trigger.Rule.Choices, func(s int) bool { return n.choices[s] })
		}
		if !hit {
			continue
		}
		out = append(out, i)
		switch {
		case rule.Bit():
			n.signals[rule.Index] = true
		case rule.Target == Phase || rule.Target == PhaseLeft || rule.Target == Exit:
			if at := c.rel.phaseChoice[rule.Program]; at >= 0 {
				n.choices[at] = true
			}
		}
	}
	return out
}

// name derives the release's id from everything it was made of.
func (c *compiler) name() {
	h := sha256.New()
	fmt.Fprintln(h, semantics, c.rel.Zones.Hash(), words.Standard().Version())
	for _, d := range c.rel.Catalogue.All() {
		fmt.Fprintf(h, "%q %t\n", d.Name, d.Retracts)
		for _, f := range d.Fields {
			fmt.Fprintf(h, "%q %s %q %s %q\n", f.Name, f.Type, f.Unit, f.Sensitivity, f.OneOf)
		}
	}
	for _, p := range c.rel.Programs {
		fmt.Fprintln(h, p.ID, p.Hash)
	}
	sum := h.Sum(nil)
	c.rel.ID = hex.EncodeToString(sum)
	c.rel.Short = max(binary.BigEndian.Uint64(sum), 1)
}
