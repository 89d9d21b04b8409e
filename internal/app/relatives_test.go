package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/sim"
)

// relativesProgram engages caregivers and clinicians about a patient and for themselves, for every kind of purpose that a
// law has a default for, over every channel that a record has an address for. COUNTRY is whose law it is.
const relativesProgram = `
-- program.yaml --
program: round
name: Around a patient
languages: [en]
people: [patient, caregiver, clinician]
enroll: {on: portal.visited}
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "00:00", to: "24:00"}
caps: []
purposes: {care: treatment, running: operations, asked: service}
consent: {jurisdiction: COUNTRY}
-- map.yaml --
phases:
  - {id: care, name: Care, enter: {on: portal.visited}}
-- content/email/word.en.liquid --
Subject: A word

Hello {{ name | default: "there" }}.
-- content/sms/word.en.liquid --
Hello. Green Lane. Reply STOP to get no more.
-- content/call/word.en.liquid --
Hello.
`

// relativesRecord is what a hospital knows of Ana, her daughter, and who treats her: all with telephones and mailboxes.
const relativesRecord = `{"resourceType":"Patient","id":"ana","name":[{"given":["Ana"],"family":"Test"}],"birthDate":"1960-05-01","telecom":[{"system":"email","value":"ana@patients.example"},{"system":"phone","value":"+447700900001"}]}
{"resourceType":"RelatedPerson","id":"eva","active":true,"patient":{"reference":"Patient/ana"},"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"DAU"}]}],"name":[{"given":["Eva"],"family":"Test"}],"telecom":[{"system":"email","value":"eva@families.example"},{"system":"phone","value":"+447700900002"}]}
{"resourceType":"Practitioner","id":"grey","active":true,"name":[{"given":["Mo"],"family":"Grey"}],"telecom":[{"system":"email","value":"grey@clinic.example"},{"system":"phone","value":"+447700900003"}]}
{"resourceType":"Practitioner","id":"lind","name":[{"given":["Bo"],"family":"Lind"}],"telecom":[{"system":"email","value":"lind@clinic.example"},{"system":"phone","value":"+447700900004"}]}
{"resourceType":"PractitionerRole","id":"role","active":true,"practitioner":{"reference":"Practitioner/lind"},"code":[{"text":"Nurse"}],"telecom":[{"system":"phone","value":"+447700900005"},{"system":"email","value":"nurse@clinic.example"}]}
`

// Whoever a record says to be a relative or clinician is told nothing, neither about a patient who shares everything with
// them nor about themselves, until they say yes, whatever the law allows to be said to patients.
func TestNobodyFromARecordIsContactedWithoutTheirOwnConsent(t *testing.T) {
	t.Parallel()
	for _, country := range []string{"US", "GB", "EU"} {
		t.Run("whatever the default is in "+country, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := txtar.Parse([]byte(strings.Replace(relativesProgram, "COUNTRY", country, 1))).Files
			for _, kind := range []string{"patient", "caregiver", "clinician"} {
				for _, purpose := range []string{"care", "running", "asked"} {
					id := kind + "_" + purpose
					files = append(files, txtar.File{Name: "engagements/" + id + ".yaml", Data: fmt.Appendf(nil,
						"engagement: %s\npurpose: %s\naudience: %s\nvalue: 5\nexpires: 2d\nwhen: {on: appointment.noshow}\nvariants: [{id: plain, email: word, sms: word, call: word}]\n", id, purpose, kind)})
				}
			}
			for _, f := range files {
				path := filepath.Join(dir, f.Name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, f.Data, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			record := filepath.Join(t.TempDir(), "record.ndjson")
			if err := os.WriteFile(record, []byte(relativesRecord), 0o600); err != nil {
				t.Fatal(err)
			}
			data := clinicWith(t, dir)
			importing(t, data, Import{Paths: []string{record}})
			rel, _ := mustLoad(t, dir)
			n, err := Open(t.Context(), Options{Data: data, Release: rel})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			round := map[string]person.Kind{"RelatedPerson/eva": person.Caregiver, "Practitioner/grey": person.Clinician, "Practitioner/lind": person.Clinician}
			heard := 0
			say := func(who, name string, fields ...string) {
				t.Helper()
				heard++
				e := event.Event{ID: fmt.Sprint("app/", heard), Source: "app", Name: name, OccurredAt: n.Now()}
				for i := 0; i < len(fields); i += 2 {
					e = e.With(fields[i], expr.TextOf(fields[i+1]))
				}
				if err := n.Intake.Take(t.Context(), intake.Source{Name: "app"}, []intake.Arrival{{Who: identity.Key{System: "ward", Value: who}, Event: e}}); err != nil {
					t.Fatal(err)
				}
			}
			settle := func() {
				t.Helper()
				drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery, Proposals: n.Proposals}
				if err := drive.Settle(t.Context(), n.Now().Add(instant.Second)); err != nil {
					t.Fatal(err)
				}
			}
			live := func() {
				t.Helper()
				for who := range round {
					for _, purpose := range []string{"care", "running", "asked"} {
						say("ana", "sharing.granted", "with", "ward:"+who, "purpose", purpose, "relation", "daughter")
					}
					say(who, "portal.visited") // a place of their own in the program
				}
				say("ana", "portal.visited")
				settle()
				say("ana", "appointment.noshow")
				for who := range round {
					say(who, "appointment.noshow")
				}
				settle()
			}
			live()
			if p := imported(t, n, "ana"); len(p.Touches) == 0 {
				t.Error("the default lets Ana herself be told nothing, so the rest tells nothing")
			}
			for who, kind := range round {
				p := imported(t, n, who)
				if p.Kind != kind || p.Trait("phone").Text == "" || p.Trait("email").Text == "" || len(p.Memberships) == 0 {
					t.Errorf("%s is a %s with %v in %d programs: nothing is proved", who, p.Kind, p.Traits, len(p.Memberships))
				}
				if len(p.Touches) > 0 {
					t.Errorf("%s said no word and is told something: %+v", who, p.Touches)
				}
			}
			for who := range round {
				say(who, "consent.granted", "purpose", "care")
			}
			live()
			for who := range round {
				p := imported(t, n, who)
				ofAna, ofThemselves := 0, 0
				for i := range p.Touches {
					if p.Touches[i].Purpose != "care" {
						t.Errorf("%s said yes to care, and is told for %s", who, p.Touches[i].Purpose)
					}
					if p.Touches[i].About.IsZero() {
						ofThemselves++
					} else {
						ofAna++
					}
				}
				if ofAna == 0 || ofThemselves == 0 {
					t.Errorf("%s said yes, and is told of Ana %d times and of themselves %d times", who, ofAna, ofThemselves)
				}
			}
		})
	}
}
