package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"attune/core/id"
	"attune/internal/audit"
	"attune/internal/control"
)

// declared is what a call is recorded as, or why it is not.
type declared struct {
	what  func(in any) audit.What
	about func(ctx context.Context, n *Node, in, out any) about
	free  string
}

// as declares a call that is always recorded as the same.
func as[In, Out any](what audit.What, tell func(in In, out Out) about) declared {
	return asOf(func(In) audit.What { return what }, func(_ context.Context, _ *Node, in In, out Out) about { return tell(in, out) })
}

// asOf declares a call whose verb is in what it asks.
func asOf[In, Out any](what func(In) audit.What, tell func(ctx context.Context, n *Node, in In, out Out) about) declared {
	return declared{
		what:  func(in any) audit.What { return what(in.(In)) },
		about: func(ctx context.Context, n *Node, in, out any) about { return tell(ctx, n, in.(In), out.(Out)) },
	}
}

func free(why string) declared { return declared{free: why} }

// calls says of every call of a server what it is recorded as. One that is not here is not answered.
func calls() map[string]declared {
	all := map[string]declared{
		callPublish: as(audit.ReleasePublished, func(in publishCall, _ written) about {
			return about{object: &audit.Object{Kind: "release", ID: in.Release}}
		}),
		callUndo: as(audit.ReleaseUndone, func(_ nothing, out written) about {
			return about{object: &audit.Object{Kind: "release", ID: out.Release}}
		}),
		callResume: as(audit.PassageResumed, func(in resumeCall, _ nothing) about {
			return about{object: &audit.Object{Kind: "passage", ID: in.Enrollment}, people: ids(in.Person)}
		}),

		callWork: as(audit.WorkRead, func(_ WorkFilter, out []Work) (a about) {
			for i := range out {
				a.people = append(a.people, ids(out[i].Person)...)
			}
			return a
		}),
		callAnswer: as(audit.RequestAnswered, func(in answerCall, out Work) about { return aboutWork(in.Request, &out) }),
		callClaim:  as(audit.WorkClaimed, func(in claimCall, out Sheet) about { return aboutWork(in.Work, &out.Work) }),
		callUnclaim: as(audit.WorkReleased, func(in claimCall, _ nothing) about {
			return about{object: &audit.Object{Kind: "work", ID: in.Work}}
		}),
		callPutOff: as(audit.WorkPutOff, func(in putOffCall, out Work) about { return aboutWork(in.Work, &out) }),
		callPass:   as(audit.WorkHandedOver, func(in passCall, out Work) about { return aboutWork(in.Work, &out) }),
		callDone:   as(audit.WorkDone, func(in doneCall, out Work) about { return aboutWork(in.Work, &out) }),
		callTeams:  free("numbers of a team's day"),

		callMailStanding: free("how a sending domain stands, in numbers"),
		callMailResume: as(audit.DeliveryResumed, func(nothing, nothing) about {
			return about{object: &audit.Object{Kind: "channel", ID: "email"}}
		}),
		callPause:    as(audit.DeliveryPaused, func(in Pause, _ nothing) about { return about{object: pausedObject(in.Paused), reason: in.Why} }),
		callUnpause:  as(audit.DeliveryResumed, func(in unpause, _ nothing) about { return about{object: pausedObject(in.Paused)} }),
		callChannels: free("how channels do, in numbers"),
		callTestChannel: as(audit.ChannelTested, func(in channelTest, _ ChannelTried) about {
			return about{object: &audit.Object{Kind: "channel", ID: in.Channel}}
		}),
		callCeilings: free("how much each engagement said, in numbers"),
		callRaise: as(audit.CeilingRaised, func(in, _ Raise) about {
			return about{object: &audit.Object{Kind: "engagement", ID: in.Program + "/" + in.Engagement}, reason: "to " + strconv.Itoa(in.To) + ", asked for by " + in.AskedBy}
		}),

		callSuppressed: as(audit.ContactsRead, func(_ nothing, out []Suppressed) (a about) {
			for _, s := range out {
				a.people = append(a.people, ids(s.People...)...)
			}
			return a
		}),
		callRelease: asOf(func(ContactRelease) audit.What { return audit.ContactReleased }, func(ctx context.Context, n *Node, in ContactRelease, _ nothing) about {
			return about{object: &audit.Object{Kind: "channel", ID: in.Channel}, people: n.reachedAt(ctx, in), reason: in.Reason}
		}),
		callVerify: as(audit.ContactVerified, func(in Verified, _ string) about {
			return about{object: &audit.Object{Kind: "channel", ID: in.Channel}, people: ids(in.Person), reason: in.Note}
		}),
		callInbox: as(audit.InboxRead, func(_ nothing, out []Inbound) (a about) {
			for i := range out {
				a.people = append(a.people, ids(out[i].People...)...)
			}
			return a
		}),
		callTake: as(audit.InboxTaken, func(in Taking, out Inbound) about {
			return about{object: &audit.Object{Kind: "message", ID: in.ID}, people: append(ids(in.Person), ids(out.People...)...)}
		}),
		callReplay: as(audit.TouchReplayed, func(in replayCall, _ replayed) (a about) {
			for _, d := range in.Letters {
				a.people = append(a.people, ids(d.Person)...)
			}
			a.object = &audit.Object{Kind: "touches", ID: strconv.Itoa(len(in.Letters))}
			return a
		}),
		callNote: as(audit.NoteWritten, func(in Noted, _ nothing) about { return about{people: ids(in.Person), reason: in.Kind} }),
		callHold: asOf(func(in HoldWord) audit.What {
			if in.Lift {
				return audit.HoldLifted
			}
			return audit.HoldSet
		}, func(_ context.Context, _ *Node, in HoldWord, _ nothing) about {
			return about{people: ids(in.Person), reason: strings.TrimSpace(in.Hold + ": " + in.Note)}
		}),
		callMerge: asOf(func(in MergeWord) audit.What {
			if in.Apart {
				return audit.PersonParted
			}
			return audit.PersonMerged
		}, func(_ context.Context, _ *Node, in MergeWord, _ nothing) about {
			return about{people: ids(in.Person, in.Of), reason: in.Note}
		}),
		callLearn: as(audit.ModelLearned, func(nothing, Night) about { return about{} }),
		callLibraryExport: as(audit.LibraryExported, func(in LibraryExport, out LibraryFile) about {
			return about{object: &audit.Object{Kind: "library", ID: out.ID}}
		}),
		callLibraryTrust: as(audit.LibraryTrusted, func(in TrustWord, out Trusted) about {
			return about{object: &audit.Object{Kind: "key", ID: out.Key}}
		}),
		callLibraryImport: as(audit.LibraryImported, func(in LibraryImport, _ *Library) about {
			sum := sha256.Sum256(in.File)
			return about{object: &audit.Object{Kind: "library", ID: hex.EncodeToString(sum[:])}}
		}),
		callLibraryForget: as(audit.LibraryForgotten, func(in ForgetWord, _ *Library) about {
			return about{object: &audit.Object{Kind: "organisation", ID: in.Organisation}}
		}),
		callLibrary:     free("sums that other organisations signed"),
		callLibraryKeys: free("public keys, and whose they are"),
		callImport: as(audit.ImportBegun, func(in Import, _ nothing) about {
			sum := sha256.Sum256([]byte(strings.Join(slices.Concat(in.Paths, in.Uploads), "\n"))) // a file's name may be somebody's
			return about{object: &audit.Object{Kind: "source", ID: in.Source + " paths sha256 " + hex.EncodeToString(sum[:8])}}
		}),
		callImporting:  free("how far an import has come, in numbers"),
		callStopImport: as(audit.ImportStopped, func(nothing, nothing) about { return about{} }),

		callFind: as(audit.PeopleSearched, func(_ Wanted, out FoundPeople) (a about) {
			for i := range out.People {
				a.people = append(a.people, ids(out.People[i].Person)...)
			}
			a.people = append(a.people, ids(out.Outside)...)
			return a
		}),
		callDuplicates: as(audit.PeopleSearched, func(_ DuplicateQuery, out Duplicates) (a about) {
			for i := range out.Pairs {
				a.people = append(a.people, ids(out.Pairs[i].One.Person, out.Pairs[i].Other.Person)...)
			}
			return a
		}),
		callOpen: as(audit.GlassBroken, func(in openCall, _ Opening) about { return about{people: ids(in.Person), reason: in.Reason} }),
		callOpenings: as(audit.GlassRead, func(_ openingsCall, out []Opening) (a about) {
			for i := range out {
				a.people = append(a.people, ids(out[i].Person)...)
			}
			return a
		}),
		callReview: as(audit.GlassReviewed, func(in reviewCall, out reviewed) about {
			return about{object: &audit.Object{Kind: "opening", ID: in.Opening}, people: out.people, reason: in.Note}
		}),
		callAuditRead: as(audit.AuditRead, func(auditCall, []audit.Record) about { return about{} }),
		callSourceAdd: as(audit.KeyMade, func(in sourceCall, _ string) about {
			return about{object: &audit.Object{Kind: "source", ID: in.Source}}
		}),
		callSourceEnd: as(audit.KeyRevoked, func(in sourceEnd, _ nothing) about {
			return about{object: &audit.Object{Kind: "source", ID: in.Source}}
		}),
		callReleaseFence: as(audit.FenceLifted, func(ReleaseWord, Released) about { return about{} }),
		callErase: as(audit.ErasureAsked, func(in EraseWord, out Erasure) about {
			a := about{people: append(ids(in.Person), ids(out.Person)...), reason: in.Reason}
			if out.ID != "" {
				a.object = &audit.Object{Kind: "erasure", ID: out.ID}
			}
			return a
		}),
		callErasures: as(audit.ErasuresListed, func(_ nothing, out []Erasure) (a about) {
			for i := range out {
				a.people = append(a.people, ids(out[i].Person)...)
			}
			return a
		}),
		callConfirm: asOf(func(ConfirmWord) audit.What { return audit.PersonErased }, aboutErasure),
		callLegalHold: asOf(func(in LegalHoldWord) audit.What {
			if in.Lift {
				return audit.LegalHoldLifted
			}
			return audit.LegalHoldSet
		}, func(ctx context.Context, n *Node, in LegalHoldWord, _ nothing) about {
			a := about{reason: in.Reason}
			if p, err := n.whom(ctx, in.Person); err == nil {
				a.people = []id.Person{p}
			}
			return a
		}),
		callDifferent: asOf(func(DifferentWord) audit.What { return audit.PersonDistinct }, func(ctx context.Context, n *Node, in DifferentWord, _ nothing) (a about) {
			for _, s := range []string{in.One, in.Other} {
				if p, err := n.whom(ctx, s); err == nil {
					a.people = append(a.people, p)
				}
			}
			a.reason = in.Note
			return a
		}),
	}
	maps.Copy(all, staffCalls())
	maps.Copy(all, quarantineCalls())
	maps.Copy(all, rightsCalls())
	maps.Copy(all, contentCalls())
	maps.Copy(all, keyCalls())
	maps.Copy(all, uploadCalls())
	maps.Copy(all, draftCalls())
	maps.Copy(all, serviceCalls())
	return all
}

