package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run prints.
type report struct {
	Machine string   `json:"machine"`
	Date    string   `json:"date"`
	Command string   `json:"command"`
	Figures []figure `json:"figures"`
}

// figure is one measured number.
type figure struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Beside puts the number in proportion to another of the same run.
	Beside string `json:"beside,omitempty"`
}

func (r *report) add(what string, value float64, unit, beside string) {
	r.Figures = append(r.Figures, figure{what, value, unit, beside})
}

// value is a figure taken before, or zero.
func (r *report) value(what string) float64 {
	for _, f := range r.Figures {
		if f.What == what {
			return f.Value
		}
	}
	return 0
}

// times writes a ratio to an earlier figure.
func (r *report) times(x float64, of string) string {
	if v := r.value(of); v > 0 {
		return fmt.Sprintf("%.3f of %s", x/v, of)
	}
	return ""
}

func (r *report) print(to io.Writer) error {
	fmt.Fprintf(to, "%s\n%s, tools/bench %s\n\n", r.Machine, r.Date, r.Command)
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.What, number(f.Value), f.Unit, f.Beside)
	}
	return w.Flush()
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func machine() string {
	cpu := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if name, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s, %s/%s", cpu, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// quantiles returns the median and the 99th percentile, sorting the list.
func quantiles(d []time.Duration) (p50, p99 time.Duration) {
	if len(d) == 0 {
		return 0, 0
	}
	slices.Sort(d)
	return d[len(d)/2], d[min(len(d)-1, len(d)*99/100)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
