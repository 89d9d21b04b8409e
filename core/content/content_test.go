package content_test

import (
	"slices"
	"strings"
	"testing"

	"attune/core/content"
)

func TestItSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it, text string
		want     []string
	}{
		{"needs a subject", "Hello\n\nDear you", []string{`a.liquid:1:1: the template has no subject line; write "Subject: …" on the first line, then an empty line, then the text`}},
		{"needs an empty line after it", "Subject: Hello\nDear you", []string{`a.liquid:1:1: the template has no subject line; write "Subject: …" on the first line, then an empty line, then the text`}},
		{"takes one line for a subject", "Subject: Hello\rBcc: all@example.org\n\nDear you", []string{`a.liquid:1:1: the template has no subject line; write "Subject: …" on the first line, then an empty line, then the text`}},
		{"needs something in the subject", "Subject:  \n\nDear you", []string{`a.liquid:1:1: the subject is empty; say in a few plain words what the message is about`}},
		{"knows the names", "Subject: a\n\nDear {{ nmae | default: \"you\" }}", []string{`a.liquid:3:6: messages cannot mention "nmae"; did you mean "name"?`}},
		{"names nobody's condition", "Subject: Your {{ condition | default: \"care\" }}\n\nb", []string{`a.liquid:1:15: messages cannot mention "condition"; known are about, first_name, last_name, name, organisation`}},
		{"wants a fallback", "Subject: a\n\nDear\n  {{ name }},", []string{`a.liquid:4:3: "name" may be unknown and has no fallback; write {{ name | default: "there" }}`}},
		{"wants no fallback for the organisation", "Subject: a\n\n{{ organisation }}", nil},
		{"knows one filter", "Subject: a\n\n{{ name | upcase }}", []string{`a.liquid:3:1: the only filter is default, with a text in double quotes; write {{ name | default: "there" }}`}},
		{"wants plain quotes", "Subject: a\n\n{{ name | default: 'x' }}", []string{`a.liquid:3:1: the only filter is default, with a text in double quotes; write {{ name | default: "there" }}`}},
		{"sees what is never closed", "Subject: a\n\n{{ name | default: \"x\"", []string{`a.liquid:3:1: {{ is never closed; close it with }}`}},
		{"sees what was never opened", "Subject: a\n\nx }} y", []string{`a.liquid:3:3: "}} y" is not understood here; templates have names in {{ }} and nothing else`}},
		{"has no logic, also before a name", "Subject: a\n\n¿{% if rich %} {{ name | default: \"x\" }} {% endif %}", []string{
			`a.liquid:3:2: "{% if rich %}" is not understood here; templates have names in {{ }} and nothing else`,
			`a.liquid:3:42: "{% endif %}" is not understood here; templates have names in {{ }} and nothing else`}},
		{"says all of it at once", "Subject: {{ x }}\n\n{{ y }}", []string{
			`a.liquid:1:10: messages cannot mention "x"; known are about, first_name, last_name, name, organisation`,
			`a.liquid:1:10: "x" may be unknown and has no fallback; write {{ x | default: "there" }}`,
			`a.liquid:3:1: messages cannot mention "y"; known are about, first_name, last_name, name, organisation`,
			`a.liquid:3:1: "y" may be unknown and has no fallback; write {{ y | default: "there" }}`}},
		{"is not a book", "Subject: a\n\n" + strings.Repeat("a", 70_000), []string{`a.liquid: the template is longer than 65536 bytes`}},
	} {
		_, problems := content.Parse("a", "email", "en", "a.liquid", c.text)
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("it %s: %q gives\n%s\nand should give\n%s", c.it, c.text, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestTextMessagesHaveNoSubject(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"sms", "call", "visit"} {
		tmpl, problems := content.Parse("a", channel, "en", "a.liquid", "Dear {{ name | default: \"friend\" }},\nplease call us.\n")
		if len(problems) > 0 {
			t.Fatalf("%s: %v", channel, problems)
		}
		if subject, body := tmpl.Render(content.Filled{Name: "Ana"}); subject != "" || body != "Dear Ana,\nplease call us.\n" {
			t.Errorf("%s: it renders %q and %q", channel, subject, body)
		}
		for text, want := range map[string]string{
			"Subject: a\n\nb": "a.liquid:1:1: a text for " + channel + " has no subject; take the line out",
			" \n":             "a.liquid:1:1: the template is empty; write what is to be said",
		} {
			if _, problems := content.Parse("a", channel, "en", "a.liquid", text); len(problems) != 1 || problems[0].String() != want {
				t.Errorf("%s: %q gives %v, not %s", channel, text, problems, want)
			}
		}
	}
}

func parse(t testing.TB, text string) *content.Template {
	t.Helper()
	tpl, problems := content.Parse("a", "email", "en", "a.liquid", text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return tpl
}

func TestRender(t *testing.T) {
	t.Parallel()
	tpl := parse(t, "Subject: {{ name | default: \"Hello\" }}, a note\r\n\r\nDear {{first_name|default:\"friend\"}} {{ last_name | default: \"of ours\" }},\r\n\r\n{{ organisation }}\n\n\n")
	for _, c := range []struct {
		it            string
		in            content.Filled
		subject, body string
	}{
		{"fills in the names", content.Filled{FirstName: "Ana", LastName: "Silva", Name: "Ana", Organisation: "Green Lane"}, "Ana, a note", "Dear Ana Silva,\n\nGreen Lane\n"},
		{"says something friendly where a name is unknown", content.Filled{Organisation: "Green Lane"}, "Hello, a note", "Dear friend of ours,\n\nGreen Lane\n"},
		{"treats a name of spaces as unknown", content.Filled{Name: " \t\n"}, "Hello, a note", "Dear friend of ours,\n\n\n"},
		{"lets no name start a line or a header", content.Filled{Name: "Ana\r\nBcc: all@example.org", FirstName: "A\x00na\u2028\u0085B"}, "Ana Bcc: all@example.org, a note", "Dear A na B of ours,\n\n\n"},
		{"reads no template in a name", content.Filled{Name: "{{ organisation }}", Organisation: "Green Lane"}, "{{ organisation }}, a note", "Dear friend of ours,\n\nGreen Lane\n"},
	} {
		subject, body := tpl.Render(c.in)
		if subject != c.subject || body != c.body {
			t.Errorf("it %s: %q %q", c.it, subject, body)
		}
	}
}

// A touch is bound to the bytes as written: whoever edits one makes another text of it.
func TestHash(t *testing.T) {
	t.Parallel()
	a, b := parse(t, "Subject: a\n\nb\n"), parse(t, "Subject: a\r\n\r\nb\n")
	if a.Hash == b.Hash || len(a.Hash) != 64 {
		t.Errorf("hashes are %s and %s", a.Hash, b.Hash)
	}
}

// Whatever the template and the names, a rendered subject is one line, and text without names comes
// out as it went in.
func FuzzParse(f *testing.F) {
	f.Add("Subject: {{ name | default: \"Hello\" }}\n\nDear {{ first_name | default: \"you\" }}", "Ana\nBcc: x")
	f.Add("Subject: a }}\n\n{% if %}{{", "{{")
	f.Fuzz(func(t *testing.T, text, name string) {
		tpl, problems := content.Parse("a", "email", "en", "a.liquid", text)
		if tpl == nil && len(problems) == 0 {
			t.Fatal("no template and no problem")
		}
		if len(problems) > 0 {
			for _, p := range problems {
				if p.Pos.Line > strings.Count(text, "\n")+1 {
					t.Fatalf("%s lies after the end", p)
				}
			}
			return
		}
		subject, body := tpl.Render(content.Filled{Name: name, FirstName: name, LastName: name, Organisation: name})
		if strings.ContainsAny(subject, "\r\n") {
			t.Fatalf("the subject has lines: %q", subject)
		}
		if !strings.Contains(text, "{{") && !strings.Contains(text, "\r") {
			_, want, _ := strings.Cut(text, "\n\n")
			if body != strings.TrimRight(want, "\n")+"\n" {
				t.Fatalf("%q became %q", want, body)
			}
		}
	})
}
