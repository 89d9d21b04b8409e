package mine

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Draft is a program's folder to begin a workshop with: what the log shows, as a map.
type Draft struct {
	Map, Events, Program, Policy string
	Phases, Moments, Lanes       int
}

// The draft's measures.
const (
	mostPhases    = 5
	mostMoments   = 14
	mostLanes     = 6
	leastOfCases  = .05 // an activity of fewer cases is not on the map
	mainstreamOf  = .5  // and one of fewer begins no phase
	noticedLonger = 2   // how many times the median gap a pause is that parts phases
)

// Draft makes a map of the log. Activities that many cases have become moments, in the order in which cases
// come to them; the longest pauses between them part phases; who does most of an activity is its lane. What is
// believed, felt and promised stays open: that is what a team adds.
func (l *Log) Draft(a *Answer) *Draft {
	d := &draft{log: l, answer: a}
	d.choose()
	d.part()
	d.lanes()
	return &Draft{Map: d.mapFile(), Events: d.eventsFile(), Program: d.programFile(), Policy: policyFile, Phases: len(d.phases), Moments: len(d.moments), Lanes: len(d.lane)}
}

// Write writes the files into a folder that is new or empty.
func (d *Draft) Write(dir string) error {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return fmt.Errorf("%s is not empty: name a new folder", dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write the draft: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the draft: %w", err)
	}
	for name, text := range map[string]string{"map.yaml": d.Map, "events.yaml": d.Events, "program.yaml": d.Program, "policy.yaml": d.Policy} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write the draft: %w", err)
		}
	}
	return nil
}

type draft struct {
	log     *Log
	answer  *Answer
	moments []moment
	phases  []int // the first moment of each
	lane    []string
	ids     map[string]bool
}

type moment struct {
	activity      int
	name, id      string
	cases, events int
	lane          int // in lanes; 0 is the patient
	after         *Spread
	afterCases    int
	afterName     string
}

// choose takes the activities that make the map.
func (d *draft) choose() {
	when := d.log.positions()
	for _, x := range d.answer.Activities {
		if len(d.moments) < mostMoments && (float64(x.Cases) >= leastOfCases*float64(d.answer.Cases) || len(d.moments) < 2) {
			d.moments = append(d.moments, moment{activity: d.log.activity(x.Name), name: x.Name, cases: x.Cases, events: x.Events})
		}
	}
	slices.SortStableFunc(d.moments, func(x, y moment) int {
		return cmp.Or(cmp.Compare(when[x.activity], when[y.activity]), x.activity-y.activity)
	})
	d.ids = map[string]bool{}
	for i := range d.moments {
		d.moments[i].id = d.id(d.moments[i].name)
	}
}

// id is a name for files, one for each.
func (d *draft) id(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	base := strings.Trim(b.String(), "_")
	if len(base) > 40 {
		base = strings.TrimRight(base[:40], "_")
	}
	if base == "" || base[0] >= '0' && base[0] <= '9' || base == "true" || base == "false" || base == "null" {
		base = "activity_" + base
	}
	base = strings.TrimRight(base, "_")
	id := base
	for n := 2; d.ids[id]; n++ {
		id = fmt.Sprintf("%s_%d", base, n)
	}
	d.ids[id] = true
	return id
}

// part looks for the longest pauses on the main way, from the first time of one activity to the first of the next.
func (d *draft) part() {
	d.phases = []int{0}
	type pause struct {
		moment int
		median float64
	}
	var pauses []pause
	before := 0
	for i := 1; i < len(d.moments); i++ {
		if float64(d.moments[i].cases) < mainstreamOf*float64(d.answer.Cases) {
			continue
		}
		w := d.log.firsts(d.moments[before].activity, d.moments[i].activity)
		if len(w) > 0 {
			s := spread(w)
			d.moments[i].after, d.moments[i].afterCases, d.moments[i].afterName = &s, len(w), d.moments[before].name
			pauses = append(pauses, pause{i, s.Median})
		}
		before = i
	}
	if len(pauses) == 0 {
		return
	}
	slices.SortStableFunc(pauses, func(x, y pause) int { return cmp.Compare(y.median, x.median) })
	middle := pauses[len(pauses)/2].median
	for _, p := range pauses {
		if len(d.phases) < mostPhases && (p.median >= noticedLonger*middle || len(d.phases) < 3) && p.median > 0 {
			d.phases = append(d.phases, p.moment)
		}
	}
	slices.Sort(d.phases)
}

// firsts are the times from the first of one activity to the first of another, where that comes later.
func (l *Log) firsts(from, to int) []int64 {
	var w []int64
	for c := range l.Cases {
		at, found := int64(0), false
		for i := l.Off[c]; i < l.Off[c+1]; i++ {
			if x := int(l.Act[i]); x == from && !found {
				at, found = l.At[i], true
			} else if x == to {
				if found {
					w = append(w, l.At[i]-at)
				}
				break
			}
		}
	}
	return w
}

