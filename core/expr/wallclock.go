package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"attune/core/instant"
)

// DeclareZone tells the clock of people whose own is unknown, for the expressions that are compiled
// from now on. It is UTC where nothing was declared.
func (c *Compiler) DeclareZone(z *instant.Zone) { c.zone = z }

// clock is the person's wall clock. Their zone is a trait, so whatever looks at the clock waits for
// the events that bring traits.
func (u *unit) clock() func(*Facts) *instant.Zone {
	u.timed = true
	u.cost += costOfClock
	u.mentions = append(u.mentions, traitEvents()...)
	otherwise := u.zone
	return func(f *Facts) *instant.Zone {
		if f.Zone != nil {
			return f.Zone
		}
		return otherwise
	}
}

// maxAge is the largest age a rule may compare with.
const maxAge = 150

// age lowers age() compared with a whole number n. Only two birthdays matter to it: the n-th, and the
// one after. A birthday begins when the person's wall clock first shows the day.
func (u *unit) age(r relation, with ast.Expr) ask {
	n := u.wholeNumber(with, "an age", maxAge)
	known, clock := u.knownTrait(birthDate), u.clock()
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		v := f.Traits[known].Value
		born, ok := instant.ParseDate(v.Text)
		if v.Type != Text || !ok {
			return Unknown, instant.Never
		}
		zone := clock(f)
		first, birth := begun(zone, born, now)
		if !first {
			return Unknown, birth
		}
		younger, equally, older := triOf(r.holds(-1)), triOf(r.holds(0)), triOf(r.holds(1))
		turned, turns := begun(zone, born.Anniversary(n), now)
		past, passes := begun(zone, born.Anniversary(n+1), now)
		switch {
		case !turned && younger != equally:
			return younger, turns
		case !turned && equally != older:
			return younger, passes
		case !turned:
			return younger, instant.Never
		case !past && equally != older:
			return equally, passes
		case !past:
			return equally, instant.Never
		}
		return older, instant.Never
	}
}

// begun tells whether the day has begun on the zone's wall clock, and when it will if it has not. What
// lies two days back has begun everywhere.
func begun(zone *instant.Zone, day instant.Date, now instant.Time) (bool, instant.Time) {
	if now >= instant.Time((day.Days()+2)*int64(instant.Day)) {
		return true, 0
	}
	begins := zone.Begins(day.Days())
	return begins <= now, begins
}

// dayParts are six hours each, from midnight on.
func dayParts() []string { return []string{"night", "morning", "afternoon", "evening"} }

// dayPart lowers day_part() compared with a text, or looked for among some.
func (u *unit) dayPart(e ast.Expr, function string, with ast.Expr) ask {
	var among [4]bool
	name := func(s string) { among[slices.Index(dayParts(), s)] = true } // vetting let no other word pass
	r, _ := relationOf(function)
	switch {
	case function == operators.In && with.Kind() == ast.ListKind:
		texts, _ := u.constants(with)
		if len(u.problems) == 0 {
			for _, s := range texts {
				name(s)
			}
		}
	case (r == equal || r == less|greater) && isText(with):
		name(textOf(with))
		if r != equal {
			for i := range among {
				among[i] = !among[i]
			}
		}
	default:
		u.report(e, `write day_part() == "morning"`, "day_part is compared with a text, or looked for in a list")
		return nil
	}
	clock := u.clock()
	return func(f *Facts, now instant.Time) (Tri, instant.Time) { return askDayPart(clock(f), now, &among) }
}

// askDayPart goes along the wall clock, from one part or change of clocks to the next, until the
// answer is another. Hours that are skipped or repeated need no rule of their own.
func askDayPart(z *instant.Zone, now instant.Time, among *[4]bool) (Tri, instant.Time) {
	const length = 6 * instant.Hour
	ofDay, _, change := z.Local(now)
	answer := among[ofDay/length]
	if among[0] == among[1] && among[1] == among[2] && among[2] == among[3] {
		return triOf(answer), instant.Never
	}
	t := now
	// Four parts and a change of clocks or two: the answer is another before that. If it were not,
	// the person would wake for nothing.
	for range 8 {
		t = min(t.Add(length-ofDay%length), change)
		ofDay, _, change = z.Local(t)
		if among[ofDay/length] != answer {
			break
		}
	}
	return triOf(answer), t
}
