package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/limit"
)

// hello are the files of the smallest program there is.
func hello(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	if err := json.Unmarshal([]byte("{"+helloFiles+"}"), &files); err != nil {
		t.Fatal(err)
	}
	return files
}

// Programs that come over the API are no bombs: whatever a file holds, it is refused with what is wrong, for little memory, and the server
// goes on. The core's own corpora are in core/content and core/expr.
func TestAProgramIsNoBomb(t *testing.T) {
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Author, access.Publisher)
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	nested := "x: &a [y, y, y, y, y, y, y, y, y]\n"
	for i := range 20 {
		nested += fmt.Sprintf("x%d: &a%d [*a%s, *a%s, *a%s, *a%s]\n", i, i, prior(i), prior(i), prior(i), prior(i))
	}
	many := hello(t)
	for i := range 2100 {
		many[fmt.Sprintf("stories/s%d.txtar", i)] = ""
	}
	engagement := func(field, value string) string {
		return "engagement: bomb\npurpose: treatment_support\naudience: patient\nvariants: [{id: a, email: bomb}]\n" + field + ": " + value + "\n"
	}
	for name, files := range map[string]map[string]string{
		"aliases of aliases":       {"signals.yaml": nested},
		"lists in lists":           {"signals.yaml": "signals:\n  a: " + long("[", 100_000)},
		"maps in maps":             {"map.yaml": long("{a: ", 50_000)},
		"many documents":           {"signals.yaml": long("---\na: b\n", 20_000)},
		"many keys":                {"signals.yaml": "signals:\n" + long("  a: 'true'\n", 20_000)},
		"a scalar of a megabyte":   {"signals.yaml": "signals:\n  a: \"" + long("x", 1<<20) + "\"\n"},
		"a block without end":      {"signals.yaml": "signals:\n  a: |\n" + long("    x\n", 100_000)},
		"tags":                     {"signals.yaml": "signals: !!python/object/apply:os.system ['ls']\n"},
		"a merge of itself":        {"signals.yaml": "a: &a\n  <<: *a\n"},
		"a rule of rules":          {"signals.yaml": "signals:\n  a: '" + long("(", 4000) + "'\n"},
		"a rule that costs":        {"signals.yaml": "signals:\n  a: 'sum(\"observation.recorded.value\", \"7d\") > 3" + long(" || sum(\"observation.recorded.value\", \"7d\") > 3", 60) + "'\n"},
		"a regular expression":     {"signals.yaml": "signals:\n  a: 'event.code.matches(\"(a+)+$\")'\n"},
		"a text that loops":        {"engagements/bomb.yaml": engagement("value", "1"), "content/email/bomb.en.liquid": "Subject: x\n\n{% for i in (1..1000000000) %}x{% endfor %}\n"},
		"a text of names":          {"engagements/bomb.yaml": engagement("value", "1"), "content/email/bomb.en.liquid": "Subject: x\n\n" + long("{{ organisation }}", 3000) + "\n"},
		"a text of a megabyte":     {"engagements/bomb.yaml": engagement("value", "1"), "content/email/bomb.en.liquid": "Subject: x\n\n" + long("x", 1<<20)},
		"a number without end":     {"engagements/bomb.yaml": engagement("value", long("9", 100_000))},
		"a form of forms":          {"questionnaires/q.json": `{"resourceType":"Questionnaire","item":` + long(`[{"item":`, 20_000)},
		"a story of a life":        {"stories/s.txtar": "-- events.jsonl --\n" + long(`{"at":"2027-03-01T00:00:00Z","name":"portal.visited","person":"ana"}`+"\n", 12_000)},
		"a story that never ends":  {"stories/s.txtar": "-- events.jsonl --\n" + `{"at":"9999-12-31T00:00:00Z","tick":true,"person":"ana"}` + "\n"},
		"two thousand files":       many,
		"a path out of the folder": {"../../etc/passwd": "x", "content/../../x.yaml": "a: b"},
		"a name of a megabyte":     {long("a", 1<<20) + ".yaml": "a: b"},
	} {
		t.Run(name, func(t *testing.T) {
			all := hello(t)
			for path, text := range files {
				all[path] = text
			}
			body := map[string]any{"programs": []map[string]any{{"id": "hello", "files": all}}}
			size := 0
			for path, text := range all {
				size += len(path) + len(text)
			}
			for _, path := range []string{"/v1/programs/check", "/v1/releases"} {
				before := allocated()
				a := c.ask("POST", path, body)
				var told struct {
					Valid    bool  `json:"valid"`
					Problems []any `json:"problems"`
				}
				if a.StatusCode == http.StatusOK {
					if err := json.Unmarshal(a.body, &told); err != nil || len(told.Problems) == 0 && !strings.HasPrefix(name, "a story") { // a long story is one
						t.Errorf("%s finds nothing wrong: %.300s", path, a.body)
					}
				} else if a.StatusCode < 400 || a.StatusCode >= 500 {
					t.Errorf("%s answers %d: %.300s", path, a.StatusCode, a.body)
				}
				if len(a.body) > 256<<10 {
					t.Errorf("%s answers with %d bytes", path, len(a.body))
				}
				if used, most := allocated()-before, uint64(100*size+256<<20); used > most {
					t.Errorf("%s took %d bytes for %d", path, used, size)
				}
			}
		})
	}
	if a := c.ask("GET", "/v1/me", nil); a.StatusCode != http.StatusOK {
		t.Errorf("after that: %d", a.StatusCode)
	}
}

