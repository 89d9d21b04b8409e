package explain

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/journeymap"
	"attune/core/program"
)

// gather lists all that a program is made of, file by file.
func (e *Explainer) gather() {
	p := e.program
	e.add(thing{file: "program.yaml", kind: "program", id: "enroll", line: p.Enroll.Pos.Line, rule: "enroll", trigger: p.Enroll, does: "the person comes into the program",
		explain: e.rule("A person comes into the program when ", &p.Enroll, "Only who is in the program gets messages from it and enters its journeys.")})
	if !p.Leave.IsZero() {
		e.add(thing{file: "program.yaml", kind: "program", id: "leave", line: p.Leave.Pos.Line, rule: "leave", trigger: p.Leave, does: "the person leaves the program",
			explain: e.rule("A person leaves the program when ", &p.Leave, "All journeys under way end then, and messages that wait are not sent.")})
	}
	e.gatherMap()
	for i := range p.Signals {
		s := &p.Signals[i]
		follows := "By itself a signal says nothing to anybody; it is for other rules to ask."
		if s.Trigger.On != "" {
			follows = "It is on only while its event is taken in, so whatever asks for it asks at that instant. " + follows
		}
		e.add(thing{file: "signals.yaml", kind: "signal", id: s.ID, line: s.Pos.Line, rule: "signal " + s.ID, trigger: s.Trigger, explain: e.rule("The signal "+s.ID+" is on when ", &s.Trigger, follows)})
	}
	for i := range p.Audiences {
		a := &p.Audiences[i]
		about := ""
		if a.Says != "" {
			about = Sentence(a.Says)
		}
		e.add(thing{file: "audiences.yaml", kind: "audience", id: a.ID, line: a.Pos.Line, rule: "audience " + a.ID, trigger: a.When, explain: e.rule("A person belongs to the audience "+a.ID+" as long as ", &a.When, about)})
	}
	for i := range p.Behaviors {
		b := &p.Behaviors[i]
		e.add(thing{file: "behaviors.yaml", kind: "behavior", id: b.ID, line: b.Pos.Line, explain: func(x *Explanation) { e.behavior(b, x) }})
	}
	e.gatherDrivers("barrier", p.Barriers)
	e.gatherDrivers("motivation", p.Motivations)
	for i := range p.Policy.Holds {
		h := &p.Policy.Holds[i]
		e.add(thing{file: "policy.yaml", kind: "hold", id: h.ID, line: h.Pos.Line, rule: "hold " + h.ID, trigger: h.When, explain: e.rule("A person is left alone ("+h.ID+") from when ", &h.When, e.held(h)...)})
	}
	for i := range p.Outcomes {
		o := &p.Outcomes[i]
		e.add(thing{file: "outcomes.yaml", kind: "outcome", id: o.ID, line: o.Pos.Line, rule: "outcome " + o.ID, trigger: o.Is,
			explain: e.rule("The outcome "+titled(o.Name, o.ID)+" is reached when ", &o.Is,
				"It counts as the effect of a message up to "+span(o.Within)+" after it. One of it is worth "+number(o.Value)+".")})
	}
	for i := range p.Measures {
		m := &p.Measures[i]
		e.add(thing{file: "outcomes.yaml", kind: "measure", id: m.ID, line: m.Pos.Line, rule: "measure " + m.ID, trigger: m.Is,
			explain: e.rule("The measure "+titled(m.Name, m.ID)+toldBy(m)+" when ", &m.Is, matters(m))})
	}
	for i := range p.Map.Attributes {
		a := &p.Map.Attributes[i]
		e.add(thing{file: "map.yaml", kind: "attribute", id: a.ID, line: a.Pos.Line, explain: func(x *Explanation) {
			x.Words = append(x.Words, Sentence("Numbers can be looked at by "+titled(a.Name, a.ID)+", which is what the trait "+a.Trait+" says"))
			switch {
			case a.CaseMix:
				x.Words = append(x.Words, "It makes cases different from the beginning, so others are compared within its levels only.")
			case a.Fairness:
				x.Words = append(x.Words, "Differences by it are shown only to who watches over fairness.")
			}
		}})
	}
	for i := range p.ValueSets {
		s := &p.ValueSets[i]
		e.add(thing{file: "valuesets.yaml", kind: "value set", id: s.ID, line: s.Pos.Line, explain: func(x *Explanation) {
			x.Words = append(x.Words, Sentence(titled(s.Name, s.ID)+" is a list of "+counted(int64(len(s.Codes)), "code")+": "+strings.Join(s.Codes, ", ")))
		}})
	}
	for i := range p.Words {
		c := &p.Words[i]
		e.add(thing{file: "words.yaml", kind: "word category", id: c.Name, line: c.Pos.Line, explain: func(x *Explanation) {
			for _, l := range c.Lists {
				x.Words = append(x.Words, Sentence("A text is about "+c.Name+" when it has one of these phrases ("+l.Language+"): "+strings.Join(l.Phrases, ", ")))
			}
		}})
	}
	for i := range p.Events {
		d := &p.Events[i]
		e.add(thing{file: "events.yaml", kind: "event", id: d.Name, line: d.Pos.Line, explain: func(x *Explanation) {
			x.Words = append(x.Words, Sentence(d.Says))
			if len(d.Fields) > 0 {
				x.Words = append(x.Words, "Rules may read its "+listed(mapped(d.Fields, func(f event.FieldDef) string { return words(f.Name) }), "and")+".")
			}
		}})
	}
	e.add(thing{file: "policy.yaml", kind: "policy", id: "policy", line: 1, whole: true, explain: func(x *Explanation) { x.Words = append(x.Words, e.policy()...) }})
	for i := range p.Engagements {
		e.gatherEngagement(&p.Engagements[i])
	}
	for i := range p.Journeys {
		e.gatherJourney(&p.Journeys[i])
	}
}

