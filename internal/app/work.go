package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/internal/control"
	"attune/internal/delivery/human"
	"attune/internal/intake"
	"attune/internal/request"
	"attune/internal/story"
)

// Work is one piece of open work, for people and scripts: what a program asked for, or a contact to make.
type Work struct {
	Request string `json:"request"`
	// Kind is task, refer, ask or call, or contact.
	Kind string `json:"kind"`
	// What is what is to be done, asked, or called, or who is referred to; of a contact, the channel and
	// the engagement.
	What     string   `json:"what"`
	For      string   `json:"for,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Urgency  string   `json:"urgency,omitempty"`
	Priority float64  `json:"priority,omitempty"`
	Outcomes []string `json:"outcomes,omitempty"`
	Person   string   `json:"person"`
	Program  string   `json:"program"`
	Journey  string   `json:"journey,omitempty"`
	Step     string   `json:"step,omitempty"`
	Since    string   `json:"since"`
	Due      string   `json:"due"`
	Overdue  bool     `json:"overdue,omitempty"`
	// Class is a contact's; Tries is how often it was tried; Wished tells that the person asked for this
	// time.
	Class  string `json:"class,omitempty"`
	Tries  int    `json:"tries,omitempty"`
	Wished bool   `json:"wished,omitempty"`
	// By is who does it, until Until.
	By    string `json:"by,omitempty"`
	Until string `json:"claimed_until,omitempty"`
	// Waits is why it is not to be done now, and WaitsUntil until when, where that is known.
	Waits      string `json:"waits,omitempty"`
	WaitsUntil string `json:"waits_until,omitempty"`
	// PutOff is until when whoever asks put it off for themselves.
	PutOff string `json:"put_off_until,omitempty"`
	// Ended is when it was over, and Why for what reason.
	Ended string `json:"ended,omitempty"`
	Why   string `json:"why,omitempty"`
}

func workOf(o *request.Open, now instant.Time) Work {
	return Work{
		Request: o.ID.String(), Kind: string(o.Kind), What: o.What, For: o.For, Reason: o.Reason, Urgency: o.Urgency, Priority: o.Priority, Outcomes: o.Outcomes,
		Person: o.Person.String(), Program: o.Program, Journey: o.Journey, Step: o.Step, Since: o.At.String(), Due: o.Due.String(), Overdue: o.Due <= now,
	}
}

// kindContact is the kind of a contact that people make.
const kindContact = "contact"

func workOfTask(t *human.Task) Work {
	w := Work{
		Request: t.ID.String(), Kind: kindContact, What: t.Channel + ": " + t.Engagement, For: t.Team, Outcomes: human.Outcomes(), Person: t.Person.String(),
		Program: t.Program, Since: t.At.String(), Due: t.Expires.String(), Class: t.Class.String(), Tries: t.Tries, Wished: t.Wished, Why: t.Why,
	}
	if t.Ended != 0 {
		w.Ended = t.Ended.String()
	}
	return w
}

func (w *Work) claimed(c human.Claim) {
	if w.By = c.By; c.By != "" {
		w.Until = c.Until.String()
	}
}

func (w *Work) putOff(until instant.Time) {
	if until != 0 {
		w.PutOff = until.String()
	}
}

// Answer is what is said to a request.
type Answer = request.Answer

// The calls that a running server answers about work.
const (
	callWork    = "work"
	callAnswer  = "answer"
	callClaim   = "work_claim"
	callUnclaim = "work_release"
	callDone    = "work_done"
	callTeams   = "work_teams"
	callPass    = "work_hand_over"
	callPutOff  = "work_put_off"
)

// WorkFilter says which work is meant; empty fields mean all.
type WorkFilter struct {
	Kind string `json:"kind"`
	For  string `json:"for"`
	// Mine is who claimed it.
	Mine string `json:"mine"`
	// Asks is who asks, as what they put off is kept.
	Asks string `json:"asks"`
	// Overdue leaves out what is not.
	Overdue bool `json:"overdue"`
	// All takes in what waits, and contacts that were over in the last seven days.
	All bool `json:"all"`
}

func (f *WorkFilter) fits(w *Work) bool {
	return (f.Kind == "" || f.Kind == w.Kind) && (f.For == "" || f.For == w.For) && (f.Mine == "" || f.Mine == w.By) && (!f.Overdue || w.Overdue) && (f.All || w.Waits == "" && w.Ended == "")
}

type answerCall struct {
	// Request is the id or how it begins; Kind is what it has to be of.
	Request string             `json:"request"`
	Kind    effect.RequestKind `json:"kind"`
	Answer  Answer             `json:"answer"`
}

type claimCall struct {
	Work string `json:"work"`
	By   string `json:"by"`
}

// WorkResult is how a piece of work went.
type WorkResult struct {
	Outcome string `json:"outcome"`
	By      string `json:"by"`
	Note    string `json:"note"`
	Minutes int    `json:"minutes"`
	// At is when a person asked to be called back; zero where none did.
	At instant.Time `json:"at"`
}

type doneCall struct {
	Work   string     `json:"work"`
	Result WorkResult `json:"result"`
}

// Sheet is a piece of work that somebody claimed: a contact with what to say to whom.
type Sheet struct {
	Work
	// Name is what the person is called, Preferred what they like to be called, Spoken how that is said, and Pronouns theirs; for who may see who people are.
	Name      string `json:"name,omitempty"`
	Preferred string `json:"preferred_name,omitempty"`
	Spoken    string `json:"name_spoken,omitempty"`
	Pronouns  string `json:"pronouns,omitempty"`
	// Because is what made a contact due, an event's name mostly, and BecauseAt since when that is so.
	Because   string `json:"because,omitempty"`
	BecauseAt string `json:"because_at,omitempty"`
	To        string `json:"to,omitempty"`
	Language  string `json:"language,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Script    string `json:"script,omitempty"`
}

