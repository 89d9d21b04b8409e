package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/app"
)

type eraseCmd struct {
	Request eraseRequestCmd `cmd:"" help:"Ask that somebody be erased. Nothing of them changes until another person confirms it."`
	Confirm eraseConfirmCmd `cmd:"" help:"Confirm a request, and erase. It cannot be undone."`
	List    eraseListCmd    `cmd:"" help:"List who asked for what, and what became of it."`
}

func (eraseCmd) Help() string {
	return `Erasing destroys the key with which everything about the person is sealed, and takes out what is kept beside
it: identifiers, addresses, records, messages. A ledger in the folder of the keys remembers that it was done, so
that a restored backup does it again. Who comes with the same identifier later is somebody new. docs/rights.md
tells what is left, and where.`
}

type eraseRequestCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Reason string `help:"Why, for whoever confirms it. It is sealed with the person's own key." required:"" placeholder:"TEXT"`
	By     string `help:"Who asks for it." required:"" placeholder:"NAME"`
}

func (eraseRequestCmd) Help() string {
	return `Example: attune erase request app:user-17 --reason "asked for it in a letter" --by "Kim Lee"`
}

func (c *eraseRequestCmd) Run(ctx context.Context, s streams) error {
	e, err := app.EraseIn(ctx, c.Data, app.EraseWord{Person: c.Who, Reason: c.Reason, By: c.By})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Request %s: %s is to be erased (%s). Somebody else confirms it:\n  attune erase confirm %s --by NAME\n", e.ID, e.Person, howMany(e.Records, "record"), e.ID)
	if e.Held {
		fmt.Fprintln(s.out, "A legal hold is on. It cannot be confirmed until that is lifted.")
	}
	return tellCopies(s, &e)
}

// tellCopies says where else something of the person stands that erasing them leaves.
func tellCopies(s streams, e *app.Erasure) error {
	if len(e.Copies) > 0 {
		fmt.Fprintf(s.out, "Their record was part of another once, whose history keeps what it took in: %s. It goes when that one is erased.\n", strings.Join(e.Copies, ", "))
	}
	return nil
}

type eraseConfirmCmd struct {
	ID string `arg:"" help:"The request's id."`
	dataFolder
	By string `help:"Who has looked and confirms it: another person than who asked." required:"" placeholder:"NAME"`
}

func (eraseConfirmCmd) Help() string {
	return `What is in another person's hands at that moment, such as a message that is being handed over, goes its way.
Example: attune erase confirm 5f0c91ab --by "Ana Ruiz"`
}

func (c *eraseConfirmCmd) Run(ctx context.Context, s streams) error {
	e, err := app.ConfirmErasureIn(ctx, c.Data, app.ConfirmWord{ID: c.ID, By: c.By})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Erased: %s, asked for by %s, confirmed by %s. Backups of the keys that are older still open older backups of the data: see docs/backup.md.\n", howMany(e.Records, "record"), e.AskedBy, e.ConfirmedBy)
	return nil
}

func howMany(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

type eraseListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *eraseListCmd) Run(ctx context.Context, s streams) error {
	list, err := app.ErasuresIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for i := range list {
		e := &list[i]
		switch {
		case e.DoneAt != "":
			fmt.Fprintf(s.out, "%s  erased %s, asked for by %s, confirmed by %s\n", e.ID, minutes(e.DoneAt), e.AskedBy, e.ConfirmedBy)
		case e.ConfirmedBy != "":
			fmt.Fprintf(s.out, "%s  confirmed by %s and not done: it goes on at the server's next start\n", e.ID, e.ConfirmedBy)
		default:
			held := ""
			if e.Held {
				held = "; a legal hold is on"
			}
			fmt.Fprintf(s.out, "%s  %s waits, asked for %s by %s: %s%s\n", e.ID, e.Person, minutes(e.AskedAt), e.AskedBy, e.Reason, held)
			if err := tellCopies(s, e); err != nil {
				return err
			}
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "Nobody asked for an erasure.")
	}
	return nil
}

type legalHoldCmd struct {
	Set  legalHoldSetCmd  `cmd:"" help:"Say that the law forbids to erase somebody."`
	Lift legalHoldLiftCmd `cmd:"" help:"Say that it does not any more."`
}

func (legalHoldCmd) Help() string {
	return `A legal hold keeps somebody's data from being erased, and changes nothing else.`
}

type legalHold struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Reason string `help:"Why. It is kept in the audit log, sealed with the person's own key." required:"" placeholder:"TEXT"`
	By     string `help:"Who says so." required:"" placeholder:"NAME"`
}

func (c *legalHold) say(ctx context.Context, s streams, lift bool, says string) error {
	err := app.LegalHoldIn(ctx, c.Data, app.LegalHoldWord{Person: c.Who, Lift: lift, Reason: c.Reason, By: c.By})
	if err == nil {
		fmt.Fprintln(s.out, says)
	}
	return err
}

type legalHoldSetCmd struct{ legalHold }

func (legalHoldSetCmd) Help() string {
	return `Example: attune hold legal set app:user-17 --reason "case 17/2027" --by "Kim Lee"`
}

func (c *legalHoldSetCmd) Run(ctx context.Context, s streams) error {
	return c.say(ctx, s, false, "They cannot be erased until the hold is lifted.")
}

type legalHoldLiftCmd struct{ legalHold }

func (legalHoldLiftCmd) Help() string {
	return `Example: attune hold legal lift app:user-17 --reason "case 17/2027 is closed" --by "Kim Lee"`
}

func (c *legalHoldLiftCmd) Run(ctx context.Context, s streams) error {
	return c.say(ctx, s, true, "They can be erased.")
}
