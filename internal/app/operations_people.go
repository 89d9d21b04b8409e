package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/finder"
	"attune/internal/proof"
	"attune/internal/story"
	"attune/internal/why"
)

type onePerson struct {
	Person string `path:"person" whom:"" doc:"A person's id."`
}

type findIn struct {
	Name  string `json:"name" doc:"A name, whole or as it is heard." example:"Meier"`
	Born  string `json:"born" doc:"The birth date, as 1961-04-30."`
	Phone string `json:"phone" doc:"A telephone number, or its last four digits or more."`
	ID    string `json:"id" doc:"An identifier, as SYSTEM:VALUE, such as ehr:p-1042, or a person's id."`
}

func (n *Node) peopleOperations() []api.Operation {
	merge, part := n.merging()
	return []api.Operation{
		explained(opCall(n, "findPeople", "POST /v1/people/search", access.PeopleFind, callFind, "Find people by name, birth date, telephone number or identifier.",
			func(ctx context.Context, in findIn, ask func(context.Context, Wanted) (FoundPeople, error)) (FoundPeople, error) {
				return ask(ctx, Wanted(in))
			}), "All that is given has to fit. The best twenty are shown; say more where there are more. What people are called stands in the body, so that no address and no log has it; everywhere else in an address, people go by the id that this tells."),
		opCall(n, "listDuplicates", "GET /v1/duplicates", access.PeopleFind, callDuplicates, "List records that may be of one person, and why.",
			func(ctx context.Context, in struct {
				State string `query:"state" doc:"open, same or different; open where it does not say."`
			}, ask func(context.Context, DuplicateQuery) (Duplicates, error),
			) (Duplicates, error) {
				state := cmp.Or(in.State, string(finder.Undecided))
				if !slices.Contains([]string{string(finder.Undecided), string(finder.Same), string(finder.Different)}, state) {
					return Duplicates{}, api.Refused("state", fmt.Sprintf("there is no state %q", state), "choose open, same or different")
				}
				return ask(ctx, DuplicateQuery{State: state})
			}),
		opCall(n, "sayDifferent", "POST /v1/duplicates/different", access.PersonMerge, callDifferent, "Say that two records are of different people.",
			func(ctx context.Context, in struct {
				One   string `json:"one" whom:"" required:"" doc:"One of the two."`
				Other string `json:"other" whom:"" required:"" doc:"The other."`
				Note  string `json:"note" doc:"How it is known."`
			}, ask func(context.Context, DifferentWord) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, DifferentWord{One: in.One, Other: in.Other, Note: in.Note, By: by(ctx)})
				return api.Nothing{}, err
			}),
		explained(merge, "What was told of the other record is this person's from then on, and messages to both count together."),
		part,
		created(opCall(n, "openRecord", "POST /v1/people/{person}/openings", access.BreakGlass, callOpen, "Open the record of somebody outside your panel, for an hour, with a reason.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Reason string `json:"reason" required:"" doc:"Why it has to be, in a sentence. Somebody else looks at it within a day." example:"On-call tonight; the ward asks about her insulin."`
			}, ask func(context.Context, openCall) (Opening, error),
			) (Opening, error) {
				return ask(ctx, openCall{in.Person, in.Reason})
			})),
		opCall(n, "listOpenings", "GET /v1/openings", access.ReviewGlass, callOpenings, "List who opened records outside their panel, and why, the newest first.",
			func(ctx context.Context, in struct {
				api.Page
				Unreviewed bool `query:"unreviewed" doc:"Only those that nobody looked at yet."`
			}, ask func(context.Context, openingsCall) ([]Opening, error),
			) (api.List[Opening], error) {
				all, err := ask(ctx, openingsCall{in.Unreviewed})
				if err != nil {
					return api.List[Opening]{}, err
				}
				return api.PageOf(all, in.Page, func(o *Opening) string { return o.ID })
			}),
		opCall(n, "reviewOpening", "POST /v1/openings/{opening}/review", access.ReviewGlass, callReview, "Say that you looked at why somebody opened a record.",
			func(ctx context.Context, in struct {
				Opening string `path:"opening" doc:"Its id."`
				Note    string `json:"note" required:"" doc:"What came of it."`
			}, ask func(context.Context, reviewCall) (reviewed, error),
			) (Opening, error) {
				r, err := ask(ctx, reviewCall{in.Opening, in.Note})
				return r.Opening, err
			}),
		opRead(n, "reach", "GET /v1/reach/{program}", access.PeopleReport, "Reach", "Count whom a program engaged, and why the others were not.",
			func(ctx context.Context, i *Inspector, in struct {
				Program string `path:"program"`
				Since   string `query:"since" doc:"Only what was from this instant on."`
			},
			) (*Reach, error) {
				since, err := at("since", in.Since)
				if err != nil {
					return nil, err
				}
				return i.Reach(ctx, in.Program, since)
			}),
		opRead(n, "listAttention", "GET /v1/attention", access.PeopleList, "Attention", "List passages through journeys that cannot go on by themselves, and why.",
			func(ctx context.Context, i *Inspector, in api.Page) (out api.List[Attention], err error) {
				all, err := i.Attention(ctx)
				if err != nil {
					return out, err
				}
				all = inPanel(ctx, access.PeopleList, all, func(a *Attention) string { return a.Program })
				return api.PageOf(all, in, func(a *Attention) string { return a.Enrollment })
			}),
		opCall(n, "resumePassage", "POST /v1/attention/{passage}/resume", access.AttentionResume, callResume, "Let a passage go on, where it stands or at another step.",
			func(ctx context.Context, in struct {
				Passage string `path:"passage" doc:"The passage's id, as listAttention tells it."`
				Person  string `json:"person" whom:"" required:"" doc:"Whose it is."`
				Step    string `json:"step" doc:"At which step; where it stands without one."`
			}, ask func(context.Context, resumeCall) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, resumeCall{Person: in.Person, Enrollment: in.Passage, Step: in.Step})
				return api.Nothing{}, err
			}),
	}
}

