package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/control"
	"attune/internal/programdir"
)

// The calls that a server takes from commands.
const (
	callPublish = "publish"
	callUndo    = "undo"
	callResume  = "resume"
)

// publishCall carries the programs' files, so that what was checked is what is published.
type publishCall struct {
	Programs        []programFiles `json:"programs"`
	Release         string         `json:"release"`
	IncludeExisting bool           `json:"include_existing"`
}

type programFiles struct {
	ID    string            `json:"id"`
	Files map[string][]byte `json:"files"`
}

type resumeCall struct {
	Person     string `json:"person"`
	Enrollment string `json:"enrollment"`
	Step       string `json:"step"`
}

type nothing struct{}

// desk answers commands.
func (n *Node) desk() http.Handler {
	mux := http.NewServeMux()
	n.asked = map[string]any{}
	answer(n, mux, callPublish, func(_ context.Context, in publishCall) (written, error) {
		var all []programdir.Files
		for _, p := range in.Programs {
			files := programdir.Files{Home: p.ID, Texts: map[string]string{}}
			for path, text := range p.Files {
				files.Texts[path] = string(text)
			}
			all = append(all, files)
		}
		zones, err := n.zones()
		if err != nil {
			return written{}, err
		}
		rel, problems := programdir.Compile(zones, all...)
		if rel == nil {
			return written{}, fmt.Errorf("the server finds problems that this command does not: it is another version of Attune; %s", problems[0])
		}
		if rel.ID != in.Release {
			return written{}, errors.New("the server is another version of Attune than this command: use the same for both")
		}
		p, err := n.Publish(rel, in.IncludeExisting)
		return p.write(), err
	})
	answer(n, mux, callUndo, func(context.Context, nothing) (written, error) {
		p, err := n.Undo()
		return p.write(), err
	})
	answer(n, mux, callResume, n.resumePassage)
	n.handleWork(mux)
	n.handleMail(mux)
	n.handlePauses(mux)
	n.handleChannels(mux)
	n.handleCeilings(mux)
	n.handleContacts(mux)
	n.handleVerified(mux)
	n.handleInbox(mux)
	n.handleReplay(mux)
	n.handleHolds(mux)
	n.handleNotes(mux)
	n.handleMerges(mux)
	n.handleLearning(mux)
	n.handleLibrary(mux)
	n.handleImports(mux)
	n.handlePeople(mux)
	n.handleGlass()
	n.handleAudit()
	n.handleSources()
	n.handleQuarantine(mux)
	n.handleContent()
	n.handleKeys()
	n.handleUploads()
	n.handleDrafts()
	n.handleChannelTest(mux)
	n.handleStaff(mux)
	n.handleErasures(mux)
	n.handleRights(mux)
	n.handleRestores(mux)
	return mux
}

