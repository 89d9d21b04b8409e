package comb

import "testing"

func TestAHalfIsWithinItsPart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, of string
		want     bool
	}{
		"it is within itself":                         {"capability", "capability", true},
		"it is within the part it is a half of":       {"social_opportunity", "opportunity", true},
		"a part is not within one of its halves":      {"opportunity", "social_opportunity", false},
		"it is not within another part":               {"social_opportunity", "motivation", false},
		"it is not within the other half":             {"social_opportunity", "physical_opportunity", false},
		"a word that is none is not within itself":    {"no_bus", "no_bus", false},
		"nothing is within nothing":                   {"", "", false},
		"a part is no other part":                     {"motivation", "capability", false},
		"the automatic half is within what moves one": {"automatic_motivation", "motivation", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Within(test.kind, test.of); got != test.want {
				t.Errorf("Within(%q, %q) = %v", test.kind, test.of, got)
			}
		})
	}
}

func TestThereAreThreePartsOfTwoHalves(t *testing.T) {
	t.Parallel()
	if n := len(Kinds()); n != 9 {
		t.Errorf("%d kinds: %v", n, Kinds())
	}
}
