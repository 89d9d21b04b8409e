package form

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/source"
)

// Check notes everything in which the node differs from the form, with what to write instead. It
// returns false where there are no fields to read.
func (f Form) Check(n *source.Node, problems *source.Problems) bool {
	if n == nil {
		return false
	}
	f.check(&checker{problems}, n, f.Title, "")
	return n.Kind == source.Map
}

type checker struct{ *source.Problems }

func (f Form) check(c *checker, n *source.Node, what, _ string) {
	if f.Title != "" {
		what = f.Title
	}
	f.fields(c, n, what, nil)
}

// fields checks a set of fields. Foreign tells what to say of a field that belongs to another form,
// and returns false for one that belongs to none.
func (f Form) fields(c *checker, n *source.Node, what string, foreign func(source.Field) bool) {
	if n.Kind != source.Map {
		c.Add(n.Pos, "write it as fields, one on each line: name: value", "%s is not a set of fields", what)
		return
	}
	seen := map[string]bool{}
	for _, written := range n.Fields {
		if seen[written.Name] {
			c.Add(written.Pos, "keep one of them", "field %q is written twice", written.Name)
		}
		seen[written.Name] = true
		i := slices.IndexFunc(f.Fields, func(d Field) bool { return d.Name == written.Name })
		switch {
		case i >= 0:
			f.Fields[i].Type.check(c, written.Value, written.Name, f.Fields[i].Name+": "+f.Fields[i].Example)
		case foreign == nil || !foreign(written):
			c.Add(written.Pos, source.Suggest(written.Name, f.Names()), "%s has no field %q", what, written.Name)
		}
	}
	for _, d := range f.Fields {
		if d.alone() && !seen[d.Name] {
			c.Add(n.Pos, "add "+d.Name+": "+d.Example, "%s needs the field %q", what, d.Name)
		}
	}
}

func (t Text) check(c *checker, n *source.Node, what, _ string) { c.text(n, what) }

// text tells whether there is a scalar with something in it, and notes where there is none.
func (c *checker) text(n *source.Node, what string) bool {
	if n.Kind == source.Scalar && n.Text != "" {
		return true
	}
	c.Add(n.Pos, "write one word or line", "%s is not a text", what)
	return false
}

func (t Name) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && !IsName(n.Text) {
		c.Add(n.Pos, "use small letters, digits, _ and -, beginning with a letter", "%q cannot be the name of %s", n.Text, t.Of)
	}
}

// A reference is only checked to be a text here: whoever knows the names says which are there.
func (t Ref) check(c *checker, n *source.Node, what, _ string) { c.text(n, what) }

func (t Number) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	f, ok := number(n)
	switch {
	case !ok && n.Quoted && looksLikeNumber(n.Text):
		c.Add(n.Pos, "write it without quotes", "%s is a text, not a number: %q", what, n.Text)
	case !ok:
		c.Add(n.Pos, "write it as 12 or 0.5", "%s is no number: %q", what, n.Text)
	case t.Positive && f <= 0:
		c.Add(n.Pos, "write a number above 0", "%s cannot be %s", what, n.Text)
	case t.Most != 0 && (f > t.Most || f < 0):
		c.Add(n.Pos, fmt.Sprintf("write a number from 0 to %v", t.Most), "%s cannot be %s", what, n.Text)
	}
}

func (t Count) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	if _, ok := count(n); !ok {
		c.Add(n.Pos, "write a whole number from 1", "%s is no count: %q", what, n.Text)
	}
}

func (t Duration) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	switch d, err := instant.ParseDuration(n.Text); {
	case err != nil:
		c.Add(n.Pos, `write it as 90s, 15m, 36h, 7d or 2w`, "%s is no duration: %q", what, n.Text)
	case d == 0:
		c.Add(n.Pos, "leave it out, or write at least 1s", "%s is zero", what)
	case d < t.Least:
		c.Add(n.Pos, "write at least "+t.Least.String(), "%s is too short", what)
	}
}

func (t Clock) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	if _, ok := instant.ParseClock(n.Text); !ok {
		c.Add(n.Pos, `write it in quotes as "08:00"`, "%s is no time of day: %q", what, n.Text)
	}
}

func (t Date) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	if _, ok := instant.ParseDate(n.Text); !ok {
		c.Add(n.Pos, "write it as 2028-01-31", "%s is no date: %q", what, n.Text)
	}
}

func (t Instant) check(c *checker, n *source.Node, what, _ string) {
	if !c.text(n, what) {
		return
	}
	if _, ok := point(n.Text); !ok {
		c.Add(n.Pos, "write it as 2026-11-22T10:00:00Z", "%s is no point in time: %q", what, n.Text)
	}
}

func (t Flag) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && (n.Quoted || n.Text != "true" && n.Text != "false") {
		c.Add(n.Pos, "write true or false", "%s is %q", what, n.Text)
	}
}

func (t Language) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && !isLanguage(n.Text) {
		c.Add(n.Pos, "write its code, such as en, es or pt-BR", "%q is no language", n.Text)
	}
}

func (t Word) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && !slices.Contains(t.Of, n.Text) {
		c.Add(n.Pos, source.Suggest(n.Text, t.Of), "%s cannot be %q", what, n.Text)
	}
}

func (t Expression) check(c *checker, n *source.Node, what, _ string) { c.text(n, what) }

func (t EventName) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && !isEventName(n.Text) {
		c.Add(n.Pos, "write what it is about, a dot and what happened, in small letters, such as appointment.booked", "%q cannot be the name of an event", n.Text)
	}
}

