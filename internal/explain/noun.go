package explain

import (
	"strconv"
	"strings"

	"attune/core/expr"
	"attune/core/instant"
)

// noun says a value: "the code", "7", "the value of the last time a measurement was recorded".
func (w *Wording) noun(t *expr.Tree) string {
	switch t.Op {
	case expr.OpConstant:
		return value(t.Value)
	case expr.OpSpan:
		return span(t.Span)
	case expr.OpItem:
		return "that one"
	case expr.OpField:
		return "the " + words(t.Field)
	case expr.OpList:
		var all []string
		for _, a := range t.Args {
			all = append(all, w.noun(a))
		}
		return listed(all, "and")
	case "last":
		w.notKnown("what the " + words(t.Field) + " was last, if it never happened that " + w.event(t.Event).says)
		return "the " + words(t.Field) + " of the last time " + w.event(t.Event).says + w.only(t)
	case "trait", "trait_number", "trait_list":
		w.notKnown("the person's " + words(t.Names[0]) + ", if nobody said it")
		return "the person's " + words(t.Names[0])
	case "story":
		w.notKnown("the person's " + words(t.Names[0]) + ", if they never told it")
		return "what was told last of the person's " + words(t.Names[0])
	case "phase":
		w.notKnown("the phase, before the first one")
		return "the phase that the person is in"
	case "stage":
		w.notKnown("the stage, as long as there is no evidence of " + w.behavior(t.Names[0]))
		return "the stage that the person is in with " + w.behavior(t.Names[0])
	case "classify":
		return "the category of " + w.noun(t.Args[0]) + " by its words"
	case "valueset":
		return "the codes of " + strings.TrimPrefix(w.inSet(t.Names[0], true), "is in ")
	case "+", "-", "*":
		return w.calculated(t)
	case "days", "hours", "minutes":
		return w.amount(t)
	}
	return t.Op
}

func value(v expr.Value) string {
	switch v.Type {
	case expr.Text:
		return strconv.Quote(v.Text)
	case expr.Flag:
		return strconv.FormatBool(v.Num != 0)
	case expr.Number, expr.Integer, expr.List, expr.Moment, expr.Missing:
	}
	return v.String()
}

// calculated says arithmetic; "the sum of" and its like are its parentheses.
func (w *Wording) calculated(t *expr.Tree) string {
	a, b := t.Args[0], t.Args[1]
	if t.Op == "-" && a.Op == expr.OpConstant && a.Value.Num == 0 {
		return "minus " + w.within(b)
	}
	left, right := w.noun(a), w.within(b)
	switch t.Op {
	case "+":
		return left + " plus " + right
	case "-":
		return left + " minus " + right
	}
	return w.within(a) + " times " + right
}

// within says an operand that could be misread, were it not put as one.
func (w *Wording) within(t *expr.Tree) string {
	if len(t.Args) < 2 {
		return w.noun(t)
	}
	before := ""
	switch t.Op {
	case "+":
		before = "the sum of "
	case "-":
		before = "the difference of "
	case "*":
		before = "the product of "
	default:
		return w.noun(t)
	}
	return before + w.noun(t.Args[0]) + " and " + w.within(t.Args[1])
}

// amount says a duration, which may depend on an event.
func (w *Wording) amount(t *expr.Tree) string {
	switch t.Op {
	case expr.OpSpan:
		return span(t.Span)
	case expr.OpConstant:
		if d, err := instant.ParseDuration(t.Value.Text); err == nil {
			return span(d)
		}
		return value(t.Value)
	case "days", "hours", "minutes":
		of, unit := t.Args[0], t.Op
		if (of.Op == "+" || of.Op == "-") && of.Args[0].Op == expr.OpField && of.Args[1].Op == expr.OpConstant {
			sign := map[string]string{"+": " plus ", "-": " minus "}[of.Op]
			n := number(of.Args[1].Value.Num)
			if n == "1" {
				unit = strings.TrimSuffix(unit, "s")
			}
			return w.noun(of.Args[0]) + sign + n + " " + unit
		}
		return w.noun(of) + ", counted in " + unit
	case "+", "-":
		sign := map[string]string{"+": " plus ", "-": " minus "}[t.Op]
		return w.amount(t.Args[0]) + sign + w.within(t.Args[1])
	}
	return w.noun(t)
}
