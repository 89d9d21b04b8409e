package form

import (
	"slices"
	"strings"

	"attune/core/source"
)

// Tighten is how a lower level may say more strictly what a higher one says in a field. Levels are
// standards, the widest first, and last the program; a level that leaves a field out inherits it.
type Tighten uint8

// The rules. Unshared fields stand in no standard.
const (
	Unshared Tighten = iota
	// Own lets the lowest level that says something decide.
	Own
	// Each is for a set of fields that have rules of their own.
	Each
	// Inside is for a span {from, to} of the day: it may begin later and end earlier.
	Inside
	// Together is for limits {count, within}: those of all levels hold at once.
	Together
	// Fewer is for lists, or a list for each name: a lower level may take items and names out.
	Fewer
	// More is for lists and sets of names: a lower level may add to them.
	More
	// Lower and Higher are for numbers, alone or under names.
	Lower
	Higher
	// Less is for words that rank, under names: a lower level may write one that stands before.
	Less
	// Also is for a list under each name: a lower level may add names, and take items out of a list.
	Also
	// Kept is for flags: what is true stays true.
	Kept
	// Chosen is for sets of names: a lower level may leave names out, and change nothing under those it keeps.
	Chosen
)

// String says the rule as part of a sentence on the field.
func (t Tighten) String() string {
	switch t {
	case Unshared:
		return "it stands in no standard"
	case Own:
		return "a lower level may write its own"
	case Each:
		return "each of its fields by itself"
	case Inside:
		return "a lower level may begin later and end earlier"
	case Together:
		return "the limits of all levels hold at once; a lower level may add some"
	case Fewer:
		return "a lower level may allow less, and nothing more"
	case More:
		return "a lower level may add to it, and take nothing out"
	case Lower:
		return "a lower level may write less, and nothing higher"
	case Higher:
		return "a lower level may write more, and nothing lower"
	case Less:
		return "a lower level may write less, and nothing higher"
	case Also:
		return "a lower level may require more, with fewer ways to meet it"
	case Kept:
		return "a lower level may write true, and never false where a higher one wrote true"
	case Chosen:
		return "a lower level may leave some out; it adds none, and changes none that it keeps"
	}
	return ""
}

// Layer is what one level says.
type Layer struct {
	Name string
	Node *source.Node
}

// Stand is where one field stands: what holds, what each level that says something says, the widest
// first, and the levels by which it holds: the first, and each that changed what those before it said.
type Stand struct {
	Field string
	Rule  Tighten
	Holds *source.Node
	Said  []Layer
	By    []string
}

// From is the levels that what holds comes from: the last that changed it, or all that added to it.
func (s Stand) From() []string {
	if s.Rule == Together || s.Rule == More {
		return s.By
	}
	return s.By[len(s.By)-1:]
}

// Tighter tells whether the level of that name says more strictly what those above it say.
func (s Stand) Tighter(level string) bool {
	return s.Rule != Own && slices.Contains(s.By[1:], level)
}

// Fold makes of what the levels say what holds, and notes at its place whatever is looser than a level
// above it. A nil node says nothing.
func (f Form) Fold(layers []Layer, problems *source.Problems) (*source.Node, []Stand) {
	layers = slices.DeleteFunc(slices.Clone(layers), func(l Layer) bool { return l.Node == nil })
	if len(layers) == 0 {
		return nil, nil
	}
	w := folder{problems, layers}
	return w.form("", f, layers)
}

// Missing notes required fields that no level has.
func (f Form) Missing(n *source.Node, problems *source.Problems) {
	for _, d := range f.Fields {
		value := n.Get(d.Name)
		if inner, nested := d.Type.(Form); nested && d.Tighten == Each && value != nil {
			inner.Missing(value, problems)
		}
		if value == nil && d.Required && d.Tighten != Unshared {
			problems.Add(n.Pos, "add "+d.Name+": "+d.Example, "%s needs the field %q", f.Title, d.Name)
		}
	}
}

