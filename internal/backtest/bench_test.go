package backtest

import (
	"testing"
)

// BenchmarkRun plays the past of 60 people of about 160 events each under two versions, as the command does
// but for reading and opening what is sealed. It tells events and people a second.
func BenchmarkRun(b *testing.B) {
	rel, other := plain(b), busier(b)
	w := newWorld(b, rel)
	for n := range 60 {
		events := onBoard(day(float64(n%7) / 7))
		for k := range 150 {
			at := day(float64(n%7)/7 + float64(k+1)*1.7)
			switch k % 11 {
			case 3:
				events = append(events, hear(at, "appointment.noshow"))
			case 7:
				events = append(events, hear(at, "undeclared.thing"))
			default:
				events = append(events, hear(at, "portal.visited"))
			}
		}
		w.lives(n, events, day(270), manner{receipts: true, answers: true})
	}
	for _, workers := range []int{1, 0} {
		name := "one core"
		if workers == 0 {
			name = "all cores"
		}
		b.Run(name, func(b *testing.B) {
			var r *Result
			for b.Loop() {
				r = w.run(day(0), day(270), other, rel, func(c *Config) { c.Workers = workers })
			}
			seconds := b.Elapsed().Seconds()
			b.ReportMetric(float64(r.Events)*float64(b.N)/seconds, "events/s")
			b.ReportMetric(float64(r.People)*float64(b.N)/seconds, "people/s")
		})
	}
}
