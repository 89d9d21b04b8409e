package runner_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/eventlog"
	"attune/internal/eventlog/memlog"
	histories "attune/internal/history"
	"attune/internal/programdir"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store/sqlite"
)

const benchPeople = 20_000

// BenchmarkTick takes batches of 500 events of 20,000 people from a log in memory to states and history
// on the disk, sealed. The figure is for one event.
func BenchmarkTick(b *testing.B) {
	zones, err := instant.LoadZones()
	if err != nil {
		b.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, "../../programs/diabetes")
	if rel == nil {
		b.Fatal(problems, err)
	}
	for _, c := range []struct {
		name       string
		durability sqlite.Durability
	}{{"synced", sqlite.Full}, {"relaxed", sqlite.Relaxed}} {
		b.Run(c.name, func(b *testing.B) { benchTick(b, rel, c.durability) })
	}
}

func benchTick(b *testing.B, rel *release.Release, durability sqlite.Durability) {
	dir := b.TempDir()
	keys, err := seal.Open(dir+"/keys", "bench")
	if err != nil {
		b.Fatal(err)
	}
	defer keys.Close()
	people, err := sqlite.OpenPeople(dir, sqlite.Config{Durability: durability})
	if err != nil {
		b.Fatal(err)
	}
	defer people.Close()
	history, err := sqlite.OpenHistory(dir, sqlite.Config{Durability: durability})
	if err != nil {
		b.Fatal(err)
	}
	defer history.Close()
	log := memlog.New()
	r, err := runner.Open(b.Context(), runner.Config{Log: log, People: people, History: histories.New(history, nil, keys), Keys: keys, Published: runner.First(rel), ProjectKey: []byte("bench")})
	if err != nil {
		b.Fatal(err)
	}

	var everybody []id.Person
	for i := range benchPeople {
		everybody = append(everybody, benchPerson(i))
	}
	if err := keys.Ensure(everybody...); err != nil {
		b.Fatal(err)
	}
	now := instant.Time(1_800_000_000_000)
	turn := 0
	accept := func(n int) {
		var entries []eventlog.Entry
		for range n {
			entries = append(entries, benchEntry(b, keys, everybody[turn*7919%benchPeople], turn, now))
			turn++
		}
		if _, err := log.Append(b.Context(), entries); err != nil {
			b.Fatal(err)
		}
	}
	apply := func() {
		for more := true; more; {
			progress, err := r.Tick(b.Context(), now)
			if err != nil {
				b.Fatal(err)
			}
			more = progress.More
		}
		if err := log.Trim(b.Context(), log.Last()); err != nil {
			b.Fatal(err)
		}
	}
	for range 3 { // traits, a condition and a medicine for everybody
		accept(benchPeople)
		apply()
		now = now.Add(instant.Hour)
	}

	const batch = 5000
	b.ReportAllocs()
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			now = now.Add(10 * instant.Minute)
			accept(batch)
			b.StartTimer()
			apply()
			left = batch
		}
		left--
	}
}

func benchPerson(i int) (p id.Person) {
	binary.BigEndian.PutUint64(p[:], id.Hash(fmt.Sprint("row", i)))
	binary.BigEndian.PutUint64(p[8:], uint64(i))
	return p
}

func benchEntry(b *testing.B, keys *seal.Keys, who id.Person, turn int, at instant.Time) eventlog.Entry {
	e := event.Event{ID: fmt.Sprintf("bench/2027-01-01-%d", turn), Source: "bench", Name: "portal.visited", OccurredAt: at, ReceivedAt: at}
	switch turn / benchPeople {
	case 0:
		e.Name = "traits.updated"
		e = e.With("email", expr.TextOf("ana@patients.example")).With("first_name", expr.TextOf("Ana")).With("timezone", expr.TextOf("America/New_York"))
	case 1:
		e.Name = "clinical.condition_recorded"
		e = e.With("codes", expr.ListOf("44054006"))
	case 2:
		e.Name = "medication.dispensed"
		e = e.With("code", expr.TextOf("860975")).With("days_supply", expr.IntegerOf(30))
	default:
		e = e.With("page", expr.TextOf("/medicines"))
	}
	plain, err := e.Encode()
	if err != nil {
		b.Fatal(err)
	}
	body, err := keys.Seal(who, seal.Event, nil, plain)
	if err != nil {
		b.Fatal(err)
	}
	return eventlog.Entry{Person: who, At: at, Body: body}
}
