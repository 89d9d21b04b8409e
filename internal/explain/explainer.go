package explain

import (
	"path"
	"slices"
	"strings"

	"attune/core/expr"
	"attune/core/program"
	"attune/core/release"
	"attune/core/source"
	"attune/core/stage"
	lexicon "attune/core/words"
	"attune/internal/simulate"
)

// Explainer explains one program.
type Explainer struct {
	release *release.Release
	program *program.Program
	// home is the program's folder, as it was named.
	home string
	// texts are the program's files, for what is shown as written.
	texts    map[string]string
	compiler *expr.Compiler
	wording  *Wording
	things   []thing
	counted  *simulate.Result
	// asked keeps what refs found, by where a thing stands and what it is called.
	asked map[[3]string][]string
}

// thing is one part of a program that has a name and a place.
type thing struct {
	file, kind, id string
	line           int
	// whole tells that it is all of its file.
	whole bool
	// rule is its name among the release's rules; empty for what is no rule.
	rule    string
	trigger expr.Trigger
	// asks are conditions of a step, which is no rule.
	asks []expr.Trigger
	// does says what follows when the rule becomes true, in a clause that others can quote.
	does string
	// needs are other things that it names beside its rule: "engagement check_in".
	needs   []string
	explain func(*Explanation)
}

// Explanation is what can be said of a thing, a file or a program.
type Explanation struct {
	// Path is where it stands: "programs/diabetes/signals.yaml:refill_late".
	Path string `json:"path"`
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	// Source is the text as it was written.
	Source string `json:"source,omitempty"`
	// Words are what it means, a paragraph each.
	Words []string `json:"words"`
	// Condition is the structure of the rule's meaning.
	Condition *Phrase `json:"condition,omitempty"`
	// Wakes are the events that can change the rule's answer, and "time".
	Wakes []string `json:"wakes,omitempty"`
	// DependsOn and UsedBy are other things of the program.
	DependsOn []Link `json:"depends_on,omitempty"`
	UsedBy    []Link `json:"used_by,omitempty"`
	// Things are what a file or a program is made of.
	Things     []Explanation `json:"things,omitempty"`
	Simulation *Simulation   `json:"simulation,omitempty"`
}

// Link leads to another thing, and says what it has to do with this one.
type Link struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Says string `json:"says"`
}

// New prepares to explain the first program of a release. Folder is the program as it was read, and
// counted what a simulation counted, nil for none.
func New(rel *release.Release, folder program.Folder, counted *simulate.Result) *Explainer {
	p := rel.Programs[0]
	e := &Explainer{release: rel, program: p, home: strings.ReplaceAll(folder.Name, "\\", "/"), texts: folder.Texts, counted: counted, compiler: compilerFor(rel, p), asked: map[[3]string][]string{}, wording: &Wording{Catalogue: rel.Catalogue, Program: p}}
	e.gather()
	return e
}

// compilerFor knows the names that a program's rules may ask, and remembers nothing of anybody.
func compilerFor(rel *release.Release, p *program.Program) *expr.Compiler {
	names := expr.Names{Consent: func(expr.ConsentQuestion) int { return 0 }}
	for _, s := range p.Signals {
		names.Signals = append(names.Signals, expr.Named{Name: s.ID})
	}
	for _, a := range p.Audiences {
		names.Audiences = append(names.Audiences, expr.Named{Name: a.ID})
	}
	var stages []string
	for _, s := range stage.All() {
		stages = append(stages, s.String())
	}
	for _, b := range p.Behaviors {
		names.Behaviors = append(names.Behaviors, expr.Choice{Name: b.ID, Words: stages})
	}
	if len(p.Map.Phases) > 0 {
		phases := expr.Choice{Name: "phase"}
		for i := range p.Map.Phases {
			phases.Words = append(phases.Words, p.Map.Phases[i].ID)
		}
		names.Phase = &phases
	}
	c := expr.NewCompiler(rel.Catalogue)
	c.Declare(names)
	var sets []expr.ValueSet
	for _, s := range p.ValueSets {
		sets = append(sets, expr.ValueSet{Name: s.ID, Codes: s.Codes})
	}
	c.DeclareValueSets(sets)
	table, err := p.WordTable()
	if err != nil {
		table = lexicon.Standard() // the release was compiled with it, so there is no such error
	}
	c.DeclareWords(table)
	return c
}

