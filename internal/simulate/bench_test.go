package simulate

import "testing"

// BenchmarkRun lives half a year of people under the shipped program, twice each: with messages and
// without. The lives without are what the comparison costs, and do not count as person-days.
func BenchmarkRun(b *testing.B) {
	rel := load(b, diabetes)
	c := Config{Release: rel, World: worldOf(b, rel, diabetes+"/world.yaml"), People: 2000, Days: 180, Seed: 1}
	lived := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		lived += run(b, c).PersonDays
	}
	b.ReportMetric(float64(lived)/b.Elapsed().Minutes(), "person-days/min")
}
