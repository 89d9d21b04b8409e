package release

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
	"attune/core/source"
)

// semantics is part of every release's hash. It changes when the engine would decide differently
// about the same program and history.
const semantics = "attune-1"

// minRemember is how long a settled touch is remembered at least.
const minRemember = 30 * instant.Day

// Compile checks the programs together and makes the release, or says what is wrong.
func Compile(catalogue *event.Catalogue, zones *instant.Zones, programs ...*program.Program) (*Release, []source.Problem) {
	c := &compiler{
		rel:  &Release{Catalogue: catalogue, Zones: zones, Programs: programs, Remember: minRemember, byEvent: map[string][]int{}, awaits: map[awaitKey]*expr.Compiled{}},
		expr: expr.NewCompiler(catalogue),
	}
	for i, p := range programs {
		for _, other := range programs[:i] {
			if other.ID == p.ID {
				c.problems.Add(p.Pos, "give one of them another name", "program %q stands at %s already", p.ID, other.Pos)
			}
		}
		c.program(i, p)
	}
	c.rel.Plan = c.expr.Plan()
	c.rel.blank = c.rel.Plan.New(len(c.rel.Signals), 0)
	c.index()
	c.name()
	if !c.problems.Empty() {
		return nil, c.problems.List()
	}
	return c.rel, nil
}

type compiler struct {
	rel      *Release
	expr     *expr.Compiler
	problems source.Problems
}

func (c *compiler) program(i int, p *program.Program) {
	c.remember(p)
	c.signals(i, p)
	c.rule(Rule{Name: "enroll", Target: Enroll, Program: i}, p.Enroll)
	if !p.Leave.IsZero() {
		c.rule(Rule{Name: "leave", Target: Leave, Program: i}, p.Leave)
	}
	for k := range p.Map.Phases {
		c.rule(Rule{Name: "phase " + p.Map.Phases[k].ID, Target: Phase, Program: i, Index: k}, p.Map.Phases[k].Enter)
	}
	for k := range p.Map.Exits {
		c.rule(Rule{Name: "exit " + p.Map.Exits[k].ID, Target: Exit, Program: i, Index: k}, p.Map.Exits[k].On)
	}
	for k := range p.Journeys {
		j := &p.Journeys[k]
		c.rule(Rule{Name: "journey " + j.ID, Target: Enter, Program: i, Index: k}, j.Enter)
		for _, s := range j.Steps {
			if a, ok := s.(journey.Await); ok {
				compiled := c.expr.Trigger(a.For, &c.problems)
				c.rel.awaits[awaitKey{p.ID, j.ID, a.ID}] = &compiled
			}
		}
	}
	for k := range p.Engagements {
		if e := &p.Engagements[k]; !e.When.IsZero() {
			c.rule(Rule{Name: "engagement " + e.ID, Target: Engagement, Program: i, Index: k}, e.When)
		}
	}
}

// remember keeps touches as long as the longest window that counts them.
func (c *compiler) remember(p *program.Program) {
	c.rel.Remember = max(c.rel.Remember, p.Policy.Caps.Longest())
	for i := range p.Engagements {
		c.rel.Remember = max(c.rel.Remember, p.Engagements[i].AgainAfter, p.Engagements[i].AtMost.Within)
	}
}

// signals compiles a program's signals, each after those it asks for.
func (c *compiler) signals(i int, p *program.Program) {
	first := len(c.rel.Signals)
	for _, s := range p.Signals {
		c.rel.Signals = append(c.rel.Signals, p.ID+"/"+s.ID)
	}
	// Within a program its own signals go by their short names.
	names := make([]expr.Named, 0, len(c.rel.Signals))
	for k, s := range p.Signals {
		names = append(names, expr.Named{Name: s.ID, Index: first + k})
	}
	for k, name := range c.rel.Signals[:first] {
		names = append(names, expr.Named{Name: name, Index: k})
	}
	c.expr.Declare(expr.Names{Signals: names})

	compiled := make([]Rule, len(p.Signals))
	for k, s := range p.Signals {
		compiled[k] = Rule{
			Name: "signal " + s.ID, Target: Signal, Program: i, Index: first + k,
			Trigger: c.expr.Trigger(s.Trigger, &c.problems), MaxAge: s.Trigger.MaxAgeOr(),
		}
	}
	placed := make([]bool, len(compiled))
	for n := 0; n < len(compiled); {
		before := n
		for k := range compiled {
			if !placed[k] && c.ready(&compiled[k], first, placed) {
				placed[k] = true
				c.rel.Rules = append(c.rel.Rules, compiled[k])
				n++
			}
		}
		if n == before {
			for k, s := range p.Signals {
				if !placed[k] {
					c.problems.Add(s.Pos, "let one of them ask for events instead", "signal %q depends on itself through other signals", s.ID)
				}
			}
			return
		}
	}
}

// ready tells whether every signal a rule asks for has its place already.
func (c *compiler) ready(r *Rule, first int, placed []bool) bool {
	if r.Trigger.Pulse() {
		return true
	}
	for _, signal := range r.Trigger.Rule.Signals {
		if signal >= first && !placed[signal-first] {
			return false
		}
	}
	return true
}

func (c *compiler) rule(r Rule, t expr.Trigger) {
	r.Trigger, r.MaxAge = c.expr.Trigger(t, &c.problems), t.MaxAgeOr()
	c.rel.Rules = append(c.rel.Rules, r)
}

// index finds, for each event and for time, the rules that can change, with all that depend on them.
func (c *compiler) index() {
	r := c.rel
	for i := range r.Rules {
		r.all = append(r.all, i)
	}
	for _, i := range c.closure(func(rule *Rule) bool { return rule.Target == Signal && rule.Trigger.Pulse() }) {
		r.Rules[i].Fleeting = true
	}
	for _, name := range r.Catalogue.Names() {
		r.byEvent[name] = c.closure(func(rule *Rule) bool {
			if rule.Trigger.Pulse() {
				return rule.Trigger.On == name
			}
			return slices.Contains(rule.Trigger.Rule.Events, name)
		})
	}
	r.timed = c.closure(func(rule *Rule) bool { return !rule.Trigger.Pulse() && rule.Trigger.Rule.Timed })
}

// closure selects rules and those that ask for a selected signal. Rules stand in the order of their
// dependence, so one pass finds all.
func (c *compiler) closure(selects func(*Rule) bool) []int {
	var out []int
	changed := make([]bool, len(c.rel.Signals))
	for i := range c.rel.Rules {
		rule := &c.rel.Rules[i]
		hit := selects(rule)
		if !hit && !rule.Trigger.Pulse() {
			hit = slices.ContainsFunc(rule.Trigger.Rule.Signals, func(s int) bool { return changed[s] })
		}
		if hit {
			out = append(out, i)
			if rule.Target == Signal {
				changed[rule.Index] = true
			}
		}
	}
	return out
}

// name derives the release's id from everything it was made of.
func (c *compiler) name() {
	h := sha256.New()
	fmt.Fprintln(h, semantics, c.rel.Zones.Hash())
	for _, d := range c.rel.Catalogue.All() {
		fmt.Fprintln(h, d.Name, d.Fields)
	}
	for _, p := range c.rel.Programs {
		fmt.Fprintln(h, p.ID, p.Hash)
	}
	sum := h.Sum(nil)
	c.rel.ID = hex.EncodeToString(sum)
	c.rel.Short = max(binary.BigEndian.Uint64(sum), 1)
}