// Find explains what stands at a place: the program where file is empty, a file where part is, and else
// the thing of that name or line. What is wrong with the place is told as a problem.
func (e *Explainer) Find(file, part string) (*Explanation, *source.Problem) {
	if file == "" {
		return e.overview(), nil
	}
	found := e.within(file)
	if len(found) == 0 {
		return nil, &source.Problem{Pos: source.Pos{File: e.at(file)}, What: "there is nothing in it that can be explained", Hint: source.Suggest(file, e.files())}
	}
	if part == "" {
		return e.file(file, found), nil
	}
	if line, ok := lineOf(part); ok {
		if i := lastBefore(found, line); i >= 0 {
			return e.explain(found[i]), nil
		}
		return nil, &source.Problem{Pos: source.Pos{File: e.at(file), Line: line, Column: 1}, What: "nothing begins at this line or above it", Hint: "the first is " + found[0].id}
	}
	var named []thing
	for _, t := range found {
		if t.id == part {
			named = append(named, t)
		}
	}
	switch len(named) {
	case 0:
	case 1:
		return e.explain(named[0]), nil
	default: // a phase and a moment, say
		return e.together(file+":"+part, named), nil
	}
	ids := once(mapped(found, func(t thing) string { return t.id }))
	hint := "in it are " + strings.Join(ids, ", ")
	if near := source.Nearest(part, ids); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return nil, &source.Problem{Pos: source.Pos{File: e.at(file)}, What: "there is no " + part + " in it", Hint: hint}
}

func (e *Explainer) within(file string) []thing {
	var out []thing
	for _, t := range e.things {
		if t.file == file {
			out = append(out, t)
		}
	}
	return out
}

func (e *Explainer) files() []string {
	return once(mapped(e.things, func(t thing) string { return t.file }))
}

func lineOf(part string) (line int, ok bool) {
	if part == "" || strings.Trim(part, "0123456789") != "" || len(part) > 6 {
		return 0, false
	}
	for _, c := range part {
		line = 10*line + int(c-'0')
	}
	return line, line > 0
}

// lastBefore is the thing that begins last at a line or above; of several at one line the last named.
func lastBefore(things []thing, line int) int {
	best := -1
	for i, t := range things {
		if t.line <= line && (best < 0 || t.line >= things[best].line) {
			best = i
		}
	}
	return best
}

// file explains all things of a file, its own thing first.
func (e *Explainer) file(file string, found []thing) *Explanation {
	if found[0].whole {
		return e.explain(found[0])
	}
	return e.together(file, found)
}

func (e *Explainer) together(path string, things []thing) *Explanation {
	out := &Explanation{Path: e.at(path), Kind: "file", Words: []string{}}
	for _, t := range things {
		out.Things = append(out.Things, *e.explain(t))
	}
	return out
}

// at puts the program's folder before a path within it.
func (e *Explainer) at(file string) string { return path.Join(e.home, file) }

func (t *thing) path() string {
	if t.whole {
		return t.file
	}
	return t.file + ":" + t.id
}

func (e *Explainer) explain(t thing) *Explanation {
	e.wording.Unknown()
	out := &Explanation{Path: e.at(t.path()), Kind: t.kind, ID: t.id, Source: e.source(t)}
	t.explain(out)
	if !t.trigger.IsZero() {
		phrase := e.trigger(&t.trigger)
		out.Condition = &phrase
		out.Words = append(out.Words, e.small(t.kind, &t.trigger)...)
		out.Wakes = e.wakes(t)
	}
	out.DependsOn, out.UsedBy = e.dependsOn(t), e.usedBy(t)
	if e.counted != nil {
		out.Simulation = e.simulated(t)
	}
	return out
}

// source cuts a thing out of its file as it was written, with the comment above it.
func (e *Explainer) source(t thing) string {
	lines := strings.Split(e.texts[t.file], "\n")
	first := t.line - 1
	if t.whole {
		return strings.TrimSpace(e.texts[t.file])
	}
	if first < 0 || first >= len(lines) {
		return ""
	}
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	last := first + 1
	for last < len(lines) && (strings.TrimSpace(lines[last]) == "" || indent(lines[last]) > indent(lines[first])) {
		last++
	}
	for last > first+1 && (strings.TrimSpace(lines[last-1]) == "" || strings.HasPrefix(strings.TrimSpace(lines[last-1]), "#")) {
		last--
	}
	for first > 0 && strings.HasPrefix(strings.TrimSpace(lines[first-1]), "#") && indent(lines[first-1]) == indent(lines[first]) {
		first--
	}
	cut := slices.Clone(lines[first:last])
	margin := indent(cut[0])
	for i, l := range cut {
		cut[i] = strings.TrimRight(l[min(margin, indent(l)):], " ")
	}
	return strings.Join(cut, "\n")
}