func (e *Explainer) add(t thing) { e.things = append(e.things, t) }

// titled is a thing's name for people, with the name that rules know it by.
func titled(name, id string) string {
	if name == "" {
		return id
	}
	return strconv.Quote(name) + " (" + id + ")"
}

// rule explains a thing that is a rule and little else.
func (e *Explainer) rule(begins string, t *expr.Trigger, follows ...string) func(*Explanation) {
	return func(x *Explanation) {
		x.Words = append(x.Words, e.says(begins, t))
		for _, s := range follows {
			if s != "" {
				x.Words = append(x.Words, s)
			}
		}
	}
}

// toldBy says where a measure's number comes from.
func toldBy(m *program.Measure) string {
	if m.Value == "" {
		return " is counted"
	}
	return " is told by " + words(m.Value)
}

// matters says which way a measure is better, and what change matters.
func matters(m *program.Measure) string {
	way := "Higher"
	if m.Lower {
		way = "Lower"
	}
	way += " is better"
	if m.Matters != 0 {
		way += ", and a change of " + strings.TrimSpace(number(m.Matters)+" "+m.Unit) + " matters to a patient"
	}
	switch {
	case m.Kind == "activity":
		return "It is what people do: groups are found by how often they did it."
	case m.Kind == "supply":
		return "It is for how many days a supply lasts. Reports tell the share of days covered; " + number(100*m.Enough()) + " % is enough."
	case m.Good != nil && m.Lower:
		way += "; up to " + strings.TrimSpace(number(*m.Good)+" "+m.Unit) + " it is good"
	case m.Good != nil:
		way += "; from " + strings.TrimSpace(number(*m.Good)+" "+m.Unit) + " on it is good"
	}
	return way + "."
}

// says puts a trigger behind the beginning of a sentence, or as a list below it.
func (e *Explainer) says(begins string, t *expr.Trigger) string {
	p := e.trigger(t)
	if p.simple() {
		says := p.Inline()
		if strings.HasPrefix(says, "after ") && !strings.HasSuffix(begins, ": ") {
			begins = strings.TrimSuffix(begins, " ") + ", "
		}
		return Sentence(begins + says)
	}
	list := p.String()
	return upper(begins) + strings.ToLower(list[:1]) + list[1:]
}

