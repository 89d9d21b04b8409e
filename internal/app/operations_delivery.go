package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

func (n *Node) deliveryOperations() []api.Operation {
	type which struct {
		Channel    string `json:"channel" doc:"Only this channel; empty is all."`
		Program    string `json:"program" doc:"Only this program; empty is all."`
		Engagement string `json:"engagement" doc:"Only this engagement, of the program."`
		Journey    string `json:"journey" doc:"Only what passages through this journey say, of the program; what the same engagements say by rules of their own goes on."`
	}
	return []api.Operation{
		explained(opOwn("readOverview", "GET /v1/overview", access.DeliveryRead, "", "numbers of which nobody can be told", "Show how everything stands, in numbers.",
			func(ctx context.Context, _ api.Nothing) (Standings, error) { return n.standings(ctx) }), "What the topic `overview` of the stream tells as it changes."),
		opCall(n, "listChannels", "GET /v1/channels", access.DeliveryRead, callChannels, "Show how each channel does: what waits, what is under way, and whether its carrier answers.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) ([]ChannelState, error)) ([]ChannelState, error) {
				return ask(ctx, nothing{})
			}),
		explained(opCall(n, "testChannel", "POST /v1/channels/{channel}/test", access.DeliveryControl, callTestChannel, "Hand a message that is nobody's to a channel's carrier, and tell whether it was taken, or why not.",
			func(ctx context.Context, in struct {
				Channel string `path:"channel" doc:"The channel." example:"email"`
				To      string `json:"to" required:"" doc:"Where it goes: an address of your own." example:"you@clinic.example"`
			}, ask func(context.Context, channelTest) (ChannelTried, error),
			) (ChannelTried, error) {
				return ask(ctx, channelTest{in.Channel, in.To})
			}), "It is no touch: no rule of a program is asked, it counts nowhere, and it goes out while delivery is paused. Give no patient's address."),
		opOwn("listPauses", "GET /v1/pauses", access.DeliveryRead, "", "what is paused, and by whom", "List what is paused, since when, by whom and why.",
			func(context.Context, api.Nothing) ([]Pause, error) { return n.pauses(), nil }),
		explained(created(opCall(n, "pause", "POST /v1/pauses", access.DeliveryControl, callPause, "Pause handing over: everything, a channel, a program, a journey or an engagement.",
			func(ctx context.Context, in struct {
				which
				ButSafety bool   `json:"but_safety" doc:"Safety messages go on."`
				Why       string `json:"why" required:"" doc:"Why. It is shown to all."`
			}, ask func(context.Context, Pause) (nothing, error),
			) (Pause, error) {
				p := Pause{Paused: Paused{Channel: in.Channel, Program: in.Program, Engagement: in.Engagement, Journey: in.Journey}, ButSafety: in.ButSafety, Why: in.Why, By: by(ctx)}
				_, err := ask(ctx, p)
				p.At = n.Wall().String()
				return p, err
			})), "Nothing is lost: what is due waits, and is asked again when it goes on."),
		opCall(n, "resume", "POST /v1/pauses/end", access.DeliveryControl, callUnpause, "End a pause, named as it was begun.",
			func(ctx context.Context, in which, ask func(context.Context, unpause) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, unpause{Paused: Paused(in), By: by(ctx)})
				return api.Nothing{}, err
			}),
		opCall(n, "listCeilings", "GET /v1/ceilings", access.DeliveryRead, callCeilings, "List what each engagement said within an hour and a day, and what waits above its ceiling.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) ([]EngagementCeiling, error)) ([]EngagementCeiling, error) {
				return ask(ctx, nothing{})
			}),
		explained(n.raising(), "The first who asks is noted; the second, who has to be somebody else and ask for the same within an hour, raises it."),
		opCall(n, "readMailStanding", "GET /v1/email/standing", access.DeliveryRead, callMailStanding, "Tell how the sending domain stands: letters and complaints of seven days.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (Standing, error)) (Standing, error) {
				return ask(ctx, nothing{})
			}),
		opCall(n, "resumeMail", "POST /v1/email/resume", access.DeliveryControl, callMailResume, "Let promotional e-mails go on that were paused because of complaints.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, nothing{})
				return api.Nothing{}, err
			}),
		opRead(n, "checkFolder", "GET /v1/doctor", access.FolderCheck, "Checkup", "Look whether the data folder is whole, and count what is in it.",
			func(ctx context.Context, i *Inspector, _ api.Nothing) (Checkup, error) { return i.Checkup(ctx) }),
	}
}

