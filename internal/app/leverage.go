package app

import (
	"context"
	"fmt"
	"io"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/leverage"
)

// Leverage is where on a map a change would be worth most.
type Leverage struct {
	Program string           `json:"program"`
	Basis   Basis            `json:"basis"`
	Answer  *leverage.Answer `json:"answer"`
}

// Like is the answer's ETag: of all that is shown but the moment.
func (l *Leverage) Like() string {
	shown := *l
	shown.Basis.AsOf = ""
	return api.TagOf(shown)
}

// Leverage finds the moments that matter on a program's map. What differs by attributes of fairness is told only to who watches over it.
func (i *Inspector) Leverage(ctx context.Context, o LivedOf) (*Leverage, error) {
	rel, pr, err := i.liveProgram(o.Program)
	if err != nil {
		return nil, err
	}
	if err := i.looked(ctx, "Leverage"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	f, err := o.filter(i.now())
	if err != nil {
		return nil, err
	}
	if _, err := i.overlay(ctx, facts, pr, f); err != nil { // who may not be told of these people, may not be told this either
		return nil, err
	}
	q, err := facts.Columns.Question(pr, f, leverage.Options{Seed: 1})
	if err != nil {
		return nil, api.Refused("is", err.Error(), "name what the map has")
	}
	out := &Leverage{Program: pr.ID, Basis: Basis{Release: rel.ID, AsOf: f.AsOf.String(), Filter: o.words(), Smallest: leverage.SmallestCell}}
	if out.Answer, err = leverage.Find(q); err != nil {
		return nil, err
	}
	most, open := 0, 0
	for k := range q.Cases {
		c := &q.Cases[k].Cohort
		for _, is := range c.Outcome {
			if is == leverage.Waiting {
				open++
			}
		}
		most = max(most, len(c.Entered))
	}
	if most >= leverage.SmallestCell || seesFew(ctx) {
		out.Basis.People = &most
	}
	if open >= leverage.SmallestCell || seesFew(ctx) {
		out.Basis.Censored = &open
	}
	if !seesFew(ctx) {
		out.Answer.Transitions = nil // sentences keep to the smallest cell; their parts count a few
	}
	if p := api.PrincipalOf(ctx); !p.Nobody() && !p.May(access.FairnessRead) {
		out.Answer.Fairness = nil
	}
	return out, nil
}

// WriteText writes the points for a terminal.
func (l *Leverage) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.f("%s, as of %s: %s people at most in one phase, %s\n\n", l.Program, l.Basis.AsOf, toldOf(l.Basis.People), l.Basis.Filter)
	if len(l.Answer.Points) == 0 {
		p.f("No phase leads to another on this map.\n")
	}
	for n := range l.Answer.Points {
		x := &l.Answer.Points[n]
		star := ""
		if x.Star {
			star = " *"
		}
		p.f("%d. %s%s  heat %d of 5\n", n+1, x.Name, star, x.Heat)
		if len(x.Reasons) == 0 {
			p.f("   %s\n", x.Sentence)
		}
		for _, r := range x.Reasons {
			p.f("   %s\n", r.Sentence)
		}
	}
	if len(l.Answer.Trials) > 0 {
		p.f("\nWhat chance shows:\n")
	}
	for n := range l.Answer.Trials {
		p.f("   %s\n", l.Answer.Trials[n].Sentence)
	}
	if len(l.Answer.Contrasts) > 0 {
		p.f("\nWho differs, of %d tests:\n", l.Answer.Tested)
	}
	for n := range l.Answer.Contrasts {
		p.f("   %s\n", l.Answer.Contrasts[n].Sentence)
	}
	if len(l.Answer.Fairness) > 0 {
		p.f("\nFairness:\n")
	}
	for n := range l.Answer.Fairness {
		p.f("   %s\n", l.Answer.Fairness[n].Sentence)
	}
	p.f("\nA star: two of gains, peaks and voices agree. What was observed differs; that it would change if something were done is not shown by that.\n")
	return p.err
}

// printer writes lines until the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
