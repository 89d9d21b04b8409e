package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"attune/core/effect"
	"attune/core/instant"
	"attune/internal/app"
)

type workCmd struct {
	List    workListCmd    `cmd:"" help:"List what programs asked for and nobody answered yet, and the calls and visits to make."`
	Claim   workClaimCmd   `cmd:"" help:"Take a piece of work, and see what to say to whom."`
	Release workReleaseCmd `cmd:"" help:"Give a piece of work back."`
	Done    workDoneCmd    `cmd:"" help:"Say that a task was done, or a call or visit made, and how it went."`
	Refer   workReferCmd   `cmd:"" help:"Say what became of a referral."`
	Answer  workAnswerCmd  `cmd:"" help:"Say that a questionnaire was answered."`
	Teams   workTeamsCmd   `cmd:"" help:"Show how many calls and visits teams got today."`
}

func (workCmd) Help() string {
	return `Programs ask people and systems outside: tasks of a nurse, referrals, questionnaires, calls of other
systems; and they let people be called and visited. Each piece of work has an id, of which the first eight signs are enough here. An answer goes through
the running server of the data folder, as an event, and the person's passage goes on. The same answer
given again changes nothing.`
}

type workListCmd struct {
	dataFolder
	Kind    string `help:"Only task, refer, ask, call (of another system), or contact (calls and visits to make)." enum:"task,refer,ask,call,contact," default:""`
	For     string `help:"Only what is for nurse, call_centre, rep or coordinator, or for a team." aliases:"team" placeholder:"WHO"`
	Mine    string `help:"Only what is claimed by NAME." placeholder:"NAME"`
	Overdue bool   `help:"Only what should have been answered by now."`
	All     bool   `help:"Also what waits, and the calls and visits of the last seven days that are over."`
	JSON    bool   `help:"Write JSON."`
}

func (workListCmd) Help() string {
	return `First whom a person asked to call at this time; then requests, by priority, a referral's urgency, and when
they are due; then calls and visits, by class, value, and how long they wait. What to say to whom is shown to who
claims it.

Example: attune work list --team nurses`
}

func (c *workListCmd) Run(ctx context.Context, s streams) error {
	list, err := app.OpenWork(ctx, c.Data, app.WorkFilter{Kind: c.Kind, For: c.For, Mine: c.Mine, Overdue: c.Overdue, All: c.All})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, w := range list {
		writeWork(s, w)
	}
	fmt.Fprintf(s.err, "%d listed\n", len(list))
	return nil
}

func writeWork(s streams, w app.Work) {
	about := w.Kind
	if w.For != "" {
		about += " for " + w.For
	}
	if w.Class != "" {
		about += ", " + w.Class
	}
	if w.Wished {
		about += ", wished for"
	}
	if w.Tries > 0 {
		about += fmt.Sprintf(", tried %d times", w.Tries)
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
	place := w.Program
	if w.Journey != "" {
		place += " " + w.Journey + " at " + w.Step
	}
	fmt.Fprintf(s.out, "          %s, %s, since %s, due %s%s\n", w.Person, place, minutes(w.Since), minutes(w.Due), overdue)
	switch {
	case w.Ended != "":
		fmt.Fprintf(s.out, "          over since %s: %s\n", minutes(w.Ended), w.Why)
	case w.WaitsUntil != "":
		fmt.Fprintf(s.out, "          waits until %s: %s\n", minutes(w.WaitsUntil), w.Waits)
	case w.Waits != "":
		fmt.Fprintf(s.out, "          waits: %s\n", w.Waits)
	case w.By != "":
		fmt.Fprintf(s.out, "          claimed by %s until %s\n", w.By, minutes(w.Until))
	}
	if len(w.Outcomes) > 0 && w.Ended == "" {
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

type workClaimCmd struct {
	Work string `arg:"" help:"Its id, or how it begins."`
	dataFolder
	By   string `help:"Who takes it." placeholder:"NAME" required:""`
	JSON bool   `help:"Write JSON."`
}

func (workClaimCmd) Help() string {
	return `One has it at a time, for half an hour; claiming it again is for another half. Whether the person may still be
contacted is asked at this moment: where not, nothing is shown. Call at once: what is shown holds now.

Example: attune work claim 5f0c9a1b --by "nurse Kim"`
}

func (c *workClaimCmd) Run(ctx context.Context, s streams) error {
	w, err := app.ClaimWork(ctx, c.Data, c.Work, c.By)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(w)
	}
	writeWork(s, w.Work)
	if w.Script != "" {
		fmt.Fprintf(s.out, "\n%s", strings.TrimLeft(w.To+" ("+w.Language+")\n", " "))
		if w.Subject != "" {
			fmt.Fprintln(s.out, w.Subject)
		}
		fmt.Fprintf(s.out, "\n%s\n", strings.TrimRight(w.Script, "\n"))
	}
	return nil
}

type workReleaseCmd struct {
	Work string `arg:"" help:"Its id, or how it begins."`
	dataFolder
	By string `help:"Who had claimed it." placeholder:"NAME" required:""`
}

func (workReleaseCmd) Help() string {
	return `Example: attune work release 5f0c9a1b --by "nurse Kim"`
}

func (c *workReleaseCmd) Run(ctx context.Context, s streams) error {
	if err := app.ReleaseWork(ctx, c.Data, c.Work, c.By); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "given back")
	return nil
}

type workTeamsCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (workTeamsCmd) Help() string {
	return `Of teams that something was due for since the server was started, as programs' policies name them under
capacity.

Example: attune work teams`
}

func (c *workTeamsCmd) Run(ctx context.Context, s streams) error {
	days, err := app.TeamDays(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(days)
	}
	for _, d := range days {
		fmt.Fprintf(s.out, "%s: %d of %d today, %d wait for a place\n", d.Team, d.HandedOver, d.PerDay, d.Waiting)
	}
	return nil
}

type workDoneCmd struct {
	Request string `arg:"" help:"The task's, call's or visit's id, or how it begins."`
	dataFolder
	Outcome string    `help:"How it went: a task in the step's words; a call or visit as reached, no_answer, refused, call_back or wrong_person." required:""`
	By      string    `help:"Who did it; needed for calls and visits." placeholder:"NAME"`
	Note    string    `help:"What there is to remember." placeholder:"TEXT"`
	Minutes int       `help:"How long a call or visit lasted." placeholder:"N"`
	At      time.Time `help:"When the person asked to be called back, as 2027-03-02T14:00:00Z." placeholder:"TIME"`
}

func (workDoneCmd) Help() string {
	return `Of a call or visit it is heard as call.held or visit.held. What nobody answered comes back a day later, three times
in all; call_back comes back at its time, before all else; after wrong_person the number is used for nobody.

Examples:
  attune work done 5f0c9a1b --outcome reached --by "nurse Kim" --note "Sleeps better"
  attune work done 77ab01c2 --outcome call_back --at 2027-03-02T14:00:00Z --by "nurse Kim"`
}

func (c *workDoneCmd) Run(ctx context.Context, s streams) error {
	r := app.WorkResult{Outcome: c.Outcome, By: c.By, Note: c.Note, Minutes: c.Minutes}
	if !c.At.IsZero() {
		r.At = instant.Of(c.At)
	}
	w, err := app.FinishWork(ctx, c.Data, c.Request, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "taken: %s %s of %s\n", w.Kind, w.Request, w.Person)
	return nil
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
