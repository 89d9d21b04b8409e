package engine

import (
	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// due is when a touch over a channel may be handed over at the earliest, from at on, and what it waits
// for: contact hours, on the person's own clock, and the time that lies between two touches. It is Never
// where no hour of the day suits both the policy and the person. Asked again at the due, it says the same.
func (s *step) due(pr *program.Program, en *program.Engagement, name string, at instant.Time, self id.Key, deciding bool) (instant.Time, policy.Reason) {
	hours, some := s.hours(pr, name)
	if !some {
		return instant.Never, policy.QuietHours
	}
	z := s.zone(pr)
	zones, _ := s.zones(pr)
	expires := s.expires(en, at, self)
	due, why := at, policy.Reason("")
	if d := pr.Policy.Digest; en.Digest && deciding && d != nil {
		if t := z.NextAt(at, d.At, d.Days); t > at {
			due, why = s.spread(t, hours, zones, expires), policy.Digested
		}
	}
	// Each round moves the due beyond one more touch or night.
	for range 2*len(s.p.Touches) + 8 {
		if opens := hours.NextOpenIn(zones, due); opens > due {
			due, why = opens, policy.QuietHours
			if opens == instant.Never {
				break
			}
			// What people carry is ranked among all that waits for the opening, so it is there at once.
			if en.Coordination != program.MustSend && s.classOf(pr, en) != channel.Safety && !channel.Human(name) {
				due = s.spread(opens, hours, zones, expires)
			}
		}
		if en.Coordination == program.MustSend {
			break
		}
		if free := s.spaced(due, pr, en, name, self, deciding); free != due {
			due, why = free, policy.Spaced
			continue
		}
		free := s.inHarmony(due, z, pr, en, name, self, deciding)
		if free == due {
			break
		}
		due, why = free, policy.OneChannel
	}
	return due, why
}

// mostSpread is how far from a window's opening touches are spread at most.
const mostSpread = 10 * instant.Minute

// spread moves a touch from the opening of a window into its first minutes, so that not all who wait for
// the same hour are due at once. It is drawn for the person and the opening alone: what waits for one
// opening falls due together.
func (s *step) spread(opens instant.Time, h policy.Hours, zones []*instant.Zone, expires instant.Time) instant.Time {
	room := min(mostSpread, (h.To-h.From)/10, expires.Sub(opens))
	if room <= 0 {
		return opens
	}
	seconds := id.Draw(s.seed, "opening", uint64(opens)) * float64(room/instant.Second)
	due := opens.Add(instant.Duration(seconds) * instant.Second)
	if !h.OpenIn(zones, due) { // a change of clocks has shortened the window
		return opens
	}
	return due
}

// expires is when a touch is out of date, or would be if it were decided at an instant.
func (s *step) expires(en *program.Engagement, at instant.Time, self id.Key) instant.Time {
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.ID == self {
			return t.Expires
		}
	}
	return at.Add(en.Expires)
}

// hours are the contact hours of a channel, as far as the person wants to be contacted in them (their
// traits contact_from and contact_to); false where nothing is left.
func (s *step) hours(pr *program.Program, name string) (policy.Hours, bool) {
	h := pr.Policy.HoursOf(name)
	if h == (policy.Hours{}) {
		h.To = instant.Day
	}
	if from, ok := instant.ParseClock(s.p.Trait("contact_from").Text); ok {
		h.From = max(h.From, from)
	}
	if to, ok := instant.ParseClock(s.p.Trait("contact_to").Text); ok {
		h.To = min(h.To, to)
	}
	return h, h.From+10*instant.Minute <= h.To
}

// inHarmony moves an instant to the next day where another channel says something else on the same day, as the
// person's clock has it. What says the same over a further channel may come.
func (s *step) inHarmony(at instant.Time, z *instant.Zone, pr *program.Program, en *program.Engagement, name string, self id.Key, deciding bool) instant.Time {
	if !pr.Policy.OneChannelADay {
		return at
	}
	_, today, _ := z.Local(at)
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		said, spoken := spokenAt(t)
		if !spoken || t.ID == self || t.Channel == name || t.State == person.Pending && !deciding || t.Program == pr.ID && t.Engagement == en.ID {
			continue
		}
		if _, day, _ := z.Local(said); day == today {
			return max(at+1, z.Begins(today+1))
		}
	}
	return at
}

// spaced moves an instant to where it is far enough from every other touch.
func (s *step) spaced(at instant.Time, pr *program.Program, en *program.Engagement, name string, self id.Key, deciding bool) instant.Time {
	spacing := pr.Policy.Spacing
	if spacing == 0 {
		return at
	}
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.ID == self {
			continue
		}
		var stamp instant.Time
		switch t.State {
		case person.Pending:
			if !deciding || t.Due == instant.Never || joins(t, pr, en, name) {
				continue
			}
			stamp = t.Due
		case person.InFlight, person.Uncertain:
			stamp = t.Started.Add(person.HandoverLimit) // the latest at which it can be taken
		case person.HandedOver:
			stamp = t.Settled
		case person.Ended:
			continue
		}
		if at > stamp.Add(-spacing) && at < stamp.Add(spacing) {
			at = stamp.Add(spacing)
		}
	}
	return at
}