// raising is how two people raise a ceiling, each by an account of their own.
func (n *Node) raising() api.Operation {
	return opCall(n, "raiseCeiling", "POST /v1/ceilings/raise", access.CeilingRaise, callRaise, "Let an engagement say more for a time. Two people have to say so.",
		func(ctx context.Context, in struct {
			Program    string `json:"program" required:""`
			Engagement string `json:"engagement" required:""`
			To         int    `json:"to" required:"" doc:"How many a day."`
			For        string `json:"for" required:"" doc:"For how long, such as 24h."`
		}, ask func(context.Context, Raise) (Raise, error),
		) (Raising, error) {
			r := Raise{Program: in.Program, Engagement: in.Engagement, To: in.To, For: in.For, By: by(ctx)}
			who, err := n.somebodyHere(ctx, r.By)
			if err != nil {
				return Raising{}, err
			}
			r.Account = who.account
			if err := n.raisable(&r); err != nil { // nobody has to wait for the second to hear of it
				return Raising{}, api.Refused("to", err.Error(), "")
			}
			first, ok := n.raises.second(r, n.Wall().Std())
			if !ok {
				return Raising{Raise: r, Waits: "somebody else has to ask for the same within an hour"}, nil
			}
			r.AskedBy, r.AskedAccount = first.By, first.Account
			done, err := ask(ctx, r)
			return Raising{Raise: done}, err
		})
}

// Raising is a ceiling that was raised, or waits for the second who asks for it.
type Raising struct {
	Raise
	Waits string `json:"waits,omitempty"`
}

