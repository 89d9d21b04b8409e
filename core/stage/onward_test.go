package stage_test

import (
	"testing"

	"pgregory.net/rapid"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/stage"
)

// live feeds pieces to a belief, each when it happens.
func live(m *stage.Model, b stage.Belief, pieces []stage.Piece) stage.Belief {
	for _, p := range pieces {
		b = m.Fold(b, p, p.At)
	}
	return b
}

// What is told to be enough is: fed in, it moves the person to the very stage that was told. One less is not.
// And of a kind of which nothing is told, nothing that fits into memory is enough.
func TestWhatIsEnoughIsEnough(t *testing.T) {
	t.Parallel()
	told, silent, tried := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := drawModel(rt)
		var b stage.Belief
		now := start
		for _, p := range drawPieces(rt, 12) {
			now = max(now, p.At)
			b = m.Fold(b, p, now)
		}
		now = now.Add(instant.Duration(rapid.Int64Range(0, int64(200*instant.Day)).Draw(rt, "silence")))
		o := m.Onward(b, now)
		if o.Stage != m.Mode(b, now) || o.P != m.At(b, now) {
			rt.Fatalf("%s is told where %s is shown", o.Stage, m.Mode(b, now))
		}
		found := map[int]bool{}
		for i := range o.Enough {
			e := &o.Enough[i]
			told++
			found[e.Evidence] = true
			is := live(m, b, e.Pieces(now, e.Times))
			if is.Mode != e.Then || !stage.Later(o.Stage, is.Mode) {
				rt.Fatalf("%+v is told to be enough from %s, and %s is shown", *e, o.Stage, is.Mode)
			}
			if before := live(m, b, e.Pieces(now, e.Times-1)); e.Times > 1 && stage.Later(o.Stage, before.Mode) {
				rt.Fatalf("one less of %+v is enough already", *e)
			}
			if i > 0 && e.Times < o.Enough[i-1].Times {
				rt.Fatal("what needs fewer stands after what needs more")
			}
		}
		for kind := range m.Kinds() {
			if found[kind] {
				continue
			}
			tried++
			for score := range 11 {
				e := stage.Enough{Evidence: kind, Score: float64(score)}
				all := e.Pieces(now, 3)
				if is := live(m, b, all[:1]); stage.Later(o.Stage, is.Mode) && !stage.Later(o.Stage, m.Mode(b, all[0].At)) {
					rt.Fatalf("of kind %d nothing is told, and a score of %d brings %s after %s", kind, score, is.Mode, o.Stage)
				}
			}
		}
		if o.Silent != stage.None {
			silent++
			if m.Mode(b, o.SilentAt-1) != o.Stage || m.Mode(b, o.SilentAt) != o.Silent {
				rt.Fatalf("silence is told to bring %s at %s, and brings %s", o.Silent, o.SilentAt, m.Mode(b, o.SilentAt))
			}
		}
	})
	if !testing.Short() && (told == 0 || silent == 0 || tried == 0) {
		t.Errorf("too little was tried: %d, %d, %d", told, silent, tried)
	}
}

func TestOneStageOn(t *testing.T) {
	t.Parallel()
	m := modelOf(t, settings())
	if o := m.Onward(stage.Belief{}, start); o.Stage != stage.None || len(o.Enough) > 0 || o.Next != stage.None {
		t.Errorf("of somebody of whom nothing is known it tells %+v", o)
	}
	piece, _ := m.Piece(0, expr.TextOf("contemplation"), start, expr.Order{ID: 1})
	b := m.Fold(stage.Belief{}, piece, start)
	o := m.Onward(b, start.Add(instant.Day))
	if o.Stage != stage.Contemplation || o.Next != stage.Preparation || o.Short <= .5 {
		t.Errorf("after the staging questions said contemplation: %+v", o)
	}
	if len(o.Enough) == 0 || o.Enough[0].Label != "Staging questions" || o.Enough[0].Read != "preparation" || o.Enough[0].Then != stage.Preparation {
		t.Errorf("what is enough is %+v", o.Enough)
	}
	for _, s := range stage.All() {
		if next := s.Next(); next != stage.None && !stage.Later(s, next) {
			t.Errorf("one on from %s is %s, which is not later", s, next)
		}
	}
}