// merging are the operations that make two records one person's, and part them again.
func (n *Node) merging() (merge, part api.Operation) {
	do := func(ctx context.Context, person, of, note string, apart bool, ask func(context.Context, MergeWord) (nothing, error)) error {
		i, err := n.inspector(ctx)
		if err != nil {
			return err
		}
		other, err := i.Record(ctx, of)                                                                                 // and not whose it became: that is what is asked about
		if trail := i.trail(other); apart && (err != nil || len(trail) < 2 || trail[len(trail)-1].String() != person) { // whoever else there is, is not told
			return api.Refused("of", "no record of that name is part of this person's", "readPerson lists those that are")
		}
		if err != nil {
			return api.Refused("of", err.Error(), "name the record by id, or as SYSTEM:VALUE")
		}
		_, err = ask(ctx, MergeWord{Person: person, Of: other.String(), Apart: apart, By: by(ctx), Note: note})
		return err
	}
	merge = opCall(n, "mergePeople", "POST /v1/people/{person}/merge", access.PersonMerge, callMerge, "Say that another record is this person's.",
		func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Of     string `json:"of" whom:"" required:"" doc:"The other record, by id or as SYSTEM:VALUE."`
			Note   string `json:"note" doc:"How it is known."`
		}, ask func(context.Context, MergeWord) (nothing, error),
		) (api.Nothing, error) {
			return api.Nothing{}, do(ctx, in.Person, in.Of, in.Note, false, ask)
		})
	// What was part of another's record is of whose panel that one is, so it is asked about by its own id and not looked up as a person.
	part = opCall(n, "partPeople", "POST /v1/people/{person}/part", access.PersonMerge, callMerge, "Say that a record which was taken for this person's is somebody else's after all.",
		func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Of     string `json:"of" required:"" doc:"The other record, by id or as SYSTEM:VALUE."`
			Note   string `json:"note" doc:"How it is known."`
		}, ask func(context.Context, MergeWord) (nothing, error),
		) (api.Nothing, error) {
			return api.Nothing{}, do(ctx, in.Person, in.Of, in.Note, true, ask)
		})
	merge.What, part.What = calls()[callMerge].what(MergeWord{}), calls()[callMerge].what(MergeWord{Apart: true})
	return merge, part
}

