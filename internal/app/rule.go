package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/api"
	"attune/internal/draft"
	"attune/internal/explain"
	"attune/internal/programdir"
)

// RuleAsked is a condition that somebody writes, and of which programs.
type RuleAsked struct {
	Program string `json:"program" required:"" doc:"Of which program." example:"diabetes"`
	Draft   string `json:"draft" doc:"A draft in which it is written; without it, what is live." example:""`
	When    string `json:"when" required:"" doc:"The condition, as audiences.yaml has it." example:"phase() == \"treatment\""`
}

// RuleRead is what a condition means, or what is wrong with it.
type RuleRead struct {
	// Words are what it means, a paragraph each; none where it cannot be understood.
	Words []string `json:"words"`
	// Problem is what is wrong; absent where nothing is.
	Problem *RuleProblem `json:"problem,omitempty"`
}

// RuleProblem is what is wrong with a condition.
type RuleProblem struct {
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
	// At is behind how many characters of the condition it begins; -1 where it is of no place in it.
	At int `json:"at"`
}

// What audiences that are tried are called in their program, which nobody publishes.
const (
	triedAudience  = "the_audience_that_is_tried"
	besideAudience = "the_audience_beside_it"
)

// ruled is a program with audiences that are tried.
type ruled struct {
	rel    *release.Release
	folder program.Folder
	file   string
}

// Written is a program as its team wrote it.
type Written struct {
	zones *instant.Zones
	of    string
	files map[string]string
}

// written finds a program: of a draft, or as it is live.
func (n *Node) written(of, inDraft string) (*Written, error) {
	programs, err := n.programsIn(inDraft)
	if err != nil {
		return nil, err
	}
	is, err := programAmong(programs, of)
	if err != nil {
		return nil, err
	}
	zones, err := n.zones()
	return &Written{zones, of, is.Files}, err
}

// Written finds a program as it is live.
func (i *Inspector) Written(of string) (*Written, error) {
	live := i.archive.live()
	all, err := i.archive.files(live)
	if err != nil {
		return nil, err
	}
	for k := range all {
		if live.Programs[k].ID == of {
			zones, err := instant.LoadZones()
			return &Written{zones, of, all[k].Texts}, err
		}
	}
	return nil, fmt.Errorf("no program %q is live here; live is %s", of, strings.Join(i.programs(), ", "))
}

