package simulate

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
)

// The readers of single values: each notes what is wrong and returns something.

func (r *reader) fields(n *source.Node, what string, required []string, optional ...string) bool {
	if n == nil {
		return false
	}
	if n.Kind != source.Map {
		r.Add(n.Pos, "write it as fields, one on each line: name: value", "%s is not a set of fields", what)
		return false
	}
	known := append(slices.Clone(required), optional...)
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if !slices.Contains(known, f.Name) {
			r.Add(f.Pos, source.Suggest(f.Name, known), "%s has no field %q", what, f.Name)
		}
		if seen[f.Name] {
			r.Add(f.Pos, "keep one of them", "field %q is written twice", f.Name)
		}
		seen[f.Name] = true
	}
	for _, name := range required {
		if !seen[name] {
			r.Add(n.Pos, "add "+name+": …", "%s needs the field %q", what, name)
		}
	}
	return true
}

// entries are a map's fields, whatever their names, none twice.
func (r *reader) entries(n *source.Node, what string) []source.Field {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	if n.Kind != source.Map {
		r.Add(n.Pos, "write each as name: value", "%s is not a set of fields", what)
		return nil
	}
	seen := map[string]bool{}
	for _, f := range n.Fields {
		if seen[f.Name] {
			r.Add(f.Pos, "keep one of them", "field %q is written twice", f.Name)
		}
		seen[f.Name] = true
	}
	return n.Fields
}

func (r *reader) items(n *source.Node, what string) []*source.Node {
	if n == nil {
		return nil
	}
	if n.Kind != source.List || len(n.Items) == 0 {
		r.Add(n.Pos, "write each on a line of its own, beginning with -", "%s is not a list", what)
		return nil
	}
	return n.Items
}

// words are the scalars of a list; a single one stands for a list of one.
func (r *reader) words(n *source.Node, what string) []*source.Node {
	if n == nil {
		return nil
	}
	if n.Kind == source.Scalar {
		return []*source.Node{n}
	}
	for _, item := range r.items(n, what) {
		r.text(item, what)
	}
	return n.Items
}

func (r *reader) text(n *source.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != source.Scalar || n.Text == "" {
		r.Add(n.Pos, "write one word or line", "%s is not a text", what)
		return ""
	}
	return n.Text
}

