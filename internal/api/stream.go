package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/audit"
)

// Topic is something that a stream tells of.
type Topic struct {
	Name, Means string
	Permission  access.Permission
	// Read returns how it stands now: something that is written as a JSON object, without anybody's record. Of a Panel it is what whoever
	// asks, by [PrincipalOf], has to do with.
	Read  func(ctx context.Context) (any, error)
	Panel bool
	// Few tells that who may list people is told numbers of few people, too: it is read once for them, and once for all others.
	Few bool
	// One is how it stands with one person, in the place of Read, of a topic that is asked for as NAME:PERSON, by whoever may do to them what
	// its permission is.
	One func(ctx context.Context, who id.Person) (any, error)

	// key is its name, and whose panel it is of where it is of one; who is somebody of that panel.
	key string
	who *access.Principal
	// about is whom it is about.
	about id.Person
}

// with is the topic of one person.
func (t Topic) with(who id.Person) Topic {
	t.Name += ":" + who.String()
	t.key, t.about = t.Name, who
	t.Read = func(ctx context.Context) (any, error) { return t.One(ctx, who) }
	return t
}

// of is the topic as somebody hears it: of a panel, that of their programs.
func (t Topic) of(p *access.Principal) Topic {
	t.key = t.Name
	if t.Few && !p.Nobody() && !p.May(access.PeopleList) {
		t.key += "\x00few"
		t.who = &access.Principal{Kind: "outside", ID: "stream"}
	}
	if t.Panel && !p.Everybody(t.Permission) {
		programs := slices.Sorted(slices.Values(p.Programs))
		t.key += "\x00" + strings.Join(programs, "\x00")
		t.who = &access.Principal{Kind: "panel", ID: "stream", Roles: p.Roles, Permits: p.Permits, Programs: programs}
	}
	return t
}

// Stream tells many clients how topics stand, as they change: at most twice a second, and whatever a topic's clients are, it is read once.
type Stream struct {
	topics []Topic
	every  time.Duration

	mu sync.Mutex
	// panels are topics of panels that somebody listened to, by their keys. There are as many as sets of programs that accounts have.
	panels map[string]Topic
	// people are topics of one person to which somebody listens, by their keys, and how many do.
	people map[string]*ofOne
	// past is the highest number of a topic that was let go: whoever comes again must not take new numbers for those.
	past    int64
	state   map[string]*standing
	clients map[*listener]bool
}

// standing is how a topic stands.
type standing struct {
	seq   int64
	now   map[string]any
	whole []byte
	// lately are the newest changes, the last of which is seq.
	lately []told
}

// told is one event of a stream, written for all.
type told struct {
	seq  int64
	text []byte
}

// ofOne is a topic of one person.
type ofOne struct {
	Topic
	listeners int
}

type listener struct {
	topics []string
	all    []Topic
	in     chan []byte
}

const (
	// remembered is how many changes of a topic are kept for those whose connection broke.
	rememberedChanges = 256
	// behind is how many events a client may be late before it is let go, to come again.
	behind = 64
)

// NewStream makes a stream of topics.
func NewStream(every time.Duration, topics ...Topic) *Stream {
	s := &Stream{topics: topics, every: every, panels: map[string]Topic{}, people: map[string]*ofOne{}, state: map[string]*standing{}, clients: map[*listener]bool{}}
	for i := range topics {
		topics[i].key = topics[i].Name
		s.state[topics[i].key] = &standing{}
	}
	return s
}

// Run reads the topics that somebody listens to, until ctx ends.
func (s *Stream) Run(ctx context.Context, report func(topic string, err error)) {
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			for c := range s.clients {
				close(c.in)
				delete(s.clients, c)
			}
			s.mu.Unlock()
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		all := slices.Concat(s.topics, slices.Collect(maps.Values(s.panels)))
		for _, x := range s.people {
			all = append(all, x.Topic)
		}
		s.mu.Unlock()
		for i := range all {
			if t := &all[i]; s.wanted(t.key) {
				if err := s.refresh(ctx, t); err != nil && ctx.Err() == nil {
					report(t.Name, err)
				}
			}
		}
	}
}

func (s *Stream) wanted(topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if slices.Contains(c.topics, topic) {
			return true
		}
	}
	return false
}

