package engine

import (
	"cmp"
	"slices"
	"strconv"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

const (
	// proposedFor is how long what was proposed to somebody can wait at most: so long the end of a grant is
	// remembered, in case it comes before a proposal that it takes back.
	proposedFor = 30 * instant.Day
	// maxHops is through how many people a proposal may come.
	maxHops = 2
)

// proposal is what a candidate has that comes from another person.
type proposal struct {
	about  id.Person
	name   string
	origin uint64
	hops   int64
}

// proposed takes in what somebody else's step proposes, as one more candidate. Only Attune's own events
// are proposals: of another source nobody knows whether the one whom it is about lets it be told.
func (s *step) proposed(e *event.Event, at instant.Time) {
	if e.Name != "engagement.proposed" || e.Source != event.Own {
		return
	}
	about, err := id.ParsePerson(e.Field("about").Text)
	if err != nil || slices.ContainsFunc(s.p.Touches, func(t person.Touch) bool { return t.Cause.Event == e.ID }) {
		return
	}
	c := candidate{
		cause:    person.Cause{Rule: "proposal", What: e.Name, Event: e.ID, At: e.OccurredAt},
		proposal: proposal{about: about, name: e.Field("name").Text, hops: int64(e.Field("hops").Num)},
	}
	c.proposal.origin, _ = strconv.ParseUint(e.Field("origin").Text, 16, 64)
	program, engagement := e.Field("program").Text, e.Field("engagement").Text
	for n, pr := range s.rel.Programs {
		for k := range pr.Engagements {
			if pr.ID == program && pr.Engagements[k].ID == engagement {
				c.program, c.engagement = n, k
				s.propose(c)
				return
			}
		}
	}
	s.add(effect.Decide{ID: id.Derive(s.seed, "decision", uint64(at), id.Hash(e.ID)), At: at, Candidates: []effect.Candidate{{
		Program: program, Engagement: engagement, Cause: c.cause, Reason: policy.NoContent, Detail: "the engagement is not in the program any more",
	}}})
}

// outdated tells why a proposal does not stand for itself, whatever the person's own state.
func (c *candidate) outdated(expires instant.Duration, at instant.Time) (policy.Reason, string) {
	switch {
	case c.proposal.about.IsZero():
		return "", ""
	case c.proposal.hops > maxHops:
		return policy.TooFar, strconv.FormatInt(c.proposal.hops, 10) + " people"
	case at >= c.cause.At.Add(expires):
		return policy.Expired, "it was proposed at " + c.cause.At.String()
	}
	return "", ""
}

// stillShared keeps out what its subject shares with this person no longer, and what was proposed so long
// ago that nobody remembers whether they do.
func (s *step) stillShared(c *contact) (policy.Reason, string) {
	switch {
	case c.about.IsZero():
		return "", ""
	case c.at >= c.proposed.Add(proposedFor):
		return policy.Expired, "it was proposed at " + c.proposed.String()
	}
	for i := range s.p.Recalls {
		if r := &s.p.Recalls[i]; r.About == c.about && (r.Purpose == "" || r.Purpose == c.en.Purpose) && c.proposed <= r.At {
			return policy.Recalled, "since " + r.At.String()
		}
	}
	return "", ""
}

// recalled lets go what somebody else's step takes back. The end of a grant is remembered, since it may
// come before what it takes back, and told of once nothing that it means is in flight.
func (s *step) recalled(e *event.Event, at instant.Time) {
	if e.Name != "engagement.recalled" || e.Source != event.Own {
		return
	}
	about, err := id.ParsePerson(e.Field("about").Text)
	recall, wrong := id.ParseKey(e.Field("recall").Text)
	if err != nil || wrong != nil {
		return
	}
	purpose, program, engagement := e.Field("purpose").Text, e.Field("program").Text, e.Field("engagement").Text
	origin, _ := strconv.ParseUint(e.Field("origin").Text, 16, 64)
	s.endAll(at, policy.Recalled, func(t *person.Touch) bool {
		return t.About == about && t.Cause.At <= e.OccurredAt && (purpose == "" || t.Purpose == purpose) && (program == "" || t.Program == program) &&
			(engagement == "" || t.Engagement == engagement) && (origin == 0 || t.Origin == origin)
	})
	if e.Field("ends").Num != 0 {
		s.remember(person.Recall{About: about, Purpose: purpose, ID: recall, With: e.Field("with").Text, At: e.OccurredAt, Heard: at, Waits: true})
		s.recallsEffective(at)
	}
}

// remember keeps the newest end of each grant.
func (s *step) remember(r person.Recall) {
	i, found := slices.BinarySearchFunc(s.p.Recalls, r, func(a, b person.Recall) int {
		return cmp.Or(slices.Compare(a.About[:], b.About[:]), cmp.Compare(a.Purpose, b.Purpose))
	})
	s.p.Recalls = slices.Clone(s.p.Recalls)
	switch {
	case !found:
		s.p.Recalls = slices.Insert(s.p.Recalls, i, r)
	case s.p.Recalls[i].At <= r.At:
		s.p.Recalls[i] = r
	}
}

// recallsEffective tells of ends of grants that now mean nothing that is in flight.
func (s *step) recallsEffective(at instant.Time) {
	for i := range s.p.Recalls {
		r := &s.p.Recalls[i]
		if !r.Waits || slices.ContainsFunc(s.p.Touches, func(t person.Touch) bool {
			return t.State == person.InFlight && t.About == r.About && (r.Purpose == "" || t.Purpose == r.Purpose) && t.Cause.At <= r.At
		}) {
			continue
		}
		s.p.Recalls = slices.Clone(s.p.Recalls)
		s.p.Recalls[i].Waits = false
		r = &s.p.Recalls[i]
		s.add(effect.Recalled{At: at, About: r.About, With: r.With, Purpose: r.Purpose, Recall: r.ID, Said: r.At})
	}
}

// forgetRecalls drops the ends of grants that nothing can come for any more.
func (s *step) forgetRecalls(at instant.Time) {
	old := func(r person.Recall) bool { return !r.Waits && r.Heard.Add(proposedFor) <= at }
	if slices.ContainsFunc(s.p.Recalls, old) {
		s.p.Recalls = slices.DeleteFunc(slices.Clone(s.p.Recalls), old)
	}
}
