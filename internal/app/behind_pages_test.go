package app

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/insight"
)

// However lines come, and however many begin at once, pages have each line once, in order, and say the same number.
func TestPagesOfThoseBehindANumberHaveEverybodyOnce(t *testing.T) {
	t.Parallel()
	type said struct {
		p  insight.Pseudonym
		at instant.Time
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		many, instants := random.IntN(300), 1+random.IntN(60)
		part, gone := insight.Pseudonym{1: 200}, insight.Pseudonym{1: 201}
		all := []said{{part, 5}, {gone, 6}}
		var want []rank
		name := func(p insight.Pseudonym) (who id.Person, known bool) {
			copy(who[:], p[:])
			return who, p != gone
		}
		for k := range many {
			x := said{at: instant.Time(random.IntN(instants) - instants/2)}
			binary.BigEndian.PutUint32(x.p[4:], uint32(k))
			all = append(all, x)
			who, _ := name(x.p)
			want = append(want, rank{x.at, who})
		}
		switch round % 3 {
		case 0:
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		case 1:
			slices.SortStableFunc(all, func(a, b said) int { return cmp.Compare(b.at, a.at) })
		}
		slices.SortFunc(want, rank.compare)
		most, after := 1+random.IntN(20), rank{at: -1 << 62}
		var got []rank
		for range 1 + len(want)/most {
			b := behind[string]{name: name, part: map[insight.Pseudonym]bool{part: true}, most: most, after: after}
			for _, x := range all {
				b.put(x.p, x.at, func(who id.Person) string { return who.String() })
			}
			page := b.sort()
			if b.total != len(want) && b.total != len(want)+1 {
				t.Fatalf("round %d: of %d lines it says there are %d", round, len(want), b.total)
			}
			for _, x := range page {
				if x.of != x.who.String() {
					t.Fatalf("round %d: the line of %s tells of %s", round, x.who, x.of)
				}
				got = append(got, x.rank)
			}
			if len(page) > 0 {
				written := page[len(page)-1].String()
				var err error
				if after, err = rankOf(written); err != nil || after != page[len(page)-1].rank {
					t.Fatalf("round %d: %q is read as %v, %v", round, written, after, err)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %d lines by pages of %d, not the %d in their order", round, len(got), most, len(want))
		}
	}
}
