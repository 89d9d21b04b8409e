package engine_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/klauspost/compress/s2"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// dice is a random number generator of its own (splitmix64; Steele, Lea and Flood 2014), so that no
// change of a library changes the histories that golden hashes were made of.
type dice uint64

func (d *dice) roll(n int) int {
	*d += 0x9e3779b97f4a7c15
	x := uint64(*d)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) >> 33 % uint64(n))
}

// rolled is the nth thing that happens to somebody.
func rolled(d *dice, n int, at instant.Time) engine.What {
	switch d.roll(8) {
	case 0, 1:
		return engine.Gate{}
	case 2:
		return engine.Settled{Outcome: engine.Outcome(1 + d.roll(5)), RetryAfter: instant.Duration(d.roll(5000)) * instant.Second}
	case 3:
		return engine.Tick{}
	}
	e := event.Event{ID: fmt.Sprintf("rolled/%d", n), OccurredAt: at, ReceivedAt: at, Version: int64(d.roll(3))}
	e.Name = []string{
		"portal.visited", "portal.visited", "portal.visited", "medication.dispensed", "medication.prescribed", "appointment.noshow",
		"observation.recorded", "care.encounter_finished", "care.encounter_started", "clinical.condition_recorded", "consent.granted",
		"consent.withdrawn", "traits.updated", "page.viewed", "referral.requested", "appointment.booked",
	}[d.roll(16)]
	if d.roll(4) == 0 {
		e.OccurredAt -= instant.Time(d.roll(15 * 86_400_000))
	}
	switch e.Name {
	case "medication.dispensed":
		e = e.With("days_supply", expr.IntegerOf(int64(d.roll(60))))
	case "observation.recorded":
		e = e.With("value", expr.NumberOf(float64(d.roll(1200))/100))
	case "clinical.condition_recorded":
		e = e.With("codes", expr.ListOf("44054006", "73211009"))
	case "consent.granted", "consent.withdrawn":
		e = e.With("purpose", expr.TextOf([]string{"treatment_support", "treatment_support", "program"}[d.roll(3)]))
	case "traits.updated":
		e = e.With("timezone", expr.TextOf(testZones[d.roll(len(testZones))])).With("language", expr.TextOf([]string{"es-ES", "en"}[d.roll(2)]))
	}
	return engine.Heard{Event: e}
}

// lives steps a few people through long random histories and hashes every state and every effect.
func lives(t *testing.T, rel *release.Release, people, inputs int) string {
	t.Helper()
	h := sha256.New()
	for who := range people {
		p := person.New(id.Person{0: byte(who), 15: 1})
		seed := id.SeedOf([]byte("a project's key"), p.ID)
		d := dice(who)
		at := start
		for n := range inputs {
			at = at.Add(instant.Duration(d.roll(1+1000*d.roll(300))) * instant.Second)
			what := rolled(&d, n, at)
			switch n {
			case 0:
				what = engine.Heard{Event: event.Event{ID: "rolled/who", Name: "patient.created", OccurredAt: at, Props: []event.Prop{text("email", "ana@example.org"), text("first_name", "Ana")}}}
			case 1:
				what = engine.Heard{Event: event.Event{ID: "rolled/ill", Name: "clinical.condition_recorded", OccurredAt: at}.With("codes", expr.ListOf("44054006"))}
			}
			is, fx := engine.Step(rel, p, engine.Input{At: at, Seed: seed, What: move{what: what, nth: n}.named(&p)})
			p = is
			// The compressor may differ between machines; what it compresses may not.
			state, err := s2.Decode(nil, encode(t, p)[1:])
			if err != nil {
				t.Fatal(err)
			}
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(state))))
			h.Write(state)
			for _, e := range fx {
				fmt.Fprintf(h, "%T%+v\n", e, e)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// The same inputs give the same bytes on every machine: run this with GOARCH=386, which computes in
// other registers, and GOAMD64=v3, which may fuse products and sums as arm64 does. Where the engine is
// meant to decide differently the hashes change with release.semantics, and the new ones stand here.
func TestSameBytesEverywhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rel  *release.Release
		want string
	}{
		{"rich", rich(t), "29db4f24a7b2c713eaaec5b4fb77a5e6792643b88c217e1d1d5d7acc2b06fa70"},
	} {
		if got := lives(t, c.rel, 10, 500); got != c.want {
			t.Errorf("%s: the bytes are %s and were %s", c.name, got, c.want)
		}
	}
}
