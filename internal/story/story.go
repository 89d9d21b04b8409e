// Package story tells what happened to one person, and why, in plain sentences: from the records of
// the history, and from nothing else. It adds no judgement and looks nothing up anew, so that what it
// says about a decision is what was known when it was made.
package story

import (
	"fmt"
	"slices"
	"strconv"
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
)

// Line is one thing that happened.
type Line struct {
	At instant.Time `json:"-"`
	// When is At in RFC 3339, for scripts.
	When string `json:"at"`
	// Kind is what sort of thing it is: event, signal, phase, program, journey, decision, refusal,
	// waiting, sending, message, outcome, ended, ignored, request, moment, promise, audience, stage,
	// success, retraction, release, replay, proposal or recall.
	Kind string `json:"kind"`
	// Says is the sentence.
	Says string `json:"says"`
	// Why is the reason in words, where there is one; Reason its name.
	Why    string `json:"why,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Event, Touch and Engagement name what the line is about.
	Event      string `json:"event,omitempty"`
	Touch      string `json:"touch,omitempty"`
	Engagement string `json:"engagement,omitempty"`
	// To, Subject and Body are a message exactly as it was sent.
	To      string `json:"to,omitempty"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
	// Fact, Words and By are something that the person told of their own story: what it is (reason, goal, barrier, motivation or support),
	// word for word, and to whom; Names is what the program calls it. Over says that it is so no longer. Without a fact they are what somebody
	// of the team noted, by itself or about a call or visit.
	Fact  string `json:"fact,omitempty"`
	Names string `json:"names,omitempty"`
	Words string `json:"words,omitempty"`
	By    string `json:"by,omitempty"`
	Over  bool   `json:"over,omitempty"`
	// about are the touches that an event names; cause is the event by which something was decided, and
	// subject whom the line is about, where that is somebody else.
	about   []id.Key
	cause   string
	subject id.Person
}

// Tell makes lines of records, oldest first.
func Tell(records []record.Record) []Line {
	t := teller{touches: map[id.Key]string{}}
	for _, r := range records {
		t.tell(&r)
	}
	return inOrder(t.lines)
}

