package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/record"
	"attune/internal/audit"
	"attune/internal/clinical"
	"attune/internal/delivery/human"
	"attune/internal/proof"
	"attune/internal/rights"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/story"
)

const callExport = "export-person"

// ExportWord asks for all that is held of somebody.
type ExportWord struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// PersonExport is all that is held of somebody, as files.
type PersonExport struct {
	Person string        `json:"person"`
	Files  []rights.File `json:"files" class:"words"`
}

// exportPerson gathers what every store of the folder holds of somebody, under all their records.
func (n *Node) exportPerson(ctx context.Context, in ExportWord) (PersonExport, error) {
	who, err := n.whom(ctx, in.Person)
	if err != nil {
		return PersonExport{}, err
	}
	switch {
	case strings.TrimSpace(in.By) == "":
		return PersonExport{}, errors.New("somebody has to ask for it: --by")
	case !n.Keys.Has(who):
		return PersonExport{}, errors.New("nothing is known of them: they were erased, or never were here")
	}
	h, err := n.held(ctx, who)
	if err != nil {
		return PersonExport{}, err
	}
	files, err := rights.Export(h)
	return PersonExport{Person: h.Person, Files: files}, err
}

// gathering is what is held of one person while it is brought together.
type gathering struct {
	*rights.Held
	n      *Node
	i      *Inspector
	people []id.Person
	// sent are attempts whose message is told already, and touches which engagement each touch is of.
	sent    map[id.Key]bool
	touches map[id.Key]string
	// attempts are of which touch each attempt was.
	attempts map[id.Key]id.Key
	requests map[id.Key]int
}

