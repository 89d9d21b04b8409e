package program

import (
	"slices"
	"strings"

	"attune/core/form"
	"attune/core/source"
)

// Standards is the folder of the standards that a program stands under. They are part of its folder, and
// of its hash, even where they were read from beside it.
const Standards = "standards/"

// Standard is one level above a program: the rules of a house, a region or a brand.
type Standard struct {
	// ID is what programs name it by, Name what it is called for people.
	ID, Name string
	Pos      source.Pos
	// Hash is the SHA-256 of its file, in hexadecimal.
	Hash string
	tree *source.Node
}

func standardForm() form.Form {
	return form.Form{
		Name: "standard", Title: "a standard", Says: "Rules of a level above programs, which they may tighten and never loosen.",
		Fields: []form.Field{
			{Name: "standard", Required: true, Type: form.Name{Of: "a standard"}, Example: "house", Says: "Its name, which is that of its file."},
			{Name: "name", Type: form.Text{}, Example: "Green Lane house rules", Says: "Its name for people."},
			{Name: "policy", Type: policyForm(), Example: `{contact_hours: {from: "08:00", to: "21:00"}}`, Says: "What it says of the policy; any of its fields may be left out."},
			{Name: "voice", Type: voiceForm(), Example: "{tone: {exclamation_marks: 1}}", Says: "What it says of the voice."},
		},
	}
}

// standards reads the levels that the program names, the widest first.
func (r *folderReader) standards() {
	for _, item := range form.ItemsOf(r.folder.Trees["program.yaml"].Get("standards")) {
		id := form.TextOf(item)
		path := Standards + id + ".yaml"
		if !form.IsName(id) || slices.ContainsFunc(r.p.Standards, func(s Standard) bool { return s.ID == id }) {
			continue // noted where the list is read
		}
		text, there := r.folder.Texts[path]
		tree := r.folder.Trees[path]
		switch {
		case !there:
			hint := "write " + path + " beside the program's folder, or in it"
			known := r.folder.Standards
			for _, other := range r.under(Standards) {
				known = append(known, strings.TrimSuffix(strings.TrimPrefix(other, Standards), ".yaml"))
			}
			if near := source.Nearest(id, known); near != "" {
				hint = source.Suggest(id, []string{near})
			}
			r.Add(item.Pos, hint, "there is no standard %q", id)
			continue
		case tree == nil:
			r.Add(source.Pos{File: path}, "begin it with standard: "+id, "the standard is empty")
			continue
		}
		r.form(tree, standardForm())
		if called := tree.Get("standard"); form.IsName(form.TextOf(called)) && called.Text != id {
			r.Add(called.Pos, "write standard: "+id+", or name the file "+called.Text+".yaml", "the standard in %s.yaml is called %q", id, called.Text)
		}
		r.p.Standards = append(r.p.Standards, Standard{ID: id, Name: form.TextOf(tree.Get("name")), Pos: tree.Pos, Hash: hashOf(text), tree: tree})
	}
}

// unnamed notes a standard in the folder that the program does not name: it would mean nothing.
func (r *folderReader) unnamed(path string) {
	id := strings.TrimSuffix(strings.TrimPrefix(path, Standards), ".yaml")
	if slices.Contains(form.TextsOf(r.folder.Trees["program.yaml"].Get("standards")), id) {
		return
	}
	r.Add(source.Pos{File: path}, "add "+id+" to standards: in program.yaml, or remove the file", "the program does not stand under this standard")
}

// fold makes of what the levels say of a section, and of what the program says itself, what holds.
func (r *folderReader) fold(section string, own *source.Node, f form.Form) *source.Node {
	var layers []form.Layer
	for _, s := range r.p.Standards {
		layers = append(layers, form.Layer{Name: s.ID, Node: s.tree.Get(section)})
	}
	layers = append(layers, form.Layer{Name: r.p.ID, Node: own})
	holds, stands := f.Fold(layers, &r.Problems)
	for i := range stands {
		stands[i].Field = section + "." + stands[i].Field
	}
	r.p.Stands = append(r.p.Stands, stands...)
	return holds
}
