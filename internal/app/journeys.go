package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
)

// Journeys are how people do on a program's journeys, in people. A number is null that may not be told: that it is of few people, or that
// such a one could be computed with it.
type Journeys struct {
	Program  string         `json:"program"`
	Name     string         `json:"name"`
	Basis    Basis          `json:"basis"`
	Journeys []JourneyLived `json:"journeys"`
}

// JourneyLived are the people of a journey: entered = here + finished + left. Everybody is counted once, as their newest passage went on.
type JourneyLived struct {
	Journey string `json:"journey"`
	Name    string `json:"name"`
	Entered *int   `json:"entered"`
	Here    *int   `json:"here"`
	// Finished came to an end that the journey has; Left were taken out before, by a goal or an interrupt.
	Finished *int `json:"finished"`
	Left     *int `json:"left"`
	// Stuck are those of here who cannot go on by themselves.
	Stuck *int        `json:"stuck"`
	Steps []StepLived `json:"steps"`
}

// StepLived are the people of a step: entered = here + passed + left.
type StepLived struct {
	Step    string `json:"step"`
	Kind    string `json:"kind"`
	Entered *int   `json:"entered"`
	Here    *int   `json:"here"`
	Passed  *int   `json:"passed"`
	Left    *int   `json:"left"`
	Stuck   *int   `json:"stuck"`
	// Stay is until people pass on from it, where leaving may come first.
	Stay Stay `json:"stay"`
}

