package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/audit"
)

const (
	// refusalsTogether is for how long refusals of one asker are one line of the log, after the first.
	refusalsTogether = instant.Minute
	// mostRefused is how many askers are told apart within that time. Those whom nobody knows beyond it share a line, so that whoever draws keys
	// fills no disk.
	mostRefused = 50
	// mostRefusedPeople is how many people one line names whose records were refused.
	mostRefusedPeople = 100
)

// refusals records what was refused: the first of an asker at once, and those that follow within a minute as one line with their number.
type refusals struct {
	record func(ctx context.Context, what audit.What, a about) error
	secret []byte
	now    func() instant.Time
	logger *slog.Logger

	mu   sync.Mutex
	open map[string]*refusing
}

// refusing is an asker who was refused within the last minute, and how often since that was recorded.
type refusing struct {
	caller audit.Caller
	object *audit.Object
	since  instant.Time
	more   int
	why    []string
	people []id.Person
}

// note takes a refusal down. What follows it within a minute is counted, whatever it was.
func (r *refusals) note(c audit.Caller, object *audit.Object, why string, people ...id.Person) {
	key := string(c.Actor.Kind) + "/" + c.Actor.ID
	if object != nil {
		key += "/" + object.Kind + "/" + object.ID
	}
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) >= mostRefused && r.open[key] == nil && c.Actor.Kind == audit.Anybody {
		key, object = "others", &audit.Object{Kind: "write keys and tokens", ID: "others"}
	}
	if x := r.open[key]; x != nil {
		x.more++
		if !slices.Contains(x.why, why) && len(x.why) < 5 {
			x.why = append(x.why, why)
		}
		for _, p := range people {
			if !slices.Contains(x.people, p) && len(x.people) < mostRefusedPeople {
				x.people = append(x.people, p)
			}
		}
		return
	}
	r.open[key] = &refusing{caller: c, object: object, since: now}
	r.write(c, about{object: object, people: people, why: why})
}

// tell records how often those were refused whose minute is over, or all.
func (r *refusals) tell(all bool) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, x := range r.open {
		if !all && now.Sub(x.since) < refusalsTogether {
			continue
		}
		delete(r.open, key)
		if x.more > 0 {
			x.caller.Via, x.caller.Request = "", audit.NewRequest()
			a := about{object: x.object, people: x.people, why: strings.Join(x.why, "; "), reason: strconv.Itoa(x.more) + " more within a minute"}
			if a.object == nil {
				a.object, a.reason = &audit.Object{Kind: "more refusals", ID: strconv.Itoa(x.more)}, ""
			}
			r.write(x.caller, a)
		}
	}
}

func (r *refusals) write(c audit.Caller, a about) {
	a.outcome = audit.Refused
	if err := r.record(audit.With(context.Background(), c), audit.AccessRefused, a); err != nil {
		r.logger.Error("a refusal was not recorded", "error", err)
	}
}

// key takes down that a write key was refused: of a source that is known, or of one that is not. Of the key only a keyed hash is told, which is
// the same when the key comes again.
func (r *refusals) key(key, source, why string) {
	object := &audit.Object{Kind: "source", ID: source}
	if source == "" {
		object = &audit.Object{Kind: "write key", ID: "none"}
		if key != "" {
			m := hmac.New(sha256.New, r.secret)
			m.Write([]byte(key))
			object.ID = hex.EncodeToString(m.Sum(nil)[:4])
		}
	}
	r.note(audit.Caller{Actor: audit.Actor{Kind: audit.Anybody}, Via: "POST /v1", Request: audit.NewRequest()}, object, why)
}

// refused is what the API tells of a refusal.
func (r *refusals) refused(ctx context.Context, why string, people ...id.Person) {
	r.note(audit.Of(ctx), nil, why, people...)
}

// refusals tells of refusals that follow each other, until ctx ends.
func (s *Server) refusals(ctx context.Context) {
	every := time.NewTicker(10 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			s.Node.refusals.tell(true)
			return
		case <-every.C:
			s.Node.refusals.tell(false)
		}
	}
}
