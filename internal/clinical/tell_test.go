package clinical_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/clinical"
)

var catalogue = event.Standard()

// day is noon of a day of 2027, counted from 1.
func day(n int) instant.Time {
	return instant.Time(1_798_761_600_000).Add(instant.Duration(n-1)*instant.Day + 12*instant.Hour)
}

// version makes a version of an entry: "Appointment booked written=3 start=9 location=A".
func version(t *testing.T, line string) clinical.Entry {
	t.Helper()
	words := strings.Fields(line)
	e := clinical.Entry{Kind: clinical.Kind(words[0]), ID: "x-1", Status: words[1], Subject: clinical.Reference{Kind: "Patient", ID: "ana"}}
	if e.Status == "-" {
		e.Status = ""
	}
	e.Wrong = e.Status == "entered-in-error"
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		var n int
		_, err := fmt.Sscan(value, &n)
		number := err == nil
		switch {
		case name == "at":
			e.At = day(n)
		case name == "from":
			e.Start = day(n)
		case name == "to":
			e.End = day(n)
		case name == "written":
			e.Recorded = day(n)
		case name == "of":
			e.Subject.ID = value
		case number && (name == "start" || name == "end" || name == "deceased_at"):
			e.Props = append(e.Props, event.Prop{Name: name, Value: expr.MomentOf(day(n))})
		case name == "deceased":
			e.Props = append(e.Props, event.Prop{Name: name, Value: expr.FlagOf(true)})
		case name == "replaced_by" || name == "see_also":
			e.Props = append(e.Props, event.Prop{Name: name, Value: expr.ListOf(value)})
		case number:
			e.Props = append(e.Props, event.Prop{Name: name, Value: expr.NumberOf(float64(n))})
		default:
			e.Props = append(e.Props, event.Prop{Name: name, Value: expr.TextOf(value)})
		}
	}
	slices.SortFunc(e.Props, func(a, b event.Prop) int { return strings.Compare(a.Name, b.Name) })
	return e
}

// say writes what is told, one event a word, in the order of time: "booked@3".
func say(told []clinical.Told) string {
	told = slices.Clone(told)
	slices.SortStableFunc(told, func(a, b clinical.Told) int {
		return int(a.OccurredAt-b.OccurredAt)*2 + map[bool]int{true: 1, false: -1}[a.Version > b.Version]
	})
	var words []string
	for _, e := range told {
		words = append(words, fmt.Sprintf("%s@%d", e.Name[strings.LastIndex(e.Name, ".")+1:], e.OccurredAt.Sub(day(1))/instant.Duration(instant.Day)+1))
	}
	return strings.Join(words, " ")
}

