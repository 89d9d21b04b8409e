package engine_test

import (
	"testing"

	"attune/internal/mutant"
)

// Each of these mistakes breaks the property that any pattern of ticks gives the same life: it is able to
// fail, and for these.
func TestTheseMistakesAreFound(t *testing.T) {
	const property = "TestTicksCarryNoNews"
	flags := []string{"-rapid.checks=120", "-rapid.seed=3", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it string
		mutant.Mistake
	}{
		{"timers at the time of processing", mutant.Mistake{
			File: "step.go", Right: "t := max(s.p.Wake, s.p.Now)", Wrong: "t := at",
		}},
		{"ids of touches from an ordinal within the call", mutant.Mistake{
			File: "decide.go", Right: `id.Derive(s.seed, "touch", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event), id.Hash(c.cause.Rule))`,
			Wrong: `id.Derive(s.seed, "touch", uint64(len(s.fx)))`,
		}},
		{"ids of passages from an ordinal within the call", mutant.Mistake{
			File: "enter.go", Right: `id.Derive(s.seed, "enrollment", id.Hash(pr.ID), id.Hash(j.ID), uint64(at), id.Hash(cause.Event), id.Hash(key))`,
			Wrong: `id.Derive(s.seed, "enrollment", uint64(len(s.fx)))`,
		}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, property, flags...) })
	}
	same := mutant.Mistake{File: "step.go", Right: "t := max(s.p.Wake, s.p.Now)", Wrong: "t := max(s.p.Now, s.p.Wake)"}
	if said, failed := mutant.Run(t, ".", same, property, flags...); failed {
		t.Errorf("without a mistake the property fails:\n%s", said)
	}
}

// What keeps people from being contacted too often, or at all, is able to fail, and for these mistakes.
func TestTheseMistakesOfTheGateAreFound(t *testing.T) {
	const safety, sharing, stories = "TestNobodyIsContactedWhoShouldNotBe", "TestNobodyIsToldWhatIsNotShared", "TestJourneys"
	flags := []string{"-rapid.checks=300", "-rapid.seed=7", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it, property string
		mutant.Mistake
	}{
		{"what is in flight is not counted", safety, mutant.Mistake{File: "may.go", Right: "n.Live = true", Wrong: "return n, false"}},
		{"stamped at the attempt", stories, mutant.Mistake{File: "may.go", Right: "n.Stamp = t.Settled", Wrong: "n.Stamp = t.Started"}},
		{"a retry keeps the old stamp", stories, mutant.Mistake{
			File: "settle.go", Right: `t.State, t.Settled, t.Why = person.HandedOver, at, ""`,
			Wrong: "if t.State, t.Why = person.HandedOver, \"\"; t.Settled == 0 {\n\t\t\tt.Settled = at\n\t\t}",
		}},
		{"a reservation is a counter that nobody gives back", stories, mutant.Mistake{
			File: "may.go", Right: "case person.Ended:\n\t\treturn n, false", Wrong: "case person.Ended:\n\t\tn.Reserved = true",
		}},
		{"the gate asks nothing again", safety, mutant.Mistake{File: "gate.go", Right: "reason, detail := s.may(&c)", Wrong: `reason, detail := policy.Reason(""), ""`}},
		{"the gate forgets that time lies between messages", stories, mutant.Mistake{
			File: "due.go", Right: "deciding); free != due {", Wrong: "deciding); deciding && free != due {",
		}},
		{"a hold is not asked about", safety, mutant.Mistake{File: "hold.go", Right: "h.On(at) && !s.exempt(h.ID, class) {\n\t\t\treturn h", Wrong: "h.On(at) && at < 0 {\n\t\t\treturn h"}},
		{"a yes never ends", stories, mutant.Mistake{File: "../consent/consent.go", Right: "(r.Until == 0 || at < r.Until)", Wrong: "true"}},
		{"everybody is due at the opening", "TestAnOpeningIsSpread", mutant.Mistake{File: "due.go", Right: "due = s.spread(opens, hours, zones, expires)", Wrong: "due = min(opens, expires)"}},
		{"where a touch falls depends on when it is asked about", "TestAnOpeningIsSpread", mutant.Mistake{File: "due.go", Right: `"opening", uint64(opens)`, Wrong: `"opening", uint64(expires)`}},
		{"all who are refused come back together", "TestThoseRefusedTogetherComeBackApart", mutant.Mistake{File: "settle.go", Right: `id.Draw(s.seed, "backoff", attempt.Short())`, Wrong: `id.Draw(id.Seed{}, "backoff", 1)`}},
		{"an address that may not be used is", safety, mutant.Mistake{File: "address.go", Right: "p == nil || p.Stopped <= p.Released", Wrong: "p == nil || p.Stopped >= 0"}},
		{"contact hours are those of the organisation's clock", safety, mutant.Mistake{File: "decide.go", Right: "ok := s.rel.Zones.Find(s.p.Trait(\"timezone\").Text); ok", Wrong: "ok := s.rel.Zones.Find(\"\"); ok"}},
		{"an area with several zones is one", stories, mutant.Mistake{File: "decide.go", Right: "len(zones) > 0 {\n\t\t\treturn zones,", Wrong: "len(zones) > 0 {\n\t\t\treturn zones[:1],"}},
		{"a shared address is the person's own", safety, mutant.Mistake{File: "address.go", Right: "case p != nil && p.IsShared():", Wrong: "case p != nil && p.IsShared() && p.Verified == 0:"}},
		{"two records that became one need no new look", "TestAMergeAsksWhoseAnAddressIs", mutant.Mistake{File: "address.go", Right: "if m.At >= p.Verified {", Wrong: "if m.At < 0 {"}},
		{"news does not end what it was for", stories, mutant.Mistake{File: "needed.go", Right: "case t.State == person.Pending:", Wrong: "case t.State == person.Pending && at < 0:"}},
		{"the end of a grant is not remembered", sharing, mutant.Mistake{File: "proposed.go", Right: "c.proposed <= r.At {", Wrong: "c.proposed < r.At-1 {"}},
		{"an older end of a grant stands", sharing, mutant.Mistake{File: "proposed.go", Right: "case s.p.Recalls[i].At <= r.At:", Wrong: "case s.p.Recalls[i].At > r.At:"}},
		{"a grant that ends by itself is not taken back", sharing, mutant.Mistake{File: "step.go", Right: "\t\ts.sharesEnd(t)\n", Wrong: ""}},
		{"a word on all purposes takes nothing back", sharing, mutant.Mistake{File: "../person/person.go", Right: `case x.Purpose == "":`, Wrong: `case x.Purpose == "" && at < 0:`}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, m.property, flags...) })
	}
}

