package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/audit"
	"attune/internal/contact"
	"attune/internal/control"
	"attune/internal/erasure"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

const (
	callErase     = "erase"
	callErasures  = "erasures"
	callConfirm   = "erase-confirm"
	callLegalHold = "legal-hold"
)

// forgetter is a store that keeps something of people which is not noise once their keys are gone.
type forgetter interface {
	// Forget takes a person out. Forgetting twice is harmless.
	Forget(ctx context.Context, who id.Person) error
}

// forgetters are all such stores, by the files of the data folder that they own. The directory is the last: by its
// identifiers it is found what elsewhere is of whom.
func (n *Node) forgetters() []struct {
	file  string
	store forgetter
} {
	return []struct {
		file  string
		store forgetter
	}{
		{"inbox.db", n.Returns},
		{"contacts.db", n.Contacts},
		{"finder.db", forgetting(func(_ context.Context, who id.Person) error { return n.Finder.Forget(who) })},
		{"records.db", n.Records},
		{"capture.db", n.Box},
		{"tasks.db", n.Work.Queue},
		{"chunks.db", n.History},
		{factsName, n.facts},
		{"answers.db", n.answers},
		{uploadsName, n.uploads},
		{shownName, n.shownTo},
		{"directory.db", n.Directory},
	}
}

type forgetting func(ctx context.Context, who id.Person) error

func (f forgetting) Forget(ctx context.Context, who id.Person) error { return f(ctx, who) }

// keptOtherwise says of the other files and folders of a data folder why an erasure leaves nothing of anybody there. A test
// fails for a file that is neither here nor among the forgetters.
func keptOtherwise() map[string]string {
	const noise = "sealed with people's own keys: noise once those are gone"
	return map[string]string{
		"log.db": noise, "history.db": noise,
		"state.db":      "the runner takes the rows out, in the people's own order",
		"quarantine.db": "searched for what is theirs",
		"keys":          "the key is overwritten; the ledger has hashes of ids",
		"audit":         "pseudonyms and reasons end with the key",
		"attune.json":   "the organisation",
		"releases":      "programs", draftsName: "programs", "models": "numbers about features",
		libraryName:     "sums of eleven people or more, which were told, and what other organisations told",
		"glass.jsonl":   "an id, which leads nowhere once the state is gone, and reasons that end with the key",
		"staff.db":      "staff, and nobody else",
		"delivery.json": "what staff said about delivery", "sources.json": "sources, and hashes of their keys", "links.json": "hashes of staff's sign-in links",
		"fence.json": "ids of touches, which lead nowhere once the state is gone", "guardrails.json": "counts", "reputation.json": "counts", "proposals.json": "a number", "attune.sock": "a socket", "demo.json": "what a demonstration begins with",
	}
}

// EraseWord asks for somebody's erasure.
type EraseWord struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// ConfirmWord confirms a request.
type ConfirmWord struct {
	ID string `json:"id"`
	By string `json:"by"`
}

