package app

import (
	"context"
	"errors"
	"net/http"

	"attune/core/effect"
	"attune/core/instant"
	"attune/internal/control"
	"attune/internal/intake"
	"attune/internal/request"
)

// Work is one open request, for people and scripts.
type Work struct {
	Request string `json:"request"`
	Kind    string `json:"kind"`
	// What is what is to be done, asked, or called, or who is referred to.
	What     string   `json:"what"`
	For      string   `json:"for,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Urgency  string   `json:"urgency,omitempty"`
	Priority float64  `json:"priority,omitempty"`
	Outcomes []string `json:"outcomes,omitempty"`
	Person   string   `json:"person"`
	Program  string   `json:"program"`
	Journey  string   `json:"journey"`
	Step     string   `json:"step"`
	Since    string   `json:"since"`
	Due      string   `json:"due"`
	Overdue  bool     `json:"overdue,omitempty"`
}

func workOf(o *request.Open, now instant.Time) Work {
	return Work{
		Request: o.ID.String(), Kind: string(o.Kind), What: o.What, For: o.For, Reason: o.Reason, Urgency: o.Urgency, Priority: o.Priority, Outcomes: o.Outcomes,
		Person: o.Person.String(), Program: o.Program, Journey: o.Journey, Step: o.Step, Since: o.At.String(), Due: o.Due.String(), Overdue: o.Due <= now,
	}
}

// Answer is what is said to a request.
type Answer = request.Answer

// The calls that a running server answers about requests.
const (
	callWork   = "work"
	callAnswer = "answer"
)

// WorkFilter says which requests are meant; empty fields mean all.
type WorkFilter struct {
	Kind string `json:"kind"`
	For  string `json:"for"`
}

type answerCall struct {
	// Request is the id or how it begins; Kind is what it has to be of.
	Request string             `json:"request"`
	Kind    effect.RequestKind `json:"kind"`
	Answer  Answer             `json:"answer"`
}

// handleWork answers commands about requests.
func (n *Node) handleWork(mux *http.ServeMux) {
	control.Handle(mux, callWork, func(_ context.Context, f WorkFilter) ([]Work, error) {
		out := []Work{}
		for _, o := range n.Requests.List(request.Filter{Kind: effect.RequestKind(f.Kind), For: f.For}) {
			out = append(out, workOf(&o, n.Now()))
		}
		return out, nil
	})
	control.Handle(mux, callAnswer, func(ctx context.Context, in answerCall) (Work, error) {
		o, err := n.Requests.Find(in.Request)
		if err != nil {
			return Work{}, err
		}
		if o.Kind != in.Kind {
			return Work{}, &request.WrongError{What: "request " + o.ID.String()[:8] + " is of the kind " + string(o.Kind), Hint: howToAnswer(o.Kind)}
		}
		return workOf(&o, n.Now()), n.Requests.Answer(ctx, intake.Source{Name: request.Source}, o.ID, in.Answer)
	})
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

// OpenWork asks the server of a data folder which requests are open, the most pressing first.
func OpenWork(ctx context.Context, data string, f WorkFilter) ([]Work, error) {
	out, err := control.Call[WorkFilter, []Work](ctx, data, callWork, f)
	return out, served(err)
}

// AnswerWork gives the server of a data folder an answer to a request of a kind. It returns the request.
func AnswerWork(ctx context.Context, data, which string, kind effect.RequestKind, a Answer) (Work, error) {
	out, err := control.Call[answerCall, Work](ctx, data, callAnswer, answerCall{Request: which, Kind: kind, Answer: a})
	return out, served(err)
}

func served(err error) error {
	if errors.Is(err, control.ErrNobody) {
		return errNoServer
	}
	return err
}
