package decide

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"attune/core/source"
)

// Start is the world's first line: what can be said, to whom, for how long, and how often.
type Start struct {
	Actions  []string `json:"actions"`
	Stages   []string `json:"stages"`
	Patients int      `json:"patients"`
	Days     int      `json:"days"`
	Cap      int      `json:"cap"`
	Window   int      `json:"window_days"`
}

// None is the action of saying nothing.
const None = "none"

func (s *Start) check() error {
	switch {
	case len(s.Actions) == 0:
		return errors.New(`"actions" is missing: list "none" and every intervention:channel`)
	case len(s.Stages) == 0:
		return errors.New(`"stages" is missing: list the names of the stages that patients may be in`)
	case s.Days < 1:
		return errors.New(`"days" has to be 1 or more`)
	case s.Patients < 0:
		return errors.New(`"patients" has to be 0 or more`)
	case s.Cap < 0:
		return errors.New(`"cap" has to be 0 or more: it is how many messages somebody may get in window_days`)
	case s.Window < 1:
		return errors.New(`"window_days" has to be 1 or more`)
	}
	for _, list := range [][]string{s.Actions, s.Stages} {
		for i, name := range list {
			if name == "" || strings.ContainsAny(name, "|=") {
				return fmt.Errorf("%q cannot be a name: it must not be empty nor hold | or =", name)
			}
			if slices.Contains(list[:i], name) {
				return fmt.Errorf("%q is listed twice: leave one out", name)
			}
		}
	}
	if !slices.Contains(s.Actions, None) {
		return errors.New(`"actions" has no "none": saying nothing has to be possible`)
	}
	for _, a := range s.Actions {
		intervention, channel, ok := strings.Cut(a, ":")
		if a != None && (!ok || intervention == "" || channel == "" || strings.Contains(channel, ":")) {
			return fmt.Errorf("the action %q is not written as intervention:channel, such as inform:sms", a)
		}
	}
	return nil
}

// Patient is what a world tells of one patient on one day.
type Patient struct {
	ID ID
	// Stage is a place in the world's list of stages, -1 where it is not known.
	Stage int
	// Age is as the world counts it, and not a number where it is not known.
	Age           float64
	App, OptedOut bool
	RecentSends   int
	// place is where it was listed.
	place int
}

// ID is a patient's name in the world, a whole number or a text, kept as it came.
type ID struct{ raw string }

// IDOf makes one of what stands in JSON: 7, or "mia" with its quotes.
func IDOf(raw string) ID { return ID{raw} }

// String is the id as JSON.
func (i ID) String() string { return i.raw }

// number tells whether it is one.
func (i ID) number() (int64, bool) {
	n, err := strconv.ParseInt(i.raw, 10, 64)
	return n, err == nil
}

// onDecide is a line that asks for decisions.
type onDecide struct {
	Day      *int          `json:"day"`
	Patients *[]rawPatient `json:"patients"`
}

type rawPatient struct {
	ID          json.RawMessage `json:"id"`
	Stage       json.RawMessage `json:"stage"`
	Age         *float64        `json:"age"`
	App         yes             `json:"app_user"`
	OptedOut    *yes            `json:"opted_out"`
	RecentSends *int            `json:"recent_sends"`
}

// yes is true or false, or 1 or 0, since not every language writes the same.
type yes bool

// UnmarshalJSON reads it.
func (y *yes) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", "1":
		*y = true
	case "false", "0", "null":
		*y = false
	default:
		return fmt.Errorf("%s is neither true nor false", b)
	}
	return nil
}

// onReward is a line that tells what became of the last decisions.
type onReward struct {
	Day      *int       `json:"day"`
	Rewards  *[]*reward `json:"rewards"`
	Rejected int        `json:"rejected"`
}

// reward is a number from 0 to 1.
type reward float64

// UnmarshalJSON reads it; true is 1 and false is 0.
func (r *reward) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*r = 1
		return nil
	case "false":
		*r = 0
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return fmt.Errorf("the reward %s is not a number from 0 to 1", b)
	}
	*r = reward(v)
	return nil
}

// kindOf reads which line this is.
func kindOf(line []byte) (string, error) {
	var head struct {
		Type *string `json:"type"`
	}
	if err := decode(line, &head); err != nil {
		return "", err
	}
	if head.Type == nil {
		return "", errors.New(`"type" is missing: a line is of type start, decide, reward or end`)
	}
	known := []string{"start", "decide", "reward", "end"}
	if !slices.Contains(known, *head.Type) {
		return "", fmt.Errorf("the type %q is unknown; %s", *head.Type, source.Suggest(*head.Type, known))
	}
	return *head.Type, nil
}

