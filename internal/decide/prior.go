package decide

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"attune/core/source"
	"attune/internal/programdir"
)

// Matrix says for which stages an intervention is made. What it does not name is made for none, and nothing is
// expected of it either way.
type Matrix struct {
	rows []row
}

type row struct {
	intervention string
	stages       []string
	pos          source.Pos
}

// Standard is the matrix of stages and processes of the transtheoretical model, by kinds of intervention
// (docs/decide.md).
func Standard() *Matrix {
	return &Matrix{rows: []row{
		{intervention: "inform", stages: []string{"precontemplation"}},
		{intervention: "weigh", stages: []string{"contemplation"}},
		{intervention: "plan", stages: []string{"preparation"}},
		{intervention: "prompt", stages: []string{"action"}},
		{intervention: "support", stages: []string{"maintenance", "action"}},
		{intervention: "restart", stages: []string{"relapse"}},
	}}
}

// Flat is the matrix that expects nothing.
func Flat() *Matrix { return &Matrix{} }

// ReadMatrix reads what --prior names: nothing for the standard matrix, flat, or a file.
func ReadMatrix(name string) (*Matrix, error) {
	switch name {
	case "", "standard":
		return Standard(), nil
	case "flat":
		return Flat(), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the prior: %w; --prior takes a file, standard or flat", err)
	}
	return ParseMatrix(name, text)
}

// ParseMatrix reads a matrix in YAML or JSON: interventions, and for each a list of stages.
func ParseMatrix(file string, text []byte) (*Matrix, error) {
	var problems source.Problems
	var tree *source.Node
	if strings.HasSuffix(file, ".json") {
		tree = programdir.ParseJSON(file, string(text), &problems)
	} else {
		tree = programdir.ParseYAML(file, text, &problems)
	}
	m := &Matrix{}
	if problems.Empty() {
		m.read(file, tree, &problems)
	}
	if problems.Empty() {
		return m, nil
	}
	var lines []string
	for _, p := range problems.List() {
		lines = append(lines, p.String())
	}
	return nil, fmt.Errorf("the prior cannot be used:\n%s", strings.Join(lines, "\n"))
}

const example = "write one line for each intervention, such as inform: [precontemplation]"

func (m *Matrix) read(file string, tree *source.Node, problems *source.Problems) {
	if tree == nil || tree.Kind == source.Null {
		problems.Add(source.Pos{File: file}, example, "the file says nothing")
		return
	}
	if tree.Kind != source.Map {
		problems.Add(tree.Pos, example, "this is not a list of interventions with their stages")
		return
	}
	for _, f := range tree.Fields {
		if m.row(f.Name) != nil {
			problems.Add(f.Pos, "put all its stages into one list", "the intervention %q stands here a second time", f.Name)
			continue
		}
		if f.Value == nil || f.Value.Kind != source.List {
			problems.Add(f.Pos, example, "%q has no list of stages", f.Name)
			continue
		}
		r := row{intervention: f.Name, pos: f.Pos}
		for _, item := range f.Value.Items {
			switch {
			case item.Kind != source.Scalar || item.Text == "":
				problems.Add(item.Pos, example, "a stage of %q is not a name", f.Name)
			case slices.Contains(r.stages, item.Text):
				problems.Add(item.Pos, "leave it out here", "%q has the stage %q twice", f.Name, item.Text)
			default:
				r.stages = append(r.stages, item.Text)
			}
		}
		m.rows = append(m.rows, r)
	}
}

func (m *Matrix) row(intervention string) *row {
	for i := range m.rows {
		if m.rows[i].intervention == intervention {
			return &m.rows[i]
		}
	}
	return nil
}

// opinion is what the matrix thinks of an intervention in a stage.
type opinion uint8

const (
	silent opinion = iota
	matched
	mismatched
)

// of is silent where it does not know the intervention, or no row is made for the stage.
func (m *Matrix) of(intervention, stage string) opinion {
	r := m.row(intervention)
	if r == nil || len(r.stages) == 0 || !slices.ContainsFunc(m.rows, func(r row) bool { return slices.Contains(r.stages, stage) }) {
		return silent
	}
	if slices.Contains(r.stages, stage) {
		return matched
	}
	return mismatched
}

// unheard are remarks on rows of a file that match nothing in the world: slips of the pen, most likely.
func (m *Matrix) unheard(interventions, stages []string) (remarks []string) {
	for _, r := range m.rows {
		if r.pos.File == "" {
			continue
		}
		if !slices.Contains(interventions, r.intervention) {
			remarks = append(remarks, source.Problem{Pos: r.pos, What: fmt.Sprintf("no action has the intervention %q", r.intervention), Hint: source.Suggest(r.intervention, interventions)}.String())
		}
		for _, s := range r.stages {
			if !slices.Contains(stages, s) {
				remarks = append(remarks, source.Problem{Pos: r.pos, What: fmt.Sprintf("the world has no stage %q", s), Hint: source.Suggest(s, stages)}.String())
			}
		}
	}
	return remarks
}
