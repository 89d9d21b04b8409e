package request

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/source"
	"attune/internal/intake"
)

// Source is the name under which answers come in that Attune hears itself: of commands, and of services
// that answer a call at once. No other source may have it.
const Source = event.Own

// Answer is what is said to a request. Which fields it has depends on the request's kind:
//
//	{"outcome":"reached","by":"nurse Kim","note":"Sleeps better"}   a task
//	{"outcome":"declined","reason":"No capacity"}                   a referral
//	{"score":7}                                                     a questionnaire
//	{"status":"high","result":"eligible","number":0.82}             a call
type Answer struct {
	Outcome string   `json:"outcome,omitempty"`
	By      string   `json:"by,omitempty"`
	Note    string   `json:"note,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Status  string   `json:"status,omitempty"`
	Result  string   `json:"result,omitempty"`
	Number  *float64 `json:"number,omitempty"`
}

// ClosedError says that a request is not open: it was answered, was too late, is no longer needed, or
// there never was one.
type ClosedError struct{ Request string }

func (e *ClosedError) Error() string {
	return fmt.Sprintf("no open request has the id %s: it was answered, is over, or never was", e.Request)
}

// WrongError says why an answer does not fit its request.
type WrongError struct{ What, Hint string }

func (e *WrongError) Error() string {
	if e.Hint == "" {
		return e.What
	}
	return e.What + "; " + e.Hint
}

// given are the fields that the answer has.
func (a *Answer) given() (names []string) {
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"outcome", a.Outcome != ""}, {"by", a.By != ""}, {"note", a.Note != ""}, {"reason", a.Reason != ""}, {"score", a.Score != nil},
		{"status", a.Status != ""}, {"result", a.Result != ""}, {"number", a.Number != nil},
	} {
		if f.has {
			names = append(names, f.name)
		}
	}
	return names
}

// The bounds of an answer, in bytes. They are within those of an event, so that no answer is taken and
// then quarantined.
const (
	mostWord = 128
	mostText = 3000
)

// bounded tells what is too long, or no number.
func (a *Answer) bounded() error {
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"outcome", a.Outcome, mostWord}, {"status", a.Status, mostWord}, {"by", a.By, mostWord},
		{"note", a.Note, mostText}, {"reason", a.Reason, mostText}, {"result", a.Result, mostText},
	} {
		if len(f.value) > f.most {
			return &WrongError{fmt.Sprintf("%s has %d bytes", f.name, len(f.value)), fmt.Sprintf("it may have %d", f.most)}
		}
		if !utf8.ValidString(f.value) {
			return &WrongError{What: f.name + " is not UTF-8"}
		}
	}
	for _, n := range []*float64{a.Score, a.Number} {
		if n != nil && (math.IsNaN(*n) || math.IsInf(*n, 0)) {
			return &WrongError{What: "score and number are finite numbers"}
		}
	}
	return nil
}

// fields are those that an answer to a kind of request may have; the first is needed, but for a
// questionnaire without a score.
func fields(k effect.RequestKind) []string {
	switch k {
	case effect.Ask:
		return []string{"score"}
	case effect.Task:
		return []string{"outcome", "by", "note"}
	case effect.Refer:
		return []string{"outcome", "reason"}
	case effect.Call:
		return []string{"status", "result", "number"}
	}
	return nil
}

// Event is the event that answers the request. It returns a *WrongError when the answer does not fit.
func (o *Open) Event(a Answer) (event.Event, error) {
	may, given := fields(o.Kind), a.given()
	for _, name := range given {
		if !slices.Contains(may, name) {
			return event.Event{}, &WrongError{fmt.Sprintf("the answer to this %s has no %s", noun(o.Kind), name), "it may have " + strings.Join(may, ", ")}
		}
	}
	if o.Kind != effect.Ask && !slices.Contains(given, may[0]) {
		return event.Event{}, &WrongError{fmt.Sprintf("the answer to this %s lacks %s", noun(o.Kind), may[0]), o.hint()}
	}
	if err := a.bounded(); err != nil {
		return event.Event{}, err
	}
	if err := o.fits(a.Outcome); err != nil {
		return event.Event{}, err
	}
	id := expr.TextOf(o.ID.String())
	var e event.Event
	switch o.Kind {
	case effect.Ask:
		e = event.Event{Name: "questionnaire.completed"}.With("questionnaire", expr.TextOf(o.What))
	case effect.Task:
		e = event.Event{Name: "task.done"}.With("task", id).With("outcome", expr.TextOf(a.Outcome))
	case effect.Refer:
		e = event.Event{Name: "referral." + a.Outcome}.With("referral", id)
	case effect.Call:
		e = event.Event{Name: "call.answered"}.With("call", id).With("status", expr.TextOf(a.Status))
	}
	for _, f := range []struct{ name, value string }{{"by", a.By}, {"note", a.Note}, {"reason", a.Reason}, {"result", a.Result}} {
		if f.value != "" {
			e = e.With(f.name, expr.TextOf(f.value))
		}
	}
	if a.Score != nil {
		e = e.With("score", expr.NumberOf(*a.Score))
	}
	if a.Number != nil {
		e = e.With("number", expr.NumberOf(*a.Number))
	}
	return e, nil
}

// fits holds the outcome against the step: a referral has four, and one that is nearly an outcome of a
// task's step is taken for a slip.
func (o *Open) fits(outcome string) error {
	switch {
	case o.Kind == effect.Refer && !slices.Contains(journey.Answers(), outcome):
		return &WrongError{fmt.Sprintf("a referral cannot be %q", outcome), source.Suggest(outcome, journey.Answers())}
	case o.Kind == effect.Task && !slices.Contains(o.Outcomes, outcome):
		if near := source.Nearest(outcome, o.Outcomes); near != "" {
			return &WrongError{fmt.Sprintf("step %s has no outcome %q", o.Step, outcome), fmt.Sprintf("did you mean %q?", near)}
		}
	}
	return nil
}

// hint lists the outcomes there are.
func (o *Open) hint() string {
	known := o.Outcomes
	if o.Kind == effect.Refer {
		known = journey.Answers()
	}
	if len(known) == 0 {
		return "say in a word how it went, such as done"
	}
	return "the step goes by " + strings.Join(known, ", ")
}

func noun(k effect.RequestKind) string {
	switch k {
	case effect.Ask:
		return "questionnaire"
	case effect.Refer:
		return "referral"
	case effect.Task, effect.Call:
	}
	return string(k)
}

// Taker takes events in. *intake.Intake is one.
type Taker interface {
	Take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) error
}

// Desk takes answers to open requests.
type Desk struct {
	*Book
	Intake Taker
	Now    func() instant.Time
}

// Answer makes the answer durable. It returns a *ClosedError where nobody waits for one, a *WrongError
// where it does not fit, and what intake returns. The same answer given again changes nothing.
func (d *Desk) Answer(ctx context.Context, from intake.Source, request id.Key, a Answer) error {
	o, ok := d.Get(request)
	if !ok {
		return &ClosedError{request.String()}
	}
	e, err := o.Event(a)
	if err != nil {
		return err
	}
	now := d.Now()
	e.ID, e.OccurredAt, e.ReceivedAt = EventID(request), now, now
	return d.Intake.Take(ctx, from, []intake.Arrival{{Person: o.Person, Event: e}})
}

// EventID is the id of the event that answers a request. There is one for each request, whoever
// answers, so that a second answer is recognised as a repetition.
func EventID(request id.Key) string { return Source + "/" + request.String() }
