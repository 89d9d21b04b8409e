package program

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/form"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/source"
)

// step reads one step, and notes in w what it names; nil tells that it is none.
func (r *folderReader) step(w *walk, n *source.Node) journey.Step {
	kind := kindOf(n)
	value := n.Get(kind)
	base := journey.Base{ID: form.TextOf(n.Get("id")), Pos: n.Pos, Next: w.to(n.Get("next"))}
	if base.ID == "" {
		base.ID = w.name(kind, value)
	}
	switch kind {
	case "send":
		return journey.Send{Base: base, Engagement: w.engagement(value)}
	case "decide":
		d := journey.Decide{Base: base}
		for _, ref := range form.ItemsOf(value) {
			d.Among = append(d.Among, w.engagement(ref))
		}
		return d
	case "wait":
		return r.wait(w, base, value)
	case "await":
		return journey.Await{Base: base, For: trigger(value), Within: form.DurationOf(value.Get("within")), Else: w.to(value.Get("else"))}
	case "branch":
		b := journey.Branch{Base: base, Else: w.to(n.Get("else"))}
		for _, c := range items(value) {
			b.Cases = append(b.Cases, journey.Case{Pos: c.Pos, If: form.TextOf(c.Get("if")), IfPos: inside(c.Get("if")), Then: w.to(c.Get("then"))})
		}
		return b
	case "split":
		return r.split(w, base, value)
	case "ask":
		r.checkAsk(value.Get("questionnaire"))
		return journey.Ask{
			Base: base, Questionnaire: form.TextOf(value.Get("questionnaire")), By: w.engagement(value.Get("by")),
			Within: form.DurationOf(value.Get("within")), Else: w.to(value.Get("else")),
		}
	case "task":
		return journey.Task{
			Base: base, For: form.TextOf(value.Get("for")), Do: form.TextOf(value.Get("do")), Priority: form.NumberOf(value.Get("priority")),
			Within: form.DurationOf(value.Get("within")), Else: w.to(value.Get("else")), Outcomes: w.outcomes(value),
		}
	case "refer":
		return journey.Refer{
			Base: base, To: form.TextOf(value.Get("to")), Reason: form.TextOf(value.Get("reason")), Priority: form.TextOf(value.Get("priority")),
			Within: form.DurationOf(value.Get("within")), Else: w.to(value.Get("else")), Outcomes: w.outcomes(value),
		}
	case "update":
		return journey.Update{Base: base, Traits: assignments(value.Get("traits")), Story: assignments(value.Get("story"))}
	case "call":
		return journey.Call{
			Base: base, Service: form.TextOf(value.Get("service")), Send: texts(value.Get("send")),
			Within: form.DurationOf(value.Get("within")), Else: w.to(value.Get("else")), Outcomes: w.outcomes(value),
		}
	case "goal":
		return journey.Reached{Base: base, Goal: form.TextOf(value)}
	case "exit":
		if n.Kind == source.Scalar {
			return journey.Exit{Base: base, Why: finished}
		}
		return journey.Exit{Base: base, Why: form.TextOf(value)}
	}
	return nil
}

// finished is the reason of an exit that gives none.
const finished = "finished"

// kindOf finds what kind of step a node is; empty for none.
func kindOf(n *source.Node) string {
	if n.Kind == source.Scalar && n.Text == "exit" {
		return "exit"
	}
	for _, option := range stepType().Of {
		if f, ok := option.(form.Form); ok && n.Get(f.Fields[0].Name) != nil {
			return f.Fields[0].Name
		}
	}
	return ""
}

func (r *folderReader) wait(w *walk, base journey.Base, n *source.Node) journey.Step {
	if n.Kind == source.Scalar {
		return journey.Wait{Base: base, For: form.DurationOf(n)}
	}
	date, before, until, on := n.Get("date"), n.Get("before"), n.Get("until"), n.Get("on")
	s := journey.Wait{
		Base: base, For: form.DurationOf(n.Get("for")), Until: form.ClockOf(until), At: until != nil,
		Date: form.TextOf(date), DatePos: inside(date), Shift: form.DurationOf(n.Get("after")), Else: w.to(n.Get("else")),
	}
	if before != nil {
		if n.Get("after") != nil {
			r.Add(before.Pos, "keep one of them", "a wait is either before or after its date")
		}
		s.Shift = -form.DurationOf(before)
	}
	for _, day := range texts(on) {
		s.Days = append(s.Days, slices.Index(weekdays(), day))
	}
	if on != nil && until == nil {
		r.Add(on.Pos, `add until: "09:00"`, "weekdays need a time of day")
	}
	if s.Until == instant.Day {
		r.Add(until.Pos, `write "00:00"`, "a day has no such time: %q", "24:00")
	}
	return s
}

func (r *folderReader) split(w *walk, base journey.Base, n *source.Node) journey.Step {
	s := journey.Split{Base: base}
	seen := map[string]source.Pos{}
	for _, item := range items(n) {
		arm := journey.Arm{ID: form.TextOf(item.Get("arm")), Pos: item.Pos, Weight: form.NumberOf(item.Get("weight")), Then: w.to(item.Get("then"))}
		r.unique(seen, arm.ID, arm.Pos, "arm")
		s.Arms = append(s.Arms, arm)
	}
	return s
}

func assignments(n *source.Node) []journey.Assignment {
	var out []journey.Assignment
	for _, f := range fields(n) {
		value, entry := strings.CutPrefix(form.TextOf(f.Value), "entry.")
		out = append(out, journey.Assignment{Name: f.Name, Pos: f.Pos, Value: value, Entry: entry})
	}
	return out
}

