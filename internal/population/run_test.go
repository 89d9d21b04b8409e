package population_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"attune/internal/population"
)

type patient struct {
	ID          int  `json:"id"`
	RecentSends int  `json:"recent_sends"`
	OptedOut    bool `json:"opted_out"`
}

type decision struct {
	ID         int     `json:"id"`
	Action     string  `json:"action"`
	Propensity float64 `json:"propensity"`
}

// against lets a world live with an engine that decides as told.
func against(t *testing.T, cfg population.Config, choose func(day int, p patient) decision) (*population.Result, error) {
	t.Helper()
	fromWorld, toEngine := io.Pipe()
	fromEngine, toWorld := io.Pipe()
	go func() {
		in := bufio.NewReader(fromWorld)
		for {
			line, err := in.ReadBytes('\n')
			if err != nil {
				return
			}
			var ask struct {
				Type     string
				Day      int
				Patients []patient
			}
			_ = json.Unmarshal(line, &ask)
			if ask.Type != "decide" {
				continue
			}
			answer := map[string][]decision{"decisions": {}}
			for _, p := range ask.Patients {
				answer["decisions"] = append(answer["decisions"], choose(ask.Day, p))
			}
			b, _ := json.Marshal(answer)
			if _, err := toWorld.Write(append(b, '\n')); err != nil {
				return
			}
		}
	}()
	return population.Run(t.Context(), cfg, fromEngine, toEngine)
}

// coin is even, and falls the same on every run.
func coin(day int, p patient) bool {
	return sha256.Sum256(fmt.Append(nil, day, " ", p.ID))[0]%2 == 0
}

func TestAnHonestEngineIsFoundHonest(t *testing.T) {
	t.Parallel()
	r, err := against(t, population.Config{Patients: 300, Days: 20, Seed: 1}, func(day int, p patient) decision {
		if p.OptedOut || p.RecentSends >= 4 {
			return decision{p.ID, "none", 1}
		}
		if coin(day, p) {
			return decision{p.ID, "support:sms", .5}
		}
		return decision{p.ID, "none", .5}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.OverCap+r.AfterOptOut > 0 || math.Abs(r.Honest["none"]) > 4 || math.Abs(r.Honest["support:sms"]) > 4 {
		t.Errorf("refused %d and %d, off by %v", r.OverCap, r.AfterOptOut, r.Honest)
	}
	if r.Gain <= 0 || r.Messages == 0 || len(r.Regrets) != 20 {
		t.Errorf("%d messages gain %v", r.Messages, r.Gain)
	}
}

func TestAnEngineThatCheatsIsCaught(t *testing.T) {
	t.Parallel()
	r, err := against(t, population.Config{Patients: 300, Days: 40, Seed: 1}, func(day int, p patient) decision {
		if coin(day, p) {
			return decision{p.ID, "prompt:push", .8} // whatever the cap and they say, and it is .5
		}
		return decision{p.ID, "none", .2}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.AfterOptOut == 0 || r.OverCap == 0 {
		t.Errorf("refused %d over the cap and %d after an opt-out", r.OverCap, r.AfterOptOut)
	}
	if r.Honest["prompt:push"] > -4 {
		t.Errorf("chances that are wrong are off by %v", r.Honest)
	}
}

func TestWhatNoEngineMaySay(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]decision{
		"which is no action": {0, "shout:sms", .5},
		"the propensity 0":   {0, "none", 0},
		"no such patient":    {5, "none", 1},
	} {
		_, err := against(t, population.Config{Patients: 1, Days: 2}, func(int, patient) decision { return answer })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("to %v it says %v", answer, err)
		}
	}
	if _, err := population.Run(t.Context(), population.Config{Theory: "flat"}, strings.NewReader(""), io.Discard); !errors.Is(err, population.ErrSetting) {
		t.Errorf("of a theory there is none of it says %v", err)
	}
}

func TestNothingHasAnEffectWhereThereIsNone(t *testing.T) {
	t.Parallel()
	r, err := against(t, population.Config{Theory: population.Zero, Patients: 50, Days: 10}, func(_ int, p patient) decision {
		if p.OptedOut || p.RecentSends >= 4 {
			return decision{p.ID, "none", 1}
		}
		return decision{p.ID, "inform:sms", 1}
	})
	if err != nil || r.Gain != 0 || r.Regret() != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}
