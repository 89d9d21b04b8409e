package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"attune/core/id"
	"attune/internal/audit"
	"attune/internal/control"
	"attune/internal/seal"
)

const auditName = "audit"

// AuditDir is where a data folder's audit log is.
func AuditDir(data string) string { return filepath.Join(data, auditName) }

// recorder writes the audit log of a data folder.
type recorder struct {
	log *audit.Log
	// keys seal reasons and make pseudonyms; nil where no person is concerned.
	keys *seal.Keys
}

// openRecorder opens the audit log of a data folder.
func openRecorder(data string, keys *seal.Keys, cfg audit.Config) (*recorder, error) {
	cfg.Dir, cfg.Keys = AuditDir(data), filepath.Join(data, "keys")
	log, err := audit.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &recorder{log, keys}, nil
}

// about is what a record tells beside who did what.
type about struct {
	object  *audit.Object
	people  []id.Person
	reason  string
	outcome audit.Outcome
	why     string
}

// pseudonym is what a person is called in the audit log. It comes from their own key: without that nobody can tell whose it is.
func pseudonym(keys *seal.Keys, who id.Person) (string, error) {
	sealed, err := keys.Seal(who, seal.Audit, []byte("pseudonym"), nil)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// record writes that the caller did something. It is on the disk when record returns nil.
func (r *recorder) record(ctx context.Context, what audit.What, a about) error {
	c := audit.Of(ctx)
	rec := audit.Record{
		What: what, Actor: &c.Actor, Via: c.Via, Request: c.Request, Purpose: c.Purpose,
		Object: a.object, Outcome: a.outcome, Why: harmless(a.why),
	}
	var people []string
	var first id.Person
	for _, p := range a.people {
		name, err := pseudonym(r.keys, p)
		if errors.Is(err, seal.ErrNoKey) { // erased, or never known
			continue
		}
		if err != nil {
			return err
		}
		if !slices.Contains(people, name) {
			people = append(people, name)
		}
		if first.IsZero() {
			first = p
		}
	}
	switch {
	case a.reason == "":
	case !first.IsZero():
		sealed, err := r.keys.Seal(first, seal.Audit, []byte("reason "+c.Request), []byte(a.reason))
		if err != nil {
			return err
		}
		rec.Sealed = base64.RawURLEncoding.EncodeToString(sealed)
	case len(a.people) == 0 && !what.Personal():
		rec.Reason = a.reason
	}
	var all []audit.Record
	for part := range slices.Chunk(people, audit.MostPeople) {
		rec.People = part
		all = append(all, rec)
	}
	if len(all) == 0 {
		all = append(all, rec)
	}
	return r.log.Append(ctx, all...)
}

// harmless is an error's words without what may tell of somebody: what is quoted, ids, and anything with digits or an @ in it.
func harmless(says string) string {
	parts := strings.Split(says, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "…"
	}
	words := strings.Fields(strings.Join(parts, `"`))
	for i, w := range words {
		bare := strings.Trim(w, ",.:;()\"'")
		_, err := id.ParsePerson(bare)
		if err == nil || strings.ContainsFunc(w, func(c rune) bool { return c == '@' || unicode.IsDigit(c) }) {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}

// says is what a command tells the server of its caller.
type says struct {
	Name    string `json:"name,omitempty"`
	Via     string `json:"via,omitempty"`
	Request string `json:"request,omitempty"`
	Purpose string `json:"purpose,omitempty"`
}

// ask asks the server of a data folder, and says who asks.
func ask[In, Out any](ctx context.Context, data, call string, in In) (Out, error) {
	c := audit.Of(ctx)
	text, err := json.Marshal(says{c.Actor.Name, c.Via, c.Request, c.Purpose})
	if err != nil {
		var none Out
		return none, err
	}
	return control.Call[In, Out](control.Saying(ctx, ascii(text)), data, call, in)
}

// ascii writes JSON so that it may stand in a header.
func ascii(text []byte) string {
	return base64.StdEncoding.EncodeToString(text)
}

// heard is who makes a call: by the operating system's word, and what they say of themselves.
func heard(ctx context.Context) audit.Caller {
	c := control.CallerOf(ctx)
	var s says
	if text, err := base64.StdEncoding.DecodeString(c.Says); err == nil {
		_ = json.Unmarshal(text, &s) // whoever says nothing that can be read has said nothing
	}
	if s.Request == "" {
		s.Request = audit.NewRequest()
	}
	return audit.Caller{Actor: audit.Actor{Kind: audit.User, ID: c.User, Name: s.Name, How: "socket"}, Via: s.Via, Request: s.Request, Purpose: s.Purpose}
}

// Trail records what a command does to a data folder by itself. The zero value of one for a folder that no server has used records nothing.
type Trail struct {
	r    *recorder
	what audit.What
}

// OpenTrail records that a command begins. Done has to follow.
func OpenTrail(ctx context.Context, data string, what audit.What) (*Trail, error) {
	if _, used, err := readPin(data); err != nil || !used {
		return &Trail{}, err
	}
	if _, err := os.Stat(filepath.Join(data, "keys")); errors.Is(err, fs.ErrNotExist) {
		return &Trail{}, nil
	}
	r, err := openRecorder(data, nil, audit.Config{})
	if err != nil {
		return nil, err
	}
	t := &Trail{r, what}
	first := audit.Begun
	if what.Sort() == audit.Look {
		first = audit.Done // it is shown as it is found: what could be seen counts
	}
	if err := r.record(ctx, what, about{outcome: first}); err != nil {
		return nil, errors.Join(err, r.log.Close())
	}
	return t, nil
}

// Done records what became of it.
func (t *Trail) Done(ctx context.Context, failed error) (err error) {
	if t.r == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	a := about{outcome: audit.Done}
	if failed != nil {
		a.outcome, a.why = audit.Refused, failed.Error()
	}
	if t.what.Sort() != audit.Look || failed != nil {
		err = t.r.record(ctx, t.what, a)
	}
	return errors.Join(err, t.r.log.Close())
}

// recently remembers what was recorded, so that a page that renews itself every other second is one look and not hundreds.
type recently struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// oneLook is for how long the same people, shown again to the same reader by the same page, are the same look.
const oneLook = 10 * time.Minute

// fresh are those people whom the caller has not been shown lately.
func (r *recently) fresh(c audit.Caller, people []id.Person, now time.Time) (out []id.Person) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, at := range r.seen {
		if now.Sub(at) >= oneLook {
			delete(r.seen, key)
		}
	}
	for _, p := range people {
		if _, was := r.seen[recentKey(c, p)]; !was && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// shown notes that they were, once that is recorded.
func (r *recently) shown(c audit.Caller, people []id.Person, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]time.Time{}
	}
	for _, p := range people {
		r.seen[recentKey(c, p)] = now
	}
}

func recentKey(c audit.Caller, p id.Person) string {
	return string(c.Actor.Kind) + "\x00" + c.Actor.ID + "\x00" + c.Via + "\x00" + p.String()
}
