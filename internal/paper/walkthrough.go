package paper

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Walkthrough is a journey for who reviews it: each step in plain words, and what is said at it.
type Walkthrough struct {
	Program, Journey string
	Made             time.Time
	// About is what stands on the first sheet: which version, of when, in which languages.
	About []Fact
	// To is the name of the one who does not exist, as whom each text is shown.
	To string
	// Enters say who enters, and what ends the journey; Guardrails what holds for all that is said to anybody.
	Enters, Guardrails []string
	Steps              []Step
}

// Step is a step of a journey.
type Step struct {
	ID, Kind string
	Words    []string
	Says     []Said
}

// Said is an engagement that a step may propose.
type Said struct {
	Engagement string
	// Before is the step at which it is shown already, counted from 1; 0 where it is shown here.
	Before   int
	Words    []string
	Messages []Message
}

// Write writes it as PDF. The same walk-through gives the same bytes.
func (w *Walkthrough) Write(to io.Writer) error {
	title := "The journey “" + w.Journey + "”, step by step"
	s := reviewed(title, w.Program, w.Journey, w.Made, w.About)
	s.Words(Soft, "For who reviews it. Each text is shown as it would be sent to "+w.To+", who does not exist. What a text says is approved word by word: one changed letter makes it another text with another hash.")
	s.Section("What begins it, and what ends it")
	for _, words := range w.Enters {
		s.Words(Body, words)
		s.Space(1)
	}
	s.Section("The steps at a glance")
	for k := range w.Steps {
		x := &w.Steps[k]
		s.Item(Body, strconv.Itoa(k+1)+".", x.Kind+" ("+x.ID+")"+x.glance())
	}
	s.Page()
	s.Words(Heading, "Each step")
	for k := range w.Steps {
		w.Steps[k].set(s, k+1)
	}
	s.Section("What holds for all of it")
	for _, words := range w.Guardrails {
		s.Item(Body, "·", words)
		s.Space(1)
	}
	return s.Write(to)
}

// glance names what a step says.
func (x *Step) glance() string {
	var names []string
	for i := range x.Says {
		names = append(names, x.Says[i].Engagement)
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

func (x *Step) set(s *Sheets, n int) {
	s.Space(3)
	s.Need(30)
	s.Rule()
	s.Words(Minor, fmt.Sprintf("%d. %s  (%s)", n, x.Kind, x.ID))
	s.Space(.5)
	for _, words := range x.Words {
		if words != "" {
			s.Words(Body, words)
		}
	}
	for i := range x.Says {
		said := &x.Says[i]
		s.Beside(6, func() {
			s.Under("What it says: " + said.Engagement)
			if said.Before > 0 {
				s.Words(Body, fmt.Sprintf("The same as in step %d.", said.Before))
				return
			}
			for _, words := range said.Words {
				s.Words(Body, words)
				s.Space(.6)
			}
			for k := range said.Messages {
				s.Message(&said.Messages[k], false)
			}
		})
	}
}
