package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
	"attune/core/person"
	"attune/internal/story"
)

// resource is a resource of FHIR, or a part of one.
type resource = map[string]any

// anaWith is Ana's own resource, with more.
func anaWith(more resource) resource {
	r := resource{
		"resourceType": "Patient", "id": "ana", "birthDate": "1960-05-01", "name": []resource{{"given": []string{"Ana"}}},
		"telecom": []resource{{"system": "email", "value": "ana@patients.example"}},
	}
	for name, v := range more {
		r[name] = v
	}
	return r
}

// ago is an instant before now, as FHIR writes it.
func ago(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }

const aDay = 24 * time.Hour

// diagnosis is that Ana has diabetes, since an instant.
func diagnosis(since, status, written string) resource {
	r := resource{
		"resourceType": "Condition", "id": "c-1", "subject": resource{"reference": "Patient/ana"}, "onsetDateTime": since,
		"verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", status), "code": coded("http://snomed.info/sct", "44054006"),
		"meta": resource{"lastUpdated": written},
	}
	if status == "confirmed" {
		r["clinicalStatus"] = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active")
	}
	return r
}

func coded(system, code string) resource {
	return resource{"coding": []resource{{"system": system, "code": code}}}
}

// missed is a visit that Ana did not come to, or that never was.
func missed(at, status, written string) resource {
	return resource{
		"resourceType": "Appointment", "id": "a-1", "status": status, "start": at, "meta": resource{"lastUpdated": written},
		"participant": []resource{{"actor": resource{"reference": "Patient/ana"}, "status": "accepted"}},
	}
}

// supply is a supply for thirty days that Ana fetched.
func supply(id, at string) resource {
	return resource{
		"resourceType": "MedicationDispense", "id": id, "status": "completed", "subject": resource{"reference": "Patient/ana"}, "whenHandedOver": at,
		"daysSupply": resource{"value": 30}, "medicationCodeableConcept": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "860975"),
	}
}

// deleted says that a resource was taken out of the record.
func deleted(what string) resource {
	return resource{"resourceType": "Bundle", "type": "transaction", "entry": []resource{{"request": resource{"method": "DELETE", "url": what}}}}
}

// known is that Ana has had diabetes for long, and takes something for it: she is in the program, and nothing is said.
func known() []resource {
	return []resource{anaWith(nil), diagnosis("2020-05-01", "confirmed", "2020-05-01T10:00:00Z"), {
		"resourceType": "MedicationRequest", "id": "rx-1", "status": "active", "intent": "order", "subject": resource{"reference": "Patient/ana"}, "authoredOn": "2020-05-02",
		"medicationCodeableConcept": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "860975"),
	}}
}

// lived imports what was known of Ana, then what is told as news, and lets an hour pass. It returns what was to be said to
// her and is not withdrawn.
func lived(t *testing.T, before, news []resource, live bool) (said []string) {
	t.Helper()
	data := clinic(t)
	give(t, data, before, false)
	give(t, data, news, live)
	n := later(t, data, diabetes, instant.Hour)
	p := imported(t, n, "ana")
	for _, x := range p.Touches {
		if x.State != person.Ended {
			said = append(said, x.Engagement)
		}
	}
	return said
}