func (n *Node) held(ctx context.Context, who id.Person) (*rights.Held, error) {
	people, err := n.recordsOf(ctx, who)
	if err != nil {
		return nil, err
	}
	i, err := n.inspector(ctx)
	if err != nil {
		return nil, err
	}
	g := gathering{
		Held: &rights.Held{Person: people[0].String(), Organisation: n.Organisation, Made: n.Now().String()}, n: n, i: i, people: people,
		sent: map[id.Key]bool{}, touches: map[id.Key]string{}, attempts: map[id.Key]id.Key{}, requests: map[id.Key]int{},
	}
	for _, p := range people[1:] {
		g.Records = append(g.Records, p.String())
	}
	for _, gather := range []func(context.Context) error{g.state, g.history, g.captured, g.inbox, g.records, g.looks, g.tasks, g.quarantined, g.erasures} {
		if err := gather(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(g.Messages, func(a, b rights.Message) int { return strings.Compare(a.At, b.At) })
	slices.SortStableFunc(g.Tasks, func(a, b rights.Task) int { return strings.Compare(a.At, b.At) })
	return g.Held, nil
}

const (
	aMember = "a member of staff"
	another = "somebody else"
)

// mask leaves out what is another person's: names of staff, and by what others are known.
func (g *gathering) mask(name string, v expr.Value) string {
	switch {
	case name == "by" && v.Text != "the person" && v.Text != "":
		return aMember
	case (name == "with" || name == "caregiver") && v.Text != "":
		return another
	}
	if v.Type == expr.List {
		v.List = slices.Clone(v.List)
		for k, x := range v.List {
			v.List[k] = g.anothers(x)
		}
	} else if v.Type == expr.Text {
		v.Text = g.anothers(v.Text)
	}
	return v.String()
}

// anothers is a text, but for another person's id.
func (g *gathering) anothers(s string) string {
	if p, err := id.ParsePerson(s); err == nil && !slices.Contains(g.people, p) {
		return another
	}
	return s
}

// ofRelative tells that a field says how somebody who cares for them is reached.
func ofRelative(field string) bool { return field == "phone" || field == "email" }

// state tells how they stand now.
func (g *gathering) state(ctx context.Context) error {
	p, ok, err := runner.ReadPerson(ctx, g.n.People, g.n.Keys, g.people[0])
	if err != nil || !ok {
		return err
	}
	g.Kind, g.Died = p.Kind.String(), whenSaid(p.Died)
	for _, t := range p.Traits {
		g.Traits = append(g.Traits, rights.Named{Name: t.Name, Value: g.mask(t.Name, t.Value)})
	}
	stand := func(kind, name, says string, since, until instant.Time, why string) {
		end := whenSaid(until)
		if until == instant.Never {
			end = ""
		}
		g.Standing = append(g.Standing, rights.Standing{Kind: kind, Name: name, Says: says, Since: whenSaid(since), Until: end, Why: why})
	}
	for k := range p.Memberships {
		m := &p.Memberships[k]
		says := "in it"
		if !m.Active() {
			says = "not in it any more"
		}
		stand("program", m.Program, strings.TrimSpace(says+"; phase "+cmp.Or(m.Phase, m.Exit, "none")), m.Enrolled, m.Left, "")
	}
	for _, x := range p.Groups {
		stand("group", x.Program+"/"+x.Audience, "you belong to it", x.Since, 0, x.What)
	}
	beliefs, err := g.i.Beliefs(&p)
	if err != nil {
		return err
	}
	for k := range beliefs {
		b := &beliefs[k]
		var why []string
		for n := range b.Reasons {
			why = append(why, b.Reasons[n].String())
		}
		stand("stage of change, believed", b.Program+"/"+b.Behavior, b.Stage.String(), b.Since, 0, strings.Join(why, "; "))
	}
	for k := range p.Enrollments {
		e := &p.Enrollments[k]
		stand("journey", e.Program+"/"+e.Journey, strings.TrimSpace("at "+e.Step+" "+e.Key), e.Entered, e.Left, cmp.Or(e.Why, e.Cause.What))
	}
	for _, m := range p.Moments {
		stand("moment", m.Program+"/"+m.Moment, m.Key, m.At, 0, "")
	}
	for _, t := range p.Trials {
		stand("part of a comparison, drawn by chance", cmp.Or(t.Program, "all programs"), t.Arm, t.At, 0, t.Layer)
	}
	for _, a := range p.Arms {
		stand("way through a journey, drawn by chance", a.Program+"/"+a.Journey, a.Arm, 0, 0, a.Step)
	}
	for _, x := range p.Habits {
		stand("when and where you answer", x.Of, howOften(x), 0, 0, "")
	}
	for _, t := range p.Tellings {
		says := "so"
		if t.Over {
			says = "so no longer"
		}
		stand("what keeps or moves you", cmp.Or(t.Name, t.Kind, t.Fact), says, t.At, 0, t.Fact)
	}
	for k := range p.Supplies {
		c := &p.Supplies[k]
		for _, f := range c.Fills {
			stand("supply of a medicine", c.Code, "for "+instant.Duration(instant.Duration(f.Days)*instant.Day).String(), f.At, 0, "")
		}
	}
	for k := range p.Holds {
		h := &p.Holds[k]
		says := "over"
		if h.On(p.Now) {
			says = "on"
		}
		stand("you are left alone", h.ID, says, h.Set, min(h.Until, cmp.Or(h.Lifted, instant.Never)), "")
	}
	for k := range p.Limits {
		l := &p.Limits[k]
		stand("you asked that it be left out", l.ID, map[bool]string{true: "on", false: "over"}[l.On()], l.Set, l.Lifted, "")
	}
	for k := range p.Corrections {
		c := &p.Corrections[k]
		if c.Made() {
			stand("corrected by staff", c.Is.Name, c.Is.Value.String(), c.Is.At, 0, strings.Join(c.Refused, "; "))
		}
		if c.Said.Name != "" {
			stand("said otherwise by a source after a correction", c.Is.Name, c.Said.Value.String(), c.Said.At, 0, "")
		}
		if c.Disputed != 0 {
			stand("disputed by you", c.Is.Name, map[bool]string{true: "waits for a decision", false: "settled"}[c.IsDisputed()], c.Disputed, c.Settled, "")
		}
	}
	for k := range p.Points {
		x := &p.Points[k]
		stand("address", x.Address, x.Kind, cmp.Or(x.Stopped, x.Verified, x.Shared), x.Released, x.Why)
	}
	for k := range p.Shares {
		x := &p.Shares[k]
		stand("what somebody else may be told of you", cmp.Or(x.Relation, another), cmp.Or(x.Purpose, "everything"), x.Granted, cmp.Or(x.Withdrawn, x.Until), "")
	}
	for k := range p.Touches {
		t := &p.Touches[k]
		if t.State == person.Pending {
			stand("message that waits", t.Program+"/"+t.Engagement, "by "+t.Channel, t.Decided, t.Due, t.Why)
		}
	}
	return nil
}

func howOften(h person.Habit) string {
	return expr.IntegerOf(int64(h.Answers)).String() + " answers to " + expr.IntegerOf(int64(h.Tries)).String() + " messages"
}

// history tells all that was told of them, decided and said, under each of their records.
func (g *gathering) history(ctx context.Context) error {
	var all []record.Record
	for _, who := range g.people {
		records, err := g.i.records(ctx, who)
		if err != nil {
			return err
		}
		all = append(all, records...)
	}
	slices.SortStableFunc(all, func(a, b record.Record) int { return cmp.Compare(a.At, b.At) })
	for k := range all {
		g.recorded(&all[k])
	}
	for purpose, words := range proof.LedgerOf(all) {
		for _, w := range words {
			g.Consents = append(g.Consents, rights.Consent{
				At: w.Said.String(), ID: w.Event, Purpose: purpose, Answer: w.Answer, Channel: w.Channel, Topic: w.Topic, Actor: w.Actor, From: whenSaid(instant.Time(w.From)), Until: whenSaid(instant.Time(w.Until)),
				Source: w.Source, Text: w.Text, Version: w.Version, Via: w.Via, Jurisdiction: w.Jurisdiction,
			})
		}
	}
	slices.SortStableFunc(g.Consents, func(a, b rights.Consent) int { return cmp.Or(strings.Compare(a.At, b.At), strings.Compare(a.ID, b.ID)) })
	return nil
}

// recorded tells what one record says.
func (g *gathering) recorded(r *record.Record) {
	if heard, is := r.What.(engine.Heard); is {
		g.told(&heard.Event, r)
	}
	for _, x := range r.Effects {
		switch x := x.(type) {
		case effect.Decide:
			g.decided(&x)
		case effect.Send:
			g.attempts[x.Attempt] = x.Touch
		case effect.End:
			g.Decisions = append(g.Decisions, rights.Decision{At: x.At.String(), Program: x.Program, Engagement: x.Engagement, Outcome: "not sent after all", Reason: string(x.Reason), Why: story.Explain(x.Reason, x.Detail)})
		case effect.Request:
			var says []string
			for _, f := range x.Fields {
				says = append(says, f.Name+": "+g.mask(f.Name, f.Value))
			}
			g.requests[x.ID] = len(g.Tasks)
			g.Tasks = append(g.Tasks, rights.Task{At: x.At.String(), ID: x.ID.String(), What: string(x.Kind) + ": " + x.What, Due: whenSaid(x.Due), Why: x.Reason, Text: strings.Join(says, "; ")})
		case effect.Close:
			if k, is := g.requests[x.Request]; is {
				g.Tasks[k].Ended, g.Tasks[k].Why = x.At.String(), strings.TrimSpace(g.Tasks[k].Why+" "+x.Why+" "+x.Outcome)
			}
		case effect.Again, effect.Anew, effect.Mark, effect.Change, effect.Effective, effect.Group, effect.Hold, effect.Ignore, effect.Join, effect.Merge, effect.Move, effect.NeedHistory, effect.Note, effect.Promise, effect.Propose,
			effect.Recall, effect.Recalled, effect.Retract, effect.Same, effect.Schedule, effect.See, effect.Sense, effect.Settle, effect.Succeed, effect.Switch, effect.Trial, effect.Walk:
			// They follow from what was told; where they stand in the end is told by the state.
		}
	}
	if w, is := r.What.(engine.Settled); is && w.Body != "" {
		g.sent[w.Attempt] = true
		g.Messages = append(g.Messages, rights.Message{At: r.At.String(), ID: w.Attempt.String(), About: g.touches[g.attempts[w.Attempt]], To: w.To, Subject: w.Subject, Text: w.Body, Outcome: w.Outcome.String()})
	}
}

// told is something that a source told of them.
func (g *gathering) told(e *event.Event, r *record.Record) {
	out := rights.Event{At: e.OccurredAt.String(), Taken: r.At.String(), Name: e.Name, Source: e.Source, ID: e.ID}
	for _, p := range e.Props {
		v := g.mask(p.Name, p.Value)
		if strings.HasPrefix(e.Name, "caregiver.") && ofRelative(p.Name) {
			v = another
		}
		out.Says = append(out.Says, rights.Named{Name: p.Name, Value: v})
	}
	for _, x := range r.Effects {
		if i, is := x.(effect.Ignore); is {
			out.Ignored = i.Why
		}
	}
	g.Events = append(g.Events, out)
	if text := e.Field("text").Text; text != "" && (e.Name == "message.received" || e.Name == "message.replied") {
		g.Messages = append(g.Messages, rights.Message{At: out.At, ID: e.ID, Channel: e.Field("channel").Text, Text: text, Theirs: true})
	}
}

// decided tells what became of each thing that could have been said.
func (g *gathering) decided(d *effect.Decide) {
	how := map[int]string{}
	for _, w := range d.Rounds {
		for _, o := range w.Options {
			how[o.Candidate] = w.Manner.Policy.String()
		}
	}
	for k := range d.Candidates {
		c := &d.Candidates[k]
		out := rights.Decision{At: d.At.String(), Program: c.Program, Engagement: c.Engagement, Because: c.Cause.What, Reason: string(c.Reason), How: how[k]}
		if c.Touch.IsZero() {
			out.Outcome, out.Why = "not said", story.Explain(c.Reason, c.Detail)
		} else {
			g.touches[c.Touch] = c.Program + "/" + c.Engagement
			out.Outcome, out.Why = "to be said by "+c.Channel+", in the words "+c.Variant, c.Detail
		}
		if c.Reason == policy.PassedOn {
			out.Why = story.Explain(c.Reason, "")
		}
		g.Decisions = append(g.Decisions, out)
	}
}

// captured are messages that a box took in a carrier's place, where the history has no word of them.
func (g *gathering) captured(ctx context.Context) error {
	for _, who := range g.people {
		all, err := g.n.Box.Of(ctx, who)
		if err != nil {
			return err
		}
		for k := range all {
			m := &all[k].Message
			if all[k].Err != nil || g.sent[m.Attempt] {
				continue
			}
			g.Messages = append(g.Messages, rights.Message{At: instant.Of(m.At).String(), ID: m.Attempt.String(), Channel: m.Channel, About: g.touches[m.Touch], To: m.To, Subject: m.Subject, Text: m.Body, Outcome: "captured"})
		}
	}
	return nil
}

// inbox is what they wrote, where it was theirs alone.
func (g *gathering) inbox(ctx context.Context) error {
	seen := map[string]bool{}
	for _, who := range g.people {
		all, err := g.n.Inbox.Of(ctx, who)
		if err != nil {
			return err
		}
		for k := range all {
			e := &all[k]
			if !seen[e.ID] {
				seen[e.ID] = true
				g.Messages = append(g.Messages, rights.Message{At: e.At.String(), ID: e.ID, Channel: e.Channel, From: e.From, To: e.To, Text: e.Text, Outcome: "understood as: " + e.Verdict.String(), Theirs: true})
			}
		}
	}
	return nil
}

// records are what other systems' records say of them.
func (g *gathering) records(ctx context.Context) error {
	for _, who := range g.people {
		numbers, err := g.n.Records.Numbers(ctx, who)
		if err != nil {
			return err
		}
		for _, k := range numbers {
			g.Identifiers = append(g.Identifiers, rights.Named{Name: k.System, Value: k.Value})
		}
		all, err := g.n.Records.Of(ctx, who)
		if err != nil {
			return err
		}
		for _, v := range all {
			v.Entry.Props = slices.Clone(v.Entry.Props)
			relative := v.Entry.Kind == "RelatedPerson" && v.Entry.Subject.Kind == "Patient"
			for k := range v.Entry.Props {
				p := &v.Entry.Props[k]
				if masked := g.mask(p.Name, p.Value); masked != p.Value.String() || relative && ofRelative(p.Name) {
					p.Value = expr.TextOf(cmp.Or(masked, another))
					if relative && ofRelative(p.Name) {
						p.Value = expr.TextOf(another)
					}
				}
			}
			g.Entries = append(g.Entries, rights.Entry{Source: v.Source, Newest: v.Newest, Is: v.Entry})
		}
	}
	slices.SortStableFunc(g.Entries, func(a, b rights.Entry) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(string(a.Is.Kind), string(b.Is.Kind)), strings.Compare(a.Is.ID, b.Is.ID), clinical.Compare(&a.Is, &b.Is))
	})
	return nil
}