func (r *reader) number(n *source.Node, what string, low, high float64) float64 {
	if n == nil {
		return low
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != source.Scalar || err != nil || !(f >= low && f <= high) {
		r.Add(n.Pos, "write a number from "+plain(low)+" to "+plain(high), "%s cannot be %q", what, n.Text)
		return low
	}
	return f
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// share reads a number from 0 to 1.
func (r *reader) share(n *source.Node, what string) float64 { return r.number(n, what, 0, 1) }

func (r *reader) whole(n *source.Node, what string, low, high float64) int {
	f := r.number(n, what, low, high)
	if f != float64(int(f)) {
		r.Add(n.Pos, "write a whole number", "%s cannot be %q", what, n.Text)
	}
	return int(f)
}

func (r *reader) duration(n *source.Node, what string) instant.Duration {
	s := r.text(n, what)
	if s == "" {
		return 0
	}
	d, err := instant.ParseDuration(s)
	if err != nil {
		r.Add(n.Pos, "write it as 90s, 15m, 36h, 7d or 2w", "%s is no duration: %q", what, s)
	}
	return d
}

// delay reads 30d, {within: 120d}, {from: 25d, to: 35d} or {mean: 9d}.
func (r *reader) delay(n *source.Node, what string) Delay {
	if n.Kind == source.Scalar {
		d := r.duration(n, what)
		return Delay{From: d, To: d}
	}
	switch {
	case n.Get("mean") != nil:
		r.fields(n, what, []string{"mean"})
		d := Delay{Mean: r.duration(n.Get("mean"), "mean")}
		if d.Mean == 0 {
			r.Add(n.Pos, "write at least 1s", "%s has no mean", what)
		}
		return d
	case n.Get("within") != nil:
		r.fields(n, what, []string{"within"})
		return Delay{To: r.duration(n.Get("within"), "within")}
	case n.Get("from") != nil:
		r.fields(n, what, []string{"from", "to"})
		d := Delay{From: r.duration(n.Get("from"), "from"), To: r.duration(n.Get("to"), "to")}
		if d.To < d.From {
			r.Add(n.Pos, "write the shorter one first", "%s ends before it begins", what)
		}
		return d
	}
	r.Add(n.Pos, "write 30d, {mean: 9d}, {within: 120d} or {from: 25d, to: 35d}", "%s is no delay", what)
	return Delay{}
}

// mix reads weights by name. The names may be restricted.
func (r *reader) mix(n *source.Node, what string, known []string) (m Mix) {
	for _, f := range r.entries(n, what) {
		if known != nil && !slices.Contains(known, f.Name) {
			r.Add(f.Pos, source.Suggest(f.Name, known), "%s has no %q", what, f.Name)
		}
		m.Names, m.Weights = append(m.Names, f.Name), append(m.Weights, r.number(f.Value, "a weight", 0, 1e6))
	}
	if n != nil && n.Kind == source.Map && m.total() == 0 {
		r.Add(n.Pos, "give one of them a weight above 0", "%s leaves nothing to choose from", what)
	}
	return m
}

// value reads how a property is drawn: as it stands, one of some, a number between two or around a
// mean, or a time from the event on.
func (r *reader) value(n *source.Node, name string, kind expr.Type) ValueDraw {
	v := ValueDraw{Type: kind}
	switch {
	case n.Kind == source.Scalar && kind == expr.Moment:
		v.In = r.delay(n, name)
	case n.Kind == source.Scalar, n.Kind == source.List && kind == expr.List:
		v.OneOf, v.Weights = []expr.Value{r.constant(n, name, kind)}, Mix{[]string{""}, []float64{1}}
	case n.Kind != source.Map:
		r.Add(n.Pos, "write a value, or {one_of: {this: 2, that: 1}}", "%s is no value", name)
	case kind == expr.Moment:
		v.In = r.delay(n, name)
	case n.Get("one_of") != nil:
		r.fields(n, name, []string{"one_of"})
		if list := n.Get("one_of"); list.Kind == source.List {
			for _, item := range list.Items {
				v.OneOf = append(v.OneOf, r.constant(item, name, kind))
				v.Weights.Names, v.Weights.Weights = append(v.Weights.Names, item.Text), append(v.Weights.Weights, 1)
			}
		} else {
			v.Weights = r.mix(list, "one_of", nil)
			for _, f := range list.Fields {
				v.OneOf = append(v.OneOf, r.constant(&source.Node{Pos: f.Pos, Kind: source.Scalar, Text: f.Name}, name, kind))
			}
		}
		if len(v.OneOf) == 0 {
			r.Add(n.Pos, "write {one_of: {this: 2, that: 1}}", "%s leaves nothing to choose from", name)
		}
	case n.Get("mean") != nil:
		r.fields(n, name, []string{"mean", "sd"})
		v.Mean, v.SD = r.number(n.Get("mean"), "mean", -1e9, 1e9), r.number(n.Get("sd"), "sd", 0, 1e9)
		r.numeric(n, name, &v)
	default:
		r.fields(n, name, []string{"from", "to"})
		v.From, v.To = r.number(n.Get("from"), "from", -1e9, 1e9), r.number(n.Get("to"), "to", -1e9, 1e9)
		if v.To < v.From {
			r.Add(n.Pos, "write the smaller number first", "%s ends before it begins", name)
		}
		r.numeric(n, name, &v)
	}
	return v
}

func (r *reader) numeric(n *source.Node, name string, v *ValueDraw) {
	switch v.Type {
	case expr.Number, expr.Integer:
	case expr.Missing:
		v.Type = expr.Number
	case expr.Text, expr.Flag, expr.List, expr.Moment:
		r.Add(n.Pos, "write a value, or {one_of: {this: 2, that: 1}}", "%s is %s and no number", name, v.Type)
	}
}

// constant reads a value of a type; of no type it is a number, true or false, or else a text.
func (r *reader) constant(n *source.Node, name string, kind expr.Type) expr.Value {
	wrong := func(hint string) expr.Value {
		r.Add(n.Pos, hint, "%s cannot be %q", name, n.Text)
		return expr.Value{}
	}
	if kind == expr.List {
		var list []string
		for _, w := range r.words(n, name) {
			list = append(list, w.Text)
		}
		return expr.ListOf(list...)
	}
	if n.Kind != source.Scalar {
		return wrong("write one value")
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	number := err == nil && f >= -1e15 && f <= 1e15 && !strings.ContainsAny(n.Text, "xX_")
	switch kind {
	case expr.Number:
		if !number {
			return wrong("write a number")
		}
		return expr.NumberOf(f)
	case expr.Integer:
		if !number || f != float64(int64(f)) {
			return wrong("write a whole number")
		}
		return expr.IntegerOf(int64(f))
	case expr.Flag:
		if n.Text != "true" && n.Text != "false" {
			return wrong("write true or false")
		}
		return expr.FlagOf(n.Text == "true")
	case expr.Text:
		return expr.TextOf(n.Text)
	case expr.Missing:
		switch {
		case n.Quoted:
		case number:
			return expr.NumberOf(f)
		case n.Text == "true" || n.Text == "false":
			return expr.FlagOf(n.Text == "true")
		}
		return expr.TextOf(n.Text)
	case expr.List, expr.Moment:
	}
	return wrong("write one value")
}

// clock reads a time of day, "08:00".
func (r *reader) clock(n *source.Node, what string) instant.Duration {
	s := r.text(n, what)
	h, m, found := strings.Cut(s, ":")
	hours, err1 := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	if s != "" && (!found || err1 != nil || err2 != nil || len(h) != 2 || len(m) != 2 || minutes > 59 || hours*60+minutes > 24*60) {
		r.Add(n.Pos, `write it in quotes as "08:00"`, "%s is no time of day: %q", what, s)
		return 0
	}
	return instant.Duration(hours)*instant.Hour + instant.Duration(minutes)*instant.Minute
}
