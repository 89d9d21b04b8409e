package app

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/paper"
	"attune/internal/runner"
)

// Letter writes to somebody why a decision about them came out as it did, as PDF: in their language where there are words of it, by the name
// they like, signed by the sender of the program. The decision is named by its id or a touch's, or how these begin; the newest up to an
// instant without one.
func (i *Inspector) Letter(ctx context.Context, who id.Person, until instant.Time, decision string) ([]byte, error) {
	if err := i.looked(ctx, "Letter", who); err != nil {
		return nil, err
	}
	all, err := i.Why(ctx, who, until, 1, strings.ToLower(decision))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		if decision == "" {
			return nil, api.NotFound("decision", "nothing was decided about them up to then: nothing was proposed")
		}
		return nil, api.NotFound("decision", "nothing of that id was decided about them")
	}
	p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return nil, fmt.Errorf("read whom a letter is for: %w", err)
	}
	if !ok { // whoever was erased meanwhile
		return nil, api.NotFound("person", "nothing is known of them any more")
	}
	name, language := "", p.Trait("language").Text
	if may := api.PrincipalOf(ctx); may.Nobody() || may.Sees(access.Identity) {
		name = filledFor(&p, "").Name
	}
	l := all[0].Letter(language, name, i.now())
	out := paper.Letter{Language: l.Language, Title: l.Title, Greeting: l.Greeting, Says: l.Says, Foot: l.Foot, Made: i.now().Std()}
	// Who signs is the sender of what was said; of the first thing that could have been, where nothing was.
	for _, c := range all[0].Candidates {
		if c.Touch == "" && out.Sender != "" {
			continue
		}
		if _, pr, err := i.liveProgram(c.Program); err == nil {
			out.Sender = pr.Policy.Sender
		}
		if c.Touch != "" {
			break
		}
	}
	var b bytes.Buffer
	err = out.Write(&b)
	return b.Bytes(), err
}

// letterOperations write to people.
func (n *Node) letterOperations() []api.Operation {
	return []api.Operation{
		explained(opRead(n, "writeLetter", "GET /v1/people/{person}/decisions/{decision}/letter", access.PersonRead, "Letter", "Write to somebody why a decision about them came out as it did, as PDF.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Decision string `path:"decision" doc:"The decision's id, or a touch's that it decided."`
			},
			) (api.Text, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return api.Text{}, err
				}
				if _, err := id.ParseKey(strings.ToLower(in.Decision)); err != nil {
					return api.Text{}, api.Refused("decision", "it is no decision's id", "take the id that the list of decisions has")
				}
				if may := api.PrincipalOf(ctx); !may.Nobody() && (!may.Sees(access.Clinical) || !may.Sees(access.Words)) {
					return api.Text{}, api.NotAllowed("decision", "the letter has clinical facts and the person's own words in it", "ask a clinician, a safety officer or a privacy officer for it")
				}
				b, err := i.Letter(ctx, who, instant.Never, in.Decision)
				return api.Text{Type: pdfType, Body: b}, err
			}), "The same words as patient of the decisions, in English or Spanish as the person's trait language says, else in English; what a program calls things stands as it was written. They are greeted by preferred_name, or else first_name."),
	}
}
