package stage_test

import (
	"reflect"
	"strings"
	"testing"

	"attune/core/stage"
)

func TestRuler(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		importance, confidence int
		want                   stage.Stage
	}{
		{0, 10, stage.Precontemplation}, {3, 7, stage.Precontemplation}, {4, 0, stage.Contemplation}, {6, 10, stage.Contemplation},
		{7, 6, stage.Contemplation}, {10, 0, stage.Contemplation}, {7, 7, stage.Preparation}, {10, 10, stage.Preparation},
		{-1, 5, stage.None}, {11, 5, stage.None}, {5, -1, stage.None}, {5, 11, stage.None},
	} {
		got, scored := stage.Ruler{}.Stage(c.importance, c.confidence)
		if got != c.want || scored != (c.want != stage.None) {
			t.Errorf("importance %d and confidence %d are %s, %v", c.importance, c.confidence, got, scored)
		}
	}
	if got, _ := (stage.Ruler{Middle: 2, High: 5}).Stage(2, 9); got != stage.Contemplation {
		t.Errorf("with bands of one's own it is %s", got)
	}
	if e := (stage.Ruler{Middle: 2, High: 5}).Confidence("c", 3); e.Bands[0].Below != 2 || e.Bands[1].Below != 5 || e.From != 0 || e.To != 10 {
		t.Errorf("bands of one's own are %+v", e)
	}
	if p := (stage.Ruler{}).Problems(); p != nil {
		t.Error(p)
	}
	for _, r := range []stage.Ruler{{Middle: 7, High: 4}, {Middle: 4, High: 11}, {High: 5}, {Middle: 4}} {
		if len(r.Problems()) != 1 {
			t.Errorf("%+v has no problem", r)
		}
	}
}

