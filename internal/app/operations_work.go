package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/delivery/human"
	"attune/internal/request"
)

// mostColleagues bounds a list of names.
const mostColleagues = 500

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
		if out, err = f(ctx, in, ask); err != nil {
			err = taken(err)
		}
		return out, err
	})
}

// Holder is who does a piece of work, and until when.
type Holder struct {
	By    string `json:"by"`
	Until string `json:"claimed_until"`
}

// taken tells who has what somebody else has.
func taken(err error) error {
	if t, is := errors.AsType[*human.TakenError](err); is {
		return api.Claimed(t.By+" has it until "+t.Until.String(), "choose another, or ask them to hand it over", Holder{t.By, t.Until.String()})
	}
	return err
}

// asker tells whoever asks apart from all others.
func asker(ctx context.Context) string {
	p := api.PrincipalOf(ctx)
	return p.Kind + "/" + p.ID
}

// Colleague is somebody of the staff who may have a piece of work.
type Colleague struct {
	Account string        `json:"account"`
	Name    string        `json:"name"`
	Roles   []access.Role `json:"roles"`
}

// colleagues are those of the staff, but for whoever asks, who may do work of a program.
func (n *Node) colleagues(ctx context.Context, program string) ([]Colleague, error) {
	if n.Staff == nil {
		return nil, nil
	}
	all, err := n.Staff.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Colleague
	for i := range all {
		a := &all[i]
		p := access.Principal{Kind: "account", ID: a.ID, Name: a.Name, Roles: a.Roles, Programs: a.Programs}
		if a.Disabled || a.ID == api.PrincipalOf(ctx).ID || !p.May(access.WorkDo) || !p.Everybody(access.WorkDo) && !p.Panel([]string{program}) {
			continue
		}
		out = append(out, Colleague{a.ID, a.Name, a.Roles})
	}
	return out, nil
}

// programOfWork is the program that asked for a piece of work.
func (n *Node) programOfWork(ctx context.Context, written string) (string, error) {
	o, contact, key, err := n.find(ctx, strings.ToLower(strings.TrimSpace(written)))
	if err != nil || !contact {
		return o.Program, err
	}
	t, _, err := n.Work.Get(ctx, key)
	return t.Program, err
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
	type passIn struct {
		piece
		To string `json:"to" required:"" doc:"Whose it is to be: an account that listColleagues names." example:"a-kim"`
	}
	type putOffIn struct {
		piece
		For string `json:"for" doc:"For how long, such as 4h; without it, it is put off no longer." example:"4h"`
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
				Kind    string `query:"kind" doc:"Only one kind: ask, task, refer, call, visit or contact."`
				Team    string `query:"team" doc:"Only what this team or service is asked for."`
				Mine    bool   `query:"mine" doc:"Only what you claimed."`
				Overdue bool   `query:"overdue" doc:"Only what should have been answered by now."`
				All     bool   `query:"all" doc:"What waits and what is over, too."`
			}, ask func(context.Context, WorkFilter) ([]Work, error),
			) (out api.List[Work], err error) {
				f := WorkFilter{Kind: in.Kind, For: in.Team, Overdue: in.Overdue, All: in.All, Asks: asker(ctx)}
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
				s, err := ask(ctx, claimCall{in.Work, by(ctx)})
				if p := api.PrincipalOf(ctx); !p.Nobody() && !p.Sees(access.Identity) {
					s.Name, s.Preferred, s.Spoken, s.Pronouns = "", "", "", ""
				}
				return s, err
			}), "One has it at a time, for half an hour. Whether the person may still be contacted is asked at this moment: where not, nothing is shown."),
		workCall(n, "releaseWork", "POST /v1/work/{work}/release", callUnclaim, "Give a piece of work back.", named,
			func(ctx context.Context, in piece, ask func(context.Context, claimCall) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, claimCall{in.Work, by(ctx)})
				return api.Nothing{}, err
			}),
		explained(opOwn("listColleagues", "GET /v1/work/{work}/colleagues", access.WorkDo, "", "names of staff, and of no patient", "List who else of the staff may do a piece of work.",
			func(ctx context.Context, in piece) (api.List[Colleague], error) {
				err := n.inMyPanel(ctx, in.Work)
				if err != nil {
					return api.List[Colleague]{}, err
				}
				program, err := n.programOfWork(ctx, in.Work)
				if err != nil {
					return api.List[Colleague]{}, err
				}
				all, err := n.colleagues(ctx, program)
				if err != nil {
					return api.List[Colleague]{}, err
				}
				return api.PageOf(all, api.Page{Limit: mostColleagues}, func(c *Colleague) string { return c.Account })
			}), "Those whose roles do work, and to whose panel it belongs."),
		explained(workCall(n, "handOverWork", "POST /v1/work/{work}/hand-over", callPass, "Give a piece of work to somebody else of the staff.", func(in *passIn) string { return in.Work },
			func(ctx context.Context, in passIn, ask func(context.Context, passCall) (Work, error)) (Work, error) {
				program, err := n.programOfWork(ctx, in.Work)
				if err != nil {
					return Work{}, err
				}
				all, err := n.colleagues(ctx, program)
				if err != nil {
					return Work{}, err
				}
				k := slices.IndexFunc(all, func(c Colleague) bool { return c.Account == in.To })
				if k < 0 {
					return Work{}, api.Refused("to", "nobody who may do this work has this account", "listColleagues tells who may")
				}
				return ask(ctx, passCall{in.Work, by(ctx), cmp.Or(all[k].Name, all[k].Account)})
			}), "It is theirs for half an hour, as if they had claimed it, and anybody's then. What somebody else has is not given away."),
		explained(workCall(n, "putOffWork", "POST /v1/work/{work}/put-off", callPutOff, "Put a piece of work off for yourself.", func(in *putOffIn) string { return in.Work },
			func(ctx context.Context, in putOffIn, ask func(context.Context, putOffCall) (Work, error)) (Work, error) {
				var long instant.Duration
				if in.For != "" {
					var err error
					if long, err = instant.ParseDuration(in.For); err != nil {
						return Work{}, api.Refused("for", err.Error(), "leave it out to be reminded again")
					}
				}
				if long < 0 || long > longestPutOff {
					return Work{}, api.Refused("for", "work is put off for seven days at most", "choose a shorter time, or hand it over")
				}
				return ask(ctx, putOffCall{in.Work, asker(ctx), long})
			}), "listWork tells you until when, and everybody else sees it as before. It is due as ever."),
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