func (n *Node) sourceOperations() []api.Operation {
	return []api.Operation{
		explained(opOwn("readArrivals", "GET /v1/arrivals/now", access.ArrivalsRead, "", "names of sources and events, and numbers", "Tell what arrives from each source, and the newest arrivals.",
			func(ctx context.Context, _ api.Nothing) (ArrivalsNow, error) { return n.arriving(ctx) }), "What the topic `arrivals` of the stream tells as it changes."),
		opRead(n, "listArrivals", "GET /v1/arrivals", access.ArrivalsRead, "Arrivals", "List the events that arrived and that nobody declared, without their values.",
			func(ctx context.Context, i *Inspector, in api.Page) (out api.List[Arrival], err error) {
				all, err := i.Arrivals(ctx)
				if err != nil {
					return out, err
				}
				return api.PageOf(all, in, func(a *Arrival) string { return a.Source + " " + a.Name })
			}),
		explained(created(opCall(n, "beginImport", "POST /v1/imports", access.ImportRun, callImport, "Import another system's records, from files of the server's machine or a FHIR server.",
			func(ctx context.Context, in struct {
				Import Import `body:""`
			}, ask func(context.Context, Import) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, in.Import)
				return api.Nothing{}, err
			})), "One import runs at a time. readImport tells how far it is."),
		opCall(n, "readImport", "GET /v1/imports/current", access.ImportRun, callImporting, "Tell how far the import is, and what came of it.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (Importing, error)) (Importing, error) {
				return ask(ctx, nothing{})
			}),
		opCall(n, "stopImport", "POST /v1/imports/current/stop", access.ImportRun, callStopImport, "Stop the import. Run again, it goes on where it was.",
			func(ctx context.Context, _ api.Nothing, ask func(context.Context, nothing) (nothing, error)) (api.Nothing, error) {
				_, err := ask(ctx, nothing{})
				return api.Nothing{}, err
			}),
		opOwn("listSources", "GET /v1/sources", access.SourcesManage, "", "names of sources, without their keys", "List the sources that may send events.",
			func(context.Context, api.Nothing) ([]Listed, error) { return n.Sources.List(), nil }),
		explained(created(opCall(n, "addSource", "POST /v1/sources", access.SourcesManage, callSourceAdd, "Make a write key for a source, and show it this once.",
			func(ctx context.Context, in struct {
				Source   string   `json:"source" required:"" doc:"The source's name, such as app."`
				System   string   `json:"system" doc:"The system its identifiers of people belong to; the source's name without it."`
				Origins  []string `json:"origins" doc:"Web origins whose pages may send. Without any, no browser may."`
				Events   []string `json:"events" doc:"The events that it may send, by name; all without any. Others go to quarantine."`
				Purposes []string `json:"purposes" doc:"The kinds of purposes that its events may be for: treatment, operations, service, research, marketing; all without any. What is for another goes to quarantine."`
			}, ask func(context.Context, sourceCall) (string, error),
			) (WriteKey, error) {
				key, err := ask(ctx, sourceCall(in))
				return WriteKey{in.Source, key}, err
			})), "Only its hash is kept."),
		explained(opCall(n, "revokeSource", "DELETE /v1/sources/{source}", access.SourcesManage, callSourceEnd, "Take away every write key of a source.",
			func(ctx context.Context, in struct {
				Source string `path:"source"`
				Older  bool   `query:"older" doc:"Keep the newest key, and take away the older ones."`
			}, ask func(context.Context, sourceEnd) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, sourceEnd(in))
				return api.Nothing{}, err
			}), "A key is replaced by making another, putting it where the source has its own, and taking the older ones away."),
	}
}

// WriteKey is a source's new write key.
type WriteKey struct {
	Source string `json:"source"`
	Key    string `json:"write_key"`
}

const (
	callSourceAdd = "sources/add"
	callSourceEnd = "sources/revoke"
	callAuditRead = "audit/read"
)

type sourceCall = SourceKey

// sourceEnd says whose keys are taken away: all, or all but the newest.
type sourceEnd struct {
	Source string `json:"source"`
	Older  bool   `json:"older"`
}

func (n *Node) handleSources() {
	offer(n, callSourceAdd, func(_ context.Context, in sourceCall) (string, error) {
		return n.Sources.AddKey(in)
	})
	offer(n, callSourceEnd, func(_ context.Context, in sourceEnd) (nothing, error) {
		if in.Older {
			return nothing{}, n.Sources.RevokeOlder(in.Source)
		}
		return nothing{}, n.Sources.Revoke(in.Source)
	})
}

type auditCall struct {
	Person, Actor, What string
	From, To            time.Time
	// Most is how many of the newest are wanted, the newest first, behind the record of the hash After; 0 is all, the oldest first.
	Most  int
	After string
}

func (n *Node) handleAudit() {
	offer(n, callAuditRead, func(ctx context.Context, in auditCall) ([]audit.Record, error) {
		want := audit.Filter{Actor: in.Actor, What: in.What, From: in.From, To: in.To}
		if in.Person != "" {
			i, err := n.inspector(ctx)
			if err != nil {
				return nil, err
			}
			who, err := i.Who(ctx, in.Person)
			if err != nil {
				return nil, err
			}
			if want.People, err = i.AuditedPerson(who); err != nil {
				return nil, err
			}
		}
		if in.Most > 0 {
			list, more, err := audit.Newest(ctx, AuditDir(n.Data), want, in.After, in.Most)
			if more { // one further record says so
				list = append(list, audit.Record{})
			}
			return list, err
		}
		return audit.Over(ctx, AuditDir(n.Data), want)
	})
}

