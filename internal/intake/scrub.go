package intake

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"attune/core/event"
	"attune/core/expr"
)

// scrub takes out what says where somebody was and what they looked for: IP addresses, the queries
// of URLs, and the categories of pages. Nobody holds tracking consent yet, so it always does.
// Version numbers of four parts look like addresses and go too.
func scrub(e *event.Event) {
	e.Props = slices.DeleteFunc(e.Props, func(p event.Prop) bool { return tracks(e.Name, p.Name) })
	for i := range e.Props {
		v := &e.Props[i].Value
		switch v.Type {
		case expr.Text:
			v.Text = scrubText(v.Text)
		case expr.List:
			for j, s := range v.List {
				if clean := scrubText(s); clean != s {
					v.List = slices.Clone(v.List)
					v.List[j] = clean
				}
			}
		case expr.Missing, expr.Number, expr.Integer, expr.Flag, expr.Moment:
		}
	}
}

// tracks tells the properties that are taken out whole, by the last part of their name.
func tracks(event, prop string) bool {
	switch plainName(prop[strings.LastIndexByte(prop, '.')+1:]) {
	case "ip", "ipaddress", "ipaddr", "clientip", "remoteip", "remoteaddr", "remoteaddress":
		return true
	case "category", "search":
		return event == "page.viewed" || event == "screen.viewed"
	}
	return false
}

// plainName is the name in small letters, without what people join words with.
func plainName(s string) string {
	joined := func(r rune) rune {
		switch r {
		case '_', '-', ' ':
			return -1
		}
		return unicode.ToLower(r)
	}
	return strings.Map(joined, s) // allocates nothing for a name that is plain already
}

const gone = "[address]"

func scrubText(s string) string {
	if strings.Contains(s, "?") || strings.Contains(s, "#") {
		s = cutQueries(s)
	}
	if strings.Count(s, ".") < 3 && strings.Count(s, ":") < 2 {
		return s
	}
	return cutAddresses(s)
}

// cutQueries shortens every URL in the text to what stands before its query or fragment.
func cutQueries(s string) string {
	var b strings.Builder
	for {
		from := strings.Index(s, "://")
		if from < 0 {
			if b.Len() == 0 && strings.HasPrefix(s, "/") { // a path by itself, as pages send it
				s = s[:endOfPath(s)]
			}
			b.WriteString(s)
			return b.String()
		}
		rest := s[from:]
		to := strings.IndexAny(rest, " \t\r\n\"'<>")
		if to < 0 {
			to = len(rest)
		}
		b.WriteString(s[:from])
		b.WriteString(rest[:min(to, endOfPath(rest))])
		s = rest[to:]
		if s == "" {
			return b.String()
		}
	}
}

func endOfPath(s string) int {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return i
	}
	return len(s)
}

// cutAddresses puts a mark in the place of each IP address that stands by itself.
func cutAddresses(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return !inAddress(r) })
		if n < 0 {
			n = len(s)
		}
		if n == 0 {
			n = strings.IndexFunc(s, inAddress)
			if n < 0 {
				n = len(s)
			}
			b.WriteString(s[:n])
		} else {
			b.WriteString(cutAddress(s[:n]))
		}
		s = s[n:]
	}
	return b.String()
}

// inAddress tells letters and digits of any word, so that "std::fade" is one word and no address.
func inAddress(r rune) bool {
	return r == '.' || r == ':' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func cutAddress(word string) string {
	bare := strings.TrimRight(word, ".:")
	tail := word[len(bare):]
	if a, err := netip.ParseAddr(bare); err == nil && (a.Is4() || len(bare) >= 6) {
		return gone + tail
	}
	if a, err := netip.ParseAddrPort(bare); err == nil && a.Addr().Is4() {
		return gone + tail
	}
	return word
}
