package explain

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/program"
)

// Wording says conditions in words, with the names of one program.
type Wording struct {
	Catalogue *event.Catalogue
	Program   *program.Program
	// unknown gathers what can be not known, in the order in which it is asked for.
	unknown []string
}

// Unknown takes what the phrases made since the last call cannot know of everybody.
func (w *Wording) Unknown() []string {
	out := once(w.unknown)
	w.unknown = nil
	return out
}

// Phrase says a condition on the person or, within a filter, on one event.
func (w *Wording) Phrase(t *expr.Tree) Phrase { return w.phrase(t, true) }

// phrase says that the condition is so or, if not is, that it is not. Denials are carried to the leaves, which
// changes no answer: De Morgan's laws and those of turned comparisons hold with unknown answers too.
func (w *Wording) phrase(t *expr.Tree, is bool) Phrase {
	switch t.Op {
	case "&&", "||":
		how := All
		if (t.Op == "||") == is {
			how = Any
		}
		parts := make([]Phrase, len(t.Args))
		for i, a := range t.Args {
			parts[i] = w.phrase(a, is)
		}
		if how == All {
			if p, ok := w.oneStory(chain(t), is); ok {
				return p
			}
		}
		return joined(how, parts...)
	case "!":
		return w.phrase(t.Args[0], !is)
	case expr.OpConstant:
		if (t.Value.Num != 0) == is {
			return clause("this is always so")
		}
		return clause("this is never so")
	case "has_happened":
		return clause(w.happened(t, is))
	case "absent":
		return clause(w.missed(t, is))
	case expr.OpExists:
		return clause(w.exists(t, is))
	case "in":
		return clause(w.member(t, is))
	case "<", "<=", "==", "!=", ">=", ">":
		return clause(w.compared(t, is))
	}
	return clause(w.fact(t, is))
}

