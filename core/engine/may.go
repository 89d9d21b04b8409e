package engine

import (
	"slices"
	"strconv"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
)

// contact is one engagement with the person over one channel at an instant: what is asked about when a
// touch is decided, and again when it is about to be handed over.
type contact struct {
	pr      *program.Program
	en      *program.Engagement
	channel string
	at      instant.Time
	// self is the touch in hand, which does not stand in its own way; zero while deciding.
	self id.Key
	// with are the touches in whose message it would go.
	with []id.Key
	// deciding counts what is only pending, too.
	deciding bool
	// about is whom it is about, where that is somebody else, and proposed when their step proposed it.
	about    id.Person
	proposed instant.Time
}

func (c *contact) sort() policy.Sort {
	return policy.Sort{Channel: c.channel, Purpose: c.en.Purpose, Theme: c.en.Theme}
}

// same tells whether a touch says the same, about the same person.
func (c *contact) same(t *person.Touch) bool {
	return t.Program == c.pr.ID && t.Engagement == c.en.ID && t.About == c.about
}

// mustSend tells that no limit of how often stands in the way, only the gate.
func (c *contact) mustSend() bool { return c.en.Coordination == program.MustSend }

// check is one thing that may stand in the way of a contact.
type check struct {
	says string
	asks func(*step, *contact) (policy.Reason, string)
}

// checks are all that is asked before a contact, in the order in which it is asked; the first that says
// no is the reason. docs/adr/0007 argues the order. When a touch may be handed over is not among them:
// that is a question of when, not whether (see due).
func checks() []check {
	return []check{
		{"the person is alive", (*step).alive},
		{"what is known of them may be used", (*step).unrestricted},
		{"they do not object to it", (*step).notObjected},
		{"they are in the program", (*step).isEnrolled},
		{"whom it is about shares it with them", (*step).stillShared},
		{"it is for people like them", (*step).rightKind},
		{"they are old enough to be written to", (*step).oldEnough},
		{"they are not to be left alone", (*step).leftAlone},
		{"they are in no part of a trial that goes without", (*step).notHeldOut},
		{"it is not on its way already", (*step).notUnderWay},
		{"it was not said too recently", (*step).notAgain},
		{"it was not said too often", (*step).notTooOften},
		{"no other question is open", (*step).noOpenQuestion},
		{"no cap is reached", (*step).underCaps},
		{"consent covers it", (*step).consentCovers},
		{"there is an address", (*step).hasAddress},
		{"the address may be used", (*step).mayUseAddress},
		{"the channel may carry what it tells", (*step).notTooTelling},
		{"it is the channel's turn", (*step).inTurn},
	}
}

// may asks everything that can stand in the way of a contact, and returns the first reason against it.
func (s *step) may(c *contact) (policy.Reason, string) {
	for _, k := range checks() {
		if reason, detail := k.asks(s, c); reason != "" {
			return reason, detail
		}
	}
	return "", ""
}

func (s *step) alive(*contact) (policy.Reason, string) {
	if s.p.Died != 0 {
		return policy.Deceased, ""
	}
	return "", ""
}

// isEnrolled asks for a place in the program. Who is told about somebody else needs none: that one is in it.
func (s *step) isEnrolled(c *contact) (policy.Reason, string) {
	if !c.about.IsZero() {
		return "", ""
	}
	if m := s.p.Membership(c.pr.ID); m == nil || !m.Active() {
		return policy.NotEnrolled, ""
	}
	return "", ""
}

func (s *step) rightKind(c *contact) (policy.Reason, string) {
	if c.en.Audience != s.p.Kind.String() {
		return policy.WrongKind, "it is for a " + c.en.Audience
	}
	return "", ""
}

// oldEnough lets nobody be written to who is under the age from which people are. It is about patients:
// somebody who cares for one has said so themselves.
func (s *step) oldEnough(c *contact) (policy.Reason, string) {
	m := c.pr.Policy.Minors
	if m.Under == 0 || s.p.Kind != person.Patient {
		return "", ""
	}
	born, known := instant.ParseDate(s.p.Trait("birth_date").Text)
	_, today, _ := s.zone(c.pr).Local(c.at)
	switch {
	case !known && !m.Unknown:
		return policy.Minor, "nobody knows how old they are"
	case known && today < born.Anniversary(m.Under).Days():
		return policy.Minor, "people are written to from the age of " + strconv.Itoa(m.Under)
	}
	return "", ""
}

func (s *step) leftAlone(c *contact) (policy.Reason, string) {
	if h := s.hold(s.classOf(c.pr, c.en), c.at); h != nil {
		return policy.Held, h.ID
	}
	return "", ""
}

