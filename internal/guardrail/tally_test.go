package guardrail

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

const begin = instant.Time(1_800_000_000_000)

func day(n float64) instant.Time { return begin.Add(instant.Duration(n * float64(instant.Day))) }

func somebody(n byte) id.Person { return id.Person{n} }

func touch(n byte) id.Key { return id.Derive(id.Seed{n}, "touch") }

func sent(who byte, at instant.Time, program, purpose string) Part {
	return Part{Person: somebody(who), At: at, Effects: []effect.Effect{effect.Send{Program: program, Purpose: purpose, Touch: touch(who)}}}
}

func told(who byte, at instant.Time, name string, fields ...string) Part {
	e := &event.Event{ID: fmt.Sprint(name, who, at), Name: name, OccurredAt: at}
	for i := 0; i < len(fields); i += 2 {
		*e = e.With(fields[i], expr.TextOf(fields[i+1]))
	}
	return Part{Person: somebody(who), At: at, Heard: []*event.Event{e}}
}

func inCrisis(who byte, at instant.Time, hold string) Part {
	return Part{Person: somebody(who), At: at, Effects: []effect.Effect{effect.Hold{At: at, Hold: hold, On: true}}}
}

func all(string) bool { return true }

func TestWhoIsCounted(t *testing.T) {
	t.Parallel()
	imported := told(1, day(2), "consent.withdrawn")
	imported.Heard[0].Historical = true
	one := sent(1, day(1), "p", "care")
	for name, c := range map[string]struct {
		parts []Part
		want  [losses]int
		of    int
	}{
		"it counts who takes consent back":             {[]Part{one, told(1, day(2), "consent.withdrawn", "purpose", "care")}, [losses]int{OptOut: 1}, 1},
		"it takes a word without a purpose for all":    {[]Part{one, told(1, day(2), "consent.withdrawn")}, [losses]int{OptOut: 1}, 1},
		"it leaves a word on something else out":       {[]Part{one, told(1, day(2), "consent.withdrawn", "purpose", "offers")}, [losses]int{}, 1},
		"it counts who says stop":                      {[]Part{one, told(1, day(2), "contact.suppressed", "why", "stop", "address", "a")}, [losses]int{OptOut: 1}, 1},
		"it does not count an address that is wrong":   {[]Part{one, told(1, day(2), "contact.suppressed", "why", "bounce", "address", "a")}, [losses]int{}, 1},
		"it counts a shared address once":              {[]Part{one, sent(2, day(1), "p", "care"), told(1, day(2), "contact.suppressed", "why", "stop", "address", "a"), told(2, day(2), "contact.suppressed", "why", "stop", "address", "a")}, [losses]int{OptOut: 1}, 2},
		"it counts a person once":                      {[]Part{one, told(1, day(2), "consent.withdrawn"), told(1, day(3), "consent.withdrawn")}, [losses]int{OptOut: 1}, 1},
		"it counts a complaint about its message":      {[]Part{one, told(1, day(2), "message.complained", "touch", touch(1).String())}, [losses]int{Complaint: 1}, 1},
		"it leaves one about another's out":            {[]Part{one, told(1, day(2), "message.complained", "touch", touch(9).String())}, [losses]int{}, 1},
		"it counts who comes into a crisis":            {[]Part{one, inCrisis(1, day(2), policy.CrisisHold)}, [losses]int{Crisis: 1}, 1},
		"it leaves other holds out":                    {[]Part{one, inCrisis(1, day(2), "holiday")}, [losses]int{}, 1},
		"it leaves who was not written to out":         {[]Part{one, told(2, day(2), "consent.withdrawn")}, [losses]int{}, 1},
		"it leaves what happened before out":           {[]Part{one, told(1, day(.5), "consent.withdrawn")}, [losses]int{}, 1},
		"it leaves what is imported out":               {[]Part{one, imported}, [losses]int{}, 1},
		"it lays nothing to a message after 30 days":   {[]Part{one, told(1, day(31), "consent.withdrawn")}, [losses]int{}, 1},
		"it lays it to one of the last 30 days":        {[]Part{one, told(1, day(30.9), "consent.withdrawn")}, [losses]int{OptOut: 1}, 1},
		"it counts a person again in the next 30 days": {[]Part{one, inCrisis(1, day(2), policy.CrisisHold), sent(1, day(40), "p", "care"), inCrisis(1, day(41), policy.CrisisHold)}, [losses]int{Crisis: 2}, 2},
		"it counts somebody it writes to often once":   {[]Part{one, sent(1, day(2), "p", "care"), sent(1, day(3), "p", "care")}, [losses]int{}, 1},
		"it leaves other programs' messages out":       {[]Part{one, sent(2, day(1), "q", "care"), told(2, day(2), "consent.withdrawn")}, [losses]int{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally := Tally{Guarded: all}
			for _, p := range c.parts {
				tally.Take(p)
			}
			count := tally.Counts()["p"]
			for _, l := range Losses() {
				if s := count.Stands("p", l, policy.StandardHalt()); s.Lost != c.want[l] || s.People != c.of {
					t.Errorf("%s: %d of %d, want %d of %d", l, s.Lost, s.People, c.want[l], c.of)
				}
			}
		})
	}
}

