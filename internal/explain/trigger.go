package explain

import (
	"strings"

	"attune/core/expr"
)

// trigger says when something starts or is so.
func (e *Explainer) trigger(t *expr.Trigger) Phrase {
	switch {
	case t.On != "":
		return clause(e.wording.event(t.On).says + e.where(t.On, t.Where, ", where "))
	case t.State != "":
		return e.wording.Phrase(e.tree("", t.State))
	}
	return clause(e.absence(&t.Absent))
}

// tree reads an expression of a program that was compiled before, so there are no problems in it.
func (e *Explainer) tree(event, src string) *expr.Tree {
	t, problems := e.compiler.Tree(event, src)
	if len(problems) > 0 {
		return &expr.Tree{Op: src}
	}
	return t
}

func (e *Explainer) where(event, src, before string) string {
	if strings.TrimSpace(src) == "" {
		return ""
	}
	return before + e.wording.Phrase(e.tree(event, src)).Inline()
}

func (e *Explainer) absence(a *expr.AbsenceSpec) string {
	closed := func(s string) string {
		if s == "" {
			return ""
		}
		return s + ")"
	}
	says := "after " + e.wording.event(a.After).says + closed(e.where(a.After, a.AfterWhere, " (counting only those where "))
	missed := e.wording.event(a.Absent)
	within := " within " + e.wording.amount(e.tree(a.After, a.For))
	only := closed(e.where(a.Absent, a.Where, " (counting only those where "))
	again := ""
	if a.Absent == a.After {
		again = " again"
	}
	if missed.simple() {
		says += ", " + missed.never + again + only + within
	} else {
		says += ", it did not happen" + again + within + " that " + missed.says + only
	}
	if field := strings.TrimPrefix(strings.TrimSpace(a.Key), "event."); field != "" {
		says += ", for any one " + words(field) + " of both"
	}
	return says
}

// small says what one needs to know of how the trigger is asked.
func (e *Explainer) small(kind string, t *expr.Trigger) []string {
	age := span(t.MaxAgeOr())
	old := "Old news starts nothing: what was imported as history, or is heard of more than " + age + " later."
	switch kind {
	case "program", "phase", "exit":
		old = "Old and imported news counts too: it tells where the person is."
	case "hold":
		old = "Old news counts too, for as long as the hold would have lasted; what was imported as history does not."
	case "signal", "audience":
		old = "Old news starts nothing, though the " + kind + " follows it: what was imported as history, or is heard of more than " + age + " later."
	}
	var out []string
	switch {
	case t.On != "":
		out = append(out, "The rule counts each time, at the instant of the event. "+old)
	case t.State != "":
		says := "The rule counts at the instant at which this becomes so, and again only after it was not so in between. That it stays so does not count" + published(kind, ", nor that it was so already when the program was published") + "."
		if p := e.trigger(t); p.Join == Any {
			says += " While one of the parts is so, another that becomes so starts nothing."
		}
		out = append(out, says+" "+old)
	default:
		out = append(out, "The rule counts once, at the instant at which the time is up. It is no longer so as soon as the missed event comes after all, or a new wait begins. "+published(kind, "A time that was up already when the program was published does not count. ")+old)
		if t.Absent.Key == "" {
			out = append(out, "Only the newest wait counts: one that begins later takes the place of those before. Where the wait never began, or its length is not known, nothing starts.")
		} else {
			out = append(out, "There is a wait of its own for each "+words(strings.TrimPrefix(strings.TrimSpace(t.Absent.Key), "event."))+", for the newest 32. Where the wait never began, or its length is not known, nothing starts.")
		}
	}
	e.wording.Unknown()
	e.trigger(t)
	if unknown := e.wording.Unknown(); len(unknown) > 0 {
		out = append(out, "Not known for everybody: "+listed(unknown, "and")+". What is not known starts nothing by itself.")
	}
	return out
}

// published says that what is so at that instant starts nothing; where somebody is on the map follows it.
func published(kind, says string) string {
	switch kind {
	case "program", "phase", "exit":
		return ""
	}
	return says
}

// mentions walks the expressions of a trigger.
func (e *Explainer) mentions(t *expr.Trigger, visit func(*expr.Tree)) {
	var walk func(*expr.Tree)
	walk = func(t *expr.Tree) {
		if t == nil {
			return
		}
		visit(t)
		walk(t.Where)
		for _, a := range t.Args {
			walk(a)
		}
	}
	read := func(event, src string) {
		if strings.TrimSpace(src) != "" {
			walk(e.tree(event, src))
		}
	}
	switch {
	case t.On != "":
		visit(&expr.Tree{Op: "event", Event: t.On})
		read(t.On, t.Where)
	case t.State != "":
		read("", t.State)
	case t.Absent.Absent != "":
		visit(&expr.Tree{Op: "event", Event: t.Absent.Absent, After: t.Absent.After})
		read(t.Absent.Absent, t.Absent.Where)
		read(t.Absent.After, t.Absent.AfterWhere)
		read(t.Absent.After, t.Absent.For)
	}
}