// TeamDay is how a team's day stands.
type TeamDay struct {
	Team       string `json:"team"`
	PerDay     int    `json:"per_day"`
	HandedOver int    `json:"handed_over"`
	// Waiting are due and have no place in the day.
	Waiting int `json:"waiting"`
}

// handleWork answers commands about work.
func (n *Node) handleWork(mux *http.ServeMux) {
	answer(n, mux, callWork, n.work)
	answer(n, mux, callAnswer, n.answer)
	answer(n, mux, callClaim, n.claim)
	answer(n, mux, callUnclaim, n.unclaim)
	answer(n, mux, callDone, n.done)
	offer(n, callPass, n.pass)
	offer(n, callPutOff, n.putOff)
	answer(n, mux, callTeams, func(context.Context, nothing) ([]TeamDay, error) {
		out := []TeamDay{}
		for _, d := range n.Delivery.Days() {
			out = append(out, TeamDay(d))
		}
		return out, nil
	})
}

// shownEnded is for how long contacts that are over are listed among all.
const shownEnded = 7 * instant.Day

// work lists work: what people asked for at this time, what programs ask of others, contacts, what
// waits, and what is over.
func (n *Node) work(ctx context.Context, f WorkFilter) ([]Work, error) {
	items, err := n.Work.List(ctx)
	if err != nil {
		return nil, err
	}
	claims, err := n.Work.Claims(ctx, n.Now())
	if err != nil {
		return nil, err
	}
	off := map[id.Key]instant.Time{}
	if f.Asks != "" {
		if off, err = n.Work.PutOffs(ctx, f.Asks, n.Now()); err != nil {
			return nil, err
		}
	}
	var first, requests, contacts, later []Work
	for i := range items {
		w := workOfTask(&items[i].Task)
		w.claimed(items[i].Claim)
		w.putOff(off[items[i].ID])
		if v := items[i].Waits; v.Reason != "" {
			w.Waits = waitsFor(v)
			if v.Until != instant.Never {
				w.WaitsUntil = v.Until.String()
			}
			later = append(later, w)
		} else if w.Wished {
			first = append(first, w)
		} else {
			contacts = append(contacts, w)
		}
	}
	for _, o := range n.Requests.List(request.Filter{}) {
		w := workOf(&o, n.Now())
		w.claimed(claims[o.ID])
		w.putOff(off[o.ID])
		requests = append(requests, w)
	}
	if f.All {
		over, err := n.Work.Ended(ctx, n.Now().Add(-shownEnded))
		if err != nil {
			return nil, err
		}
		for i := range over {
			later = append(later, workOfTask(&over[i]))
		}
	}
	out := []Work{}
	for _, part := range [][]Work{first, requests, contacts, later} {
		for i := range part {
			if f.fits(&part[i]) {
				out = append(out, part[i])
			}
		}
	}
	return out, nil
}

func waitsFor(v human.Verdict) string {
	if v.Reason == human.NotYet {
		return "it comes back then"
	}
	return story.Explain(policy.Reason(v.Reason), v.Detail)
}

// find finds a piece of work by its id or how that begins: a request, or a contact, which may be over.
func (n *Node) find(ctx context.Context, written string) (o request.Open, contact bool, key id.Key, err error) {
	o, err = n.Requests.Find(written)
	if _, closed := errors.AsType[*request.ClosedError](err); err != nil && !closed {
		return o, false, key, err
	}
	tasks, failed := n.Work.Starting(ctx, strings.ToLower(strings.TrimSpace(written)))
	switch {
	case failed != nil:
		return o, false, key, failed
	case len(tasks) == 0:
		return o, false, o.ID, err
	case len(tasks) > 1 || err == nil:
		return o, false, key, fmt.Errorf("several pieces of work begin with %q: give more of the id", written)
	}
	return o, true, tasks[0].ID, nil
}

