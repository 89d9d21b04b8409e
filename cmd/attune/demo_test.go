package main

import (
	"io"
	"testing"

	"attune/core/instant"
	"attune/internal/app"
)

// People who live with diabetes are no people of another program's world: where only that one is shown, there are none.
func TestWhoLivesInADemonstration(t *testing.T) {
	t.Parallel()
	const rheumatoid, without = "../../programs/rheumatoid_referral", "../../internal/programdir/testdata/programs/living_well"
	for name, c := range map[string]struct {
		programs []string
		own      int
		worlds   []string
	}{
		"both":                        {[]string{diabetes, rheumatoid}, 10, []string{"rheumatoid_referral"}},
		"both, the other way round":   {[]string{rheumatoid, diabetes}, 10, []string{"rheumatoid_referral"}},
		"a world alone":               {[]string{rheumatoid}, 0, []string{"rheumatoid_referral"}},
		"the page's own people alone": {[]string{diabetes}, 10, nil},
		"a program without a world":   {[]string{without}, 10, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := streams{io.Discard, io.Discard}
			rel, err := mustLoad(s, c.programs)
			if err != nil {
				t.Fatal(err)
			}
			demo := app.Demo{Release: rel, People: 10, Days: 20}
			if err := (&demoCmd{Program: c.programs, People: 10, Days: 20}).others(s, &demo); err != nil {
				t.Fatal(err)
			}
			if demo.People != c.own || len(demo.Worlds) != len(c.worlds) {
				t.Fatalf("%d people of its own and %d worlds", demo.People, len(demo.Worlds))
			}
			for i, w := range demo.Worlds {
				if w.Program != c.worlds[i] || w.People != 20 || w.Days != 60 {
					t.Errorf("%d people of %s for %d days", w.People, w.Program, w.Days)
				}
				if last := w.World.People.Arrive.To; last <= 60*instant.Day {
					t.Errorf("of %s nobody comes any more when the page opens: the last one came after %v", w.Program, last)
				}
			}
		})
	}
}
