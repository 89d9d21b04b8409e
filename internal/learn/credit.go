package learn

import (
	"attune/core/instant"
	"attune/core/release"
)

// Credit tells what became of decisions, for whoever asks what they were worth. It lays outcomes to decisions as
// learning does.
type Credit struct{ programs *programs }

// CreditBy goes by what a release says of its programs.
func CreditBy(rel *release.Release) Credit { return Credit{programsOf(rel)} }

// Rows are a life's, in order.
func (c Credit) Rows(l *Life) (out []Row) {
	l.rows(c.programs, func(r *Row) { out = append(out, *r) })
	return out
}

// Over is when nothing can be laid to the decision any more, whatever was done: its time is over, and where that
// counts the time in which the person may be lost.
func (r *Row) Over(loss bool) instant.Time {
	over := r.Decision.At.Add(r.Within)
	if loss {
		over = max(over, r.Decision.At.Add(lossTime))
	}
	return over
}

// Came is what came of a row that is over: the reward, from 0 to 1, and whether the person was lost.
func (r *Row) Came() (reward float64, lost bool) {
	reward, _ = r.reward(instant.Never - 1)
	return reward, r.Lost != instant.Never
}