// give imports resources.
func give(t *testing.T, data string, all []resource, live bool) {
	t.Helper()
	var lines []string
	for _, r := range all {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	file := filepath.Join(t.TempDir(), "record.ndjson")
	write(t, file, strings.Join(lines, "\n"))
	importing(t, data, Import{Paths: []string{file}, Live: live})
}

// later lives on until some time from now.
func later(t *testing.T, data, program string, after instant.Duration) *Node {
	t.Helper()
	rel, _ := mustLoad(t, program)
	n, err := Open(t.Context(), Options{Data: data, Release: rel, Now: func() instant.Time { return instant.Of(time.Now()).Add(after) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	for {
		p, err := n.Runner.Tick(t.Context(), n.Now())
		if err != nil {
			t.Fatal(err)
		}
		if !p.More {
			return n
		}
	}
}

// What was dispensed before, as an import tells it, is the supply that is reckoned with, and says nothing of itself. When
// the next is not fetched, a gap is told at its time, and is answered.
func TestASupplyThatIsNotFetchedAgainIsNoticedAfterAnImport(t *testing.T) {
	t.Parallel()
	program := t.TempDir()
	if err := os.CopyFS(program, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	edit(t, program, map[string][2]string{
		"engagements/refill_reminder.yaml": {`when: signal("refill_late") && count("medication.stopped", "365d") < 1`, "when: {on: medication.refill_gap, where: event.gap_days == 7}"},
	})
	before := known()
	for k := range 6 { // one gap of a month among them, of long ago
		if k != 3 {
			before = append(before, supply("d-"+string(rune('a'+k)), ago(time.Duration(190-30*k)*aDay)))
		}
	}
	for _, c := range []struct {
		name        string
		news        []resource
		after       instant.Duration
		tells, says string
	}{
		{"nothing is said of a past gap", nil, instant.Hour, "", ""},
		{"a refill is due before the supply ends", []resource{supply("d-now", ago(time.Hour))}, 24 * instant.Day, "refill_due", ""},
		{"a week after it has ended, it is said and answered", []resource{supply("d-now", ago(time.Hour))}, 49 * instant.Day, "refill_due refill_gap refill_gap adherence_changed", "refill_reminder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data := clinicWith(t, program)
			give(t, data, before, false)
			if len(c.news) > 0 {
				give(t, data, c.news, true)
			}
			n := later(t, data, program, c.after)
			ana := imported(t, n, "ana")
			if len(ana.Supplies) != 1 || len(ana.Supplies[0].Fills) < 5 {
				t.Fatalf("her supplies are %+v", ana.Supplies)
			}
			view := (&Server{Node: n}).view()
			records, err := view.records(t.Context(), ana.ID)
			if err != nil {
				t.Fatal(err)
			}
			var tells, says []string
			for _, l := range story.Tell(records) {
				if name, ours := strings.CutPrefix(l.Event, "medication."); ours && (strings.HasPrefix(name, "refill") || name == "adherence_changed") {
					tells = append(tells, name)
				}
				if l.Kind == "decision" && l.Touch != "" {
					says = append(says, l.Engagement)
				}
			}
			if tells, says := strings.Join(tells, " "), strings.Join(says, " "); tells != c.tells || says != c.says {
				t.Errorf("told is %q and said %q, want %q and %q", tells, says, c.tells, c.says)
			}
		})
	}
}

// scene is what is known of Ana, what is told of her, and what is said to her because of it.
type scene struct {
	name         string
	before, news []resource
	history      bool // the news is imported as history
	want         []string
}

func play(t *testing.T, scenes []scene) {
	t.Helper()
	if testing.Short() {
		t.Skip("each scene is an import or two: the whole run does them")
	}
	if !slices.ContainsFunc(scenes, func(s scene) bool { return len(s.want) > 0 }) {
		t.Fatal("nothing is said in any of these scenes: they prove nothing")
	}
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if said := lived(t, s.before, s.news, !s.history); !slices.Equal(said, s.want) {
				t.Errorf("said is %v, want %v", said, s.want)
			}
		})
	}
}

func TestTheDeceasedAreNeverTouched(t *testing.T) {
	t.Parallel()
	now := ago(time.Hour)
	news := diagnosis(now, "confirmed", now)
	died := anaWith(resource{"deceasedDateTime": "2024-02-01T08:00:00Z"})
	play(t, []scene{
		{"somebody who lives is welcomed", []resource{anaWith(nil)}, []resource{news}, false, []string{"welcome"}},
		{"somebody whose record says when they died is not", []resource{died}, []resource{news}, false, nil},
		{"nor whose record says only that they did", []resource{anaWith(resource{"deceasedBoolean": true})}, []resource{news}, false, nil},
		{"a record that says that they live says nothing else", []resource{anaWith(resource{"deceasedBoolean": false})}, []resource{news}, false, []string{"welcome"}},
		{"a death that is told after the news, before anything was said", []resource{anaWith(nil)}, []resource{news, died}, false, nil},
		{"a missed visit is answered", known(), []resource{missed(now, "noshow", now)}, false, []string{"check_in"}},
		{"a missed visit of somebody who died since", append(known(), died), []resource{missed(now, "noshow", now)}, false, nil},
	})
}

func TestRetractedFactsNeverCauseATouch(t *testing.T) {
	t.Parallel()
	was, now := ago(2*time.Hour), ago(time.Hour)
	play(t, []scene{
		{"a diagnosis that stands is answered", []resource{anaWith(nil)}, []resource{diagnosis(was, "confirmed", was), diagnosis(was, "confirmed", now)}, false, []string{"welcome"}},
		{"one that was entered in error is not", []resource{anaWith(nil)}, []resource{diagnosis(was, "confirmed", was), diagnosis(was, "entered-in-error", now)}, false, nil},
		{"nor one that was deleted", []resource{anaWith(nil)}, []resource{diagnosis(was, "confirmed", was), deleted("Condition/c-1")}, false, nil},
		{"nor one whose error is told before it", []resource{anaWith(nil)}, []resource{diagnosis(was, "entered-in-error", now), diagnosis(was, "confirmed", was)}, false, nil},
		{"nor one that was refuted", []resource{anaWith(nil)}, []resource{diagnosis(was, "refuted", was)}, false, nil},
		{"a missed visit is answered", known(), []resource{missed(was, "booked", was), missed(was, "noshow", now)}, false, []string{"check_in"}},
		{"one that never was is not, though it had been answered and waits", known(), []resource{missed(was, "noshow", was), missed(was, "entered-in-error", now)}, false, nil},
		{"nor one that was kept after all", known(), []resource{missed(was, "noshow", was), missed(was, "fulfilled", now)}, false, nil},
		{"who is in the program by an error is not in it", append(known(), diagnosis("2020-05-01", "entered-in-error", "2021-05-01T10:00:00Z")), []resource{missed(was, "noshow", now)}, false, nil},
	})
}

func TestOldFactsNeverCauseATouch(t *testing.T) {
	t.Parallel()
	now, before := ago(time.Hour), ago(8*aDay)
	play(t, []scene{
		{"a visit that was missed today is answered", known(), []resource{missed(now, "noshow", now)}, false, []string{"check_in"}},
		{"one of eight days ago is not", known(), []resource{missed(before, "noshow", before)}, false, nil},
		{"nor one of today that is imported as history", known(), []resource{missed(now, "noshow", now)}, true, nil},
		{"a diagnosis of today is answered", []resource{anaWith(nil)}, []resource{diagnosis(now, "confirmed", now)}, false, []string{"welcome"}},
		{"an old one that is news is, since the journey says so", []resource{anaWith(nil)}, []resource{diagnosis("2010-05-01", "confirmed", now)}, false, []string{"welcome"}},
		{"one that is imported as history is not", []resource{anaWith(nil)}, []resource{diagnosis(now, "confirmed", now)}, true, nil},
		{"a supply that is three days late is answered", known(), []resource{supply("d-1", ago(38*aDay))}, false, []string{"refill_reminder"}},
		{"one that was late last spring is not", known(), []resource{supply("d-1", ago(200*aDay))}, false, nil},
		{"nor one that was fetched since", known(), []resource{supply("d-2", ago(4*aDay)), supply("d-1", ago(38*aDay))}, false, nil},
	})
}

// aliased is a second record of Ana's; joined says that the first one takes its place.
func aliased(joined bool, more resource) resource {
	r := resource{"resourceType": "Patient", "id": "old", "birthDate": "1960-05-01", "name": []resource{{"given": []string{"Anita"}}}}
	if joined {
		r["link"] = []resource{{"other": resource{"reference": "Patient/ana"}, "type": "replaced-by"}}
		r["active"] = false
	}
	for name, v := range more {
		r[name] = v
	}
	return r
}

// ofOld is a resource about Ana's second record instead.
func ofOld(t *testing.T, r resource) resource {
	t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out resource
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(line), "Patient/ana", "Patient/old")), &out); err != nil {
		t.Fatal(err)
	}
	out["id"] = "old-" + out["id"].(string)
	return out
}

