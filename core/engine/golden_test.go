package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
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
	l := newLife(t, compile(t, files))
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
			candidates = append(candidates, row{"engagement", c.Engagement, "rule", c.Cause.Rule, "event", c.Cause.Event, "since", stamp(c.Cause.At), "value", c.Value,
				"touch", o.name("touch", c.Touch), "variant", c.Variant, "channel", c.Channel, "propensity", c.Propensity,
				"reason", string(c.Reason), "detail", c.Detail})
		}
		r = row{"effect", "decide", "at", stamp(e.At), "decision", o.name("decision", e.ID), "candidates", candidates}
	case effect.Schedule:
		r = row{"effect", "schedule", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "due", stamp(e.Due), "why", string(e.Why)}
	case effect.Send:
		r = row{"effect", "send", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "attempt", o.name("attempt", e.Attempt), "engagement", e.Engagement, "variant", e.Variant,
			"channel", e.Channel, "language", e.Language, "template", e.Template, "to", e.To, "name", e.Name}
	case effect.Settle:
		r = row{"effect", "settle", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "attempt", o.name("attempt", e.Attempt), "state", e.State.String(), "why", string(e.Why), "retry", stamp(e.Retry)}
	case effect.End:
		r = row{"effect", "end", "at", stamp(e.At), "touch", o.name("touch", e.Touch), "engagement", e.Engagement, "channel", e.Channel, "reason", string(e.Reason), "detail", e.Detail}
	case effect.Move:
		r = row{"effect", "move", "at", stamp(e.At), "from", e.From, "to", e.To, "exit", e.Exit, "counted_before", e.CountedBefore, "counted_after", e.CountedAfter}
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
	var passages, touches []row
	for _, e := range p.Enrollments {
		passages = append(passages, row{"passage", o.name("passage", e.ID), "journey", e.Journey, "step", e.Step, "due", dueOf(e.Due), "touch", o.name("touch", e.Touch), "left", stamp(e.Left), "why", e.Why})
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
