package program

import (
	"slices"

	"attune/core/expr"
	"attune/core/form"
	"attune/core/source"
)

// folderReader makes a program of a folder whose files were checked against their forms. What is
// missing or misshapen was noted then, and reads as nothing.
type folderReader struct {
	source.Problems
	folder Folder
	p      *Program
	walks  []*walk
	// unapproved is what is wrong with approvals, which a draft may lack.
	unapproved source.Problems
	// levers are those of policy.yaml, checked when the engagements are known.
	levers []source.Field
}

// file checks a file that every program has; nil tells that there is nothing to read.
func (r *folderReader) file(name string, f form.Form) *source.Node {
	if r.folder.Trees[name] == nil {
		r.Add(source.Pos{File: name}, "add the file", "the program has no %s, or it is empty", name)
		return nil
	}
	return r.optional(name, f)
}

// optional checks a file that need not be there.
func (r *folderReader) optional(name string, f form.Form) *source.Node {
	n := r.folder.Trees[name]
	if !r.form(n, f) {
		return nil
	}
	return n
}

// form checks a file; false tells that there is nothing to read.
func (r *folderReader) form(n *source.Node, f form.Form) bool { return f.Check(n, &r.Problems) }

// unique notes a name used twice.
func (r *folderReader) unique(seen map[string]source.Pos, name string, at source.Pos, what string) {
	if name == "" {
		return
	}
	if first, twice := seen[name]; twice {
		r.Add(at, "give one of them another name", "%s %q stands at %s already", what, name, first)
	}
	seen[name] = at
}

// known notes a reference to something there is none of.
func (r *folderReader) known(ref *source.Node, what string, names []string) {
	if ref != nil {
		r.knownName(ref.Pos, form.TextOf(ref), what, names)
	}
}

// knownName does so for a name that is no value.
func (r *folderReader) knownName(at source.Pos, name, what string, names []string) {
	if name == "" || slices.Contains(names, name) {
		return
	}
	hint := source.Suggest(name, names)
	if len(names) == 0 {
		hint = "the program has none"
	}
	r.Add(at, hint, "there is no %s %q", what, name)
}

// texts reads a list of texts; a single text stands for a list of one.
func texts(n *source.Node) []string { return form.TextsOf(n) }

// fields returns the entries of a map.
func fields(n *source.Node) []source.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

// items returns the nodes of a list that are sets of fields.
func items(n *source.Node) []*source.Node {
	var out []*source.Node
	for _, item := range form.ItemsOf(n) {
		if item.Kind == source.Map {
			out = append(out, item)
		}
	}
	return out
}

// inside is where a scalar's text begins: after its quote, if it has one.
func inside(n *source.Node) source.Pos {
	if n == nil {
		return source.Pos{}
	}
	pos := n.Pos
	if n.Quoted {
		pos.Column++
	}
	return pos
}

// trigger reads one of the three forms; what is not there reads as none.
func trigger(n *source.Node) expr.Trigger {
	if n == nil {
		return expr.Trigger{}
	}
	t := expr.Trigger{Pos: n.Pos, MaxAge: form.DurationOf(n.Get("max_age"))}
	on, absent, when, where := n.Get("on"), n.Get("absent"), n.Get("when"), n.Get("where")
	switch {
	case n.Kind == source.Scalar:
		t.State, t.StatePos = n.Text, inside(n)
	case on != nil:
		if t.On = form.TextOf(on); t.On != "" {
			t.Pos = on.Pos
		}
		t.Where, t.WherePos = form.TextOf(where), inside(where)
	case absent != nil:
		t.Absent = expr.AbsenceSpec{
			Absent: form.TextOf(absent), After: form.TextOf(n.Get("after")), For: form.TextOf(n.Get("for")),
			Where: form.TextOf(where), AfterWhere: form.TextOf(n.Get("after_where")), Key: form.TextOf(n.Get("key")),
		}
		t.Parts = map[string]source.Pos{}
		for _, f := range n.Fields {
			t.Parts[f.Name] = inside(f.Value)
		}
	case when != nil:
		t.State, t.StatePos = form.TextOf(when), inside(when)
	}
	return t
}
