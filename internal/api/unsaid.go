package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unsaid is what stands in a problem in place of what was sent: who asks knows it, and where problems are kept nobody is to be found in them.
const unsaid = "…"

// unsay takes out of a problem what was sent. The texts of programs stay, since who writes them needs to know which is meant.
func (p *Problem) unsay(o *Operation, r *http.Request, fields []field, body []byte) {
	sent := []string{r.Header.Get("Idempotency-Key"), r.Header.Get("Attune-Purpose"), r.Header.Get("If-Match")}
	for _, f := range fields {
		if f.in == inPath {
			sent = append(sent, r.PathValue(f.name))
		}
	}
	for _, values := range r.URL.Query() {
		sent = append(sent, values...)
	}
	if o.MaxBody == 0 {
		var v any
		if json.Unmarshal(body, &v) == nil {
			sent = texts(sent, v)
		}
	}
	// The longest first: one may stand in another.
	slices.SortFunc(sent, func(a, b string) int { return len(b) - len(a) })
	for _, s := range sent {
		p.Detail = without(p.Detail, s)
	}
}

// texts are those within a JSON value.
func texts(out []string, v any) []string {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, x := range v {
			out = texts(out, x)
		}
	case map[string]any:
		for _, x := range v {
			out = texts(out, x)
		}
	}
	return out
}

// without takes a text out where it stands as words of its own. One or two letters are nobody.
func without(in, what string) string {
	if utf8.RuneCountInString(what) < 3 {
		return in
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var out strings.Builder
	for {
		before, after, found := strings.Cut(in, what)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if word(last) || word(next) {
			out.WriteString(what)
		} else {
			out.WriteString(unsaid)
		}
		in = after
	}
}

// notAsked is the problem of a name that is not asked for. It tells those that are, and does not repeat it: it may be anything.
func notAsked(o *Operation, where place, fields []field) *Problem {
	var names []string
	for _, f := range fields {
		if f.in == where {
			names = append(names, f.name)
		}
	}
	in := map[place]string{inQuery: "the query", inBody: "the body"}[where]
	detail := "something in " + in + " is not asked for here"
	if len(names) > 0 {
		detail += ", where there may be " + strings.Join(names, ", ")
	}
	return badRequest.problem(detail, "", "leave it out; /docs/api#"+o.ID+" tells what is asked for")
}