// resumePassage lets a passage that needs attention go on, and waits until it does.
func (n *Node) resumePassage(ctx context.Context, in resumeCall) (nothing, error) {
	who, err := id.ParsePerson(in.Person)
	if err != nil {
		return nothing{}, err
	}
	passage, err := id.ParseKey(in.Enrollment)
	if err != nil {
		return nothing{}, err
	}
	p, ok, err := n.Runner.Person(ctx, who)
	if err != nil || !ok {
		return nothing{}, errors.Join(err, fmt.Errorf("nobody is known as %s", who))
	}
	e := parked(&p, passage)
	if e == nil {
		return nothing{}, fmt.Errorf("passage %s needs no attention: attune attention list tells which do", passage)
	}
	if err := resumable(n.live(), e, in.Step); err != nil {
		return nothing{}, err
	}
	n.Runner.Submit(who, engine.Resume{Enrollment: passage, To: in.Step})
	n.poke()
	for range 500 {
		if p, ok, err = n.Runner.Person(ctx, who); err != nil {
			return nothing{}, err
		}
		if ok && parked(&p, passage) == nil {
			return nothing{}, nil
		}
		select {
		case <-ctx.Done():
			return nothing{}, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nothing{}, errors.New("it was handed in and did not go on within five seconds: the server is busy, or the passage needs attention again; see attune attention list")
}

// parked finds a passage that needs attention.
func parked(p *person.Person, passage id.Key) *person.Enrollment {
	for i := range p.Enrollments {
		if e := &p.Enrollments[i]; e.ID == passage && e.Parked && e.Left == 0 {
			return e
		}
	}
	return nil
}

// resumable tells why a passage cannot go on at a step of the live release.
func resumable(rel *release.Release, e *person.Enrollment, step string) error {
	p := programOf(rel, e.Program)
	if p == nil || p.Journey(e.Journey) == nil {
		return fmt.Errorf("the journey %s of the program %s is not in the live release any more", e.Journey, e.Program)
	}
	j := p.Journey(e.Journey)
	if step == "" {
		step = e.Step
	}
	if _, found := j.Find(step); !found {
		var steps []string
		for _, s := range j.Steps {
			steps = append(steps, s.Label())
		}
		return fmt.Errorf("the journey %s has no step %q; say with --at where to go on: %s", e.Journey, step, strings.Join(steps, ", "))
	}
	return nil
}

// PublishTo puts a release live in a data folder: through the server that runs on it, or, where none does,
// for its next start. Running tells which.
func PublishTo(ctx context.Context, data string, rel *release.Release, includeExisting bool) (p Publication, running bool, err error) {
	in := publishCall{Release: rel.ID, IncludeExisting: includeExisting}
	for _, pr := range rel.Programs {
		files := programFiles{ID: pr.ID, Files: map[string][]byte{}}
		for path, text := range pr.Files {
			files.Files[path] = []byte(text)
		}
		in.Programs = append(in.Programs, files)
	}
	out, err := ask[publishCall, written](ctx, data, callPublish, in)
	if !errors.Is(err, control.ErrNobody) {
		if err == nil {
			p, err = out.read()
		}
		return p, true, err
	}
	_, err = auditedAside(ctx, data, callPublish, in, func(ctx context.Context, _ publishCall) (written, error) {
		p, err = publishAside(ctx, data, func(a *archive, _ instant.Time) (*release.Release, Publication, error) {
			if a.live().Release == rel.ID {
				return nil, Publication{}, ErrNothingNew
			}
			return rel, Publication{IncludeExisting: includeExisting}, nil
		})
		return p.write(), err
	})
	return p, false, err
}

// UndoIn undoes the last publication of a data folder.
func UndoIn(ctx context.Context, data string) (p Publication, running bool, err error) {
	out, err := ask[nothing, written](ctx, data, callUndo, nothing{})
	if !errors.Is(err, control.ErrNobody) {
		if err == nil {
			p, err = out.read()
		}
		return p, true, err
	}
	_, err = auditedAside(ctx, data, callUndo, nothing{}, func(ctx context.Context, _ nothing) (written, error) {
		p, err = publishAside(ctx, data, func(a *archive, now instant.Time) (*release.Release, Publication, error) {
			was, err := a.undoable(now)
			if err != nil {
				return nil, Publication{}, err
			}
			zones, err := instant.LoadZones()
			if err != nil {
				return nil, Publication{}, err
			}
			former, exact, err := a.compile(&a.list[was.Number-2], zones)
			if err == nil && !exact {
				err = fmt.Errorf("release %.12s was published by another version of Attune: take its files with attune pull --release %d, and publish them", a.list[was.Number-2].Release, was.Number-1)
			}
			return former, Publication{Undoes: was.Number}, err
		})
		return p.write(), err
	})
	return p, false, err
}

// ResumeIn lets a passage that needs attention go on.
func ResumeIn(ctx context.Context, data string, a Attention, step string) error {
	_, err := ask[resumeCall, nothing](ctx, data, callResume, resumeCall{a.Person, a.Enrollment, step})
	if errors.Is(err, control.ErrNobody) {
		return errors.New("no server runs on this data folder, and only a running one can let the passage go on: start attune serve")
	}
	return err
}

// Unpublished tells that a folder's programs are not what is live in a data folder.
func (n *Node) Unpublished(rel *release.Release) bool {
	if rel == nil {
		return false
	}
	live, _ := n.Live()
	return slices.ContainsFunc(rel.Programs, func(p *program.Program) bool { return !slices.Contains(live.Programs, Kept{p.ID, p.Hash}) })
}