// Each row is what a source said of one entry, version by version, and what is told of it.
func TestTell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ it, versions, want string }{
		{"tells a record once it is opened", "Patient - at=3 phone=a", "created@3"},
		{"tells what changed in a record", "Patient - at=3 phone=a|Patient - at=5 phone=b", "created@3 updated@5"},
		{"tells nothing where nothing changed", "Patient - at=3 phone=a|Patient - at=5 phone=a", "created@3"},
		{"tells a death, however the record was dated", "Patient - from=1 deceased=1", "created@1 deceased@1"},
		{"tells a death at its day", "Patient - at=3|Patient - at=9 deceased=1 deceased_at=7", "created@3 deceased@7"},
		{"tells no death that was written down wrongly", "Patient - at=3 deceased=1|Patient - at=5", "created@3"},
		{"tells that a record was replaced by another", "Patient - at=3|Patient - at=4 replaced_by=p-2", "created@3 merged@4"},
		{"tells that two records are no longer said to be of one person", "Patient - at=3 see_also=p-2|Patient - at=4", "created@3 linked@3 unlinked@4"},

		{"tells a visit's beginning and end", "Encounter finished from=3 to=4", "encounter_started@3 encounter_finished@4"},
		{"tells nothing of a visit that is planned", "Encounter planned from=3", ""},
		{"tells nothing of a visit that was called off", "Encounter in-progress from=3 at=3|Encounter cancelled at=4 from=3", ""},
		{"tells no end that was taken back", "Encounter finished from=3 to=4 at=4|Encounter in-progress from=3 at=5", "encounter_started@3"},
		{"keeps what it knew where the source does not know", "Encounter in-progress from=3 at=3|Encounter unknown from=3 at=5", "encounter_started@3"},
		{"tells moves and changes of class", "Encounter in-progress from=3 at=3 location=a class=x|Encounter in-progress from=3 at=4 location=b class=y", "encounter_started@3 transferred@4 class_changed@4"},

		{"tells a diagnosis at its onset", "Condition active from=3 written=4", "condition_recorded@3"},
		{"tells that a diagnosis is over", "Condition resolved from=3 to=6", "condition_recorded@3 condition_resolved@6"},
		{"tells that a diagnosis was found to be wrong", "Condition active from=3 at=3 verification=provisional|Condition active from=3 at=5 verification=refuted", "condition_recorded@3 condition_refuted@5"},
		{"tells no diagnosis that always was refuted", "Condition active written=5 verification=refuted", "condition_refuted@5"},
		{"tells nothing of what was entered in error", "Condition active from=3 at=3|Condition entered-in-error at=4", ""},
		{"tells anew what was right after an error", "Condition active from=3 at=3|Condition entered-in-error at=4|Condition active from=3 at=5", "condition_recorded@3"},

		{"tells a measurement when it is final", "Observation preliminary from=3 0.code=w 0.value=7", ""},
		{"tells each part of a measurement", "Observation final from=3 0.code=w 0.value=7 1.code=h 1.value=8", "recorded@3 recorded@3"},
		{"tells a correction and the right value alone", "Observation final at=3 from=3 0.code=w 0.value=7|Observation corrected at=4 from=3 0.code=w 0.value=8", "recorded@3 corrected@3"},
		{"tells no correction where the value is the same", "Observation final at=3 from=3 0.code=w 0.value=7|Observation amended at=4 from=3 0.code=w 0.value=7", "recorded@3"},
		{"tells a device's number as the device's too", "Observation final from=3 device=d 0.code=w 0.value=7", "recorded@3 reading@3"},
		{"tells nothing of a measurement that was cancelled", "Observation final at=3 from=3 0.code=w 0.value=7|Observation cancelled at=4 from=3 0.code=w 0.value=7", ""},

		{"tells a prescription, and that it was stopped", "MedicationRequest active at=3 written=3|MedicationRequest stopped at=9 written=3", "prescribed@3 stopped@9"},
		{"tells no prescription that was a draft", "MedicationRequest draft at=3 written=3", ""},
		{"tells nothing of a prescription that was called off before anybody knew", "MedicationRequest cancelled at=3 written=3", ""},
		{"tells a medicine that was handed over", "MedicationDispense completed from=3", "dispensed@3"},
		{"tells none that was only prepared", "MedicationDispense preparation from=3", ""},
		{"tells what the person says of taking it", "MedicationStatement not-taken from=3", "missed@3"},

		{"tells an appointment's life", "Appointment proposed written=1 at=1 start=9 from=9|Appointment booked written=1 at=2 start=9 from=9|Appointment booked written=1 at=3 start=10 from=10|" +
			"Appointment booked written=1 at=4 start=10 from=10 location=b|Appointment arrived written=1 at=10 start=10 from=10|Appointment fulfilled written=1 at=11 start=10 from=10 to=10",
			"requested@1 booked@2 rescheduled@3 changed@4 arrived@10 completed@10"},
		{"tells an appointment that moved twice", "Appointment booked written=1 at=2 start=9 from=9|Appointment booked at=3 start=10 from=10|Appointment booked at=4 start=9 from=9", "booked@1 rescheduled@3 rescheduled@4"},
		{"tells one that came and is still there", "Appointment booked written=1 at=2 from=9|Appointment checked-in at=9 from=9", "booked@1 arrived@9"},
		{"tells one that was not kept", "Appointment noshow written=1 from=9", "booked@1 noshow@9"},
		{"tells one that was kept after all", "Appointment noshow written=1 at=9 from=9|Appointment fulfilled written=1 at=10 from=9", "booked@1 completed@9"},
		{"tells one that was called off", "Appointment booked written=1 at=1 from=9|Appointment cancelled written=1 at=5 from=9", "booked@1 cancelled@5"},
		{"tells nothing of one entered in error", "Appointment booked written=1 from=9 at=1|Appointment entered-in-error at=2", ""},
		{"tells that a referral has its appointment", "Appointment booked written=1 from=9 referral=r-3", "booked@1 scheduled@1"},

		{"tells a referral's life", "ServiceRequest active written=1 at=1 to=b|ServiceRequest completed written=1 at=9 to=b", "requested@1 closed@9"},
		{"tells that a referral was changed and called off", "ServiceRequest active written=1 at=1 priority=routine|ServiceRequest active written=1 at=2 priority=urgent|ServiceRequest revoked written=1 at=3 priority=urgent", "requested@1 changed@2 cancelled@3"},
		{"tells what those who were asked did", "Task received written=1 at=1 referral=r|Task accepted written=2 at=2 referral=r|Task completed written=9 at=9 referral=r report=d", "acknowledged@1 accepted@2 report_received@9 closed@9"},
		{"tells that they declined", "Task rejected written=2 referral=r", "declined@2"},

		{"tells a plan's life", "CarePlan active from=1 at=1 title=a|CarePlan active from=1 at=4 title=b|CarePlan completed from=1 at=8 to=7 title=b", "started@1 revised@4 completed@7"},
		{"tells nothing of a plan that is a draft", "CarePlan draft from=1 title=a", ""},
		{"tells a goal that was reached", "Goal active from=1 at=1|Goal completed from=1 at=5 achievement=achieved", "set@1 reached@5"},
		{"tells a goal that was given up as set", "Goal completed from=1 at=5 achievement=not-achieved", "set@1"},
		{"tells answers, and that they were changed", "QuestionnaireResponse in-progress written=1 at=1|QuestionnaireResponse completed written=2 at=2 score=4|QuestionnaireResponse amended written=2 at=3 score=5", "started@1 completed@2 amended@2"},

		{"tells consent and that it was taken back", "Consent active written=1 at=1 a.rule=permit a.purpose=treat|Consent inactive written=1 at=5 a.rule=permit a.purpose=treat", "granted@1 withdrawn@5"},
		{"tells a no", "Consent active written=1 a.rule=deny a.purpose=treat b.rule=permit b.purpose=refill", "denied@1 granted@1"},
		{"tells what the person wrote", "Communication completed from=2 text=hello", "received@2"},
		{"tells what another system asks to be written", "CommunicationRequest active written=2 text=hello", "requested@2"},
		{"tells who cares for the person, and no longer", "RelatedPerson active from=1 at=1 caregiver=r|RelatedPerson inactive from=1 at=6 caregiver=r", "linked@1 unlinked@6"},
		{"tells who a clinician is", "Practitioner active at=2 kind=clinician last_name=Osei", "registered@2"},

		{"tells of whom it is about now, and of nobody else", "Condition active from=3 at=3 of=ben|Condition active from=4 at=4 of=ana", "condition_recorded@4"},
		{"tells nothing of which nobody says when it was", "Procedure completed", ""},
	} {
		var versions []clinical.Entry
		for line := range strings.SplitSeq(c.versions, "|") {
			versions = append(versions, version(t, line))
		}
		if got := say(clinical.Tell(versions)); got != c.want {
			t.Errorf("it %s:\n%s\ntells %s\nnot   %s", c.it, strings.ReplaceAll(c.versions, "|", "\n"), got, c.want)
		}
	}
}