// looks are who looked at them and who changed something, from the audit log.
func (g *gathering) looks(ctx context.Context) error {
	names, err := g.i.AuditedPerson(g.people[0])
	if err != nil {
		return err
	}
	all, err := audit.Over(ctx, AuditDir(g.n.Data), audit.Filter{People: names})
	if err != nil {
		return err
	}
	for k := range all {
		r := &all[k]
		out := rights.Look{At: r.At, Who: aMember, What: string(r.What), Says: r.What.Means(), Purpose: r.Purpose, Outcome: string(r.Outcome)}
		if r.Actor == nil || r.Actor.Kind == audit.Attune {
			out.Who = "Attune itself"
		} else if r.Actor.Kind == audit.Key || r.Actor.Kind == audit.Service {
			out.Who = "another system"
		} else if r.Actor.Kind == audit.Anybody {
			out.Who = "somebody who was not signed in"
		}
		if out.Reason, err = g.reason(r); err != nil {
			return err
		}
		g.Looks = append(g.Looks, out)
	}
	return nil
}

// reason is why somebody said that they looked, where it is sealed with this person's own key.
func (g *gathering) reason(r *audit.Record) (string, error) {
	if r.Sealed == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(r.Sealed)
	if err != nil {
		return "", err
	}
	for _, who := range g.people {
		name, err := pseudonym(g.n.Keys, who)
		if err != nil || len(r.People) == 0 || r.People[0] != name {
			continue
		}
		plain, err := g.n.Keys.Open(who, seal.Audit, []byte("reason "+r.Request), sealed)
		return string(plain), err
	}
	return "", nil // it is sealed with another's, since it is about them first
}

