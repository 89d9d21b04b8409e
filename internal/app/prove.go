package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/program"
	spelling "attune/core/source"
	"attune/internal/proof"
	"attune/internal/runner"
)

// Prove makes the proof of each attempt at a touch, named as for Touch.
func (i *Inspector) Prove(ctx context.Context, name, who string) ([]proof.Proof, error) {
	t, err := i.Touch(ctx, name, who)
	if err != nil {
		return nil, err
	}
	person, err := id.ParsePerson(t.Person)
	if err != nil {
		return nil, err
	}
	touch, err := id.ParseKey(t.Touch.Touch)
	if err != nil {
		return nil, err
	}
	records, err := i.records(ctx, person)
	if err != nil {
		return nil, err
	}
	rel, err := i.compiled(i.archive.live().Short)
	if rel == nil {
		return nil, errors.Join(err, errors.New("the release in force is not in the data folder"))
	}
	return proof.Of(records, touch, func(programID, purpose string) consent.Kind {
		pr := rel.Program(programID)
		if pr == nil {
			return ""
		}
		kind, _ := pr.Policy.Kind(purpose)
		return kind
	}), nil
}

// Consents is everything a person ever said about consent, by purpose.
func (i *Inspector) Consents(ctx context.Context, who id.Person) (proof.Ledger, error) {
	records, err := i.records(ctx, who)
	if err != nil {
		return nil, err
	}
	return proof.LedgerOf(records), i.looked(ctx, "Consents", who)
}

// Asked is what would become of one contact.
type Asked = engine.Asked

// MayQuestion is what somebody wants to know about contacts with a person. Empty fields mean all.
type MayQuestion struct {
	Program, Engagement, Channel string
	// At is when; zero is now.
	At instant.Time
}

// May tells what would become of contacts with a person: of each engagement that fits the question, over
// each channel that it has words for. The person lives on until the instant asked about, and nothing new
// is heard of them.
func (i *Inspector) May(ctx context.Context, who id.Person, q MayQuestion) ([]Asked, error) {
	if err := i.looked(ctx, "May", who); err != nil {
		return nil, err
	}
	p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("nothing is recorded of %s yet", who)
	}
	if q.At == 0 { // a demonstration's people may be ahead of the clock
		q.At = max(instant.Of(time.Now()), p.Now)
	}
	if q.At < p.Now {
		return nil, fmt.Errorf("%s is before the newest that was heard of them, %s: attune story tells what was decided then, and why", q.At, p.Now)
	}
	rel, err := i.compiled(p.Release)
	if rel == nil {
		return nil, errors.Join(err, errors.New("the release that the person lives under is not in the data folder"))
	}
	if q.Channel != "" && !slices.Contains(channel.Names(), q.Channel) {
		return nil, fmt.Errorf("there is no channel %q; %s", q.Channel, spelling.Suggest(q.Channel, channel.Names()))
	}
	var out []Asked
	var engagements []string
	for _, pr := range rel.Programs {
		if q.Program != "" && pr.ID != q.Program {
			continue
		}
		for k := range pr.Engagements {
			en := &pr.Engagements[k]
			engagements = append(engagements, en.ID)
			if q.Engagement != "" && en.ID != q.Engagement {
				continue
			}
			for _, name := range channelsOf(en) {
				if q.Channel == "" || name == q.Channel {
					out = append(out, engine.May(rel, p, id.SeedOf(i.keys.Secret(seedSecret), who), q.At, pr, en, name))
				}
			}
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case q.Engagement != "" && !slices.Contains(engagements, q.Engagement):
		return nil, fmt.Errorf("there is no engagement %q; %s", q.Engagement, spelling.Suggest(q.Engagement, engagements))
	}
	return nil, fmt.Errorf("no engagement has words for %s; they are %s", q.Channel, strings.Join(engagements, ", "))
}

// channelsOf are the channels that an engagement has words for, in the order in which they are written.
func channelsOf(en *program.Engagement) []string {
	var out []string
	for _, v := range en.Variants {
		for _, t := range v.Texts {
			if !slices.Contains(out, t.Channel) {
				out = append(out, t.Channel)
			}
		}
	}
	return out
}
