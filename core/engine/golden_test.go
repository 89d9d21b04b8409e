package engine_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/storytest"
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
			t.Errorf("%s goes another way (make golden rewrites it):\n%s", name, storytest.Difference(want, got))
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
	names := &ordinals{storytest.NewOrdinals()}
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

// ordinals write effects with names that people can read: "touch-1".
type ordinals struct{ *storytest.Ordinals }

// row is a JSON object whose fields keep their order; empty ones are left out.
type row = storytest.Row

func (o *ordinals) effect(e effect.Effect) string {
	var r row
	switch e := e.(type) {
	case effect.Decide:
		var candidates []row
		for _, c := range e.Candidates {
			candidates = append(candidates, row{"engagement", c.Engagement, "rule", c.Cause.Rule, "because", c.Cause.What, "event", c.Cause.Event, "since", storytest.Stamp(c.Cause.At), "value", c.Value,
				"touch", o.Name("touch", c.Touch), "variant", c.Variant, "channel", c.Channel, "propensity", c.Propensity,
				"reason", string(c.Reason), "detail", c.Detail})
		}
		r = row{"effect", "decide", "at", storytest.Stamp(e.At), "decision", o.Name("decision", e.ID), "candidates", candidates}
		if left := rounds(e.Rounds); len(left) > 0 {
			r = append(r, "rounds", left)
		}
	case effect.Trial:
		r = row{"effect", "trial", "at", storytest.Stamp(e.At), "program", e.Program, "layer", e.Layer, "arm", e.Arm}
	case effect.Schedule:
		r = row{"effect", "schedule", "at", storytest.Stamp(e.At), "touch", o.Name("touch", e.Touch), "due", storytest.Stamp(e.Due), "why", string(e.Why)}
	case effect.Send:
		r = row{"effect", "send", "at", storytest.Stamp(e.At), "touch", o.Name("touch", e.Touch), "attempt", o.Name("attempt", e.Attempt), "engagement", e.Engagement, "variant", e.Variant,
			"channel", e.Channel, "language", e.Language, "template", e.Template, "consent", e.Consent, "to", e.To, "name", e.Name}
		if !e.About.IsZero() {
			r = append(r, "about", e.About.String(), "about_name", e.AboutName)
		}
		var parts []row
		for _, p := range e.Parts {
			parts = append(parts, row{"touch", o.Name("touch", p.Touch), "engagement", p.Engagement, "variant", p.Variant, "template", p.Template, "consent", p.Consent})
		}
		if len(parts) > 0 {
			r = append(r, "with", parts)
		}
	case effect.Settle:
		r = row{"effect", "settle", "at", storytest.Stamp(e.At), "touch", o.Name("touch", e.Touch), "attempt", o.Name("attempt", e.Attempt), "state", e.State.String(), "why", string(e.Why), "retry", storytest.Stamp(e.Retry)}
	case effect.End:
		r = row{"effect", "end", "at", storytest.Stamp(e.At), "touch", o.Name("touch", e.Touch), "engagement", e.Engagement, "channel", e.Channel, "reason", string(e.Reason), "detail", e.Detail}
	case effect.Move:
		r = row{"effect", "move", "at", storytest.Stamp(e.At), "from", e.From, "to", e.To, "exit", e.Exit, "counted_before", e.CountedBefore, "counted_after", e.CountedAfter, "again", e.Again, "skipped", e.Skipped}
	case effect.Join:
		r = row{"effect", "join", "at", storytest.Stamp(e.At), "program", e.Program, "in", storytest.Flag(e.In), "phase", e.Phase}
	case effect.Walk:
		r = row{"effect", "walk", "at", storytest.Stamp(e.At), "passage", o.Name("passage", e.Enrollment), "journey", e.Journey, "what", e.What, "step", e.Step, "why", e.Why}
	case effect.Sense:
		r = row{"effect", "sense", "at", storytest.Stamp(e.At), "signal", e.Signal, "on", storytest.Flag(e.On), "late", e.Late}
	case effect.Ignore:
		r = row{"effect", "ignore", "at", storytest.Stamp(e.At), "why", e.Why}
	case effect.Again:
		r = row{"effect", "again"}
	case effect.Request:
		r = row{"effect", "request", "at", storytest.Stamp(e.At), "request", o.Name("request", e.ID), "kind", string(e.Kind), "journey", e.Journey, "step", e.Step, "what", e.What, "for", e.For, "reason", e.Reason, "urgency", e.Urgency, "due", storytest.Stamp(e.Due)}
		if e.Priority != 0 {
			r = append(r, "priority", e.Priority)
		}
		for _, f := range e.Fields {
			r = append(r, "field "+f.Name, f.Value.String())
		}
	case effect.Close:
		r = row{"effect", "close", "at", storytest.Stamp(e.At), "request", o.Name("request", e.Request), "why", e.Why, "outcome", e.Outcome}
	case effect.Note:
		r = row{"effect", "note", "at", storytest.Stamp(e.At), "passage", o.Name("passage", e.Enrollment), "event", e.Event.Name}
		for _, f := range e.Event.Props {
			r = append(r, f.Name, f.Value.String())
		}
	case effect.Mark:
		r = row{"effect", "mark", "at", storytest.Stamp(e.At), "kind", fmt.Sprint(e.Kind), "name", e.Name, "level", e.Level, "code", e.Code, "since", storytest.Stamp(e.Since)}
		if e.Kind == effect.Measured {
			r = append(r, "value", fmt.Sprint(e.Value))
		}
	case effect.Anew:
		r = row{"effect", "anew", "at", storytest.Stamp(e.At), "marks", strconv.Itoa(len(e.Of))}
	case effect.See:
		r = row{"effect", "see", "at", storytest.Stamp(e.At), "moment", e.Moment, "since", storytest.Stamp(e.Since), "by", e.By, "to", e.To}
	case effect.Promise:
		r = row{"effect", "promise", "at", storytest.Stamp(e.At), "moment", e.Moment, "phase", e.Phase, "to", e.To, "due", storytest.Stamp(e.Due), "state", string(e.State)}
	case effect.Group:
		r = row{"effect", "group", "at", storytest.Stamp(e.At), "audience", e.Audience, "in", storytest.Flag(e.In), "because", e.What, "event", e.Event}
	case effect.Change:
		r = row{"effect", "change", "at", storytest.Stamp(e.At), "behavior", e.Behavior, "from", e.From, "to", e.To, "because", e.What, "event", e.Event}
	case effect.Succeed:
		r = row{"effect", "succeed", "at", storytest.Stamp(e.At), "outcome", e.Outcome, "touch", o.Name("touch", e.Touch)}
	case effect.Retract:
		r = row{"effect", "retract", "at", storytest.Stamp(e.At), "event", e.Event}
	case effect.Switch:
		r = row{"effect", "switch", "at", storytest.Stamp(e.At)}
	case effect.Effective:
		r = row{"effect", "effective", "at", storytest.Stamp(e.At), "event", e.Event, "said", storytest.Stamp(e.Said), "purpose", e.Purpose, "channel", e.Channel, "topic", e.Topic}
	case effect.Propose:
		r = row{"effect", "propose", "at", storytest.Stamp(e.At), "proposal", o.Name("proposal", e.ID), "to", e.To, "relation", e.Relation, "engagement", e.Engagement, "purpose", e.Purpose, "name", e.Name, "hops", int(e.Hops)}
	case effect.Recall:
		r = row{"effect", "recall", "at", storytest.Stamp(e.At), "recall", o.Name("recall", e.ID), "to", e.To, "purpose", e.Purpose, "program", e.Program, "engagement", e.Engagement, "of_event", e.Origin != 0, "ends", e.Ends, "why", e.Why}
	case effect.Recalled:
		r = row{"effect", "recalled", "at", storytest.Stamp(e.At), "about", e.About.String(), "with", e.With, "purpose", e.Purpose, "recall", o.Name("recall", e.Recall), "said", storytest.Stamp(e.Said)}
	case effect.Hold:
		r = row{"effect", "hold", "at", storytest.Stamp(e.At), "hold", e.Hold, "on", storytest.Flag(e.On), "until", storytest.Stamp(e.Until), "because", e.What, "event", e.Event}
	case effect.NeedHistory:
		r = row{"effect", "need history"}
	}
	return r.String()
}