func TestMergedFactsNeverCauseATouch(t *testing.T) {
	t.Parallel()
	now := ago(time.Hour)
	visit, ill := missed(now, "noshow", now), diagnosis(now, "confirmed", now)
	no := resource{
		"resourceType": "Consent", "id": "no-1", "status": "rejected", "patient": resource{"reference": "Patient/old"}, "dateTime": "2024-01-01T10:00:00Z",
		"scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "treatment"), "category": []resource{coded("http://loinc.org", "59284-0")},
		"provision": resource{"type": "deny", "purpose": []resource{{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "treatment_support"}}},
	}
	died := aliased(true, resource{"deceasedDateTime": "2024-02-01T08:00:00Z"})
	with := func(more ...resource) []resource { return append(known(), more...) }
	play(t, []scene{
		{"a visit that Ana missed is answered", known(), []resource{visit}, false, []string{"check_in"}},
		{"one that was told of another record of hers, which then becomes part of this one, is not", with(aliased(false, nil)), []resource{ofOld(t, visit), aliased(true, nil)}, false, nil},
		{"one that is told of it afterwards is", with(aliased(true, nil)), []resource{ofOld(t, visit)}, false, []string{"check_in"}},
		{"a diagnosis of today is answered", []resource{anaWith(nil)}, []resource{ill}, false, []string{"welcome"}},
		{"one that only a merge brings, as history, is not", []resource{anaWith(nil), aliased(false, nil), ofOld(t, ill)}, []resource{aliased(true, nil)}, false, nil},
		{"who has died in another record is left alone in this one", with(died), []resource{visit}, false, nil},
		{"who said no in another record is left alone in this one", with(no, aliased(true, nil)), []resource{visit}, false, nil},
	})
}
