package decision

import "strings"

// Feature names one thing that an effect may depend on, such as "stage=action|process=reinforcement": it is
// the hash of that name in 32 bits, so that records stay small. Among the at most a few hundred features of
// an organisation two meet once in a hundred thousand; a [Space] refuses that.
type Feature uint32

// FeatureOf hashes a name (FNV-1a).
func FeatureOf(name string) Feature {
	h := uint32(2166136261)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return Feature(h)
}

// Name writes a feature's name: pairs of a factor and its level, joined.
func Name(pairs ...string) string {
	var b strings.Builder
	for i, p := range pairs {
		switch {
		case i == 0:
		case i%2 == 1:
			b.WriteByte('=')
		default:
			b.WriteByte('|')
		}
		b.WriteString(p)
	}
	return b.String()
}

// Term is a feature and how much of it there is: 1 for a level that holds.
type Term struct {
	Feature Feature
	Value   float32
}

// Group tells of what kind a feature is: features of a group share how much is expected of them before
// anything was learned.
type Group uint8

// The groups. Baseline features say what happens without any message; all others say what a message adds.
const (
	Baseline     Group = iota
	Whether            // engaging at all
	Stage              // engaging in a stage of change
	Match              // a process of change in a stage: the matrix of stages and processes
	Process            // a process of change
	Intervention       // an engagement, or a kind of intervention
	Channel            // a channel
	Reach              // a channel for those who answer on it
	Strategy           // a motivational strategy, a frame, a call to action
	Barrier            // a strategy for those with a barrier or motive
	Variant            // one wording
	Timing             // a part of the day, and the person's rhythm
	Dose               // how much was said lately
)

// groups is how many there are.
const groups = int(Dose) + 1

// String names the group for people.
func (g Group) String() string {
	names := [...]string{
		"baseline", "whether", "stage", "match", "process", "intervention", "channel", "reach", "strategy", "barrier", "variant",
		"timing", "dose",
	}
	if int(g) < len(names) {
		return names[g]
	}
	return "unknown"
}

// Groups are all groups.
func Groups() []Group {
	out := make([]Group, groups)
	for i := range out {
		out[i] = Group(i)
	}
	return out
}