func TestACorrectionNamesWhatItReplaces(t *testing.T) {
	t.Parallel()
	wrong, right := version(t, "Observation final at=3 from=3 0.code=w 0.value=7"), version(t, "Observation corrected at=4 from=3 0.code=w 0.value=8")
	before, after := clinical.Tell([]clinical.Entry{wrong}), clinical.Tell([]clinical.Entry{wrong, right})
	if after[1].Field("replaces").Text != before[0].ID || after[0].ID == before[0].ID || after[0].Field("value").Num != 8 {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if r := clinical.Retraction(before[0], after); r.Name != "observation.retracted" || r.Field("revokes").Text != before[0].ID {
		t.Errorf("what was wrong is taken back by %+v", r)
	}
}

// Each row is a pair of versions and the events that take back what only the first tells.
func TestRetraction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ was, is, want string }{
		{"Encounter finished from=3 to=4 at=4", "Encounter in-progress from=3 at=5", "care.encounter_reopened"},
		{"Encounter in-progress from=3 at=4", "Encounter cancelled from=3 at=5", "care.encounter_cancelled"},
		{"Appointment booked written=1 from=9 at=1", "Appointment entered-in-error at=5", "appointment.retracted"},
		{"Appointment noshow written=9 from=9 at=1", "Appointment fulfilled written=9 from=9 at=5", "record.retracted"},
		{"Observation final from=3 at=3 0.code=w 0.value=1", "Observation entered-in-error at=4", "observation.retracted"},
		{"Condition active from=3 at=3", "Condition entered-in-error at=4", "record.retracted"},
	} {
		a, b := version(t, c.was), version(t, c.is)
		was, is := clinical.Tell([]clinical.Entry{a}), clinical.Tell([]clinical.Entry{a, b})
		var got []string
		for _, told := range was {
			if !slices.ContainsFunc(is, func(o clinical.Told) bool { return o.ID == told.ID }) {
				r := clinical.Retraction(told, is)
				if p := check(&r); p != "" {
					t.Error(p)
				}
				got = append(got, r.Name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s and then %s: taken back by %v, not %s", c.was, c.is, got, c.want)
		}
	}
}

// check holds an event against the catalogue more strictly than intake does: it says nothing that is not declared.
func check(e *event.Event) string {
	d, known := catalogue.Find(e.Name)
	if !known {
		return e.Name + " is not in the catalogue"
	}
	if len(e.ID) > 200 || e.ID == "" {
		return e.Name + " has an id of " + fmt.Sprint(len(e.ID)) + " bytes"
	}
	for i, p := range e.Props {
		if i > 0 && e.Props[i-1].Name >= p.Name {
			return e.Name + " has properties that are not in order: " + p.Name
		}
		f := slices.IndexFunc(d.Fields, func(f event.FieldDef) bool { return f.Name == p.Name })
		if f < 0 {
			return e.Name + " has no field " + p.Name
		}
		if p.Value.Type != d.Fields[f].Type && p.Value.Type != expr.Missing && (p.Value.Type != expr.Integer || d.Fields[f].Type != expr.Number) {
			return e.Name + "." + p.Name + " is " + p.Value.Type.String()
		}
	}
	return ""
}

// history draws versions of one entry of any kind.
func history(rt *rapid.T) []clinical.Entry {
	row := rapid.SampledFrom(clinical.Table()).Draw(rt, "kind")
	kind := row.Kind
	switch kind {
	case "Patient":
		row.Event = "patient.created" // every property is a trait
	case "Observation":
		row.Event = "observation.recorded" // whatever is measured is said
	}
	statuses := []string{"active", "booked", "proposed", "pending", "waitlist", "arrived", "fulfilled", "noshow", "cancelled", "planned", "in-progress", "finished", "unknown", "final", "corrected",
		"preliminary", "completed", "stopped", "draft", "revoked", "received", "accepted", "rejected", "inactive", "amended", "resolved", "not-taken", "on-hold", ""}
	moment := rapid.Custom(func(rt *rapid.T) instant.Time {
		if n := rapid.IntRange(0, 6).Draw(rt, "day"); n > 0 {
			return day(n)
		}
		return 0
	})
	value := rapid.SampledFrom([]string{"a", "b", "refuted"})
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) clinical.Entry {
		e := clinical.Entry{Kind: kind, ID: "x-1", Subject: clinical.Reference{Kind: "Patient", ID: rapid.SampledFrom([]string{"ana", "ana", "ana", "ben"}).Draw(rt, "whom")}}
		e.Status = rapid.SampledFrom(statuses).Draw(rt, "status")
		e.Wrong = rapid.IntRange(0, 9).Draw(rt, "wrong") == 0
		e.At, e.Start, e.End, e.Recorded = moment.Draw(rt, "at"), moment.Draw(rt, "start"), moment.Draw(rt, "end"), moment.Draw(rt, "recorded")
		d, _ := catalogue.Find(row.Event)
		for _, f := range d.Fields {
			if !rapid.Bool().Draw(rt, f.Name) {
				continue
			}
			v := map[expr.Type]expr.Value{
				expr.Text: expr.TextOf(value.Draw(rt, "text")), expr.Number: expr.NumberOf(7), expr.Integer: expr.IntegerOf(3), expr.Flag: expr.FlagOf(true),
				expr.List: expr.ListOf("a"), expr.Moment: expr.MomentOf(day(9)),
			}[f.Type]
			name := f.Name
			switch {
			case kind == "Observation" && name != "device":
				name = "0." + name
			case kind == "Consent" && name != "consent" && name != "scope":
				name = "a." + name
			}
			e.Props = append(e.Props, event.Prop{Name: name, Value: v})
		}
		switch kind {
		case "Patient":
			e.Props = append(e.Props, event.Prop{Name: "deceased", Value: expr.FlagOf(rapid.Bool().Draw(rt, "dead"))})
		case "Consent":
			e.Props = append(e.Props, event.Prop{Name: "a.rule", Value: expr.TextOf("permit")})
		case "Practitioner", "PractitionerRole":
			e.Props = slices.DeleteFunc(e.Props, func(p event.Prop) bool { return p.Name == "kind" })
			e.Props = append(e.Props, event.Prop{Name: "kind", Value: expr.TextOf("clinician")})
		}
		slices.SortFunc(e.Props, func(a, b event.Prop) int { return strings.Compare(a.Name, b.Name) })
		return e
	}), 1, 6).Draw(rt, "versions")
}

