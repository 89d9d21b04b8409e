package decide

import (
	"fmt"
	"slices"
	"strings"

	"attune/internal/chart"
)

const reportHead = "# The decision engine in worlds of made-up patients\n\n" +
	"Written by `make worlds` (linux, amd64); the numbers follow from the seeds. `make torture` computes them anew and fails when\n" +
	"this page says something else.\n\n" +
	"**These are made-up worlds, not patients.** They show that the engine finds what is there, unlearns what is not, and\n" +
	"states chances that are true. They are no evidence that messages help anybody.\n\n" +
	"Each world has %d patients, %d days and twelve actions; it is drawn anew for each of the seeds 1 to %d, and the same\n" +
	"people have the same luck under every policy. How worlds are made is described in [the engine's page](../decide.md#worlds).\n" +
	"A *gain* is by how many points of 100 messages raised the chance of the behaviour in a patient's day, by the world's own\n" +
	"account; ± is the standard deviation over the seeds. *Missed* is what the best action for each patient would have done\n" +
	"beyond what was said, whenever something could be said; for those who opted out, on as many days as the cap allows.\n" +
	"Bands in the plots reach from the lowest seed to the highest.\n"

const tableHead = "| policy | gain, day 1 | days 1–7 | days 1–30 | all | missed | opted out | messages a week |\n|---|---|---|---|---|---|---|---|\n"

const reportMatch = "Each line is the mean over the seeds of the standard prior's runs. 1 is the matrix as it is written, 0 nothing of it.\n"

const reportCoverage = "\n## Do intervals hold what they say?\n\n" +
	"What another way of deciding would have earned is estimated from the log alone, as `attune evaluate` does. Here %d short runs (%d\n" +
	"patients, %d days, a world each, all four kinds in turn) are asked for intervals of 95 %%. Their logs are those of the engine\n" +
	"while it learns: its chances are others every night, by what it saw of these very people. What an interval has to hold is the world's own account\n" +
	"of these decisions, less what these people happen to do more by themselves than those they are drawn from. IPS, SNIPS and DR are\n" +
	"clustered by patient, DR has linear models of the reward, fitted to the other half of patients, and WCLS estimates what saying something adds.\n\n" +
	"An estimate may be believed where the log says enough of it: as much as 1,000 decisions by the other way, and 1 %% of its own, and no row with more than 5 %%\n" +
	"of all weight. Else `attune evaluate` answers `reliable: false`, and no report and no promotion goes by it. The bounds are for what may be believed;\n" +
	"what all intervals hold stands beside it.\n\n%s\n" +
	"Where the log says too little, intervals of IPS hold too seldom. A way of deciding that the engine left for another has weights of a hundred and\n" +
	"more in a few rows. Where none of these was drawn and rewarded, IPS is too low, and its standard error as well, and nothing in what was drawn shows it.\n" +
	"That the engine learns meanwhile is not the reason. Each decision of the same logs is drawn anew with the chances that it had, as an engine would that\n" +
	"learns nothing of what it draws, and intervals are held against what is true of these very rows: they hold as often. So to weigh days by how\n" +
	"much they tell, as is right where learning is the reason (Hadad and others, PNAS 118, 2021), would mend nothing. That such an estimate is refused does.\n\n%s"

const reportEnd = "\n" +
	"## What is known to be wrong\n\n" +
	"In these worlds effects fade exponentially with the dose of messages and by a rate that each world draws; the model has [another curve](../decide.md#the-model).\n" +
	"Each patient responds to a different degree, and recorded stages grow old. Where theory misleads, the standard prior costs something in the first\n" +
	"weeks: the multiplier is near 0 within days, but the first days went to what does not help, and taught little of what does.\n" +
	"Where theory is true the plain rule, which leaves nothing to chance, stays a little ahead: that is the price of the floors.\n"

func rowOf(policy string, of []trial) string {
	var day, week, month, all, missed, out, said []float64
	for _, t := range of {
		n := float64(t.world.Patients) / 100
		g := t.result.Gains
		day, week, month = append(day, g[0]/n), append(week, g[6]/n/7), append(month, g[29]/n/30)
		all, missed = append(all, 100*t.result.Gain), append(missed, 100*t.result.Regret())
		out, said = append(out, 100*t.result.OptedOut), append(said, 7*float64(t.result.Messages)/float64(t.result.Decisions))
	}
	return fmt.Sprintf("| %s | %+.2f | %+.2f | %+.2f | %+.2f ± %.2f | %.2f | %.1f %% | %.1f |\n", policy, mean(day), mean(week), mean(month), mean(all), spread(all), mean(missed), mean(out), mean(said))
}

// against says what the standard prior is worth beside the flat one, seed by seed.
func against(standard, flat []trial) string {
	var day, week, all []float64
	better := 0
	for i := range standard {
		a, b := standard[i].result, flat[i].result
		n := float64(standard[i].world.Patients) / 100
		day, week = append(day, (a.Gains[0]-b.Gains[0])/n), append(week, (a.Gains[6]-b.Gains[6])/n/7)
		all = append(all, 100*(a.Gain-b.Gain))
		if a.Gain > b.Gain {
			better++
		}
	}
	return fmt.Sprintf("The standard prior against the flat one, seed by seed: %+.2f points on day 1, %+.2f on days 1–7, %+.2f ± %.2f over the run, ahead in %d of %d.\n",
		mean(day), mean(week), mean(all), spread(all), better, len(all))
}

// lineOf is a line of a plot: the mean over the seeds, and the band from the lowest to the highest.
func lineOf(name string, of []trial, values func(trial) []float64) chart.Band {
	l := chart.Band{Name: short(name)}
	for day := range values(of[0]) {
		var all []float64
		for _, t := range of {
			all = append(all, values(t)[day])
		}
		l.Mid, l.Low, l.High = append(l.Mid, mean(all)), append(l.Low, slices.Min(all)), append(l.High, slices.Max(all))
	}
	return l
}

func short(name string) string {
	before, _, _ := strings.Cut(name, ", until")
	if before != name {
		return "all changes on day 45"
	}
	return name
}
