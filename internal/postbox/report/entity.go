package report

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"regexp"
	"strings"
)

// The bounds of what is looked at. No mail system comes near them.
const (
	deepest   = 5
	mostParts = 40
	mostField = 4 << 10
	mostText  = 64 << 10
)

// entity is a letter or a part of one: its header fields by small names, the first of each, and the rest.
type entity struct {
	head   map[string]string
	body   []byte
	kind   string
	params map[string]string
}

// parse never fails: what is no header is body.
func parse(raw []byte) entity {
	head, body, _ := bytes.Cut(raw, []byte("\n\n"))
	if bytes.HasPrefix(raw, []byte("\n")) {
		head, body = nil, raw[1:]
	}
	e := entity{head: map[string]string{}, body: body}
	if groups := fields(string(clip(head, mostText))); len(groups) > 0 {
		e.head = groups[0]
	}
	e.kind, e.params = mediaType(e.head["content-type"])
	return e
}

// loose finds a boundary that was not quoted though it has to be.
var loose = regexp.MustCompile(`(?i)boundary="?([^";\s]{1,70})`)

func mediaType(text string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(text)
	if err == nil {
		return kind, params
	}
	before, _, _ := strings.Cut(text, ";")
	if kind = strings.ToLower(strings.TrimSpace(before)); kind == "" {
		kind = "text/plain"
	}
	params = map[string]string{}
	if m := loose.FindStringSubmatch(text); m != nil {
		params["boundary"] = m[1]
	}
	return kind, params
}

func clip(b []byte, most int) []byte { return b[:min(len(b), most)] }

// fields reads groups of "Name: value" lines with blank lines between, as headers and reports are made
// of. Continued lines are joined, and what is neither is passed over.
func fields(text string) []map[string]string {
	var groups []map[string]string
	group, last := map[string]string{}, ""
	end := func() {
		if len(group) > 0 {
			groups = append(groups, group)
		}
		group, last = map[string]string{}, ""
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", ""), "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			end()
		case line[0] == ' ' || line[0] == '\t':
			if last != "" && len(group[last]) < mostField {
				group[last] += " " + strings.TrimSpace(line)
			}
		default:
			name, value, ok := strings.Cut(line, ":")
			name = strings.ToLower(strings.TrimSpace(name))
			if _, again := group[name]; !ok || again || strings.ContainsAny(name, " \t") {
				last = ""
				continue
			}
			group[name], last = strings.TrimSpace(value), name
		}
	}
	end()
	return groups
}

// text is the body without its encoding, as far as it can be told.
func (e entity) text() string {
	var r io.Reader = bytes.NewReader(e.body)
	switch strings.ToLower(e.head["content-transfer-encoding"]) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	b, _ := io.ReadAll(io.LimitReader(r, mostText)) // what could be read is read
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// parts splits a body at its boundary.
func (e entity) parts() []entity {
	boundary := e.params["boundary"]
	if boundary == "" {
		return nil
	}
	var out []entity
	begin, inside := 0, false
	for at := 0; at < len(e.body) && len(out) < mostParts; {
		next := len(e.body)
		if n := bytes.IndexByte(e.body[at:], '\n'); n >= 0 {
			next = at + n + 1
		}
		if rest, ok := bytes.CutPrefix(e.body[at:next], []byte("--"+boundary)); ok {
			rest = bytes.TrimSpace(rest)
			if closes := string(rest) == "--"; closes || len(rest) == 0 {
				if inside {
					out = append(out, parse(bytes.TrimSuffix(e.body[begin:at], []byte("\n"))))
				}
				begin, inside = next, true
				if closes {
					return out
				}
			}
		}
		at = next
	}
	if inside && begin < len(e.body) && len(out) < mostParts {
		out = append(out, parse(e.body[begin:])) // cut off, or never closed
	}
	return out
}

// findings are the parts of a letter that reports are told by, the first of each.
type findings struct {
	status, feedback, original, text string
	seen                             int
}

func (f *findings) visit(e entity, depth int) {
	if f.seen++; f.seen > mostParts || depth > deepest {
		return
	}
	keep := func(to *string, text string) {
		if *to == "" {
			*to = text
		}
	}
	switch {
	case strings.HasPrefix(e.kind, "multipart/"):
		for _, p := range e.parts() {
			f.visit(p, depth+1)
		}
	case e.kind == "message/delivery-status", e.kind == "message/global-delivery-status":
		keep(&f.status, e.text())
	case e.kind == "message/feedback-report":
		keep(&f.feedback, e.text())
	case depth == 0:
		keep(&f.text, e.text())
	case e.kind == "message/rfc822", e.kind == "message/rfc822-headers", e.kind == "text/rfc822-headers",
		e.kind == "message/global", e.kind == "message/global-headers", e.kind == "text/rfc822":
		head, _, _ := strings.Cut(strings.TrimLeft(e.text(), "\n"), "\n\n")
		keep(&f.original, head)
	case e.kind == "text/plain":
		keep(&f.text, e.text())
	}
}