// What must hold of merges is able to fail, and for these mistakes.
func TestTheseMistakesOfMergesAreFound(t *testing.T) {
	const sums, trace, noes, dead = "TestMergesLoseAndDoubleNothing", "TestAMergeUndoneLeavesNoTrace", "TestEveryNoOutlivesAMerge", "TestTheDeadAreDeadInEveryRecord"
	flags := []string{"-rapid.checks=200", "-rapid.seed=5", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it, property string
		mutant.Mistake
	}{
		{"the newest word stands, whichever record it is of", noes, mutant.Mistake{File: "merge.go", Right: "if overruled {", Wrong: "if overruled && at < 0 {"}},
		{"what was said while they were one is one's alone", noes, mutant.Mistake{File: "merge.go", Right: "c.Answer != consent.Granted && c.At > since", Wrong: "c.Answer != consent.Granted && c.At < since && since < 0"}},
		{"a journey goes on twice", sums, mutant.Mistake{File: "merge.go", Right: "if e.Left == 0 && slices.ContainsFunc(s.p.Enrollments, func(o", Wrong: "if e.Left != 0 && slices.ContainsFunc(s.p.Enrollments, func(o"}},
		{"messages stay with both", sums, mutant.Mistake{File: "merge.go", Right: "return touchOf(l, t.ID) >= 0 && touchOf(was, t.ID) < 0", Wrong: "return touchOf(l, t.ID) < 0 && touchOf(was, t.ID) < 0"}},
		{"who yields is not counted out", sums, mutant.Mistake{File: "merge.go", Right: "	s.derive(person.New(s.p.ID), at, \"a merge\")\n", Wrong: ""}},
		{"what ended by the merge stays ended", trace, mutant.Mistake{File: "merge.go", Right: "	*e = was.Enrollments[n]\n", Wrong: "	_ = was.Enrollments[n]\n"}},
		{"facts of the other stay", trace, mutant.Mistake{File: "../record/facts.go", Right: "if undone[i] {\n\t\t\tcontinue", Wrong: "if undone[i] {\n\t\t\tundone[i] = false"}},
		{"the dead go on", dead, mutant.Mistake{File: "merge.go", Right: "	if s.p.Died != 0 {\n\t\ts.lapse(at)\n\t\treturn\n\t}\n\tfor _, m := range", Wrong: "	for _, m := range"}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, m.property, flags...) })
	}
}