// ids are those of the texts that are a person's.
func ids(texts ...string) (out []id.Person) {
	for _, s := range texts {
		if p, err := id.ParsePerson(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func aboutWork(written string, w *Work) about {
	if w.Request != "" {
		written = w.Request
	}
	return about{object: &audit.Object{Kind: "work", ID: written}, people: ids(w.Person)}
}

func pausedObject(p Paused) *audit.Object {
	switch {
	case p.Engagement != "":
		return &audit.Object{Kind: "engagement", ID: p.Program + "/" + p.Engagement}
	case p.Journey != "":
		return &audit.Object{Kind: "journey", ID: p.Program + "/" + p.Journey}
	case p.Program != "":
		return &audit.Object{Kind: "program", ID: p.Program}
	case p.Channel != "":
		return &audit.Object{Kind: "channel", ID: p.Channel}
	}
	return &audit.Object{Kind: "everything"}
}

// answer lets the server take a call, and records it.
func answer[In, Out any](n *Node, mux *http.ServeMux, name string, f func(context.Context, In) (Out, error)) {
	ask := func(ctx context.Context, in In) (Out, error) { return audited(ctx, n, n.audit, name, in, f) }
	n.asked[name] = ask
	control.Handle(mux, name, func(ctx context.Context, in In) (Out, error) { return ask(audit.With(ctx, heard(ctx)), in) })
}

// offer lets the API make a call that commands do not make.
func offer[In, Out any](n *Node, name string, f func(context.Context, In) (Out, error)) {
	n.asked[name] = func(ctx context.Context, in In) (Out, error) { return audited(ctx, n, n.audit, name, in, f) }
}

// audited does what a call asks, and records it: a change before it is made and after, a look after it was made and before anything
// of it is shown. What cannot be recorded is not answered.
func audited[In, Out any](ctx context.Context, n *Node, r *recorder, name string, in In, f func(context.Context, In) (Out, error)) (out Out, err error) {
	d, ok := calls()[name]
	if !ok {
		return out, fmt.Errorf("the call %s does not say what it is recorded as: declare it in internal/app/calls.go", name)
	}
	if d.free != "" {
		return f(ctx, in)
	}
	if c := audit.Of(ctx); c.Via == "" {
		c.Via = "call " + name
		ctx = audit.With(ctx, c)
	}
	what := d.what(in)
	if what.Sort() != audit.Look {
		a := d.about(ctx, n, in, out)
		a.outcome = audit.Begun
		if err := r.record(ctx, what, a); err != nil {
			return out, err
		}
	}
	out, err = f(ctx, in)
	a := d.about(ctx, n, in, out)
	if a.outcome = audit.Done; err != nil {
		a.outcome, a.why = audit.Refused, err.Error()
	}
	if failed := r.record(context.WithoutCancel(ctx), what, a); failed != nil {
		var none Out
		return none, errors.Join(err, failed)
	}
	return out, err
}

// auditedAside does the same in a folder that no server runs on.
func auditedAside[In, Out any](ctx context.Context, data, name string, in In, f func(context.Context, In) (Out, error)) (out Out, err error) {
	if _, ok, err := readPin(data); err != nil || !ok {
		return out, errors.Join(err, notUsed(data))
	}
	r, err := openRecorder(data, nil, audit.Config{})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, r.log.Close()) }()
	return audited(ctx, nil, r, name, in, f)
}
