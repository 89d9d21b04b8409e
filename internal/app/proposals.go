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

	"attune/core/id"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/intake/identity"
	"attune/internal/proposal"
	"attune/internal/seal"
	"attune/internal/store"
)

// carriedFile says up to which commit everything was carried that people's steps say to each other.
const carriedFile = "proposals.json"

type carried struct {
	Frame int64 `json:"frame"`
}

// connectProposals makes what carries proposals.
func (n *Node) connectProposals() error {
	from, _, err := n.readCarried()
	if err != nil {
		return err
	}
	n.Proposals = proposal.New(proposal.Config{
		Intake: n.Intake, Find: func(ctx context.Context, written string) (id.Person, bool, error) {
			return find(ctx, n.Directory, written)
		},
		Known: n.Keys.Has, Same: n.same,
		Keep: n.keepCarried,
	}, from)
	return nil
}

func (n *Node) readCarried() (frame int64, known bool, err error) {
	data, err := os.ReadFile(filepath.Join(n.Data, carriedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	var c carried
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return 0, false, fmt.Errorf("read how far proposals were carried: %w: without %s they are carried again from the beginning, and each is taken once", err, carriedFile)
	}
	return c.Frame, true, nil
}

func (n *Node) keepCarried(frame int64) error {
	data, err := json.Marshal(carried{frame})
	if err != nil {
		return fmt.Errorf("write %s: %w", carriedFile, err)
	}
	return writeDurably(filepath.Join(n.Data, carriedFile), append(data, '\n'))
}

// find returns whom SYSTEM:VALUE means.
func find(ctx context.Context, d *identity.Directory, written string) (id.Person, bool, error) {
	for _, k := range identity.Candidates(written) {
		if p, found, err := d.Find(ctx, k); err != nil || found {
			return p, found, err
		}
	}
	return id.Person{}, false, nil
}

// resumeProposals finds in the history what was committed and perhaps not carried, at start.
func (n *Node) resumeProposals(ctx context.Context) error {
	from, known, err := n.readCarried()
	if err != nil {
		return err
	}
	last, err := n.History.Last(ctx)
	if err != nil {
		return err
	}
	if !known && !slices.ContainsFunc(n.releases(), speaksToOthers) {
		return n.keepCarried(last.Frame) // nothing can have been for anybody else
	}
	if from > last.Frame { // another backup's
		return n.keepCarried(last.Frame)
	}
	return n.History.Frames(ctx, from, func(f store.Frame) error {
		for _, e := range f.Entries {
			rec, err := openRecord(n.Keys, e.Person, f.Number, e.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue // erased
			}
			if err != nil {
				return err
			}
			n.Proposals.Committed(f.Number, e.Person, rec.Effects)
		}
		return nil
	})
}

// speaksToOthers tells whether a release has anything to say to those around patients.
func speaksToOthers(rel *release.Release) bool {
	for _, p := range rel.Programs {
		for i := range p.Engagements {
			if p.Engagements[i].Audience != person.Patient.String() {
				return true
			}
		}
	}
	return false
}

// proposals carries what people's steps say to each other, until ctx ends.
func (s *Server) proposals(ctx context.Context) {
	s.again(ctx, s.Node.Proposals.Ready(), "what is proposed to others could not be carried", func() error {
		_, err := s.Node.Proposals.Carry(ctx)
		return err
	})
}
