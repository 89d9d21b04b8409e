package mine

import "slices"

// Mode is how a funnel's steps are matched.
type Mode string

// The modes. Step k is, in each of them, an event at a later place in the case than step k−1.
const (
	// Ordered takes the first occurrence of the first step, and then each time the earliest event that fits.
	Ordered Mode = "ordered"
	// StrictTime does so too, and wants a strictly later time.
	StrictTime Mode = "strict-time"
	// Window tries all occurrences of the first step, takes those from which one comes farthest, and of these
	// the earliest. All steps lie within a time after it.
	Window Mode = "window"
)

// Modes lists them.
func Modes() []Mode { return []Mode{Ordered, StrictTime, Window} }

// Path asks how many cases get from one activity to another.
type Path struct {
	Steps []string
	Mode  Mode
	// Within is the most time, in nanoseconds, from the first step to any other; 0 is any. A window has one.
	Within int64
}

// Funnel is how many cases came how far.
type Funnel struct {
	Mode   Mode    `json:"mode"`
	Within float64 `json:"within_s,omitempty"`
	Steps  []Step  `json:"steps"`
}

// Step is one of a funnel's: how many cases reached it, which share that is of those that reached the
// first, and how long it took from the step before, in the median of those that reached it.
type Step struct {
	Name       string   `json:"name"`
	Cases      int      `json:"cases"`
	Conversion float64  `json:"conversion"`
	Median     *float64 `json:"median_s"` // null for the first, and where nobody came
}

// Funnel follows cases through the steps. An activity that is not in the log is reached by none.
func (l *Log) Funnel(p Path) *Funnel {
	steps := make([]int, len(p.Steps)) // -1: not in the log
	for i, name := range p.Steps {
		steps[i] = l.activity(name)
	}
	waits := make([][][]int64, lanes) // by lane and step; of the first, zeros
	l.each(func(lane, from, to int) {
		w := make([][]int64, len(steps))
		var got, best []int64
		for c := from; c < to; c++ {
			best = best[:0]
			a, z := int(l.Off[c]), int(l.Off[c+1])
			for i := a; i < z; i++ {
				if int(l.Act[i]) != steps[0] {
					continue
				}
				got = l.follow(p, steps, got[:0], i, z)
				if len(got) > len(best) {
					best = append(best[:0], got...)
				}
				if p.Mode != Window || len(best) == len(steps) {
					break
				}
			}
			for k, at := range best {
				wait := int64(0)
				if k > 0 {
					wait = at - best[k-1]
				}
				w[k] = append(w[k], wait)
			}
		}
		waits[lane] = w
	})
	f := &Funnel{Mode: p.Mode, Within: seconds(p.Within)}
	for k, name := range p.Steps {
		var all []int64
		for _, w := range waits {
			all = append(all, w[k]...)
		}
		s := Step{Name: name, Cases: len(all)}
		if k == 0 || f.Steps[0].Cases > 0 {
			s.Conversion = 1
			if k > 0 {
				s.Conversion = float64(len(all)) / float64(f.Steps[0].Cases)
			} else if len(all) == 0 {
				s.Conversion = 0
			}
		}
		if k > 0 && len(all) > 0 {
			m := median(all)
			s.Median = &m
		}
		f.Steps = append(f.Steps, s)
	}
	return f
}

// follow matches steps from an occurrence of the first one on, and returns the times.
func (l *Log) follow(p Path, steps []int, got []int64, i, z int) []int64 {
	began := l.At[i]
	got = append(got, began)
	for i++; i < z && len(got) < len(steps); i++ {
		if int(l.Act[i]) != steps[len(got)] || p.Mode == StrictTime && l.At[i] == got[len(got)-1] {
			continue
		}
		if p.Within > 0 && l.At[i]-began > p.Within {
			break
		}
		got = append(got, l.At[i])
	}
	return got
}

// activity is a name's number, or -1.
func (l *Log) activity(name string) int {
	if i, ok := slices.BinarySearch(l.Activities, name); ok {
		return i
	}
	return -1
}