func TestStaging(t *testing.T) {
	t.Parallel()
	const y, n, u = stage.Yes, stage.No, stage.Unanswered
	is := func(s stage.Stage) stage.Outcome { return stage.Outcome{Stage: s} }
	missing := func(id string) stage.Outcome { return stage.Outcome{Missing: id} }
	for _, c := range []struct {
		answers   stage.Answers // applies, now, half a year, month, six months, attempt, stopped
		smoking   stage.Outcome
		noAttempt stage.Outcome
	}{
		{stage.Answers{n, u, u, u, u, u, u}, stage.Outcome{NotApplicable: true}, stage.Outcome{NotApplicable: true}},
		{stage.Answers{n, y, y, u, u, u, u}, stage.Outcome{NotApplicable: true}, stage.Outcome{NotApplicable: true}},
		{stage.Answers{y, y, y, u, u, u, u}, is(stage.Maintenance), is(stage.Maintenance)},
		{stage.Answers{y, y, n, u, u, u, u}, is(stage.Action), is(stage.Action)},
		{stage.Answers{u, y, n, y, y, y, y}, is(stage.Action), is(stage.Action)},
		{stage.Answers{y, y, u, u, u, u, u}, missing("half_year"), missing("half_year")},
		{stage.Answers{y, n, u, y, y, y, n}, is(stage.Preparation), is(stage.Preparation)},
		{stage.Answers{y, n, u, y, u, y, u}, is(stage.Preparation), is(stage.Preparation)},
		{stage.Answers{y, n, u, y, y, n, n}, is(stage.Contemplation), is(stage.Preparation)},
		{stage.Answers{y, n, u, y, y, u, n}, missing("attempt"), is(stage.Preparation)},
		{stage.Answers{y, n, u, n, y, y, n}, is(stage.Contemplation), is(stage.Contemplation)},
		{stage.Answers{y, n, u, n, n, y, n}, is(stage.Precontemplation), is(stage.Precontemplation)},
		{stage.Answers{y, n, y, n, n, n, u}, is(stage.Precontemplation), is(stage.Precontemplation)},
		{stage.Answers{y, n, u, n, u, y, n}, missing("six_months"), missing("six_months")},
		{stage.Answers{y, n, u, u, y, y, n}, missing("month"), missing("month")},
		{stage.Answers{y, n, u, u, u, u, y}, missing("month"), missing("month")},
		{stage.Answers{y, n, u, y, u, y, y}, is(stage.Preparation), is(stage.Preparation)},
		{stage.Answers{y, n, u, y, u, n, y}, is(stage.Relapse), is(stage.Preparation)},
		{stage.Answers{y, n, u, n, y, u, y}, is(stage.Relapse), is(stage.Relapse)},
		{stage.Answers{y, n, u, n, n, u, y}, is(stage.Relapse), is(stage.Relapse)},
		{stage.Answers{y, n, u, n, u, u, y}, is(stage.Relapse), is(stage.Relapse)},
		{stage.Answers{}, missing("now"), missing("now")},
	} {
		if got := (stage.Staging{}).Stage(c.answers); got != c.smoking {
			t.Errorf("%+v is %+v, not %+v", c.answers, got, c.smoking)
		}
		if got := (stage.Staging{WithoutAttempt: true}).Stage(c.answers); got != c.noAttempt {
			t.Errorf("without attempt, %+v is %+v, not %+v", c.answers, got, c.noAttempt)
		}
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, i := range append(stage.RulerItems(), stage.StagingItems()...) {
		ids[i.ID] = true
		for _, language := range []string{"en", "es"} {
			w, found := i.In(language)
			if !found || !strings.HasSuffix(w.Question, "?") || (w.Lowest == "") != (w.Highest == "") {
				t.Errorf("%s in %s is %+v", i.ID, language, w)
			}
			if asked := w.Ask("tomar la medicina"); strings.ContainsAny(asked, "{}") {
				t.Errorf("it asks %q", asked)
			}
		}
		if _, found := i.In("de"); found {
			t.Errorf("%s is there in German", i.ID)
		}
	}
	if len(ids) != 9 {
		t.Errorf("the items are %v", ids)
	}
	// The ids that an outcome names are those of items, in the order of the answers.
	fields := reflect.TypeFor[stage.Answers]()
	for k, i := range stage.StagingItems() {
		if want := fields.Field(k).Name; strings.ReplaceAll(i.ID, "_", "") != strings.ToLower(want) {
			t.Errorf("item %d is %s, its answer %s", k, i.ID, want)
		}
	}
	if got := stage.RulerItems()[0].English.Ask("walk every day"); got != "From 0 to 10, how important is it to you right now to walk every day?" {
		t.Error(got)
	}
}

func TestURICA(t *testing.T) {
	t.Parallel()
	fill := func(pc, c, a, m, other int) (out [32]int) {
		for i := range out {
			out[i] = other
		}
		for value, items := range map[*int][]int{
			&pc: {1, 5, 11, 13, 23, 26, 29}, &c: {2, 8, 12, 15, 19, 21, 24}, &a: {3, 7, 10, 14, 17, 25, 30}, &m: {6, 16, 18, 22, 27, 28, 32},
		} {
			for _, i := range items {
				out[i-1] = *value
			}
		}
		return out
	}
	with := func(answers [32]int, changes map[int]int) [32]int {
		for item, a := range changes {
			answers[item-1] = a
		}
		return answers
	}
	for _, c := range []struct {
		name       string
		answers    [32]int
		maxMissing int
		want       stage.Readiness
		scored     bool
	}{
		{"the least", fill(5, 1, 1, 1, 3), 0, stage.Readiness{5, 1, 1, 1, -2}, true},
		{"the most", fill(1, 5, 5, 5, 3), 0, stage.Readiness{1, 5, 5, 5, 14}, true},
		{"all alike", fill(3, 3, 3, 3, 3), 0, stage.Readiness{3, 3, 3, 3, 6}, true},
		{"each scale its own", fill(1, 2, 3, 4, 5), 0, stage.Readiness{1, 2, 3, 4, 8}, true},
		{"unscored items do not count", fill(1, 2, 3, 4, 0), 0, stage.Readiness{1, 2, 3, 4, 8}, true},
		// Item 1 from 1 to 4 and 5 from 1 to 5: 14 of 7, a mean of 2.
		{"a mean", with(fill(1, 2, 3, 4, 5), map[int]int{1: 4, 5: 5}), 0, stage.Readiness{2, 2, 3, 4, 7}, true},
		{"one missing", with(fill(1, 2, 3, 4, 5), map[int]int{32: 0}), 0, stage.Readiness{}, false},
		{"one missing, as allowed", with(fill(1, 2, 3, 4, 5), map[int]int{32: 0}), 1, stage.Readiness{1, 2, 3, 4, 8}, true},
		// Six answers of contemplation, 2+2+2+2+2+5 = 15: 2.5.
		{"the mean of those answered", with(fill(1, 2, 3, 4, 5), map[int]int{2: 0, 8: 5}), 1, stage.Readiness{1, 2.5, 3, 4, 8.5}, true},
		{"one missing of each scale", with(fill(1, 2, 3, 4, 5), map[int]int{1: 0, 2: 0, 3: 0, 6: 0}), 1, stage.Readiness{1, 2, 3, 4, 8}, true},
		{"two missing of one scale", with(fill(1, 2, 3, 4, 5), map[int]int{3: 0, 7: 0}), 1, stage.Readiness{}, false},
		{"nothing answered", [32]int{}, 6, stage.Readiness{}, false},
		{"one scale empty", fill(1, 2, 0, 4, 5), 6, stage.Readiness{}, false},
		{"a six", with(fill(1, 2, 3, 4, 5), map[int]int{17: 6}), 6, stage.Readiness{}, false},
		{"a negative", with(fill(1, 2, 3, 4, 5), map[int]int{17: -1}), 6, stage.Readiness{}, false},
		{"a six among the unscored", with(fill(1, 2, 3, 4, 5), map[int]int{20: 6}), 0, stage.Readiness{}, false},
	} {
		got, scored := stage.URICA{MaxMissing: c.maxMissing}.Score(c.answers)
		if got != c.want || scored != c.scored {
			t.Errorf("%s: %+v, %v", c.name, got, scored)
		}
	}
	u := stage.URICA{Contemplation: 8, Participation: 11}
	if p := u.Problems(); len(p) != 0 {
		t.Error(p)
	}
	for _, u := range []stage.URICA{{}, {Contemplation: 11, Participation: 8}, {Contemplation: 8, Participation: 15}, {Contemplation: -2, Participation: 3}, {Contemplation: 8, Participation: 11, MaxMissing: 7}} {
		if len(u.Problems()) != 1 {
			t.Errorf("%+v has %v", u, u.Problems())
		}
	}
	m := modelOf(t, stage.Settings{Prior: stage.Distribution{.2, .2, .2, .2, .1, .1}, Evidence: []stage.Evidence{u.Evidence("URICA", 10)}})
	for score, want := range map[float64]stage.Stage{-2: stage.Precontemplation, 7.9: stage.Precontemplation, 8: stage.Contemplation, 11: stage.Preparation, 14: stage.Preparation, 14.1: stage.None} {
		if b := m.Fold(stage.Belief{}, stage.Piece{At: start, Score: score}, start); b.Mode != want {
			t.Errorf("readiness %v shows %s", score, b.Mode)
		}
	}
}
