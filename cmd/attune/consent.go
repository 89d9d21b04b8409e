package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/internal/app"
	"attune/internal/proof"
	"attune/internal/story"
)

type consentCmd struct {
	Show  consentShowCmd  `cmd:"" help:"Everything a person ever said about consent, with its evidence."`
	Prove consentProveCmd `cmd:"" help:"What a message rested on: the person's word, or the law's default."`
}

type consentShowCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (consentShowCmd) Help() string {
	return `Every word by purpose, in the order in which it was taken: the exact text and version, how and by
whom it was said, for which channel and team, from when and until when, and when a withdrawal took
effect. It reads the data folder and may be run beside the server.

Example: attune consent show app:user-17`
}

func (c *consentShowCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	said, err := i.Consents(ctx, who)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(said)
	}
	if len(said) == 0 {
		fmt.Fprintln(s.out, "They never said anything about consent.")
	}
	for _, purpose := range slices.Sorted(maps.Keys(said)) {
		fmt.Fprintln(s.out, purpose)
		for _, w := range said[purpose] {
			writeWord(s, "  ", &w)
		}
	}
	return nil
}

func writeWord(s streams, indent string, w *proof.Word) {
	says := w.Answer
	for _, part := range [][2]string{{" by ", w.Channel}, {" on ", w.Topic}, {" to ", w.Actor}, {", via ", w.Via}, {", said by ", w.By}, {", from ", written(w.From)}, {", until ", written(w.Until)}, {", under the law of ", w.Jurisdiction}} {
		if part[1] != "" {
			says += part[0] + part[1]
		}
	}
	fmt.Fprintf(s.out, "%s%s  %s  (%s)\n", indent, w.Said, says, w.Event)
	if w.Text != "" {
		fmt.Fprintf(s.out, "%s  “%s”", indent, w.Text)
		if w.Version != "" {
			fmt.Fprintf(s.out, ", version %s", w.Version)
		}
		fmt.Fprintln(s.out)
	}
	if w.Effective != 0 {
		fmt.Fprintf(s.out, "%s  took effect at %s\n", indent, w.Effective)
	}
}

func written(t proof.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

type consentProveCmd struct {
	Touch string `arg:"" help:"The touch's id, or eight signs or more that it begins with."`
	dataFolder
	Person string `help:"Whose it is, where an older version of Attune decided it: an id, or SYSTEM:VALUE." placeholder:"WHO"`
	JSON   bool   `help:"Write JSON."`
}

func (consentProveCmd) Help() string {
	return `For each attempt at the touch: when it passed the gate, and what it rested on then. That is the
person's own word, with its exact text, version, time and source, or the default of the law's pack,
with its version. What they said before and since is listed too. The command fails where the records do
not bear it out. attune touch finds a touch's id, and so does attune story.

Example: attune consent prove 7ab375a4`
}

func (c *consentProveCmd) Run(ctx context.Context, s streams) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	all, err := i.Prove(ctx, c.Touch, c.Person)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := s.asJSON(all); err != nil {
			return err
		}
	}
	if len(all) == 0 && !c.JSON {
		fmt.Fprintln(s.out, "The gate never let it pass, so it needed no consent.")
	}
	for k := range all {
		p := &all[k]
		if !c.JSON {
			writeProof(s, p)
		}
		if p.Wrong != "" {
			err = errors.Join(err, fmt.Errorf("attempt %s: %s", p.Attempt, p.Wrong))
		}
	}
	return err
}

func writeProof(s streams, p *proof.Proof) {
	fmt.Fprintf(s.out, "%s  %s of %s passed the gate, by %s for %s (attempt %s)\n", p.At, p.Engagement, p.Program, p.Channel, p.Purpose, p.Attempt)
	switch {
	case p.Word != nil:
		fmt.Fprintln(s.out, "  It rested on their own word:")
		writeWord(s, "    ", p.Word)
	case p.Basis != "":
		fmt.Fprintf(s.out, "  It rested on the default of the pack %s: %s\n", p.Law, p.Basis)
	case p.Law != "":
		fmt.Fprintf(s.out, "  It rested on the default that the organisation reads from the law of %s.\n", p.Law)
	}
	for _, of := range []struct {
		says  string
		words []proof.Word
	}{{"Up to then they had said", p.Before}, {"Since then they said", p.After}} {
		if len(of.words) == 0 {
			fmt.Fprintf(s.out, "  %s nothing about it.\n", of.says)
			continue
		}
		fmt.Fprintf(s.out, "  %s:\n", of.says)
		for n := range of.words {
			writeWord(s, "    ", &of.words[n])
		}
	}
}

type mayCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Program    string `help:"Only what this program would say." placeholder:"PROGRAM"`
	Engagement string `help:"Only this engagement." placeholder:"ENGAGEMENT"`
	Channel    string `help:"Only this channel." placeholder:"CHANNEL"`
	At         string `help:"When: an instant such as 2027-03-01T09:00:00Z; now without it." placeholder:"TIME"`
	All        bool   `help:"Show what every check says, not only what stands in the way."`
	JSON       bool   `help:"Write JSON."`
}

func (mayCmd) Help() string {
	return `Whether a message may reach the person at an instant, and if not, why: by the same checks that decide
and hand over, in the same order. The person lives on until then, and nothing new is heard of them; so it
also tells what will be possible tomorrow. It sends nothing and changes nothing.

Example: attune may app:user-17 --channel sms --at 2027-03-01T22:00:00Z`
}

func (c *mayCmd) Run(ctx context.Context, s streams) error {
	var at instant.Time // now
	if c.At != "" {
		var err error
		if at, err = instant.Parse(c.At); err != nil {
			return fmt.Errorf("--at %s is no instant: write it as 2027-03-01T09:00:00Z", c.At)
		}
	}
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	asked, err := i.May(ctx, who, app.MayQuestion{Program: c.Program, Engagement: c.Engagement, Channel: c.Channel, At: at})
	if err != nil {
		return err
	}
	for k := range asked {
		a := &asked[k]
		if c.JSON {
			if err := writeLine(s, app.ShowMay(a)); err != nil {
				return err
			}
			continue
		}
		c.write(s, a)
	}
	return nil
}

// zonesShown names the zones in which somebody may be, the first few of many.
func zonesShown(names []string) string {
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s or one of %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, " or ")
}

func (c *mayCmd) write(s streams, a *app.Asked) {
	says := "may go out"
	if !a.Allowed() {
		says = "may not go out"
	}
	when := "at " + a.At.String()
	switch {
	case a.At == instant.Never:
		when = "never"
	case a.Why != "":
		when += ", and not before: " + story.Explain(a.Why, "")
	}
	fmt.Fprintf(s.out, "%s of %s by %s %s (%s)\n", a.Engagement, a.Program, a.Channel, says, when)
	if a.Known != "timezone" {
		fmt.Fprintf(s.out, "  their time zone is not known: by their %s it is %s\n", a.Known, zonesShown(a.Clock))
	}
	for _, x := range a.Answers {
		switch {
		case x.Reason != "":
			fmt.Fprintf(s.out, "  no   %s: %s\n", x.Says, story.Explain(x.Reason, x.Detail))
		case c.All:
			fmt.Fprintf(s.out, "  yes  %s\n", x.Says)
		}
	}
}
