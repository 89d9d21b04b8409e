package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/access"
	"attune/internal/fhir"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/returns"
	"attune/internal/rights"
	"attune/internal/sim"
)

// token is a word that stands in one field of one person, and nowhere else.
type tokens struct {
	who  string
	all  map[string]string
	next int
}

func (k *tokens) in(field string) string {
	k.next++
	word := fmt.Sprintf("zq%stoken%03d", k.who, k.next)
	k.all[word] = field
	return word
}

// plant lets everything that can be told of somebody be told, each field with a word of its own.
func plant(f *family, who string) *tokens {
	k := &tokens{who: who, all: map[string]string{}}
	f.hear(who, "traits.updated", "email", k.in("e-mail")+"@patients.example", "first_name", k.in("first name"), "last_name", k.in("last name"), "preferred_name", k.in("preferred name"),
		"birth_date", "1960-05-01", "street", k.in("street"), "city", k.in("city"), "state", k.in("state"), "postal_code", k.in("postal code"), "country", k.in("country"),
		"favourite", k.in("a trait that nobody declared"), "timezone", "America/New_York", "language", "en")
	f.hear(who, "clinical.condition_recorded", "codes", "44054006", "display", k.in("a condition's name"))
	f.hear(who, "something."+who, k.in("an undeclared field's name"), k.in("an undeclared field"))
	f.hear(who, "consent.granted", "purpose", "marketing", "text", k.in("a consent's text"), "version", k.in("a consent's version"), "via", k.in("how consent was given"))
	f.hear(who, "hold.set", "hold", k.in("a hold"), "note", k.in("a hold's note"), "by", "nurse Secretname", "until", "2020-01-01T00:00:00Z")
	f.hear(who, "message.received", "text", k.in("what they wrote"), "channel", "sms")
	f.hear(who, "caregiver.linked", "caregiver", "feed:hiddencaregiver", "relationship", "daughter", "name", k.in("the name that they gave of a caregiver"), "phone", "+1202hidden", "email", "hidden@caregivers.example")
	return k
}

// later plants what takes a person who is known.
func (k *tokens) later(f *family) {
	who := f.who(k.who)
	email := ""
	for word, field := range k.all {
		if field == "e-mail" {
			email = word + "@patients.example"
		}
	}
	_, err := f.Returns.Receive(f.t.Context(), returns.Word{Channel: "email", From: email, Text: "I am " + k.in("a word in the inbox"), ID: k.who, Verdict: returns.Unsure})
	f.must(err)
	e := event.Event{ID: "feed/bad-" + k.who, Name: "hold.set", OccurredAt: f.clock.Now(), ReceivedAt: f.clock.Now()}.With("hold", expr.IntegerOf(7))
	f.must(f.Intake.Take(f.t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: k.who}, Event: e, Raw: fmt.Appendf(nil, `{"userId":%q,"note":%q}`, k.who, k.in("an event in quarantine"))}}))
	_, err = f.askToErase(f.t.Context(), EraseWord{Person: who.String(), Reason: k.in("why they are to be erased"), By: "Secretname"})
	f.must(err)
	_, err = f.asked[callHold].(func(context.Context, HoldWord) (nothing, error))(f.t.Context(), HoldWord{Person: who.String(), Hold: "rest", By: "nurse Secretname", Note: k.in("why somebody left them alone")})
	f.must(err)
	_, err = f.object(f.t.Context(), ObjectWord{Person: who.String(), To: "marketing", By: "nurse Secretname", Note: k.in("how they objected")})
	f.must(err)
	_, err = f.restrict(f.t.Context(), RestrictWord{Person: who.String(), Ground: k.in("why their data are restricted"), By: "nurse Secretname"})
	f.must(err)
	_, err = f.correct(f.t.Context(), CorrectWord{Person: who.String(), Fact: "city", Value: k.in("a corrected city"), Reason: k.in("how a correction is known"), By: "nurse Secretname"})
	f.must(err)
	_, err = f.dispute(f.t.Context(), DisputeWord{Person: who.String(), Fact: k.in("what is disputed"), Note: k.in("what they say of it"), By: "nurse Secretname"})
	f.must(err)
	f.settle()
	f.hear(k.who, "traits.updated", "city", k.in("what a source says after a correction"))
	f.settle()
}