// with compiles the program with these audiences beside its own. What is wrong with a condition is told by its place in it.
func (w *Written) with(names, rules []string) (*ruled, *RuleProblem, error) {
	const file = "audiences.yaml"
	text, begins, err := withAudiences(file, w.files[file], names, rules)
	if err != nil {
		return nil, nil, err
	}
	all := maps.Clone(w.files)
	all[file] = text
	home := programdir.Files{Home: w.of, Texts: all}
	rel, problems := programdir.Compile(w.zones, home)
	for _, p := range problems {
		line := p.Pos.Line - firstRule
		if strings.HasSuffix(p.Pos.File, file) && line >= 0 && line < len(rules) {
			at := p.Pos.Column - begins[line]
			if at < 0 || at > len(rules[line]) {
				at = -1
			}
			return nil, &RuleProblem{What: p.What, Hint: p.Hint, At: at}, nil
		}
	}
	if rel == nil { // the program itself
		return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	folder, problems := programdir.FolderOf(home)
	if len(problems) > 0 {
		return nil, nil, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return &ruled{rel, folder, file}, nil, nil
}

// firstRule is the line on which the first audience stands that withAudiences writes.
const firstRule = 2

// withAudiences writes audiences.yaml with more audiences, each on a line of its own from the second on, and tells in which column the
// condition of each begins.
func withAudiences(file, text string, names, rules []string) (string, []int, error) {
	own := struct {
		Audiences map[string]json.RawMessage `json:"audiences"`
	}{}
	if text != "" {
		values, _, err := draft.Values(file, text)
		if err == nil {
			err = json.Unmarshal(values, &own)
		}
		if err != nil {
			return "", nil, api.Refused(file, err.Error(), "mend the file first")
		}
	}
	var out strings.Builder
	out.WriteString("audiences:\n")
	begins := make([]int, len(names))
	for k, name := range names {
		lead := "  " + name + ": '"
		begins[k] = len(lead) + 1
		out.WriteString(lead + strings.ReplaceAll(rules[k], "'", "''") + "'\n")
	}
	for _, name := range slices.Sorted(maps.Keys(own.Audiences)) {
		fmt.Fprintf(&out, "  %s: %s\n", name, own.Audiences[name])
	}
	return out.String(), begins, nil
}

// longestRule is how long a condition may be.
const longestRule = 4000

// ruleOf checks a condition's form: one line, and not too long.
func ruleOf(field, when string) (string, error) {
	when = strings.Join(strings.Fields(when), " ")
	switch {
	case when == "":
		return "", api.Refused(field, "there is no condition", `write one, such as phase() == "treatment"`)
	case len(when) > longestRule:
		return "", api.Refused(field, "the condition is too long", fmt.Sprintf("write it in %d characters at most", longestRule))
	}
	return when, nil
}

// Read tells what a condition means.
func (w *Written) Read(when string) (RuleRead, error) {
	out := RuleRead{Words: []string{}}
	if _, err := ruleOf("when", when); err != nil {
		return out, err
	}
	// Line breaks count as one character each, so that places stay what they are.
	when = strings.NewReplacer("\r\n", "  ", "\n", " ", "\t", " ").Replace(when)
	is, problem, err := w.with([]string{triedAudience}, []string{when})
	if err != nil || problem != nil {
		out.Problem = problem
		return out, err
	}
	x, wrong := explain.New(is.rel, is.folder, nil).Find(is.file, triedAudience)
	if wrong != nil {
		return out, fmt.Errorf("explain a condition: %s", wrong)
	}
	called := strings.ReplaceAll(triedAudience, "_", " ")
	nameless := strings.NewReplacer(`the audience "`+called+`"`, "this audience", "the audience "+called, "this audience", "the audience "+triedAudience, "this audience")
	for _, t := range append(slices.Clone(x.Things), *x) {
		if t.Kind == "audience" && t.ID == triedAudience {
			for _, w := range t.Words {
				out.Words = append(out.Words, nameless.Replace(w))
			}
		}
	}
	return out, nil
}

// Vocabulary is what a condition may be made of.
type Vocabulary struct {
	Functions []FunctionRead `json:"functions"`
	Names     []NameRead     `json:"names"`
}

// FunctionRead is a function of conditions.
type FunctionRead struct {
	Name string `json:"name"`
	// Usage is how it is written, Says what it gives, and Example a whole condition.
	Usage   string `json:"usage"`
	Says    string `json:"says"`
	Example string `json:"example"`
	// Takes is of which kind the name is that each argument is; empty for what is no name.
	Takes []string `json:"takes"`
}

// NameRead is a name that conditions may have in quotes.
type NameRead struct {
	// Kind is phase, signal, audience, behavior, stage (of change), valueset, purpose, event, or field (of an event).
	Kind string `json:"kind"`
	Name string `json:"name"`
	Says string `json:"says,omitempty"`
}

// vocabulary gathers what conditions of the program may be made of.
func (w *Written) vocabulary() (Vocabulary, error) {
	out := Vocabulary{Functions: []FunctionRead{}, Names: []NameRead{}}
	rel, problems := programdir.Compile(w.zones, programdir.Files{Home: w.of, Texts: w.files})
	if rel == nil {
		return out, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	for _, f := range expr.Functions() {
		if f.Where != expr.InFilters {
			out.Functions = append(out.Functions, FunctionRead{f.Name, f.Usage, f.Says, f.Example, f.Takes})
		}
	}
	add := func(kind, name, says string) { out.Names = append(out.Names, NameRead{kind, name, says}) }
	p := rel.Programs[0]
	for i := range p.Map.Phases {
		add("phase", p.Map.Phases[i].ID, p.Map.Phases[i].Name)
	}
	for i := range p.Signals {
		add("signal", p.Signals[i].ID, "")
	}
	for i := range p.Audiences {
		add("audience", p.Audiences[i].ID, p.Audiences[i].Says)
	}
	for i := range p.Behaviors {
		add("behavior", p.Behaviors[i].ID, "")
	}
	for _, x := range stage.All() {
		add("stage", x.String(), "")
	}
	for i := range p.ValueSets {
		add("valueset", p.ValueSets[i].ID, p.ValueSets[i].Name)
	}
	for _, x := range p.Policy.Purposes {
		add("purpose", x.ID, string(x.Kind))
	}
	for _, e := range rel.Catalogue.All() {
		add("event", e.Name, e.Says)
		for _, f := range e.Fields {
			add("field", e.Name+"."+f.Name, fieldSays(&f))
		}
	}
	return out, nil
}

// fieldSays is what kind of value a field has.
func fieldSays(f *event.FieldDef) string {
	says := f.Type.String()
	if f.Unit != "" {
		says += " in " + f.Unit
	}
	if len(f.OneOf) > 0 {
		says += ": " + strings.Join(f.OneOf, ", ")
	}
	return says
}
