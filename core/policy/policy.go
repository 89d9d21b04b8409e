// Package policy decides whether a touch may happen at an instant: contact hours on the person's own
// clock, and caps over what was really handed over. The reasons for every refusal have their names
// here.
//
// The same functions answer when a touch is decided and when it is about to be handed over; they
// never look at the clock. Start at [Policy], [Caps.Full] and [Hours.NextOpen].
package policy

import (
	"slices"
	"strconv"

	"attune/core/approval"
	"attune/core/channel"
	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
)

// Policy is what one program lets happen to a person.
type Policy struct {
	Hours Hours
	// ChannelHours are narrower hours of single channels.
	ChannelHours []ChannelHours
	// Zone is the organisation's own clock, for people whose zone is unknown.
	Zone string
	Caps Caps
	// Spacing is the time that lies between two touches at least.
	Spacing instant.Duration
	// Purposes tell what kind of purpose each is.
	Purposes []Purpose
	Consent  consent.Defaults
	// Actor is the name by which people's words on consent may name the team.
	Actor string
	// Ceilings bound how much a text on a channel may tell about a person.
	Ceilings []Ceiling
	// Order is which channel is tried first, for people who prefer none.
	Order []string
	// Follows tell which channel comes only after another was tried.
	Follows []Follow
	// Bundles are the channels over which what is due at once becomes one message.
	Bundles []Bundle
	// Capacity bounds what people carry.
	Capacity []Capacity
	// Digest is when what may wait for it goes out; nil where there is none.
	Digest *Digest
	// Minors bounds from which age people are written to themselves.
	Minors Minors
	// Holds are what people are left alone for.
	Holds []Hold
	// Sender is the name that signs messages.
	Sender string
	// Approvals are what texts need before they may be sent.
	Approvals approval.Rules
	// OneChannelADay keeps two channels from saying different things to a person on one day.
	OneChannelADay bool
	// Learning is how the program finds out what is best to say; nil where it does not.
	Learning *Learning
}

// ChannelHours are the contact hours of one channel.
type ChannelHours struct {
	Channel string
	Hours   Hours
}

// Purpose is a name for what a contact is for, and what kind of purpose the law takes it for.
type Purpose struct {
	ID   string
	Kind consent.Kind
}

// Ceiling is the most that a text on a channel may tell.
type Ceiling struct {
	Channel string
	Most    event.Sensitivity
}

// Follow says that a channel is used for an engagement only when another was used for it, at least
// Wait before, and nothing came of it.
type Follow struct {
	Channel, After string
	Wait           instant.Duration
}

// Bundle says how texts over a channel become one message: in the frame of that template's name, Most of
// them at the most.
type Bundle struct {
	Pos            source.Pos
	Channel, Frame string
	Most           int
}

// Digest is a time of day, on the person's own clock, on some weekdays (0 is Sunday) or, with none, on
// every day.
type Digest struct {
	At   instant.Duration
	Days []int
}

// Minors is from which age people are written to themselves; the zero value is any. Unknown tells that
// people of unknown age are, too.
type Minors struct {
	Under   int
	Unknown bool
}

// Hold is something that people are left alone for, by all programs: from when it happens, for a while
// or until somebody says that it is over.
type Hold struct {
	ID, Says string
	Pos      source.Pos
	When     expr.Trigger
	// For is how long it holds; zero until it is lifted.
	For instant.Duration
	// But are the classes that go on nevertheless.
	But []channel.Class
}

// Kind returns what kind of purpose a name is for. A kind's own name is of that kind; a name of which
// nothing is said is of none.
func (p *Policy) Kind(purpose string) (consent.Kind, bool) {
	for _, q := range p.Purposes {
		if q.ID == purpose {
			return q.Kind, true
		}
	}
	k := consent.Kind(purpose)
	return k, slices.Contains(consent.Kinds(), k)
}

// Class ranks contacts for a purpose; of unknown kind, they are a service.
func (p *Policy) Class(purpose string) channel.Class {
	k, _ := p.Kind(purpose)
	return k.Class()
}

// HoursOf returns the contact hours of a channel.
func (p *Policy) HoursOf(name string) Hours {
	for _, c := range p.ChannelHours {
		if c.Channel == name {
			return c.Hours
		}
	}
	return p.Hours
}

// Ceiling returns how much a text on the channel may tell: what the policy says, or else nothing
// clinical where others may read it over a shoulder or on the way.
func (p *Policy) Ceiling(name string) event.Sensitivity {
	for _, c := range p.Ceilings {
		if c.Channel == name {
			return c.Most
		}
	}
	if channel.Open(name) {
		return event.Personal
	}
	return event.Clinical
}

