package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/app"
)

type peopleCmd struct {
	Find       peopleFindCmd       `cmd:"" help:"Find people by name, birth date, telephone number or identifier."`
	Duplicates peopleDuplicatesCmd `cmd:"" help:"List records that may be of one person, and why."`
	Different  peopleDifferentCmd  `cmd:"" help:"Say that two records are of different people."`
	Merge      mergeCmd            `cmd:"" help:"Say that two records are one person's."`
	Part       partCmd             `cmd:"" help:"Say that a record which was taken for the same person's is somebody else's after all."`

	peopleRights
}

func (peopleCmd) Help() string {
	return `Finding people, and what may be there twice, goes through the server that runs on the data folder, or opens it where
none does. docs/people.md tells more.`
}

type peopleFindCmd struct {
	Name []string `arg:"" optional:"" help:"Words of the first, last or preferred name, in any order."`
	dataFolder
	Born  string `help:"The birth date, as 1956-04-21, or its year." placeholder:"DATE"`
	Phone string `help:"The telephone number or how it ends: at least the last four digits." placeholder:"TAIL"`
	ID    string `help:"An identifier as a source knows them." placeholder:"SYSTEM:VALUE"`
	JSON  bool   `help:"Write JSON."`
}

func (peopleFindCmd) Help() string {
	return `Everything that is given has to be so. Words of a name are whole words; accents, hyphens, apostrophes and case
do not matter. Names that only sound alike, in English or in Spanish, come after those that are written so, and are
marked. At most 20 people are shown.

Examples:
  attune people find maria garcia --born 1956-04-21
  attune people find smith --phone 0143
  attune people find --id mrn:1042`
}

func (c *peopleFindCmd) Run(ctx context.Context, s streams) error {
	found, err := app.FindPeople(ctx, c.Data, app.Wanted{Name: strings.Join(c.Name, " "), Born: c.Born, Phone: c.Phone, ID: c.ID})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(found)
	}
	for i := range found.People {
		p := &found.People[i]
		how := ""
		switch p.Match {
		case "heard":
			how = " (sounds alike)"
		case "called":
			how = " (called " + p.Preferred + ")"
		}
		fmt.Fprintf(s.out, "%s  %s%s\n", p.Person, inOneLine(&p.Record), how)
	}
	switch {
	case len(found.People) == 0:
		fmt.Fprintln(s.err, "nobody is found")
	case found.More > 0 && found.AtLeast:
		fmt.Fprintf(s.err, "and at least %d more: say more of them\n", found.More)
	case found.More > 0:
		fmt.Fprintf(s.err, "and %d more: say more of them\n", found.More)
	}
	return nil
}

// inOneLine is what tells somebody apart.
func inOneLine(r *app.Record) string {
	if r.Kind == "" {
		return "nothing is known any more"
	}
	name := r.Name
	if name == "" {
		name = "(no name)"
	}
	parts := []string{name}
	if r.Born != "" {
		parts = append(parts, "born "+r.Born)
	}
	for _, more := range []string{r.Sex, r.Phone, r.Place} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	if r.Kind != "patient" {
		parts = append(parts, r.Kind)
	}
	if r.Died {
		parts = append(parts, "died")
	}
	return strings.Join(parts, ", ")
}

type peopleDuplicatesCmd struct {
	dataFolder
	State string `help:"Which: open ones, those that somebody said are different people, or those that were merged." enum:"open,different,same" default:"open"`
	JSON  bool   `help:"Write JSON."`
}

func (peopleDuplicatesCmd) Help() string {
	return `Each is a question to a human; Attune merges nobody by itself. First come those for which most speaks.

Examples:
  attune people duplicates
  attune people duplicates --state different --json`
}

func (c *peopleDuplicatesCmd) Run(ctx context.Context, s streams) error {
	list, err := app.ListDuplicates(ctx, c.Data, app.DuplicateQuery{State: c.State})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for i := range list.Pairs {
		writeDuplicate(s, &list.Pairs[i])
	}
	if more := list.All - len(list.Pairs); more > 0 {
		fmt.Fprintf(s.err, "and %d more\n", more)
	}
	fmt.Fprintf(s.err, "%d %s\n", list.All, map[string]string{"open": "to look at", "different": "said to be of different people", "same": "merged"}[c.State])
	if list.Waiting > 0 {
		fmt.Fprintf(s.err, "%d people are still to be compared with others\n", list.Waiting)
	}
	if list.Crowds > 0 {
		fmt.Fprintf(s.err, "not compared by what more than a hundred people share: %d telephone numbers, or birth dates with a first name\n", list.Crowds)
	}
	return nil
}

func writeDuplicate(s streams, d *app.Duplicate) {
	fmt.Fprintf(s.out, "%s  %s\n%s  %s\n", d.One.Person, inOneLine(&d.One), d.Other.Person, inOneLine(&d.Other))
	for _, side := range []struct {
		word    string
		reasons []app.Reason
	}{{"for", d.For}, {"against", d.Against}} {
		var words []string
		for _, r := range side.reasons {
			words = append(words, r.Words)
		}
		if len(words) > 0 {
			fmt.Fprintf(s.out, "    %s: %s\n", side.word, strings.Join(words, "; "))
		}
	}
	switch {
	case d.By != "":
		said := "said to be one person"
		switch d.State {
		case "open":
			said = "said to be different people before"
		case "different":
			said = "said to be different people"
		}
		fmt.Fprintf(s.out, "    %s by %s on %s: %s\n", said, d.By, minutes(d.At), d.Note)
	case d.State == "same":
		fmt.Fprintf(s.out, "    one became part of the other on %s\n", minutes(d.At))
	case d.State == "different":
		fmt.Fprintf(s.out, "    no longer part of each other since %s\n", minutes(d.At))
	}
}

type peopleDifferentCmd struct {
	One   string `arg:"" help:"One of them: a person's id, or SYSTEM:VALUE."`
	Other string `arg:"" help:"The other one."`
	dataFolder
	By   string `help:"Who says so." required:"" placeholder:"NAME"`
	Note string `help:"How they know." required:"" placeholder:"TEXT"`
}

func (peopleDifferentCmd) Help() string {
	return `The two are not listed any more, unless something new speaks for one person.

Example: attune people different mrn:1042 mrn:1188 --by "nurse Kim" --note "Cousins; she asked both"`
}

func (c *peopleDifferentCmd) Run(ctx context.Context, s streams) error {
	if err := app.SayDifferent(ctx, c.Data, app.DifferentWord{One: c.One, Other: c.Other, By: c.By, Note: c.Note}); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "noted")
	return nil
}
