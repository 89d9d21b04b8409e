package form

import (
	"strconv"
	"strings"

	"attune/core/instant"
	"attune/core/source"
)

// The functions of this file take values out of nodes that were checked: what is not there, or was
// found to be wrong, reads as nothing.

// TextOf reads a scalar as it is written.
func TextOf(n *source.Node) string {
	if n == nil || n.Kind != source.Scalar {
		return ""
	}
	return n.Text
}

// NumberOf reads a number.
func NumberOf(n *source.Node) float64 {
	f, _ := number(n)
	return f
}

// CountOf reads a whole number.
func CountOf(n *source.Node) int {
	k, _ := count(n)
	return k
}

// DurationOf reads a span of time.
func DurationOf(n *source.Node) instant.Duration {
	d, err := instant.ParseDuration(TextOf(n))
	if err != nil {
		return 0
	}
	return d
}

// ClockOf reads a time of day as the time since midnight.
func ClockOf(n *source.Node) instant.Duration {
	d, _ := instant.ParseClock(TextOf(n))
	return d
}

// FlagOf reads a flag.
func FlagOf(n *source.Node) bool { return n != nil && !n.Quoted && TextOf(n) == "true" }

// InstantOf reads a point in time.
func InstantOf(n *source.Node) instant.Time {
	t, _ := point(TextOf(n))
	return t
}

// point reads a point in time as Attune writes it: in UTC, to the second.
func point(s string) (instant.Time, bool) {
	t, err := instant.Parse(s)
	if err != nil || t.String() != s {
		return 0, false
	}
	return t, !strings.Contains(s, ".")
}

// FieldOf reads the name of a field from "event.field".
func FieldOf(n *source.Node) string {
	name, _ := strings.CutPrefix(TextOf(n), "event.")
	return name
}

// TextsOf reads a list of texts; a single text stands for a list of one.
func TextsOf(n *source.Node) []string {
	var out []string
	for _, item := range ItemsOf(n) {
		if s := TextOf(item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ItemsOf returns the nodes of a list; a scalar stands for a list of one.
func ItemsOf(n *source.Node) []*source.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == source.Scalar:
		return []*source.Node{n}
	}
	return n.Items
}

// mostNumber bounds what anybody means by a number.
const mostNumber = 1e12

// number reads what JSON would: a quoted number is a text.
func number(n *source.Node) (float64, bool) {
	s := TextOf(n)
	if n == nil || n.Quoted || !looksLikeNumber(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f > mostNumber || f < -mostNumber {
		return 0, false
	}
	return f, true
}

// looksLikeNumber tells whether s is a number of JSON's grammar, which is that of YAML's core schema
// without its other bases, infinities and signs.
func looksLikeNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, rest := digits(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if after, found := strings.CutPrefix(rest, "."); found {
		var part string
		if part, rest = digits(after); part == "" {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	exponent, end := digits(strings.TrimLeft(rest[1:min(2, len(rest))], "+-") + rest[min(2, len(rest)):])
	return exponent != "" && end == ""
}

func digits(s string) (head, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

const mostCount = 10_000

func count(n *source.Node) (int, bool) {
	s := TextOf(n)
	if n == nil || n.Quoted || strings.Trim(s, "0123456789") != "" || !looksLikeNumber(s) {
		return 0, false
	}
	k, err := strconv.Atoi(s)
	return k, err == nil && k >= 1 && k <= mostCount
}

// IsName tells whether s can name a thing: small letters, digits, _ and -, beginning with a letter. What
// YAML takes for something else than a text cannot.
func IsName(s string) bool {
	for i, c := range s {
		if c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '-') {
			continue
		}
		return false
	}
	return s != "" && s != "true" && s != "false" && s != "null"
}

// isEventName tells whether s is two or more words of small letters, digits and _, joined by dots.
func isEventName(s string) bool {
	words := strings.Split(s, ".")
	for _, w := range words {
		if w == "" || w[0] < 'a' || w[0] > 'z' || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false
		}
	}
	return len(words) > 1
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isEventField(s string) bool {
	name, found := strings.CutPrefix(s, "event.")
	return found && name != "" && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+"0123456789_") == ""
}

// isLanguage tells whether s is a language's code with, perhaps, a region or script.
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		switch {
		case i == 0 && (len(part) < 2 || len(part) > 3 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz") != ""):
			return false
		case i > 0 && (len(part) < 2 || len(part) > 8 || strings.Trim(part, letters+"0123456789") != ""):
			return false
		}
	}
	return true
}
