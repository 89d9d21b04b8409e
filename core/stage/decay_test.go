package stage

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"attune/core/instant"
)

// root is the 2^bits-th root of one half, by repeated square roots to 200 bits.
func root(bits int) *big.Float {
	x := new(big.Float).SetPrec(200).SetFloat64(.5)
	for range bits {
		x.Sqrt(x)
	}
	return x
}

// exact computes 2^(−elapsed/half) bit by bit of the exponent.
func exact(elapsed, half instant.Duration) *big.Float {
	y := new(big.Float).SetPrec(200).SetFloat64(1)
	rest, d := new(big.Int).SetInt64(int64(elapsed%half)), big.NewInt(int64(half))
	for bit := 1; bit <= 120; bit++ {
		rest.Lsh(rest, 1)
		if rest.Cmp(d) >= 0 {
			rest.Sub(rest, d)
			y.Mul(y, root(bit))
		}
	}
	return y.SetMantExp(y, -int(elapsed/half))
}

func drawHalf(t *rapid.T) instant.Duration {
	return rapid.OneOf(
		rapid.SampledFrom([]instant.Duration{instant.Day, 30 * instant.Day, DefaultHalfLife, mostHalf}),
		rapid.Custom(func(t *rapid.T) instant.Duration {
			return instant.Duration(rapid.Int64Range(int64(leastHalf), int64(mostHalf)).Draw(t, "ms"))
		}),
	).Draw(t, "half")
}

// The decay is off by less than .51 units in the last place.
func TestDecayIsAccurate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		half := drawHalf(t)
		elapsed := instant.Duration(rapid.Int64Range(0, int64(70*half)).Draw(t, "elapsed"))
		got, want := decay(elapsed, half), exact(elapsed, half)
		if elapsed >= forgotten*half {
			if got != 0 {
				t.Fatalf("after %d half-lives %g is left", elapsed/half, got)
			}
			return
		}
		off := new(big.Float).SetPrec(200).Sub(new(big.Float).SetPrec(200).SetFloat64(got), want)
		nearest, _ := want.Float64()
		ulp := nearest - math.Nextafter(nearest, 0)
		if o, _ := off.Float64(); math.Abs(o) > .51*ulp {
			t.Fatalf("2^-(%d/%d) = %g is off by %g ulp", elapsed, half, got, o/ulp)
		}
	})
}

func TestDecayFallsEveryMillisecond(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		half := drawHalf(t)
		near := rapid.Int64Range(0, 64).Draw(t, "halvings") * int64(half)
		at := instant.Duration(max(0, near+rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64Range(0, int64(half))).Draw(t, "at")))
		if at >= forgotten*half {
			return
		}
		if a, b := decay(at, half), decay(at+1, half); b >= a {
			t.Fatalf("after %d ms %g is left, a millisecond later %g", at, a, b)
		}
	})
}

func TestDecayHalves(t *testing.T) {
	t.Parallel()
	for n := range forgotten {
		if got, want := decay(instant.Duration(n)*DefaultHalfLife, DefaultHalfLife), math.Ldexp(1, -n); got != want {
			t.Errorf("after %d half-lives %g is left, not %g", n, got, want)
		}
	}
}

// The bits are the same on every machine.
func TestDecayBits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		elapsed instant.Duration
		want    uint64
	}{
		{1, 0x3fefffffffed9f89}, {instant.Day, 0x3fefa1e827a1b38c}, {20 * instant.Day, 0x3fe965fea53d6e3d},
		{59 * instant.Day, 0x3fe02f97ddc18368}, {1000*instant.Day + 1, 0x3ee428a2f981deea},
	} {
		if got := math.Float64bits(decay(c.elapsed, DefaultHalfLife)); got != c.want {
			t.Errorf("after %s the bits are %#x", c.elapsed, got)
		}
	}
}

// However wrong the guess, what is found is right.
func TestFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := instant.Time(rapid.Int64Range(-1e15, 1e15).Draw(t, "before"))
		want := before + instant.Time(rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 1e15)).Draw(t, "begins"))
		by := want + instant.Time(rapid.OneOf(rapid.Int64Range(0, 9), rapid.Int64Range(0, 1e15)).Draw(t, "known"))
		try := rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64Range(-1e15, 1e15)).Draw(t, "off")
		if got := first(before, by, want+instant.Time(try), func(t instant.Time) bool { return t >= want }); got != want {
			t.Fatalf("it is %d, not %d", got, want)
		}
	})
}
