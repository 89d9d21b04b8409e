package telemetry_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/goccy/go-yaml"

	"attune/internal/telemetry"
)

const canary = "Żaneta-canary-4711"

// The value in many forms; whoever prints the pointer's target by any verb shows one of them.
func forms() []string {
	return []string{canary, "canary", fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary))}
}

type inner struct {
	hidden telemetry.Private[string]
	Shown  telemetry.Private[string]
}

type nest struct {
	inner
	one        inner
	ptr        *inner
	list       []telemetry.Private[string]
	byName     map[string]telemetry.Private[string]
	keyed      map[telemetry.Private[string]]int
	any        any
	array      [1]telemetry.Private[string]
	deep       map[string][]inner
	Deep       map[string][]inner
	structured telemetry.Private[patient]
	Structured telemetry.Private[*patient]
}

type patient struct{ Name string }

// kinds holds every kind of value that fmt follows a pointer to.
type kinds struct {
	bytes  telemetry.Private[[]byte]
	list   telemetry.Private[[]string]
	array  telemetry.Private[[1]string]
	byName telemetry.Private[map[string]string]
	any    telemetry.Private[any]
	ptr    telemetry.Private[*patient]
	list2  []telemetry.Private[patient]
}

func everything() nest {
	p := telemetry.Hide(canary)
	in := inner{p, p}
	return nest{
		inner: in, one: in, ptr: &in,
		list: []telemetry.Private[string]{p}, byName: map[string]telemetry.Private[string]{"k": p},
		keyed: map[telemetry.Private[string]]int{p: 1}, any: p, array: [1]telemetry.Private[string]{p},
		deep: map[string][]inner{"k": {in}}, Deep: map[string][]inner{"k": {in}},
		structured: telemetry.Hide(patient{canary}), Structured: telemetry.Hide(&patient{canary}),
	}
}

func TestPrivateIsNeverPrinted(t *testing.T) {
	p, n := telemetry.Hide(canary), everything()
	values := map[string]any{
		"itself": p, "pointer": &p, "slice": []any{p, &p}, "map": map[string]any{"k": p}, "nested": n, "nested pointer": &n,
		"bytes": telemetry.Hide([]byte(canary)), "struct": telemetry.Hide(patient{canary}), "struct pointer": telemetry.Hide(&patient{canary}),
		"every kind": kinds{
			telemetry.Hide([]byte(canary)), telemetry.Hide([]string{canary}), telemetry.Hide([1]string{canary}), telemetry.Hide(map[string]string{canary: canary}),
			telemetry.Hide(any(patient{canary})), telemetry.Hide(&patient{canary}), []telemetry.Private[patient]{telemetry.Hide(patient{canary})},
		},
		"error": fmt.Errorf("send to %s: %w", p, io.EOF),
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%10.3s", "%t", "%c", "%U", "%e"} {
			clean(t, name+" with "+verb, fmt.Sprintf(verb, v))
		}
		clean(t, name+" with Sprint", fmt.Sprint(v))
		clean(t, name+" with Errorf", fmt.Errorf("failed: %v", v).Error())

		if b, err := json.Marshal(v); err == nil {
			clean(t, name+" as JSON", string(b))
		} else {
			clean(t, name+" as a JSON error", err.Error())
		}
		if b, err := yaml.Marshal(v); err == nil {
			clean(t, name+" as YAML", string(b))
		} else {
			clean(t, name+" as a YAML error", err.Error())
		}
		if b, err := xml.Marshal(v); err == nil {
			clean(t, name+" as XML", string(b))
		}
		var out strings.Builder
		if err := template.Must(template.New("").Parse(`{{.}} {{printf "%+v" .}}`)).Execute(&out, v); err != nil {
			t.Errorf("%s in a template: %v", name, err)
		}
		clean(t, name+" in a template", out.String())

		for _, asJSON := range []bool{false, true} {
			// Once through the guard and once through slog alone: each protects by itself.
			for guard, log := range map[string]func(io.Writer) *slog.Logger{
				"guarded": func(w io.Writer) *slog.Logger { return telemetry.New(w, slog.LevelDebug, asJSON) },
				"bare": func(w io.Writer) *slog.Logger {
					if asJSON {
						return slog.New(slog.NewJSONHandler(w, nil))
					}
					return slog.New(slog.NewTextHandler(w, nil))
				},
			} {
				var buf bytes.Buffer
				l := log(&buf)
				l.Info("it happened", "reason", v, "name", v, slog.Group("step", "reason", v))
				l.With("reason", v).WithGroup("step").With("outcome", v).Warn("again", "err", v)
				if buf.Len() == 0 {
					t.Fatal("nothing was logged")
				}
				clean(t, fmt.Sprintf("%s in %s slog, json=%v", name, guard, asJSON), buf.String())
			}
		}
	}
}

func TestPrivateShowsThatSomethingIsThere(t *testing.T) {
	p := telemetry.Hide(canary)
	for verb, got := range map[string]string{
		"%v": fmt.Sprintf("%v", p), "%+v": fmt.Sprintf("%+v", p), "%#v": fmt.Sprintf("%#v", p), "%s": fmt.Sprintf("%s", p), "String": p.String(),
	} {
		if got != telemetry.Redacted {
			t.Errorf("%s gives %q, want %q", verb, got, telemetry.Redacted)
		}
	}
	b, err := json.Marshal(struct {
		To telemetry.Private[string] `json:"to"`
	}{p})
	if err != nil || string(b) != `{"to":"[private]"}` {
		t.Errorf("JSON gives %s, %v", b, err)
	}
}

func TestPrivateReveals(t *testing.T) {
	if got := telemetry.Hide(canary).Reveal(); got != canary {
		t.Errorf("Reveal gives %q", got)
	}
	var none telemetry.Private[string]
	if none.IsSet() || none.Reveal() != "" || fmt.Sprint(none) != telemetry.Redacted {
		t.Errorf("the zero value is set=%v %q %v", none.IsSet(), none.Reveal(), none)
	}
}

// A wrapper that holds its value fails the test above: this pins the reason for the pointer.
func TestFmtPrintsValuesInUnexportedFields(t *testing.T) {
	if got := fmt.Sprintf("%+v", struct{ hidden byValue }{byValue{canary}}); !strings.Contains(got, canary) {
		t.Skipf("fmt no longer walks into unexported fields: %s", got)
	}
}

type byValue struct{ v string }

func (byValue) String() string { return telemetry.Redacted }

func clean(t *testing.T, what, got string) {
	t.Helper()
	for _, f := range forms() {
		if strings.Contains(got, f) {
			t.Errorf("%s shows the value: %s", what, got)
			return
		}
	}
}