// Secret tells whether what tells so much may only go where nobody but the person reads it.
func Secret(s event.Sensitivity) bool { return s >= event.Clinical }

// Bundle returns how texts over a channel are bundled.
func (p *Policy) Bundle(name string) (Bundle, bool) {
	i := slices.IndexFunc(p.Bundles, func(b Bundle) bool { return b.Channel == name })
	if i < 0 {
		return Bundle{}, false
	}
	return p.Bundles[i], true
}

// Follow returns which channel has to have been tried before this one.
func (p *Policy) Follow(name string) (Follow, bool) {
	i := slices.IndexFunc(p.Follows, func(f Follow) bool { return f.Channel == name })
	if i < 0 {
		return Follow{}, false
	}
	return p.Follows[i], true
}

// Reason names why a touch was refused or ended. Reasons are shown to people and counted.
type Reason string

// The reasons; docs/adr/0007 argues the order in which the gate asks for them.
const (
	Deceased     Reason = "deceased"
	NotEnrolled  Reason = "not_enrolled"
	WrongKind    Reason = "wrong_kind"
	ConsentNo    Reason = "consent_denied"
	ConsentNone  Reason = "no_consent"
	NoAddress    Reason = "no_address"
	NoContent    Reason = "no_content"
	NotApproved  Reason = "not_approved"
	AgainTooSoon Reason = "again_too_soon"
	OftenEnough  Reason = "often_enough"
	CapReached   Reason = "cap"
	Minor        Reason = "minor"
	Held         Reason = "held"
	Suppressed   Reason = "suppressed"
	TooTelling   Reason = "too_telling"
	OutOfTurn    Reason = "out_of_turn"
	Spaced       Reason = "spacing"
	Digested     Reason = "digest"
	QuietHours   Reason = "quiet_hours"
	Expired      Reason = "expired"
	Undelivered  Reason = "undeliverable"
	Refused      Reason = "carrier_refused"
	NeverTaken   Reason = "never_taken"
	Unconfirmed  Reason = "unconfirmed"
	NotChosen    Reason = "not_chosen"
	NotNeeded    Reason = "not_needed"
	NotTaken     Reason = "not_taken"
	Retracted    Reason = "retracted"
	Merged       Reason = "merged"
	NotShared    Reason = "not_shared"
	PassedOn     Reason = "passed_on"
	Recalled     Reason = "recalled"
	TooFar       Reason = "too_far"
	HeldOut      Reason = "held_out"
	NothingNow   Reason = "nothing_now"
	OpenQuestion Reason = "open_question"
	SameWords    Reason = "same_words"
	OneChannel   Reason = "one_channel"
	Moved        Reason = "moved"
	Restricted   Reason = "restricted"
	Objected     Reason = "objected"
)

// Hours is when people may be contacted, on their own wall clock: from From up to, not including, To.
// The zero value is all day.
type Hours struct{ From, To instant.Duration }

// margin is how long before the window's end the gate closes, so that a carrier's slow answer does
// not reach into the quiet hours.
const margin = 30 * instant.Second

// Open tells whether t lies inside the window, and the margin after it too.
func (h Hours) Open(z *instant.Zone, t instant.Time) bool {
	return h == (Hours{}) || h.inside(z, t) && h.inside(z, t.Add(margin))
}

func (h Hours) inside(z *instant.Zone, t instant.Time) bool {
	ofDay, _, _ := z.Local(t)
	return ofDay >= h.From && ofDay < h.To
}

// NextOpen returns t if the window is open, else the next instant at which it opens. It walks the
// zone's segments of constant offset instead of building wall-clock times, so that hours skipped or
// repeated when clocks change need no rule of their own. What it returns is open, or Never.
func (h Hours) NextOpen(z *instant.Zone, t instant.Time) instant.Time {
	// Two days and a change of clocks are always enough, since a window opens every day; a window
	// lost in a skipped hour costs one day more.
	for range 8 {
		if h.Open(z, t) {
			return t
		}
		ofDay, _, change := z.Local(t)
		wait := h.From - ofDay
		if ofDay >= h.From {
			wait += instant.Day
		}
		t = min(t.Add(wait), change)
	}
	return t
}

// OpenIn tells whether the window is open in every one of several zones, for who may be in any of them.
func (h Hours) OpenIn(zones []*instant.Zone, t instant.Time) bool {
	for _, z := range zones {
		if !h.Open(z, t) {
			return false
		}
	}
	return true
}

