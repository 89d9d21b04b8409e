package delivery

import "attune/core/channel"

// classes is how many classes there are.
const classes = 4

// weight is how much of a contended channel a class gets beside the others. Safety is not among them:
// it always goes first.
func weight(c channel.Class) int {
	switch c {
	case channel.Clinical:
		return 8
	case channel.Service:
		return 4
	case channel.Promotional:
		return 1
	case channel.Safety:
	}
	return 0
}

// share divides a channel among the classes below safety by deficit round robin: in each round a class
// may go as often as it weighs, the urgent ones first. What a class with nothing to say leaves is the
// others'.
type share struct{ credit [classes]int }

// next chooses among the classes that have something to say, without charging it.
func (s *share) next(has func(channel.Class) bool) (_ channel.Class, any bool) {
	for range 2 {
		for _, c := range channel.Classes()[1:] {
			if has(c) {
				any = true
				if s.credit[c] > 0 {
					return c, true
				}
			}
		}
		if !any {
			return 0, false
		}
		for _, c := range channel.Classes()[1:] {
			s.credit[c] = weight(c)
		}
	}
	return 0, false
}

// charge counts one that goes.
func (s *share) charge(c channel.Class) { s.credit[c] = max(0, s.credit[c]-1) }
