package decide

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"attune/internal/population"
)

func TestScratch(t *testing.T) {
	spec := os.Getenv("SCRATCH")
	if spec == "" {
		t.Skip()
	}
	seeds, _ := strconv.Atoi(spec)
	policies := []string{"learned", "flat", "matched", "uniform", "prompt:sms", "none"}
	if v := os.Getenv("POL"); v != "" {
		policies = strings.Split(v, ",")
	}
	theories := population.Theories()
	if v := os.Getenv("TH"); v != "" {
		theories = strings.Split(v, ",")
	}
	for _, th := range theories {
		for _, p := range policies {
			var mu sync.Mutex
			var w sync.WaitGroup
			sum := [8]float64{}
			sem := make(chan bool, 2)
			for s := range seeds {
				w.Add(1)
				go func() {
					defer w.Done()
					sem <- true
					defer func() { <-sem }()
					cfg := Defaults()
					cfg.Policy, cfg.Seed = p, uint64(s+1)
					if p == "flat" {
						cfg.Policy, cfg.Matrix = "learned", Flat()
					}
					r, e := live(t, population.Config{Theory: th, Seed: uint64(s + 1), Patients: 2000}, cfg, nil)
					f, _ := e.Findings()
					shown := 0.0
					for _, x := range f {
						if x.Shown {
							shown++
						}
					}
					mu.Lock()
					n := float64(r.Patients)
					for i, v := range []float64{r.Gains[0] / n, r.Gains[6] / n / 7, r.Gains[29] / n / 30, r.Gain, r.OptedOut, float64(r.Messages) / float64(r.Decisions), e.Multiplier(), shown} {
						sum[i] += v / float64(seeds)
					}
					mu.Unlock()
				}()
			}
			w.Wait()
			fmt.Printf("%-11s %-10s day1 %+.4f d1-7 %+.4f d1-30 %+.4f all %+.4f out %.3f said %.3f match %.2f shown %.1f\n", th, p, sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7])
		}
	}
}
