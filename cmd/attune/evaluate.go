package main

import (
	"context"
	"fmt"
	"os"

	"attune/internal/evaluate"
)

type evaluateCmd struct {
	Dir string `arg:"" help:"A folder with spec.json and CSV files."`
}

func (evaluateCmd) Help() string {
	return `What another policy would have earned on a log of decisions, what engaging somebody changes in a
micro-randomised trial, an interval that holds at every look, a policy learnt from a log and held
against the best constant action, or where on a map a change would be worth most. The folder has a spec.json that says which; CSV files may be packed
with gzip (log.csv.gz). The answer is a JSON list with full precision. docs/evaluate.md tells which
number to believe when.

  {"task": "ope", "estimators": ["ips", "ips_clip10", "snips", "dm", "dr", "sndr"],
   "outcome_model": {"type": "ols_per_action", "folds": 2}, "cluster": "unit", "ci": 0.95}
      log.csv (unit,t,action,propensity,reward,x_*), target.csv (a column for each action: the policy's
      probabilities) and, for the type "columns", q.csv (the same columns: predicted rewards).
      More estimators: switch_dr10, dros10. Answer: [{"estimator", "value", "stderr", "ci_lo", "ci_hi",
      "ess", "max_weight", "n", "reliable", "why"}]; max_weight is a share of all weight.
  {"task": "mrt", "estimator": "wcls", "moderators": ["day"], "controls": ["day", "before"],
   "numerator": 0.6, "small_sample": true}
      log.csv (unit,t,avail,action,propensity,reward and the columns named). The estimator is wcls, or
      emee for log relative risks of rewards of 0 or 1. Answer: [{"term", "estimate", "stderr", "ci_lo",
      "ci_hi", "df2", "p"}], first the term "(Intercept)", the effect where all moderators are 0.
  {"task": "confidence_sequence", "alpha": 0.05, "tune_at": 1000, "at": [100, 1000]}
      stream.csv (value). Answer: [{"t", "mean", "lo", "hi"}], for all t without "at".
  {"task": "learn", "folds": 2, "burden": {"call": 0.02}}
      log.csv. Fits on rows 0, 2, 4, …, writes target.csv for the others into the folder. Answer:
      [{"policy", "value", …, "gain", "beaten", "verdict"}], and each constant action.
  {"task": "leverage", "now": 730, "transitions": [{"from": "referred", "to": "seen", "horizon": 60,
   "target": 14, "window": 365}], "case_mix": ["severity"], "fairness": ["language"]}
      cohort.csv (entered,ended,outcome,stratum,a_*,known_*,result,result_at). Answer: [{"points",
      "transitions", "contrasts", "fairness", "losses", "voices"}]; docs/leverage.md tells all.

What is wrong in the files is told with file, line, column and remedy; the exit status is 2 then, and
nothing is written.

Example: attune evaluate internal/evaluate/testdata/reminders`
}

func (c *evaluateCmd) Run(ctx context.Context, s streams) error {
	info, err := os.Stat(c.Dir)
	if err != nil || !info.IsDir() {
		return badInput{fmt.Errorf("%s is no folder; name one with spec.json and CSV files in it", c.Dir)}
	}
	cfg := evaluate.Config{Dir: c.Dir, Out: s.out, Note: func(note string) { fmt.Fprintln(s.err, note) }}
	if isTerminal(s.err) {
		cfg.Progress = func(file string, rows int) {
			if fmt.Fprint(s.err, "\r\x1b[K"); file != "" {
				fmt.Fprintf(s.err, "%s: %d rows ", file, rows)
			}
		}
	}
	problems, err := evaluate.Run(ctx, cfg)
	if len(problems) > 0 {
		return badInput{tell(s, problems)}
	}
	return err
}