// chain are the operands of one && or || with those of the same within it.
func chain(t *expr.Tree) []*expr.Tree {
	var out []*expr.Tree
	for _, a := range t.Args {
		if a.Op == t.Op {
			out = append(out, chain(a)...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// oneStory puts counts of the same events into one clause, what was before what was not.
func (w *Wording) oneStory(parts []*expr.Tree, is bool) (Phrase, bool) {
	if len(parts) != 2 {
		return Phrase{}, false
	}
	var counts []count
	for _, t := range parts {
		c, ok := counting(t, is)
		if !ok || c.says.Op != "count" {
			return Phrase{}, false
		}
		counts = append(counts, c)
	}
	a, b := counts[0], counts[1]
	if a.says.Event != b.says.Event || w.only(a.says) != w.only(b.says) || !w.event(a.says.Event).simple() {
		return Phrase{}, false
	}
	if a.none() && b.none() {
		return Phrase{}, false
	}
	if a.none() {
		a, b = b, a
	}
	return clause(w.event(a.says.Event).says + " " + a.often() + " " + latest(a.says.Span) + " and " + b.often() + " " + latest(b.says.Span) + w.only(a.says)), true
}

// event is what the catalogue says of an event.
func (w *Wording) event(name string) happens {
	if d, ok := w.Catalogue.Find(name); ok && d.Says != "" {
		return happening(d.Says)
	}
	return happens{says: name + " happened"}
}

// only says the filter of a function; empty where it takes all events.
func (w *Wording) only(t *expr.Tree) string {
	if t.Where == nil {
		return ""
	}
	return " (counting only those where " + w.phrase(t.Where, true).inline(true) + ")"
}

// count is a count compared with a number.
type count struct {
	says *expr.Tree
	op   string
	n    int64
}

// counting reads a comparison of a count, or of anything else that takes a number; false for any other.
func counting(t *expr.Tree, is bool) (count, bool) {
	left, right, op, ok := sides(t, is)
	if !ok || right.Op != expr.OpConstant {
		return count{}, false
	}
	return count{left, op, int64(right.Value.Num)}, true
}

// sides puts the constant of a comparison on the right.
func sides(t *expr.Tree, is bool) (left, right *expr.Tree, op string, ok bool) {
	denied := map[string]string{"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<="}
	mirrored := map[string]string{"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">=": "<=", ">": "<"}
	if _, compares := denied[t.Op]; !compares {
		return nil, nil, "", false
	}
	left, right, op = t.Args[0], t.Args[1], t.Op
	if !is {
		op = denied[op]
	}
	if constant(left) && !constant(right) {
		left, right, op = right, left, mirrored[op]
	}
	return left, right, op, true
}

func constant(t *expr.Tree) bool { return t.Op == expr.OpConstant || t.Op == expr.OpSpan }

// none tells that the event must not have happened.
func (c count) none() bool {
	return c.op == "<" && c.n == 1 || (c.op == "<=" || c.op == "==") && c.n == 0
}

// often says how often: "at least 3 times", "not at all".
func (c count) often() string {
	switch {
	case c.none():
		return "not at all"
	case c.op == ">" && c.n == 0 || c.op == "!=" && c.n == 0:
		return "at least once"
	}
	return map[string]string{"<": "fewer than ", "<=": "at most ", "==": "exactly ", "!=": "any number of times but exactly ", ">=": "at least ", ">": "more than "}[c.op] + times(c.n)
}

func (w *Wording) happened(t *expr.Tree, is bool) string {
	h := w.event(t.Event)
	switch {
	case is:
		return "at some time " + h.says + w.only(t)
	case h.simple():
		return h.never + ", ever" + w.only(t)
	}
	return "it never happened that " + h.says + w.only(t)
}

func (w *Wording) counts(c count) string {
	h := w.event(c.says.Event)
	switch {
	case c.none() && h.simple():
		return h.never + " " + latest(c.says.Span) + w.only(c.says)
	case c.none():
		return latest(c.says.Span) + " it never happened that " + h.says + w.only(c.says)
	case h.simple():
		return h.says + " " + c.often() + " " + latest(c.says.Span) + w.only(c.says)
	}
	return "it happened " + c.often() + " " + latest(c.says.Span) + " that " + h.says + w.only(c.says)
}

// missed says absent("event", "after.event", days(14)).
func (w *Wording) missed(t *expr.Tree, is bool) string {
	after := w.event(t.After)
	if is {
		return "it has been at least " + span(t.Span) + " since the last time " + after.says + ", and " + w.notSince(t.Event, t.After)
	}
	// An absence is false, and never unknown, where the wait did not begin.
	ended := w.event(t.Event).says + " since then"
	if t.Event == t.After {
		return "it has been less than " + span(t.Span) + " since the last time " + after.says + ", or that never happened"
	}
	return "it has been less than " + span(t.Span) + " since the last time " + after.says + ", or that never happened, or " + ended
}

func (w *Wording) notSince(missed, after string) string {
	h := w.event(missed)
	switch {
	case missed == after:
		return "it has not happened again"
	case h.simple():
		return "since then " + h.never
	}
	return "since then it has not happened that " + h.says
}

// compared says a comparison: by what changes with time, or of two values.
func (w *Wording) compared(t *expr.Tree, is bool) string {
	left, right, op, _ := sides(t, is)
	switch left.Op {
	case "count":
		c, _ := counting(t, is)
		return w.counts(c)
	case "since":
		w.notKnown("how long ago it is, if it never happened that " + w.event(left.Event).says)
		return "it has been " + longer(op) + " " + w.amount(right) + " since the last time " + w.event(left.Event).says + w.only(left)
	case "sum":
		return "the total of the " + words(left.Field) + ", of each time " + w.event(left.Event).says + " " + latest(left.Span) + w.only(left) + ", " + w.is(op, left, right)
	case "trend":
		return w.heading(left, right, op)
	case "age":
		w.notKnown("the age, if there is no date of birth")
		return "the person is " + aged(op, number(right.Value.Num))
	case "day_part":
		if op == "==" {
			return "it is " + right.Value.Text + " where the person is"
		}
		return "it is any time but " + right.Value.Text + " where the person is"
	case "phase", "stage":
		if right.Op == expr.OpConstant {
			return w.stands(left, []string{right.Value.Text}, op == "==")
		}
	}
	if truth(left) && truth(right) {
		return w.bothFlags(left, right, op)
	}
	return w.noun(left) + " " + are(left, w.is(op, left, right))
}

// are lets the verb agree with a field whose name is a plural, such as minutes.
func are(subject *expr.Tree, says string) string {
	name := subject.Field
	if subject.Op != expr.OpField && subject.Op != "last" || !strings.HasSuffix(name, "s") {
		return says
	}
	for _, singular := range []string{"ss", "us", "is"} {
		if strings.HasSuffix(name, singular) {
			return says
		}
	}
	if rest, ok := strings.CutPrefix(says, "is "); ok {
		return "are " + rest
	}
	return says
}

// truth tells a condition, as it stands in `event.abnormal == true`.
func truth(t *expr.Tree) bool {
	switch t.Op {
	case expr.OpConstant:
		return t.Value.Type == expr.Flag
	case expr.OpField, "last":
		return t.Type == expr.Flag
	case "trait_flag", "&&", "||", "!", "in", "has", "exists", "startsWith", "endsWith", "contains", "<", "<=", "==", "!=", ">=", ">":
		return true
	}
	return false
}

func (w *Wording) bothFlags(left, right *expr.Tree, op string) string {
	if right.Op == expr.OpConstant {
		return w.phrase(left, (right.Value.Num != 0) == (op == "==")).inline(true)
	}
	same := "these two are alike, both so or both not so: "
	if op == "!=" {
		same = "of these two one is so and the other is not: "
	}
	return same + w.phrase(left, true).inline(true) + "; " + w.phrase(right, true).inline(true)
}

func longer(op string) string {
	return map[string]string{"<": "less than", "<=": "at most", ">=": "at least", ">": "more than", "==": "exactly", "!=": "any time but exactly"}[op]
}

func aged(op, n string) string {
	years := n + " years"
	if n == "1" {
		years = "1 year"
	}
	switch op {
	case "<":
		return "younger than " + years
	case "<=":
		return "at most " + years + " old"
	case ">":
		return "older than " + years
	case ">=":
		return "at least " + years + " old"
	case "!=":
		return "of any age but " + years
	}
	return years + " old"
}

// heading says a trend.
func (w *Wording) heading(t, with *expr.Tree, op string) string {
	w.notKnown("where the " + words(t.Field) + " is heading, with fewer than two readings")
	begins := "the trend of the " + words(t.Field) + ", of each time " + w.event(t.Event).says + " " + latest(t.Span) + w.only(t) + ", is "
	bound := w.noun(with)
	if bound == "0" {
		return begins + map[string]string{"<": "downward", "<=": "not upward", "==": "level", "!=": "not level", ">=": "not downward", ">": "upward"}[op]
	}
	return begins + longer(op) + " " + bound + " a day"
}

// is says a relation to a value: "is more than 7", "is not "es"".
func (w *Wording) is(op string, left, right *expr.Tree) string {
	value := w.noun(right)
	switch op {
	case "==":
		return "is " + value
	case "!=":
		return "is not " + value
	}
	switch kindOf(left) {
	case expr.Text:
		return map[string]string{"<": "comes before ", "<=": "is or comes before ", ">=": "is or comes after ", ">": "comes after "}[op] + value + " in the alphabet"
	case expr.Moment:
		return map[string]string{"<": "is before ", "<=": "is not after ", ">=": "is not before ", ">": "is after "}[op] + value
	case expr.Missing, expr.Number, expr.Integer, expr.Flag, expr.List:
	}
	return "is " + longer(op) + " " + value
}

// kindOf is the type of what is compared, as far as it changes the words.
func kindOf(t *expr.Tree) expr.Type {
	switch t.Op {
	case expr.OpField, "last":
		return t.Type
	case expr.OpConstant:
		return t.Value.Type
	case "trait", "story", "stage", "phase", "classify", expr.OpItem:
		return expr.Text
	}
	return expr.Number
}

// member says `in`.
func (w *Wording) member(t *expr.Tree, is bool) string {
	item, list := t.Args[0], t.Args[1]
	if list.Op == expr.OpList {
		var values []string
		for _, a := range list.Args {
			values = append(values, w.noun(a))
		}
		switch item.Op {
		case "day_part":
			if is {
				return "it is " + listed(texts(list), "or") + " where the person is"
			}
			return "it is any time but " + listed(texts(list), "or") + " where the person is"
		case "phase", "stage":
			return w.stands(item, texts(list), is)
		}
		return w.noun(item) + " " + are(item, among(values, is))
	}
	if list.Op == "valueset" {
		return w.noun(item) + " " + are(item, w.inSet(list.Names[0], is))
	}
	not := " "
	if !is {
		not = " not "
	}
	return w.noun(item) + " is" + not + "among " + w.noun(list)
}

func texts(list *expr.Tree) []string {
	return mapped(list.Args, func(t *expr.Tree) string { return t.Value.Text })
}

func among(values []string, is bool) string {
	switch {
	case len(values) == 0 && is:
		return "is one of none"
	case len(values) == 0:
		return "is whatever it is"
	case is:
		return "is " + listed(values, "or")
	case len(values) == 1:
		return "is not " + values[0]
	}
	return "is neither " + listed(values, "nor")
}

func (w *Wording) inSet(name string, is bool) string {
	not := " "
	if !is {
		not = " not "
	}
	said := strconv.Quote(name)
	for i := range w.Program.ValueSets {
		if s := &w.Program.ValueSets[i]; s.ID == name && s.Name != "" {
			said = strconv.Quote(s.Name) + " (" + name + ")"
		}
	}
	return "is" + not + "in the value set " + said
}

// stands says where somebody is on the map, or in which stage.
func (w *Wording) stands(t *expr.Tree, at []string, is bool) string {
	kind, where := "phase", "the person is in "
	if t.Op == "stage" {
		kind, where = "stage", "with "+w.behavior(t.Names[0])+" the person is in "
		w.notKnown("the stage, as long as there is no evidence of " + w.behavior(t.Names[0]))
	} else {
		at = mapped(at, w.phase)
		w.notKnown("the phase, before the first one")
	}
	switch {
	case is && len(at) == 1:
		return where + "the " + kind + " " + at[0]
	case is:
		return where + "one of the " + kind + "s " + listed(at, "or")
	}
	return where + "a " + kind + " other than " + listed(at, "or")
}

func (w *Wording) behavior(name string) string {
	for i := range w.Program.Behaviors {
		if b := &w.Program.Behaviors[i]; b.ID == name && b.Says != "" {
			return words(name) + " (" + strconv.Quote(b.Says) + ")"
		}
	}
	return words(name)
}

func (w *Wording) phase(id string) string {
	if i := w.Program.Map.Index(id); i >= 0 && w.Program.Map.Phases[i].Name != "" {
		return strconv.Quote(w.Program.Map.Phases[i].Name)
	}
	return words(id)
}

// exists says that one of a list is so. A condition that names the item once is said of it directly.
func (w *Wording) exists(t *expr.Tree, is bool) string {
	list, body := t.Args[0], t.Args[1]
	if items(body) == 1 && slices.Contains([]string{"in", "==", "startsWith", "endsWith", "contains", "<", "<=", ">", ">="}, body.Op) && body.Args[0].Op == expr.OpItem {
		of := "at least one of " + w.noun(list)
		if !is {
			of = "none of " + w.noun(list)
		}
		said := w.phrase(body, true).Text
		return of + strings.TrimPrefix(said, w.noun(body.Args[0]))
	}
	of := "for at least one of "
	if !is {
		of = "for none of "
	}
	return of + w.noun(list) + " this is so: " + w.phrase(body, true).inline(true)
}

// items counts how often the item of an exists is named.
func items(t *expr.Tree) int {
	n := 0
	if t.Op == expr.OpItem {
		n++
	}
	for _, a := range t.Args {
		n += items(a)
	}
	return n
}

// fact says what is so or not by itself.
func (w *Wording) fact(t *expr.Tree, is bool) string {
	pick := func(yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	not := pick("", "not ")
	switch t.Op {
	case "signal":
		return "the signal " + t.Names[0] + pick(" is on", " is off")
	case "in_audience":
		return "the person " + pick("belongs", "does not belong") + " to the audience " + w.audience(t.Names[0])
	case "consented":
		return contact(t.Names) + " is " + not + "allowed"
	case "has_story":
		return "the person has " + pick("told", "told nothing") + " of their " + words(t.Names[0])
	case "trait_flag":
		w.notKnown("whether the person is " + words(t.Names[0]) + ", if nobody said so")
		return "the person is noted as " + not + words(t.Names[0])
	case expr.OpHas:
		return "the " + words(t.Field) + " is " + not + "given"
	case expr.OpField:
		return "it is marked as " + not + words(t.Field)
	case "last":
		w.notKnown("what it was last, if it never happened that " + w.event(t.Event).says)
		return "the last time " + w.event(t.Event).says + w.only(t) + ", it was marked as " + not + words(t.Field)
	case "startsWith":
		return w.noun(t.Args[0]) + pick(" begins", " does not begin") + " with " + w.noun(t.Args[1])
	case "endsWith":
		return w.noun(t.Args[0]) + pick(" ends", " does not end") + " with " + w.noun(t.Args[1])
	case "contains":
		return w.noun(t.Args[0]) + pick(" contains ", " does not contain ") + w.noun(t.Args[1])
	}
	return w.noun(t) + " is " + not + "so"
}

func (w *Wording) audience(name string) string {
	for i := range w.Program.Audiences {
		if a := &w.Program.Audiences[i]; a.ID == name && a.Says != "" {
			return name + " (" + strconv.Quote(a.Says) + ")"
		}
	}
	return name
}

// contact says what consent is asked for: a purpose, a channel, a topic.
func contact(names []string) string {
	s := "contact"
	if len(names) > 1 && names[1] != "" {
		s += " by " + words(names[1])
	}
	s += " for " + words(names[0])
	if len(names) > 2 && names[2] != "" {
		s += " about " + words(names[2])
	}
	return s
}

func (w *Wording) notKnown(what string) { w.unknown = append(w.unknown, what) }
