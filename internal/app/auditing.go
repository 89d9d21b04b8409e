package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path/filepath"
	"slices"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/contact"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// openAudit opens the audit log. It goes by the clock of whoever works with the node.
func (n *Node) openAudit() (err error) {
	n.audit, err = openRecorder(n.Data, n.Keys, audit.Config{
		Witness: n.Witness, Now: func() time.Time { return n.Wall().Std() }, Relaxed: n.Relaxed,
		Report: func(err error) { n.Logger.Error("the audit log's witness is out of reach", "error", err) },
	})
	if err == nil {
		n.closers = append(n.closers, n.audit.log)
		n.refusals = &refusals{record: n.audit.record, secret: n.Keys.Secret("refusals"), now: func() instant.Time { return n.Wall() }, logger: n.Logger, open: map[string]*refusing{}}
	}
	return err
}

// reachedAt are those who are reached at an address.
func (n *Node) reachedAt(ctx context.Context, in ContactRelease) []id.Person {
	people, err := n.Contacts.Users(ctx, contact.Address{Channel: in.Channel, Address: in.Address})
	if err != nil {
		return nil // the release itself says what is wrong
	}
	return people
}

// watched is the view of the pages, which records who was looked at before it tells.
type watched struct {
	*view
	audit  *recorder
	lately recently
	now    func() time.Time
}

// Overview implements api.View. Everybody is recorded whom a message, a refusal or a request shows.
func (w *watched) Overview(ctx context.Context, all bool) (api.Overview, error) {
	o, err := w.view.Overview(ctx)
	if err != nil {
		return o, err
	}
	if !all {
		o.Person, o.Messages, o.Refusals, o.Requests = id.Person{}, nil, nil, nil
	}
	if err := hideFew(ctx, &o); err != nil {
		return o, err
	}
	var people []id.Person
	for i := range o.Messages {
		people = append(people, o.Messages[i].Person)
	}
	for i := range o.Refusals {
		people = append(people, o.Refusals[i].Person)
	}
	for i := range o.Requests {
		people = append(people, o.Requests[i].Person)
	}
	return o, w.looked(ctx, audit.PageRead, people)
}

// Story implements api.View.
func (w *watched) Story(ctx context.Context, who id.Person) (api.Portrait, bool, error) {
	p, ok, err := w.view.Story(ctx, who)
	if err == nil && ok {
		err = w.looked(ctx, audit.PersonRead, []id.Person{who})
	}
	return p, ok, err
}

func (w *watched) looked(ctx context.Context, what audit.What, people []id.Person) error {
	c, now := audit.Of(ctx), w.now()
	fresh := w.lately.fresh(c, people, now)
	if len(fresh) == 0 {
		return nil
	}
	if err := w.audit.record(ctx, what, about{people: fresh, outcome: audit.Done}); err != nil {
		return err
	}
	w.lately.shown(c, fresh, now)
	return nil
}

// Signed implements api.Signs.
func (n *Node) Signed(ctx context.Context, what audit.What, outcome audit.Outcome) error {
	return n.audit.record(ctx, what, about{outcome: outcome})
}

const (
	// signEvery is how often what was recorded, and what the history has, is signed.
	signEvery = 55 * time.Second
	// framesTogether is for how many commits one hash stands at most, so that it tells where something was changed.
	framesTogether = 1000
)

