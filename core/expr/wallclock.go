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
	birth, clock := u.knownTrait(birthDate), u.clock()
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		v := f.Traits[birth].Value
		born, ok := instant.ParseDate(v.Text)
		if v.Type != Text || !ok {
			return Unknown, instant.Never
		}
		zone := clock(f)
		birthday := func(years int) instant.Time { return zone.Begins(born.Anniversary(years).Days()) }
		if first := birthday(0); now < first {
			return Unknown, first
		}
		turns, past := birthday(n), birthday(n+1)
		younger, equally, older := triOf(r.holds(-1)), triOf(r.holds(0)), triOf(r.holds(1))
		switch {
		case now < turns && younger != equally:
			return younger, turns
		case now < past && equally != older:
			if now < turns {
				return younger, past
			}
			return equally, past
		case now < turns:
			return younger, instant.Never
		}
		return older, instant.Never
	}
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