func (k *tokens) file() (patient, condition string) {
	id := k.who
	patient = fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"http://ward.example/mrn","value":%q}],"name":[{"given":[%q],"family":%q}],"birthDate":"1960-05-01"}`,
		id, k.in("their number in a hospital"), k.in("a record's first name"), k.in("a record's last name"))
	condition = fmt.Sprintf(`{"resourceType":"Condition","id":%q,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}],"text":%q},"subject":{"reference":"Patient/%s"}}`,
		k.in("a diagnosis's id"), k.in("a diagnosis"), id)
	return patient, condition
}

// Whoever asks gets all that is held of them, and nothing that is another's.
func TestAnExportHoldsEverythingOfOnePersonAndNothingOfAnother(t *testing.T) {
	t.Parallel()
	f := &family{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: sim.NewClock(crashBegin, nil)}
	f.open()
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	zoe, yan := plant(f, "zoe"), plant(f, "yan")
	f.settle()
	f.morning()
	if f.captured() == 0 {
		t.Fatal("nothing was said to anybody")
	}
	f.desk()
	zoe.later(f)
	yan.later(f)
	f.must(f.Close())
	dir := t.TempDir()
	var patients, conditions []string
	for _, k := range []*tokens{zoe, yan} {
		p, c := k.file()
		patients, conditions = append(patients, p), append(conditions, c)
	}
	f.must(os.WriteFile(filepath.Join(dir, "Patient.ndjson"), []byte(strings.Join(patients, "\n")+"\n"), 0o600))
	f.must(os.WriteFile(filepath.Join(dir, "Condition.ndjson"), []byte(strings.Join(conditions, "\n")+"\n"), 0o600))
	importing(t, f.dir, Import{Paths: []string{dir}, System: "feed"})
	f.open()
	f.desk()
	f.settle()

	// Another record of zoe's comes along.
	whole := f.who("zoe")
	older := plantOlder(f, zoe)
	f.must(f.merge(whole, older))

	ask := f.asked[callExport].(func(context.Context, ExportWord) (PersonExport, error))
	for _, by := range []string{whole.String(), older.String()} {
		x, err := ask(t.Context(), ExportWord{Person: by, Reason: "asked for it", By: "Kim Secretname"})
		f.must(err)
		if x.Person != whole.String() {
			t.Errorf("asked by %s it is of %s", by, x.Person)
		}
		whole2 := func(suffix string) string {
			var b strings.Builder
			for _, file := range x.Files {
				if strings.HasSuffix(file.Name, suffix) {
					b.WriteString(strings.ToLower(file.Text))
				}
			}
			return b.String()
		}
		page, tables, bundle := whole2(".html"), whole2(".csv"), whole2(".json")
		for word, field := range zoe.all {
			if !strings.Contains(page, word) {
				t.Errorf("the page lacks %s (%s)", field, word)
			}
			if !strings.Contains(tables, word) {
				t.Errorf("the tables lack %s (%s)", field, word)
			}
		}
		for _, field := range []string{"first name", "street", "a condition's name", "a consent's text", "what they wrote", "their number in a hospital", "a diagnosis", "an undeclared field", "a word in the inbox", "why somebody left them alone"} {
			if !strings.Contains(bundle, zoe.of(field)) {
				t.Errorf("the bundle lacks %s", field)
			}
		}
		for _, no := range []string{"zqyantoken", "secretname", "hiddencaregiver", "hidden@", "1202hidden", f.who("yan").String()} {
			for where, text := range map[string]string{"page": page, "tables": tables, "bundle": bundle} {
				if strings.Contains(text, no) {
					t.Errorf("%s stands in the %s", no, where)
				}
			}
		}
		if name := regexp.MustCompile(`\byan\b`); name.MatchString(page) || name.MatchString(tables) || name.MatchString(bundle) { // a random id may hold these letters
			t.Error("another's name stands in the export")
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "http-equiv=\"refresh") || strings.Contains(page, "src=") {
			t.Error("the page runs or loads something")
		}
		readable(t, x.Files)
	}
	// It is recorded, and stands in the next export itself.
	x, err := ask(t.Context(), ExportWord{Person: whole.String(), By: "Kim"})
	f.must(err)
	if i := slices.IndexFunc(x.Files, func(f rights.File) bool { return f.Name == "looks.csv" }); i < 0 || strings.Count(x.Files[i].Text, "person.exported") < 3 {
		t.Error("nobody can see that the record was exported")
	}
}

func (k *tokens) of(field string) string {
	for word, is := range k.all {
		if is == field {
			return word
		}
	}
	return "nothing"
}

// plantOlder is another record of the same person.
func plantOlder(f *family, k *tokens) id.Person {
	f.hear("zoe-before", "traits.updated", "nickname", k.in("a trait of another record"))
	f.hear("zoe-before", "message.received", "text", k.in("what they wrote under another record"), "channel", "sms")
	f.settle()
	return f.who("zoe-before")
}

func (f *family) merge(whole, of id.Person) error {
	_, err := f.asked[callMerge].(func(context.Context, MergeWord) (nothing, error))(f.t.Context(), MergeWord{Person: whole.String(), Of: of.String(), By: "Kim Secretname", Note: "same"})
	f.settle()
	return err
}

// readable wants that our own reader takes the Bundle without a complaint.
func readable(t *testing.T, files []rights.File) {
	t.Helper()
	for _, file := range files {
		if file.Type != "application/fhir+json" {
			continue
		}
		r := fhir.NewReader(strings.NewReader(file.Text), fhir.Options{})
		kinds := map[string]int{}
		for {
			item, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if item.Problem != nil {
				t.Errorf("the bundle: %v", item.Problem)
			}
			kinds[item.Type]++
		}
		for _, kind := range []string{"Patient", "Condition", "Consent", "Communication", "AuditEvent", "Provenance", "Basic"} {
			if kinds[kind] == 0 {
				t.Errorf("the bundle has no %s: %v", kind, kinds)
			}
		}
	}
}

// refusals are why the newest decision about a person said nothing.
func (f *family) refusals(who id.Person) (out []string) {
	f.t.Helper()
	i, err := f.inspector(f.t.Context())
	f.must(err)
	all, err := i.Why(f.t.Context(), who, instant.Never, 1, "")
	f.must(err)
	for _, d := range all {
		for _, c := range d.Candidates {
			out = append(out, c.Reason)
		}
	}
	return out
}

// What people object to is asked about in every answer, told by why and may, and ends only as the law wants it.
func TestObjectionAndRestrictionAreTakenInAndExplained(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ctx := t.Context()
	refused := func(err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; want %q", err, says)
		}
	}
	reasons := func() map[string]bool {
		t.Helper()
		i, err := f.inspector(ctx)
		f.must(err)
		all, err := i.May(ctx, f.ana, MayQuestion{At: f.clock.Now()})
		f.must(err)
		out := map[string]bool{}
		for k := range all {
			for _, a := range all[k].Answers {
				out[string(a.Reason)] = true
			}
		}
		return out
	}
	if r := reasons(); r["restricted"] || r["objected"] {
		t.Fatalf("before, the reasons are %v", r)
	}
	_, err := f.object(ctx, ObjectWord{Person: "feed:ana", To: "everything", By: "Kim"})
	refused(err, "object to profiling or to marketing")
	_, err = f.object(ctx, ObjectWord{Person: "feed:ana", To: "profiling"})
	refused(err, "--by")
	_, err = f.object(ctx, ObjectWord{Person: "feed:ana", To: "profiling", Over: true, By: "Kim"})
	refused(err, "do not object")
	_, err = f.object(ctx, ObjectWord{Person: "feed:ana", To: "profiling", By: "Kim", Note: "by telephone"})
	f.must(err)
	f.settle()
	if p := f.state(f.ana); !p.Limited(person.Profiling) || !reasons()["objected"] {
		t.Error("an objection to profiling changes nothing")
	}
	f.clock.Set(f.clock.Now().Add(instant.Second)) // of one instant the stricter word stands
	_, err = f.object(ctx, ObjectWord{Person: "feed:ana", To: "profiling", Over: true, By: "Kim"})
	f.must(err)
	f.settle()
	if p := f.state(f.ana); p.Limited(person.Profiling) || reasons()["objected"] {
		t.Error("an objection that was taken back is still on")
	}

	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", By: "Kim"})
	refused(err, "--ground")
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Over: true, Told: f.clock.Now(), By: "Kim"})
	refused(err, "nothing of theirs is restricted")
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Ground: "disputes her diagnosis", By: "Kim"})
	f.must(err)
	f.settle()
	f.hear("ana", "clinical.condition_recorded", "codes", "44054006")
	f.hear("ana", "appointment.noshow", "appointment", "a-1")
	f.morning()
	if r := reasons(); !r["restricted"] || f.captured() != 0 {
		t.Errorf("while nothing may be used, the reasons are %v and %d messages went out", r, f.captured())
	}
	if got := f.refusals(f.ana); !slices.Contains(got, "restricted") {
		t.Errorf("why tells %v", got)
	}
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Over: true, By: "Kim"})
	refused(err, "tell them first")
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Over: true, Told: f.clock.Now() + 1, By: "Kim"})
	refused(err, "in the future")
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Over: true, Told: crashBegin - 1, By: "Kim"})
	refused(err, "before it began")
	f.clock.Set(f.clock.Now().Add(instant.Second))
	_, err = f.restrict(ctx, RestrictWord{Person: "feed:ana", Over: true, Told: f.clock.Now(), By: "Kim", Note: "by letter"})
	f.must(err)
	f.settle()
	if p := f.state(f.ana); p.Limited(person.Processing) {
		t.Error("a restriction that is over is still on")
	}
	// It is in the history, and comes out the same when it is lived through again.
	i, err := f.inspector(ctx)
	f.must(err)
	if _, err := i.Replay(ctx, f.ana); err != nil {
		t.Error(err)
	}
}

// What staff correct stands; what a source says otherwise later waits for a human, whatever it says again and again.
func TestACorrectionStandsUntilAHumanSaysOtherwise(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ctx := t.Context()
	city := func() string { p := f.state(f.ana); return p.Trait("city").Text }
	open := func() []Questioned {
		t.Helper()
		all, err := f.corrections(ctx, correctionsCall{})
		f.must(err)
		return all
	}
	correct := func(value string) {
		t.Helper()
		f.clock.Set(f.clock.Now().Add(instant.Second))
		_, err := f.correct(ctx, CorrectWord{Person: "feed:ana", Fact: "city", Value: value, Reason: "passport", By: "nurse Kim"})
		f.must(err)
		f.settle()
	}
	f.hear("ana", "traits.updated", "city", "Leeds")
	f.settle()
	if _, err := f.correct(ctx, CorrectWord{Person: "feed:ana", Fact: "city", Value: "London", By: "Kim"}); err == nil {
		t.Error("it is corrected without a reason")
	}
	if _, err := f.correct(ctx, CorrectWord{Person: "feed:ana", Fact: "birth_date", Value: "yesterday", Reason: "x", By: "Kim"}); err == nil {
		t.Error("a birth date is no date")
	}
	correct("London")
	if city() != "London" || len(open()) != 0 {
		t.Fatalf("it is %s, and %v is asked", city(), open())
	}
	f.hear("ana", "traits.updated", "city", "Leeds") // what was found wrong already
	f.settle()
	if city() != "London" || len(open()) != 0 {
		t.Errorf("it is %s, and %v is asked", city(), open())
	}
	f.hear("ana", "traits.updated", "city", "Paris")
	f.settle()
	if all := open(); city() != "London" || len(all) != 1 || all[0].Said != "Paris" || all[0].Value != "London" || all[0].Person != f.ana.String() {
		t.Errorf("it is %s, and %+v is asked", city(), all)
	}
	correct("London") // it is right, and Paris is not
	f.hear("ana", "traits.updated", "city", "Paris")
	f.settle()
	if city() != "London" || len(open()) != 0 {
		t.Errorf("it is %s, and %v is asked", city(), open())
	}
	// The rebuilt state has the same.
	f.reopen()
	if city() != "London" {
		t.Errorf("after a start it is %s", city())
	}
	for range 2 {
		f.clock.Set(f.clock.Now().Add(instant.Second))
		_, err := f.uncorrect(ctx, UncorrectWord{Person: "feed:ana", Fact: "city", By: "nurse Kim", Reason: "moved"})
		f.must(err)
		f.settle()
	}
	if city() != "Paris" {
		t.Errorf("without a correction it is %s", city())
	}
	if _, err := f.uncorrect(ctx, UncorrectWord{Person: "feed:ana", Fact: "city", By: "nurse Kim"}); err == nil {
		t.Error("what nobody corrected is taken back")
	}

	if _, err := f.dispute(ctx, DisputeWord{Person: "feed:ana", Fact: "diagnosis", By: "nurse Kim"}); err == nil {
		t.Error("it is disputed without a word")
	}
	_, err := f.dispute(ctx, DisputeWord{Person: "feed:ana", Fact: "diagnosis", Note: "she never had it", By: "nurse Kim"})
	f.must(err)
	f.settle()
	if all := open(); len(all) != 1 || all[0].Fact != "diagnosis" || all[0].Disputed == "" || city() != "Paris" {
		t.Errorf("%+v is asked", all)
	}
	f.clock.Set(f.clock.Now().Add(instant.Second))
	_, err = f.dispute(ctx, DisputeWord{Person: "feed:ana", Fact: "diagnosis", Settled: true, Note: "the clinic took it back", By: "nurse Kim"})
	f.must(err)
	f.settle()
	if all := open(); len(all) != 0 {
		t.Errorf("%+v is still asked", all)
	}
}

// A role sees of corrections what it sees of the facts themselves.
func TestACorrectionShowsEachRoleWhatTheFactWould(t *testing.T) {
	t.Parallel()
	all := []Questioned{{Fact: "last_name", Value: "Quispe"}, {Fact: "street", Value: "Elm 1"}, {Fact: "diagnosis", Disputed: "2027-03-01T00:00:00Z"}}
	for _, c := range []struct {
		sees []access.Class
		want []string
	}{
		{access.Classes(), []string{"last_name", "street", "diagnosis"}},
		{[]access.Class{access.Identity, access.Clinical}, []string{"last_name", "diagnosis"}},
		{[]access.Class{access.Identity, access.Contact}, []string{"last_name", "street"}},
		{nil, nil},
	} {
		s := PersonState{Corrections: all}
		s.Mask(func(x access.Class) bool { return slices.Contains(c.sees, x) })
		var got []string
		for _, q := range s.Corrections {
			got = append(got, q.Fact)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("who sees %v sees %v", c.sees, got)
		}
	}
	if !contactEvent(event.Standard(), "fact.corrected") {
		t.Error("a story shows corrected addresses to whoever sees none")
	}
}
