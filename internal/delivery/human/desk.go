package human

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

// Verdict tells whether a contact may still be made.
type Verdict struct {
	// Reason is why not; empty where it may.
	Reason policy.Reason
	Detail string
	// Until is until when it waits; zero where it is not to be made any more, Never where somebody has to
	// say that what it waits for is over.
	Until instant.Time
	// To is where the person is reached now.
	To string
}

// World is what the desk asks about people, and tells.
type World interface {
	// May tells whether a contact may be made now.
	May(ctx context.Context, t *Task) (Verdict, error)
	// Hear takes an event into the person's order.
	Hear(ctx context.Context, p id.Person, e event.Event) error
	// WrongPerson makes the address one that nobody is reached at.
	WrongPerson(ctx context.Context, t *Task, address string) error
}

// Desk is where the team gets its tasks and tells how they went.
type Desk struct {
	*Queue
	World World
	Now   func() instant.Time
}

// The outcomes of a contact.
const (
	Reached     = "reached"
	NoAnswer    = "no_answer"
	Refused     = "refused"
	CallBack    = "call_back"
	WrongPerson = "wrong_person"
)

// Outcomes are all outcomes.
func Outcomes() []string { return []string{Reached, NoAnswer, Refused, CallBack, WrongPerson} }

const (
	// maxTries bounds how often nobody answers, tryAgain is the time between two tries.
	maxTries = 3
	tryAgain = instant.Day
	// keep is how long what is over is kept.
	keep = 30 * instant.Day
	// mostBy and mostNote bound what is told, in bytes.
	mostBy, mostNote = 128, 3000
)

// ClosedError tells that a task is over, or never was.
type ClosedError struct{ Task, Why string }

func (e *ClosedError) Error() string {
	if e.Why == "" {
		return fmt.Sprintf("there is no task %.8s", e.Task)
	}
	return fmt.Sprintf("task %.8s is over: %s", e.Task, e.Why)
}

// WaitsError tells that a task is not to be done now.
type WaitsError struct {
	Task string
	Verdict
}

func (e *WaitsError) Error() string {
	if e.Until == instant.Never {
		return fmt.Sprintf("task %.8s waits until somebody says that it may go on: %s", e.Task, e.Reason)
	}
	return fmt.Sprintf("task %.8s waits until %s: %s", e.Task, e.Until, e.Reason)
}

// WrongError says why what was told does not fit.
type WrongError struct{ What string }

func (e *WrongError) Error() string { return e.What }

// Item is an open task as it stands now.
type Item struct {
	Task
	// Claim is whose it is; By is empty where it is nobody's.
	Claim Claim
	// Waits is why it is not to be done now and until when; its reason is empty where it is.
	Waits Verdict
}

// NotYet is the reason of a task whose time has not come.
const NotYet policy.Reason = "not_yet"

// List returns the open tasks in the order in which to do them, what waits last. What may not happen any
// more is closed, and not among them.
func (d *Desk) List(ctx context.Context) ([]Item, error) {
	tasks, err := d.Queue.Open(ctx)
	if err != nil {
		return nil, err
	}
	var now, later []Item
	for i := range tasks {
		item, open, err := d.look(ctx, &tasks[i])
		switch {
		case err != nil:
			return nil, err
		case !open:
		case item.Waits.Reason == "":
			now = append(now, item)
		default:
			later = append(later, item)
		}
	}
	return append(now, later...), nil
}

// look asks whether a task may still be done, and closes it where it may not.
func (d *Desk) look(ctx context.Context, t *Task) (item Item, open bool, err error) {
	at := d.Now()
	item.Task = *t
	var claimed bool
	if item.Claim, claimed, err = d.Claimed(ctx, t.ID, at); err != nil {
		return item, false, err
	}
	if t.Expires <= at && !claimed {
		return item, false, d.end(ctx, t, string(policy.Expired))
	}
	v, err := d.World.May(ctx, t)
	switch {
	case err != nil:
		return item, false, err
	case v.Reason != "" && v.Until == 0:
		return item, false, d.end(ctx, t, string(v.Reason))
	}
	if item.Waits = v; v.Reason == "" && t.Due > at {
		item.Waits = Verdict{Reason: NotYet, Until: t.Due, To: v.To}
	}
	return item, true, nil
}

// Sheet is a task with what to say to whom.
type Sheet struct {
	Task
	Script
	Claim Claim
}

// Take lets somebody do a task, and shows them what to say. Whether the contact may still be made is asked
// last thing before; where not, nothing is shown.
func (d *Desk) Take(ctx context.Context, task id.Key, by string) (Sheet, error) {
	t, err := d.open(ctx, task)
	if err != nil {
		return Sheet{}, err
	}
	c, err := d.Claim(ctx, task, by, d.Now())
	if err != nil {
		return Sheet{}, err
	}
	sheet, err := d.sheet(ctx, &t, c)
	if err != nil {
		_, _ = d.Release(ctx, task, by) // it runs out by itself otherwise
	}
	return sheet, err
}

func (d *Desk) sheet(ctx context.Context, t *Task, c Claim) (Sheet, error) {
	item, open, err := d.look(ctx, t)
	switch {
	case err != nil:
		return Sheet{}, err
	case !open:
		return Sheet{}, d.closed(ctx, t.ID)
	case item.Waits.Reason != "":
		return Sheet{}, &WaitsError{t.ID.String(), item.Waits}
	}
	script, err := d.Script(ctx, t)
	script.To = item.Waits.To // it may have changed since
	return Sheet{item.Task, script, c}, err
}