func (n *Node) answer(ctx context.Context, in answerCall) (Work, error) {
	o, contact, _, err := n.find(ctx, in.Request)
	if err != nil {
		return Work{}, err
	}
	if contact {
		return Work{}, &request.WrongError{What: fmt.Sprintf("%.8s is a contact to make", in.Request), Hint: "use attune work done"}
	}
	if o.Kind != in.Kind {
		return Work{}, &request.WrongError{What: "request " + o.ID.String()[:8] + " is of the kind " + string(o.Kind), Hint: howToAnswer(o.Kind)}
	}
	return n.answered(ctx, &o, in.Answer)
}

// answered takes an answer to a request. A task that somebody claimed nobody else says to be done.
func (n *Node) answered(ctx context.Context, o *request.Open, a Answer) (Work, error) {
	if o.Kind == effect.Task { // nobody else's answers say who gives them
		if err := n.Work.Free(ctx, o.ID, a.By, n.Now()); err != nil {
			return Work{}, err
		}
	}
	if err := n.Requests.Answer(ctx, intake.Source{Name: request.Source}, o.ID, a); err != nil {
		return Work{}, err
	}
	return workOf(o, n.Now()), n.Work.Drop(ctx, o.ID)
}

func (n *Node) claim(ctx context.Context, in claimCall) (Sheet, error) {
	if in.By == "" {
		return Sheet{}, &request.WrongError{What: "nobody is said to do it", Hint: "say who with --by"}
	}
	o, contact, key, err := n.find(ctx, in.Work)
	if err != nil {
		return Sheet{}, err
	}
	if contact {
		s, err := n.Work.Take(ctx, key, in.By)
		if err != nil {
			return Sheet{}, err
		}
		out := Sheet{Work: workOfTask(&s.Task), To: s.To, Language: s.Language, Subject: s.Subject, Script: s.Body}
		out.claimed(s.Claim)
		return out, n.tell(ctx, &out, s.Person, s.Touch)
	}
	if o.Kind == effect.Call {
		return Sheet{}, &request.WrongError{What: fmt.Sprintf("%.8s is a call of another system", key), Hint: howToAnswer(o.Kind)}
	}
	c, err := n.Work.Claim(ctx, key, in.By, n.Now())
	out := Sheet{Work: workOf(&o, n.Now())}
	if err != nil {
		return out, err
	}
	out.claimed(c)
	return out, n.tell(ctx, &out, o.Person, id.Key{})
}

// tell adds to a sheet what the person is called, and what made a contact due.
func (n *Node) tell(ctx context.Context, s *Sheet, who id.Person, touch id.Key) error {
	p, ok, err := finding{n}.state(ctx, who)
	if err != nil || !ok {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(p.Trait(name).Text) }
	s.Name, s.Preferred = strings.TrimSpace(text("first_name")+" "+text("last_name")), text("preferred_name")
	s.Spoken, s.Pronouns = text("name_spoken"), text("pronouns")
	s.Language = cmp.Or(s.Language, text("language"))
	for i := range p.Touches {
		if x := &p.Touches[i]; x.ID == touch && !touch.IsZero() {
			s.Because, s.BecauseAt = x.Cause.What, x.Cause.At.String()
		}
	}
	return nil
}

type passCall struct {
	Work string `json:"work"`
	By   string `json:"by"`
	// To is how whoever gets it is called where claims are told.
	To string `json:"to"`
}

// stillOpen is a piece of work that is not over: what a program asked for, or a contact to make.
func (n *Node) stillOpen(ctx context.Context, name string) (w Work, key id.Key, err error) {
	o, contact, key, err := n.find(ctx, name)
	if err != nil {
		return Work{}, key, err
	}
	if !contact {
		return workOf(&o, n.Now()), key, nil
	}
	t, found, err := n.Work.Get(ctx, key)
	switch {
	case err != nil:
		return Work{}, key, err
	case !found || t.Ended != 0:
		return Work{}, key, &human.ClosedError{Task: key.String(), Why: t.Why}
	}
	return workOfTask(&t), key, nil
}

