package learn

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/record"
	"attune/core/release"
)

func studied(t *testing.T, rel *release.Release, h histories, day float64) *Report {
	t.Helper()
	r, err := Study(t.Context(), Studied{
		Config: Config{Source: h, People: h.people(), Release: rel, Now: begin.Add(dayOf(day))},
		Levels: func(n int) []Level { return []Level{{"language", [...]string{"en", "es"}[n%2]}} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of every hundred messages in this world 11.7 lead to a refill that would not have come about otherwise.
func TestTheReportFindsWhatMessagesDo(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := world(600, 8, 11)
	for p := range h {
		arm := "usual"
		if p%20 == 0 {
			arm = "uniform"
		}
		h[p] = append([]record.Record{{At: begin, What: engine.Tick{}, Effects: []effect.Effect{effect.Trial{At: begin, Program: "diabetes", Layer: "program", Arm: arm}}}}, h[p]...)
	}
	r := studied(t, rel, h, 140)
	if !r.Effect.Clear() || r.Effect.Lo > .117 || r.Effect.Hi < .117 {
		t.Errorf("messages add %+v; truly .117", r.Effect)
	}
	if c := r.Count; c.Drawn+c.Nothing != c.Decisions || c.Decisions != 600*8 || r.Rows != c.Decisions {
		t.Errorf("counts do not add up: %+v, rows %d", c, r.Rows)
	}
	if len(r.Trials) != 1 || r.Trials[0].Alarm || r.Trials[0].Arms[0].Arm != "uniform" || r.Trials[0].Arms[0].People != 30 {
		t.Errorf("trials: %+v", r.Trials)
	}
	if r.Best != "always something" || len(r.Policies) != 5 || r.Verdict == "" {
		t.Errorf("best %q, verdict %q, policies %+v", r.Best, r.Verdict, r.Policies)
	}
	for _, s := range r.Slices {
		for _, l := range s.Levels {
			if l.Flagged {
				t.Errorf("%s %s is flagged, and nobody is different here: %+v", s.Respect, l.Is, l)
			}
		}
	}
	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "Messages help") {
		t.Errorf("%v\n%s", err, text.String())
	}
	if err := r.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "</html>") || strings.Contains(page.String(), "NaN") || strings.Contains(page.String(), "http://") {
		t.Error("the page is not whole, or asks something of the network", err)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestArmsOfTheWrongSizeAreToldFirst(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := make(histories, 400)
	for p := range h {
		arm := "usual"
		if p%5 == 0 { // a fifth, where a twentieth was to be
			arm = "uniform"
		}
		h[p] = []record.Record{{At: begin, What: engine.Tick{}, Effects: []effect.Effect{effect.Trial{At: begin, Program: "diabetes", Layer: "program", Arm: arm}}}}
	}
	if r := studied(t, rel, h, 100); !r.Trials[0].Alarm || !strings.HasPrefix(r.Says[0], "Attention") {
		t.Errorf("%v", r.Says)
	}
}

func TestTooLittleIsSaidToBeTooLittle(t *testing.T) {
	t.Parallel()
	rel := live(t)
	for _, people := range []int{0, 1, 3} {
		r := studied(t, rel, world(people, 3, 2), 140)
		var text bytes.Buffer
		if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "Not enough evidence") || strings.Contains(text.String(), "NaN") || strings.Contains(text.String(), "(not enough") {
			t.Errorf("%d people: %v\n%s", people, err, text.String())
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%d people: %v", people, err)
		}
	}
}

// Somebody for whom messages do much less is seen.
func TestAGapIsFlagged(t *testing.T) {
	t.Parallel()
	rel := live(t)
	h := world(1000, 8, 13)
	for p := range h {
		if p%2 == 0 {
			continue
		}
		// For every other person the messages undo themselves: what followed from a reminder never came.
		reminded := false
		kept := h[p][:0:0]
		for _, r := range h[p] {
			if d, ok := decidedIn(r); ok {
				reminded = d.Rounds[0].Drawn >= 0
			}
			if heard, ok := r.What.(engine.Heard); ok && heard.Event.Name == "medication.dispensed" && reminded {
				continue
			}
			kept = append(kept, r)
		}
		h[p] = kept
	}
	r := studied(t, rel, h, 140)
	flagged := 0
	for _, s := range r.Slices {
		for _, l := range s.Levels {
			if s.Respect == "language" && l.Flagged {
				flagged++
			}
		}
	}
	if flagged == 0 {
		t.Errorf("nobody is flagged: %+v", r.Slices)
	}
}

func decidedIn(r record.Record) (effect.Decide, bool) {
	for _, e := range r.Effects {
		if d, ok := e.(effect.Decide); ok {
			return d, true
		}
	}
	return effect.Decide{}, false
}