func (n *Node) personOperations() []api.Operation {
	hold := func(lift bool, id, route, summary string) api.Operation {
		o := opCall(n, id, route, access.PersonHold, callHold, summary, func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Hold   string `path:"hold" doc:"What for, such as crisis, bereavement or complaint." example:"bereavement"`
			Until  string `json:"until" doc:"Until when; until it is lifted without it."`
			Note   string `json:"note" doc:"What there is to remember."`
		}, ask func(context.Context, HoldWord) (nothing, error),
		) (api.Nothing, error) {
			until, err := at("until", in.Until)
			if err != nil {
				return api.Nothing{}, err
			}
			_, err = ask(ctx, HoldWord{Person: in.Person, Hold: in.Hold, Lift: lift, Until: until, By: by(ctx), Note: in.Note})
			return api.Nothing{}, err
		})
		o.What = calls()[callHold].what(HoldWord{Lift: lift})
		return o
	}
	return []api.Operation{
		explained(opRead(n, "readPerson", "GET /v1/people/{person}", access.PersonRead, "Person", "Show one person's state as it is now.",
			func(ctx context.Context, i *Inspector, in onePerson) (PersonState, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return PersonState{}, err
				}
				s, err := i.State(ctx, who)
				s.catalogue = n.catalogue()
				return s, err
			}), "Who they are, where they are on the map, which stages they are believed to be in and why, what they consented to, which journeys are under way, and what was or will be said to them; as far as your role sees it."),
		opRead(n, "readStory", "GET /v1/people/{person}/story", access.PersonRead, "Story", "Tell what happened to one person, and why, the newest last.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Last  int    `query:"last" doc:"Only the newest so many lines; 200 where it does not say."`
				About string `query:"about" whom:"" doc:"Only what was said to them about this patient."`
			},
			) (Lines, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return Lines{}, err
				}
				var all []story.Line
				if in.About != "" {
					about, err := i.Who(ctx, in.About)
					if err != nil {
						return Lines{}, err
					}
					all, err = i.Thread(ctx, who, about)
					if err != nil {
						return Lines{}, err
					}
				} else if all, err = i.Story(ctx, who); err != nil {
					return Lines{}, err
				}
				last := in.Last
				if last <= 0 {
					last = 200
				}
				return Lines{Lines: slices.Clone(all[max(0, len(all)-last):]), Total: len(all), catalogue: n.catalogue()}, nil
			}),
		opRead(n, "why", "GET /v1/people/{person}/decisions", access.PersonRead, "Why", "Say why something was said to a person, or nothing was.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Until string `query:"until" doc:"Only decisions up to this instant."`
				Last  int    `query:"last" doc:"The newest so many; 10 where it does not say, 100 at most."`
				Touch string `query:"touch" doc:"Only the one that decided this touch: its id, or eight signs or more that it begins with. A decision's own id will do."`
			},
			) (Decisions, error) {
				until, err := at("until", in.Until)
				if err != nil {
					return Decisions{}, err
				}
				if until == 0 {
					until = instant.Never
				}
				last := in.Last
				if last <= 0 {
					last = 10
				}
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return Decisions{}, err
				}
				all, err := i.Why(ctx, who, until, min(last, 100), strings.ToLower(in.Touch))
				out := Decisions{Decisions: make([]DecisionTold, len(all))}
				for k := range all {
					out.Decisions[k] = DecisionTold{all[k], all[k].Text(why.Clinician, ""), all[k].Text(why.Patient, ""), all[k].Text(why.Auditor, "")}
				}
				return out, err
			}),
		opRead(n, "whatNext", "GET /v1/people/{person}/onward", access.PersonRead, "Onward", "Say what would carry a person on to the next stage.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Until string `query:"at" doc:"As of this instant; now without it."`
			},
			) (Onwards, error) {
				until, err := at("at", in.Until)
				if err != nil {
					return Onwards{}, err
				}
				if until == 0 {
					until = instant.Never
				}
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return Onwards{}, err
				}
				all, err := i.Onward(ctx, who, until)
				return Onwards{all}, err
			}),
		opRead(n, "replay", "POST /v1/people/{person}/replay", access.PersonRead, "Replay", "Make a person's decisions once more, and compare them with the record.",
			func(ctx context.Context, i *Inspector, in onePerson) (Replayed, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return Replayed{}, err
				}
				return i.Replay(ctx, who)
			}),
		explained(opRead(n, "replayDecision", "POST /v1/people/{person}/decisions/{decision}/replay", access.PersonRead, "Again", "Make one decision once more, as it was, or under another release or a draft, and tell what would have come out.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Decision string `path:"decision" doc:"The decision's id."`
				Release  string `json:"release" doc:"Under which release: its number, how its id begins, or live. Where neither this nor draft is said, the one that the person lived under." example:""`
				Draft    string `json:"draft" doc:"Under which draft." example:""`
			},
			) (*DecidedAgain, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return nil, err
				}
				rel, err := n.releaseNamed(i, in.Release, in.Draft)
				if err != nil {
					return nil, err
				}
				return i.Again(ctx, who, in.Decision, rel)
			}), "The person's record is lived through up to the decision. Under another release they are moved to it right before, as publishing would, and hear the same. Nothing is written, and nobody is told; looking is recorded like reading their record."),
		explained(opRead(n, "listDecisions", "GET /v1/decisions", access.PeopleList, "Decided", "List what was decided about people, the newest first: what was chosen, sent or withheld, and what was refused and why.",
			func(ctx context.Context, i *Inspector, in struct {
				Person     string `query:"person" whom:"" doc:"Only about this person."`
				Program    string `query:"program" doc:"Only of this program."`
				Engagement string `query:"engagement" doc:"Only about this engagement."`
				Channel    string `query:"channel" doc:"Only by this channel."`
				Outcome    string `query:"outcome" doc:"Only what became of it: chosen, sent, withheld, vetoed, held_out or not_chosen."`
				Reason     string `query:"reason" doc:"Only refused for this reason."`
				From       string `query:"from" doc:"Only from this instant on."`
				To         string `query:"to" doc:"Only up to this instant."`
				api.Page
			},
			) (out Fates, err error) {
				o := DecidedOf{Person: in.Person, Program: in.Program, Engagement: in.Engagement, Channel: in.Channel, Outcome: in.Outcome, Reason: in.Reason, After: in.Cursor, Most: 50}
				if in.Limit != 0 {
					o.Most = min(max(in.Limit, 1), 500)
				}
				if o.From, err = at("from", in.From); err == nil {
					o.To, err = at("to", in.To)
				}
				if err != nil {
					return out, err
				}
				p := api.PrincipalOf(ctx)
				if in.Reason != "" && !p.Nobody() && !p.Sees(access.Engagement) {
					return out, api.Refused("reason", "your roles do not see why something was refused", "leave it out; clinicians, care coordinators and safety officers see it")
				}
				if in.Person != "" { // who may look at somebody is told of all that was decided about them, as why tells it
					who, err := i.Who(ctx, in.Person)
					if err != nil {
						return out, err
					}
					if may, err := n.ofPanel(ctx, access.PeopleList, who); err != nil || !may {
						return out, errors.Join(err, api.Refused("person", "nobody of your panel is known by that name", "leave it to somebody whose panel they are of"))
					}
				} else if !p.Nobody() && !p.Everybody(access.PeopleList) {
					o.Sees = func(program string) bool { return p.Panel([]string{program}) }
				}
				return i.Decided(ctx, o)
			}), "Of all people it goes back in time through some thousand records a page, so that it answers soon, and says how far it looked; next goes on from there."),
		opRead(n, "readConsents", "GET /v1/people/{person}/consents", access.PersonRead, "Consents", "Show everything a person ever said about consent, with its evidence.",
			func(ctx context.Context, i *Inspector, in onePerson) (proof.Ledger, error) {
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return proof.Ledger{}, err
				}
				return i.Consents(ctx, who)
			}),
		opRead(n, "may", "GET /v1/people/{person}/may", access.PersonRead, "May", "Say whether a message may reach a person at an instant, and why not.",
			func(ctx context.Context, i *Inspector, in struct {
				onePerson
				Program    string `query:"program" doc:"Only what this program would say."`
				Engagement string `query:"engagement" doc:"Only this engagement."`
				Channel    string `query:"channel" doc:"Only this channel."`
				At         string `query:"at" doc:"When; now without it."`
			},
			) (Mays, error) {
				when, err := at("at", in.At)
				if err != nil {
					return Mays{}, err
				}
				who, err := i.Who(ctx, in.Person)
				if err != nil {
					return Mays{}, err
				}
				all, err := i.May(ctx, who, MayQuestion{Program: in.Program, Engagement: in.Engagement, Channel: in.Channel, At: when})
				return maysOf(all), err
			}),
		hold(false, "setHold", "PUT /v1/people/{person}/holds/{hold}", "Leave somebody alone, for a while or until it is lifted."),
		hold(true, "liftHold", "POST /v1/people/{person}/holds/{hold}/lift", "Say that what somebody was left alone for is over."),
		opCall(n, "writeNote", "POST /v1/people/{person}/notes", access.PersonNote, callNote, "Write into somebody's record: a note, what they told, a call or a visit.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Note
			}, ask func(context.Context, Noted) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, Noted{Person: in.Person, By: by(ctx), Note: in.Note})
				return api.Nothing{}, err
			}),
		opCall(n, "verifyContact", "POST /v1/people/{person}/contacts/verified", access.ContactsVerify, callVerify, "Say that the person's address on a channel was made sure to be their own.",
			func(ctx context.Context, in struct {
				Person  string `path:"person" whom:""`
				Channel string `json:"channel" required:"" doc:"Which channel's address." example:"sms"`
				Note    string `json:"note" doc:"How it was made sure, such as a code or a call."`
			}, ask func(context.Context, Verified) (string, error),
			) (Verification, error) {
				said, err := ask(ctx, Verified{Person: in.Person, Channel: in.Channel, By: by(ctx), Note: in.Note})
				return Verification{said}, err
			}),
		opRead(n, "readTouch", "GET /v1/touches/{touch}", access.PersonRead, "Touch", "Show everything about one touch: why, when, what was said, and what became of it.",
			func(ctx context.Context, i *Inspector, in struct {
				Touch  string `path:"touch" doc:"Its id, or eight signs or more that it begins with."`
				Person string `query:"person" whom:"" required:"" doc:"Whose it is."`
			},
			) (TouchStory, error) {
				return i.Touch(ctx, in.Touch, in.Person)
			}),
		opRead(n, "proveConsent", "GET /v1/touches/{touch}/proof", access.PersonRead, "Prove", "Show what a message rested on: the person's word, or the law's default.",
			func(ctx context.Context, i *Inspector, in struct {
				Touch  string `path:"touch" doc:"Its id, or eight signs or more that it begins with."`
				Person string `query:"person" whom:"" required:"" doc:"Whose it is."`
			},
			) (Proofs, error) {
				all, err := i.Prove(ctx, in.Touch, in.Person)
				return Proofs{all}, err
			}),
	}
}