// audit signs the audit log and the history now and then, until ctx ends.
func (s *Server) audit(ctx context.Context) {
	every := time.NewTicker(signEvery)
	defer every.Stop()
	for {
		if err := s.Node.Sign(ctx); err != nil && ctx.Err() == nil {
			s.Node.Logger.Error("the audit log was not signed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Sign lets the audit log's newest checkpoint speak for all that was recorded, and for all commits of the history. It reads the
// commits back, so that nobody who sends waits for it.
func (n *Node) Sign(ctx context.Context) error {
	after, err := n.audit.log.NewestFrame(ctx)
	if err != nil {
		return err
	}
	for {
		f, err := sumOf(ctx, n.History, after)
		if err != nil {
			return fmt.Errorf("read the history's commits: %w", err)
		}
		if err := n.audit.log.Checkpoint(f); err != nil || f == nil {
			return err
		}
		after = f.To
	}
}

// commits is what has the history's commits.
type commits interface {
	Frames(ctx context.Context, after int64, f func(store.Frame) error) error
}

var errEnough = errors.New("enough")

// sumOf is the hash of the next commits; nil where there are none.
func sumOf(ctx context.Context, h commits, after int64) (*audit.Frames, error) {
	sum := sha256.New()
	out := audit.Frames{From: after + 1, To: after}
	err := h.Frames(ctx, after, func(f store.Frame) error {
		if out.To-after == framesTogether {
			return errEnough
		}
		addFrame(sum, &f)
		out.To = f.Number
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) || out.To == after {
		return nil, err
	}
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return &out, nil
}

// addFrame takes a commit into a hash: number, place in the log and instant, and each entry's person, length and sealed bytes.
func addFrame(sum hash.Hash, f *store.Frame) {
	b := binary.BigEndian.AppendUint64(nil, uint64(f.Number))
	b = binary.BigEndian.AppendUint64(b, uint64(f.Log))
	b = binary.BigEndian.AppendUint64(b, uint64(f.At))
	sum.Write(b)
	for i := range f.Entries {
		e := &f.Entries[i]
		b = append(b[:0], e.Person[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(len(e.Body)))
		sum.Write(b)
		sum.Write(e.Body)
	}
}

// HistoryVerified is what came of holding a history against what checkpoints say of it.
type HistoryVerified struct {
	// Commits were held against Hashes; Newer ones came after the newest checkpoint.
	Commits  int64    `json:"commits"`
	Hashes   int      `json:"hashes"`
	Newer    int64    `json:"newer"`
	Problems []string `json:"problems"`
}

// VerifyHistory holds the history in a folder, which may hold nothing but a copy of history.db, against what checkpoints say of it.
func VerifyHistory(ctx context.Context, dir string, said []audit.Frames) (v HistoryVerified, err error) {
	v.Problems = []string{}
	h, err := sqlite.OpenHistory(dir, sqlite.Config{ReadOnly: true})
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	last, err := h.Last(ctx)
	if err != nil {
		return v, err
	}
	for _, f := range said {
		v.Hashes++
		if f.To > last.Frame {
			v.Problems = append(v.Problems, fmt.Sprintf("commits %d to %d of the history are gone from its end", last.Frame+1, said[len(said)-1].To))
			break
		}
		sum := sha256.New()
		err := h.Frames(ctx, f.From-1, func(x store.Frame) error {
			if x.Number > f.To {
				return errEnough
			}
			addFrame(sum, &x)
			v.Commits++
			return nil
		})
		switch {
		case errors.Is(err, store.ErrCorrupt):
			v.Problems = append(v.Problems, err.Error())
		case err != nil && !errors.Is(err, errEnough):
			return v, err
		case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
			v.Problems = append(v.Problems, fmt.Sprintf("among the commits %d to %d of the history, at least one is not what it was when they were signed", f.From, f.To))
		}
		v.Newer = last.Frame - f.To
	}
	return v, nil
}

// AuditedPerson is what somebody, and every record that became part of theirs, is called in the audit log.
func (i *Inspector) AuditedPerson(who id.Person) ([]string, error) {
	var out []string
	all := i.trail(who)
	for from := range i.forwards {
		if slices.Contains(i.trail(from), who) {
			all = append(all, from)
		}
	}
	for _, p := range all {
		name, err := pseudonym(i.keys, p)
		if errors.Is(err, seal.ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("their key is gone: nobody can tell any more which lines of the audit log are about them")
	}
	return out, nil
}

// PublicKeyPath is where the public half of the key is that signs a folder's audit log.
func PublicKeyPath(data string) string { return filepath.Join(data, "keys", audit.PublicName) }

// RotateAuditKey lets another key sign a folder's audit log from now on.
func RotateAuditKey(data string) (string, error) {
	if _, ok, err := readPin(data); err != nil || !ok {
		return "", errors.Join(err, notUsed(data))
	}
	r, err := openRecorder(data, nil, audit.Config{})
	if err != nil {
		return "", err
	}
	key, err := r.log.Rotate()
	return key, errors.Join(err, r.log.Close())
}