type folder struct {
	*source.Problems
	layers []Layer
}

func (w folder) form(path string, f Form, layers []Layer) (*source.Node, []Stand) {
	out := &source.Node{Kind: source.Map, Pos: layers[len(layers)-1].Node.Pos}
	var stands []Stand
	for _, d := range f.Fields {
		var said []Layer
		for _, l := range layers {
			if n := l.Node.Get(d.Name); n != nil {
				said = append(said, Layer{l.Name, n})
			}
		}
		if len(said) == 0 {
			continue
		}
		holds := said[0].Node
		if inner, nested := d.Type.(Form); nested && d.Tighten == Each {
			var below []Stand
			holds, below = w.form(path+d.Name+".", inner, said)
			stands = append(stands, below...)
		} else {
			by := []string{said[0].Name}
			for _, l := range said[1:] {
				before := Flow(holds)
				if d.Tighten == Less {
					holds = w.less(d.Name, rank(d.Type), holds, l.Node)
				} else {
					holds = w.join(d.Tighten, d.Name, holds, l.Node)
				}
				if Flow(holds) != before {
					by = append(by, l.Name)
				}
			}
			stands = append(stands, Stand{path + d.Name, d.Tighten, holds, said, by})
		}
		out.Fields = append(out.Fields, source.Field{Name: d.Name, Pos: holds.Pos, Value: holds})
	}
	return out, stands
}

// called names the level that wrote a node, and the place.
func (w folder) called(n *source.Node) string {
	for _, l := range w.layers {
		if l.Node.Pos.File == n.Pos.File {
			return "the standard " + l.Name + " (" + n.Pos.String() + ")"
		}
	}
	return n.Pos.String()
}

// join is what holds of a higher and a lower level's value. Shapes were checked before: values that do
// not fit the rule stand as the lower level wrote them.
func (w folder) join(t Tighten, what string, upper, lower *source.Node) *source.Node {
	switch t {
	case Unshared, Own, Each, Less:
		return lower
	case Inside:
		return w.inside(what, upper, lower)
	case Together:
		return w.together(what, upper, lower)
	case Fewer:
		return w.fewer(what, upper, lower)
	case More:
		return w.more(what, upper, lower)
	case Lower, Higher:
		return w.bound(t, what, upper, lower)
	case Also:
		if upper.Kind == source.Map && lower.Kind == source.Map {
			return w.each(upper, lower, func(name string, u, l *source.Node) *source.Node { return w.join(Also, name, u, l) })
		}
		return w.fewer(what, upper, lower)
	case Kept:
		return w.kept(what, upper, lower)
	case Chosen:
		return w.chosen(what, upper, lower)
	}
	return lower
}

// each joins two sets of names, and what stands under a name of both.
func (w folder) each(upper, lower *source.Node, join func(name string, u, l *source.Node) *source.Node) *source.Node {
	out := *upper
	out.Pos, out.Fields = lower.Pos, slices.Clone(upper.Fields)
	for _, f := range lower.Fields {
		i := slices.IndexFunc(out.Fields, func(u source.Field) bool { return u.Name == f.Name })
		if i < 0 {
			out.Fields = append(out.Fields, f)
		} else {
			out.Fields[i] = source.Field{Name: f.Name, Pos: f.Pos, Value: join(f.Name, out.Fields[i].Value, f.Value)}
		}
	}
	return &out
}

