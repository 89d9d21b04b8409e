package expr

import (
	"cmp"
	"math"
	"slices"

	"cel.dev/cel-go/common/ast"

	"attune/core/instant"
)

// maxReadings is how many readings sum and trend look at: they are defined over the newest in the
// window.
const maxReadings = 64

// Series remembers the newest readings of one field, oldest first.
type Series struct{ Readings []Reading }

// Reading is one event's value of a field, where it is a finite number.
type Reading struct {
	At    instant.Time
	Order Order
	Value float64
}

// series is the memory behind sum and trend.
type series struct {
	watched
	field string
}

func (d *draft) readings(w watched, field string) int {
	for i, x := range d.series {
		if x.same(w) && x.field == field {
			return i
		}
	}
	d.series = append(d.series, series{w, field})
	return len(d.series) - 1
}

func (s *Series) fold(x *series, fields Fields, occurred instant.Time, o Order) {
	v := usable(fields.Field(x.field), Number)
	if v.Type == Missing || math.IsInf(v.Num, 0) {
		return
	}
	at, _ := slices.BinarySearchFunc(s.Readings, o, func(r Reading, o Order) int {
		if isNewer(r.At, r.Order, occurred, o) {
			return 1
		}
		return -1
	})
	skip := 0
	if len(s.Readings) == maxReadings {
		if at == 0 {
			return // older than everything that is kept
		}
		skip = 1
	}
	kept := make([]Reading, 0, len(s.Readings)+1-skip)
	kept = append(kept, s.Readings[skip:at]...)
	kept = append(kept, Reading{occurred, o, v.Num})
	s.Readings = append(kept, s.Readings[at:]...)
}

// figure is what is made of the readings in the window.
type figure uint8

const (
	total figure = iota
	slope
)

// measure lowers sum(event.field, window) and trend(event.field, window) compared with a constant.
func (u *unit) measure(of figure, r relation, args []ast.Expr, with ast.Expr) ask {
	if !isConstant(with) {
		u.report(with, "", "this is compared with a constant number, and %s is none", describe(with, asWritten))
		return nil
	}
	n, _ := u.number(with)(input{})
	w := u.window(args[1])
	u.timed = true
	u.cost += maxReadings
	event, field := splitField(u.schema, textOf(args[0]))
	i := u.plan.readings(u.watch(event, sieve(args)), field)
	return func(f *Facts, now instant.Time) (Tri, instant.Time) {
		return askReadings(f.Series[i].Readings, w, now, of, r, n)
	}
}

// askReadings answers over the readings in the window (now−w, now], and tells when the answer changes
// as they leave it. It goes from the newest to the oldest, so that the sums over those that will be
// left at each departure come up on the way. Readings of one instant leave together.
func askReadings(all []Reading, w instant.Duration, now instant.Time, of figure, r relation, n float64) (answer Tri, until instant.Time) {
	var s sums
	answer, until = s.compare(of, r, n), instant.Never
	for i := len(all) - 1; i >= 0; i-- {
		leaves := all[i].At.Add(w)
		if leaves <= now {
			break
		}
		s.add(all[i])
		if i > 0 && all[i-1].At == all[i].At {
			continue
		}
		if with := s.compare(of, r, n); with != answer {
			answer, until = with, leaves
		}
	}
	return answer, until
}

// sums is what has been added up, from the newest reading on. Times are in milliseconds and, like
// values, counted from the newest reading: equal values give a slope of exactly zero, and the sign of
// a slope does not drown in rounding.
type sums struct {
	newest             Reading
	n, value           float64
	x, y, xSquared, xy float64
}

// add takes a reading in. The conversions around products keep them from being fused with the sums,
// which would differ between machines.
func (s *sums) add(r Reading) {
	if s.n == 0 {
		s.newest = r
	}
	s.n++
	s.value += r.Value
	x, y := float64(r.At-s.newest.At), r.Value-s.newest.Value
	s.x += x
	s.y += y
	s.xSquared += float64(x * x)
	s.xy += float64(x * y)
}

// slope is the least-squares slope per day; false with fewer than two instants.
func (s *sums) slope() (float64, bool) {
	spread := float64(s.n*s.xSquared) - float64(s.x*s.x)
	perMillisecond := (float64(s.n*s.xy) - float64(s.x*s.y)) / spread
	perDay := float64(perMillisecond * float64(instant.Day))
	return perDay, spread > 0 && !math.IsNaN(perDay)
}

func (s *sums) compare(of figure, r relation, n float64) Tri {
	x, known := s.value, true
	if of == slope {
		x, known = s.slope()
	}
	if !known {
		return Unknown
	}
	return triOf(r.holds(cmp.Compare(x, n)))
}