// tasks are calls and visits to make.
func (g *gathering) tasks(ctx context.Context) error {
	open, err := g.n.Work.Queue.Open(ctx)
	if err != nil {
		return err
	}
	ended, err := g.n.Work.Queue.Ended(ctx, 0)
	if err != nil {
		return err
	}
	for _, t := range append(open, ended...) {
		if !slices.Contains(g.people, t.Person) {
			continue
		}
		out := rights.Task{At: t.At.String(), ID: t.ID.String(), What: t.Channel + ": " + t.Engagement, Due: whenSaid(t.Due), Ended: whenSaid(t.Ended), Why: t.Why}
		s, err := g.n.Work.Queue.Script(ctx, &t)
		var closed *human.ClosedError
		if err != nil && !errors.As(err, &closed) {
			return err
		}
		out.Text = strings.TrimSpace(strings.Join([]string{s.To, s.Subject, s.Body}, "\n"))
		g.Tasks = append(g.Tasks, out)
	}
	return nil
}

// quarantined are events that could not be used, in which they stand.
func (g *gathering) quarantined(ctx context.Context) error {
	theirs, err := g.n.theirs(ctx, g.people)
	if err != nil {
		return err
	}
	all, err := g.n.Quarantine.List(ctx, -1)
	if err != nil {
		return err
	}
	for k := range all {
		q := &all[k]
		raw, err := g.n.Quarantine.Raw(ctx, q.ID)
		if err != nil {
			return err
		}
		is, err := theirs(q.Source, raw)
		if err != nil {
			return err
		}
		if is {
			g.Unusable = append(g.Unusable, rights.Unusable{At: q.At.String(), Source: q.Source, Reason: q.Reason, Text: string(raw)})
		}
	}
	return nil
}

// erasures are requests that they be forgotten, and why; and whether a law forbids it.
func (g *gathering) erasures(ctx context.Context) error {
	all, err := g.n.erasures(ctx)
	if err != nil {
		return err
	}
	for k := range all {
		if p, err := id.ParsePerson(all[k].Person); err == nil && slices.Contains(g.people, p) {
			g.Standing = append(g.Standing, rights.Standing{Kind: "request to be erased", Name: all[k].ID, Says: all[k].State, Since: all[k].AskedAt, Why: all[k].Reason})
		}
	}
	return nil
}

// ExportPersonIn gathers all that is held of somebody: in the server of a data folder, or in the folder itself where none runs.
func ExportPersonIn(ctx context.Context, data string, in ExportWord) (PersonExport, error) {
	return erasureIn(ctx, data, callExport, in, func(n *Node) func(context.Context, ExportWord) (PersonExport, error) { return n.exportPerson })
}
