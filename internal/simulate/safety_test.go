package simulate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/record"
	"attune/core/release"
)

// ledger is what anybody could know of a person from outside: what was heard, and what was carried.
// It knows nothing of how the engine decides.
type ledger struct {
	rel      *release.Release
	word     string // the last word on treatment_support
	died     bool
	enrolled bool
	zone     *instant.Zone
	// address is where the person is reached, by channel.
	address map[string]string
	// started are attempts, by engagement, that were not refused by the carrier.
	started map[string][]instant.Time
	attempt map[string]string
	refused int
}

// faults are what must never be seen.
func (k *ledger) faults(records []record.Record) (out []string) {
	p := k.rel.Programs[0]
	for _, r := range records {
		switch w := r.What.(type) {
		case engine.Heard:
			switch w.Event.Name {
			case "consent.granted", "consent.denied", "consent.withdrawn":
				if w.Event.Field("purpose").Text == "treatment_support" && w.Event.Field("channel").Text == "" && w.Event.Field("topic").Text == "" {
					k.word = w.Event.Name
				}
			case "traits.updated":
				k.zone, _ = k.rel.Zones.Find(w.Event.Field("timezone").Text)
				k.address = map[string]string{channel.Email: w.Event.Field("email").Text, channel.SMS: w.Event.Field("sms").Text}
			case "clinical.condition_recorded":
				k.enrolled = true
			case "patient.deceased":
				k.died = true
			}
		case engine.Settled:
			if w.Outcome == engine.Rejected {
				k.refused++
				name := k.attempt[w.Attempt.String()]
				k.started[name] = k.started[name][:len(k.started[name])-1]
			}
		}
		for _, e := range r.Effects {
			send, ok := e.(effect.Send)
			if !ok {
				continue
			}
			all := 0
			for name, times := range k.started {
				for _, at := range times {
					if at > send.At.Add(-p.Policy.Caps[0].Within) {
						all++
					}
					if name == send.Engagement && at > send.At.Add(-p.Engagement(name).AgainAfter) {
						out = append(out, name+" came again too soon")
					}
				}
			}
			ofDay, _, _ := k.zone.Local(send.At)
			for what, wrong := range map[string]bool{
				"it went against the person's word": k.word == "consent.denied" || k.word == "consent.withdrawn",
				"the person had died":               k.died,
				"the person was not in the program": !k.enrolled,
				"it was outside contact hours":      ofDay < p.Policy.Hours.From || ofDay >= p.Policy.Hours.To,
				"it was above the cap":              all >= p.Policy.Caps[0].Count,
				"it went elsewhere":                 send.To != k.address[send.Channel] || send.To == "",
				"it was a text without a yes":       send.Channel == channel.SMS && k.word != "consent.granted",
			} {
				if wrong {
					out = append(out, send.Engagement+" at "+send.At.String()+": "+what)
				}
			}
			k.started[send.Engagement] = append(k.started[send.Engagement], send.At)
			k.attempt[send.Attempt.String()] = send.Engagement
		}
	}
	return out
}

// changed is the shipped program with some of its text replaced.
func changed(t testing.TB, file string, pairs ...string) *release.Release {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, file)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := strings.NewReplacer(pairs...).Replace(string(text))
	if out == string(text) {
		t.Fatalf("%s has nothing to replace", file)
	}
	if err := os.WriteFile(name, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

// Nobody is contacted who should not be: held against a ledger kept outside the engine, over people
// to whom much happens, under the shipped policy and under narrower ones.
func TestNobodyInASimulationIsContactedWhoShouldNotBe(t *testing.T) {
	releases := []*release.Release{
		load(t, diabetes),
		changed(t, "policy.yaml", `{count: 3, within: 7d}`, `{count: 1, within: 10d}`),
		changed(t, "policy.yaml", `from: "08:00", to: "21:00"`, `from: "11:30", to: "12:15"`, "America/New_York", "Europe/London"),
		changed(t, "engagements/check_in.yaml", "again_after: 30d", "again_after: 2d"),
	}
	touches, refusals := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		rel := rapid.SampledFrom(releases).Draw(rt, "program")
		text := strings.NewReplacer("{mean: 21d}", rapid.SampledFrom([]string{"{mean: 4d}", "{mean: 21d}"}).Draw(rt, "how often"),
			"America/New_York: 1", "America/New_York: 1, Australia/Lord_Howe: 1, Africa/Casablanca: 1, Asia/Kathmandu: 1",
			"granted: 0.7, denied: 0.05", "granted: 0.5, denied: 0.2", "each: 0.003", "each: 0.1").Replace(Derive(120, rel))
		w, problems := Read("w.yaml", []byte(text), rel)
		if w == nil {
			rt.Fatal(problems)
		}
		c := Config{Release: rel, World: w, People: 1 << 30, Days: 120, Start: start, Seed: rapid.Uint64().Draw(rt, "seed")}
		s, err := c.setting()
		if err != nil {
			rt.Fatal(err)
		}
		r := &recorder{}
		l := begin(s, arm{rel: rel}, rapid.IntRange(0, 1<<20).Draw(rt, "person"), r)
		l.live()
		if l.broken != nil {
			rt.Fatal(l.broken)
		}
		k := &ledger{rel: rel, started: map[string][]instant.Time{}, attempt: map[string]string{}}
		for _, fault := range k.faults(r.records) {
			rt.Error(fault)
		}
		for _, x := range r.records {
			for _, e := range x.Effects {
				if d, ok := e.(effect.Decide); ok && d.Candidates[0].Reason != "" {
					refusals++
				}
			}
		}
		touches += len(k.attempt)
	})
	if touches < 20 || refusals < 20 {
		t.Errorf("only %d touches and %d refusals were seen: the property proves nothing", touches, refusals)
	}
}