// Journeys counts who stands where in a program's journeys now.
func (i *Inspector) Journeys(ctx context.Context, of string) (*Journeys, error) {
	rel, pr, err := i.liveProgram(of)
	if err != nil {
		return nil, err
	}
	if err := i.looked(ctx, "Journeys"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	now := i.now()
	all := seesFew(ctx)
	out, err := showJourneys(pr, facts.Columns.Journeys(pr, now), all)
	if err != nil {
		return nil, err
	}
	out.Basis = Basis{Release: rel.ID, AsOf: now.String(), Filter: "everybody"}
	if !all {
		out.Basis.Smallest = disclose.DefaultLeast
	}
	return out, nil
}

// TravellerOf is somebody behind a number of a journey or of one of its steps.
type TravellerOf struct {
	Person  string `json:"person"`
	Program string `json:"program"`
	Journey string `json:"journey"`
	// Step is the one that they are at, or came to last; empty where the program has it no longer.
	Step string `json:"step,omitempty"`
	// Since is when they came to the step, Until when they went.
	Since string `json:"since"`
	Until string `json:"until,omitempty"`
	// End is here, passed or left.
	End   string `json:"end"`
	Stuck bool   `json:"stuck,omitempty"`
}

// stepEnds are the ways in which people of a step can be asked for, as its numbers are called.
func stepEnds() []string { return []string{"entered", "here", "passed", "left", "stuck"} }

// Travellers lists those behind a number of a journey, or of its step where one is named: as many as it says.
func (i *Inspector) Travellers(ctx context.Context, of, at, step, end string) ([]TravellerOf, error) {
	return everyBehind(ctx, i, "Travellers", i.travellers(of, at, step, end))
}

// travellers says them.
func (i *Inspector) travellers(of, at, step, end string) func(*insight.Tail, *behind[TravellerOf]) error {
	return func(facts *insight.Tail, b *behind[TravellerOf]) error {
		_, pr, err := i.liveProgram(of)
		if err != nil {
			return err
		}
		j := slices.IndexFunc(pr.Journeys, func(j journey.Journey) bool { return j.ID == at })
		if j < 0 {
			return api.NotFound("journey", "the program %s has no journey %q", of, at)
		}
		k := -1
		if step != "" {
			var found bool
			if k, found = pr.Journeys[j].Find(step); !found {
				return api.Refused("step", fmt.Sprintf("the journey %s has no step %q", at, step), "name a step as attune map journeys and readJourneysLived do")
			}
		}
		if !slices.Contains(stepEnds(), end) {
			return api.Refused("end", fmt.Sprintf("there is no number %q of a step", end), "choose entered, here, passed, left or stuck")
		}
		facts.Columns.EachTraveller(pr, i.now(), j, k, func(x *insight.Traveller) {
			if end == "entered" || end == "stuck" && x.Stuck || end == x.End {
				b.put(x.Who, x.Since, func(who id.Person) TravellerOf { return travellerOf(of, at, who, x) })
			}
		})
		return nil
	}
}

func travellerOf(program, journey string, who id.Person, x *insight.Traveller) TravellerOf {
	t := TravellerOf{Person: who.String(), Program: program, Journey: journey, Step: x.Step, Since: x.Since.String(), End: x.End, Stuck: x.Stuck}
	if x.Until != 0 {
		t.Until = x.Until.String()
	}
	return t
}

// showJourneys shows counts, and hides what tells of few people from who may not see it.
func showJourneys(pr *program.Program, counts []insight.JourneyCount, all bool) (*Journeys, error) {
	may := shownOf{all: all}
	if !all {
		var err error
		if may.shown, err = (disclose.Rule{}).Protect(tableOfJourneys(counts)); err != nil {
			return nil, err
		}
	}
	out := &Journeys{Program: pr.ID, Name: pr.Name, Journeys: []JourneyLived{}}
	for j := range counts {
		c, d := &counts[j], &pr.Journeys[j]
		at := fmt.Sprintf("%d", j)
		l := JourneyLived{
			Journey: d.ID, Name: d.Name, Steps: []StepLived{}, Entered: may.of(c.Entered, "%s entered", at), Here: may.of(c.Here, "%s here", at),
			Finished: may.of(c.Passed, "%s passed", at), Left: may.of(c.Left, "%s left", at), Stuck: may.of(c.Stuck, "%s stuck", at),
		}
		for k := range c.Steps {
			s, at := &c.Steps[k], fmt.Sprintf("%d.%d", j, k)
			x := StepLived{
				Step: s.Step, Kind: kindOfStep(d.Steps[k]), Entered: may.of(s.Entered, "%s entered", at), Here: may.of(s.Here, "%s here", at),
				Passed: may.of(s.Passed, "%s passed", at), Left: may.of(s.Left, "%s left", at), Stuck: may.of(s.Stuck, "%s stuck", at),
			}
			x.Stay = may.stay(s.Stay, x.Passed, x.Left, x.Here)
			l.Steps = append(l.Steps, x)
		}
		out.Journeys = append(out.Journeys, l)
	}
	return out, nil
}

// tableOfJourneys are the counts, and what everybody knows of their sums, or may take for known where it is so.
func tableOfJourneys(counts []insight.JourneyCount) disclose.Table {
	var t disclose.Table
	cells := func(c *insight.Count, at string, keep int) {
		for _, x := range []struct {
			name    string
			n, keep int
		}{
			{"entered", c.Entered, keep + 3}, {"here", c.Here, keep + 2}, {"passed", c.Passed, keep + 1}, {"left", c.Left, keep}, {"stuck", c.Stuck, 0}, {"going", c.Here - c.Stuck, 0},
		} {
			t.Cells = append(t.Cells, disclose.Cell{Name: at + " " + x.name, N: x.n, Keep: x.keep})
		}
		t.Equations = append(t.Equations, disclose.Sum(at+" entered", at+" here", at+" passed", at+" left"), disclose.Sum(at+" here", at+" stuck", at+" going"))
	}
	for j := range counts {
		c, at := &counts[j], fmt.Sprintf("%d", j)
		cells(&c.Count, at, 4)
		var here, left []string
		standing, gone := 0, 0
		for k := range c.Steps {
			s, step := &c.Steps[k], fmt.Sprintf("%d.%d", j, k)
			cells(&s.Count, step, 0)
			here, left = append(here, step+" here"), append(left, step+" left")
			standing, gone = standing+s.Here, gone+s.Left
			// What stands beside one another and is the same is read as the same.
			if k == 0 && s.Entered == c.Entered {
				t.Equations = append(t.Equations, disclose.Sum(at+" entered", step+" entered"))
			}
			if before := fmt.Sprintf("%d.%d passed", j, k-1); k > 0 && c.Steps[k-1].Passed == s.Entered {
				t.Equations = append(t.Equations, disclose.Sum(before, step+" entered"))
			}
		}
		if standing == c.Here {
			t.Equations = append(t.Equations, disclose.Sum(at+" here", here...))
		}
		if gone == c.Left {
			t.Equations = append(t.Equations, disclose.Sum(at+" left", left...))
		}
	}
	return t
}

// kindOfStep is the word with which a step is written.
func kindOfStep(s journey.Step) string {
	switch s.(type) {
	case journey.Send:
		return "send"
	case journey.Decide:
		return "decide"
	case journey.Wait:
		return "wait"
	case journey.Await:
		return "await"
	case journey.Branch:
		return "branch"
	case journey.Split:
		return "split"
	case journey.Ask:
		return "ask"
	case journey.Task:
		return "task"
	case journey.Refer:
		return "refer"
	case journey.Update:
		return "update"
	case journey.Call:
		return "call"
	case journey.Reached:
		return "goal"
	case journey.Exit:
		return "exit"
	}
	return ""
}

// strolls are the newest counts of journeys, for all who watch. Nothing is counted again while nothing came in.
type strolls struct {
	mu sync.Mutex
	by map[string]stroll
}

type stroll struct {
	pr      *program.Program
	columns *insight.Columns
	version uint64
	at      time.Time
	counts  []insight.JourneyCount
}

func (s *strolls) of(c *insight.Columns, pr *program.Program, now instant.Time, at time.Time) []insight.JourneyCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	version := c.Version() // before it is counted: what comes meanwhile is counted again
	if x, known := s.by[pr.ID]; known && x.pr == pr && x.columns == c {
		if age := at.Sub(x.at); age >= 0 && (age < scanAtMost || x.version == version && age < scanAtLeast) {
			return x.counts
		}
	}
	if s.by == nil {
		s.by = map[string]stroll{}
	}
	counts := c.Journeys(pr, now)
	s.by[pr.ID] = stroll{pr, c, version, at, counts}
	return counts
}

