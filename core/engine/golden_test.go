package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

var update = flag.Bool("update", false, "write what the golden journeys give now as what they should give")

// TestJourneys tells the stories in testdata: what is heard (events.jsonl) and what follows
// (want.jsonl). Ids stand as ordinals of their first mention. Each input is a line of its own, before
// the effects that it had, and the last line is where the person stands at the end.
func TestJourneys(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if name == "base" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, story)
			want := ""
			for i, f := range story.Files {
				if f.Name != "want.jsonl" {
					continue
				}
				want = string(f.Data)
				story.Files[i].Data = []byte(got)
			}
			if got == want {
				return
			}
			if *update {
				if want == "" {
					story.Files = append(story.Files, txtar.File{Name: "want.jsonl", Data: []byte(got)})
				}
				if err := os.WriteFile(path, txtar.Format(story), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s goes another way (make golden rewrites it):\n%s", name, difference(want, got))
		})
	}
}

// tell lives through a story and writes down what happened.
func tell(t *testing.T, story *txtar.Archive) string {
	files, events := base(t), ""
	for _, f := range story.Files {
		switch f.Name {
		case "events.jsonl":
			events = string(f.Data)
		case "want.jsonl":
		default:
			files[f.Name] = string(f.Data)
		}
	}
	before := files["before.jsonl"]
	delete(files, "before.jsonl")
	later := map[string]map[string]string{}
	for name, text := range files {
		folder, rest, _ := strings.Cut(name, "/")
		if len(folder) != 2 || folder[0] != 'v' {
			continue
		}
		delete(files, name)
		if later[folder] == nil {
			later[folder] = map[string]string{}
		}
		later[folder][rest] = text
	}
	l := newLife(t, compile(t, files))
	l.releases = map[string]*release.Release{}
	for folder, different := range later {
		next := maps.Clone(files)
		for name, text := range different {
			if next[name] = text; strings.TrimSpace(text) == "" {
				delete(next, name) // an empty file takes one away
			}
		}
		l.releases[folder] = compile(t, next)
	}
	names := &ordinals{byKey: map[id.Key]string{}, count: map[string]int{}}
	for _, in := range readLines(t, before) {
		at, what, _ := l.input(in, names)
		l.step(at, what)
	}
	var out strings.Builder
	for _, in := range readLines(t, events) {
		at, what, word := l.input(in, names)
		fx := l.step(at, what)
		fmt.Fprintf(&out, "{\"at\":%q,\"input\":%q}\n", at, word)
		for _, e := range fx {
			out.WriteString(names.effect(e) + "\n")
		}
	}
	out.WriteString(names.state(l) + "\n")
	return out.String()
}

// difference shows the lines from the first that differs.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	n := 0
	for n < len(w) && n < len(g) && w[n] == g[n] {
		n++
	}
	return fmt.Sprintf("from line %d\nwant:\n%s\ngot:\n%s", n+1, strings.Join(w[n:], "\n"), strings.Join(g[n:], "\n"))
}

// ordinals gives ids names that people can read: "touch-1".
type ordinals struct {
	byKey map[id.Key]string
	count map[string]int
}

func (o *ordinals) name(kind string, k id.Key) string {
	if k.IsZero() {
		return ""
	}
	if o.byKey[k] == "" {
		o.count[kind]++
		o.byKey[k] = fmt.Sprintf("%s-%d", kind, o.count[kind])
	}
	return o.byKey[k]
}

func (o *ordinals) key(name string) id.Key {
	for k, n := range o.byKey {
		if n == name {
			return k
		}
	}
	return id.Key{}
}

// row is a JSON object whose fields keep their order; empty ones are left out.
type row []any

