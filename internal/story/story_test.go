package story

import (
	"strings"
	"testing"

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

func TestItTellsWhatHappenedAndWhy(t *testing.T) {
	const noon = instant.Time(1_800_014_400_000) // 15 Jan 2027 12:00
	touch, attempt := id.Key{1}, id.Key{2}
	opened := event.Event{Name: "message.opened", Source: "app", OccurredAt: noon + 9}.With("touch", expr.TextOf(touch.String()))
	late := event.Event{Name: "portal.visited", Source: "app", OccurredAt: noon - instant.Time(50*instant.Day)}
	records := []record.Record{
		{At: noon, What: engine.Tick{}, Effects: []effect.Effect{
			effect.Sense{At: noon, Program: "p", Signal: "p/refill_late", On: true},
			effect.Decide{At: noon, Candidates: []effect.Candidate{
				{Program: "p", Engagement: "refill", Value: 12, Cause: person.Cause{Rule: "engagement refill", What: "signal refill_late"}, Touch: touch, Variant: "warm", Channel: "email", Propensity: 0.5},
				{Program: "p", Engagement: "check_in", Value: 6, Reason: policy.CapReached, Detail: "3 within 7d"},
			}},
			effect.Schedule{At: noon, Touch: touch, Due: noon + 1, Why: policy.QuietHours},
		}},
		{At: noon + 1, What: engine.Gate{}, Effects: []effect.Effect{effect.Send{At: noon + 1, Touch: touch, Attempt: attempt, Engagement: "refill", Channel: "email", Language: "en", Variant: "warm", Consent: "treatment_support granted in app/7"}}},
		{At: noon + 2, What: engine.Settled{Attempt: attempt, Outcome: engine.Accepted, To: "a@b.example", Subject: "Hello", Body: "Dear Ana"}, Effects: []effect.Effect{
			effect.Settle{At: noon + 2, Touch: touch, Attempt: attempt, Channel: "email", State: person.HandedOver}}},
		{At: noon + 9, What: engine.Heard{Event: opened}},
		{At: noon + 10, What: engine.Heard{Event: opened}, Effects: []effect.Effect{effect.Ignore{At: noon + 10, Why: "repeated"}}},
		{At: noon + 11, What: engine.Heard{Event: late}},
	}
	var told strings.Builder
	for _, l := range Tell(records) {
		told.WriteString(l.Kind + ": " + l.Says)
		if l.Why != "" {
			told.WriteString(" | " + l.Why)
		}
		told.WriteByte('\n')
	}
	want := `signal: The signal refill_late came on.
decision: Decided to say refill by email, because of signal refill_late. | value 12, among 2 candidates; variant warm drawn with probability 0.5
refusal: check_in was considered and not chosen. | the person has been contacted often enough (3 within 7d)
waiting: refill waits until 15 Jan 12:00 UTC. | it is outside contact hours where the person is
sending: The gate let refill pass, by email in en (variant warm). | treatment_support granted in app/7; limits and contact hours were checked again at this moment
message: The message "Hello" went to the carrier, which answered: accepted.
outcome: refill was handed over.
event: message.opened was reported by app: about refill.
ignored: Something arrived that changed nothing. | the same event had arrived before
event: portal.visited was reported by app (it happened on 26 Nov 2026).
`
	if told.String() != want {
		t.Errorf("told\n%s\nwant\n%s", told.String(), want)
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	for _, r := range []policy.Reason{policy.Deceased, policy.NotEnrolled, policy.WrongKind, policy.ConsentNo, policy.ConsentNone, policy.NoAddress, policy.NoContent, policy.NotApproved,
		policy.AgainTooSoon, policy.OftenEnough, policy.CapReached, policy.QuietHours, policy.Expired, policy.Undelivered, policy.Refused, policy.NeverTaken, policy.Unconfirmed} {
		if Explain(r, "") == string(r) {
			t.Errorf("%s is not put into words", r)
		}
	}
}

// What was drawn for the person is told by what it means.
func TestItTellsWhatWasDrawn(t *testing.T) {
	for want, x := range map[string]effect.Trial{
		`Drawn into the part "holdout" of the trial of all programs.`:                     {Layer: engine.LayerAll, Arm: engine.ArmHoldout},
		`Drawn into the part "uniform" of the trial of the program p.`:                    {Program: "p", Layer: engine.LayerProgram, Arm: engine.ArmUniform},
		`Drawn into the part "matched" of those by whom p compares ways of deciding.`:     {Program: "p", Layer: engine.LayerPolicy, Arm: engine.ArmMatched},
		`Drawn into the part "model" of those by whom p compares ways of deciding.`:       {Program: "p", Layer: engine.PolicyLayer(policy.Compare{Pinned: "0b6d2cf3d2a17e95"}), Arm: engine.ArmModel},
		`The program p begins at step 2 for the person's group, which is "North clinic".`: {Program: "p", Layer: engine.LayerBegins, Arm: "2 North clinic"},
	} {
		if lines := Tell([]record.Record{{What: engine.Tick{}, Effects: []effect.Effect{x}}}); len(lines) != 1 || lines[0].Says != want {
			t.Errorf("told %+v, want %q", lines, want)
		}
	}
	for want, detail := range map[string]string{
		"the person is in the part of a trial that goes without (from all programs)":         "from all programs",
		"the program begins for them on 2027-03-22":                                          "the program begins for them on 2027-03-22",
		"the person is in the part of a trial that goes without, or waits for its beginning": "",
	} {
		if is := Explain(policy.HeldOut, detail); is != want {
			t.Errorf("%q is explained as %q, want %q", detail, is, want)
		}
	}
}
