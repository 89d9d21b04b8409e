package segment

import (
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// props collects an event's properties. Nested objects are written with dots: {"a":{"b":1}} is the
// property "a.b". A list of texts, numbers and flags is a list; one that has objects or lists in it
// is written with dots too, by place: "products.0.sku".
type props struct{ list []event.Prop }

// maxNesting is how many parts a property's name may have.
const maxNesting = 3

// all adds the members of an object, or nothing when there is none.
func (b *props) all(prefix, field string, v *strictjson.Value) *intake.Problem {
	if !v.Given() {
		return nil
	}
	if v.Kind != strictjson.Object {
		return &intake.Problem{Field: field, Reason: "found " + v.Kind.String() + " where an object belongs", Remedy: `send {"name": value, …}`}
	}
	for i := range v.Items {
		if p := b.one(prefix+v.Names[i], &v.Items[i], 1); p != nil {
			return p
		}
	}
	return nil
}

func (b *props) one(name string, v *strictjson.Value, depth int) *intake.Problem {
	if depth > maxNesting {
		return &intake.Problem{Reason: "properties are nested more than three levels deep", Remedy: "send them flatter"}
	}
	if len(b.list) > intake.MaxProps {
		return nil // intake says that there are too many; how many more does not matter
	}
	switch v.Kind {
	case strictjson.Absent, strictjson.Null:
	case strictjson.Bool:
		b.add(name, expr.FlagOf(v.IsTrue()))
	case strictjson.Number:
		b.add(name, number(v))
	case strictjson.String:
		b.add(name, expr.TextOf(v.Text))
	case strictjson.Array:
		if texts, plain := plainList(v); plain {
			b.add(name, expr.ListOf(texts...))
			return nil
		}
		for i := range v.Items {
			if p := b.one(name+"."+strconv.Itoa(i), &v.Items[i], depth+1); p != nil {
				return p
			}
		}
	case strictjson.Object:
		for i := range v.Items {
			if p := b.one(name+"."+v.Names[i], &v.Items[i], depth+1); p != nil {
				return p
			}
		}
	}
	return nil
}

// number keeps a whole number exact: as an integer, or as its digits when it is too large for one.
func number(v *strictjson.Value) expr.Value {
	if n, ok := v.Integer(); ok {
		return expr.IntegerOf(n)
	}
	if v.Whole() {
		return expr.TextOf(v.Text)
	}
	f, _ := v.Float() // one that is too large was a flaw
	return expr.NumberOf(f)
}

func plainList(v *strictjson.Value) (texts []string, plain bool) {
	for i := range v.Items {
		switch v.Items[i].Kind {
		case strictjson.Array, strictjson.Object:
			return nil, false
		case strictjson.Absent, strictjson.Null:
		case strictjson.Bool, strictjson.Number, strictjson.String:
			texts = append(texts, v.Items[i].Text)
		}
	}
	return texts, true
}

func (b *props) add(name string, v expr.Value) {
	b.list = append(b.list, event.Prop{Name: name, Value: v})
}

func (b *props) drop(name string) {
	b.list = slices.DeleteFunc(b.list, func(p event.Prop) bool { return p.Name == name })
}

// sorted returns the properties by name.
func (b *props) sorted() ([]event.Prop, *intake.Problem) {
	slices.SortStableFunc(b.list, func(x, y event.Prop) int { return strings.Compare(x.Name, y.Name) })
	for i := 1; i < len(b.list); i++ {
		if b.list[i-1].Name == b.list[i].Name {
			return nil, &intake.Problem{Reason: "two properties have the same name once nested objects are written with dots", Remedy: "rename one of them"}
		}
	}
	return b.list, nil
}