// lanes finds who does most of each activity. Where everybody does everything there is one lane of staff.
func (d *draft) lanes() {
	d.lane = []string{"Patient"}
	if d.log.Who == nil {
		d.lane = append(d.lane, "Staff")
		for i := range d.moments {
			d.moments[i].lane = 1
		}
		return
	}
	by := make([]map[uint32]int, len(d.log.Activities))
	for i, x := range d.log.Act {
		if by[x] == nil {
			by[x] = map[uint32]int{}
		}
		by[x][d.log.Who[i]]++
	}
	most := func(activity int) (uint32, bool) {
		best, n := uint32(0), 0
		for who, k := range by[activity] {
			if who != 0 && (k > n || k == n && who < best) {
				best, n = who, k
			}
		}
		return best, n > 0
	}
	busy := map[uint32]int{}
	for _, m := range d.moments {
		if who, ok := most(m.activity); ok {
			busy[who] += m.events
		}
	}
	var order []uint32
	for who := range busy {
		order = append(order, who)
	}
	slices.SortFunc(order, func(x, y uint32) int { return cmp.Or(busy[y]-busy[x], cmp.Compare(x, y)) })
	lane := map[uint32]int{}
	for _, who := range order {
		if len(d.lane) < mostLanes {
			lane[who] = len(d.lane)
			d.lane = append(d.lane, d.log.Resources[who])
		}
	}
	others := 0
	for i := range d.moments {
		who, ok := most(d.moments[i].activity)
		n, has := lane[who]
		if !ok || !has {
			if others == 0 {
				others = len(d.lane)
				d.lane = append(d.lane, "Others")
			}
			n = others
		}
		d.moments[i].lane = n
	}
}

func (d *draft) event(m moment) string { return "log." + m.id }

func (d *draft) mapFile() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# A first map, drawn from a log of %s cases and %s events, from %s to %s.\n", num(d.answer.Cases), num(d.answer.Events), day(d.answer.Log.First), day(d.answer.Log.Last))
	b.WriteString("# What stands here was seen. What people need, feel and were promised nobody can see in a log: add it together,\n")
	b.WriteString("# and rename phases and lanes to what they are called where you work.\nphases:\n")
	for n, first := range d.phases {
		m := d.moments[first]
		if n > 0 && m.after != nil {
			fmt.Fprintf(&b, "  # %s cases came here after %s: half within %s, nine tenths within %s.\n", num(m.afterCases), quoted(m.afterName), Span(m.after.Median), Span(m.after.P90))
		}
		fmt.Fprintf(&b, "  - {id: %s, name: %s, enter: {on: %s}}\n", "phase_"+m.id, quoted(m.name), d.event(m))
	}
	b.WriteString("stakeholders:\n  - {id: patient, name: Patient, kind: patient}\n")
	lanes := make([]string, len(d.lane))
	lanes[0] = "patient"
	d.ids["patient"] = true
	for i, name := range d.lane[1:] {
		lanes[i+1] = d.id("who " + name)
		fmt.Fprintf(&b, "  - {id: %s, name: %s, kind: staff}\n", lanes[i+1], quoted(name))
	}
	b.WriteString("moments:\n")
	phase := -1
	for i, m := range d.moments {
		if phase+1 < len(d.phases) && d.phases[phase+1] == i {
			phase++
		}
		fmt.Fprintf(&b, "  # %s of %s cases", num(m.cases), num(d.answer.Cases))
		if again := m.events - m.cases; again > 0 {
			fmt.Fprintf(&b, ", %s times again", num(again))
		}
		if m.after != nil {
			fmt.Fprintf(&b, "; half came within %s of %s, nine tenths within %s", Span(m.after.Median), quoted(m.afterName), Span(m.after.P90))
		}
		fmt.Fprintf(&b, ".\n  - {id: %s, phase: %s, by: %s, name: %s, seen: {on: %s}}\n", m.id, "phase_"+d.moments[d.phases[phase]].id, lanes[m.lane], quoted(m.name), d.event(m))
	}
	return b.String()
}

func (d *draft) eventsFile() string {
	var b strings.Builder
	b.WriteString("# The log's activities, as events. Where the catalogue has an event that means the same, use that one.\nevents:\n")
	for _, m := range d.moments {
		fmt.Fprintf(&b, "  %s:\n    says: %s\n", d.event(m), quoted(m.name+"."))
	}
	return b.String()
}

func (d *draft) programFile() string {
	return fmt.Sprintf("# Whoever comes to the log's first activity is in the program.\nprogram: draft\nname: A draft from a log\nformat: 2\nlanguages: [en]\nenroll: {on: %s}\n", d.event(d.moments[0]))
}

// policyFile says nothing to anybody: there are no engagements, and no purpose is allowed.
const policyFile = `# Nothing is said to anybody yet. Fill this in before something is.
sender: Your team
zone: UTC
contact_hours: {from: "09:00", to: "18:00"}
caps: [{count: 2, within: 7d}]
consent: {jurisdiction: EU}
`

// quoted is a text as YAML takes it, whatever is in it.
func quoted(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
