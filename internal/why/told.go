package why

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/record"
	"attune/core/release"
)

// Told is what the person last said of one thing that keeps them from a behavior or moves them.
type Told struct {
	// Fact is what it is: barrier, motivation, support, reason or goal. Name is what a program calls it, Says in
	// words, and Kind the part of COM-B; empty where nobody said.
	Fact, Name, Says, Kind string
	// Text is what they said, word for word, and By who wrote it down.
	Text, By string
	At       instant.Time
}

// word is what it goes by in records of decisions.
func (t *Told) word() string {
	if t.Fact == program.SupportFact {
		return t.Fact
	}
	return cmp.Or(t.Name, t.Kind, "not known")
}

// ToldIn finds what a person had told up to an instant, and never took back, in their records: of each thing the
// newest word, and nothing of what is over. The release says what things are called.
func ToldIn(records []record.Record, until instant.Time, rel *release.Release) []Told {
	gone := map[string]bool{}
	var all []event.Event
	for i := range records {
		if h, ok := records[i].What.(engine.Heard); ok && records[i].At <= until {
			all = append(all, h.Event)
		}
		for _, e := range records[i].Effects {
			switch e := e.(type) { //nolint:gochecksumtype // nothing else tells a story
			case effect.Note:
				if e.At <= until {
					all = append(all, e.Event)
				}
			case effect.Retract:
				gone[e.Event] = true // whenever: words that were taken back are not repeated
			}
		}
	}
	var out []Told
	newer := map[[3]string]bool{}
	slices.SortStableFunc(all, func(a, b event.Event) int { // the newest first, as the engine ranks them
		x, y := a.Order(), b.Order()
		return cmp.Or(cmp.Compare(b.OccurredAt, a.OccurredAt), cmp.Compare(y.Version, x.Version), cmp.Compare(y.ID, x.ID))
	})
	for i := range all {
		e := &all[i]
		if e.Name != "story.told" || gone[e.ID] {
			continue
		}
		t := Told{Fact: e.Field("fact").Text, Kind: e.Field("kind").Text, Text: e.Field("text").Text, By: e.Field("by").Text, At: e.OccurredAt}
		for _, p := range rel.Programs {
			if d := p.Driver(t.Fact, e.Field("names").Text); d != nil {
				t.Name, t.Says, t.Kind = d.ID, d.Says, d.Kind
				break
			}
		}
		key := [3]string{t.Fact, t.Name, t.Kind}
		if newer[key] {
			continue
		}
		newer[key] = true // what is older of the same does not count
		if e.Field("over").Num == 0 {
			out = append(out, t)
		}
	}
	slices.Reverse(out)
	return out
}

// Know lets the decision be told with what the person had said. It is no part of the record: who may not see
// their words is told the names alone.
func (d *Decision) Know(told []Told) { d.told = told }

// find is what the person said of a barrier of the record; nil where it is not in their history any more.
func find(told []Told, fact, word string) *Told {
	for i := range told {
		if t := &told[i]; t.Fact == fact && t.word() == word {
			return t
		}
	}
	return nil
}

// barrierWords tell of the barriers of a round and whether an option answers them.
func (d *Decision) barrierWords(b *strings.Builder, r *Round, o *Option, name string) {
	for _, word := range r.Barriers {
		t := find(d.told, program.BarrierFact, word)
		if t == nil {
			t = &Told{Fact: program.BarrierFact, Kind: word}
		}
		fmt.Fprintf(b, "%s%s.", upper(name), t.says("keeps"))
		switch {
		case o == nil:
		case slices.Contains(o.Eases, word):
			b.WriteString(" These words answer that" + o.counts("barrier=eased", "eases=") + ".")
		case len(o.Eases) == 0:
			b.WriteString(" These words do not answer that" + o.counts("barrier=unmet", "barrier=unmet") + ".")
		default:
			b.WriteString(" These words do not answer that.")
		}
		b.WriteByte('\n')
	}
	if r != &d.Rounds[0] {
		return // what moves them is told once
	}
	first := true
	for i := range d.told {
		t := &d.told[i]
		if t.Fact == program.BarrierFact {
			continue
		}
		fmt.Fprintf(b, "%s%s", upper(name), t.says("moves"))
		if first && o != nil {
			b.WriteString(o.counts("moves=", "moves="))
		}
		first = false
		b.WriteString(".\n")
	}
}

// says is what the person said, in their own words where they are there, and what it is.
func (t *Told) says(what string) string {
	if t.Text == "" && t.At == 0 {
		return " is kept from it by something: " + plain(t.Kind)
	}
	by := ""
	if t.By != "" {
		by = ", as " + t.By + " wrote down"
	}
	kind := ""
	switch {
	case t.Says != "" && what == "keeps":
		kind = " (" + lower(t.Says) + "; a lack of " + plain(t.Kind) + ")"
	case t.Says != "":
		kind = " (" + lower(t.Says) + "; " + plain(t.Kind) + ")"
	case t.Kind != "" && what == "keeps":
		kind = " (a lack of " + plain(t.Kind) + ")"
	case t.Kind != "":
		kind = " (" + plain(t.Kind) + ")"
	}
	lead := map[string]string{
		program.BarrierFact: "of what keeps them from it", program.SupportFact: "of the support they have", "goal": "of their goal",
		"reason": "of their reason", program.MotivationFact: "of what moves them",
	}[t.Fact]
	return fmt.Sprintf(" said on %s%s, %s: “%s”%s", day(t.At), by, lead, t.Text, kind)
}

// counts is what the parts of an effect that begin with one of two names come to; nothing where there are none.
func (o *Option) counts(name, other string) string {
	sum, any := 0.0, false
	for _, p := range o.Parts {
		if strings.HasPrefix(p.Feature, name) || strings.HasPrefix(p.Feature, other) {
			sum, any = sum+p.Effect, true
		}
	}
	if !any {
		return ""
	}
	sign := "+"
	if sum < 0 {
		sign = "−"
	}
	return fmt.Sprintf(", which counts %s%s", sign, points(max(sum, -sum)))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func lower(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