func (s *step) notUnderWay(c *contact) (policy.Reason, string) {
	if !c.deciding {
		return "", ""
	}
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if c.same(t) && (t.State == person.Pending || t.State == person.InFlight) {
			return policy.AgainTooSoon, "it is already on its way"
		}
	}
	return "", ""
}

func (s *step) notAgain(c *contact) (policy.Reason, string) {
	if c.en.AgainAfter == 0 || c.mustSend() {
		return "", ""
	}
	if _, full := (policy.Caps{{Count: 1, Within: c.en.AgainAfter}}).Full(s.counts(c, true), policy.Sort{}, c.at, c.deciding); full {
		return policy.AgainTooSoon, "not again within " + c.en.AgainAfter.String()
	}
	return "", ""
}

func (s *step) notTooOften(c *contact) (policy.Reason, string) {
	if c.en.AtMost.Count == 0 || c.mustSend() {
		return "", ""
	}
	if limit, full := (policy.Caps{c.en.AtMost}).Full(s.counts(c, true), policy.Sort{}, c.at, c.deciding); full {
		return policy.OftenEnough, limit.String()
	}
	return "", ""
}

// noOpenQuestion lets one thing that wants an answer wait for it before another is asked.
func (s *step) noOpenQuestion(c *contact) (policy.Reason, string) {
	if c.en.Asks == 0 || c.mustSend() {
		return "", ""
	}
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		said, spoken := spokenAt(t)
		if !spoken || t.ID == c.self || t.Answered != 0 || t.State == person.Pending && !c.deciding {
			continue
		}
		if _, en := s.engagement(t.Program, t.Engagement); en != nil && en.Asks > 0 && (t.State != person.HandedOver || c.at < said.Add(en.Asks)) {
			return policy.OpenQuestion, t.Engagement + " waits for an answer"
		}
	}
	return "", ""
}

func (s *step) underCaps(c *contact) (policy.Reason, string) {
	if len(c.pr.Policy.Caps) == 0 || c.mustSend() {
		return "", ""
	}
	if limit, full := c.pr.Policy.Caps.Full(s.counts(c, false), c.sort(), c.at, c.deciding); full {
		return policy.CapReached, limit.String()
	}
	return "", ""
}

// counts lists the person's touches as caps see them: of all programs, or those of one engagement only.
// What it returns is good until it is called again.
func (s *step) counts(c *contact, same bool) []policy.Count {
	all := s.all[:0]
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.ID == c.self || same && !c.same(t) {
			continue
		}
		if slices.Contains(c.with, t.ID) {
			all = append(all, alongside(t))
			continue
		}
		n, some := counted(t)
		if !some {
			continue
		}
		n.Rides = !same && !t.Lead.IsZero()
		all = append(all, n)
	}
	s.all = all
	return all
}

// counted is a touch as caps see it; false for one that does not count.
func counted(t *person.Touch) (policy.Count, bool) {
	n := policy.Count{Sort: policy.Sort{Channel: t.Channel, Purpose: t.Purpose, Theme: t.Theme}}
	switch t.State {
	case person.Pending:
		n.Reserved = true
	case person.InFlight, person.Uncertain:
		n.Live = true
	case person.HandedOver:
		n.Stamp = t.Settled
	case person.Ended:
		return n, false
	}
	return n, true
}

func (s *step) consentCovers(c *contact) (policy.Reason, string) {
	v := s.verdict(c)
	switch {
	case v.Allowed:
		return "", ""
	case v.Record != nil:
		return policy.ConsentNo, c.en.Purpose + " was " + v.Record.Answer.String()
	case v.Ended != nil && v.Ended.Until != 0 && v.Ended.Until <= c.at:
		return policy.ConsentNone, "the yes to " + c.en.Purpose + " ended at " + v.Ended.Until.String()
	}
	return policy.ConsentNone, "nothing is on record for " + c.en.Purpose + " by " + c.channel
}

// verdict resolves the person's own words on a contact.
func (s *step) verdict(c *contact) consent.Verdict {
	return s.words(c.pr, consent.Contact{Purpose: c.en.Purpose, Channel: c.channel, Topic: c.en.Topic, Actor: c.pr.Policy.Actor}, !c.about.IsZero(), c.at)
}

// words resolves what the person themselves said. The law's defaults are about patients who are told of
// themselves: caregivers and clinicians, whoever says that they are, and whoever is told of somebody else,
// need a word of their own.
func (s *step) words(pr *program.Program, k consent.Contact, ofAnother bool, at instant.Time) consent.Verdict {
	defaults := pr.Policy.Consent
	if ofAnother || s.p.Kind != person.Patient {
		defaults = consent.Defaults{}
	}
	return consent.Resolve(s.p.Consents, defaults, k, at)
}

