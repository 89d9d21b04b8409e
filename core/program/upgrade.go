package program

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"attune/core/source"
)

// upgrade brings a folder from the format it is written in to the newest one. Only trees change: they
// keep the places of what was written, and the hash is that of the files. An upgraded program means
// exactly what it meant.
func upgrade(f Folder, format int) Folder {
	if format < 2 {
		f = upgrade1to2(f)
	}
	return f
}

// upgrade1to2 writes down what steps without an id were called in format 1: their kind and their place,
// wait-2. Whoever put a step in before others renamed those, so that people who stood on one went on
// from another. In format 2 they are called by their kind and what they name.
func upgrade1to2(f Folder) Folder {
	f.Trees = maps.Clone(f.Trees)
	for path, tree := range f.Trees {
		if !strings.HasPrefix(path, "journeys/") || tree.Get("steps") == nil {
			continue
		}
		steps := *tree.Get("steps")
		steps.Items = slices.Clone(steps.Items)
		for i, step := range steps.Items {
			steps.Items[i] = withPlace(step, i+1)
		}
		f.Trees[path] = with(tree, "steps", &steps)
	}
	return f
}

// withPlace gives a step that has no id one.
func withPlace(step *source.Node, place int) *source.Node {
	kind := kindOf(step)
	if kind == "" || step.Get("id") != nil {
		return step
	}
	out := *step
	if step.Kind == source.Scalar {
		out = source.Node{Pos: step.Pos, Kind: source.Map, Fields: []source.Field{
			{Name: kind, Pos: step.Pos, Value: &source.Node{Pos: step.Pos, Kind: source.Scalar, Text: finished}},
		}}
	}
	id := &source.Node{Pos: step.Pos, Kind: source.Scalar, Text: kind + "-" + strconv.Itoa(place)}
	out.Fields = append(slices.Clone(out.Fields), source.Field{Name: "id", Pos: step.Pos, Value: id})
	return &out
}

// with returns the node with another value of one field.
func with(n *source.Node, name string, value *source.Node) *source.Node {
	out := *n
	out.Fields = slices.Clone(n.Fields)
	for i := range out.Fields {
		if out.Fields[i].Name == name {
			out.Fields[i].Value = value
		}
	}
	return &out
}