// open returns a task that is not over.
func (d *Desk) open(ctx context.Context, task id.Key) (Task, error) {
	t, found, err := d.Get(ctx, task)
	if err == nil && (!found || t.Ended != 0) {
		err = &ClosedError{task.String(), t.Why}
	}
	return t, err
}

func (d *Desk) closed(ctx context.Context, task id.Key) error {
	_, err := d.open(ctx, task)
	return err
}

// Result is how a contact went.
type Result struct {
	Outcome, By, Note string
	Minutes           int
	// At is when the person asked to be called back.
	At instant.Time
}

func (r *Result) wrong(now instant.Time) error {
	known := false
	for _, o := range Outcomes() {
		known = known || o == r.Outcome
	}
	switch {
	case !known:
		return &WrongError{fmt.Sprintf("a contact has no outcome %q; it is one of %s", r.Outcome, strings.Join(Outcomes(), ", "))}
	case r.By == "":
		return &WrongError{"nobody is said to have made the contact; say who with --by"}
	case r.Outcome == CallBack && r.At <= now:
		return &WrongError{"call_back needs a time to come; say when with --at"}
	case r.Outcome != CallBack && r.At != 0:
		return &WrongError{"only call_back has a time; leave --at out"}
	case len(r.By) > mostBy || len(r.Note) > mostNote:
		return &WrongError{fmt.Sprintf("by may have %d bytes and a note %d", mostBy, mostNote)}
	case !utf8.ValidString(r.By) || !utf8.ValidString(r.Note):
		return &WrongError{"by or the note is not UTF-8"}
	case r.Minutes < 0:
		return &WrongError{"minutes cannot be less than none"}
	}
	return nil
}

// Done takes how a contact went: it is heard as call.held or visit.held, and the task is over, or comes
// back: when nobody answered, a day later, three times in all; when the person asked for another time, at that
// time, which is theirs to choose and goes before the day on which the task would have expired.
func (d *Desk) Done(ctx context.Context, task id.Key, r Result) (Task, error) {
	now := d.Now()
	if err := r.wrong(now); err != nil {
		return Task{}, err
	}
	t, err := d.open(ctx, task)
	if err != nil {
		return t, err
	}
	// Whoever tells has it, so that of two who tell at once one is taken.
	if _, err := d.Claim(ctx, task, r.By, now); err != nil {
		return t, err
	}
	if r.Outcome == WrongPerson {
		if err := d.wrongPerson(ctx, &t); err != nil {
			return t, err
		}
	}
	if err := d.World.Hear(ctx, t.Person, t.held(&r, now)); err != nil {
		return t, err
	}
	t.Tries++
	switch next := now.Add(tryAgain); {
	case r.Outcome == CallBack:
		t.Due, t.Wished, t.Expires = r.At, true, max(t.Expires, r.At.Add(tryAgain))
		return t, d.again(ctx, &t)
	case r.Outcome == NoAnswer && t.Tries < maxTries && next < t.Expires:
		t.Due, t.Wished = next, false
		return t, d.again(ctx, &t)
	}
	t.Ended, t.Why = now, r.Outcome
	return t, d.end(ctx, &t, r.Outcome)
}

// wrongPerson tells where somebody else was reached: at the address that was shown.
func (d *Desk) wrongPerson(ctx context.Context, t *Task) error {
	v, err := d.World.May(ctx, t)
	if err != nil || v.To == "" {
		return err
	}
	return d.World.WrongPerson(ctx, t, v.To)
}

// held is the event that tells how a contact went.
func (t *Task) held(r *Result, at instant.Time) event.Event {
	e := event.Event{Name: t.Channel + ".held", ID: "attune/task/" + t.ID.String() + "/" + strconv.Itoa(t.Tries+1), OccurredAt: at, ReceivedAt: at}
	e = e.With("outcome", expr.TextOf(r.Outcome)).With("by", expr.TextOf(r.By)).With("touch", expr.TextOf(t.Touch.String()))
	if r.Note != "" {
		e = e.With("note", expr.TextOf(r.Note))
	}
	if r.Minutes > 0 {
		e = e.With("minutes", expr.IntegerOf(int64(r.Minutes)))
	}
	return e
}

// again lets a task come back.
func (d *Desk) again(ctx context.Context, t *Task) error {
	err := d.write(ctx, `UPDATE task SET due = ?, wished = ?, tries = ?, expires = ? WHERE id = ? AND ended = 0`, int64(t.Due), t.Wished, t.Tries, int64(t.Expires), t.ID[:])
	if err != nil {
		return fmt.Errorf("keep when task %s comes back: %w", t.ID, err)
	}
	return d.Drop(ctx, t.ID)
}

// end closes a task, and forgets those that have been over for long.
func (d *Desk) end(ctx context.Context, t *Task, why string) error {
	at := max(d.Now(), 1)
	err := d.write(ctx, `UPDATE task SET ended = ?, why = ?, tries = ? WHERE id = ? AND ended = 0`, int64(at), why, t.Tries, t.ID[:])
	if err == nil {
		err = d.write(ctx, `DELETE FROM task WHERE ended <> 0 AND ended < ?`, int64(at.Add(-keep)))
	}
	if err != nil {
		return fmt.Errorf("close task %s: %w", t.ID, err)
	}
	return d.Drop(ctx, t.ID)
}