func (e *Explainer) gatherMap() {
	m := &e.program.Map
	for i := range m.Phases {
		p := &m.Phases[i]
		e.add(thing{file: "map.yaml", kind: "phase", id: p.ID, line: p.Pos.Line, rule: "phase " + p.ID, trigger: p.Enter, does: "the phase " + titled(p.Name, p.ID) + " is entered",
			explain: func(x *Explanation) { e.phase(i, p, x) }})
	}
	for i := range m.Exits {
		x := &m.Exits[i]
		e.add(thing{file: "map.yaml", kind: "exit", id: x.ID, line: x.Pos.Line, rule: "exit " + x.ID, trigger: x.On, does: "the person leaves the map",
			explain: e.rule("A person leaves the map, as "+strconv.Quote(words(x.ID))+", when ", &x.On, "Nothing of the program starts for them any more, unless they enter a phase again.")})
	}
	for i := range m.Stakeholders {
		s := &m.Stakeholders[i]
		e.add(thing{file: "map.yaml", kind: "stakeholder", id: s.ID, line: s.Pos.Line, explain: func(x *Explanation) { stakeholder(s, x) }})
	}
	for i := range m.Moments {
		x := &m.Moments[i]
		t := thing{file: "map.yaml", kind: "moment", id: x.ID, line: x.Pos.Line, trigger: x.Seen, explain: func(out *Explanation) { e.moment(x, out) }}
		if !x.Seen.IsZero() {
			t.rule, t.does = "moment "+x.ID, "the moment "+titled(x.Name, x.ID)+" is seen"
		}
		for _, id := range x.Respond {
			t.needs = append(t.needs, "engagement "+id)
		}
		if x.Then != nil {
			t.needs = append(t.needs, "moment "+x.Then.Moment)
		}
		e.add(t)
	}
}

func (e *Explainer) phase(i int, p *journeymap.Phase, x *Explanation) {
	if p.Says != "" {
		x.Words = append(x.Words, "In the person's own words: "+strconv.Quote(p.Says))
	}
	x.Words = append(x.Words, e.says("A person enters the phase "+titled(p.Name, p.ID)+" when ", &p.Enter))
	if p.Leave.IsZero() {
		x.Words = append(x.Words, "It ends when another phase is entered, or the person leaves the map or the program.")
	} else {
		x.Words = append(x.Words, e.says("It ends when ", &p.Leave), "It also ends when another phase is entered, or the person leaves the map or the program.")
	}
	if p.Expect != 0 {
		x.Words = append(x.Words, "It should last "+span(p.Expect)+" at most; who is in it for longer is shown.")
	}
	if i > 0 {
		x.Words = append(x.Words, "Phases may be skipped and entered again; where two are entered at the same instant, the one further right stands.")
	}
}

func stakeholder(s *journeymap.Stakeholder, x *Explanation) {
	x.Words = append(x.Words, Sentence(titled(s.Name, s.ID)+" is a lane of the map, of the kind "+s.Kind))
	for _, part := range []struct {
		says string
		of   []string
	}{{"Their day", []string{s.Routine}}, {"They get information from", s.Sources}, {"They want", s.Wants}, {"They fear", s.Fears}} {
		if text := strings.Join(part.of, ", "); text != "" {
			x.Words = append(x.Words, Sentence(part.says+": "+text))
		}
	}
	for _, q := range s.Quotes {
		x.Words = append(x.Words, "They say: "+strconv.Quote(q))
	}
}

