package expr_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
)

// What compiles has a tree, which names the events that the rule asks about and no others, and is made
// of operators, functions and the words for nodes alone.
func TestATreeNamesTheEventsOfItsRule(t *testing.T) {
	t.Parallel()
	ops := []string{"&&", "||", "!", "<", "<=", "==", "!=", ">=", ">", "in", "+", "-", "*",
		expr.OpConstant, expr.OpSpan, expr.OpList, expr.OpField, expr.OpHas, expr.OpExists, expr.OpItem}
	for _, f := range expr.Functions() {
		ops = append(ops, f.Name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		src := sources{rt}.state()
		c := compiler()
		rule, problems := c.State(src)
		if len(problems) > 0 {
			rt.Fatal(src, problems)
		}
		before := len(c.Plan().Describe())
		tree, problems := c.Tree("", src)
		if len(problems) > 0 {
			rt.Fatalf("%s has no tree: %v", src, problems)
		}
		if len(c.Plan().Describe()) != before {
			rt.Fatalf("%s: looking at it made the plan larger", src)
		}
		var named []string
		var walk func(*expr.Tree)
		walk = func(n *expr.Tree) {
			if !slices.Contains(ops, n.Op) {
				rt.Fatalf("%s has a node %q", src, n.Op)
			}
			for _, event := range []string{n.Event, n.After} {
				if event != "" {
					named = append(named, event)
				}
			}
			switch n.Op {
			case "story", "has_story":
				named = append(named, story)
			case "trait", "trait_number", "trait_flag", "trait_list", "age", "day_part":
				named = append(named, "fact.corrected", "patient.created", "patient.updated", "person.registered", "traits.updated")
			}
			if n.Where != nil {
				walk(n.Where)
			}
			for _, a := range n.Args {
				walk(a)
			}
		}
		walk(tree)
		slices.Sort(named)
		if got := slices.Compact(named); !slices.Equal(got, rule.Events) {
			rt.Fatalf("%s asks about %q, and its tree names %q", src, rule.Events, got)
		}
	})
}

func TestTreesOfDurationsAndFilters(t *testing.T) {
	t.Parallel()
	c := compiler()
	span := func(event, src string) expr.Tree {
		tree, problems := c.Tree(event, src)
		if len(problems) > 0 {
			t.Fatal(src, problems)
		}
		return *tree
	}
	for _, src := range []string{"36h", "hours(36)", "days(1) + hours(12)"} {
		if got := span("", src); got.Op != expr.OpSpan || got.Span != 36*hour {
			t.Errorf("%s is %+v", src, got)
		}
	}
	if got := span(refill, "days(event.days_supply + 5)"); got.Op != "days" || got.Args[0].Args[0].Unit != "d" || got.Args[0].Args[0].Type != expr.Integer {
		t.Errorf("%+v", got)
	}
	if got := span("", `since("portal.visited", e, e.page == "home") > "36h"`); got.Args[1].Span != 36*hour || got.Args[0].Where.Args[0].Field != "page" {
		t.Errorf("%+v", got)
	}
	for _, c2 := range []struct{ event, src string }{{"", "signal("}, {"", `signal("nothing")`}, {"no.event", "true"}, {visit, "event.pages == 1"}, {"", `1 == "a"`}} {
		if tree, problems := c.Tree(c2.event, c2.src); tree != nil || len(problems) == 0 {
			t.Errorf("%s has the tree %+v", c2.src, tree)
		}
	}
}
