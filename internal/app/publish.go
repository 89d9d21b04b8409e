package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"attune/core/event"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/eventlog/sqlitelog"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store/sqlite"
)

// undoTime is how long a publication can be undone.
const undoTime = 15 * instant.Minute

// openReleases loads what was published in the data folder; in a new one the given release begins the
// order. It says what people live under from now on.
func (n *Node) openReleases() error {
	var err error
	if n.archive, err = openArchive(n.Data); err != nil {
		return err
	}
	if err := n.archive.tidy(); err != nil {
		return err
	}
	if len(n.archive.list) == 0 {
		if n.Release == nil {
			return fmt.Errorf("nothing was published in %s yet: start with a program's folder", n.Data)
		}
		if was, _, err := readPin(n.Data); err != nil || was.Release != "" && was.Release != n.Release.ID {
			return errors.Join(err, fmt.Errorf("the people in %s live under release %.12s, and the program makes release %.12s: start once with the files as they were, then change them and publish", n.Data, was.Release, n.Release.ID))
		}
		if err := n.archive.keep(n.Release); err != nil {
			return err
		}
		first := n.archive.next(n.Release)
		first.At, first.Made = n.Now(), n.Wall()
		if err := n.archive.add(first); err != nil {
			return err
		}
	}
	zones, err := n.zones()
	if err != nil {
		return err
	}
	all, err := n.archive.load(zones)
	if err != nil {
		return err
	}
	n.standing.Store(&all)
	return nil
}

func (n *Node) zones() (*instant.Zones, error) {
	if n.Release != nil {
		return n.Release.Zones, nil
	}
	return instant.LoadZones()
}

// published is what the runner needs to know of the publications.
func (n *Node) published() (out []runner.Published) {
	all := *n.standing.Load()
	for i := range all {
		out = append(out, all[i].published())
	}
	return out
}

// Live is the newest publication and its release.
func (n *Node) Live() (Publication, *release.Release) {
	all := *n.standing.Load()
	live := &all[len(all)-1]
	return live.Publication, live.rel
}

func (n *Node) live() *release.Release {
	_, rel := n.Live()
	return rel
}

func (n *Node) catalogue() *event.Catalogue { return n.live().Catalogue }

// under is the release that a person's state names; nil when there is none.
func (n *Node) under(short uint64) *release.Release {
	for _, s := range *n.standing.Load() {
		if s.Short == short {
			return s.rel
		}
	}
	return nil
}

// text finds what a message is made of, in the newest release that has it.
func (n *Node) text(id, content string) (*program.Program, bool) {
	all := *n.standing.Load()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].rel == nil {
			continue
		}
		for _, p := range all[i].rel.Programs {
			if p.ID == id && p.TemplateByHash(content) != nil {
				return p, true
			}
		}
	}
	return nil, false
}

// ErrNothingNew tells that a release is live already.
var ErrNothingNew = errors.New("this is live already: nothing is different")

// Publish puts a release live for everybody, new people and those who live here already.
func (n *Node) Publish(rel *release.Release, includeExisting bool) (Publication, error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	if live, _ := n.Live(); live.Release == rel.ID {
		return live, ErrNothingNew
	}
	return n.publish(rel, Publication{IncludeExisting: includeExisting})
}

// Undo puts the former release live again.
func (n *Node) Undo() (Publication, error) {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	was, err := n.archive.undoable(n.Wall())
	if err != nil {
		return Publication{}, err
	}
	all := *n.standing.Load()
	former := &all[was.Number-2]
	if former.rel == nil || !former.exact {
		return Publication{}, fmt.Errorf("release %.12s was published by another version of Attune and cannot be put back as it was: take its files with attune pull --release %d, and publish them", former.Release, former.Number)
	}
	return n.publish(former.rel, Publication{Undoes: was.Number})
}

