// Package policy decides whether a touch may happen at an instant: contact hours on the person's own
// clock, and caps over what was really handed over. The reasons for every refusal have their names
// here.
//
// The same functions answer when a touch is decided and when it is about to be handed over; they
// never look at the clock. Start at [Caps.Full] and [Hours.NextOpen].
package policy

import (
	"strconv"

	"attune/core/approval"
	"attune/core/consent"
	"attune/core/instant"
)

// Policy is what one program lets happen to a person.
type Policy struct {
	Hours Hours
	// Zone is the organisation's own clock, for people whose zone is unknown.
	Zone    string
	Caps    Caps
	Consent consent.Defaults
	// Sender is the name that signs messages.
	Sender string
	// Approvals are what texts need before they may be sent.
	Approvals approval.Rules
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
	QuietHours   Reason = "quiet_hours"
	Expired      Reason = "expired"
	Undelivered  Reason = "undeliverable"
	Refused      Reason = "carrier_refused"
	NeverTaken   Reason = "never_taken"
	Unconfirmed  Reason = "unconfirmed"
	NotChosen    Reason = "not_chosen"
	NotNeeded    Reason = "not_needed"
	Retracted    Reason = "retracted"
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

// Cap bounds how many touches may be handed over within any window of that length.
type Cap struct {
	Count  int
	Within instant.Duration
}

// String says the cap in words: "3 within 7d".
func (c Cap) String() string { return strconv.Itoa(c.Count) + " within " + c.Within.String() }

// Caps are bounds that all hold at once.
type Caps []Cap

// Count is one touch as caps see it.
type Count struct {
	// Stamp is when it was handed over. Live tells that it is in flight or uncertain, which counts as
	// now until it is settled; Reserved that it is pending, which counts only when deciding.
	Stamp    instant.Time
	Live     bool
	Reserved bool
}

// Full tells whether one more touch at instant at would exceed a cap, and which. Pass deciding to
// count what is pending too; the gate does not, since those ask at the gate themselves.
func (c Caps) Full(counts []Count, at instant.Time, deciding bool) (Cap, bool) {
	for _, limit := range c {
		used := 0
		for _, n := range counts {
			switch {
			case n.Live, n.Reserved && deciding:
				used++
			case n.Reserved:
			case n.Stamp > at.Add(-limit.Within):
				used++
			}
		}
		if used >= limit.Count {
			return limit, true
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
