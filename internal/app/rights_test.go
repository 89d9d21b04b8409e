package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
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
		for _, no := range []string{"zqyantoken", "yan", "secretname", "hiddencaregiver", "hidden@", "1202hidden", f.who("yan").String()} {
			for where, text := range map[string]string{"page": page, "tables": tables, "bundle": bundle} {
				if strings.Contains(text, no) {
					t.Errorf("%s stands in the %s", no, where)
				}
			}
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
