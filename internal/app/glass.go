package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/seal"
)

const (
	// openFor is how long a record stays open to whoever broke the glass.
	openFor = instant.Hour
	// reviewWithin is by when somebody else has to have looked at why.
	reviewWithin = 24 * time.Hour
	glassName    = "glass.jsonl"
	leastReason  = 10
)

// glass keeps who opened the record of somebody outside their panel, and who looked at that afterwards: a line for each word, in a file that
// is only added to. Reasons are sealed with the key of whom they are about.
type glass struct {
	path string
	keys *seal.Keys

	mu   sync.Mutex
	list []breaking
}

// breaking is one opening.
type breaking struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind"`
	By     string    `json:"by"`
	Name   string    `json:"name"`
	Person id.Person `json:"person"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Reason []byte    `json:"reason"`
	// Reviewed is who looked at it, when, and what they said; sealed too.
	Reviewed   time.Time `json:"reviewed,omitzero"`
	ReviewedBy string    `json:"reviewed_by,omitempty"`
	Note       []byte    `json:"note,omitempty"`
}

// Opening is that somebody opened the record of somebody outside their panel.
type Opening struct {
	ID     string `json:"id"`
	By     string `json:"by"`
	Person string `json:"person"`
	At     string `json:"at"`
	Until  string `json:"until"`
	// Reason is why, as they said it; empty where the person was erased.
	Reason string `json:"reason,omitempty"`
	// ReviewBy is by when somebody else has to look at it, and Overdue that nobody did.
	ReviewBy   string `json:"review_by"`
	Overdue    bool   `json:"overdue,omitempty"`
	Reviewed   string `json:"reviewed,omitempty"`
	ReviewedBy string `json:"reviewed_by,omitempty"`
	Note       string `json:"note,omitempty"`
}

func openGlass(data string, keys *seal.Keys) (*glass, error) {
	g := &glass{path: filepath.Join(data, glassName), keys: keys}
	text, err := os.ReadFile(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read who opened whose record: %w", err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		if line == "" {
			continue
		}
		var b breaking
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			if n == strings.Count(string(text), "\n") { // a crash cut it off, and nobody was told that it is kept
				return g, os.Truncate(g.path, int64(len(text)-len(line)))
			}
			return nil, fmt.Errorf("read %s, line %d: %w", glassName, n+1, err)
		}
		g.note(b)
	}
	return g, nil
}

func (g *glass) note(b breaking) {
	if i := slices.IndexFunc(g.list, func(x breaking) bool { return x.ID == b.ID }); i >= 0 {
		g.list[i] = b
		return
	}
	g.list = append(g.list, b)
}

// keep writes a line. It is on the disk when keep returns nil.
func (g *glass) keep(b breaking) (err error) {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(g.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	g.note(b)
	return nil
}

func (g *glass) opened(p *access.Principal, who id.Person, now instant.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.list, func(b breaking) bool {
		return b.Kind == p.Kind && b.By == p.ID && b.Person == who && now < instant.Of(b.Until)
	})
}

func (g *glass) open(p *access.Principal, who id.Person, reason string, now instant.Time) (Opening, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := breaking{ID: audit.NewRequest(), Kind: p.Kind, By: p.ID, Name: p.Name, Person: who, At: now.Std(), Until: now.Add(openFor).Std()}
	var err error
	if b.Reason, err = g.keys.Seal(who, seal.Audit, []byte("glass/"+b.ID), []byte(reason)); err != nil {
		return Opening{}, err
	}
	if err := g.keep(b); err != nil {
		return Opening{}, err
	}
	return g.shown(&b, now), nil
}

func (g *glass) shown(b *breaking, now instant.Time) Opening {
	out := Opening{ID: b.ID, By: b.Name, Person: b.Person.String(), At: instant.Of(b.At).String(), Until: instant.Of(b.Until).String(), ReviewBy: instant.Of(b.At.Add(reviewWithin)).String(), ReviewedBy: b.ReviewedBy}
	if out.By == "" {
		out.By = b.By
	}
	if plain, err := g.keys.Open(b.Person, seal.Audit, []byte("glass/"+b.ID), b.Reason); err == nil {
		out.Reason = string(plain)
	}
	if b.Reviewed.IsZero() {
		out.Overdue = now > instant.Of(b.At.Add(reviewWithin))
		return out
	}
	out.Reviewed = instant.Of(b.Reviewed).String()
	if plain, err := g.keys.Open(b.Person, seal.Audit, []byte("glass/note/"+b.ID), b.Note); err == nil {
		out.Note = string(plain)
	}
	return out
}

// all lists openings, the newest first.
func (g *glass) all(unreviewed bool, now instant.Time) []Opening {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := []Opening{}
	for i := len(g.list) - 1; i >= 0; i-- {
		if !unreviewed || g.list[i].Reviewed.IsZero() {
			out = append(out, g.shown(&g.list[i], now))
		}
	}
	return out
}

// review notes that somebody else looked at an opening.
func (g *glass) review(p *access.Principal, opening, note string, now instant.Time) (Opening, []id.Person, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.list, func(b breaking) bool { return b.ID == opening })
	if i < 0 {
		return Opening{}, nil, api.NotFound("opening", "there is no opening %s", opening)
	}
	b := g.list[i]
	if p.Kind != "account" && p.Kind != "session" {
		return Opening{}, nil, api.Refused("", "a "+p.Kind+" is nobody, and somebody has to look at why", "sign in with an account of your own")
	}
	if b.Kind == p.Kind && b.By == p.ID {
		return Opening{}, nil, api.Refused("opening", "you opened this record yourself", "somebody else has to look at why")
	}
	b.Reviewed, b.ReviewedBy = now.Std(), p.Name
	if b.ReviewedBy == "" {
		b.ReviewedBy = p.ID
	}
	var err error
	if b.Note, err = g.keys.Seal(b.Person, seal.Audit, []byte("glass/note/"+b.ID), []byte(note)); err != nil && !errors.Is(err, seal.ErrNoKey) {
		return Opening{}, nil, err
	}
	if err := g.keep(b); err != nil {
		return Opening{}, nil, err
	}
	return g.shown(&b, now), []id.Person{b.Person}, nil
}

const (
	callOpen     = "glass/open"
	callOpenings = "glass/list"
	callReview   = "glass/review"
)

type openCall struct {
	Person, Reason string
}

type reviewCall struct {
	Opening, Note string
}

type openingsCall struct{ Unreviewed bool }

// reviewed is an opening that somebody looked at, and whom it was about.
type reviewed struct {
	Opening
	people []id.Person
}

// handleGlass answers those who open records outside their panel, and who look at that afterwards.
func (n *Node) handleGlass() {
	offer(n, callOpen, func(ctx context.Context, in openCall) (Opening, error) {
		who, err := id.ParsePerson(in.Person)
		if err != nil {
			return Opening{}, err
		}
		if len(strings.TrimSpace(in.Reason)) < leastReason {
			return Opening{}, api.Refused("reason", "it is too short for somebody else to understand", "say in a sentence why it has to be")
		}
		return n.glass.open(api.PrincipalOf(ctx), who, strings.TrimSpace(in.Reason), n.Wall())
	})
	offer(n, callOpenings, func(_ context.Context, in openingsCall) ([]Opening, error) {
		return n.glass.all(in.Unreviewed, n.Wall()), nil
	})
	offer(n, callReview, func(ctx context.Context, in reviewCall) (reviewed, error) {
		o, people, err := n.glass.review(api.PrincipalOf(ctx), in.Opening, in.Note, n.Wall())
		return reviewed{o, people}, err
	})
}
