package evaluate

import (
	"math"
	"slices"
	"strings"

	"attune/internal/leverage"
	"attune/internal/strictjson"
)

// lastDay bounds days, which are counted from any one day.
const lastDay = 1_000_000

// leverage finds the moments that matter among the transitions of cohort.csv.
func (r *run) leverage(s *spec) (answer, error) {
	q := &leverage.Question{Options: leverage.Options{
		Seed: uint64(s.whole("seed", 0, math.MaxInt32, 0)), MinCell: s.whole("min_cell", 5, 1000, 11), MinSegment: s.whole("min_segment", 5, 100_000, 20),
		Cap: s.between("cap", 0, 1.0000001, .10), Depth: s.whole("depth", 1, 2, 1),
	}}
	s.transitions(q)
	now := s.whole("now", 0, lastDay, -1)
	if now < 0 {
		s.problem(s.value.Get("now"), "write the day up to which everything is known, counted as in cohort.csv", `"now" is missing`)
	}
	for i := range q.Cases {
		q.Cases[i].Cohort.Now = int32(now)
	}
	s.incidents(q)
	caseMix, fairness := s.words("case_mix"), s.words("fairness")
	if !s.ok() {
		return nil, errWrong
	}
	if err := r.readCohort(q, s, caseMix, fairness); err != nil {
		return nil, err
	}
	a, err := leverage.Find(q)
	if err != nil {
		return nil, r.wrong("cohort.csv", "", "%v", err)
	}
	return listed([]*leverage.Answer{a}), nil
}

// items are the objects of a list.
func (s *spec) items(name string, fields ...string) (out []*spec) {
	v := s.value.Get(name)
	if !v.Given() {
		return nil
	}
	if v.Kind != strictjson.Array {
		s.problem(v, "write a list of objects", "%q is %s and has to be a list", name, v.Kind)
		return nil
	}
	for i := range v.Items {
		if v.Items[i].Kind != strictjson.Object {
			s.problem(&v.Items[i], "write an object", "%q has %s in its list", name, v.Items[i].Kind)
			continue
		}
		in := &spec{r: s.r, text: s.text, value: &v.Items[i]}
		in.known(fields)
		out = append(out, in)
	}
	return out
}

// name is a short text that has to be there, unless it need not.
func (s *spec) name(name string, needed bool) string {
	v := s.value.Get(name)
	if !v.Given() && !needed {
		return ""
	}
	if v.Kind != strictjson.String || v.Text == "" || len(v.Text) > 200 {
		s.problem(v, "write a name of at most 200 bytes", "%q is no name", name)
	}
	return v.Text
}

func (s *spec) transitions(q *leverage.Question) {
	for _, t := range s.items("transitions", "from", "to", "horizon", "target", "window", "ahead", "lost", "result_within", "value", "goal", "outcomes") {
		day := func(name string, least, otherwise int64) int32 {
			return int32(t.whole(name, least, leverage.LongestWait, otherwise))
		}
		c := leverage.Case{Transition: leverage.Transition{
			From: t.name("from", true), To: t.name("to", true), Horizon: day("horizon", 1, 0), Target: day("target", 1, 0), Window: day("window", 1, 0),
			Ahead: day("ahead", 1, 0), Lost: day("lost", 1, 0), ResultWithin: day("result_within", 1, 0), Outcomes: t.name("outcomes", false),
			Value: t.between("value", 0, 1e12, 1),
		}}
		if v := t.value.Get("goal"); v.Given() {
			c.Transition.Goal = t.float(v, `"goal"`, 0, 1)
		}
		for name, n := range map[string]int32{"horizon": c.Transition.Horizon, "window": c.Transition.Window} {
			if n == 0 && !t.value.Get(name).Given() {
				t.problem(t.value.Get(name), "write how many days", "%q is missing", name)
			}
		}
		q.Cases = append(q.Cases, c)
	}
	if len(q.Cases) == 0 && s.ok() {
		s.problem(s.value.Get("transitions"), `write [{"from": "referred", "to": "seen", "horizon": 60, "window": 365}]`, `"transitions" is missing or empty`)
	}
}

func (s *spec) incidents(q *leverage.Question) {
	for _, t := range s.items("incidents", "moment", "transition", "count", "negative") {
		x := leverage.Incidents{Moment: t.name("moment", true), At: t.whole("transition", 1, int64(max(1, len(q.Cases))), 0) - 1, Count: t.whole("count", 0, 1e9, 0)}
		x.Negative = t.whole("negative", 0, int64(x.Count), 0)
		q.Incidents = append(q.Incidents, x)
	}
}

// attributeColumn is a column a_NAME, and the column known_NAME beside it.
type attributeColumn struct {
	level, known int
	names        names
}

