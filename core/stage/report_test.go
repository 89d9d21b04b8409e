package stage_test

import (
	"fmt"
	"strings"
)

// report is the text of docs/proof/stages.md. Its date is that of the last change of its numbers.
func report(rows []string, first tally) string {
	var s strings.Builder
	fmt.Fprintf(&s, `# Stages of change: does the filter find them?

22 November 2026. Written by `+"`go test ./core/stage -run TheReportIsTrue -update`"+`; the numbers follow from the seeds and
are the same on every run. `+"`make torture`"+` computes all of them anew, every full test run the first row, and both fail when
this page says something else.

**These are synthetic lives, not patients.** They show that the arithmetic does what it should, and what it costs when
its assumptions are wrong. They are no evidence that stages of change help anybody.

## What was done

Seeds 1 to %d, %d people each. Everybody lives a true course through the six stages that the filter does not see. The
first stage is drawn from the default mix, which the filter knows. From then on the stages last, from precontemplation to
relapse, %s days on average, end by chance, and are followed by one of the few that can follow. These
numbers are invented, and they are not the filter's: it knows no moves between stages and assumes instead that belief
fades towards the mix with a half-life of 60 days. People answer a question
about their stage every two weeks on average, at random, and 15 %% of the answers name one of the five wrong stages. The
filter gives an answer the weight %.1f, which is right for 15 %%; its other settings are the defaults. On one day of their
year, drawn by chance after the third month, each person's stage is asked of

- the **filter**: the stage that it shows;
- the **last answer** alone;
- the **best of three**: what the last three answers agree on by two, and otherwise the last.

Each person is asked about once, so the questions are independent. The difference is that between the filter and the last
answer in percentage points, with its 95 %% interval for paired shares. *Only one right* counts people for whom the filter
was right and the last answer wrong, and the other way round; p is that of the exact McNemar test, two-sided. *Seeds*
counts those in which the filter was right more often. *Stated* is how probable, on average, the filter said that its own
answer was: an honest one states what it gets right. Each row changes one thing against the first.

| world | filter | last answer | best of three | difference | only one right | p | seeds | stated |
|---|---|---|---|---|---|---|---|---|
`, seeds, people, lasting(), assumed)
	s.WriteString(strings.Join(rows, "\n"))
	fmt.Fprintf(&s, `

## What it says

- With 15 %% of answers misrecorded the filter finds the true stage more often than the last answer, in every seed; with
  30 %% far more often. It also beats the best of three.
- **Where answers are better than the filter believes, the last answer beats it**: see 0 %% and 5 %%. Told the true share of
  errors, the filter is level again, or ahead. So the weight of an instrument is worth measuring.
- Errors that all point one way, to the stage after, are not what the filter assumes, and it stays ahead of the last answer.
- The half-life matters less. Half or twice as long costs little in accuracy, a quarter or four times leaves no lead over
  the best of three. Too short a one makes the filter state less than it gets right, too long a one more.
- When answers are rare nobody knows much, and the filter gains little.
- In the first world true stages changed between %.0f %% of answers and the next. The filter changed what it shows at %.0f %%
  of answers, the last answer by itself at %.0f %%. A larger margin costs little accuracy.
`, per(first.truthMoved, first), per(first.filterMoved, first), per(first.lastMoved, first))
	return s.String()
}

// per is a share of all answers but each person's first, in percent.
func per(n int, t tally) float64 { return 100 * float64(n) / float64(t.intervals) }

func lasting() string {
	var days []string
	for _, m := range moves() {
		days = append(days, fmt.Sprint(m.days))
	}
	return strings.Join(days, ", ")
}