// inOrder sorts lines by when it was.
func inOrder(lines []Line) []Line {
	// A record's effects may have happened before its input, while catching up.
	slices.SortStableFunc(lines, func(a, b Line) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	for i := range lines {
		lines[i].When = lines[i].At.String()
	}
	return lines
}

type teller struct {
	lines []Line
	// touches remembers which engagement a touch is of.
	touches map[id.Key]string
}

func (t *teller) add(l Line) { t.lines = append(t.lines, l) }

func (t *teller) tell(r *record.Record) {
	ignored := slices.ContainsFunc(r.Effects, func(e effect.Effect) bool { _, is := e.(effect.Ignore); return is })
	// What was caught up with comes before the input, what follows from it after.
	heard, isEvent := r.What.(engine.Heard)
	if isEvent && !ignored {
		t.event(&heard.Event, r.At)
	}
	if w, ok := r.What.(engine.Settled); ok && !ignored && w.Body != "" {
		t.add(Line{At: r.At, Kind: "message", Says: fmt.Sprintf("The message%s went to the carrier, which answered: %s.", titled(w.Subject), w.Outcome), To: w.To, Subject: w.Subject, Body: w.Body})
	}
	if w, ok := r.What.(engine.Replay); ok && !ignored {
		says := fmt.Sprintf("Somebody put %s back, to be handed over again.", t.name(w.Touch))
		t.add(Line{At: r.At, Kind: "replay", Says: says, Touch: w.Touch.String(), Engagement: t.touches[w.Touch]})
	}
	for _, e := range r.Effects {
		t.effect(e)
	}
}

func (t *teller) event(e *event.Event, at instant.Time) {
	says := fmt.Sprintf("%s was reported by %s", e.Name, e.Source)
	if props := t.describe(e.Props); props != "" {
		says += ": " + props
	}
	if late := at.Sub(e.OccurredAt); late > instant.Hour {
		says += fmt.Sprintf(" (it happened on %s)", e.OccurredAt.Std().Format("2 Jan 2006"))
	}
	if e.Historical {
		says += " (imported)"
	}
	l := Line{At: at, Kind: "event", Says: says + ".", Event: e.Name}
	switch e.Name {
	case "note.written":
		l.Words, l.By = e.Field("text").Text, e.Field("by").Text
	case "call.held", "visit.held":
		l.Words, l.By = e.Field("note").Text, e.Field("by").Text
	case "story.told":
		l.Fact, l.Names, l.Words, l.By, l.Over = e.Field("fact").Text, e.Field("names").Text, e.Field("text").Text, e.Field("by").Text, e.Field("over").Num != 0
	}
	for _, p := range e.Props {
		if touch, err := id.ParseKey(p.Value.Text); p.Name == "touch" && err == nil {
			l.about = append(l.about, touch)
		}
	}
	t.add(l)
}

// describe lists an event's properties; a touch goes by the name of its engagement.
func (t *teller) describe(props []event.Prop) string {
	var parts []string
	for _, p := range props {
		if touch, err := id.ParseKey(p.Value.Text); p.Name == "touch" && err == nil && t.touches[touch] != "" {
			parts = append(parts, "about "+t.touches[touch])
			continue
		}
		if v := p.Value.String(); p.Value.Type != expr.Missing && v != "" {
			parts = append(parts, p.Name+" "+clip(v))
		}
	}
	return strings.Join(parts, ", ")
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

func (t *teller) effect(e effect.Effect) {
	switch x := e.(type) {
	case effect.Sense:
		_, name, _ := strings.Cut(x.Signal, "/")
		says := fmt.Sprintf("The signal %s came on.", name)
		if !x.On {
			says = fmt.Sprintf("The signal %s went off.", name)
		} else if x.Late {
			says = fmt.Sprintf("The signal %s is on, and has been for too long to start anything.", name)
		}
		t.add(Line{At: x.At, Kind: "signal", Says: says})
	case effect.Trial:
		t.add(Line{At: x.At, Kind: "trial", Says: drawnInto(&x)})
	case effect.Join:
		says := "Left the program " + x.Program + "."
		if x.In {
			says = "Came into the program " + x.Program + "."
		}
		t.add(Line{At: x.At, Kind: "program", Says: says})
	case effect.Move:
		says := fmt.Sprintf("Entered the phase %s of %s.", x.To, x.Program)
		if x.Exit != "" {
			says = fmt.Sprintf("Left the map of %s: %s.", x.Program, x.Exit)
		} else if x.From != "" && x.From != x.To {
			says = fmt.Sprintf("Moved from %s to %s on the map of %s.", x.From, x.To, x.Program)
		}
		t.add(Line{At: x.At, Kind: "phase", Says: says})
	case effect.Walk:
		t.walk(x)
	case effect.Decide:
		for k, c := range x.Candidates {
			t.candidate(x.At, len(x.Candidates), c, eased(&x, k))
		}
	case effect.Schedule:
		if x.Due == instant.Never || x.Why == policy.NotTaken {
			t.add(Line{At: x.At, Kind: "waiting", Says: fmt.Sprintf("%s waits.", t.name(x.Touch)), Why: Explain(x.Why, ""), Reason: string(x.Why), Touch: x.Touch.String()})
		} else if x.Why != "" {
			t.add(Line{At: x.At, Kind: "waiting", Says: fmt.Sprintf("%s waits until %s.", t.name(x.Touch), x.Due.Std().Format("2 Jan 15:04 MST")),
				Why: Explain(x.Why, ""), Reason: string(x.Why), Touch: x.Touch.String()})
		}
	case effect.Send:
		for _, p := range x.Parts {
			t.add(Line{At: x.At, Kind: "sending", Says: fmt.Sprintf("The gate let %s pass (variant %s); it goes out in the message of %s.", p.Engagement, p.Variant, x.Engagement),
				Why: p.Consent + "; limits and contact hours were checked again at this moment", Touch: p.Touch.String(), Engagement: p.Engagement})
		}
		t.add(Line{At: x.At, Kind: "sending", Says: fmt.Sprintf("The gate let %s pass, by %s in %s (variant %s).", x.Engagement, x.Channel, x.Language, x.Variant),
			Why: x.Consent + "; limits and contact hours were checked again at this moment", Touch: x.Touch.String(), Engagement: x.Engagement})
	case effect.Effective:
		t.add(Line{At: x.At, Kind: "consent", Says: fmt.Sprintf("The withdrawal of %s took effect.", scope(x.Purpose, x.Channel, x.Topic)),
			Why: "it is taken in, and nothing that it covers is on its way any more"})
	case effect.Propose:
		t.add(Line{At: x.At, Kind: "proposal", Says: fmt.Sprintf("Proposed that %s be said to %s (%s), whose own consent and limits decide.", x.Engagement, x.To, x.Relation), Engagement: x.Engagement})
	case effect.Recall:
		says := fmt.Sprintf("What was proposed to %s and is not out yet is taken back.", x.To)
		if x.Engagement != "" {
			says = fmt.Sprintf("What was proposed to %s of %s and is not out yet is taken back.", x.To, x.Engagement)
		}
		t.add(Line{At: x.At, Kind: "recall", Says: says, Why: Explain(policy.Reason(x.Why), "")})
	case effect.Recalled:
		t.add(Line{At: x.At, Kind: "recall", Says: fmt.Sprintf("Is told nothing more about %s.", x.About), Why: "their grant ended, and nothing about them is on its way any more", subject: x.About})
	case effect.Hold:
		says := fmt.Sprintf("Is no longer left alone (%s).", x.Hold)
		switch {
		case x.On && x.Until == instant.Never:
			says = fmt.Sprintf("Is left alone (%s) until somebody says that it is over.", x.Hold)
		case x.On:
			says = fmt.Sprintf("Is left alone (%s) until %s.", x.Hold, x.Until.Std().Format("2 Jan 15:04 MST"))
		}
		t.add(Line{At: x.At, Kind: "hold", Says: says, Why: because(x.What)})
	case effect.Settle:
		t.settle(x)
	case effect.End:
		t.add(Line{At: x.At, Kind: "ended", Says: fmt.Sprintf("%s will not be sent.", x.Engagement), Why: Explain(x.Reason, x.Detail), Reason: string(x.Reason), Touch: x.Touch.String(), Engagement: x.Engagement})
	case effect.Ignore:
		t.add(Line{At: x.At, Kind: "ignored", Says: "Something arrived that changed nothing.", Why: ignored(x.Why), Reason: x.Why})
	case effect.Request:
		t.add(Line{At: x.At, Kind: "request", Says: requested(&x), Why: fmt.Sprintf("the journey %s asks for it and goes on without an answer at %s", x.Journey, x.Due.Std().Format("2 Jan 15:04 MST"))})
	case effect.Close:
		t.add(Line{At: x.At, Kind: "request", Says: closed(&x)})
	case effect.Note:
		t.event(&x.Event, x.At)
	case effect.See:
		says := fmt.Sprintf("The moment %s of %s happened.", x.Moment, x.Program)
		if x.To != "" {
			says = fmt.Sprintf("The moment %s of %s happened: a hand-over from %s to %s.", x.Moment, x.Program, x.By, x.To)
		}
		t.add(Line{At: x.At, Kind: "moment", Says: says})
	case effect.Promise:
		t.add(Line{At: x.At, Kind: "promise", Says: promised(&x)})
	case effect.Group:
		says := fmt.Sprintf("Came into the audience %s.", x.Audience)
		if !x.In {
			says = fmt.Sprintf("Is no longer in the audience %s.", x.Audience)
		}
		t.add(Line{At: x.At, Kind: "audience", Says: says, Why: because(x.What)})
	case effect.Change:
		says := fmt.Sprintf("Is now believed to be in %s with %s.", x.To, x.Behavior)
		if x.From != "" {
			says = fmt.Sprintf("Is now believed to be in %s with %s, no longer in %s.", x.To, x.Behavior, x.From)
		}
		t.add(Line{At: x.At, Kind: "stage", Says: says, Why: because(x.What)})
	case effect.Succeed:
		l := Line{At: x.At, Kind: "success", Says: fmt.Sprintf("The outcome %s was reached.", x.Outcome)}
		if !x.Touch.IsZero() {
			l.Why, l.Touch, l.Engagement = "within the time in which it counts for "+t.name(x.Touch), x.Touch.String(), t.touches[x.Touch]
		}
		t.add(l)
	case effect.Merge:
		t.add(Line{At: x.At, Kind: "merge", Says: merged(&x)})
	case effect.Retract:
		t.add(Line{At: x.At, Kind: "retraction", Says: "An event was taken back, and what was made of it was made anew without it.", Event: x.Event})
	case effect.Switch:
		t.add(Line{At: x.At, Kind: "release", Says: fmt.Sprintf("Now lives under the release %016x.", x.To)})
	case effect.Again, effect.NeedHistory, effect.Same, effect.Mark, effect.Anew:
	}
}

// scope says what a word on consent was about.
func scope(purpose, channel, topic string) string {
	if channel != "" {
		purpose += " by " + channel
	}
	if topic != "" {
		purpose += " on " + topic
	}
	return purpose
}

func because(what string) string {
	if what == "" {
		return ""
	}
	return "because of " + what
}

func requested(x *effect.Request) string {
	switch x.Kind {
	case effect.Ask:
		return fmt.Sprintf("The questionnaire %s was put to the person.", x.What)
	case effect.Task:
		return fmt.Sprintf("A task was given to a %s: %s.", x.For, strings.TrimSuffix(x.What, "."))
	case effect.Refer:
		return fmt.Sprintf("A referral to %s was asked for.", x.What)
	case effect.Call:
		return fmt.Sprintf("The service %s was called.", x.What)
	}
	return "Something was asked for."
}

func closed(x *effect.Close) string {
	switch x.Why {
	case "answered":
		if x.Outcome != "" {
			return "What was asked for was answered: " + x.Outcome + "."
		}
		return "What was asked for was answered."
	case "late":
		return "What was asked for was not answered in time."
	}
	return "What was asked for is not needed any more: " + x.Why + "."
}

func promised(x *effect.Promise) string {
	due := x.Due.Std().Format("2 Jan 2006")
	if x.Phase != "" {
		return fmt.Sprintf("Has been in the phase %s for longer than expected, since %s.", x.Phase, due)
	}
	switch x.State {
	case effect.Made:
		return fmt.Sprintf("%s promised %s by %s.", x.Moment, x.To, due)
	case effect.Kept:
		return fmt.Sprintf("%s came in time, as %s had promised.", x.To, x.Moment)
	case effect.Late:
		return fmt.Sprintf("%s did not come by %s, as %s had promised.", x.To, due, x.Moment)
	case effect.KeptLate:
		return fmt.Sprintf("%s came after %s, later than %s had promised.", x.To, due, x.Moment)
	}
	return ""
}

func ignored(why string) string {
	switch why {
	case "repeated":
		return "the same event had arrived before"
	case "settled before":
		return "the outcome was known already"
	case "retracted":
		return "its source had taken it back before it came"
	case "not waiting for a place":
		return "it was not waiting for its team any more, or that was known already"
	case "not parked":
		return "the journey does not need attention"
	case "no such step":
		return "the journey has no such step"
	}
	return why
}

func (t *teller) walk(x effect.Walk) {
	says := fmt.Sprintf("In the journey %s, reached %s.", x.Journey, x.Step)
	why := ""
	switch x.What {
	case "entered":
		says, why = fmt.Sprintf("Entered the journey %s.", x.Journey), "because of "+x.Why
	case "left":
		says, why = fmt.Sprintf("Left the journey %s.", x.Journey), x.Why
	case "goal":
		says = fmt.Sprintf("In the journey %s, reached the goal %s.", x.Journey, x.Why)
	case "drew":
		says = fmt.Sprintf("In the journey %s, the split %s drew %s.", x.Journey, x.Step, x.Why)
	case "interrupted":
		says, why = fmt.Sprintf("The journey %s was interrupted.", x.Journey), x.Why
	case "resumed":
		says, why = fmt.Sprintf("The journey %s goes on at %s.", x.Journey, x.Step), x.Why
	case "proposed":
		says = fmt.Sprintf("In the journey %s, %s was passed on %s.", x.Journey, x.Step, x.Why)
	case "failed":
		says, why = fmt.Sprintf("The journey %s needs attention at %s.", x.Journey, x.Step), x.Why
	}
	t.add(Line{At: x.At, Kind: "journey", Says: says, Why: why})
}

func (t *teller) candidate(at instant.Time, rivals int, c effect.Candidate, eased string) {
	because := ""
	if c.Cause.What != "" {
		because = ", because of " + c.Cause.What
	}
	if c.Reason != "" {
		t.add(Line{At: at, Kind: "refusal", Says: c.Engagement + " was considered and not chosen" + because + ".",
			Why: Explain(c.Reason, c.Detail), Reason: string(c.Reason), Engagement: c.Engagement, cause: c.Cause.Event})
		return
	}
	t.touches[c.Touch] = c.Engagement
	why := fmt.Sprintf("value %s", strconv.FormatFloat(c.Value, 'f', -1, 64))
	if rivals > 1 {
		why += fmt.Sprintf(", among %d candidates", rivals)
	}
	why += fmt.Sprintf("; variant %s drawn with probability %s", c.Variant, strconv.FormatFloat(c.Propensity, 'f', -1, 64)) + eased
	t.add(Line{At: at, Kind: "decision", Says: fmt.Sprintf("Decided to say %s by %s%s.", c.Engagement, c.Channel, because), Why: why, Touch: c.Touch.String(), Engagement: c.Engagement, cause: c.Cause.Event})
}

// eased says whether the words drawn for a candidate answer what was known to keep the person from it.
func eased(d *effect.Decide, candidate int) string {
	for i := range d.Rounds {
		w := &d.Rounds[i]
		if w.Drawn < 0 || w.Options[w.Drawn].Candidate != candidate || len(w.Barriers) == 0 {
			continue
		}
		if by := w.Options[w.Drawn].Eases; len(by) > 0 {
			return "; it answers what keeps them from it (" + strings.Join(by, ", ") + ")"
		}
		return "; it answers nothing of what keeps them from it (" + strings.Join(w.Barriers, ", ") + ")"
	}
	return ""
}

func (t *teller) settle(x effect.Settle) {
	l := Line{At: x.At, Kind: "outcome", Touch: x.Touch.String(), Engagement: t.touches[x.Touch], Reason: string(x.Why)}
	name := t.name(x.Touch)
	switch x.State {
	case person.HandedOver:
		l.Says = name + " was handed over."
		if x.Why != "" {
			l.Says = name + " is taken as handed over."
		}
	case person.Uncertain:
		l.Says, l.Why = fmt.Sprintf("Nobody knows whether %s was taken.", name), "the carrier did not answer; it is not sent again blindly"
	case person.Pending:
		l.Says = fmt.Sprintf("%s was not taken and will be tried again at %s.", name, x.Retry.Std().Format("2 Jan 15:04 MST"))
	case person.Ended:
		l.Says = name + " could not be handed over."
	case person.InFlight:
		l.Says = name + " is in flight."
	}
	if l.Why == "" && x.Why != "" {
		l.Why = Explain(x.Why, "")
	}
	t.add(l)
}

func (t *teller) name(touch id.Key) string {
	if e := t.touches[touch]; e != "" {
		return e
	}
	return "A touch"
}

// drawnInto tells what was drawn for the person in a trial.
func drawnInto(x *effect.Trial) string {
	step, group, _ := engine.ParseBegins(x.Arm)
	switch {
	case x.Layer == engine.LayerBegins && step > 0:
		return fmt.Sprintf("The program %s begins at step %d for the person's group, which is %q.", x.Program, step, group)
	case engine.IsPolicyLayer(x.Layer):
		return fmt.Sprintf("Drawn into the part %q of those by whom %s compares ways of deciding.", x.Arm, x.Program)
	case x.Program == "":
		return fmt.Sprintf("Drawn into the part %q of the trial of all programs.", x.Arm)
	}
	return fmt.Sprintf("Drawn into the part %q of the trial of the program %s.", x.Arm, x.Program)
}

// Explain words a reason for people.
func Explain(r policy.Reason, detail string) string {
	says := string(r)
	switch r {
	case policy.Deceased:
		says = "the person has died"
	case policy.NotEnrolled:
		says = "the person is not in the program"
	case policy.WrongKind:
		says = "it is meant for somebody else"
	case policy.ConsentNo:
		says = "the person said no"
	case policy.ConsentNone:
		says = "there is no consent, and no default that allows it"
	case policy.NoAddress:
		says = "there is no address to send it to"
	case policy.NoContent:
		says = "there is no text for it"
	case policy.NotApproved:
		says = "its text is not approved"
	case policy.AgainTooSoon:
		says = "it would come again too soon"
	case policy.OftenEnough:
		says = "the person has had it often enough"
	case policy.CapReached:
		says = "the person has been contacted often enough"
	case policy.QuietHours:
		says = "it is outside contact hours where the person is"
	case policy.Expired:
		says = "it came too late to make sense"
	case policy.NotTaken:
		says = "the team that carries it had no place for it: what ranks higher went first"
	case policy.Undelivered:
		says = "the carrier did not take it in five attempts"
	case policy.Refused:
		says = "the carrier refused it"
	case policy.NeverTaken:
		says = "the carrier did not take it"
	case policy.NotChosen:
		says = "something else was chosen instead"
	case policy.HeldOut:
		if strings.HasPrefix(detail, "the program begins") {
			return detail // they wait, and go without for a time alone
		}
		says = "the person is in the part of a trial that goes without"
		if detail == "" {
			says += ", or waits for its beginning"
		}
	case policy.NothingNow:
		says = "saying nothing was drawn instead"
	case policy.OpenQuestion:
		says = "another question waits for its answer"
	case policy.SameWords:
		says = "the person has read the same words often enough"
	case policy.OneChannel:
		says = "another channel says something that day"
	case policy.Moved:
		says = "it waits for a better time of the day"
	case policy.NotNeeded:
		says = "things went another way, so it is not needed any more"
	case policy.Merged:
		says = "two records of the person became one, and the other had begun it before"
	case policy.Retracted:
		says = "what it was decided for was taken back"
	case policy.Minor:
		says = "the person is too young to be written to"
	case policy.Held:
		says = "the person is left alone for now"
	case policy.Restricted:
		says = "what is known of the person is kept, and nothing is done with it"
	case policy.Objected:
		says = "the person objects"
	case policy.Suppressed:
		says = "the address may not be used"
	case policy.TooTelling:
		says = "it tells more than this channel may carry"
	case policy.OutOfTurn:
		says = "another channel has to be tried first"
	case policy.Digested:
		says = "it waits for the digest"
	case policy.Spaced:
		says = "it would follow another message too closely"
	case policy.NotShared:
		says = "the person has not let anybody be told"
	case policy.PassedOn:
		says = "it is for others, to whom it was passed on"
	case policy.Recalled:
		says = "the person that it is about does not share it any more"
	case policy.TooFar:
		says = "it came through too many people"
	case policy.Unconfirmed:
		says = "three days passed without word, so it counts as handed over"
	}
	if detail != "" {
		says += " (" + detail + ")"
	}
	return says
}

// titled is a message's subject, where it has one: texts have none.
func titled(subject string) string {
	if subject == "" {
		return ""
	}
	return fmt.Sprintf(" %q", subject)
}

// merged tells what a merge was for the record.
func merged(x *effect.Merge) string {
	switch x.What {
	case effect.BecamePart:
		return fmt.Sprintf("The record became part of %s, who is the same person. What is heard from now on is there.", x.Other)
	case effect.TookIn:
		return fmt.Sprintf("The record %s, which is of the same person, became part of this one.", x.Other)
	case effect.GaveBack:
		return fmt.Sprintf("The record %s is somebody else's after all, and stands for itself again.", x.Other)
	case effect.OnItsOwn:
		return fmt.Sprintf("The record was not of the same person as %s, and stands for itself again.", x.Other)
	}
	return ""
}