// What people have a right to keep from being done is able to fail, and for these mistakes.
func TestTheseMistakesOfRightsAreFound(t *testing.T) {
	const limits, merged, stories = "TestLimitsAreTheSameInAnyOrder", "TestEveryLimitOutlivesAMerge", "TestJourneys"
	flags := []string{"-rapid.checks=200", "-rapid.seed=5", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}
	for _, m := range []struct {
		it, property string
		mutant.Mistake
	}{
		{"a restriction is not asked about", stories, mutant.Mistake{File: "may.go", Right: "\t\t{\"what is known of them may be used\", (*step).unrestricted},\n", Wrong: ""}},
		{"an objection is not asked about", stories, mutant.Mistake{File: "may.go", Right: "\t\t{\"they do not object to it\", (*step).notObjected},\n", Wrong: ""}},
		{"journeys go on while nothing may be used", limits, mutant.Mistake{File: "limit.go", Right: "if s.p.Enrollments[i].Left == 0 {\n\t\t\ts.ownPassages()", Wrong: "if s.p.Enrollments[i].Left != 0 {\n\t\t\ts.ownPassages()"}},
		{"journeys begin while nothing may be used", stories, mutant.Mistake{File: "pass.go", Right: "&& !s.restricted() {\n\t\t\ts.enterJourney", Wrong: "{\n\t\t\ts.enterJourney"}},
		{"a restriction ends without a word to the person", stories, mutant.Mistake{File: "limit.go", Right: "e.Field(\"told\").Num != 0", Wrong: "e.Name != \"\""}},
		{"a source ends a restriction", stories, mutant.Mistake{File: "limit.go", Right: "e.Source == event.Own && e.Field(\"told\")", Wrong: "e.Source != \"\" && e.Field(\"told\")"}},
		{"stages are believed of who objects", limits, mutant.Mistake{File: "stages.go", Right: "at instant.Time) {\n\tif s.unprofiled() {\n\t\treturn\n\t}\n\tfor k := range s.rel.Behaviors {\n\t\tb := &s.rel.Behaviors[k]\n\t\tfor n", Wrong: "at instant.Time) {\n\tfor k := range s.rel.Behaviors {\n\t\tb := &s.rel.Behaviors[k]\n\t\tfor n"}},
		{"who objects is put into groups", limits, mutant.Mistake{File: "pass.go", Right: "r.Target == release.Audience && s.unprofiled() {\n\t\treturn false", Wrong: "r.Target == release.Audience && s.unprofiled() && at < 0 {\n\t\treturn false"}},
		{"words are drawn for who objects", limits, mutant.Mistake{File: "choose.go", Right: "return !s.unprofiled() && en", Wrong: "return en"}},
		{"what was inferred before decides after an objection", stories, mutant.Mistake{File: "limit.go", Right: "\t\t\ts.dropProfiled(before, at)\n", Wrong: "\t\t\t_ = before\n"}},
		{"a consent outweighs an objection to advertising", stories, mutant.Mistake{File: "limit.go", Right: "kind == consent.Marketing && s.p.Limited(person.Marketing)", Wrong: "kind == consent.Treatment && s.p.Limited(person.Marketing)"}},
		{"a merge forgets limits", merged, mutant.Mistake{File: "merge.go", Right: "l.On() && !is.Limited(l.ID)", Wrong: "l.On() && is.Limited(l.ID)"}},
		{"a source overrules a correction", stories, mutant.Mistake{File: "step.go", Right: "\t\te = s.uncorrected(e)\n", Wrong: ""}},
		{"a source corrects", stories, mutant.Mistake{File: "correct.go", Right: "e.Source != event.Own || name == \"\"", Wrong: "name == \"\""}},
	} {
		t.Run(m.it, func(t *testing.T) { mutant.Found(t, ".", m.Mistake, m.property, flags...) })
	}
}
