package content

import (
	"strings"
	"testing"
)

// Whatever a template says and whoever it is for, it is refused or the text stays small. There is nothing in the language that loops or
// doubles; what could grow is how often a name stands there, and how long it is.
func TestNoTemplateIsABomb(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Ä ", 1<<20)
	everybody := Filled{FirstName: long, LastName: strings.Repeat("\U0001F600", 1<<18), Name: strings.Repeat("\n", 1<<20) + "Ana", Organisation: strings.Repeat("x", 1<<20), About: long}
	fine := map[string]bool{}
	for name, text := range map[string]string{
		"a loop":                       "{% for i in (1..100000000) %}x{% endfor %}",
		"loops in loops":               strings.Repeat("{% for a in b %}", 2000),
		"an assignment that doubles":   "{% assign a = 'x' %}" + strings.Repeat("{% assign a = a | append: a %}", 64) + "{{ a }}",
		"a filter that repeats":        `{{ name | repeat: 1000000000 }}`,
		"filters without end":          "{{ name " + strings.Repeat("| default: \"x\" ", 5000) + "}}",
		"a capture":                    "{% capture x %}{{ name }}{% endcapture %}{{ x }}",
		"an include of itself":         "{% include 'bomb' %}",
		"a render of another":          "{% render 'other' %}",
		"braces that never close":      strings.Repeat("{{", 30000),
		"braces in braces":             strings.Repeat("{{ ", 20000) + strings.Repeat(" }}", 20000),
		"a name 5,000 times":           strings.Repeat("{{name}}", 5000),
		"a name as often as it may be": strings.Repeat(`{{ first_name | default: "x" }}{{ last_name | default: "y" }}`, 25),
		"a long fallback":              `{{ name | default: "` + strings.Repeat("y", 60000) + `" }}`,
		"long fallbacks":               strings.Repeat(`{{ name | default: "`+strings.Repeat("y", 1000)+`" }}`, 40),
		"a long text":                  strings.Repeat("z", 64<<10),
		"a longer text":                strings.Repeat("z", 64<<10+1),
		"a text of megabytes":          strings.Repeat("{{ name }} ", 1<<20),
		"signs of right to left":       strings.Repeat("\u202e\u2066", 10000),
		"marks on one letter":          "a" + strings.Repeat("\u0301", 30000),
		"no letters":                   strings.Repeat("\x00", 60000),
		"broken UTF-8":                 strings.Repeat("\xff\xfe", 30000),
		"a tag that never closes":      "{% if name",
		"comments in comments":         strings.Repeat("{% comment %}", 4000),
		"a regular expression":         `{{ name | regex: "(a+)+$" }}`,
	} {
		for _, channel := range []string{"sms", "email"} {
			written := text
			if channel == "email" {
				written = "Subject: x\n\n" + text
			}
			x, problems := Parse("bomb", channel, "en", "content/bomb", written)
			if len(problems) > 0 {
				for _, p := range problems {
					if len(p.String()) > 500 {
						t.Errorf("%s: the problem itself has %d bytes", name, len(p.String()))
					}
				}
				continue
			}
			fine[name] = true
			subject, body := x.Render(everybody)
			if n := len(subject) + len(body); n > maxText {
				t.Errorf("%s: %d bytes over %s, more than %d", name, n, channel, maxText)
			}
		}
	}
	for _, name := range []string{"a name as often as it may be", "long fallbacks", "a long fallback", "marks on one letter"} {
		if !fine[name] {
			t.Errorf("%s is refused, and it is as people may write", name)
		}
	}
	if len(fine) > 12 {
		t.Errorf("%d of them are texts: %v", len(fine), fine)
	}
}

// A name is as long as a name: the rest of a longer one is left out, without breaking a letter.
func TestALongNameIsCut(t *testing.T) {
	t.Parallel()
	x, problems := Parse("t", "sms", "en", "f", "{{ first_name | default: \"x\" }}!")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for in, want := range map[string]string{
		"Ana":                        "Ana!\n",
		strings.Repeat("é", 120):     strings.Repeat("é", 120) + "!\n",
		strings.Repeat("é", 121):     strings.Repeat("é", 120) + "…!\n",
		strings.Repeat("Ana ", 1000): strings.TrimSpace(strings.Repeat("Ana ", 30)) + "…!\n",
	} {
		if _, got := x.Render(Filled{FirstName: in}); got != want {
			t.Errorf("%d letters: %q", len([]rune(in)), got)
		}
	}
}