// Lines are lines of a story.
type Lines struct {
	Lines []story.Line `json:"lines"`
	// Total is how many there are in all.
	Total int `json:"total"`

	catalogue *event.Catalogue
}

// Decisions are decisions about one person, the newest last.
type Decisions struct {
	Decisions []DecisionTold `json:"decisions" class:"clinical"`
}

// DecisionTold is a decision, and what it is in words for who treats the person, for the person, and for an auditor.
type DecisionTold struct {
	why.Decision

	Clinician string `json:"clinician" class:"words"`
	Patient   string `json:"patient" class:"words"`
	Auditor   string `json:"auditor"`
}

// releaseNamed is the release of a number, an id or a draft; nil where none is named.
func (n *Node) releaseNamed(i *Inspector, written, draft string) (*release.Release, error) {
	switch {
	case written != "" && draft != "":
		return nil, api.Refused("draft", "a release is named as well", "name one of them")
	case draft != "":
		d, err := n.drafts.get(draft)
		if err != nil {
			return nil, err
		}
		rel, err := n.compiled(d.Programs)
		if err != nil {
			return nil, err
		}
		return rel, i.archive.pin(rel)
	case written == "":
		return nil, nil
	}
	for k := len(i.archive.list) - 1; k >= 0; k-- {
		p := &i.archive.list[k]
		if written == "live" || written == strconv.Itoa(p.Number) || len(written) >= leastOfTouch && strings.HasPrefix(p.Release, written) {
			return i.compiled(p.Short)
		}
	}
	return nil, api.NotFound("release", "no release that was published is called %q", written)
}