// walk is what a journey's steps name, with the places where they do.
type walk struct {
	journey int // its index among the program's
	at      int // the step being read
	jumps   []jump
	sends   []*source.Node // names of engagements
	called  map[string]int // how often a name was given to a step without one
	broken  bool           // a step could not be read
}

// jump is a step's name where another one, or an interrupt (from −1), names it.
type jump struct {
	from int
	to   *source.Node
}

func (w *walk) to(n *source.Node) string {
	if name := form.TextOf(n); name != "" {
		w.jumps = append(w.jumps, jump{w.at, n})
		return name
	}
	return ""
}

func (w *walk) engagement(n *source.Node) string {
	if n != nil {
		w.sends = append(w.sends, n)
	}
	return form.TextOf(n)
}

func (w *walk) outcomes(n *source.Node) []journey.Outcome {
	var out []journey.Outcome
	for _, f := range fields(n.Get("outcomes")) {
		out = append(out, journey.Outcome{Is: f.Name, Then: w.to(f.Value), Pos: f.Pos})
	}
	return out
}

// name calls a step by its kind and what it names, so that steps put in before it do not change what
// it is called; of several alike the second is number 2.
func (w *walk) name(kind string, value *source.Node) string {
	subject := ""
	switch kind {
	case "send", "goal":
		subject = form.TextOf(value)
	case "ask":
		subject = form.TextOf(value.Get("questionnaire"))
	case "task":
		subject = form.TextOf(value.Get("for"))
	case "refer":
		subject = form.TextOf(value.Get("to"))
	case "call":
		subject = form.TextOf(value.Get("service"))
	}
	name := kind
	if form.IsName(subject) {
		name += "-" + subject
	}
	w.called[name]++
	if n := w.called[name]; n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	return name
}

// checkSteps checks the names that steps mention, and the ways that lead through a journey.
func (r *folderReader) checkSteps(w *walk, engagements []string) {
	j := &r.p.Journeys[w.journey]
	for _, ref := range w.sends {
		r.known(ref, "engagement", engagements)
	}
	var ids []string
	for _, s := range j.Steps {
		ids = append(ids, s.Label())
	}
	sound := len(j.Steps) > 0
	ways := make([][]int, len(j.Steps))
	for _, jump := range w.jumps {
		r.known(jump.to, "step", ids)
		to, found := j.Find(form.TextOf(jump.to))
		if !found {
			sound = false
		} else if jump.from >= 0 {
			ways[jump.from] = append(ways[jump.from], to)
		}
	}
	for i, s := range j.Steps {
		if i+1 < len(j.Steps) && goesOn(s) {
			ways[i] = append(ways[i], i+1)
		}
	}
	r.checkLoops(w, j, ways)
	if sound && !w.broken {
		r.checkReached(w, j, ways)
	}
}

// goesOn tells whether the step that follows may come after a step, without being named.
func goesOn(s journey.Step) bool {
	if s.Follows() != "" {
		return false
	}
	switch s := s.(type) {
	case journey.Exit:
		return false
	case journey.Branch:
		return s.Else == ""
	case journey.Split:
		return slices.ContainsFunc(s.Arms, func(a journey.Arm) bool { return a.Then == "" })
	case journey.Send, journey.Decide, journey.Wait, journey.Await, journey.Ask, journey.Task, journey.Refer, journey.Update, journey.Call, journey.Reached:
		return true
	}
	return true
}

// takesTime tells whether nobody passes a step at the instant at which they come to it.
func takesTime(s journey.Step) bool {
	switch s := s.(type) {
	case journey.Wait:
		return s.Date == ""
	case journey.Await, journey.Ask, journey.Task, journey.Refer, journey.Call:
		return true
	case journey.Send, journey.Decide, journey.Branch, journey.Split, journey.Update, journey.Reached, journey.Exit:
		return false
	}
	return false
}

// checkLoops lets a journey go back only where it says how often, and where that takes time.
func (r *folderReader) checkLoops(w *walk, j *journey.Journey, ways [][]int) {
	for _, jump := range w.jumps {
		to, found := j.Find(form.TextOf(jump.to))
		if !found || jump.from < to {
			continue
		}
		back := j.Steps[jump.from].Label()
		if j.Rounds == 0 {
			r.Add(jump.to.Pos, "go on to a later step, or allow it with rounds: 3", "step %q goes back to %q", back, form.TextOf(jump.to))
			continue
		}
		if reached := reach(ways, to, func(i int) bool { return !takesTime(j.Steps[i]) }); reached[jump.from] {
			r.Add(jump.to.Pos, "put a wait between them", "step %q goes back to %q, and no step between them takes time", back, form.TextOf(jump.to))
		}
	}
}

// checkReached notes steps that no way leads to.
func (r *folderReader) checkReached(w *walk, j *journey.Journey, ways [][]int) {
	reached := reach(ways, 0, func(int) bool { return true })
	for _, jump := range w.jumps {
		if jump.from < 0 {
			to, _ := j.Find(form.TextOf(jump.to))
			for i, yes := range reach(ways, to, func(int) bool { return true }) {
				reached[i] = reached[i] || yes
			}
		}
	}
	for i, s := range j.Steps {
		if !reached[i] && reached[i-1] { // the first is always reached; of several in a row one is enough
			r.Add(s.Place(), "name it in an else or then of another step, or take it out", "no way leads to step %q: the one before it goes elsewhere or ends the passage", s.Label())
		}
	}
}

// reach finds the steps that can be come to from a step through steps that are open.
func reach(ways [][]int, from int, open func(int) bool) []bool {
	reached := make([]bool, len(ways))
	next := []int{from}
	for len(next) > 0 {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		if !reached[i] && open(i) {
			reached[i] = true
			next = append(next, ways[i]...)
		}
	}
	return reached
}