// LegalHoldWord says that the law forbids to erase somebody, or does not any more.
type LegalHoldWord struct {
	Person string `json:"person"`
	Lift   bool   `json:"lift"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// Erasure is where a request stands.
type Erasure struct {
	ID string `json:"id"`
	// Person is whose data it is, while anybody can tell, and Records how many records they have.
	Person  string `json:"person,omitempty"`
	Records int    `json:"records"`
	State   string `json:"state"`
	// Held tells that a legal hold is in its way.
	Held        bool   `json:"held,omitempty"`
	Reason      string `json:"reason,omitempty"`
	AskedBy     string `json:"asked_by"`
	AskedAt     string `json:"asked_at"`
	ConfirmedBy string `json:"confirmed_by,omitempty"`
	DoneAt      string `json:"done_at,omitempty"`
	// Copies are other people's records that this one was part of once: they took in what it was, and keep that.
	Copies []string `json:"copies,omitempty"`
}

// recordsOf are all records of one person: the one that goes on, and those that became part of it.
func (n *Node) recordsOf(ctx context.Context, who id.Person) ([]id.Person, error) {
	whole := n.Runner.Forward(who)
	out := []id.Person{whole}
	all, err := n.People.Forwards(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.From != whole && n.Runner.Forward(f.From) == whole {
			out = append(out, f.From)
		}
	}
	return out, nil
}

// copies are other people's records that some of these were part of once.
func (n *Node) copies(ctx context.Context, people []id.Person) (out []string, err error) {
	for _, who := range people {
		err := n.History.Of(ctx, who, func(_ int64, _ instant.Time, plain []byte) error {
			rec, err := record.Decode(plain)
			if err != nil {
				return err
			}
			if y, is := rec.What.(engine.Yield); is && !slices.Contains(people, y.To) && n.Keys.Has(y.To) && !slices.Contains(out, y.To.String()) {
				out = append(out, y.To.String())
			}
			return nil
		})
		if err != nil && !errors.Is(err, seal.ErrNoKey) {
			return nil, err
		}
	}
	return out, nil
}

func hashes(people []id.Person) (out []string) {
	for _, p := range people {
		out = append(out, erasure.Of(p))
	}
	return out
}

// askToErase puts a request into the ledger. Nothing of the person changes yet.
func (n *Node) askToErase(ctx context.Context, in EraseWord) (Erasure, error) {
	who, err := n.whom(ctx, in.Person)
	if err != nil {
		return Erasure{}, err
	}
	in.By, in.Reason = strings.TrimSpace(in.By), strings.TrimSpace(in.Reason)
	switch {
	case in.By == "":
		return Erasure{}, errors.New("somebody has to ask for it: --by")
	case in.Reason == "":
		return Erasure{}, errors.New("say why, for whoever confirms it: --reason")
	case !n.Keys.Has(who):
		return Erasure{}, errors.New("nothing is known of them: they were erased, or never were here")
	}
	people, err := n.recordsOf(ctx, who)
	if err != nil {
		return Erasure{}, err
	}
	asks, err := n.somebodyHere(ctx, in.By)
	if err != nil {
		return Erasure{}, err
	}
	line := erasure.Line{What: erasure.Requested, ID: audit.NewRequest()[:8], People: hashes(people), By: in.By, Account: asks.account, At: n.Wall().String()}
	if line.Reason, err = n.Keys.Seal(people[0], seal.Audit, []byte("erasure "+line.ID), []byte(in.Reason)); err != nil {
		return Erasure{}, err
	}
	err = n.ledger.Add(line, func(lines []erasure.Line) error {
		if open := erasure.Waiting(lines, line.People); len(open) > 0 {
			return fmt.Errorf("it is asked for already, as %s by %s: attune erase confirm %s", open[0].ID, open[0].By, open[0].ID)
		}
		return nil
	})
	if err != nil {
		return Erasure{}, err
	}
	return n.erasureOf(ctx, line.ID, map[string]id.Person{line.People[0]: people[0]})
}

// named finds people by their hashes in the ledger: those with a key, and those whose key is gone.
func (n *Node) named(wanted map[string]bool) map[string]id.Person {
	out := map[string]id.Person{}
	if len(wanted) == 0 {
		return out
	}
	for _, p := range append(n.Keys.People(), n.Keys.Gone()...) {
		if h := erasure.Of(p); wanted[h] {
			out[h] = p
		}
	}
	return out
}

// erasures are all requests, the oldest first.
func (n *Node) erasures(ctx context.Context) ([]Erasure, error) {
	lines := n.ledger.Lines()
	wanted := map[string]bool{}
	for _, r := range erasure.Requests(lines) {
		if r.State == erasure.Requested {
			wanted[r.People[0]] = true
		}
	}
	known := n.named(wanted)
	out := []Erasure{}
	for _, r := range erasure.Requests(lines) {
		e, err := n.erasureOf(ctx, r.ID, known)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// erasureOf tells where a request stands.
func (n *Node) erasureOf(ctx context.Context, request string, known map[string]id.Person) (Erasure, error) {
	lines := n.ledger.Lines()
	r, err := requested(lines, request)
	if err != nil {
		return Erasure{}, err
	}
	e := Erasure{
		ID: r.ID, Records: len(r.People), State: string(r.State), Held: r.State == erasure.Requested && erasure.Held(lines, r.People),
		AskedBy: r.By, AskedAt: r.At, ConfirmedBy: r.ConfirmedBy, DoneAt: r.DoneAt,
	}
	who, ok := known[r.People[0]]
	if !ok || !n.Keys.Has(who) {
		return e, nil
	}
	e.Person = who.String()
	why, err := n.Keys.Open(who, seal.Audit, []byte("erasure "+r.ID), r.Reason)
	if err != nil {
		return e, err
	}
	e.Reason = string(why)
	people, err := n.recordsOf(ctx, who)
	if err == nil {
		e.Records = len(people)
		e.Copies, err = n.copies(ctx, people)
	}
	return e, err
}

func requested(lines []erasure.Line, request string) (erasure.Request, error) {
	all := erasure.Requests(lines)
	i := slices.IndexFunc(all, func(r erasure.Request) bool { return r.ID == strings.TrimSpace(request) })
	if i < 0 {
		return erasure.Request{}, fmt.Errorf("no erasure was asked for as %q: attune erase list shows those that were", request)
	}
	return all[i], nil
}

// confirmErasure erases somebody: for good, and in every file.
func (n *Node) confirmErasure(ctx context.Context, in ConfirmWord) (Erasure, error) {
	r, err := requested(n.ledger.Lines(), in.ID)
	if err != nil {
		return Erasure{}, err
	}
	in.By = strings.TrimSpace(in.By)
	confirms, err := n.somebodyHere(ctx, in.By)
	switch {
	case err != nil:
		return Erasure{}, err
	case in.By == "":
		return Erasure{}, errors.New("somebody else has to confirm it: --by")
	case r.State == erasure.Requested && confirms.same(n.said(r.Account, r.By)):
		return Erasure{}, fmt.Errorf("%s and %s are one person: somebody else has to confirm it", r.By, in.By)
	case r.State == erasure.Done:
		return Erasure{}, errors.New("they were erased already")
	}
	people, err := n.erasing(ctx, r)
	if err != nil {
		return Erasure{}, err
	}
	if r.State == erasure.Requested {
		line := erasure.Line{What: erasure.Confirmed, ID: r.ID, People: hashes(people), By: in.By, Account: confirms.account, At: n.Wall().String()}
		err := n.ledger.Add(line, func(lines []erasure.Line) error {
			if erasure.Held(lines, line.People) {
				return errors.New("a legal hold is on: the law forbids to erase them until it is lifted (attune hold legal)")
			}
			return nil
		})
		if err != nil {
			return Erasure{}, err
		}
	}
	// Begun, it is finished, whatever becomes of whoever asked; and at the next start if this process ends.
	ctx = context.WithoutCancel(ctx)
	if err := n.erase(ctx, people); err != nil {
		return Erasure{}, fmt.Errorf("the erasure is under way and not done; it goes on at the server's next start, or when it is confirmed again: %w", err)
	}
	if err := n.erased(r.ID, hashes(people)); err != nil {
		return Erasure{}, err
	}
	return n.erasureOf(ctx, r.ID, nil)
}

// erasing are whom a request is about, with what became part of their record since.
func (n *Node) erasing(ctx context.Context, r erasure.Request) (people []id.Person, err error) {
	wanted := map[string]bool{}
	for _, p := range r.People {
		wanted[p] = true
	}
	for _, who := range n.named(wanted) {
		records, err := n.recordsOf(ctx, who)
		if err != nil {
			return nil, err
		}
		for _, p := range append(records, who) {
			if !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
	}
	if len(people) == 0 {
		return nil, errors.New("nobody here is whom it was asked for: the ledger of erasures is of another data folder")
	}
	slices.SortFunc(people, func(a, b id.Person) int { return slices.Compare(a[:], b[:]) })
	return people, nil
}

func (n *Node) erased(request string, people []string) error {
	return n.ledger.Add(erasure.Line{What: erasure.Done, ID: request, People: people, At: n.Wall().String()}, nil)
}

// erase destroys the keys of people and takes out what is not sealed with them. It may be called again for whom it was
// called before.
func (n *Node) erase(ctx context.Context, people []id.Person) error {
	theirs, err := n.theirs(ctx, people)
	if err != nil {
		return err
	}
	if err := n.Quarantine.Forget(ctx, theirs); err != nil {
		return err
	}
	closed, err := n.closing(ctx, people)
	if err != nil {
		return err
	}
	err = n.Runner.Erase(ctx, people, func() error {
		for _, who := range people {
			if err := n.Keys.Erase(who); err != nil && !errors.Is(err, seal.ErrNoKey) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, who := range people {
		n.Delivery.Forget(who)
		n.Requests.Committed(who, closed)
		n.Calls.Committed(who, closed)
		for _, f := range n.forgetters() {
			if err := f.store.Forget(ctx, who); err != nil {
				return fmt.Errorf("%s: %w", f.file, err)
			}
		}
	}
	n.Logger.Warn("somebody was erased", "count", len(people))
	return nil
}

// closing ends the requests that wait for an answer of these people's.
func (n *Node) closing(ctx context.Context, people []id.Person) (out []effect.Effect, err error) {
	for _, who := range people {
		p, ok, err := n.Runner.Person(ctx, who)
		if errors.Is(err, seal.ErrNoKey) || err == nil && !ok {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range p.Enrollments {
			if e := &p.Enrollments[i]; !e.Request.IsZero() {
				out = append(out, effect.Close{Request: e.Request})
			}
		}
	}
	return out, nil
}

// theirs tells whether a quarantined event is of one of these people: it has an identifier or an address of theirs.
func (n *Node) theirs(ctx context.Context, people []id.Person) (func(source string, raw []byte) (bool, error), error) {
	var addresses []string
	for _, who := range people {
		p, ok, err := n.Runner.Person(ctx, who)
		if errors.Is(err, seal.ErrNoKey) || err == nil && !ok {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, a := range contact.Of(p.Traits) {
			addresses = append(addresses, strings.ToLower(a.Address))
		}
	}
	return func(source string, raw []byte) (bool, error) {
		lower := strings.ToLower(string(raw))
		if slices.ContainsFunc(addresses, func(a string) bool { return strings.Contains(lower, a) }) {
			return true, nil
		}
		said := scalars(raw)
		systems := append([]string{source, source + identity.Anonymous}, n.systemOf(source)...)
		for _, value := range said {
			for _, system := range append(systems, said...) {
				who, known, err := n.Directory.Find(ctx, identity.Key{System: system, Value: value})
				if err != nil {
					return false, err
				}
				if known && slices.Contains(people, who) {
					return true, nil
				}
			}
		}
		return false, nil
	}, nil
}

// systemOf is how a source's identifiers are known, where it is another name than the source's own.
func (n *Node) systemOf(source string) []string {
	for _, s := range n.Sources.List() {
		if s.Name == source {
			return []string{cmp.Or(s.System, s.Name)}
		}
	}
	return nil
}

// mostScalars bounds what is looked at of one event.
const mostScalars = 200

// scalars are the texts and numbers that a JSON text has anywhere in it; all of it is one where it is no JSON.
func scalars(raw []byte) (out []string) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	for len(out) < mostScalars {
		t, err := d.Token()
		if err != nil {
			break
		}
		switch t := t.(type) {
		case string:
			out = append(out, t)
		case json.Number:
			out = append(out, t.String())
		}
	}
	if len(out) == 0 {
		return []string{string(raw)}
	}
	return out
}

// finishErasures does at start what the ledger says and is not so: a crash stopped it, or the data are of a backup that is
// older than the ledger.
func (n *Node) finishErasures(ctx context.Context) error {
	lines := n.ledger.Lines()
	gone := erasure.Erased(lines)
	if len(gone) == 0 {
		return nil
	}
	var live []id.Person
	for _, p := range n.Keys.People() {
		if gone[erasure.Of(p)] {
			live = append(live, p)
		}
	}
	if len(live) > 0 {
		if err := n.erase(ctx, live); err != nil {
			return fmt.Errorf("erase again whom the ledger of erasures names: %w", err)
		}
		n.erasedAgain = len(live)
		n.Logger.Warn("these data were older than the ledger of erasures: who was erased since is erased again", "count", len(live))
	}
	for _, r := range erasure.Requests(lines) {
		if r.State != erasure.Confirmed {
			continue
		}
		if people, err := n.erasing(ctx, r); err == nil { // of another folder otherwise
			if err := n.erase(ctx, people); err != nil {
				return fmt.Errorf("finish the erasure %s: %w", r.ID, err)
			}
		}
		if err := n.erased(r.ID, r.People); err != nil {
			return err
		}
	}
	return nil
}

// holdLegally says whether the law forbids to erase somebody.
func (n *Node) holdLegally(ctx context.Context, in LegalHoldWord) (nothing, error) {
	who, err := n.whom(ctx, in.Person)
	if err != nil {
		return nothing{}, err
	}
	in.By, in.Reason = strings.TrimSpace(in.By), strings.TrimSpace(in.Reason)
	switch {
	case in.By == "":
		return nothing{}, errors.New("somebody has to say it: --by")
	case in.Reason == "":
		return nothing{}, errors.New("say why: --reason")
	case !n.Keys.Has(who):
		return nothing{}, errors.New("nothing is known of them: they were erased, or never were here")
	}
	people, err := n.recordsOf(ctx, who)
	if err != nil {
		return nothing{}, err
	}
	line := erasure.Line{What: erasure.HoldSet, People: hashes(people), By: in.By, At: n.Wall().String()}
	if in.Lift {
		line.What = erasure.HoldEnded
	}
	return nothing{}, n.ledger.Add(line, func(lines []erasure.Line) error {
		if erasure.Held(lines, line.People) == in.Lift {
			return nil
		}
		if in.Lift {
			return errors.New("no legal hold is on")
		}
		return errors.New("a legal hold is on already")
	})
}

// handleErasures answers commands about erasures.
func (n *Node) handleErasures(mux *http.ServeMux) {
	answer(n, mux, callErase, n.askToErase)
	answer(n, mux, callErasures, func(ctx context.Context, _ nothing) ([]Erasure, error) { return n.erasures(ctx) })
	answer(n, mux, callConfirm, n.confirmErasure)
	answer(n, mux, callLegalHold, n.holdLegally)
}

// aboutErasure is whom a request is about, while anybody can tell.
func aboutErasure(ctx context.Context, n *Node, in ConfirmWord, _ Erasure) about {
	a := about{object: &audit.Object{Kind: "erasure", ID: in.ID}}
	if r, err := requested(n.ledger.Lines(), in.ID); err == nil {
		a.people, _ = n.erasing(ctx, r) // nobody is known any more once it is done
	}
	return a
}

// erasureIn makes a call in the server of a data folder, or in the folder itself where none runs.
func erasureIn[In, Out any](ctx context.Context, data, name string, in In, f func(*Node) func(context.Context, In) (Out, error)) (out Out, err error) {
	out, err = ask[In, Out](ctx, data, name, in)
	if !errors.Is(err, control.ErrNobody) {
		return out, err
	}
	if _, ok, err := readPin(data); err != nil || !ok {
		return out, errors.Join(err, notUsed(data))
	}
	n, err := Open(ctx, Options{Data: data})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return audited(ctx, n, n.audit, name, in, f(n))
}

// EraseIn asks for somebody's erasure.
func EraseIn(ctx context.Context, data string, in EraseWord) (Erasure, error) {
	return erasureIn(ctx, data, callErase, in, func(n *Node) func(context.Context, EraseWord) (Erasure, error) { return n.askToErase })
}

// ErasuresIn lists the requests.
func ErasuresIn(ctx context.Context, data string) ([]Erasure, error) {
	return erasureIn(ctx, data, callErasures, nothing{}, func(n *Node) func(context.Context, nothing) ([]Erasure, error) {
		return func(ctx context.Context, _ nothing) ([]Erasure, error) { return n.erasures(ctx) }
	})
}

// ConfirmErasureIn confirms a request, and erases.
func ConfirmErasureIn(ctx context.Context, data string, in ConfirmWord) (Erasure, error) {
	return erasureIn(ctx, data, callConfirm, in, func(n *Node) func(context.Context, ConfirmWord) (Erasure, error) { return n.confirmErasure })
}

// LegalHoldIn sets or lifts a legal hold.
func LegalHoldIn(ctx context.Context, data string, in LegalHoldWord) error {
	_, err := erasureIn(ctx, data, callLegalHold, in, func(n *Node) func(context.Context, LegalHoldWord) (nothing, error) { return n.holdLegally })
	return err
}

// openLedger opens the ledger of erasures.
func (n *Node) openLedger() (err error) {
	if n.ledger, err = erasure.Open(filepath.Join(n.Data, "keys")); err == nil {
		n.closers = append(n.closers, n.ledger)
	}
	return err
}
