package estimate

// Ranks is the p that people of both groups go on as soon, where chance drew who is of which: Wilcoxon's test of waits, in which who never goes on
// within the days asked about comes last, whether they left or wait. Who was not followed so far has the mean rank of those who waited as long
// (Peto and Peto 1972, for incidences). Ranks are those among all, so what they differ by between the groups is compared with what it would be
// had they been drawn otherwise. Unlike [Gray] and [LogRank] it sees a start that some get sooner and in which others catch up.
// Instants are days in their order, each of them; who is still there after the last never goes on.
func Ranks(instants []Instant) float64 {
	n := len(instants)
	if n == 0 {
		return 1
	}
	// Incidence and those who are still there after each day, of both groups together.
	on, there := make([]float64, n+1), make([]float64, n+1)
	there[0] = 1
	for d, at := range instants {
		on[d+1], there[d+1] = on[d], there[d]
		if risk := float64(at.AtRisk[0] + at.AtRisk[1]); risk > 0 {
			events, others := float64(at.Events[0]+at.Events[1]), float64(at.Others[0]+at.Others[1])
			on[d+1] += there[d] * events / risk
			there[d+1] = there[d] * (risk - events - others) / risk
		}
	}
	never := (1 - on[n]) / 2
	rank := func(d int) float64 { return 1 - (on[d]+on[d+1])/2 }
	// ahead is the rank that those who are still there after a day will have, times their share.
	ahead := 0.0
	expected := make([]float64, n)
	for d := n - 1; d >= 0; d-- {
		expected[d] = never
		if left := there[d+1]; left > 0 {
			expected[d] = (ahead + max(0, left-(on[n]-on[d+1]))*never) / left
		}
		ahead += rank(d) * (on[d+1] - on[d])
	}
	var people, sum, squares [2]float64
	add := func(group, count int, rank float64) {
		x := float64(count)
		people[group], sum[group], squares[group] = people[group]+x, sum[group]+x*rank, squares[group]+x*rank*rank
	}
	for d, at := range instants {
		for g := range 2 {
			next := 0
			if d+1 < n {
				next = instants[d+1].AtRisk[g]
			}
			add(g, at.Events[g], rank(d))
			add(g, at.Others[g], never)
			add(g, at.AtRisk[g]-at.Events[g]-at.Others[g]-next, expected[d])
		}
	}
	all := people[0] + people[1]
	if people[0] == 0 || people[1] == 0 || all < 2 {
		return 1
	}
	mean := (sum[0] + sum[1]) / all
	spread := squares[0] + squares[1] - all*mean*mean
	if spread <= 1e-12 {
		return 1
	}
	off := sum[0] - people[0]*mean
	return ChiSquare(off*off*all*(all-1)/(people[0]*people[1]*spread), 1)
}