func TestNothingIsCountedOfWhatIsNotGuarded(t *testing.T) {
	t.Parallel()
	tally := Tally{Guarded: func(p string) bool { return p == "q" }}
	tally.Take(sent(1, day(1), "p", "care"))
	if len(tally.Counts()) > 0 {
		t.Error("it is counted")
	}
}

// Twenty people, five of whom leave, are too many; two of two are a coincidence.
func TestWhenItIsTooMany(t *testing.T) {
	t.Parallel()
	h := policy.StandardHalt()
	c := Count{Open: []Lost{{People: 20, Lost: [losses]int{OptOut: 5}}}}
	s := c.Stands("p", OptOut, h)
	if !s.Over || s.Lower <= h.OptOuts || s.Says() != "guardrail: opt-outs 25.0 % of 20 people written to, the bound is 3 %" {
		t.Errorf("%+v %s", s, s.Says())
	}
	if s := c.Stands("p", OptOut, policy.Halt{}); s.Over || s.Bound != 0 {
		t.Errorf("what is off pauses: %+v", s)
	}
	c = Count{Open: []Lost{{People: 2, Lost: [losses]int{OptOut: 2}}}}
	if s := c.Stands("p", OptOut, h); s.Over {
		t.Errorf("two are enough: %+v", s)
	}
	c = Count{Final: []Lost{{People: 3000, Lost: [losses]int{OptOut: 30}}}, Open: []Lost{{People: 200, Lost: [losses]int{OptOut: 30}}}}
	if s := c.Stands("p", OptOut, h); !s.Over || s.RecentPeople != 200 || s.Says() != "guardrail: opt-outs 15.0 % of 200 people written to, the bound is 3 %" {
		t.Errorf("a good month hides a bad one: %+v", s)
	}
}

// Wherever a process ends, the file and the history after it come to the same counts.
func TestCountedAnewItIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var parts []Part
		at := begin
		for range rapid.IntRange(1, 120).Draw(rt, "parts") {
			at = at.Add(instant.Duration(rapid.Int64Range(0, int64(6*instant.Day)).Draw(rt, "after")))
			who := byte(rapid.IntRange(1, 5).Draw(rt, "who"))
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				parts = append(parts, told(who, at, "consent.withdrawn", "purpose", "care"))
			case 1:
				parts = append(parts, told(who, at, "contact.suppressed", "why", "stop", "address", fmt.Sprint(who%2)))
			case 2:
				parts = append(parts, told(who, at.Add(-3*instant.Day), "message.complained", "touch", touch(who).String()))
				parts[len(parts)-1].At = at
			case 3:
				parts = append(parts, inCrisis(who, at, policy.CrisisHold))
			default:
				parts = append(parts, sent(who, at, "p", "care"))
			}
		}
		is := Tally{Guarded: all}
		var file Count // as of the last time that something was to be kept
		kept := false
		ends := rapid.IntRange(0, len(parts)).Draw(rt, "ends")
		for i, p := range parts {
			_, keep := is.Take(p)
			if i < ends && keep {
				file, kept = is.Counts()["p"], true
			}
		}
		anew := Tally{Guarded: all}
		if kept {
			anew.Begin("p", file.Since, file.Final)
		}
		for _, p := range parts {
			if !kept || p.At >= file.OpenSince() {
				anew.Take(p)
			}
		}
		if a, b := fmt.Sprint(is.Counts()), fmt.Sprint(anew.Counts()); a != b {
			rt.Fatalf("ended after %d:\n%s, and anew\n%s", ends, a, b)
		}
	})
}
