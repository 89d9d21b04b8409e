package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Outcome is what became of what was asked for.
type Outcome string

// The outcomes. A change is recorded twice: when it begins and when it is over, so that a crash in between hides none.
const (
	Begun   Outcome = "begun"
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Object is what something was done to, where that is no person: a release, a channel, a file.
type Object struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
}

// Record is one line of the log. Number, Prev, At and Hash are the log's to set.
type Record struct {
	Number int64  `json:"n"`
	Prev   string `json:"prev"`
	At     string `json:"at"`
	What   What   `json:"what"`
	Actor  *Actor `json:"actor,omitempty"`
	Via    string `json:"via,omitempty"`
	// Object is what it was done to, and People whom it concerned, by pseudonyms that only the owner of the people's keys can tell.
	Object  *Object  `json:"object,omitempty"`
	People  []string `json:"people,omitempty"`
	Purpose string   `json:"purpose,omitempty"`
	// Reason is what somebody gave as their reason, where no person is concerned; otherwise Sealed holds it, readable by the key of
	// the first person only.
	Reason  string  `json:"reason,omitempty"`
	Sealed  string  `json:"sealed,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	// Why is why it was refused.
	Why     string `json:"why,omitempty"`
	Request string `json:"request,omitempty"`
	// Cut is what was set aside, in a record of that.
	Cut *Cut `json:"cut,omitempty"`
	// Frames, Key, Next and Signature are a checkpoint's.
	Frames    *Frames `json:"frames,omitempty"`
	Key       string  `json:"key,omitempty"`
	Next      string  `json:"next,omitempty"`
	Signature string  `json:"sig,omitempty"`
	Hash      string  `json:"hash,omitempty"`
}

// Cut is what a crash had left unfinished.
type Cut struct {
	Bytes int64 `json:"bytes"`
	// Lines is how many whole lines were among the bytes.
	Lines  int    `json:"lines,omitempty"`
	SHA256 string `json:"sha256"`
}

// Frames are commits of the history, the first to the last, and the hash of their bytes.
type Frames struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	SHA256 string `json:"sha256"`
}

// Bounds of what a record may have.
const (
	// MostPeople is how many people a record may concern; more take several records.
	MostPeople = 500
	maxText    = 500
	maxLine    = 64 << 10
)

// timeForm is how instants are written: UTC, to the millisecond.
const timeForm = "2006-01-02T15:04:05.000Z"

// Time is when the record was made.
func (r *Record) Time() (time.Time, error) { return time.Parse(timeForm, r.At) }

// check says what is wrong with a record that somebody wants to add.
func (r *Record) check() error {
	if !r.What.Known() {
		return fmt.Errorf("%q is not among the verbs of the audit log: declare it in internal/audit/what.go", r.What)
	}
	if r.Actor == nil || !r.Actor.Kind.known() {
		return errors.New("a record needs an actor of a known kind")
	}
	switch r.Outcome {
	case Begun, Done, Refused:
	default:
		return fmt.Errorf("%q is not an outcome: begun, done or refused", r.Outcome)
	}
	if len(r.People) > MostPeople {
		return fmt.Errorf("a record concerns %d people at most", MostPeople)
	}
	if r.Reason != "" && len(r.People) > 0 {
		return errors.New("a reason about people has to be sealed")
	}
	return nil
}

// tidy brings texts into a form that is bounded and is printed on one line.
func (r *Record) tidy() {
	actor := *r.Actor
	actor.ID, actor.Name, actor.How = tidy(actor.ID), tidy(actor.Name), tidy(actor.How)
	r.Actor = &actor
	r.Via, r.Purpose, r.Reason, r.Why, r.Request = tidy(r.Via), tidy(r.Purpose), tidy(r.Reason), tidy(r.Why), tidy(r.Request)
	if r.Object != nil {
		r.Object = &Object{tidy(r.Object.Kind), tidy(r.Object.ID)}
	}
}

func tidy(s string) string {
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, s)
	for len(s) > maxText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return strings.TrimSpace(s)
}

// encode writes the fields in their order, without the newline.
func (r *Record) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("write audit record: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// hashMark stands before a line's own hash, which is the last of its fields.
const (
	hashMark = `,"hash":"`
	hexSize  = 2 * sha256.Size
	tailSize = len(hashMark) + hexSize + len(`"}`)
)

// seal appends the line's own hash and the newline to what encode returned.
func sealLine(body []byte) (line []byte, hash string) {
	body = body[:len(body)-1] // the closing brace
	sum := sha256.Sum256(body)
	hash = hex.EncodeToString(sum[:])
	line = make([]byte, 0, len(body)+tailSize+1)
	line = append(line, body...)
	line = append(line, hashMark...)
	line = append(line, hash...)
	return append(line, "\"}\n"...), hash
}

// Parse reads one line, without its newline, which has to be as the log writes it, byte for byte.
func Parse(line []byte) (Record, error) {
	var r Record
	bad := errors.New("the line is not as the log writes it")
	if len(line) > maxLine {
		return r, bad
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, bad
	}
	if again, err := r.encode(); err != nil || !bytes.Equal(again, line) {
		return r, bad
	}
	if !r.What.Known() {
		return r, fmt.Errorf("the line has a verb that there is not: %q", r.What)
	}
	return r, nil
}