func (o *ordinals) state(l *life) string {
	p := &l.p
	r := row{"state", "at the end", "now", storytest.Stamp(p.Now), "wake", storytest.Stamp(p.Wake), "died", storytest.Stamp(p.Died)}
	for _, m := range p.Memberships {
		r = append(r, "active", storytest.Flag(m.Active()), "phase", m.Phase, "since", storytest.Stamp(m.Since), "exit", m.Exit)
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
		r = append(r, "moment "+m.Moment, row{"last", storytest.Stamp(m.At), "count", m.Count, "late", m.Late})
	}
	for _, g := range p.Groups {
		r = append(r, "in "+g.Audience, row{"since", storytest.Stamp(g.Since), "because", g.What, "event", g.Event})
	}
	for _, a := range p.Arms {
		r = append(r, "arm of "+a.Journey+" "+a.Step, a.Arm)
	}
	var passages, touches []row
	for _, e := range p.Enrollments {
		passages = append(passages, row{"passage", o.Name("passage", e.ID), "journey", e.Journey, "step", e.Step, "key", e.Key, "due", dueOf(e.Due), "touch", o.Name("touch", e.Touch), "request", o.Name("request", e.Request), "parked", e.Parked, "left", storytest.Stamp(e.Left), "why", e.Why})
	}
	for i := range p.Touches {
		t := &p.Touches[i]
		x := row{"touch", o.Name("touch", t.ID), "state", t.State.String(), "why", t.Why, "settled", storytest.Stamp(t.Settled)}
		if t.State == person.Pending {
			x = append(x, "due", storytest.Stamp(t.Due), "expires", storytest.Stamp(t.Expires))
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

// rounds tells how what competes was chosen among, where anything was left to chance.
func rounds(all []effect.Weighing) []row {
	var out []row
	for i := range all {
		w := &all[i]
		if w.Manner.Policy == decision.Ranked {
			continue
		}
		r := row{"policy", w.Manner.Policy.String(), "arm", w.Arm, "nothing", w.Nothing, "barriers", w.Barriers, "motives", w.Motives}
		var options []row
		for k := range w.Options {
			o := &w.Options[k]
			options = append(options, row{"variant", o.Variant, "channel", o.Channel, "due", storytest.Stamp(o.Due), "eases", o.Eases, "effect", o.Effect, "score", o.Score, "chance", o.Probability, "drawn", storytest.Flag(k == w.Drawn)})
		}
		out = append(out, append(r, "options", options))
	}
	return out
}

// Every reason for which something is not said, or not yet, has a journey that tells of it.
func TestEveryReasonHasAJourney(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../policy/policy.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no journeys", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, is := node.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return true
		}
		if of, is := spec.Type.(*ast.Ident); !is || of.Name != "Reason" {
			return true
		}
		reason := spec.Values[0].(*ast.BasicLit).Value
		n++
		if reason == `"`+string(policy.Merged)+`"` {
			return true // it takes two records: TestMergesLoseAndDoubleNothing
		}
		if !strings.Contains(told.String(), `"reason":`+reason) && !strings.Contains(told.String(), `"why":`+reason) {
			t.Errorf("no journey tells of %s", reason)
		}
		return true
	})
	if n < 30 {
		t.Errorf("only %d reasons were found", n)
	}
}
