package runner

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/person"
	"attune/internal/seal"
	"attune/internal/store"
)

// count keeps the live counters of a commit. Their keys:
//
//	people                                everybody with a state
//	release/SHORT                         people who live under a publication of a release
//	events/SOURCE/NAME                    events taken, undeclared names hidden; ignored/WHY those that changed nothing
//	members/PROGRAM                       people in a program
//	phase/PROGRAM/PHASE                   of those, the ones in a phase; phase/PROGRAM/ before the first
//	exit/PROGRAM/EXIT                     people who left the map while in the program
//	journey/PROGRAM/JOURNEY/WHAT          passages entered, left, failed, resumed, interrupted
//	step/PROGRAM/JOURNEY/STEP/WHAT        steps reached; arms drawn and goals, by name
//	request/PROGRAM/KIND/asked            what journeys asked for; closed/PROGRAM/WHY how that ended
//	moment/PROGRAM/MOMENT                 moments of the map seen
//	promise/PROGRAM/MOMENT/STATE          promises made, kept, late, kept late; late phases by their name
//	audience/PROGRAM/AUDIENCE             people in an audience
//	stage/PROGRAM/BEHAVIOR/STAGE          people believed to be in a stage
//	success/PROGRAM/OUTCOME               outcomes reached
//	decided/PROGRAM/ENGAGEMENT            proposals that became touches
//	refused/PROGRAM/ENGAGEMENT/REASON     proposals refused when they were decided
//	proposed/PROGRAM/ENGAGEMENT           proposals passed on to others; recalled those and others taken back
//	ended/PROGRAM/ENGAGEMENT/REASON       touches ended before hand-over
//	trial/PROGRAM/LAYER/ARM               people drawn into the parts of trials
//	touch/CHANNEL/STATE                   what became of attempts
//	merged                                records that are part of another person's
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
		case effect.Trial:
			b.tally("trial/"+x.Program+"/"+x.Layer+"/"+x.Arm, 1)
		case effect.End:
			b.tally("ended/"+x.Program+"/"+x.Engagement+"/"+string(x.Reason), 1)
		case effect.Send:
			b.tally("touch/"+x.Channel+"/attempts", 1)
		case effect.Settle:
			if !x.Lead.IsZero() { // the message is counted with the touch that leads
				b.tally("touch/"+x.Channel+"/riding/"+outcome(x.State), 1)
				continue
			}
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
			switch x.What {
			case "reached", "drew", "goal":
				b.tally("step/"+x.Program+"/"+x.Journey+"/"+x.Step+"/"+walked(&x), 1)
			default:
				b.tally("journey/"+x.Program+"/"+x.Journey+"/"+x.What, 1)
			}
		case effect.Request:
			b.tally("request/"+x.Program+"/"+string(x.Kind)+"/asked", 1)
		case effect.Close:
			b.tally("closed/"+x.Program+"/"+closed(x.Why), 1)
		case effect.See:
			b.tally("moment/"+x.Program+"/"+x.Moment, 1)
		case effect.Promise:
			b.tally("promise/"+x.Program+"/"+x.Moment+x.Phase+"/"+string(x.State), 1)
		case effect.Group:
			n := int64(-1)
			if x.In {
				n = 1
			}
			b.tally("audience/"+x.Program+"/"+x.Audience, n)
		case effect.Change:
			if x.From != "" {
				b.tally("stage/"+x.Program+"/"+x.Behavior+"/"+x.From, -1)
			}
			if x.To != "" {
				b.tally("stage/"+x.Program+"/"+x.Behavior+"/"+x.To, 1)
			}
		case effect.Succeed:
			b.tally("success/"+x.Program+"/"+x.Outcome, 1)
		case effect.Merge:
			switch x.What {
			case effect.BecamePart:
				b.tally(MergedKey, 1)
			case effect.OnItsOwn:
				b.tally(MergedKey, -1)
			case effect.TookIn, effect.GaveBack:
			}
		case effect.Retract:
			b.tally("retracted", 1)
		case effect.Ignore:
			b.tally("ignored/"+x.Why, 1)
			ignored = true
		case effect.Hold:
			n := int64(-1)
			if x.On {
				n = 1
			}
			b.tally("hold/"+x.Hold, n)
		case effect.Propose:
			b.tally("proposed/"+x.Program+"/"+x.Engagement, 1)
		case effect.Recall:
			b.tally("recalled", 1)
		case effect.Effective, effect.Recalled, effect.Schedule, effect.Sense, effect.Again, effect.Note, effect.Switch, effect.NeedHistory, effect.Same, effect.Mark, effect.Anew:
		}
	}
	if heard, ok := in.what.(engine.Heard); ok && !ignored {
		name := heard.Event.Name
		// A name that is not the catalogue's was chosen by a client, and may say something about somebody.
		if _, declared := in.rel.Catalogue.Find(name); !declared {
			name = b.arrive(&heard.Event, in.at)
		}
		b.tally("events/"+heard.Event.Source+"/"+name, 1)
	}
}

const releasePrefix = "release/"

func releaseKey(short uint64) string { return fmt.Sprintf("%s%016x", releasePrefix, short) }

// Standing counts the people under each publication, by short id, and everybody.
func Standing(ctx context.Context, people store.People) (under map[uint64]int64, all int64, err error) {
	tallies, err := people.Tallies(ctx, releasePrefix)
	if err != nil {
		return nil, 0, fmt.Errorf("count people under releases: %w", err)
	}
	under = map[uint64]int64{}
	for _, t := range tallies {
		short, err := strconv.ParseUint(strings.TrimPrefix(t.Key, releasePrefix), 16, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("count people under releases: %q: %w", t.Key, err)
		}
		under[short] = t.Add
	}
	everybody, err := people.Tallies(ctx, "people")
	if err != nil {
		return nil, 0, fmt.Errorf("count people: %w", err)
	}
	for _, t := range everybody {
		if t.Key == "people" {
			all = t.Add
		}
	}
	return under, all, nil
}

// behindhand counts those who live under a former release.
func (r *Runner) behindhand(ctx context.Context) (int64, error) {
	under, all, err := Standing(ctx, r.cfg.People)
	return all - under[r.published[len(r.published)-1].Short], err
}

// MergedKey counts the records that became part of another one, which "people" still counts.
const MergedKey = "merged"

func walked(x *effect.Walk) string {
	if x.What == "reached" {
		return x.What
	}
	return x.What + " " + x.Why
}

// closed keeps the reasons for which requests end to a few.
func closed(why string) string {
	if why == "answered" || why == "late" {
		return why
	}
	return "dropped"
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