func (t EventField) check(c *checker, n *source.Node, what, _ string) {
	if c.text(n, what) && !isEventField(n.Text) {
		hint := "write it as event.appointment"
		if isEventField("event." + n.Text) {
			hint = "write it as event." + n.Text
		}
		c.Add(n.Pos, hint, "%s is not a field of the event: %q", what, n.Text)
	}
}

func (t List) check(c *checker, n *source.Node, what, example string) {
	items := n.Items
	switch {
	case n.Kind == source.List:
	case t.Alone && n.Kind == source.Scalar:
		items = []*source.Node{n}
	case scalar(t.Of):
		c.Add(n.Pos, "write it as [one, two]", "%s is not a list", what)
		return
	default:
		c.Add(n.Pos, "write each on a line of its own, beginning with -", "%s is not a list", what)
		return
	}
	switch {
	case len(items) < t.Least && t.Least == t.Most, t.Most > 0 && len(items) > t.Most:
		c.Add(n.Pos, "write it as "+example, "%s has %d items, not %d", what, len(items), t.Most)
	case len(items) == 0 && t.Least > 0:
		c.Add(n.Pos, "write at least one, as in "+example, "%s is empty", what)
	case len(items) < t.Least:
		c.Add(n.Pos, "write it as "+example, "%s needs at least %d items", what, t.Least)
	}
	if _, ok := t.Of.(Either); ok {
		what = "this"
	}
	for _, item := range items {
		t.Of.check(c, item, what, example)
	}
}

func (t Map) check(c *checker, n *source.Node, what, example string) {
	if n.Kind != source.Map {
		c.Add(n.Pos, "write it as "+example, "%s is not a set of fields", what)
		return
	}
	switch {
	case len(n.Fields) == 0 && t.Least > 0:
		c.Add(n.Pos, "write at least one, as in "+example, "%s is empty", what)
	case len(n.Fields) < t.Least:
		c.Add(n.Pos, "write all of them, or write it as "+example, "%s has %d items, not %d", what, len(n.Fields), t.Least)
	}
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if seen[f.Name] {
			c.Add(f.Pos, "keep one of them", "field %q is written twice", f.Name)
		}
		seen[f.Name] = true
		t.Key.check(c, &source.Node{Pos: f.Pos, Kind: source.Scalar, Text: f.Name}, what, example)
		called := strings.TrimSpace(t.Of + " " + f.Name)
		if value, ok := t.Value.(Form); ok {
			value.fields(c, f.Value, called, nil)
		} else {
			t.Value.check(c, f.Value, called, example)
		}
	}
}

func (t Either) check(c *checker, n *source.Node, what, example string) {
	var marks []string
	for _, option := range t.Of {
		if m := mark(option); m != "" {
			marks = append(marks, m)
		}
	}
	switch option := t.choose(n); {
	case option == nil && n.Kind == source.Map && len(n.Fields) > 0 && source.Nearest(n.Fields[0].Name, marks) != "":
		c.Add(n.Fields[0].Pos, source.Suggest(n.Fields[0].Name, marks), "%s has no field %q", t.called(what), n.Fields[0].Name)
	case option == nil:
		c.Add(n.Pos, t.Hint, "%s is not %s", what, t.Title)
	case mark(option) != "":
		f, _ := option.(Form)
		f.fields(c, n, t.titled(f, what), func(other source.Field) bool {
			if !slices.Contains(marks, other.Name) {
				return false
			}
			c.Add(other.Pos, t.Both, "%s is either %s or %s", t.called(what), mark(option), other.Name)
			return true
		})
	default:
		option.check(c, n, what, example)
	}
}

// called is what messages call the value: what it stands under, or in a list what it should be.
func (t Either) called(what string) string {
	if what == "this" {
		return t.Title
	}
	return what
}

func (t Either) titled(f Form, what string) string {
	if f.Title != "" {
		return f.Title
	}
	return t.called(what)
}

// choose finds the option that was meant; nil where none was. Of several scalars a word is meant where it is written.
func (t Either) choose(n *source.Node) Type {
	var word Type
	for _, option := range t.Of {
		switch o := option.(type) {
		case Form:
			if n.Kind == source.Map && n.Get(mark(o)) != nil {
				return o
			}
		case Map:
			if n.Kind == source.Map {
				return o
			}
		case List:
			if n.Kind == source.List {
				return o
			}
		case Either:
			if inner := o.choose(n); inner != nil {
				return inner
			}
		case Word:
			if n.Kind == source.Scalar && slices.Contains(o.Of, n.Text) {
				return o
			}
			if n.Kind == source.Scalar && n.Text != "" {
				word = o
			}
		case Number:
			if _, is := number(n); n.Kind == source.Scalar && n.Text != "" && (is || word == nil) {
				return o
			}
			word = nil // neither the word nor a number
		case Text, Name, Ref, Count, Duration, Clock, Date, Instant, Flag, Language, Expression, EventName, EventField:
			if n.Kind == source.Scalar && n.Text != "" {
				return o
			}
		}
	}
	return word
}

// scalar tells whether a type is written as one word or line.
func scalar(t Type) bool {
	switch t.(type) {
	case Form, Map, List, Either:
		return false
	case Text, Name, Ref, Number, Count, Duration, Clock, Date, Instant, Flag, Language, Word, Expression, EventName, EventField:
		return true
	}
	return false
}