func (w folder) inside(what string, upper, lower *source.Node) *source.Node {
	from, to := lower.Get("from"), lower.Get("to")
	if upper.Kind == source.Map && lower.Kind == source.Map && from == nil && to == nil {
		return w.each(upper, lower, w.inside)
	}
	if from == nil || to == nil || upper.Get("from") == nil || upper.Get("to") == nil {
		return lower
	}
	if bound := upper.Get("from"); ClockOf(from) < ClockOf(bound) {
		w.Add(from.Pos, `write "`+bound.Text+`" or later`, "%s begins at %s, before %s in %s", what, from.Text, bound.Text, w.called(bound))
	}
	if bound := upper.Get("to"); ClockOf(to) > ClockOf(bound) {
		w.Add(to.Pos, `write "`+bound.Text+`" or earlier`, "%s ends at %s, after %s in %s", what, to.Text, bound.Text, w.called(bound))
	}
	return lower
}

// together joins limits. One that is always kept where a higher level's is kept says nothing, and was
// meant to loosen that.
func (w folder) together(what string, upper, lower *source.Node) *source.Node {
	if upper.Kind != source.List || lower.Kind != source.List {
		return lower
	}
	out := *lower
	out.Items = slices.Clone(upper.Items)
	if len(lower.Items) == 0 && len(upper.Items) > 0 {
		w.Add(lower.Pos, "leave it out, or write limits of your own", "%s is empty, and %s has %s", what, w.called(upper), Flow(upper))
	}
	for _, item := range lower.Items {
		if slices.ContainsFunc(upper.Items, func(u *source.Node) bool { return Flow(u) == Flow(item) }) {
			continue
		}
		for _, u := range upper.Items {
			count, within := CountOf(u.Get("count")), DurationOf(u.Get("within"))
			if count == 0 || within == 0 || DurationOf(item.Get("within")) == 0 || !alike(item, u) {
				continue
			}
			windows := (int64(DurationOf(item.Get("within"))) + int64(within) - 1) / int64(within)
			if int64(CountOf(item.Get("count"))) >= int64(count)*windows {
				w.Add(item.Pos, "write fewer, or take it out", "%s within %s is looser than %s within %s in %s",
					TextOf(item.Get("count")), TextOf(item.Get("within")), TextOf(u.Get("count")), TextOf(u.Get("within")), w.called(u))
				break
			}
		}
		out.Items = append(out.Items, item)
	}
	return &out
}

