package record

import (
	"attune/core/channel"
	"attune/core/decision"

	"reflect"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/stage"
)

// everything is one record of each input, and together they have one of each effect with no field
// left empty.
func everything() []Record {
	key := func(b byte) id.Key { return id.Key{b, 1} }
	heard := event.Event{ID: "app/1", Name: "medication.dispensed", OccurredAt: 5, ReceivedAt: 6, SentAt: 7, OriginalAt: 8, Source: "app", Version: 9, Historical: true}.
		With("days_supply", expr.IntegerOf(30)).With("codes", expr.ListOf("a", "b"))
	cause := person.Cause{Rule: "engagement e", What: "signal x", Event: "app/1", At: 4}
	return []Record{
		{At: 10, What: engine.Heard{Event: heard}, Effects: []effect.Effect{
			effect.Decide{ID: key(1), At: 11, Candidates: []effect.Candidate{
				{Program: "p", Engagement: "e", Value: 12.5, Cause: cause, Touch: key(2), Variant: "v", Channel: "email", Propensity: 0.5, Outcome: "p/o", Within: instant.Day, Reason: policy.CapReached, Detail: "d"}}, Rounds: []effect.Weighing{{
				Model: 7, Bank: 3, Manner: decision.Manner{Policy: decision.Learned, Explore: .05, Least: .1, Most: .9}, Arm: "usual", Base: []decision.Term{{Feature: 5, Value: .5}},
				Nothing: .25, Place: .5, Drawn: 0, Retired: []string{"p/e/old"}, Barriers: []string{"no_bus", "opportunity"}, Motives: []string{"family"}, Options: []effect.Weighed{{
					Candidate: 1, Variant: "v", Channel: "email", Part: "morning", Due: 12, Why: policy.Moved, Stage: stage.Action, Confidence: .75,
					Option: decision.Option{Path: [4]uint32{1, 2, 3, 4}, Terms: []decision.Term{{Feature: 6, Value: 1}}, Value: 12, Fit: 1.25, Context: 1, Lever: 1.5, Cost: .25, Reach: 20},
					Weight: decision.Weight{Effect: .06, SD: .03, Hazard: .004, Burden: .08, Score: .5, Probability: .75},
				}},
			}}},
			effect.Effective{At: 11, Event: "app/9", Said: 10, Purpose: "care", Channel: "sms", Topic: "feet"},
			effect.Hold{At: 12, Hold: "crisis", On: true, Until: 99, What: "message.received", Event: "app/9"},
			effect.Propose{At: 12, ID: key(17), To: "mrn:2", Relation: "daughter", Program: "p", Engagement: "e", Purpose: "care", Name: "Ana", Origin: 7, Release: 8, Hops: 1},
			effect.Recall{At: 12, ID: key(18), To: "mrn:2", Purpose: "care", Program: "p", Engagement: "e", Origin: 7, Ends: true, Why: "w"},
			effect.Recalled{At: 12, About: id.Person{9}, With: "mrn:2", Purpose: "care", Recall: key(18), Said: 11},
			effect.Trial{At: 12, Program: "p", Layer: "program", Arm: "control"},
			effect.Schedule{Touch: key(3), Due: 12, Why: policy.QuietHours, At: 13},
			effect.Sense{At: 14, Program: "p", Signal: "p/s", On: true, Late: true},
			effect.Join{At: 15, Program: "p", In: true, Phase: "f"},
			effect.Move{At: 16, Program: "p", From: "a", To: "b", Exit: "x", CountedBefore: true, CountedAfter: true, Again: true, Skipped: []string{"c"}},
			effect.Walk{At: 17, Enrollment: key(4), Program: "p", Journey: "j", What: "entered", Step: "s", Why: "w"},
		}},
		{At: 20, What: engine.Gate{Touches: []id.Key{key(5), key(7)}}, Effects: []effect.Effect{
			effect.Send{At: 21, Touch: key(5), Attempt: key(6), Program: "p", Engagement: "e", Variant: "v", Channel: "email", Language: "es", Template: "t", Content: "c", Purpose: "care", Consent: "granted in app/1", Granted: "app/1", Law: "GB 2026-11", Frame: "f", Parts: []effect.Part{{Touch: key(9), Engagement: "g", Variant: "w", Template: "u", Content: "d", Purpose: "care", Consent: "granted in app/2", Granted: "app/2", Law: "US"}}, Class: channel.Clinical, Value: 1.5, Expires: 23, To: "a@b.example", Name: "Ana", FirstName: "Ana", LastName: "López", About: id.Person{9}, AboutName: "Eva"},
			effect.End{At: 22, Touch: key(7), Program: "p", Engagement: "e", Channel: "email", Reason: policy.Expired, Detail: "d"},
		}},
		{At: 30, What: engine.Settled{Attempt: key(8), Outcome: engine.Postponed, RetryAfter: instant.Minute, Reference: "r", To: "a@b.example", Subject: "s", Body: "b"}, Effects: []effect.Effect{
			effect.Settle{Lead: key(11), At: 31, Touch: key(9), Attempt: key(10), Channel: "email", State: person.Pending, Why: policy.NeverTaken, Retry: 32},
			effect.Ignore{At: 33, Why: "repeated"},
		}},
		{At: 40, What: engine.Tick{Slept: true}},
		{At: 40, What: engine.Tick{}, Effects: []effect.Effect{effect.Again{}, effect.NeedHistory{}}},
		{At: 50, What: engine.Resume{Enrollment: key(11), To: "s"}, Effects: []effect.Effect{
			effect.Request{At: 51, ID: key(12), Enrollment: key(13), Program: "p", Journey: "j", Step: "s", Kind: effect.Task, What: "call", For: "nurse", Reason: "r", Urgency: "urgent", Priority: 2, Fields: []event.Prop{{Name: "language", Value: expr.TextOf("es")}}, Due: 52},
			effect.Close{At: 53, Request: key(14), Program: "p", Why: "answered", Outcome: "reached"},
			effect.Note{At: 54, Enrollment: key(15), Event: heard},
			effect.See{Of: 7, At: 55, Program: "p", Moment: "m", Since: 54, By: "gp", To: "specialist"},
			effect.Promise{At: 56, Program: "p", Moment: "m", To: "n", Phase: "f", Due: 57, State: effect.Late},
			effect.Group{At: 58, Program: "p", Audience: "a", In: true, What: "w", Event: "app/1"},
		}},
		{At: 55, What: engine.Replay{Touch: key(9), NotDelivered: true}},
		{At: 56, What: engine.Outranked{Touches: []id.Key{key(17), key(18)}}},
		{At: 60, What: engine.Switch{To: 7, IncludeExisting: true}, Effects: []effect.Effect{
			effect.Change{At: 61, Program: "p", Behavior: "b", From: "action", To: "relapse", What: "w", Event: "app/1"},
			effect.Succeed{At: 62, Program: "p", Outcome: "o", Value: 3, Touch: key(16)},
			effect.Retract{At: 63, Event: "app/1"},
			effect.Switch{At: 64, From: 6, To: 7},
		}},
	}
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	for _, was := range everything() {
		b, err := was.Encode()
		if err != nil {
			t.Fatal(err)
		}
		is, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(was, is) {
			t.Errorf("wrote %+v\nread  %+v", was, is)
		}
	}
}

// A field that is added to an effect and forgotten in the wire form would be lost: every field of the
// sample has a value, so the round trip above would show it.
func TestTheSampleLeavesNoFieldEmpty(t *testing.T) {
	for _, r := range everything() {
		for _, e := range r.Effects {
			v := reflect.ValueOf(e)
			for i := range v.NumField() {
				if v.Field(i).IsZero() {
					t.Errorf("%T.%s is empty in the sample", e, v.Type().Field(i).Name)
				}
			}
		}
	}
}

// FuzzDecode asks that what can be read is written the same again.
func FuzzDecode(f *testing.F) {
	for _, r := range everything() {
		b, err := r.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		once, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, _ := again.Encode(); string(once) != string(twice) {
			t.Error("reading and writing again changes it")
		}
	})
}
