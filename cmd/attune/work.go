package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"attune/core/effect"
	"attune/internal/app"
)

type workCmd struct {
	List   workListCmd   `cmd:"" help:"List what programs asked for and nobody answered yet, the most pressing first."`
	Done   workDoneCmd   `cmd:"" help:"Say that a task was done, and how it went."`
	Refer  workReferCmd  `cmd:"" help:"Say what became of a referral."`
	Answer workAnswerCmd `cmd:"" help:"Say that a questionnaire was answered."`
}

func (workCmd) Help() string {
	return `Programs ask people and systems outside: tasks of a nurse, referrals, questionnaires, calls of other
systems. Each request has an id, of which the first eight signs are enough here. An answer goes through
the running server of the data folder, as an event, and the person's passage goes on. The same answer
given again changes nothing.`
}

type workListCmd struct {
	dataFolder
	Kind string `help:"Only task, refer, ask or call." enum:"task,refer,ask,call," default:""`
	For  string `help:"Only what is for nurse, call_centre, rep or coordinator." placeholder:"WHO"`
	JSON bool   `help:"Write JSON."`
}

func (workListCmd) Help() string {
	return `By priority, then a referral's urgency, then when it is due.

Example: attune work list --kind task --for nurse`
}

func (c *workListCmd) Run(ctx context.Context, s streams) error {
	list, err := app.OpenWork(ctx, c.Data, app.WorkFilter{Kind: c.Kind, For: c.For})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, w := range list {
		writeWork(s, w)
	}
	fmt.Fprintf(s.err, "%d open\n", len(list))
	return nil
}

func writeWork(s streams, w app.Work) {
	about := w.Kind
	if w.For != "" {
		about += " for " + w.For
	}
	if w.Urgency != "" {
		about += ", " + w.Urgency
	}
	if w.Priority != 0 {
		about += fmt.Sprintf(", priority %g", w.Priority)
	}
	what := w.What
	if w.Reason != "" {
		what += ": " + w.Reason
	}
	overdue := ""
	if w.Overdue {
		overdue = ", which is over"
	}
	fmt.Fprintf(s.out, "%s  %s (%s)\n", w.Request[:8], what, about)
	fmt.Fprintf(s.out, "          %s, %s %s at %s, since %s, due %s%s\n", w.Person, w.Program, w.Journey, w.Step, minutes(w.Since), minutes(w.Due), overdue)
	if len(w.Outcomes) > 0 {
		fmt.Fprintf(s.out, "          goes by %s\n", strings.Join(w.Outcomes, ", "))
	}
}

// minutes shortens an instant for people.
func minutes(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.UTC().Format("2006-01-02 15:04")
}

type workDoneCmd struct {
	Request string `arg:"" help:"The task's id, or how it begins."`
	dataFolder
	Outcome string `help:"How it went, in the step's words, such as reached." required:""`
	By      string `help:"Who did it." placeholder:"NAME"`
	Note    string `help:"What there is to remember." placeholder:"TEXT"`
}

func (workDoneCmd) Help() string {
	return `Example: attune work done 5f0c9a1b --outcome reached --by "nurse Kim" --note "Sleeps better"`
}

func (c *workDoneCmd) Run(ctx context.Context, s streams) error {
	return answerWork(ctx, s, c.Data, c.Request, effect.Task, app.Answer{Outcome: c.Outcome, By: c.By, Note: c.Note})
}

type workReferCmd struct {
	Request string `arg:"" help:"The referral's id, or how it begins."`
	Word    string `arg:"" help:"accepted, declined, scheduled or closed."`
	dataFolder
	Reason string `help:"Why." placeholder:"TEXT"`
}

func (workReferCmd) Help() string {
	return `Example: attune work refer 5f0c9a1b declined --reason "No capacity before May"`
}

func (c *workReferCmd) Run(ctx context.Context, s streams) error {
	return answerWork(ctx, s, c.Data, c.Request, effect.Refer, app.Answer{Outcome: c.Word, Reason: c.Reason})
}

type workAnswerCmd struct {
	Request string `arg:"" help:"The request's id, or how it begins."`
	dataFolder
	Score *float64 `help:"What the answers come to." placeholder:"N"`
}

func (workAnswerCmd) Help() string { return `Example: attune work answer 5f0c9a1b --score 7` }

func (c *workAnswerCmd) Run(ctx context.Context, s streams) error {
	return answerWork(ctx, s, c.Data, c.Request, effect.Ask, app.Answer{Score: c.Score})
}

func answerWork(ctx context.Context, s streams, data, request string, kind effect.RequestKind, a app.Answer) error {
	w, err := app.AnswerWork(ctx, data, request, kind, a)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "taken: %s %s of %s\n", w.Kind, w.Request, w.Person)
	return nil
}
