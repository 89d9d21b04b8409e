package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/control"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

const fenceName = "fence.json"

// Fence stands around a folder that was restored from a backup. What was said after the backup was made nobody can tell from
// the folder. So nothing is handed over until somebody lifts the fence; and what may have been said in between never is.
type Fence struct {
	// Made is when the backup was, Restored when the folder was, and Lifted when the fence; empty while it stands.
	Made     string `json:"made"`
	Restored string `json:"restored"`
	Lifted   string `json:"lifted,omitempty"`
	LiftedBy string `json:"lifted_by,omitempty"`
	// Doubted are the touches that may have gone out from the folder that this is a copy of.
	Doubted []id.Key `json:"doubted,omitempty"`
}

// stands tells that nothing may go out.
func (f *Fence) stands() bool { return f != nil && f.Lifted == "" }

func readFence(data string) (*Fence, error) {
	text, err := os.ReadFile(filepath.Join(data, fenceName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	f := &Fence{}
	if err == nil {
		err = json.Unmarshal(text, f)
	}
	if err != nil {
		return nil, fmt.Errorf("read whether anything may go out of this restored folder: %w: restore it anew", err)
	}
	return f, nil
}

func (f *Fence) write(data string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return writeDurably(filepath.Join(data, fenceName), append(text, '\n'))
}

// fenced is the fence of a node.
type fenced struct {
	mu sync.Mutex
	// lifting is held while it is lifted.
	lifting sync.Mutex
	*Fence
	doubted map[id.Key]bool
}

func (f *fenced) set(is *Fence) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Fence, f.doubted = is, map[id.Key]bool{}
	if is != nil {
		for _, touch := range is.Doubted {
			f.doubted[touch] = true
		}
	}
}

func (f *fenced) up() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stands()
}

// doubts tells that a touch may have gone out already. While the fence stands any may.
func (f *fenced) doubts(touch id.Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stands() || f.doubted[touch]
}

func (n *Node) openFence() error {
	f, err := readFence(n.Data)
	if err != nil {
		return err
	}
	n.fence.set(f)
	if f.stands() {
		n.Logger.Warn("this folder was restored from a backup: nothing is handed over until attune restore release")
	}
	return nil
}

func (f *fenced) pause() []Pause {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Fence.pause()
}

// pause is what holds everything while the fence stands.
func (f *Fence) pause() []Pause {
	if !f.stands() {
		return nil
	}
	return []Pause{{Why: "restored from a backup that was made " + f.Made + "; attune restore release ends it", By: "Attune", At: f.Restored}}
}

const callReleaseFence = "restore-release"

// ReleaseWord lifts the fence.
type ReleaseWord struct {
	By string `json:"by"`
}

// Released is what came of it.
type Released struct {
	Doubted int `json:"doubted"`
}

// liftFence lets messages go again, but for those that may have gone out between the backup and now.
func (n *Node) liftFence(ctx context.Context, in ReleaseWord) (out Released, err error) {
	n.fence.lifting.Lock()
	defer n.fence.lifting.Unlock()
	if in.By = strings.TrimSpace(in.By); in.By == "" {
		return out, errors.New("somebody has to say it: --by")
	}
	if !n.fence.up() {
		return out, errors.New("there is no fence: this folder was not restored, or it was lifted already")
	}
	next := *n.fence.Fence
	made, err := instant.Parse(next.Made)
	if err != nil {
		return out, fmt.Errorf("read when the backup was made: %w", err)
	}
	var now instant.Time
	// What was due meanwhile is decided first: it is doubted with the rest.
	for waits := 0; ; waits++ {
		now = n.Now()
		if n.Runner.Rests(now) {
			break
		}
		if waits == 1200 {
			return out, errors.New("the server is still taking what happened meanwhile: try again in a minute")
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	err = n.People.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(n.Keys, &r)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range p.Touches {
			t := &p.Touches[i]
			if t.State == person.Pending && (t.Due <= now || t.Decided >= made) {
				next.Doubted = append(next.Doubted, t.ID)
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	next.Lifted, next.LiftedBy = n.Wall().String(), in.By
	if err := next.write(n.Data); err != nil {
		return out, err
	}
	n.fence.set(&next)
	n.hold()
	n.Logger.Warn("the fence around restored data is lifted", "count", len(next.Doubted))
	return Released{len(next.Doubted)}, nil
}

func (n *Node) handleRestores(mux *http.ServeMux) { answer(n, mux, callReleaseFence, n.liftFence) }

// ReleaseIn lifts the fence around a restored folder, through the server that runs on it.
func ReleaseIn(ctx context.Context, data string, in ReleaseWord) (Released, error) {
	out, err := ask[ReleaseWord, Released](ctx, data, callReleaseFence, in)
	if errors.Is(err, control.ErrNobody) {
		err = errors.New("no server runs on this data folder: start it with attune serve; it hands nothing over until this is said")
	}
	return out, err
}
