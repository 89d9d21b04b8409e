package paper

import (
	"io"
	"time"
)

// Run is what came of trying a version of programs on people who do not exist, or on what really happened.
type Run struct {
	Title, Programs string
	Made            time.Time
	// About is what stands on the first sheet: what was tried, on whom and for how long.
	About []Fact
	// Worth says what these numbers are worth, and what they cannot tell.
	Worth  []string
	Tables []*Table
}

// Write writes it as PDF. The same run gives the same bytes.
func (r *Run) Write(to io.Writer) error {
	s := reviewed(r.Title, r.Programs, "a run of the sandbox", r.Made, r.About)
	for _, words := range r.Worth {
		s.Words(Soft, words)
		s.Space(.8)
	}
	for _, t := range r.Tables {
		if len(t.Rows) > 0 {
			s.Space(2)
			s.Table(t)
		}
	}
	return s.Write(to)
}