func decode(line []byte, into any) error {
	err := json.Unmarshal(line, into)
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Errorf("%q is a %s where a %s is wanted", kind.Field, kind.Value, plain(kind.Type.String()))
	case errors.As(err, &syntax):
		return fmt.Errorf("byte %d: this is not JSON: %w; write one object in one line", syntax.Offset, syntax)
	}
	return err
}

// plain says a Go type as JSON does.
func plain(kind string) string {
	switch {
	case strings.HasPrefix(kind, "[]"):
		return "list"
	case strings.HasPrefix(kind, "int"):
		return "whole number"
	case strings.HasPrefix(kind, "float"):
		return "number"
	case kind == "string":
		return "text"
	}
	return "object"
}

// readPatients checks what a world says of its patients, and puts them in the order of their ids, in which
// decisions are written and rewards are read.
func readPatients(raw []rawPatient, stages []string) ([]Patient, error) {
	out := make([]Patient, len(raw))
	for i := range raw {
		p, err := raw[i].read(stages)
		if err != nil {
			return nil, fmt.Errorf("the %s patient (id %s): %w", nth(i+1), raw[i].ID, err)
		}
		p.place = i
		out[i] = p
	}
	if err := inOrder(out); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *rawPatient) read(stages []string) (Patient, error) {
	p := Patient{ID: ID{string(r.ID)}, Stage: -1, Age: math.NaN(), App: bool(r.App)}
	if _, number := p.ID.number(); !number && !(len(r.ID) > 2 && r.ID[0] == '"') {
		return p, errors.New(`"id" has to be a whole number or a text`)
	}
	if r.OptedOut == nil || r.RecentSends == nil {
		return p, errors.New(`"opted_out" and "recent_sends" must be there: without them nobody may be written to`)
	}
	if *r.RecentSends < 0 {
		return p, fmt.Errorf(`"recent_sends" is %d, and cannot be less than 0`, *r.RecentSends)
	}
	if r.Age != nil {
		p.Age = *r.Age
	}
	p.OptedOut, p.RecentSends = bool(*r.OptedOut), *r.RecentSends
	switch stage := bytes.TrimSpace(r.Stage); {
	case len(stage) == 0:
		return p, errors.New(`"stage" is missing: name it, or write null where it is not known`)
	case string(stage) == "null":
	case stage[0] == '"':
		var name string
		if err := json.Unmarshal(stage, &name); err != nil {
			return p, err
		}
		if p.Stage = slices.Index(stages, name); p.Stage < 0 {
			return p, fmt.Errorf("the stage %q is not among those of the start line; %s", name, source.Suggest(name, stages))
		}
	default: // its place in the list
		n, err := strconv.Atoi(string(stage))
		if err != nil || n < 0 || n >= len(stages) {
			return p, fmt.Errorf("the stage %s is neither a name out of the start line nor a place in its list from 0 to %d", stage, len(stages)-1)
		}
		p.Stage = n
	}
	return p, nil
}

// inOrder sorts patients by id. Texts are kept as they were listed where that is already an order: by letters,
// or with the numbers in them counted ("p2" before "p10"). Otherwise they are put in the order of letters.
func inOrder(patients []Patient) error {
	numbers := 0
	for i := range patients {
		if _, ok := patients[i].ID.number(); ok {
			numbers++
		}
	}
	by := byLetters
	switch {
	case numbers == len(patients):
		by = byNumber
	case numbers > 0:
		return errors.New("some ids are numbers and some are texts: use one of both, so that they have an order")
	case slices.IsSortedFunc(patients, counting):
		by = counting
	}
	slices.SortStableFunc(patients, by)
	for i := 1; i < len(patients); i++ {
		if by(patients[i], patients[i-1]) == 0 {
			return fmt.Errorf("the id %s is there twice: a patient has one decision a day", patients[i].ID)
		}
	}
	return nil
}

func byLetters(a, b Patient) int { return strings.Compare(a.ID.raw, b.ID.raw) }

func byNumber(a, b Patient) int {
	x, _ := a.ID.number()
	y, _ := b.ID.number()
	return cmp.Compare(x, y)
}

// counting compares texts, runs of digits in them as numbers.
func counting(a, b Patient) int {
	x, y := a.ID.raw, b.ID.raw
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n > 0 && m > 0 {
			p, q := strings.TrimLeft(x[:n], "0"), strings.TrimLeft(y[:m], "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q)); c != 0 {
				return c
			}
			x, y = x[n:], y[m:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), byLetters(a, b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func nth(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}
