package app

import (
	"context"
	"errors"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/request"
)

type piece struct {
	Work string `path:"work" doc:"Its id, or eight signs or more that it begins with."`
}

// inMyPanel refuses a piece of work of a program that whoever asks is not given, as if it were not there.
func (n *Node) inMyPanel(ctx context.Context, written string) error {
	p := api.PrincipalOf(ctx)
	if p.Everybody(access.WorkDo) {
		return nil
	}
	o, contact, key, err := n.find(ctx, strings.ToLower(strings.TrimSpace(written)))
	if _, closed := errors.AsType[*request.ClosedError](err); err != nil && !closed {
		return err
	}
	program := o.Program
	if contact {
		tasks, err := n.Work.Starting(ctx, key.String())
		if err != nil {
			return err
		}
		if len(tasks) == 1 {
			program = tasks[0].Program
		}
	}
	if !p.Panel([]string{program}) {
		return api.NotFound("work", "there is no such piece of work, or it is not of your panel")
	}
	return nil
}

// workCall is a call about one piece of work, which has to be of the panel.
func workCall[In, Out, CallIn, CallOut any](n *Node, id, route, call, summary string, work func(*In) string, f func(context.Context, In, func(context.Context, CallIn) (CallOut, error)) (Out, error)) api.Operation {
	return opCall(n, id, route, access.WorkDo, call, summary, func(ctx context.Context, in In, ask func(context.Context, CallIn) (CallOut, error)) (out Out, err error) {
		if err := n.inMyPanel(ctx, work(&in)); err != nil {
			return out, err
		}
		return f(ctx, in, ask)
	})
}

func (n *Node) workOperations() []api.Operation {
	type answerIn struct {
		piece
		Answer Answer `body:""`
	}
	type doneIn struct {
		piece
		Outcome string `json:"outcome" required:"" doc:"How it went: a task in the step's words; a call or visit as reached, no_answer, refused, call_back or wrong_person." example:"reached"`
		Note    string `json:"note" doc:"What there is to remember."`
		Minutes int    `json:"minutes" doc:"How long a call or visit lasted."`
		At      string `json:"at" doc:"When the person asked to be called back."`
	}
	named := func(p *piece) string { return p.Work }
	answered := func(id, route, summary string, kind effect.RequestKind) api.Operation {
		return workCall(n, id, route, callAnswer, summary, func(in *answerIn) string { return in.Work }, func(ctx context.Context, in answerIn, ask func(context.Context, answerCall) (Work, error)) (Work, error) {
			return ask(ctx, answerCall{in.Work, kind, in.Answer})
		})
	}
	return []api.Operation{
		explained(opCall(n, "listWork", "GET /v1/work", access.WorkRead, callWork, "List what programs asked for and nobody answered yet, and the calls and visits to make.",
			func(ctx context.Context, in struct {
				api.Page
				Kind string `query:"kind" doc:"Only one kind: ask, task, refer, call, visit or contact."`
				Team string `query:"team" doc:"Only what this team or service is asked for."`
				Mine bool   `query:"mine" doc:"Only what you claimed."`
				All  bool   `query:"all" doc:"What waits and what is over, too."`
			}, ask func(context.Context, WorkFilter) ([]Work, error),
			) (out api.List[Work], err error) {
				f := WorkFilter{Kind: in.Kind, For: in.Team, All: in.All}
				if in.Mine {
					f.Mine = by(ctx)
				}
				all, err := ask(ctx, f)
				if err != nil {
					return out, err
				}
				return api.PageOf(inPanel(ctx, access.WorkRead, all, func(w *Work) string { return w.Program }), in.Page, func(w *Work) string { return w.Request })
			}), "First whom a person asked to call at this time; then requests, by priority, urgency, and when they are due; then calls and visits, by class, value, and how long they wait. What to say to whom is shown to who claims it."),
		explained(workCall(n, "claimWork", "POST /v1/work/{work}/claim", callClaim, "Take a piece of work, and see what to say to whom.", named,
			func(ctx context.Context, in piece, ask func(context.Context, claimCall) (Sheet, error)) (Sheet, error) {
				return ask(ctx, claimCall{in.Work, by(ctx)})
			}), "One has it at a time, for half an hour. Whether the person may still be contacted is asked at this moment: where not, nothing is shown."),
		workCall(n, "releaseWork", "POST /v1/work/{work}/release", callUnclaim, "Give a piece of work back.", named,
			func(ctx context.Context, in piece, ask func(context.Context, claimCall) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, claimCall{in.Work, by(ctx)})
				return api.Nothing{}, err
			}),
		workCall(n, "finishWork", "POST /v1/work/{work}/done", callDone, "Say that a task was done, or a call or visit made, and how it went.", func(in *doneIn) string { return in.Work },
			func(ctx context.Context, in doneIn, ask func(context.Context, doneCall) (Work, error)) (Work, error) {
				when, err := at("at", in.At)
				if err != nil {
					return Work{}, err
				}
				return ask(ctx, doneCall{in.Work, WorkResult{Outcome: in.Outcome, By: by(ctx), Note: in.Note, Minutes: in.Minutes, At: when}})
			}),
		answered("referWork", "POST /v1/work/{work}/referral", "Say what became of a referral: outcome is accepted, declined, scheduled or closed.", effect.Refer),
		answered("answerWork", "POST /v1/work/{work}/answer", "Say that a questionnaire was answered.", effect.Ask),
		opCall(n, "listTeams", "GET /v1/teams", access.WorkRead, callTeams, "Show how many calls and visits teams got today.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) ([]TeamDay, error)) ([]TeamDay, error) {
				return ask(ctx, nothing{})
			}),
	}
}