func (r *run) readCohort(q *leverage.Question, spec *spec, caseMix, fairness []string) error {
	s, err := r.open("cohort")
	if err != nil {
		return err
	}
	entered, ended := s.need("entered", "the day on which they came"), s.need("ended", "the day on which they went on or left, or until which they were seen")
	outcome := s.need("outcome", "waiting, converted or exited")
	transition, stratum, result, resultAt := s.find("transition"), s.find("stratum"), s.find("result"), -1
	if result >= 0 {
		resultAt = s.need("result_at", "the day of the result, or until which it was waited for; empty for who did not go on")
	}
	if transition < 0 && len(q.Cases) > 1 {
		transition = s.need("transition", "the transition's place in the spec, from 1")
	}
	columns := r.attributes(q, s, spec, caseMix, fairness)
	s.unused()
	if !spec.ok() {
		s.close()
		return errWrong
	}
	err = s.each(func() {
		at := 0
		if transition >= 0 {
			at = s.whole(transition, 1, len(q.Cases)) - 1
		}
		if at < 0 {
			return
		}
		c := &q.Cases[at].Cohort
		from := int32(s.whole(entered, 0, int(c.Now)))
		c.Entered = append(c.Entered, from)
		to := int32(s.whole(ended, max(0, int(from)), int(c.Now)))
		c.Ended = append(c.Ended, to)
		became := leverage.Outcome(s.oneOf(outcome, "waiting", "converted", "exited"))
		c.Outcome = append(c.Outcome, became)
		if stratum >= 0 {
			c.Stratum = append(c.Stratum, uint16(s.whole(stratum, 0, leverage.MostStrata-1)))
		}
		if result >= 0 {
			is, day := leverage.NotYet, to
			if became == leverage.Converted {
				is, day = leverage.Result(s.oneOf(result, "", "reached", "missed")), int32(s.whole(resultAt, max(0, int(to)), int(c.Now)))
			}
			c.Result, c.ResultAt = append(c.Result, is), append(c.ResultAt, day)
		}
		for a := range columns {
			x := &columns[a]
			level := x.names.of(strings.TrimSpace(s.row[x.level]))
			if level == mostLevels {
				s.problem(x.level, "put levels together", "%s has more than %d levels", s.header[x.level], mostLevels)
				level = 0
			}
			c.Level[a] = append(c.Level[a], uint16(level))
			if x.known >= 0 {
				c.Known[a] = append(c.Known[a], int32(s.whole(x.known, 0, int(c.Now))))
			}
		}
	})
	for a := range columns {
		q.Attributes[a].Levels = columns[a].names.list
	}
	return err
}

// mostLevels bounds an attribute: a segment of a few is nobody's benchmark.
const mostLevels = 2000

// attributes finds the columns of attributes.
func (r *run) attributes(q *leverage.Question, s *sheet, spec *spec, caseMix, fairness []string) (out []attributeColumn) {
	var all []string
	for c, header := range s.header {
		name, ok := strings.CutPrefix(header, "a_")
		if !ok {
			continue
		}
		s.used[c] = true
		x := attributeColumn{level: c, known: s.find("known_" + name)}
		x.names.of("") // not known
		out, all = append(out, x), append(all, name)
		q.Attributes = append(q.Attributes, leverage.Attribute{Name: name, CaseMix: slices.Contains(caseMix, name), Fairness: slices.Contains(fairness, name)})
		for i := range q.Cases {
			cohort := &q.Cases[i].Cohort
			cohort.Level = append(cohort.Level, nil)
			cohort.Known = append(cohort.Known, nil)
		}
	}
	for i, list := range [][]string{caseMix, fairness} {
		field := []string{"case_mix", "fairness"}[i]
		for j, name := range list {
			if !slices.Contains(all, name) {
				spec.problem(&spec.value.Get(field).Items[j], "name a column a_… of cohort.csv, without the a_", "there is no attribute %q", name)
			}
		}
	}
	return out
}

// whole reads a whole number within bounds; -1 where there is none.
func (s *sheet) whole(c, low, high int) int {
	v := s.number(c)
	if math.IsNaN(v) {
		return -1
	}
	if v != math.Trunc(v) || v < float64(low) || v > float64(high) {
		if low <= high {
			s.problem(c, "", "%s has to be a whole number from %d to %d", s.header[c], low, high)
		}
		return -1
	}
	return int(v)
}

// oneOf is the place of a word.
func (s *sheet) oneOf(c int, words ...string) int {
	at := slices.Index(words, strings.TrimSpace(s.row[c]))
	if at < 0 {
		s.problem(c, "write one of "+strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), ", "), "%s cannot be %q", s.header[c], strings.TrimSpace(s.row[c]))
		return 0
	}
	return at
}