func (e *Explainer) moment(m *journeymap.Moment, x *Explanation) {
	p := e.program
	says := titled(m.Name, m.ID) + " is a moment"
	if m.Phase != "" {
		says += " in the phase " + e.wording.phase(m.Phase)
	}
	if m.By != "" {
		says += ", by " + lane(p, m.By)
	}
	if m.To != "" {
		says += ", handing over to " + lane(p, m.To)
	}
	x.Words = append(x.Words, Sentence(says))
	if m.Seen.IsZero() {
		x.Words = append(x.Words, "No event shows that it happened: it is a guess, drawn dashed.")
	} else {
		x.Words = append(x.Words, e.says("It has happened when ", &m.Seen))
	}
	if t := m.Then; t != nil {
		says := "It makes a promise: " + e.momentName(t.Moment) + " follows within " + span(t.Within)
		if t.Key != "" {
			says += ", for the same " + words(t.Key)
		}
		x.Words = append(x.Words, says+". A promise that is late is shown as broken.")
	}
	if len(m.Respond) > 0 {
		x.Words = append(x.Words, "When it is seen, "+listed(m.Respond, "and")+" "+plural(len(m.Respond), "is", "are")+" proposed.")
	}
	if m.Need != "" {
		x.Words = append(x.Words, "What the person needs: "+Sentence(m.Need))
	}
	if m.Feeling != "" {
		x.Words = append(x.Words, "How it feels: "+Sentence(m.Feeling))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func lane(p *program.Program, id string) string {
	for i := range p.Map.Stakeholders {
		if s := &p.Map.Stakeholders[i]; s.ID == id && s.Name != "" {
			return s.Name
		}
	}
	return id
}

func (e *Explainer) momentName(id string) string {
	if i := e.program.Map.Moment(id); i >= 0 {
		return titled(e.program.Map.Moments[i].Name, id)
	}
	return id
}

func (e *Explainer) behavior(b *program.Behavior, x *Explanation) {
	if b.Says != "" {
		x.Words = append(x.Words, Sentence(b.Says))
	}
	x.Words = append(x.Words, "Each person's stage of change is believed from what happens: what speaks for a stage makes it likelier, and what is known fades over time.")
	for i := range b.Evidence {
		x.Words = append(x.Words, e.evidence(&b.Evidence[i]))
	}
	half := "60 days"
	if b.HalfLife != 0 {
		half = span(b.HalfLife)
	}
	x.Words = append(x.Words, "Half of what is known is forgotten after "+half+". As long as there is no evidence, the stage is not known.")
}

// gatherDrivers adds what keeps people from a behavior, or moves them.
func (e *Explainer) gatherDrivers(kind string, list []program.Driver) {
	for i := range list {
		d := &list[i]
		e.add(thing{file: "behaviors.yaml", kind: kind, id: d.ID, line: d.Pos.Line, explain: func(x *Explanation) { e.driver(kind, d, x) }})
	}
}

func (e *Explainer) driver(kind string, d *program.Driver, x *Explanation) {
	has := "somebody has it as soon as they told it (story.told with the fact " + kind + " and names " + d.ID + "), and until they tell that it is over"
	if kind == program.MotivationFact {
		x.Words = append(x.Words, Sentence(titled(d.Says, d.ID)+" is something that moves people; it is "+words(d.Kind)), upper(has)+".",
			"Where the program learns, it is learned which strategies and frames suit people whom it moves.")
		return
	}
	x.Words = append(x.Words, Sentence(titled(d.Says, d.ID)+" is something that keeps people from it; what they lack is "+words(d.Kind)), upper(has)+".")
	var by []string
	for i := range e.program.Engagements {
		g := &e.program.Engagements[i]
		for v := range g.Variants {
			if program.Eases(g.Eased(&g.Variants[v]), d.ID, d.Kind) {
				by = append(by, g.ID+" in the words "+g.Variants[v].ID)
			}
		}
	}
	if len(by) == 0 {
		x.Words = append(x.Words, "Nothing in the program says that it eases it.")
		return
	}
	x.Words = append(x.Words, Sentence("It is eased by "+listed(by, "and")+". For those who have it, these are expected to do more, and others less; what is so is learned"))
}

func (e *Explainer) evidence(v *program.Evidence) string {
	says := v.Label + ": each time " + e.trigger(&v.On).Inline() + ", it speaks for "
	likelier := func(weight float64) string {
		return ", seen " + number(weight) + " times likelier there than elsewhere"
	}
	switch {
	case len(v.Bands) > 0:
		says = v.Label + ": each time " + e.trigger(&v.On).Inline() + ", the " + words(v.Score) + " from " + number(v.From) + " to " + number(v.To) + " speaks"
		var bands []string
		for _, b := range v.Bands {
			under := ", below " + number(b.Below)
			if !b.Bounded {
				under = ", from there on"
			}
			bands = append(bands, strings.TrimPrefix(under, ", ")+", for "+listed(b.Says, "or")+" ("+strings.TrimPrefix(likelier(b.Weight), ", seen ")+")")
		}
		return Sentence(says + ": " + strings.Join(bands, "; "))
	case v.Score != "":
		return Sentence(says + "the stage that its " + words(v.Score) + " names" + likelier(v.Weight))
	}
	return Sentence(says + listed(v.Says, "or") + likelier(v.Weight))
}

// refs are the things that a thing's rule asks for, as "signal refill_late".
func (e *Explainer) refs(t thing) []string {
	at := [3]string{t.file, t.kind, t.id}
	if found, known := e.asked[at]; known {
		return found
	}
	out := slices.Clone(t.needs)
	note := func(n *expr.Tree) {
		switch n.Op {
		case "signal":
			out = append(out, "signal "+n.Names[0])
		case "in_audience":
			out = append(out, "audience "+n.Names[0])
		case "stage":
			out = append(out, "behavior "+n.Names[0])
		case "valueset":
			out = append(out, "value set "+n.Names[0])
		case "==", "!=", "in":
			for _, phase := range phasesIn(n) {
				out = append(out, "phase "+phase)
			}
		case "classify":
			for i := range e.program.Words {
				out = append(out, "word category "+e.program.Words[i].Name)
			}
		}
		for _, name := range []string{n.Event, n.After} {
			if name != "" {
				out = append(out, "event "+name)
			}
		}
	}
	e.mentions(&t.trigger, note)
	for i := range t.asks {
		e.mentions(&t.asks[i], note)
	}
	e.asked[at] = once(out)
	return e.asked[at]
}

// phasesIn are the phases that a comparison of phase() names.
func phasesIn(n *expr.Tree) []string {
	var out []string
	for i, a := range n.Args {
		if a.Op != "phase" {
			continue
		}
		switch other := n.Args[1-i]; other.Op {
		case expr.OpConstant:
			out = append(out, other.Value.Text)
		case expr.OpList:
			out = append(out, texts(other)...)
		}
	}
	return out
}

func (e *Explainer) dependsOn(t thing) []Link {
	var out []Link
	for _, ref := range e.refs(t) {
		for _, other := range e.things {
			if other.kind+" "+other.id == ref {
				says := strings.Join(e.brief(other), " ")
				out = append(out, Link{e.at(other.path()), other.kind, other.id, says})
			}
		}
	}
	return out
}

// brief is the first sentence of what a thing means.
func (e *Explainer) brief(t thing) []string {
	var x Explanation
	t.explain(&x)
	e.wording.Unknown()
	for _, s := range x.Words {
		if !strings.Contains(s, "own words:") {
			return []string{s}
		}
	}
	return nil
}

func (e *Explainer) usedBy(t thing) []Link {
	var out []Link
	for _, other := range e.things {
		if t.kind == "engagement" && other.kind == "journey" {
			continue // its step is told of
		}
		if other.path() != t.path() && slices.Contains(e.refs(other), t.kind+" "+t.id) {
			says := other.does
			if says == "" {
				says = "the " + other.kind + " " + other.id + " asks for it"
			}
			out = append(out, Link{e.at(other.path()), other.kind, other.id, Sentence(says)})
		}
	}
	return out
}