// reduced leaves of people those of the panel of whoever asks, and tells whether what they stand for is theirs to see: what nobody is known to belong to
// is, so that somebody looks at it, and what is of strangers alone is not.
func (n *Node) reduced(ctx context.Context, may access.Permission, people *[]string) (bool, error) {
	before, mine := len(*people), []string{}
	for _, who := range ids(*people...) {
		ok, err := n.ofPanel(ctx, may, who)
		if err != nil {
			return false, err
		}
		if ok {
			mine = append(mine, who.String())
		}
	}
	*people = mine
	return before == 0 || len(mine) > 0, nil
}

func (n *Node) inboxOperations() []api.Operation {
	return []api.Operation{
		opCall(n, "listInbox", "GET /v1/inbox", access.InboxRead, callInbox, "List what people wrote that a human must look at, the urgent first.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]Inbound, error)) (out api.List[Inbound], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				mine := []Inbound{}
				for i := range all {
					if may, err := n.reduced(ctx, access.InboxRead, &all[i].People); err != nil {
						return out, err
					} else if may {
						mine = append(mine, all[i])
					}
				}
				return api.PageOf(mine, in, func(m *Inbound) string { return m.ID })
			}),
		opCall(n, "takeMessage", "POST /v1/inbox/{message}/take", access.InboxTake, callTake, "Say that you looked at a message, and whose it is.",
			func(ctx context.Context, in struct {
				Message     string `path:"message" doc:"Its id."`
				Person      string `json:"person" whom:"" doc:"Whose it is, where that was not known."`
				WrongPerson bool   `json:"wrong_person" doc:"Whoever wrote it is nobody here: the address is somebody else's."`
				Stop        bool   `json:"stop" doc:"They asked to be left alone."`
			}, ask func(context.Context, Taking) (Inbound, error),
			) (Inbound, error) {
				e, err := n.Inbox.Find(ctx, in.Message)
				if err != nil {
					return Inbound{}, api.NotFound("message", "there is no such message, or it is not of your panel")
				}
				people := names(e.People)
				if may, err := n.reduced(ctx, access.InboxTake, &people); err != nil || !may {
					return Inbound{}, errors.Join(err, api.NotFound("message", "there is no such message, or it is not of your panel"))
				}
				if who, err := id.ParsePerson(in.Person); err == nil {
					if may, err := n.ofPanel(ctx, access.InboxTake, who); err != nil || !may {
						return Inbound{}, errors.Join(err, api.Refused("person", "nobody of your panel is known by that name", "leave it to somebody whose panel they are of"))
					}
				}
				return ask(ctx, Taking{ID: in.Message, By: by(ctx), Person: in.Person, WrongPerson: in.WrongPerson, Stop: in.Stop})
			}),
		opCall(n, "listSuppressed", "GET /v1/contacts/suppressed", access.ContactsRead, callSuppressed, "List the addresses that may not be used, the newest first.",
			func(ctx context.Context, in api.Page, ask func(context.Context, nothing) ([]Suppressed, error)) (out api.List[Suppressed], err error) {
				all, err := ask(ctx, nothing{})
				if err != nil {
					return out, err
				}
				mine := []Suppressed{}
				for i := range all {
					if may, err := n.reduced(ctx, access.ContactsRead, &all[i].People); err != nil {
						return out, err
					} else if may {
						mine = append(mine, all[i])
					}
				}
				return api.PageOf(mine, in, func(s *Suppressed) string { return s.Kind + " " + s.Address + " " + s.Since })
			}),
		opCall(n, "releaseContact", "POST /v1/contacts/release", access.ContactsRelease, callRelease, "Let an address be used again.",
			func(ctx context.Context, in struct {
				Channel string `json:"channel" required:"" doc:"Which channel's address." example:"sms"`
				Address string `json:"address" required:"" doc:"The address."`
				Reason  string `json:"reason" required:"" doc:"Why."`
			}, ask func(context.Context, ContactRelease) (nothing, error),
			) (api.Nothing, error) {
				release := ContactRelease{in.Channel, in.Address, by(ctx), in.Reason}
				people := names(n.reachedAt(ctx, release))
				if may, err := n.reduced(ctx, access.ContactsRelease, &people); err != nil || !may {
					return api.Nothing{}, errors.Join(err, api.Refused("address", "nobody of your panel is reached there", "leave it to somebody whose panel they are of"))
				}
				_, err := ask(ctx, release)
				return api.Nothing{}, err
			}),
		opRead(n, "listDeadLetters", "GET /v1/deadletters", access.PeopleList, "DeadLetters", "List touches that their carriers refused, did not take, or may have taken.",
			func(ctx context.Context, i *Inspector, in struct {
				api.Page
				Channel string `query:"channel" doc:"Only those of a channel."`
				Reason  string `query:"reason" doc:"Only undeliverable, carrier_refused, uncertain or unconfirmed ones."`
				Since   string `query:"since" doc:"Only those that ended from this instant on."`
			},
			) (out api.List[DeadLetter], err error) {
				since, err := at("since", in.Since)
				if err != nil {
					return out, err
				}
				all, err := i.DeadLetters(ctx, DeadFilter{Channel: in.Channel, Reason: in.Reason, Since: since})
				if err != nil {
					return out, err
				}
				return api.PageOf(inPanel(ctx, access.PeopleList, all, func(d *DeadLetter) string { return d.Program }), in.Page, func(d *DeadLetter) string { return d.Touch })
			}),
		explained(opCall(n, "replayDeadLetters", "POST /v1/deadletters/replay", access.TouchReplay, callReplay, "Put some back: they wait for the gate like new ones, and everything is asked again.",
			func(ctx context.Context, in struct {
				Touches      []string `json:"touches" required:"" doc:"Their ids."`
				NotDelivered bool     `json:"not_delivered" doc:"It may have been delivered, and was not: you asked the carrier, or the person. Then one at a time."`
			}, ask func(context.Context, replayCall) (replayed, error),
			) (Replays, error) {
				i, err := n.inspector(ctx)
				if err != nil {
					return Replays{}, err
				}
				if in.NotDelivered && len(in.Touches) != 1 {
					return Replays{}, api.Refused("not_delivered", "it is about one touch, by itself", "name one")
				}
				all, err := i.DeadLetters(ctx, DeadFilter{})
				if err != nil {
					return Replays{}, err
				}
				all = inPanel(ctx, access.TouchReplay, all, func(d *DeadLetter) string { return d.Program })
				var chosen []DeadLetter
				for _, name := range in.Touches {
					at := -1
					for k := range all {
						if all[k].Touch == name {
							at = k
						}
					}
					if at < 0 {
						return Replays{}, api.Refused("touches", name+" is no dead letter", "GET /v1/deadletters lists them")
					}
					chosen = append(chosen, all[at])
				}
				r, err := ask(ctx, replayCall{chosen, in.NotDelivered})
				return Replays(r), err
			}), "What may have been delivered is put back one at a time, by somebody who knows that it was not."),
	}
}

// Replays is how many dead letters were put back, and why others were not.
type Replays struct {
	Replayed int      `json:"replayed"`
	Not      []string `json:"not"`
}
