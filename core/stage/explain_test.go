package stage_test

import (
	"testing"

	"attune/core/instant"
	"attune/core/stage"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	var b stage.Belief
	if got := m.Explain(b, start, 5).String(); got != "Nothing is known yet about the stage of change." {
		t.Error(got)
	}
	at := start
	for i, p := range []stage.Piece{{Evidence: 1, Score: 5}, {Evidence: 2}, {Evidence: 0, Score: 4}, {Evidence: 3}} {
		at = start.Add(instant.Duration(i) * 7 * instant.Day)
		p.At = at
		b = m.Fold(b, p, at)
	}
	const reasons = `
- 2027-02-05: Refilled late speaks most for relapse and least for maintenance; contemplation went from 24 % to 39 % and took the place of action.
- 2027-01-29: Staging questions (action) speaks for action; action went from 6 % to 63 % and took the place of contemplation.
- 2027-01-22: Opened the planner speaks for preparation or action; contemplation went from 65 % to 62 %.
- and 1 older piece of evidence.`
	for _, c := range []struct {
		at   instant.Time
		want string
	}{
		{at, "Shown as contemplation since 2027-02-05, 39 % likely; then action, 33 %." + reasons},
		{at.Add(60 * instant.Day), "Shown as contemplation since 2027-02-05, 35 % likely; then precontemplation, 24 %." + reasons},
	} {
		if got := m.Explain(b, c.at, 3).String(); got != c.want {
			t.Errorf("it says:\n%s\nnot:\n%s", got, c.want)
		}
	}
}

func TestExplainSilence(t *testing.T) {
	t.Parallel()
	m := modelOf(t, stage.Settings{Evidence: []stage.Evidence{
		{Label: "Staging questions", Names: 28}, {Label: "Not back", Says: stage.Says(.5, stage.Relapse)},
	}})
	b := m.Fold(stage.Belief{}, stage.Piece{At: start, Score: 4}, start)
	b = m.Fold(b, stage.Piece{At: start, Evidence: 1}, start)
	const reasons = `
- 2027-01-15: Not back speaks against relapse; action went from 71 % to 71 %.
- 2027-01-15: Staging questions (action) speaks for action; action went from 8 % to 71 %.`
	for at, want := range map[instant.Time]string{
		m.Horizon(b) - 1: "Shown as action since 2027-01-15, 21 % likely; precontemplation is likelier at 26 %, by too little to change it." + reasons,
		m.Horizon(b):     "Shown as precontemplation since 2027-06-02, 26 % likely; then contemplation, 26 %. Nothing was heard that changed it: older evidence faded." + reasons,
	} {
		if got := m.Explain(b, at, 5).String(); got != want {
			t.Errorf("%s: it says:\n%s\nnot:\n%s", at, got, want)
		}
	}
}

// What reasons tell is what happened: each picks up where the one before it left off, up to drift.
func TestReasonsFollowOneAnother(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	var b stage.Belief
	for i := range instant.Time(4) {
		was := b
		at := start + i*instant.Time(40*instant.Day)
		b = m.Fold(b, stage.Piece{At: at, Evidence: 0, Score: float64(1 + i%6)}, at)
		e := m.Explain(b, at, 1)
		r := e.Reasons[0]
		if r.Was != m.Mode(was, at) || r.Is != b.Mode || r.Before != m.At(was, at).Of(b.Mode) || r.After != b.P.Of(b.Mode) {
			t.Errorf("piece %d: %+v", i, r)
		}
		if e.Stage != b.Mode || e.P != b.P || e.Older != len(b.Pieces)-1 {
			t.Errorf("piece %d: %+v", i, e)
		}
	}
}
