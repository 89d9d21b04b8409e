package decide

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
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

const reportEnd = "\n" +
	"The model is linear in the dose of messages, and these worlds are not: effects fade exponentially there, each patient responds\n" +
	"to a different degree, and recorded stages grow old. So expectations are somewhat too extreme: a slope of at least 0.8 was wanted,\n" +
	"and two of three worlds stay a little below. Intervals hold more than they state, since what fades with time is counted as if there\n" +
	"had been fewer rows. Where theory misleads, the standard prior costs something in the first weeks, and is level after.\n" +
	"Estimates from logs, and better ones, are the matter of [evaluating policies](../evaluate.md).\n"

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

// plot is a small chart: lines by day, each with the band of its seeds.
type plot struct {
	title, y string
	lines    []line
}

type line struct {
	name           string
	mid, low, high []float64
}

func lineOf(name string, of []trial, values func(trial) []float64) line {
	l := line{name: name}
	for day := range values(of[0]) {
		var all []float64
		for _, t := range of {
			all = append(all, values(t)[day])
		}
		l.mid, l.low, l.high = append(l.mid, mean(all)), append(l.low, slices.Min(all)), append(l.high, slices.Max(all))
	}
	return l
}

const (
	plotWide, plotHigh                       = 720.0, 320.0
	plotLeft, plotRight, plotTop, plotBottom = 48.0, 190.0, 34.0, 34.0
)

// svg draws it. Every third day is enough for the eye and keeps the file small.
func (p *plot) svg() []byte {
	colours := []string{"#0b6e6e", "#c2571a", "#5b4b9a", "#7a7a7a", "#b3123c"}
	days, top := len(p.lines[0].mid), 0.0
	for _, l := range p.lines {
		top = max(top, slices.Max(l.high))
	}
	step := nice(top / 4)
	top = math.Max(step, math.Ceil(top/step)*step)
	x := func(day int) float64 { return plotLeft + (plotWide-plotLeft-plotRight)*float64(day)/float64(days-1) }
	y := func(v float64) float64 { return plotHigh - plotBottom - (plotHigh-plotTop-plotBottom)*v/top }
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>%s</title>\n", plotWide, plotHigh, p.title)
	fmt.Fprintf(&b, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%.0f\" y=\"20\" font-size=\"14\" fill=\"#222\">%s</text>\n", plotLeft, p.title)
	for v := 0.0; v <= top+step/2; v += step {
		fmt.Fprintf(&b, "<path d=\"M%.0f %.1fH%.0f\" stroke=\"#ddd\"/><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555\">%.3g</text>\n", plotLeft, y(v), plotWide-plotRight, plotLeft-6, y(v)+4, v)
	}
	for day := 0; day < days; day += 15 {
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#555\">%d</text>\n", x(day), plotHigh-plotBottom+16, day+1)
	}
	fmt.Fprintf(&b, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\" fill=\"#555\">day</text>\n", plotWide-plotRight, plotHigh-4)
	for i, l := range p.lines {
		colour := colours[i%len(colours)]
		var band, mid []string
		for day := 0; day < days; day += 3 {
			band = append(band, fmt.Sprintf("%.1f %.1f", x(day), y(l.high[day])))
			mid = append(mid, fmt.Sprintf("%.1f %.1f", x(day), y(l.mid[day])))
		}
		for day := (days - 1) / 3 * 3; day >= 0; day -= 3 {
			band = append(band, fmt.Sprintf("%.1f %.1f", x(day), y(l.low[day])))
		}
		fmt.Fprintf(&b, "<path d=\"M%sZ\" fill=\"%s\" opacity=\".13\"/>\n<path d=\"M%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", strings.Join(band, "L"), colour, strings.Join(mid, "L"), colour)
		at := plotTop + 20*float64(i) + 6
		fmt.Fprintf(&b, "<rect x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"3\" fill=\"%s\"/><text x=\"%.0f\" y=\"%.1f\" fill=\"#222\">%s</text>\n", plotWide-plotRight+12, at, colour, plotWide-plotRight+32, at+5, short(l.name))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func short(name string) string {
	before, _, _ := strings.Cut(name, ", until")
	if before != name {
		return "all changes on day 45"
	}
	return name
}

// nice rounds up to 1, 2 or 5 times a power of ten.
func nice(v float64) float64 {
	if !(v > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if v <= m*power*1.0001 {
			return m * power
		}
	}
	return 10 * power
}
