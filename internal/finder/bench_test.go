package finder

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/likeness"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// crowd is many people who do not exist, their states sealed in a store, and the book of them.
type crowd struct {
	keys   *seal.Keys
	people store.People
	book   *Book
	// one is somebody among them.
	one likeness.Facts
}

// Facts implements People as a server does: it reads and opens a state.
func (c *crowd) Facts(ctx context.Context, who id.Person) (f likeness.Facts, known bool, err error) {
	rows, err := c.people.Load(ctx, []id.Person{who})
	if err != nil {
		return f, false, err
	}
	plain, err := c.keys.Open(who, seal.State, nil, rows[0].Blob)
	if err != nil {
		return f, false, err
	}
	p, err := person.Decode(who, plain)
	f = likeness.Of(p.Traits)
	f.Kind = p.Kind.String()
	return f, true, err
}

func (c *crowd) Parts(context.Context) (map[id.Person]id.Person, error) { return nil, nil }

func (c *crowd) Numbers(context.Context, id.Person) ([]likeness.Number, error) { return nil, nil }

// cpu is what this process had of the processor: on a machine that others use, too, it says more than the clock.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// made is a name of so many syllables.
func made(r *rand.Rand, syllables int) string {
	s := ""
	for range syllables {
		s += string("bcdfglmnprstv"[r.IntN(13)]) + string("aeiou"[r.IntN(5)])
	}
	return s
}

// newCrowd makes people: a tenth is called María and a tenth García, independently, the others by one of 400 first and
// 4000 last names, the first of each list most often. Births are spread over 80 years.
func newCrowd(b *testing.B, size int) *crowd {
	b.Helper()
	dir := b.TempDir()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	c := &crowd{}
	var err error
	c.keys, err = seal.Open(filepath.Join(dir, "keys"), "org")
	must(err)
	c.people, err = sqlite.OpenPeople(dir, sqlite.Config{Durability: sqlite.Relaxed})
	must(err)
	c.book, err = Open(b.Context(), Config{Path: filepath.Join(dir, "finder.db"), Secret: c.keys.Secret("finder"), Keys: c.keys, People: c, Now: func() instant.Time { return now }})
	must(err)
	b.Cleanup(func() { must(c.book.Close()); must(c.people.Close()); must(c.keys.Close()) })

	r := rand.New(rand.NewPCG(1, 2))
	var firsts, lasts []string
	for range 400 {
		firsts = append(firsts, made(r, 2+r.IntN(2)))
	}
	for range 4000 {
		lasts = append(lasts, made(r, 2+r.IntN(3)))
	}
	among := func(of []string) string { return of[int(float64(len(of))*r.Float64()*r.Float64())] }
	trait := func(name, is string) person.Trait { return person.Trait{Name: name, Value: expr.TextOf(is)} }
	began, writing, busy := time.Now(), time.Duration(0), time.Duration(0)
	for done := 0; done < size; {
		var who []id.Person
		var traits [][]person.Trait
		for range min(5000, size-done) {
			var p id.Person
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			first, last := among(firsts), among(lasts)+" "+among(lasts)
			if r.IntN(10) == 0 {
				first = "María"
			}
			if r.IntN(10) == 0 {
				last = "García " + among(lasts)
			}
			born := time.Date(1940, 1, 1+r.IntN(80*365), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			who = append(who, p)
			traits = append(traits, []person.Trait{
				trait("birth_date", born), trait("city", made(r, 3)), trait("first_name", first), trait("last_name", last),
				trait("phone", fmt.Sprintf("+34%09d", r.IntN(1e9))), trait("sex", [...]string{"female", "male"}[r.IntN(2)]), trait("street", fmt.Sprint(r.IntN(200), " ", made(r, 4))),
			})
		}
		must(c.keys.Ensure(who...))
		mark, err := c.people.Mark(b.Context())
		must(err)
		batch := store.Batch{From: mark, To: store.Mark{Frame: mark.Frame + 1, Log: mark.Log + 1}}
		for i, p := range who {
			is := person.New(p)
			is.Traits = traits[i]
			plain, err := is.Encode()
			must(err)
			sealed, err := c.keys.Seal(p, seal.State, nil, plain)
			must(err)
			batch.Rows = append(batch.Rows, store.Row{Person: p, Version: 1, Wake: instant.Never, Due: instant.Never, Blob: sealed})
		}
		must(c.people.Commit(b.Context(), batch))
		at, used := time.Now(), cpu(b)
		for i, p := range who {
			must(c.book.Is(p, batch.To.Frame, likeness.Of(traits[i])))
		}
		writing, busy = writing+time.Since(at), busy+cpu(b)-used
		done += len(who)
		c.one = likeness.Of(traits[0])
	}
	at, used := time.Now(), cpu(b)
	must(c.book.Flush())
	writing, busy = writing+time.Since(at), busy+cpu(b)-used
	info, err := os.Stat(filepath.Join(dir, "finder.db"))
	must(err)
	b.Logf("%d people: made in %.0f s, of which the index took %.0f s, %.0f s of them of the processor; its file has %.0f MB", size, time.Since(began).Seconds(), writing.Seconds(), busy.Seconds(), float64(info.Size())/1e6)
	return c
}

// BenchmarkAmongAMillion makes a million people, which takes minutes, and then searches them. With -short there are
// fifty thousand.
func BenchmarkAmongAMillion(b *testing.B) {
	size := 1_000_000
	if testing.Short() {
		size = 50_000
	}
	c := newCrowd(b, size)
	for _, x := range []struct {
		name string
		q    Query
	}{
		{"common name, 1 in 100", Query{Name: "maría garcía"}},
		{"common name heard, 1 in 100", Query{Name: "maria garsia"}},
		{"common name, birth date", Query{Name: "maría garcía", Born: c.one.Born}},
		{"common name, year", Query{Name: "maría garcía", Born: "1956"}},
		{"one word, 1 in 10", Query{Name: "garcía"}},
		{"rare name", Query{Name: c.one.Given[0] + " " + c.one.Family[0] + " " + c.one.Family[1]}},
		{"birth date", Query{Born: c.one.Born}},
		{"year, 1 in 80", Query{Born: "1956"}},
		{"four digits", Query{Phone: c.one.Phones[0][7:]}},
		{"whole number", Query{Phone: c.one.Phones[0]}},
		{"nobody", Query{Name: "maría xyzzyx"}},
	} {
		b.Run(x.name, func(b *testing.B) {
			var took []time.Duration
			var found Found
			var err error
			before := cpu(b)
			for b.Loop() {
				at := time.Now()
				if found, err = c.book.Search(b.Context(), x.q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			slices.Sort(took)
			of := func(share float64) float64 { // the least that at least this share was done in
				return float64(took[max(0, int(math.Ceil(share*float64(len(took))))-1)].Microseconds()) / 1000
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms")
			b.ReportMetric(of(.50), "p50-ms")
			b.ReportMetric(of(.95), "p95-ms")
			b.ReportMetric(of(.99), "p99-ms")
			b.ReportMetric(of(1), "slowest-ms")
			b.ReportMetric(float64(len(found.Hits)+found.More), "found")
		})
	}
	b.Run("compared", func(b *testing.B) {
		before := cpu(b)
		for b.Loop() {
			if _, err := c.book.Look(b.Context(), 100); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N)/100, "cpu-µs/person")
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/person")
	})
}