// Onwards tell of each behaviour what would carry the person on.
type Onwards struct {
	Behaviours []why.Onward `json:"behaviours" class:"clinical"`
}

// Proofs are what each attempt at a touch rested on.
type Proofs struct {
	Attempts []proof.Proof `json:"attempts"`
}

// Verification tells which address was verified.
type Verification struct {
	Says string `json:"says"`
}

// Mays are what would become of contacts with a person.
type Mays struct {
	Contacts []MayShown `json:"contacts"`
}

// MayShown is what would become of one contact.
type MayShown struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Channel    string `json:"channel"`
	Allowed    bool   `json:"allowed"`
	At         string `json:"at"`
	// Waits is what it would wait for until then.
	Waits string `json:"waits_for,omitempty"`
	// Zones are where the person may be, and ZonesBy how that is known.
	Zones   []string   `json:"zones"`
	ZonesBy string     `json:"zones_by"`
	Checks  []MayCheck `json:"checks"`
}

// MayCheck is what one of the gate's questions says; Reason is empty where nothing stands in the way.
type MayCheck struct {
	Check  string `json:"check"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func maysOf(all []Asked) (out Mays) {
	for k := range all {
		out.Contacts = append(out.Contacts, ShowMay(&all[k]))
	}
	return out
}

// ShowMay writes an answer for scripts.
func ShowMay(a *Asked) MayShown {
	out := MayShown{Program: a.Program, Engagement: a.Engagement, Channel: a.Channel, Allowed: a.Allowed(), At: a.At.String(), Waits: string(a.Why), Zones: a.Clock, ZonesBy: a.Known}
	for _, x := range a.Answers {
		out.Checks = append(out.Checks, MayCheck{x.Says, string(x.Reason), x.Detail})
	}
	return out
}

// Mask takes out what a role does not see of a state.
func (s *PersonState) Mask(sees func(access.Class) bool) {
	traits := map[string]string{}
	for name, value := range s.Traits {
		if sees(classOf(name)) {
			traits[name] = value
		}
	}
	s.Traits = traits
	s.Corrections = slices.DeleteFunc(slices.Clone(s.Corrections), func(q Questioned) bool {
		// What was never corrected is named in the person's own words, which may be clinical.
		return !sees(classOf(q.Fact)) || q.Value == "" && !sees(access.Clinical)
	})
	if !sees(access.Clinical) {
		s.Stages, s.Audiences = nil, nil
		events := map[string]int{}
		for name, n := range s.Events {
			if s.catalogue != nil && !clinicalEvent(s.catalogue, name) {
				events[name] = n
			}
		}
		s.Events = events
	}
}

// hidden stands where a role does not see what was recorded.
const hidden = "Something was recorded that your role does not see."

// Mask takes out what a role does not see of a story: clinical facts, and what follows from them; addresses; and words.
func (l *Lines) Mask(sees func(access.Class) bool) {
	l.Lines = slices.Clone(l.Lines)
	for k := range l.Lines {
		x := &l.Lines[k]
		if !sees(access.Contact) {
			x.To = ""
			if x.Kind == "event" && (l.catalogue == nil || contactEvent(l.catalogue, x.Event)) {
				x.Says = x.Event + " was reported."
			}
		}
		if !sees(access.Words) {
			x.Subject, x.Body = "", ""
		}
		if x.Kind == "event" && x.Event == "note.written" { // what the team tells each other, as what they write to the person
			if !sees(access.Words) {
				x.Says, x.Event, x.Words, x.By = hidden, "", "", ""
			}
			continue
		}
		if sees(access.Clinical) {
			continue
		}
		switch x.Kind {
		case "event":
			if l.catalogue == nil || clinicalEvent(l.catalogue, x.Event) {
				x.Says, x.Event = hidden, ""
				x.Fact, x.Names, x.Words, x.By, x.Over = "", "", "", "", false
			}
		case "signal", "audience", "stage", "success", "retraction":
			x.Says, x.Why, x.Event = hidden, "", ""
		case "decision", "refusal", "moment", "program", "phase", "journey", "hold":
			x.Why = ""
		}
	}
}

// Mask takes out what a role does not see of a touch.
func (t *TouchStory) Mask(sees func(access.Class) bool) {
	attempts := slices.Clone(t.Attempts)
	for k := range attempts {
		if !sees(access.Contact) {
			attempts[k].To = ""
		}
		if !sees(access.Words) {
			attempts[k].Subject, attempts[k].Body = "", ""
		}
	}
	t.Attempts = attempts
	if !sees(access.Clinical) {
		t.Rule, t.What, t.Event = "", "", ""
	}
	lines := Lines{Lines: t.Lines}
	lines.Mask(sees)
	t.Lines = lines.Lines
}