// What is told is a function of the set of versions: neither their order nor repetition matters.
func TestTellGoesByTheSetOfVersions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		versions := history(rt)
		shuffled := rapid.Permutation(append(slices.Clone(versions), versions[0])).Draw(rt, "shuffled")
		if a, b := clinical.Tell(versions), clinical.Tell(shuffled); !reflect.DeepEqual(a, b) {
			rt.Fatalf("%+v\ntells %+v\nand shuffled %+v", versions, a, b)
		}
	})
}

// Whoever hears of one version after the other and is told the differences knows the same in the end; and an id is of one
// event only, whatever was known when it was told.
func TestDifferencesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		versions := history(rt)
		known, ever := map[string]event.Event{}, map[string]event.Event{}
		for i := range versions {
			told := clinical.Tell(versions[:i+1])
			now := map[string]bool{}
			for _, e := range told {
				if now[e.ID] {
					rt.Fatalf("%s is told twice", e.ID)
				}
				now[e.ID] = true
				if was, again := ever[e.ID]; again && !reflect.DeepEqual(was, e.Event) {
					rt.Fatalf("%s was %+v and is %+v", e.ID, was, e.Event)
				}
				known[e.ID], ever[e.ID] = e.Event, e.Event
				if p := check(&e.Event); p != "" {
					rt.Fatal(p)
				}
			}
			for id, was := range known {
				if !now[id] {
					r := clinical.Retraction(clinical.Told{Event: was}, told)
					if p := check(&r); p != "" || r.Field("revokes").Text != id {
						rt.Fatal(p, r)
					}
					delete(known, id)
				}
			}
		}
		final := clinical.Tell(versions)
		if len(final) != len(known) {
			rt.Fatalf("%d events are told and %d are known", len(final), len(known))
		}
		for _, e := range final {
			if !reflect.DeepEqual(known[e.ID], e.Event) {
				rt.Fatalf("%+v is known as %+v", e.Event, known[e.ID])
			}
		}
	})
}

// What was entered in error leaves nothing, whatever was before.
func TestAnErrorLeavesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		versions := history(rt)
		last := versions[0]
		last.At, last.Wrong = instant.Never, true
		if told := clinical.Tell(append(versions, last)); len(told) > 0 {
			rt.Fatalf("tells %+v", told)
		}
	})
}
