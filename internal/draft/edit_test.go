package draft

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"attune/core/source"
)

const sample = `# The map of a small program.
phases:
  # Where it begins.
  - {id: start, name: Start}
  - id: middle # a longer one
    name: "In the middle"
    feels: [hope, fear]

  # Where it ends.
  - {id: end, name: 'The end'}
aim: better   # what it is for
says: |
  Two lines
  of text.
costs: {month: 10, person: 5}
`

func TestAChangeLeavesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, do, path, value, before string
		was, is                       string
	}{
		{"a value", "set", "/aim", `"well"`, "", "aim: better   # what it is for", "aim: well   # what it is for"},
		{"a value within brackets", "set", "/phases/start/name", `"The beginning"`, "", "name: Start}", "name: The beginning}"},
		{"a value in quotes", "set", "/phases/end/name", `"Over"`, "", "name: 'The end'}", "name: Over}"},
		{"a value that needs quotes", "set", "/aim", `"yes: no"`, "", "aim: better", `aim: "yes: no"`},
		{"a word that looks like another thing", "set", "/aim", `"true"`, "", "aim: better", `aim: "true"`},
		{"several lines", "set", "/says", `"one"`, "", "says: |\n  Two lines\n  of text.\n", "says: one\n"},
		{"a number", "set", "/costs/month", `12.5`, "", "month: 10", "month: 12.5"},
		{"what was not there, in brackets", "set", "/costs/unit", `"GBP"`, "", "person: 5}", "person: 5, unit: GBP}"},
		{"what was not there, in lines", "set", "/phases/middle/horizon", `"30d"`, "", "    feels: [hope, fear]\n", "    feels: [hope, fear]\n    horizon: \"30d\"\n"},
		{"what was not there, at the top", "set", "/leave", `{"on":"gone"}`, "", "person: 5}\n", "person: 5}\nleave: {on: gone}\n"},
		{"an item at the end", "add", "/phases", `{"id":"after","name":"After"}`, "", "name: 'The end'}\n", "name: 'The end'}\n  - {id: after, name: After}\n"},
		{"an item between, above the comments of the next", "add", "/phases", `{"id":"late"}`, "end", "\n  # Where it ends.", "\n  - {id: late}\n  # Where it ends."},
		{"an item of a list in brackets", "add", "/phases/middle/feels", `"relief"`, "", "[hope, fear]", "[hope, fear, relief]"},
		{"the first of them", "add", "/phases/middle/feels", `"doubt"`, "0", "[hope, fear]", "[doubt, hope, fear]"},
		{"a list that was not there", "add", "/exits", `{"id":"left"}`, "", "person: 5}\n", "person: 5}\nexits:\n  - {id: left}\n"},
		{"an item goes with its comments", "remove", "/phases/start", "", "", "  # Where it begins.\n  - {id: start, name: Start}\n", ""},
		{"an item of several lines", "remove", "/phases/middle", "", "", "  - id: middle # a longer one\n    name: \"In the middle\"\n    feels: [hope, fear]\n", ""},
		{"a field within brackets", "remove", "/costs/month", "", "", "{month: 10, person: 5}", "{person: 5}"},
		{"the last field within brackets", "remove", "/costs/person", "", "", "{month: 10, person: 5}", "{month: 10}"},
		{"a field of several lines", "remove", "/says", "", "", "says: |\n  Two lines\n  of text.\n", ""},
		{"the first field behind the dash", "remove", "/phases/middle/id", "", "", "- id: middle # a longer one\n    name: \"In", "- name: \"In"},
		{"a word of a list", "remove", "/phases/middle/feels/1", "", "", "[hope, fear]", "[hope]"},
		{"to the front, with its comments", "move", "/phases/end", "", "start", "", ""},
		{"within brackets", "move", "/phases/middle/feels/1", "", "0", "[hope, fear]", "[fear, hope]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Edit("map.yaml", sample, Change{c.do, c.path, json.RawMessage(c.value), c.before})
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(sample, c.was, c.is, 1)
			if c.name == "to the front, with its comments" {
				end := "  # Where it ends.\n  - {id: end, name: 'The end'}\n"
				want = strings.Replace(strings.Replace(sample, end, "", 1), "  # Where it begins.\n", end+"  # Where it begins.\n", 1)
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestWhatCannotBeChangedSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ do, path, value, before, says string }{
		{"set", "aim", `"x"`, "", "begin it with /"},
		{"set", "/phases/nowhere/name", `"x"`, "", "there is no /phases/nowhere"},
		{"set", "/aim/deeper", `"x"`, "", "/aim is no map"},
		{"set", "/aim", ``, "", "no value"},
		{"set", "/aim", `{`, "", "no JSON"},
		{"add", "/phases", `{"id":"start"}`, "", "already"},
		{"add", "/aim", `"x"`, "", "no list"},
		{"add", "/phases", `{"id":"x"}`, "nowhere", "before which"},
		{"remove", "/exits", "", "", "there is no"},
		{"move", "/aim", "", "", "nothing in a list"},
		{"turn", "/aim", "", "", "choose set"},
	} {
		_, err := Edit("map.yaml", sample, Change{c.do, c.path, json.RawMessage(c.value), c.before})
		var w *Wrong
		if !errors.As(err, &w) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v, want %q in it", c.do, c.path, err, c.says)
		}
	}
}

