package runner

import (
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/person"
	"attune/internal/seal"
)

// count keeps the live counters of a commit. Their keys:
//
//	people                                everybody with a state
//	events/SOURCE/NAME                    events taken, undeclared names hidden; ignored/WHY those that changed nothing
//	members/PROGRAM                       people in a program
//	phase/PROGRAM/PHASE                   of those, the ones in a phase; phase/PROGRAM/ before the first
//	exit/PROGRAM/EXIT                     people who left the map while in the program
//	journey/PROGRAM/JOURNEY/WHAT          passages entered, left, failed
//	decided/PROGRAM/ENGAGEMENT            proposals that became touches
//	refused/PROGRAM/ENGAGEMENT/REASON     proposals refused when they were decided
//	ended/PROGRAM/ENGAGEMENT/REASON       touches ended before hand-over
//	touch/CHANNEL/STATE                   what became of attempts
//	arrival/…                             what undeclared events look like; see arrivals
func (b *batch) count(in *input) {
	ignored := false
	for _, e := range in.effects {
		switch x := e.(type) {
		case effect.Decide:
			for _, c := range x.Candidates {
				if c.Reason == "" {
					b.tally("decided/"+c.Program+"/"+c.Engagement, 1)
				} else {
					b.tally("refused/"+c.Program+"/"+c.Engagement+"/"+string(c.Reason), 1)
				}
			}
		case effect.End:
			b.tally("ended/"+x.Program+"/"+x.Engagement+"/"+string(x.Reason), 1)
		case effect.Send:
			b.tally("touch/"+x.Channel+"/attempts", 1)
		case effect.Settle:
			b.tally("touch/"+x.Channel+"/"+outcome(x.State), 1)
		case effect.Move:
			if x.CountedBefore {
				b.tally("phase/"+x.Program+"/"+x.From, -1)
			}
			if x.CountedAfter {
				b.tally("phase/"+x.Program+"/"+x.To, 1)
			}
			switch {
			case x.CountedBefore && !x.CountedAfter:
				b.tally("members/"+x.Program, -1)
				b.tally("exit/"+x.Program+"/"+x.Exit, 1)
			case !x.CountedBefore && x.CountedAfter:
				b.tally("members/"+x.Program, 1)
			}
		case effect.Join:
			n := int64(-1)
			if x.In {
				n = 1
			}
			b.tally("members/"+x.Program, n)
			b.tally("phase/"+x.Program+"/"+x.Phase, n)
		case effect.Walk:
			if x.What != "reached" {
				b.tally("journey/"+x.Program+"/"+x.Journey+"/"+x.What, 1)
			}
		case effect.Ignore:
			b.tally("ignored/"+x.Why, 1)
			ignored = true
		case effect.Schedule, effect.Sense, effect.Again:
		}
	}
	if heard, ok := in.what.(engine.Heard); ok && !ignored {
		name := heard.Event.Name
		// A name that is not the catalogue's was chosen by a client, and may say something about somebody.
		if _, declared := b.rel.Catalogue.Find(name); !declared {
			name = b.arrive(&heard.Event, in.at)
		}
		b.tally("events/"+heard.Event.Source+"/"+name, 1)
	}
}

// Words hides and reveals the names of undeclared events and their properties in the counters' keys.
func Words(projectKey []byte) *seal.Words { return seal.NewWords(projectKey) }

func outcome(s person.TouchState) string {
	switch s {
	case person.HandedOver:
		return "handed_over"
	case person.Ended:
		return "ended"
	case person.Uncertain:
		return "uncertain"
	case person.Pending:
		return "postponed"
	case person.InFlight:
		return "in_flight"
	}
	return "unknown"
}