// alike tells whether two limits are about the same, whatever their counts and windows are.
func alike(a, b *source.Node) bool {
	about := func(n *source.Node) (out []string) {
		for _, f := range n.Fields {
			if f.Name != "count" && f.Name != "within" {
				out = append(out, f.Name+": "+Flow(f.Value))
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(about(a), about(b))
}

// rank is the words of a field whose words rank, the least first.
func rank(t Type) []string {
	if m, ok := t.(Map); ok {
		t = m.Value
	}
	word, _ := t.(Word)
	return word.Of
}

func (w folder) less(what string, rank []string, upper, lower *source.Node) *source.Node {
	if upper.Kind == source.Map && lower.Kind == source.Map {
		return w.each(upper, lower, func(name string, u, l *source.Node) *source.Node { return w.less(name, rank, u, l) })
	}
	if slices.Index(rank, lower.Text) > slices.Index(rank, upper.Text) {
		w.Add(lower.Pos, "write "+strings.Join(rank[:slices.Index(rank, upper.Text)+1], " or "), "%s is %s, more than %s in %s", what, lower.Text, upper.Text, w.called(upper))
	}
	return lower
}

func (w folder) fewer(what string, upper, lower *source.Node) *source.Node {
	if lower.Kind == source.Map {
		for _, f := range lower.Fields {
			if u := upper.Get(f.Name); u != nil {
				w.fewer(f.Name, u, f.Value)
			} else {
				w.Add(f.Pos, "take it out", "%s has %s, which %s does not allow", what, f.Name, w.called(upper))
			}
		}
		return lower
	}
	for _, item := range ItemsOf(lower) {
		if !slices.ContainsFunc(ItemsOf(upper), func(u *source.Node) bool { return u.Text == item.Text }) {
			w.Add(item.Pos, "take it out, or write "+strings.Join(TextsOf(upper), " or "), "%s has %q, which %s does not allow", what, item.Text, w.called(upper))
		}
	}
	return lower
}

func (w folder) more(what string, upper, lower *source.Node) *source.Node {
	if upper.Kind == source.Map && lower.Kind == source.Map {
		return w.each(upper, lower, func(name string, u, l *source.Node) *source.Node {
			if Flow(u) != Flow(l) {
				w.Add(l.Pos, "take it out, or give it another name", "%s has another %s than %s", what, name, w.called(u))
			}
			return u
		})
	}
	out := *lower
	out.Items = slices.Clone(ItemsOf(upper))
	for _, item := range ItemsOf(lower) {
		if !slices.ContainsFunc(out.Items, func(u *source.Node) bool { return Flow(u) == Flow(item) }) {
			out.Items = append(out.Items, item)
		}
	}
	return &out
}

func (w folder) bound(t Tighten, what string, upper, lower *source.Node) *source.Node {
	if upper.Kind == source.Map && lower.Kind == source.Map {
		return w.each(upper, lower, func(name string, u, l *source.Node) *source.Node { return w.bound(t, name, u, l) })
	}
	u, known := measure(upper)
	l, said := measure(lower)
	switch {
	case !known || !said:
	case t == Lower && l > u:
		w.Add(lower.Pos, "write "+upper.Text+" or less", "%s is %s, more than %s in %s", what, lower.Text, upper.Text, w.called(upper))
	case t == Higher && l < u:
		w.Add(lower.Pos, "write "+upper.Text+" or more", "%s is %s, less than %s in %s", what, lower.Text, upper.Text, w.called(upper))
	}
	return lower
}

func (w folder) kept(what string, upper, lower *source.Node) *source.Node {
	if FlagOf(upper) && !FlagOf(lower) {
		w.Add(lower.Pos, "write true, or leave it out", "%s is %s, and true in %s", what, lower.Text, w.called(upper))
		return upper
	}
	return lower
}

func (w folder) chosen(what string, upper, lower *source.Node) *source.Node {
	if upper.Kind != source.Map || lower.Kind != source.Map {
		return lower
	}
	out := *lower
	out.Fields = nil
	for _, f := range lower.Fields {
		u := upper.Get(f.Name)
		if u == nil {
			w.Add(f.Pos, "take it out", "%s has %s, which %s does not allow", what, f.Name, w.called(upper))
			continue
		}
		if !same(u, f.Value) {
			w.Add(f.Pos, "write it as it stands there: "+Flow(u), "%s has another %s than %s", what, f.Name, w.called(u))
		}
		out.Fields = append(out.Fields, source.Field{Name: f.Name, Pos: f.Pos, Value: u})
	}
	return &out
}

// same tells whether two nodes say the same, whatever the order of their fields and however quoted.
func same(a, b *source.Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Fields) != len(b.Fields) {
		return false
	}
	for _, f := range a.Fields {
		if other := b.Get(f.Name); other == nil || !same(f.Value, other) {
			return false
		}
	}
	return slices.EqualFunc(a.Items, b.Items, same)
}

// measure is a number, or a duration in milliseconds.
func measure(n *source.Node) (float64, bool) {
	if d := DurationOf(n); d != 0 {
		return float64(d), true
	}
	return number(n)
}

// Flow writes a node on one line.
func Flow(n *source.Node) string {
	if n == nil {
		return ""
	}
	var parts []string
	switch n.Kind {
	case source.Null:
		return ""
	case source.Scalar:
		if n.Quoted || strings.ContainsAny(n.Text, `:,[]{}#"'`) {
			return `"` + strings.ReplaceAll(strings.ReplaceAll(n.Text, `\`, `\\`), `"`, `\"`) + `"`
		}
		return n.Text
	case source.List:
		for _, item := range n.Items {
			parts = append(parts, Flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case source.Map:
		for _, f := range n.Fields {
			parts = append(parts, f.Name+": "+Flow(f.Value))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