// journeysNow is how people do on the journeys of all programs, by program, journey and step.
func (n *Node) journeysNow(ctx context.Context, inside bool) (map[string]any, error) {
	out := map[string]any{}
	facts, err := n.gathered(ctx)
	if err != nil {
		if _, gathering := errors.AsType[*api.Problem](err); gathering {
			return out, nil // there are no numbers yet
		}
		return nil, err
	}
	now := n.Now()
	for _, pr := range n.live().Programs {
		if len(pr.Journeys) == 0 {
			continue
		}
		shown, err := showJourneys(pr, n.strolls.of(facts.Columns, pr, now, time.Now()), inside)
		if err != nil {
			return nil, err
		}
		journeys := map[string]any{}
		for _, j := range shown.Journeys {
			steps := map[string]any{}
			for _, s := range j.Steps {
				s.Stay = Stay{} // those who wait grow older all the time
				steps[s.Step] = s
			}
			j.Steps = nil
			journeys[j.Journey] = map[string]any{"journey": j, "steps": steps}
		}
		out[pr.ID] = journeys
	}
	return out, nil
}

// WriteText writes the numbers for a terminal.
func (x *Journeys) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, as of %s\n", x.Name, x.Basis.AsOf)
	for i := range x.Journeys {
		j := &x.Journeys[i]
		fmt.Fprintf(t, "\n%s: %s entered, %s here, %s finished, %s left\n", j.Journey, toldOf(j.Entered), toldOf(j.Here), toldOf(j.Finished), toldOf(j.Left))
		fmt.Fprintln(t, "step\tkind\tentered\there\tpassed\tleft\tstuck\thalf passed after")
		for k := range j.Steps {
			s := &j.Steps[k]
			fmt.Fprintln(t, strings.Join([]string{s.Step, s.Kind, toldOf(s.Entered), toldOf(s.Here), toldOf(s.Passed), toldOf(s.Left), toldOf(s.Stuck), daysOf(s.Stay.Median)}, "\t"))
		}
	}
	return t.Flush()
}
