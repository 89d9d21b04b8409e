package decision

// dropped is the depth of an option that is not among the best of its level.
const dropped = -1

// choice is one choice of a level: the options below it, and how the votes fell.
type choice struct {
	key   uint32
	votes int32
	score float64
	kept  bool
}

// share turns votes into chances, level by level: each level is drawn given the one above it, with a share
// that is drawn evenly, so that every choice that can be drawn keeps its floor.
func (s *Scales) share(options []Option, how Manner) {
	pays := int32(0)
	if how.Policy == Learned {
		pays = s.pays()
	}
	engage := engage(pays, how)
	for i := range s.weights {
		s.weights[i].Probability = engage
		s.depth[i] = 0
	}
	for level := range Levels {
		s.level(options, level, how)
	}
	s.nothing = 1
	for i := range s.weights {
		s.nothing -= s.weights[i].Probability
	}
	if s.nothing < 1e-12 {
		s.nothing = 0
	}
}

// engage is the chance that anything is said, where that pays in so many draws.
func engage(pays int32, how Manner) float64 {
	switch how.Policy {
	case Ranked:
		return 1
	case Uniform:
		return .5
	case Fallback:
		return bound(1-fallbackExplore/2, how.Least, how.Most)
	case ByStage, ByValue:
		return bound(1-how.Explore/2, how.Least, how.Most)
	case Learned, Pinned:
	}
	p := float64((1-how.Explore)*float64(pays)/Draws) + how.Explore/2
	return bound(p, how.Least, how.Most)
}

// level multiplies every option's chance by that of its choice at this level, given the choices above.
func (s *Scales) level(options []Option, level int, how Manner) {
	for first := range options {
		if s.depth[first] != level {
			continue // dropped, or shared out with one before it
		}
		s.gather(options, first, level)
		n := s.keepBest()
		even := how.Explore
		switch how.Policy {
		case Ranked:
			even = 0
		case Uniform:
			even = 1
		case Fallback:
			even = fallbackExplore
		case Learned, Pinned, ByStage, ByValue:
		}
		if how.Policy != Ranked {
			even = min(1, max(even, float64(floor*float64(n))))
		}
		votes := int32(0)
		for _, c := range s.choices {
			if c.kept {
				votes += c.votes
			}
		}
		for i := range options {
			if s.depth[i] != level || !under(options, first, i, level) {
				continue
			}
			c := s.choiceOf(options[i].Path[level])
			if !c.kept {
				s.depth[i], s.weights[i].Probability = dropped, 0
				continue
			}
			p := 1 / float64(n)
			if votes > 0 {
				p = float64((1-even)*float64(c.votes))/float64(votes) + even/float64(n)
			}
			s.depth[i] = level + 1
			s.weights[i].Probability *= p
		}
	}
}

// under tells whether an option has the same choices above a level as another one.
func under(options []Option, first, i, level int) bool {
	for l := range level {
		if options[i].Path[l] != options[first].Path[l] {
			return false
		}
	}
	return true
}

// gather lists the choices of a level below the parents of one option.
func (s *Scales) gather(options []Option, first, level int) {
	s.choices = s.choices[:0]
	for i := first; i < len(options); i++ {
		if s.depth[i] != level || !under(options, first, i, level) {
			continue
		}
		c := s.choiceOf(options[i].Path[level])
		if c == nil {
			s.choices = append(s.choices, choice{key: options[i].Path[level], score: s.weights[i].Score})
			c = &s.choices[len(s.choices)-1]
		}
		c.votes += s.votes[i]
		c.score = max(c.score, s.weights[i].Score)
	}
}

func (s *Scales) choiceOf(key uint32) *choice {
	for i := range s.choices {
		if s.choices[i].key == key {
			return &s.choices[i]
		}
	}
	return nil
}

// keepBest keeps the eight choices with the most votes, and among equals the best scores, and says how many.
func (s *Scales) keepBest() int {
	n := 0
	for i := range s.choices {
		better := 0
		for k := range s.choices {
			a, b := &s.choices[k], &s.choices[i]
			if a.votes > b.votes || a.votes == b.votes && (a.score > b.score || a.score == b.score && k < i) {
				better++
			}
		}
		s.choices[i].kept = better < widest
		if s.choices[i].kept {
			n++
		}
	}
	return n
}