// refresh reads a topic and tells what changed.
func (s *Stream) refresh(ctx context.Context, t *Topic) error {
	if t.who != nil {
		ctx = WithPrincipal(ctx, t.who)
	}
	v, err := t.Read(ctx)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(shape(v, nil))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state[t.key]
	if st == nil || bytes.Equal(whole, st.whole) { // nobody listens any more, or nothing is new
		return nil
	}
	var now map[string]any
	if err := json.Unmarshal(whole, &now); err != nil {
		return err
	}
	patch, err := json.Marshal(mergePatch(st.now, now))
	if err != nil {
		return err
	}
	st.seq++
	st.now, st.whole = now, whole
	e := told{st.seq, eventOf(t.Name, st.seq, "patch", patch)}
	if st.lately = append(st.lately, e); len(st.lately) > rememberedChanges {
		st.lately = slices.Delete(st.lately, 0, 1)
	}
	for c := range s.clients {
		if !slices.Contains(c.topics, t.key) {
			continue
		}
		select {
		case c.in <- e.text:
		default: // it reads too slowly, and comes again
			close(c.in)
			delete(s.clients, c)
		}
	}
	return nil
}

// mergePatch is what makes b of a (RFC 7386).
func mergePatch(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for k, is := range b {
		was, there := a[k]
		if there && reflect.DeepEqual(was, is) {
			continue
		}
		x, both := was.(map[string]any)
		if y, is := is.(map[string]any); is && both {
			out[k] = mergePatch(x, y)
			continue
		}
		out[k] = is
	}
	for k := range a {
		if _, there := b[k]; !there {
			out[k] = nil
		}
	}
	return out
}

// eventOf writes an event. Its id names the topic and the number, so that whoever comes again says where they were.
func eventOf(topic string, seq int64, kind string, data []byte) []byte {
	return fmt.Appendf(nil, "id: %s.%d\ndata: {\"topic\":%q,\"seq\":%d,%q:%s}\n\n", topic, seq, topic, seq, kind, data)
}

// listen joins the clients. What it returns first is what the client lacks: of a topic whose number it names, the changes since; of
// others, how they stand.
func (s *Stream) listen(ctx context.Context, topics []Topic, last map[string]int64) (_ *listener, _ []byte, err error) {
	s.hold(topics)
	for i := range topics {
		if err := s.refresh(ctx, &topics[i]); err != nil {
			s.letGo(topics)
			return nil, nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &listener{all: topics, in: make(chan []byte, behind)}
	var first []byte
	for i := range topics {
		name := topics[i].Name
		l.topics = append(l.topics, topics[i].key)
		st := s.state[topics[i].key]
		seq, knows := last[name]
		if knows && seq <= st.seq && (seq == st.seq || len(st.lately) > 0 && st.lately[0].seq <= seq+1) {
			for _, e := range st.lately {
				if e.seq > seq {
					first = append(first, e.text...)
				}
			}
			continue
		}
		first = append(first, eventOf(name, st.seq, "state", st.whole)...)
	}
	s.clients[l] = true
	return l, first, nil
}

// hold begins what topics of panels and of people need, where nobody listens to them yet.
func (s *Stream) hold(topics []Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range topics {
		switch t := &topics[i]; {
		case t.One != nil:
			if s.people[t.key] == nil {
				s.people[t.key], s.state[t.key] = &ofOne{Topic: *t}, &standing{seq: s.past}
			}
			s.people[t.key].listeners++
		case t.who != nil:
			if _, known := s.panels[t.key]; !known {
				s.panels[t.key], s.state[t.key] = *t, &standing{}
			}
		}
	}
}

// letGo forgets how people stand to whom nobody listens any more.
func (s *Stream) letGo(topics []Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range topics {
		if x := s.people[topics[i].key]; x != nil {
			if x.listeners--; x.listeners == 0 {
				s.past = max(s.past, s.state[topics[i].key].seq)
				delete(s.people, topics[i].key)
				delete(s.state, topics[i].key)
			}
		}
	}
}

func (s *Stream) leave(l *listener) {
	s.letGo(l.all)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[l] {
		close(l.in)
		delete(s.clients, l)
	}
}

// stream answers GET /v1/stream.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) {
	caller, p := d.caller(r, "GET /v1/stream")
	topics, last, problem := d.wanted(r, &p)
	if problem != nil {
		problem.Request = caller.Request
		d.refused(audit.With(r.Context(), caller), r, caller, problem)
		problem.write(w)
		return
	}
	control := http.NewResponseController(w)
	l, first, err := d.Stream.listen(audit.With(r.Context(), caller), topics, last)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	defer d.Stream.leave(l)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	send := func(b []byte) bool {
		_ = control.SetWriteDeadline(time.Now().Add(heartbeat))
		_, err := w.Write(b)
		return err == nil && control.Flush() == nil
	}
	if !send(append([]byte("retry: 2000\n\n"), first...)) {
		return
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case b, open := <-l.in:
			if !open || !send(b) {
				return
			}
		case <-alive.C:
			// Whoever was signed out, or may no more, hears no more.
			now, _ := d.Principal(r)
			for i := range topics {
				if t := &topics[i]; !now.May(t.Permission) || t.One != nil && d.mayOne(r.Context(), t.Permission, t.about, "topics", &now) != nil {
					return
				}
			}
			if !send([]byte(": alive\n\n")) {
				return
			}
		}
	}
}