func (r row) String() string {
	var parts []string
	for i := 0; i < len(r); i += 2 {
		if s, isText := r[i+1].(string); isText && s == "" {
			continue
		}
		if b, isFlag := r[i+1].(bool); isFlag && !b {
			continue
		}
		if list, isList := r[i+1].([]string); isList && len(list) == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%q:%s", r[i], jsonOf(r[i+1])))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func jsonOf(v any) string {
	switch v := v.(type) {
	case row:
		return v.String()
	case []row:
		var items []string
		for _, item := range v {
			items = append(items, item.String())
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

func stamp(t instant.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func (o *ordinals) effect(e effect.Effect) string {
	var r row
	switch e := e.(type) {
	case effect.Decide:
		var candidates []row
		for _, c := range e.Candidates {
			candidates = append(candidates, row{"engagement", c.Engagement, "rule", c.Cause.Rule, "because", c.Cause.What, "event", c.Cause.Event, "since", stamp(c.Cause.At), "value", c.Value,
				"touch", o.name("touch", c.Touch), "variant", c.Variant, "channel", c.Channel, "propensity", c.Propensity,
				"reason", string(c.Reason), "detail", c.Detail})
		}
		r = row{"effect", "decide", "at", stamp(e.At), "decision", o.name("decision", e.ID), "candidates", candidates}
	case effect.Schedule:
		r = row{"effect", "schedule", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "due", stamp(e.Due), "why", string(e.Why)}
	case effect.Send:
		r = row{"effect", "send", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "attempt", o.name("attempt", e.Attempt), "engagement", e.Engagement, "variant", e.Variant,
			"channel", e.Channel, "language", e.Language, "template", e.Template, "consent", e.Consent, "to", e.To, "name", e.Name}
	case effect.Settle:
		r = row{"effect", "settle", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "attempt", o.name("attempt", e.Attempt), "state", e.State.String(), "why", string(e.Why), "retry", stamp(e.Retry)}
	case effect.End:
		r = row{"effect", "end", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "engagement", e.Engagement, "channel", e.Channel, "reason", string(e.Reason), "detail", e.Detail}
	case effect.Move:
		r = row{"effect", "move", "at", stamp(e.At), "from", e.From, "to", e.To, "exit", e.Exit, "counted_before", e.CountedBefore, "counted_after", e.CountedAfter, "again", e.Again, "skipped", e.Skipped}
	case effect.Join:
		r = row{"effect", "join", "at", stamp(e.At), "program", e.Program, "in", jsonFlag(e.In), "phase", e.Phase}
	case effect.Walk:
		r = row{"effect", "walk", "at", stamp(e.At), "passage", o.name("passage", e.Enrollment), "journey", e.Journey, "what", e.What, "step", e.Step, "why", e.Why}
	case effect.Sense:
		r = row{"effect", "sense", "at", stamp(e.At), "signal", e.Signal, "on", jsonFlag(e.On), "late", e.Late}
	case effect.Ignore:
		r = row{"effect", "ignore", "at", stamp(e.At), "why", e.Why}
	case effect.Again:
		r = row{"effect", "again"}
	case effect.Request:
		r = row{"effect", "request", "at", stamp(e.At), "request", o.name("request", e.ID), "kind", string(e.Kind), "journey", e.Journey, "step", e.Step, "what", e.What, "for", e.For, "reason", e.Reason, "urgency", e.Urgency, "due", stamp(e.Due)}
		if e.Priority != 0 {
			r = append(r, "priority", e.Priority)
		}
		for _, f := range e.Fields {
			r = append(r, "field "+f.Name, f.Value.String())
		}
	case effect.Close:
		r = row{"effect", "close", "at", stamp(e.At), "request", o.name("request", e.Request), "why", e.Why, "outcome", e.Outcome}
	case effect.Note:
		r = row{"effect", "note", "at", stamp(e.At), "passage", o.name("passage", e.Enrollment), "event", e.Event.Name}
		for _, f := range e.Event.Props {
			r = append(r, f.Name, f.Value.String())
		}
	case effect.See:
		r = row{"effect", "see", "at", stamp(e.At), "moment", e.Moment, "since", stamp(e.Since), "by", e.By, "to", e.To}
	case effect.Promise:
		r = row{"effect", "promise", "at", stamp(e.At), "moment", e.Moment, "phase", e.Phase, "to", e.To, "due", stamp(e.Due), "state", string(e.State)}
	case effect.Group:
		r = row{"effect", "group", "at", stamp(e.At), "audience", e.Audience, "in", jsonFlag(e.In), "because", e.What, "event", e.Event}
	case effect.Change:
		r = row{"effect", "change", "at", stamp(e.At), "behavior", e.Behavior, "from", e.From, "to", e.To, "because", e.What, "event", e.Event}
	case effect.Succeed:
		r = row{"effect", "succeed", "at", stamp(e.At), "outcome", e.Outcome, "touch", o.name("touch", e.Touch)}
	case effect.Retract:
		r = row{"effect", "retract", "at", stamp(e.At), "event", e.Event}
	case effect.Switch:
		r = row{"effect", "switch", "at", stamp(e.At)}
	case effect.NeedHistory:
		r = row{"effect", "need history"}
	}
	return r.String()
}

// jsonFlag keeps a false that a row would leave out.
func jsonFlag(b bool) any { return json.RawMessage(fmt.Sprint(b)) }

func (o *ordinals) state(l *life) string {
	p := &l.p
	r := row{"state", "at the end", "now", stamp(p.Now), "wake", stamp(p.Wake), "died", stamp(p.Died)}
	for _, m := range p.Memberships {
		r = append(r, "active", jsonFlag(m.Active()), "phase", m.Phase, "since", stamp(m.Since), "exit", m.Exit)
	}
	var signals []string
	for i, on := range p.Facts.Signals {
		if on {
			signals = append(signals, l.rel.Signals[i])
		}
	}
	for i, b := range p.Beliefs {
		r = append(r, "stage of "+l.rel.Behaviors[i].ID, b.Mode.String())
	}
	for _, m := range p.Moments {
		r = append(r, "moment "+m.Moment, row{"last", stamp(m.At), "count", m.Count, "late", m.Late})
	}
	for _, g := range p.Groups {
		r = append(r, "in "+g.Audience, row{"since", stamp(g.Since), "because", g.What, "event", g.Event})
	}
	for _, a := range p.Arms {
		r = append(r, "arm of "+a.Journey+" "+a.Step, a.Arm)
	}
	var passages, touches []row
	for _, e := range p.Enrollments {
		passages = append(passages, row{"passage", o.name("passage", e.ID), "journey", e.Journey, "step", e.Step, "key", e.Key, "due", dueOf(e.Due), "touch", o.name("touch", e.Touch), "request", o.name("request", e.Request), "parked", e.Parked, "left", stamp(e.Left), "why", e.Why})
	}
	for i := range p.Touches {
		t := &p.Touches[i]
		x := row{"touch", o.name("touch", t.ID), "state", t.State.String(), "why", t.Why, "settled", stamp(t.Settled)}
		if t.State == person.Pending {
			x = append(x, "due", stamp(t.Due), "expires", stamp(t.Expires))
		}
		touches = append(touches, x)
	}
	r = append(r, "signals", signals)
	if len(passages) > 0 {
		r = append(r, "passages", passages)
	}
	if len(touches) > 0 {
		r = append(r, "touches", touches)
	}
	return r.String()
}

func dueOf(t instant.Time) string {
	if t == instant.Never {
		return ""
	}
	return t.String()
}
