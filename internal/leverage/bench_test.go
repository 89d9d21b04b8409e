package leverage

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Twenty transitions of a hundred thousand episodes each, looked at by six attributes of 5 to 30 levels in three strata.
func BenchmarkFind(b *testing.B) {
	for _, rows := range []int{5_000, 100_000} {
		q := big(20, rows)
		b.Run(fmt.Sprintf("%dx6x%d", len(q.Cases), rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Find(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func big(transitions, rows int) *Question {
	r := rand.New(rand.NewPCG(1, 2))
	q := &Question{}
	for _, levels := range []int{30, 20, 12, 8, 5, 3} {
		a := Attribute{Name: fmt.Sprint("attribute ", levels)}
		for l := range levels + 1 {
			a.Levels = append(a.Levels, fmt.Sprint("level ", l))
		}
		q.Attributes = append(q.Attributes, a)
	}
	for range transitions {
		c := Cohort{Now: worldNow, Level: make([][]uint16, len(q.Attributes))}
		w := world{censored: .2, exits: true}
		for range rows {
			levels := make([]int, len(q.Attributes))
			share := .6
			for a := range levels {
				levels[a] = 1 + r.IntN(len(q.Attributes[a].Levels)-1)
				share += .004 * float64(levels[a]%5-2)
			}
			stratum := r.IntN(3)
			one := Cohort{Level: make([][]uint16, 1)}
			w.person(r, &one, share, .6, uint16(stratum), 0)
			c.Entered, c.Ended, c.Outcome = append(c.Entered, one.Entered[0]), append(c.Ended, one.Ended[0]), append(c.Outcome, one.Outcome[0])
			c.Stratum, c.Result, c.ResultAt = append(c.Stratum, uint16(stratum)), append(c.Result, one.Result[0]), append(c.ResultAt, one.ResultAt[0])
			for a, l := range levels {
				c.Level[a] = append(c.Level[a], uint16(l))
			}
		}
		q.Cases = append(q.Cases, Case{Transition{From: "a", To: "b", Horizon: worldHorizon, Target: 14, Window: worldWindow}, c})
	}
	return q
}
