package engine_test

import (
	"slices"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
)

const reads = `
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
purposes: {treatment_support: treatment}
consent: {jurisdiction: GB, without_record: {treatment_support: [email]}}
learning: {explore: 0.2}
-- outcomes.yaml --
outcomes:
  came: {is: {on: appointment.booked}, within: 5d, value: 3}
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: patient
outcome: came
value: 5
expires: 2d
when: {on: portal.visited}
variants: [{id: short, email: hello}, {id: long, email: letter}]
-- content/email/hello.en.liquid --
Subject: Your next visit

Your next visit is due soon. You can call us any day. We will find a time that is good for you. We look forward to seeing you.
-- content/email/hello.es.liquid --
Subject: Su cita

Hola.
-- content/email/letter.es.liquid --
Subject: Su cita

Hola.
-- content/email/letter.en.liquid --
Subject: Your next visit

`

// How hard a text is to read is learned across variants, where a program's texts differ in it.
func TestOptionsSayHowHardTheirWordsAreToRead(t *testing.T) {
	t.Parallel()
	const hard = `Regularly scheduled multidisciplinary examinations considerably facilitate individualised therapeutic optimisation, notwithstanding
administrative inconveniences occasionally experienced by participating individuals attending specialised outpatient facilities.
`
	const easy = "It is time to come and see us. You can call us any day. We will find a time that is good for you. See you soon.\n"
	for name, c := range map[string]struct {
		long string
		want map[string]string
	}{
		"one is hard":    {hard, map[string]string{"short": "reading=easy", "long": "reading=hard"}},
		"both are alike": {easy, map[string]string{"short": "", "long": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t, baseWith(t, reads+c.long))
			at := when(t, "2027-03-01T09:00:00Z")
			l.hear(at, "patient.created", text("email", "ana@example.org"), text("timezone", "Europe/London"))
			l.hear(at, "clinical.condition_recorded")
			var decided effect.Decide
			for _, e := range l.hear(at, "portal.visited") {
				if d, is := e.(effect.Decide); is {
					decided = d
				}
			}
			if len(decided.Rounds) != 1 || len(decided.Rounds[0].Options) != 2 {
				t.Fatalf("it was decided otherwise: %+v", decided)
			}
			for _, o := range decided.Rounds[0].Options {
				got := []string{}
				for _, level := range []string{"reading=easy", "reading=plain", "reading=hard"} {
					if slices.ContainsFunc(o.Terms, func(x decision.Term) bool { return x.Feature == decision.FeatureOf(level) }) {
						got = append(got, level)
					}
				}
				if strings.Join(got, " ") != c.want[o.Variant] {
					t.Errorf("the words of %s are %q, want %q", o.Variant, got, c.want[o.Variant])
				}
			}
		})
	}
}