// wanted reads which topics a client wants, and where it was.
func (d *Desk) wanted(r *http.Request, p *access.Principal) (topics []Topic, last map[string]int64, _ *Problem) {
	if p.Nobody() {
		return nil, nil, unknown.problem("", "Authorization", "sign in, or send a token: Authorization: Bearer att_…")
	}
	if d.Stream == nil {
		return nil, nil, busy.problem("nothing is told here", "", "")
	}
	var names []string
	for _, t := range d.Stream.topics {
		if t.One != nil {
			t.Name += ":PERSON"
		}
		names = append(names, t.Name)
	}
	for _, name := range strings.Split(r.URL.Query().Get("topics"), ",") {
		name, whom, ofOne := strings.Cut(strings.TrimSpace(name), ":")
		i := slices.IndexFunc(d.Stream.topics, func(t Topic) bool { return t.Name == name && (t.One != nil) == ofOne })
		if i < 0 {
			return nil, nil, badRequest.problem("there is no such topic", "topics", "name some of "+strings.Join(names, ", "))
		}
		t := d.Stream.topics[i]
		if !p.May(t.Permission) {
			return nil, nil, forbidden.problem("the topic "+t.Name+" takes the permission "+string(t.Permission), "topics", "ask for one of the roles "+access.Who(t.Permission))
		}
		if !ofOne {
			topics = append(topics, t.of(p))
			continue
		}
		who, problem := d.one(r.Context(), t.Permission, whom, "topics", p)
		if problem != nil {
			return nil, nil, problem
		}
		if slices.ContainsFunc(topics, func(t Topic) bool { return t.about == who }) {
			return nil, nil, badRequest.problem("a person is named twice", "topics", "name each once")
		}
		topics = append(topics, t.with(who))
	}
	last = map[string]int64{}
	for _, at := range strings.Split(r.Header.Get("Last-Event-ID"), ",") {
		if topic, seq, ok := strings.Cut(strings.TrimSpace(at), "."); ok {
			if n, err := strconv.ParseInt(seq, 10, 64); err == nil {
				last[topic] = n
			}
		}
	}
	return topics, last, nil
}

func streamContract() yaml.MapSlice {
	return yaml.MapSlice{{Key: "get", Value: yaml.MapSlice{
		{Key: "operationId", Value: "stream"}, {Key: "tags", Value: []string{"stream"}},
		{Key: "summary", Value: "Hear how topics stand, as they change: server-sent events."},
		{Key: "description", Value: "Each event's data is `{topic, seq, state}` at first and `{topic, seq, patch}` from then on; a patch is a JSON merge patch (RFC 7386). Each topic takes its own permission. Whoever comes again sends Last-Event-ID, and hears what they missed."},
		{Key: "parameters", Value: []yaml.MapSlice{
			{{Key: "name", Value: "topics"}, {Key: "in", Value: "query"}, {Key: "required", Value: true}, {Key: "description", Value: "Some of the topics that docs/api.md lists, with commas between, such as `overview,work`; `person:ID` tells that something about this person is new."}, {Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}}}},
			{{Key: "name", Value: "Last-Event-ID"}, {Key: "in", Value: "header"}, {Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}}}},
		}},
		{Key: "responses", Value: yaml.MapSlice{
			{Key: "200", Value: yaml.MapSlice{{Key: "description", Value: "The stream."}, {Key: "content", Value: content("text/event-stream", yaml.MapSlice{{Key: "type", Value: "string"}})}}},
			{Key: "default", Value: yaml.MapSlice{{Key: "description", Value: "What is wrong, where, and what to do."}, {Key: "content", Value: content("application/problem+json", ref("Problem"))}}},
		}},
	}}}
}
