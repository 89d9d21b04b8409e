package engine

import (
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
)

// Standing tells how things stand with a contact that people were given to make.
type Standing struct {
	// Reason and Detail are what stands in the way; empty where nothing does.
	Reason policy.Reason
	Detail string
	// Until is until when it waits; zero where it is not to be made any more, Never where somebody has to
	// say that what it waits for is over.
	Until instant.Time
	// To is where the person is reached now.
	To string
}

// Still tells whether a contact that was handed over to people may be made at an instant: hours may pass
// until they come to it. What is asked is what can have changed about the person. How often they are
// contacted was settled when it was handed over, and counts it already. The person has to be of the
// release. The touch tells whom it is about, where that is somebody else, who may share it no longer.
func Still(rel *release.Release, was person.Person, seed id.Seed, at instant.Time, pr *program.Program, en *program.Engagement, name string, touch id.Key) Standing {
	s := step{rel: rel, p: was, seed: seed}
	if was.Release == 0 {
		s.begin(at)
	}
	s.setClock()
	s.relive(at)
	c := contact{pr: pr, en: en, channel: name, at: max(at, s.p.Now)}
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.ID == touch {
			c.self, c.about, c.proposed = t.ID, t.About, t.Cause.At
		}
	}
	out := Standing{To: s.address(name)}
	for _, asks := range []func(*step, *contact) (policy.Reason, string){
		(*step).stillNeeded, (*step).alive, (*step).isEnrolled, (*step).stillShared, (*step).consentCovers, (*step).hasAddress, (*step).mayUseAddress, (*step).leftAlone,
	} {
		if out.Reason, out.Detail = asks(&s, &c); out.Reason != "" {
			break
		}
	}
	switch {
	case out.Reason == policy.Held:
		out.Until = s.heldUntil(s.classOf(pr, en), c.at)
	case out.Reason == "":
		hours, some := s.hours(pr, name)
		zones, _ := s.zones(pr)
		if !some {
			out.Reason, out.Until = policy.QuietHours, instant.Never
		} else if opens := hours.NextOpenIn(zones, c.at); opens > c.at {
			out.Reason, out.Until = policy.QuietHours, opens
		}
	}
	return out
}
