package app

import (
	"testing"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/story"
)

// What people told of their own story is shown word for word to who sees clinical facts, and to nobody else.
func TestOwnWordsAreForWhoSeesClinicalFacts(t *testing.T) {
	t.Parallel()
	told := Lines{Lines: []story.Line{{Kind: "event", Event: "story.told", Says: "story.told was reported.", Fact: "barrier", Names: "no_bus", Words: "There is no bus", By: "nurse Kim", Over: true}}, catalogue: event.Standard()}
	for _, clinical := range []bool{true, false} {
		is := told
		is.Mask(func(c access.Class) bool { return clinical || c != access.Clinical })
		if x := is.Lines[0]; (x.Words == "There is no bus" && x.Fact == "barrier" && x.Names == "no_bus" && x.By == "nurse Kim" && x.Over) != clinical || (x.Fact+x.Names+x.Words+x.By == "") == clinical {
			t.Errorf("clinical %v: %+v", clinical, x)
		}
	}
	if told.Lines[0].Words == "" {
		t.Error("masking changed what was masked")
	}
}

// Until when a phase should last is told of whoever is in one that says so.
func TestAPhaseTellsUntilWhenItShouldLast(t *testing.T) {
	t.Parallel()
	rel := &release.Release{Programs: []*program.Program{{ID: "ra", Map: journeymap.Map{Phases: []journeymap.Phase{{ID: "referral", Expect: 21 * instant.Day}, {ID: "living"}}}}}}
	since := instant.Time(1000 * instant.Day)
	for _, x := range []struct {
		m    person.Membership
		want instant.Time
	}{
		{person.Membership{Program: "ra", Phase: "referral", Since: since, Enrolled: since}, since.Add(21 * instant.Day)},
		{person.Membership{Program: "ra", Phase: "living", Since: since, Enrolled: since}, 0},
		{person.Membership{Program: "ra", Phase: "gone", Since: since, Enrolled: since}, 0},
		{person.Membership{Program: "other", Phase: "referral", Since: since, Enrolled: since}, 0},
		{person.Membership{Program: "ra", Phase: "referral", Since: since, Enrolled: since, Exit: "moved away"}, 0},
		{person.Membership{Program: "ra", Since: since}, 0},
	} {
		if x.want != 0 && !x.m.Active() {
			t.Fatal("whoever is not in the program is in no phase of it")
		}
		if got := phaseExpected(rel, &x.m); got != x.want {
			t.Errorf("%+v: %s, not %s", x.m, got, x.want)
		}
	}
	if phaseExpected(nil, &person.Membership{}) != 0 {
		t.Error("no release says until when")
	}
}
