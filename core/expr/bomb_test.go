package expr_test

import (
	"strings"
	"testing"
)

// No rule makes an event slow: whatever is written is refused, with what to write instead, or costs no more than it may.
func TestNoRuleIsABomb(t *testing.T) {
	t.Parallel()
	const list = `["a","b","c","d","e","f","g","h","i","j"]`
	nested := func(n int) string {
		return strings.Repeat(list+".exists(x, ", n) + "true" + strings.Repeat(")", n)
	}
	refused := 0
	for name, src := range map[string]string{
		"parentheses":            strings.Repeat("(", 5000) + "true" + strings.Repeat(")", 5000),
		"fewer parentheses":      strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200),
		"nots":                   strings.Repeat("!", 4000) + "true",
		"minuses":                strings.Repeat("-", 4000) + "1 < 2",
		"a long or":              "true" + strings.Repeat(" || true", 2000),
		"a longer or":            "true" + strings.Repeat(" || true", 200000),
		"a long sum":             "1" + strings.Repeat(" + 1", 1000) + " > 0",
		"conditions in each":     strings.Repeat("true ? (", 100) + "true" + strings.Repeat(") : false", 100),
		"lists in lists":         strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + " == []",
		"maps in maps":           strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500) + ` == {}`,
		"a question in each":     nested(6),
		"more in each":           nested(30),
		"all in all":             strings.Repeat(list+".all(x, ", 8) + "true" + strings.Repeat(")", 8),
		"a map of maps":          strings.Repeat(list+".map(x, ", 8) + "x" + strings.Repeat(")", 8) + ".size() > 0",
		"filters":                list + strings.Repeat(`.filter(x, x != "")`, 200) + ".size() > 0",
		"a text that doubles":    `("a"` + strings.Repeat(` + "a"`, 1000) + `).size() > 0`,
		"a regular expression":   `event.code.matches("(a+)+$")`,
		"a repeated one":         `event.code.matches("` + strings.Repeat("(a{1000}){1000}", 20) + `")`,
		"a long text":            `event.code == "` + strings.Repeat("x", 1<<20) + `"`,
		"a name of a megabyte":   strings.Repeat("a", 1<<20) + " == 1",
		"fields of fields":       "event" + strings.Repeat(".code", 1000) + ` == "a"`,
		"calls in calls":         strings.Repeat("size(", 1000) + list + strings.Repeat(")", 1000) + " > 0",
		"counts in counts":       strings.Repeat(`count("observation.recorded", "7d", o, `, 20) + "true" + strings.Repeat(") > 0", 20),
		"very long windows":      `sum("observation.recorded.value", "36500d") > 3`,
		"windows beyond time":    `count("observation.recorded", "999999999999999999d") > 3`,
		"numbers beyond numbers": "1" + strings.Repeat("0", 4000) + " > 0",
		"a number of a number":   "1e" + strings.Repeat("9", 300) + " > 0",
		"sums":                   `sum("observation.recorded.value", "7d") > 3` + strings.Repeat(` || sum("observation.recorded.value", "7d") > 3`, 60),
		"no letters":             strings.Repeat("\x00", 4000),
		"broken UTF-8":           strings.Repeat("\xff", 4000),
		"right to left":          strings.Repeat("\u202e", 1000) + "true",
		"comments":               strings.Repeat("// x\n", 700) + "true",
		"quotes":                 strings.Repeat(`"`, 4000),
		"escapes":                `event.code == "` + strings.Repeat(`\u0061`, 600) + `"`,
		"nothing":                "",
	} {
		r, problems := compiler().State(src)
		if len(problems) > 0 {
			refused++
			if len(problems) > 50 {
				t.Errorf("%s: %d problems", name, len(problems))
			}
			for _, p := range problems {
				if len(p.What)+len(p.Hint) > 2000 {
					t.Errorf("%s: a problem of %d bytes", name, len(p.What)+len(p.Hint))
				}
			}
			continue
		}
		if r.Cost > 2000 {
			t.Errorf("%s costs %d", name, r.Cost)
		}
	}
	if refused < 20 {
		t.Errorf("only %d are refused", refused)
	}
}
