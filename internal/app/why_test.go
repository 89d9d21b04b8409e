package app

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
	"attune/internal/why"
)

// Every decision of a small world is told from its record, and what is told is true: parts add up, and every
// change that is said to have turned it does turn it.
func TestEveryDecisionIsExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	i, people := readWorld(t)
	told, flips, replayed, keeping, onward := 0, 0, 0, 0, 0
	for _, p := range people {
		onward += checkOnward(t, i, p)
		all, err := i.Why(t.Context(), p, instant.Never, 1000, "")
		if err != nil {
			t.Fatal(err)
		}
		entries, err := i.entries(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var raw []effect.Decide
		for _, e := range entries {
			for _, x := range e.record.Effects {
				if d, ok := x.(effect.Decide); ok {
					raw = append(raw, d)
				}
			}
		}
		if len(raw) != len(all) {
			t.Fatalf("%d decisions are told of %d", len(all), len(raw))
		}
		for n := range all {
			told++
			for k := range all[n].Rounds {
				flips += checkRound(t, &all[n].Rounds[k], &raw[n].Rounds[k], i, entries[0].frame)
			}
			keeping += checkWords(t, &all[n])
			for _, v := range []why.View{why.Patient, why.Clinician, why.Auditor} {
				if text := all[n].Text(v, "Ana"); len(text) < 40 || strings.Contains(text, "could not be made again") || strings.Contains(text, "%!") {
					t.Errorf("to the %s is told: %s", v, text)
				}
			}
		}
		r, err := i.Replay(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		replayed += r.Decisions
	}
	if told < 50 || flips < 20 || replayed != told {
		t.Errorf("%d decisions were told, with %d changes, and %d made again", told, flips, replayed)
	}
	if keeping == 0 || onward == 0 {
		t.Errorf("of %d barriers was told, and %d times what would move somebody on", keeping, onward)
	}
}

// What somebody said keeps them from it is told to them and to whoever treats them, word for word. The auditor's
// view and the JSON have the program's name for it, and none of their words.
func checkWords(t *testing.T, d *why.Decision) (keeping int) {
	t.Helper()
	plain, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	audit := d.Text(why.Auditor, "Ana") + string(plain)
	for _, words := range []string{"“", "nurse Kim", "bus", "slips my mind", "no different", "grandson"} {
		if strings.Contains(audit, words) {
			t.Errorf("the auditor reads the person's words: %s", audit)
		}
	}
	for k := range d.Rounds {
		r := &d.Rounds[k]
		if len(r.Barriers) == 0 {
			continue
		}
		keeping++
		if !strings.Contains(audit, r.Barriers[0]) {
			t.Errorf("the auditor does not read of %s", r.Barriers[0])
		}
		if clinician := d.Text(why.Clinician, "Ana"); !strings.Contains(clinician, "Ana said on ") || !strings.Contains(clinician, "of what keeps them from it: “") {
			t.Errorf("whoever treats them does not read what keeps them from it: %s", clinician)
		}
		if r.Drawn >= 0 {
			if patient := d.Text(why.Patient, ""); !strings.Contains(patient, "you told us: “") {
				t.Errorf("they do not read back what they said: %s", patient)
			}
		}
	}
	return keeping
}

// What would move somebody on is told of them as they are kept.
func checkOnward(t *testing.T, i *Inspector, who id.Person) (told int) {
	t.Helper()
	all, err := i.Onward(t.Context(), who, instant.Never)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := i.Person(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	for k := range all {
		if all[k].Stage == "unknown" {
			continue
		}
		told += len(all[k].Enough)
		if text := all[k].Text("Ana"); !strings.Contains(text, "Shown is the stage "+all[k].Stage) || strings.Contains(text, "%!") {
			t.Errorf("of somebody in %s is told: %s", p.Beliefs[k].Mode, text)
		}
		for _, f := range all[k].Fitting {
			if !f.Made && len(f.Eases) == 0 {
				t.Errorf("%s is told to fit, and neither the stage nor a barrier speaks for it", f.Engagement)
			}
		}
	}
	return told
}

func checkRound(t *testing.T, r *why.Round, w *effect.Weighing, i *Inspector, frame int64) (flips int) {
	t.Helper()
	if !r.Again {
		t.Errorf("a round does not come out again: %+v", r)
	}
	m, err := i.model(w.Model, i.begins(frame))
	if err != nil {
		t.Fatal(err)
	}
	var options []decision.Option
	for k := range r.Options {
		o := &r.Options[k]
		sum := 0.0
		for _, p := range o.Parts {
			sum += p.Effect
		}
		if math.Abs(sum-o.Effect) > 1e-9 {
			t.Errorf("the parts of an option add up to %v, and it has %v", sum, o.Effect)
		}
		options = append(options, w.Options[k].Option)
	}
	for _, f := range r.Flips {
		flips++
		var s decision.Scales
		if f.Place != nil {
			s.Weigh(m, w.Bank, options, w.Manner)
			k := s.Pick(*f.Place)
			if k == w.Drawn || k < 0 != (f.Then == "") || k >= 0 && r.Options[k].Engagement != f.Then {
				t.Errorf("%s: drawn is %d", f.Says, k)
			}
			continue
		}
		leads := func(times float64) bool {
			changed := slices.Clone(options)
			for k := range changed {
				if r.Options[k].Engagement == f.Engagement {
					changed[k].Value = f.Value * times
				}
			}
			weights, _ := s.Weigh(m, w.Bank, changed, w.Manner)
			return r.Options[decision.Likeliest(weights)].Engagement == f.Engagement
		}
		if !leads(1) || leads(.999) {
			t.Errorf("%s: that is not so", f.Says)
		}
	}
	return flips
}

// A person's record that was changed is found.
func TestAChangedRecordDoesNotReplay(t *testing.T) {
	t.Parallel()
	w, dir := smallWorld(t)
	var who id.Person
	if err := w.Node.People.Each(t.Context(), func(r store.Row) error { who = r.Person; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	entries, err := i.entries(t.Context(), who)
	if err != nil || len(entries) == 0 {
		t.Fatal(err)
	}
	entries[0].plain[len(entries[0].plain)-1] ^= 1
	if _, err := i.replay(who, entries); err == nil || !strings.Contains(err.Error(), "record 1 of") {
		t.Errorf("a changed record gives %v", err)
	}
}
