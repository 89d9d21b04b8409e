package insight

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// Pseudonym stands for a person in facts. It derives from a key of the installation that is in no export, so that two exports of one
// installation fit together and nobody outside can tell whom one means.
type Pseudonym [16]byte

func (p Pseudonym) String() string { return hex.EncodeToString(p[:]) }

// PseudonymOf derives a person's pseudonym.
func PseudonymOf(secret []byte, who id.Person) Pseudonym { return pseudonyms(secret)(who) }

// pseudonyms derives those of many, one after the other.
func pseudonyms(secret []byte) func(id.Person) Pseudonym {
	h := hmac.New(sha256.New, secret)
	sum := make([]byte, 0, sha256.Size)
	return func(who id.Person) Pseudonym {
		h.Reset()
		h.Write(who[:])
		return Pseudonym(h.Sum(sum)[:len(Pseudonym{})])
	}
}

// Fact is one thing that is known to have happened to somebody.
type Fact struct {
	Who Pseudonym
	// At is when it happened, Known when it was taken in.
	At, Known instant.Time
	Program   string
	Kind      Kind
	// Name is the phase, exit, moment, outcome, measure, attribute, behavior, engagement, layer, limit or journey.
	Name string
	// Level is an attribute's level, the moment of a measure, a stage, a touch's channel, an arm, a journey's step.
	Level string
	// Code is what a measure was about in one of few words, a touch's variant, why something ended, what a passage did.
	Code  string
	Value float64
	// Touch tells touches apart, and passages, and says which one an answer is to; zero for what is about none.
	Touch uint64
	// Frame is the commit, and N the place within it.
	Frame int64
	N     int32
}

// Kind is what a fact is of.
type Kind uint8

// The kinds. Numbers are never reused: they are kept in files. Those up to Seen are derived: they are told anew where what is derived is.
const (
	Enrolled Kind = iota + 1
	Quit
	Entered
	Ended
	Exited
	Reached
	Measured
	Is
	Seen
	Stage     // a stage of a behavior is believed in
	Tried     // a touch was handed to its carrier
	Sent      // and taken
	Failed    // or not
	Withheld  // a touch will not happen
	Delivered // what became of a touch
	Opened
	Clicked
	Replied
	Complained
	Arm   // the part of a trial was drawn
	Limit // what a right keeps from being done: Value 1 while it holds
	Asked // something was asked for: a questionnaire, a task, a referral, a call
	Answered
	Walked // a passage through a journey came to a step, or ended at one
)

// Kinds are all kinds of facts, by their numbers from 1.
func Kinds() []string {
	return []string{
		"enrolled", "quit", "entered", "ended", "exited", "reached", "measured", "is", "seen", "stage", "tried", "sent", "failed", "withheld",
		"delivered", "opened", "clicked", "replied", "complained", "arm", "limit", "asked", "answered", "walked",
	}
}

func (k Kind) String() string {
	if all := Kinds(); k > 0 && int(k) <= len(all) {
		return all[k-1]
	}
	return ""
}

// Derived tells a kind that is told anew where what is derived of a person is made anew.
func (k Kind) Derived() bool { return k <= Seen }

// Part is what one commit says of one person: Fresh tells that derived facts from before are void.
type Part struct {
	Who   Pseudonym
	Frame int64
	Fresh bool
	Facts []Fact
}

// Of reads the facts off what a step was given and what it brought about. Facts come in the order in which they came about.
func Of(who Pseudonym, frame int64, at instant.Time, heard []*event.Event, effects []effect.Effect) Part {
	p := Part{Who: who, Frame: frame}
	add := func(f Fact) {
		f.Who, f.Frame, f.N = who, frame, int32(len(p.Facts))
		p.Facts = append(p.Facts, f)
	}
	for _, e := range heard {
		if f, is := ofEvent(e, at); is {
			add(f)
		}
	}
	for _, e := range effects {
		if anew, is := e.(effect.Anew); is {
			p.Fresh = true
			p.Facts = keep(p.Facts, func(f *Fact) bool { return !f.Kind.Derived() })
			for _, of := range anew.Of {
				if f, is := ofEffect(of); is {
					f.Known = anew.At
					add(f)
				}
			}
			continue
		}
		if f, is := ofEffect(e); is {
			add(f)
		}
	}
	for i := range p.Facts {
		p.Facts[i].N = int32(i)
	}
	return p
}