// all are the paths of a file.
func all(n *source.Node, at string, out []string) []string {
	for i, item := range n.Items {
		p := at + "/" + strconv.Itoa(i)
		if id := item.Get("id"); id != nil {
			p = at + "/" + id.Text
		}
		out = all(item, p, append(out, p))
	}
	for _, f := range n.Fields {
		if !strings.Contains(f.Name, "/") {
			out = all(f.Value, at+"/"+f.Name, append(out, at+"/"+f.Name))
		}
	}
	return out
}

// Whatever stands in the files of the programs that come with Attune can be changed, and each change touches few lines.
func TestEveryValueOfTheProgramsCanBeChanged(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../programs/*/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	done := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		tree, err := parse(file, text)
		if err != nil {
			continue // it is refused as a program too
		}
		paths := all(tree, "", nil)
		r := rand.New(rand.NewPCG(1, uint64(len(text))))
		r.Shuffle(len(paths), func(i, k int) { paths[i], paths[k] = paths[k], paths[i] })
		for _, p := range paths[:min(len(paths), 60)] {
			for _, c := range []Change{{Do: "set", Path: p, Value: json.RawMessage(`"Another, wholly: new"`)}, {Do: "set", Path: p, Value: json.RawMessage(`{"a":1,"b":["c"]}`)}, {Do: "remove", Path: p}} {
				out, err := Edit(file, text, c)
				if err != nil {
					t.Errorf("%s %s %s: %v", file, c.Do, p, err)
					continue
				}
				if lost := strings.Count(text, "#") - strings.Count(out, "#"); c.Do == "set" && strings.Count(p, "/") > 1 && lost > 3 {
					t.Errorf("%s %s %s: %d comments are gone", file, c.Do, p, lost)
				}
				done++
			}
		}
	}
	if done < 500 {
		t.Errorf("%d changes: this shows little", done)
	}
}

// Whatever is changed in whatever text, what comes out says what was asked for, or nothing is changed.
func FuzzEdit(f *testing.F) {
	f.Add(sample, "set", "/aim", `"x"`, "")
	f.Add(sample, "move", "/phases/end", "", "start")
	f.Add("a:\n- b\n- c\n", "remove", "/a/0", "", "")
	f.Add("a: {b: 'x''y', c: \"d\\\"}\"} # e\n", "set", "/a/b", `[1]`, "")
	f.Fuzz(func(t *testing.T, text, do, path, value, before string) {
		out, err := Edit("x.yaml", text, Change{do, path, json.RawMessage(value), before})
		if err != nil {
			return
		}
		if _, err := parse("x.yaml", out); err != nil {
			t.Errorf("%q became %q: %v", text, out, err)
		}
	})
}

func TestAFileIsReadAsValuesWithTheirLines(t *testing.T) {
	t.Parallel()
	value, lines, err := Values("map.yaml", sample)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"phases":[{"id":"start","name":"Start"},{"id":"middle","name":"In the middle","feels":["hope","fear"]},{"id":"end","name":"The end"}],` +
		`"aim":"better","says":"Two lines\nof text.","costs":{"month":10,"person":5}}`
	if string(value) != want {
		t.Errorf("it is\n%s, want\n%s", value, want)
	}
	for path, line := range map[string]int{"/phases": 2, "/phases/start": 4, "/phases/middle/name": 6, "/phases/middle/feels/1": 7, "/phases/end": 10, "/costs/person": 15} {
		if lines[path] != line {
			t.Errorf("%s stands on line %d, want %d", path, lines[path], line)
		}
	}
	if _, _, err := Values("map.yaml", "a: [1"); err == nil {
		t.Error("a file with a mistake in its writing was read")
	}
}

func TestWhatIsReadAsValuesCanBeSetAgain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../programs/*/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value, lines, err := Values(file, string(b))
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(value, &fields); err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for name, v := range fields {
			if text, err = Edit(file, text, Change{Do: "set", Path: "/" + name, Value: v}); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
		if again, _, err := Values(file, text); err != nil || string(again) != string(value) {
			t.Errorf("%s is something else once its values are set: %v", file, err)
		}
		tree, err := parse(file, string(b))
		if err != nil {
			t.Fatal(err)
		}
		for path, line := range lines {
			if line < 1 {
				t.Errorf("%s: %s has no line", file, path)
			}
			if _, err := find(tree, path); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", file, path, err)
			}
		}
	}
}