// NextOpenIn returns t if the window is open in every one of the zones, else the next instant at which it is; Never
// where there is none within some days, since the zones lie too far from each other.
func (h Hours) NextOpenIn(zones []*instant.Zone, t instant.Time) instant.Time {
	for limit := t.Add(8 * instant.Day); t < limit; {
		before := t
		for _, z := range zones {
			t = h.NextOpen(z, t)
		}
		if t == before {
			return t
		}
	}
	return instant.Never
}

// Cap bounds how many touches may be handed over within any window of that length: of all touches, or
// of those on a channel, for a purpose or on a theme only.
type Cap struct {
	Count                   int
	Within                  instant.Duration
	Channel, Purpose, Theme string
	// Each makes it a cap for every channel, purpose or theme by itself.
	Each Each
}

// Each is what a cap holds for one by one.
type Each uint8

// The zero value is none: all touches are counted together.
const (
	Together Each = iota
	EachChannel
	EachPurpose
	EachTheme
)

// String names it as policies do.
func (e Each) String() string {
	switch e {
	case Together:
		return ""
	case EachChannel:
		return "channel"
	case EachPurpose:
		return "purpose"
	case EachTheme:
		return "theme"
	}
	return "unknown"
}

// String says the cap in words: "3 within 7d by sms".
func (c Cap) String() string {
	s := strconv.Itoa(c.Count) + " within " + c.Within.String()
	if c.Channel != "" {
		s += " by " + c.Channel
	}
	if c.Purpose != "" {
		s += " for " + c.Purpose
	}
	if c.Theme != "" {
		s += " on " + c.Theme
	}
	if c.Each != Together {
		s += " for each " + c.Each.String()
	}
	return s
}

// Sort is what caps tell touches apart by.
type Sort struct{ Channel, Purpose, Theme string }

// bounds tells whether the cap is about touches of the sort.
func (c *Cap) bounds(s Sort) bool {
	return (c.Channel == "" || c.Channel == s.Channel) && (c.Purpose == "" || c.Purpose == s.Purpose) && (c.Theme == "" || c.Theme == s.Theme) &&
		(c.Each != EachTheme || s.Theme != "")
}

// counts tells whether a touch of one sort is counted where another of the sort s is asked about.
func (c *Cap) counts(n, s Sort) bool {
	switch c.Each {
	case Together:
		return c.bounds(n)
	case EachChannel:
		return n.Channel == s.Channel && c.bounds(n)
	case EachPurpose:
		return n.Purpose == s.Purpose && c.bounds(n)
	case EachTheme:
		return n.Theme == s.Theme && c.bounds(n)
	}
	return true
}

// tells whether the cap is about what is said, not how much is sent.
func (c *Cap) tells() bool {
	return c.Purpose != "" || c.Theme != "" || c.Each == EachPurpose || c.Each == EachTheme
}

// Caps are bounds that all hold at once.
type Caps []Cap

// Count is one touch as caps see it.
type Count struct {
	Sort
	// Stamp is when it was handed over. Live tells that it is in flight or uncertain, which counts as
	// now until it is settled; Reserved that it is pending, which counts only when deciding.
	Stamp    instant.Time
	Live     bool
	Reserved bool
	// Rides tells that it was one of several in one message, and not the first: caps count the message
	// once, and only those of a purpose or theme count it for itself.
	Rides bool
}

// Full tells whether one more touch of the sort at instant at would exceed a cap, and which. Pass
// deciding to count what is pending too; the gate does not, since those ask at the gate themselves.
func (c Caps) Full(counts []Count, of Sort, at instant.Time, deciding bool) (Cap, bool) {
	for i := range c {
		limit := &c[i]
		if !limit.bounds(of) {
			continue
		}
		used := 0
		for k := range counts {
			n := &counts[k]
			switch {
			case !limit.counts(n.Sort, of), n.Rides && !limit.tells():
			case n.Live, n.Reserved && deciding:
				used++
			case n.Reserved:
			case n.Stamp > at.Add(-limit.Within):
				used++
			}
		}
		if used >= limit.Count {
			return *limit, true
		}
	}
	return Cap{}, false
}

// Longest is the longest window of all caps: how long a settled touch must be remembered.
func (c Caps) Longest() instant.Duration {
	var d instant.Duration
	for _, limit := range c {
		d = max(d, limit.Within)
	}
	return d
}
