package fhir

import (
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// What an entry may carry of one text, and of the texts of one list, so that no event is too large.
const (
	maxText  = 512
	maxLong  = 4096
	maxItem  = 160
	maxItems = 24
)

// props gathers what an entry's events say. What is empty is left out.
type props []event.Prop

func (p *props) set(name string, v expr.Value) { *p = append(*p, event.Prop{Name: name, Value: v}) }

func (p *props) text(name, s string) {
	if s = strings.TrimSpace(s); s != "" {
		p.set(name, expr.TextOf(clip(s, maxText)))
	}
}

func (p *props) long(name, s string) {
	if s = strings.TrimSpace(s); s != "" {
		p.set(name, expr.TextOf(clip(s, maxLong)))
	}
}

func (p *props) list(name string, of []string) {
	if len(of) == 0 {
		return
	}
	out := make([]string, 0, min(len(of), maxItems))
	for _, s := range of[:min(len(of), maxItems)] {
		out = append(out, clip(s, maxItem))
	}
	p.set(name, expr.ListOf(out...))
}

func (p *props) whole(name string, n int64, ok bool) {
	if ok {
		p.set(name, expr.IntegerOf(n))
	}
}

func (p *props) number(name string, f float64, ok bool) {
	if ok {
		p.set(name, expr.NumberOf(f))
	}
}

func (p *props) moment(name string, t instant.Time) {
	if t != 0 {
		p.set(name, expr.MomentOf(t))
	}
}

func (p *props) flag(name string, is bool) {
	if is {
		p.set(name, expr.FlagOf(true))
	}
}

// sorted returns them by name.
func (p *props) sorted() []event.Prop {
	slices.SortFunc(*p, func(a, b event.Prop) int { return strings.Compare(a.Name, b.Name) })
	return *p
}