// pass gives a piece of work to somebody else: theirs from now on, as if they had claimed it.
func (n *Node) pass(ctx context.Context, in passCall) (Work, error) {
	w, key, err := n.stillOpen(ctx, in.Work)
	if err != nil {
		return Work{}, err
	}
	if w.Kind == string(effect.Call) {
		return Work{}, &request.WrongError{What: fmt.Sprintf("%.8s is a call of another system", key), Hint: howToAnswer(effect.Call)}
	}
	c, err := n.Work.Pass(ctx, key, in.By, in.To, n.Now())
	w.claimed(c)
	return w, err
}

// longestPutOff is for how long somebody may put work off for themselves.
const longestPutOff = 7 * instant.Day

type putOffCall struct {
	Work string           `json:"work"`
	Who  string           `json:"who"`
	For  instant.Duration `json:"for"`
}

// putOff keeps that somebody does not want to be reminded of a piece of work for a time. It is theirs alone: all others see it as ever.
func (n *Node) putOff(ctx context.Context, in putOffCall) (Work, error) {
	w, key, err := n.stillOpen(ctx, in.Work)
	if err != nil {
		return Work{}, err
	}
	until := n.Now().Add(in.For)
	if in.For > 0 {
		w.putOff(until)
	}
	return w, n.Work.PutOff(ctx, in.Who, key, until, n.Now())
}

func (n *Node) unclaim(ctx context.Context, in claimCall) (nothing, error) {
	_, _, key, err := n.find(ctx, in.Work)
	if err != nil {
		return nothing{}, err
	}
	had, err := n.Work.Release(ctx, key, in.By)
	if err == nil && !had {
		err = fmt.Errorf("%.8s is not claimed by %q", key, in.By)
	}
	return nothing{}, err
}

func (n *Node) done(ctx context.Context, in doneCall) (Work, error) {
	o, contact, key, err := n.find(ctx, in.Work)
	if err != nil {
		return Work{}, err
	}
	r := in.Result
	if contact {
		t, err := n.Work.Done(ctx, key, human.Result{Outcome: r.Outcome, By: r.By, Note: r.Note, Minutes: r.Minutes, At: r.At})
		return workOfTask(&t), err
	}
	switch {
	case o.Kind != effect.Task:
		return Work{}, &request.WrongError{What: "request " + o.ID.String()[:8] + " is of the kind " + string(o.Kind), Hint: howToAnswer(o.Kind)}
	case r.At != 0 || r.Minutes != 0:
		return Work{}, &request.WrongError{What: "a task has no time and no minutes", Hint: "leave --at and --minutes out"}
	}
	return n.answered(ctx, &o, Answer{Outcome: r.Outcome, By: r.By, Note: r.Note})
}

func howToAnswer(k effect.RequestKind) string {
	switch k {
	case effect.Task:
		return "use attune work done"
	case effect.Refer:
		return "use attune work refer"
	case effect.Ask:
		return "use attune work answer"
	case effect.Call:
	}
	return "its service answers it, or goes by its deadline"
}

var errNoServer = errors.New("no server runs on this data folder: start it with attune serve, since answers go through it")

// OpenWork asks the server of a data folder for its work, the most pressing first.
func OpenWork(ctx context.Context, data string, f WorkFilter) ([]Work, error) {
	out, err := ask[WorkFilter, []Work](ctx, data, callWork, f)
	return out, served(err)
}

// AnswerWork gives the server of a data folder an answer to a request of a kind. It returns the request.
func AnswerWork(ctx context.Context, data, which string, kind effect.RequestKind, a Answer) (Work, error) {
	out, err := ask[answerCall, Work](ctx, data, callAnswer, answerCall{Request: which, Kind: kind, Answer: a})
	return out, served(err)
}

// ClaimWork lets somebody do a piece of work, and returns it with what to say to whom.
func ClaimWork(ctx context.Context, data, which, by string) (Sheet, error) {
	out, err := ask[claimCall, Sheet](ctx, data, callClaim, claimCall{which, by})
	return out, served(err)
}

// ReleaseWork gives a piece of work back.
func ReleaseWork(ctx context.Context, data, which, by string) error {
	_, err := ask[claimCall, nothing](ctx, data, callUnclaim, claimCall{which, by})
	return served(err)
}

// FinishWork tells how a piece of work went. It returns the work as it stands then.
func FinishWork(ctx context.Context, data, which string, r WorkResult) (Work, error) {
	out, err := ask[doneCall, Work](ctx, data, callDone, doneCall{which, r})
	return out, served(err)
}

// TeamDays tells how the days of teams stand.
func TeamDays(ctx context.Context, data string) ([]TeamDay, error) {
	out, err := ask[nothing, []TeamDay](ctx, data, callTeams, nothing{})
	return out, served(err)
}

func served(err error) error {
	if errors.Is(err, control.ErrNobody) {
		return errNoServer
	}
	return err
}
