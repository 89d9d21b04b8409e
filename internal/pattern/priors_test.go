package pattern_test

import (
	"math"
	"slices"
	"testing"

	"attune/core/decision"
	"attune/core/id"
	"attune/internal/pattern"
)

// told is a pattern of somebody else's engagement.
func told(behavior, process, stage, channel string, effect, half float64) pattern.Pattern {
	return pattern.Pattern{
		Program: "theirs", Engagement: "nudge", Behavior: behavior, Process: process, Stage: stage, Channel: channel,
		Effect: effect, Lo: effect - half, Hi: effect + half,
	}
}

func source(id, who string, patterns ...pattern.Pattern) pattern.Source {
	return pattern.Source{ID: id, Organisation: who, File: &pattern.File{Patterns: patterns}}
}

func began(t *testing.T, most int, files ...pattern.Source) *pattern.Beginning {
	t.Helper()
	rel, _ := learning(t)
	b, err := pattern.Priors(rel, files, most)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is of the same kind is expected to do a little more of what it did there, and the rest says why it does nothing.
func TestWhatIsOfItsKindMoves(t *testing.T) {
	t.Parallel()
	good := told("adherence", "stimulus_control", "action", "email", .1, .02)
	b := began(t, 0, source("a", "North", good))
	if len(b.Moved) == 0 {
		t.Fatalf("%+v", b)
	}
	for _, m := range b.Moved {
		if m.Is <= m.Was || m.Is-m.Was > .03 || m.Engagement != "refill_reminder" || m.Stage != "action" || m.Channel != "email" {
			t.Errorf("%+v", m)
		}
		if m.Worth < 1 || m.Worth > pattern.Most || m.Theirs != .1 {
			t.Errorf("%+v: worth more than all may be", m)
		}
	}
	for name, p := range map[string]pattern.Pattern{
		"another behaviour": told("flying", "stimulus_control", "action", "email", .1, .02),
		"another process":   told("adherence", "dramatic_relief", "action", "email", .1, .02),
		"another channel":   told("adherence", "stimulus_control", "action", "letter", .1, .02),
	} {
		if b := began(t, 0, source("a", "North", p)); len(b.Moved) != 0 || len(b.Unused) != 1 || b.Unused[0].Count != 1 {
			t.Errorf("%s: %+v", name, b)
		}
	}
	s := source("a", "North", told("pills", "stimulus_control", "action", "email", .1, .02))
	s.Behaviors = map[string]string{"pills": "adherence"}
	if b := began(t, 0, s); len(b.Moved) == 0 {
		t.Error("a behaviour that is said to be the same is not")
	}
}

// Others are worth the less, the less sure they are, the fewer decisions they may be worth, and the more they differ from each other.
func TestOthersAreWorthWhatTheyMayBe(t *testing.T) {
	t.Parallel()
	move := func(most int, files ...pattern.Source) float64 {
		m := began(t, most, files...).Moved[0]
		return m.Is - m.Was
	}
	of := func(id, who string, effect, half float64) pattern.Source {
		return source(id, who, told("adherence", "stimulus_control", "action", "email", effect, half))
	}
	sure, unsure := move(0, of("a", "North", .1, .02)), move(0, of("a", "North", .1, .4))
	if !(0 < unsure && unsure < sure/2) {
		t.Errorf("somebody unsure moves %g, and somebody sure %g", unsure, sure)
	}
	if little, much := move(10, of("a", "North", .1, .02)), move(2000, of("a", "North", .1, .02)); !(little < sure/2 && sure < much) {
		t.Errorf("worth 10, 200 and 2000 decisions: %g, %g, %g", little, sure, much)
	}
	if two := move(2000, of("a", "North", .1, .1), of("b", "South", .1, .1)); two <= move(2000, of("a", "North", .1, .1)) {
		t.Error("two who say the same are worth no more than one")
	}
	if against := move(0, of("a", "North", .2, .02), of("b", "South", -.06, .02)); math.Abs(against) > .01 {
		t.Errorf("two who say the opposite around what is expected move %g", against)
	}
	for _, most := range []int{-1, 9, 2001} {
		rel, _ := learning(t)
		if _, err := pattern.Priors(rel, nil, most); err == nil {
			t.Errorf("worth %d decisions", most)
		}
	}
}

// The same files make the same model in any order; how sure one is stays as it was; and the model names them.
func TestABeginningIsExact(t *testing.T) {
	t.Parallel()
	rel, _ := learning(t)
	a := source("a", "North", told("adherence", "stimulus_control", "action", "email", .1, .02), told("adherence", "helping_relationships", "maintenance", "sms", -.1, .02))
	b := source("b", "South", told("adherence", "stimulus_control", "preparation", "email", .05, .02))
	one, other := began(t, 0, a, b), began(t, 0, b, a)
	if !slices.Equal(one.Library.By, other.Library.By) || !slices.Equal(one.Library.Files, []string{"a", "b"}) {
		t.Error("the order of files changes what is expected")
	}
	moved := rel.Learning.Space.Moved(one.Library.By)
	for i, k := range moved.Known() {
		was := rel.Learning.Space.Known()[i]
		if k.Effect.SD != was.Effect.SD || k.Loss != was.Loss {
			t.Errorf("one is surer of %s than before", k.Name)
		}
		if (k.Group == decision.Match || k.Group == decision.Baseline) && k.Effect != was.Effect {
			t.Errorf("%s moved", k.Name)
		}
	}
	m, err := decision.Fit(moved, decision.NewEvidence(moved), decision.Standard(), id.Seed{})
	if err != nil {
		t.Fatal(err)
	}
	file := "fd6b810836b708c4a46027dbef2caefaadf480ee87e9a1d9aee0702df7fe4412"
	named, err := m.From([]string{file})
	if err != nil || named.ID == m.ID {
		t.Fatalf("a model that began elsewhere has the name of one that did not: %v", err)
	}
	again, err := decision.Decode(named.Encode())
	if err != nil || again.ID != named.ID || !slices.Equal(again.Library, []string{file}) {
		t.Errorf("%v, %v", again, err)
	}
	if plain, err := decision.Decode(m.Encode()); err != nil || plain.ID != m.ID || plain.Library != nil {
		t.Errorf("%v, %v", plain, err)
	}
	for _, bad := range []string{"", "xx", file[:62], "FD" + file[2:]} {
		if _, err := m.From([]string{bad}); err == nil {
			t.Errorf("a file may be called %q", bad)
		}
	}
	cut := named.Encode()
	for at := range len(cut) {
		if at%97 == 0 {
			if _, err := decision.Decode(cut[:at]); err == nil {
				t.Fatalf("the first %d bytes are a model", at)
			}
		}
	}
}
