package simulate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"testing"

	"attune/core/instant"
)

func TestLnIsTheLogarithm(t *testing.T) {
	for i := range 20_000 {
		x := draw(1, drawLate, uint64(i), 0)
		if x == 0 {
			continue
		}
		if got, want := ln(x), math.Log(x); math.Abs(got-want) > 2e-15*math.Max(1, math.Abs(want)) {
			t.Fatalf("ln(%v) = %v, not %v", x, got, want)
		}
	}
	if ln(1) != 0 {
		t.Error("ln(1) is not 0")
	}
}

// The digest was taken on amd64; make test-machines holds 32 bits and fused arithmetic against it.
func TestDrawsAreTheSameEverywhere(t *testing.T) {
	h := sha256.New()
	slow, even := Delay{Mean: 9 * instant.Day}, Delay{From: instant.Day, To: 3 * instant.Day}
	b := &life{setting: &setting{world: &World{Behaviors: []Behavior{{Does: [6]float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}}}}}, stages: nil}
	b.stages = append(b.stages, 3)
	response := Response{Zero: 8.5}
	for i := range uint64(5000) {
		u := draw(7, drawReads, i, i*i)
		b.mind = [][]nudge{{{u, 1}, {-u / 3, 1}}}
		fmt.Fprintln(h, math.Float64bits(u), math.Float64bits(ln(1-u)), math.Float64bits(bell(7, drawField, i, 3, 7.4, 1.1)),
			slow.of(u), even.of(u), math.Float64bits(b.ready(0, 0)), math.Float64bits(response.habituated(u*12)), Mix{[]string{"a", "b", "c"}, []float64{0.1, 0.7, 0.3}}.pick(u))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != "e4be7e1cff913ebd94fa2e0cdbe20504cf3fb23948b3960c96bc13e39c966b98" {
		t.Errorf("draws have the digest %s", got)
	}
}

func TestDrawsAreEvenAndBellsAreBells(t *testing.T) {
	const n = 50_000
	var tenths [10]int
	sum, square, waits := 0.0, 0.0, 0.0
	for i := range uint64(n) {
		u := draw(3, drawOpens, i, 0)
		tenths[int(u*10)]++
		x := bell(3, drawField, i, 0, 5, 2)
		sum, square = sum+x, square+(x-5)*(x-5)
		waits += float64(Delay{Mean: instant.Day}.of(u)) / float64(instant.Day)
	}
	for i, got := range tenths {
		if math.Abs(float64(got)-n/10) > 4*math.Sqrt(n*0.09) {
			t.Errorf("%d of %d draws fall into tenth %d", got, n, i)
		}
	}
	if mean, sd := sum/n, math.Sqrt(square/n); math.Abs(mean-5) > 0.04 || math.Abs(sd-2) > 0.03 {
		t.Errorf("around 5 by 2 came out as %.3f by %.3f", mean, sd)
	}
	if math.Abs(waits/n-1) > 4/math.Sqrt(n) {
		t.Errorf("delays of a day take %.4f days on average", waits/n)
	}
}