func (n *Node) auditOperations() []api.Operation {
	type span struct {
		From string `query:"from" doc:"From this instant on."`
		To   string `query:"to" doc:"Up to this instant, which is not part of it."`
	}
	times := func(s span) (from, to time.Time, err error) {
		a, err := at("from", s.From)
		b, wrong := at("to", s.To)
		if a != 0 {
			from = a.Std()
		}
		if b != 0 {
			to = b.Std()
		}
		return from, to, errors.Join(err, wrong)
	}
	return []api.Operation{
		opCall(n, "listAudit", "GET /v1/audit", access.AuditRead, callAuditRead, "List what was recorded, the newest first.",
			func(ctx context.Context, in struct {
				api.Page
				span
				Person string `query:"person" whom:"" doc:"Only what concerned this person."`
				Actor  string `query:"actor" doc:"Only what somebody did."`
				What   string `query:"what" doc:"Only these: a verb such as person.read, or how verbs begin, such as person."`
			}, ask func(context.Context, auditCall) ([]audit.Record, error),
			) (out api.Tail[audit.Record], err error) {
				from, to, err := times(in.span)
				if err != nil {
					return out, err
				}
				after, most, err := in.After()
				if err != nil {
					return out, err
				}
				list, err := ask(ctx, auditCall{Person: in.Person, Actor: in.Actor, What: in.What, From: from, To: to, Most: most, After: after})
				if err != nil {
					return out, err
				}
				return api.TailOf(list, most, func(r *audit.Record) string { return r.Hash }), nil
			}),
		opCall(n, "listLooks", "GET /v1/people/{person}/looks", access.AuditRead, callAuditRead, "Tell who looked at a person, and who changed what, in words for them.",
			func(ctx context.Context, in struct {
				onePerson
				span
				api.Page
			}, ask func(context.Context, auditCall) ([]audit.Record, error),
			) (out api.List[audit.Looked], err error) {
				from, to, err := times(in.span)
				if err != nil {
					return out, err
				}
				all, err := ask(ctx, auditCall{Person: in.Person, From: from, To: to})
				if err != nil {
					return out, err
				}
				looks := audit.Looks(all)
				slices.Reverse(looks)
				return api.PageOf(looks, in.Page, func(l *audit.Looked) string { return l.At + " " + l.Who + " " + string(l.What) + " " + l.Via })
			}),
		explained(opOwn("verifyAudit", "GET /v1/audit/verification", access.AuditRead, audit.FolderRead, "", "Find out whether anybody changed, took out, put in or reordered records.",
			func(ctx context.Context, _ api.Nothing) (AuditFound, error) {
				if err := n.audit.record(ctx, audit.FolderRead, about{outcome: audit.Done}); err != nil {
					return AuditFound{}, err
				}
				v, err := audit.Verify(ctx, AuditDir(n.Data), audit.Trust{Witness: n.Witness})
				if err != nil {
					return AuditFound{}, err
				}
				h, err := VerifyHistory(ctx, n.Data, v.Frames)
				return AuditFound{*v, h}, err
			}), "Whoever does not trust this server copies the log, the witness and the public key, and verifies them elsewhere: attune audit verify."),
		opOwn("listVerbs", "GET /v1/audit/verbs", access.AuditRead, "", "the same for everybody", "List what can be recorded, and what each means.",
			func(context.Context, api.Nothing) ([]VerbShown, error) {
				var out []VerbShown
				for _, v := range audit.Verbs() {
					out = append(out, VerbShown{string(v.What), string(v.Sort), v.Means})
				}
				return out, nil
			}),
	}
}

// AuditFound is what came of verifying the audit log and the history.
type AuditFound struct {
	Log     audit.Verified  `json:"log"`
	History HistoryVerified `json:"history"`
}

// VerbShown is something that can be recorded.
type VerbShown struct {
	What  string `json:"what"`
	Sort  string `json:"sort"`
	Means string `json:"means"`
}