func prior(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i - 1)
}

// most is the largest the heap was while something was done, beyond what it was before; and what is kept of it.
func most(do func()) (peak, kept uint64) {
	alive := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := alive()
	stop, told := make(chan struct{}), make(chan uint64)
	go func() {
		largest := uint64(0)
		var m runtime.MemStats
		for {
			select {
			case <-stop:
				told <- largest
				return
			case <-time.After(time.Millisecond):
				runtime.ReadMemStats(&m)
				largest = max(largest, m.HeapAlloc)
			}
		}
	}()
	do()
	close(stop)
	over := func(n uint64) uint64 { return n - min(n, before) }
	return over(<-told), over(alive())
}

// The largest of each kind, eight at a time and twice, over the real server's sockets: less than 96 MB for each at once, what
// was sent included, and nothing of it stays. Each kind is also sent one byte too large.
func TestTheLargestRequestsTogetherStayBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it looks at all memory of the process, so nothing may run beside it")
	}
	const together, each = 8, 96 << 20
	f := newFortress(t, limit.Config{PerKey: 1e6, PerAddress: 1e6})
	event := `{"type":"track","userId":"a","event":"portal.visited","messageId":"%d","properties":{"page":"%s"}}`
	var events []string
	for i := range 200 {
		events = append(events, fmt.Sprintf(event, i, strings.Repeat("x", 1000)))
	}
	batch := []byte(`{"batch":[` + strings.Join(events, ",") + `]}`)
	for _, c := range []struct {
		it     string
		header map[string]string
		body   []byte
	}{
		{"a full batch", nil, batch},
		{"the same, packed", map[string]string{"Content-Encoding": "gzip"}, zipped(t, batch, 1)},
		{"a thousand times as much, packed", map[string]string{"Content-Encoding": "gzip"}, zipped(t, make([]byte, 1<<20), 256)},
		{"one text", nil, []byte(`{"batch":[` + fmt.Sprintf(event, 1, strings.Repeat("x", 4<<20-200)) + `]}`)},
		{"one text too long", nil, []byte(`{"batch":[` + fmt.Sprintf(event, 1, strings.Repeat("x", 5<<20)) + `]}`)},
		{"arrays in arrays", nil, []byte(`{"batch":` + strings.Repeat("[", 2<<20))},
		{"names of properties", nil, []byte(`{"batch":[{"type":"track","userId":"a","event":"portal.visited","properties":{` + strings.TrimSuffix(strings.Repeat(`"k":1,`, 500_000), ",") + `}}]}`)},
		{"spaces", nil, bytes.Repeat([]byte(" "), 4<<20)},
	} {
		var wg sync.WaitGroup
		peak, kept := most(func() {
			for range together {
				wg.Go(func() {
					for range 2 {
						if status, says := f.post(t, f.key, c.header, c.body); status >= 500 && status != http.StatusServiceUnavailable {
							t.Errorf("%s: %d %.200s", c.it, status, says)
						}
					}
				})
			}
			wg.Wait()
		})
		if peak > together*each {
			t.Errorf("%s: %d at once took %d MB", c.it, together, peak>>20)
		}
		if kept > each {
			t.Errorf("%s: %d MB are kept", c.it, kept>>20)
		}
	}
	if answer := f.raw(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"+strings.Repeat("X-A: "+strings.Repeat("b", 4000)+"\r\n", 2000)+"\r\n"); !strings.Contains(answer, " 431 ") {
		t.Errorf("8 MB of headers: %.100s", answer)
	}

	// Programs and files of records, over the API.
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Author, access.Publisher, access.Operator, access.Admin)
	files := hello(t)
	for i := range 40 {
		files[fmt.Sprintf("content/email/t%d.en.liquid", i)] = "Subject: x\n\n" + strings.Repeat("x", 60<<10)
	}
	body := map[string]any{"programs": []map[string]any{{"id": "hello", "files": files}}}
	var wg sync.WaitGroup
	peak, kept := most(func() {
		for range together {
			wg.Go(func() {
				for range 2 {
					if a := c.ask("POST", "/v1/programs/check", body); a.StatusCode >= 500 {
						t.Errorf("%d %.200s", a.StatusCode, a.body)
					}
				}
			})
		}
		wg.Wait()
	})
	if peak > together*each || kept > each {
		t.Errorf("programs of 2.4 MB: %d at once took %d MB, and %d MB are kept", together, peak>>20, kept>>20)
	}
}
