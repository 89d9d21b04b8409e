package simulate

import "testing"

func TestAnyProgramCanBeSimulatedAtOnce(t *testing.T) {
	rel := load(t, diabetes)
	text := Derive(180, rel)
	w, err := Derived(180, rel)
	if err != nil {
		t.Fatal(err, "\n", text)
	}
	r := run(t, Config{Release: rel, World: w, People: 200, Days: 180, Seed: 1})
	addsUp(t, r)
	if !r.World.Derived || r.Touches == 0 {
		t.Errorf("a derived world in which nothing happens: %+v", r.World)
	}
	for _, rule := range r.Rules {
		// Nobody stays away for 400 days of 180, and made-up people do not write that they want to die.
		if rule.Fired == 0 && rule.Rule != "exit left" && rule.Rule != "hold crisis" {
			t.Errorf("%s never had a consequence", rule.Rule)
		}
	}
}

// A condition that names a set of codes is met by one of its codes.
func TestADerivedWorldKnowsSetsOfCodes(t *testing.T) {
	rel := load(t, "../programdir/testdata/programs/living_well")
	w, err := Derived(90, rel)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Config{Release: rel, World: w, People: 100, Days: 90, Seed: 1})
	for _, rule := range r.Rules {
		if rule.Rule == "enroll" && rule.People < 80 {
			t.Errorf("only %d of 100 people came into the program", rule.People)
		}
	}
}
