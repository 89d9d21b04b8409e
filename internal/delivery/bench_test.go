package delivery_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/person"
	"attune/internal/delivery"
)

// slow takes ten milliseconds for each message and remembers when it was given which.
type slow struct {
	mu sync.Mutex
	at map[id.Key]time.Time
}

func (*slow) Can() delivery.Capabilities { return delivery.Capabilities{Name: "email"} }

func (s *slow) Send(_ context.Context, m delivery.Message) (delivery.Receipt, error) {
	s.mu.Lock()
	s.at[m.Touch] = time.Now()
	s.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	return delivery.Receipt{}, nil
}

// has tells whether the carrier was given a touch, and how long that took.
func (s *slow) has(touch id.Key, since time.Time, took *[]time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, there := s.at[touch]
	if there {
		*took = append(*took, at.Sub(since))
	}
	return there
}

// BenchmarkSafety measures from a safety touch's falling due to the carrier's having it, with nothing else
// to do and behind a hundred thousand promotional ones: p99 is told, in microseconds.
func BenchmarkSafety(b *testing.B) {
	for name, backlog := range map[string]int{"idle": 0, "behind a backlog": 100_000} {
		b.Run(name, func(b *testing.B) {
			carrier := &slow{at: map[id.Key]time.Time{}}
			o := newOrder(b, map[string]delivery.Limits{"email": {AtOnce: 32}}, carrier)
			for n := range backlog {
				o.add(n, person.Waiting{Due: noon - 1, Class: channel.Promotional})
			}
			var handing sync.WaitGroup
			var taken []time.Duration
			tick := func() {
				for _, hand := range o.d.Tick(o.now) {
					handing.Go(func() { hand(b.Context()) })
				}
				o.answer()
			}
			tick()
			n := backlog
			for b.Loop() {
				o.now++
				o.add(n, person.Waiting{Due: o.now, Class: channel.Safety})
				began := time.Now()
				for !carrier.has(touchOf(n, 0), began, &taken) {
					tick()
					time.Sleep(100 * time.Microsecond) // as a loop that is nudged
				}
				n++
			}
			handing.Wait()
			slices.Sort(taken)
			b.ReportMetric(float64(taken[len(taken)*99/100].Microseconds()), "p99-µs")
		})
	}
}
