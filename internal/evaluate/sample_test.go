package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The samples in testdata are about people who do not exist. These functions made them, and make them
// again with -update.
var samples = map[string]map[string]func() string{
	"reminders": {"log.csv": remindersLog, "target.csv": remindersTarget},
	"walks":     {"log.csv": func() string { return walks(false) }},
	"replies":   {"log.csv": func() string { return walks(true) }},
	"looks":     {"stream.csv": looks},
	"habits":    {"log.csv": habits},
}

func writeSamples(t *testing.T) {
	t.Helper()
	for dir, files := range samples {
		for file, text := range files {
			if err := os.WriteFile(filepath.Join("testdata", dir, file), []byte(text()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func chance() *rand.Rand { return rand.New(rand.NewPCG(20, 26)) }

var reminderActions = []string{"none", "sms", "call"}

// people is 400 people at 5 moments, with what is known of them.
func people(r *rand.Rand, do func(unit, t int, late, busy float64)) {
	for unit := range 400 {
		busy := float64(r.IntN(2))
		for t := range 5 {
			do(unit, t, float64(r.IntN(15)), busy)
		}
	}
}

// remindersLog is refills after a reminder; who is late is called more often, and calls help them.
func remindersLog() string {
	r := chance()
	var out strings.Builder
	out.WriteString("unit,t,action,propensity,reward,x_days_late,x_busy\n")
	people(r, func(unit, t int, late, busy float64) {
		call := .15 + .02*late
		shares := []float64{.75 - call, .25, call}
		a := draw(r, shares)
		p := .25 + .1*float64(a) - .01*late*(1-float64(a)/2) - .05*busy
		reward := 0
		if r.Float64() < p {
			reward = 1
		}
		fmt.Fprintf(&out, "p%03d,%d,%s,%.2f,%d,%g,%g\n", unit, t, reminderActions[a], shares[a], reward, late, busy)
	})
	return out.String()
}

// remindersTarget calls those who are late, and writes to most others.
func remindersTarget() string {
	var out strings.Builder
	out.WriteString("none,sms,call\n")
	people(chance(), func(_, _ int, late, _ float64) {
		if late >= 7 {
			out.WriteString("0.2,0.2,0.6\n")
		} else {
			out.WriteString("0.3,0.5,0.2\n")
		}
	})
	return out.String()
}

func draw(r *rand.Rand, shares []float64) int {
	u := r.Float64()
	for a, p := range shares {
		if u -= p; u < 0 {
			return a
		}
	}
	return len(shares) - 1
}

// walks is a micro-randomised trial of 30 people and 25 moments: the logarithm of steps, or whether
// somebody replied. Of moments at which nobody was available nothing is known.
func walks(binary bool) string {
	r := chance()
	var out strings.Builder
	out.WriteString("unit,t,avail,action,propensity,reward,day,before,home\n")
	for unit := range 30 {
		own := r.NormFloat64() / 2
		for t := range 25 {
			if r.Float64() < .2 {
				fmt.Fprintf(&out, "w%02d,%d,0,,,NA,,,\n", unit, t)
				continue
			}
			day, before, home := float64(t/5), r.NormFloat64(), float64(r.IntN(2))
			p := .3 + .3*home
			a := 0.
			if r.Float64() < p {
				a = 1
			}
			reward := 3 + own + .4*before + a*(.6-.1*day) + r.NormFloat64()
			if binary {
				risk := math.Exp(-1.4 + .2*home + .1*before + a*(.5-.08*day))
				reward = 0
				if r.Float64() < risk {
					reward = 1
				}
			}
			fmt.Fprintf(&out, "w%02d,%d,1,%g,%.1f,%.4g,%g,%.4f,%g\n", unit, t, a, p, reward, day, before, home)
		}
	}
	return out.String()
}

// looks is 400 daily differences.
func looks() string {
	r := chance()
	var out strings.Builder
	out.WriteString("value\n")
	for range 400 {
		fmt.Fprintf(&out, "%.4f\n", .15+r.NormFloat64())
	}
	return out.String()
}

// habits is a log from which little is to be learnt: calls are best for nearly everybody, and dear.
func habits() string {
	r := chance()
	var out strings.Builder
	out.WriteString("unit,t,action,propensity,reward,x_days_late,x_busy\n")
	people(r, func(unit, t int, late, busy float64) {
		shares := []float64{.3, .3, .4}
		a := draw(r, shares)
		p := []float64{.25, .3 - .1*busy, .4 + .003*late}[a]
		reward := 0
		if r.Float64() < p {
			reward = 1
		}
		fmt.Fprintf(&out, "p%03d,%d,%s,%.2f,%d,%g,%g\n", unit, t, reminderActions[a], shares[a], reward, late, busy)
	})
	return out.String()
}