// undoable returns the publication that may be undone now.
func (a *archive) undoable(now instant.Time) (*Publication, error) {
	live := a.live()
	switch {
	case live.Number == 1:
		return nil, errors.New("there is nothing to undo: only one release was ever published here")
	case live.Undoes != 0:
		return nil, fmt.Errorf("the last publication undid number %d already; to put that live after all, take its files with attune pull DIR --release %d, and publish them", live.Undoes, live.Undoes)
	case live.Upgrade:
		return nil, errors.New("the last publication is the same program under a newer version of Attune, which cannot be undone")
	case now.Sub(live.Made) > undoTime:
		return nil, fmt.Errorf("release %.12s was published %s, and a publication can be undone for 15 minutes; to go back, take the former files with attune pull DIR --release %d, and publish them", live.Release, live.Made, live.Number-1)
	}
	return live, nil
}

// publish is called by who holds publishing, or before anybody else can.
func (n *Node) publish(rel *release.Release, p Publication) (Publication, error) {
	if err := n.archive.keep(rel); err != nil {
		return p, err
	}
	next := n.archive.next(rel)
	next.IncludeExisting, next.Undoes, next.Upgrade, next.Made = p.IncludeExisting, p.Undoes, p.Upgrade, n.Wall()
	again := *rel
	again.Short = next.Short
	s := standing{Publication: next, rel: &again, exact: true}
	err := n.Runner.Publish(n.Now(), func(at runner.Place) (runner.Published, error) {
		s.Log, s.Frame, s.At = int64(at.Log), at.Frame, at.At
		return s.published(), n.archive.add(s.Publication)
	})
	if err != nil {
		return p, err
	}
	all := append(slices.Clone(*n.standing.Load()), s)
	n.standing.Store(&all)
	n.poke()
	return s.Publication, nil
}

// upgrade publishes the live files again when this version of Attune decides differently about them
// than the one that published them.
func (n *Node) upgrade() error {
	all := *n.standing.Load()
	live := &all[len(all)-1]
	if live.exact {
		return nil
	}
	rel := *live.rel
	p, err := n.publish(&rel, Publication{Upgrade: true})
	if err == nil {
		n.Logger.Info("this version of Attune decides differently than the one before: the live program was published again", "publication", p.Number)
	}
	return err
}

// publishAside publishes in a data folder that no server holds: the next start moves the people.
func publishAside(ctx context.Context, data string, make func(a *archive, now instant.Time) (*release.Release, Publication, error)) (Publication, error) {
	pinned, ok, err := readPin(data)
	if err != nil || !ok {
		return Publication{}, errors.Join(err, notUsed(data))
	}
	keys, err := seal.Open(filepath.Join(data, "keys"), pinned.Organisation)
	if err != nil {
		return Publication{}, err
	}
	defer keys.Close() // until then nobody else writes the folder
	a, err := openArchive(data)
	if err != nil {
		return Publication{}, err
	}
	if len(a.list) == 0 {
		return Publication{}, notUsed(data)
	}
	now := instant.Of(time.Now())
	rel, p, err := make(a, now)
	if err != nil {
		return p, err
	}
	if err := a.keep(rel); err != nil {
		return p, err
	}
	next := a.next(rel)
	next.IncludeExisting, next.Undoes, next.At, next.Made = p.IncludeExisting, p.Undoes, max(now, a.live().At), now
	_, end, err := sqlitelog.Ends(ctx, data)
	if err != nil {
		return p, err
	}
	history, err := sqlite.OpenHistory(data, sqlite.Config{ReadOnly: true})
	if err != nil {
		return p, err
	}
	last, err := history.Last(ctx)
	if err = errors.Join(err, history.Close()); err != nil {
		return p, err
	}
	next.Log, next.Frame = int64(end), last.Frame
	return next, a.add(next)
}

// Used tells that a data folder has people already, who live under what was published in it.
func Used(data string) (bool, error) {
	a, err := openArchive(data)
	return err == nil && len(a.list) > 0, err
}

func notUsed(data string) error {
	return fmt.Errorf("%s is not a data folder that a server has used: name it with --data", data)
}