func (s *step) hasAddress(c *contact) (policy.Reason, string) {
	if s.address(c.channel) == "" && channel.Addresses(c.channel) != nil {
		return policy.NoAddress, c.channel
	}
	return "", ""
}

func (s *step) notTooTelling(c *contact) (policy.Reason, string) {
	if most := c.pr.Policy.Ceiling(c.channel); c.en.Sensitivity > most {
		return policy.TooTelling, "it is " + c.en.Sensitivity.String() + ", and " + c.channel + " may carry what is " + most.String()
	}
	return s.theirsAlone(c)
}

// inTurn lets some channels be used only after another was, for the same engagement.
func (s *step) inTurn(c *contact) (policy.Reason, string) {
	f, follows := c.pr.Policy.Follow(c.channel)
	if !follows {
		return "", ""
	}
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if c.same(t) && t.Channel == f.After && t.State == person.HandedOver && t.Settled.Add(f.Wait) <= c.at {
			return "", ""
		}
	}
	return policy.OutOfTurn, c.channel + " comes " + f.Wait.String() + " after " + f.After
}

// address is where a channel reaches the person.
func (s *step) address(name string) string {
	for _, trait := range channel.Addresses(name) {
		if v := s.p.Trait(trait); v.Type == expr.Text && v.Text != "" {
			return v.Text
		}
	}
	return ""
}

// classOf ranks what an engagement says where contacts compete for what carries them.
func (s *step) classOf(pr *program.Program, en *program.Engagement) channel.Class {
	if en.Coordination == program.MustSend {
		return channel.Safety
	}
	return pr.Policy.Class(en.Purpose)
}

// preferred puts the channels of a variant in the order in which they are tried: the one that the person
// prefers, then as the policy says, then as the variant lists them.
func (s *step) preferred(pr *program.Program, texts []program.Text) []program.Text {
	own := s.p.Trait("preferred_channel").Text
	if own == "" && len(pr.Policy.Order) == 0 {
		return texts
	}
	rank := func(t program.Text) int {
		if t.Channel == own {
			return -1
		}
		if i := slices.Index(pr.Policy.Order, t.Channel); i >= 0 {
			return i
		}
		return len(pr.Policy.Order)
	}
	out := slices.Clone(texts)
	slices.SortStableFunc(out, func(a, b program.Text) int { return rank(a) - rank(b) })
	return out
}

// Answer is what one check says of a contact.
type Answer struct {
	// Says is what is asked, Reason and Detail what stands in the way; both empty where nothing does.
	Says   string
	Reason policy.Reason
	Detail string
}

// Asked is what would become of one contact, asked for by somebody who wants to know.
type Asked struct {
	Program, Engagement, Channel string
	// At is when it would be handed over; it is later than asked for where Why says what it waits for.
	At  instant.Time
	Why policy.Reason
	// Clock names the zones in which the person may be, and Known how that is known.
	Clock []string
	Known string
	// Answers are what each check says then, in their order.
	Answers []Answer
}

// Allowed tells whether nothing stands in the way.
func (a *Asked) Allowed() bool {
	return !slices.ContainsFunc(a.Answers, func(x Answer) bool { return x.Reason != "" })
}

// May tells what would become of a contact with a person, of whom nothing new is heard until the
// instant asked about: by the same checks, in the same order, that decide and hand over. The person has to
// be of the release.
func May(rel *release.Release, was person.Person, seed id.Seed, at instant.Time, pr *program.Program, en *program.Engagement, name string) Asked {
	s := step{rel: rel, p: was, seed: seed}
	if was.Release == 0 {
		s.begin(at)
	}
	s.setClock()
	s.relive(at)
	out := Asked{Program: pr.ID, Engagement: en.ID, Channel: name}
	zones, known := s.zones(pr)
	for _, z := range zones {
		out.Clock = append(out.Clock, z.Name)
	}
	out.Known = known
	out.At, out.Why = s.due(pr, en, name, max(at, s.p.Now), id.Key{}, true)
	c := contact{pr: pr, en: en, channel: name, at: out.At, deciding: true, with: s.company(pr, en, id.Person{}, name)}
	for _, k := range checks() {
		reason, detail := k.asks(&s, &c)
		out.Answers = append(out.Answers, Answer{k.says, reason, detail})
	}
	words := Answer{Says: "there are words for it, and they are approved", Reason: policy.NoContent, Detail: "no text for " + name}
	for _, v := range en.Variants {
		for _, text := range v.Texts {
			if text.Channel == name && words.Reason != "" {
				_, words.Reason, words.Detail = s.template(pr, text, out.At)
			}
		}
	}
	out.Answers = append(out.Answers, words)
	return out
}