func keep(all []Fact, which func(*Fact) bool) []Fact {
	out := all[:0]
	for i := range all {
		if which(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// ofEvent reads what an event says by itself: answers to touches, and limits.
func ofEvent(e *event.Event, at instant.Time) (Fact, bool) {
	f := Fact{At: e.OccurredAt, Known: at}
	switch e.Name {
	case "message.delivered":
		f.Kind = Delivered
	case "message.opened":
		if e.Field("machine").Num != 0 {
			return f, false // what reads mail ahead of people is nobody
		}
		f.Kind = Opened
	case "message.clicked":
		f.Kind = Clicked
	case "message.replied":
		f.Kind = Replied
	case "message.complained":
		f.Kind = Complained
	case "processing.restricted", "processing.resumed":
		if e.Name == "processing.resumed" && (e.Source != event.Own || e.Field("told").Num == 0) {
			return f, false
		}
		f.Kind, f.Name = Limit, person.Processing
	case "profiling.objected", "profiling.allowed":
		f.Kind, f.Name = Limit, person.Profiling
	default:
		return f, false
	}
	if e.Name == "processing.restricted" || e.Name == "profiling.objected" {
		f.Value = 1
	}
	if t := e.Field("touch").Text; t != "" {
		if key, err := id.ParseKey(t); err == nil {
			f.Touch = touchOf(key)
		}
		f.Level = e.Field("channel").Text
	}
	return f, true
}

func touchOf(k id.Key) uint64 { return binary.BigEndian.Uint64(k[:]) }

func ofEffect(e effect.Effect) (Fact, bool) {
	switch x := e.(type) { //nolint:gochecksumtype // all others say nothing that is counted
	case effect.Mark:
		if x.Kind == 0 || x.Kind > effect.Is {
			return Fact{}, false
		}
		// The first kinds of facts are those of marks, under the same numbers.
		return Fact{At: x.Since, Known: x.At, Program: x.Program, Kind: Kind(x.Kind), Name: x.Name, Level: x.Level, Code: x.Code, Value: x.Value}, true
	case effect.See:
		return Fact{At: x.Since, Known: x.At, Program: x.Program, Kind: Seen, Name: x.Moment, Touch: x.Of}, true
	case effect.Change:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Stage, Name: x.Behavior, Level: x.To, Code: x.From}, true
	case effect.Send:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Tried, Name: x.Engagement, Level: x.Channel, Code: x.Variant, Touch: touchOf(x.Touch)}, true
	case effect.Settle:
		f := Fact{At: x.At, Known: x.At, Kind: Sent, Level: x.Channel, Code: string(x.Why), Touch: touchOf(x.Touch)}
		switch x.State {
		case person.HandedOver:
		case person.Ended:
			f.Kind = Failed
		case person.Pending, person.InFlight, person.Uncertain:
			return f, false
		}
		return f, true
	case effect.End:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Withheld, Name: x.Engagement, Level: x.Channel, Code: string(x.Reason), Touch: touchOf(x.Touch)}, true
	case effect.Trial:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Arm, Name: x.Layer, Level: x.Arm}, true
	case effect.Walk:
		f := Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Walked, Name: x.Journey, Level: x.Step, Code: x.What, Touch: touchOf(x.Enrollment)}
		switch x.What {
		case stepEntered, stepReached, stepFailed, stepResumed:
		case stepLeft:
			if x.Why == wayEnded {
				f.Code = stepDone
			}
		default:
			return f, false
		}
		return f, true
	case effect.Request:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Asked, Name: string(x.Kind), Level: x.For, Touch: touchOf(x.ID)}, true
	case effect.Close:
		return Fact{At: x.At, Known: x.At, Program: x.Program, Kind: Answered, Code: x.Why, Level: x.Outcome, Touch: touchOf(x.Request)}, true
	}
	return Fact{}, false
}
