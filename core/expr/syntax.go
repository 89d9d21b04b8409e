package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common"
)

// syntaxProblem words what the parser could not read.
func syntaxProblem(src string, e *common.Error) Problem {
	p := Problem{}
	if at, ok := common.NewTextSource(src).LocationOffset(e.Location); ok {
		p.Offset = byteOffset(src, int(at))
	}
	rest := src[p.Offset:]
	word := rest[:len(rest)-len(strings.TrimLeftFunc(rest, isWord))]
	p.What, p.Hint = syntaxWords(e.Message, rest), syntaxHint(src[:p.Offset], rest, word)
	switch {
	case strings.Contains(e.Message, "has() macro"):
		p.What, p.Hint = "has() needs a field of the event", "write has(event.field)"
	case strings.Contains(e.Message, "simple name"):
		p.What, p.Hint = "exists needs a variable for the items", `write event.list.exists(x, x == "a")`
	}
	return p
}

func syntaxWords(message, rest string) string {
	message, _, _ = strings.Cut(strings.TrimPrefix(message, "Syntax error: "), " expecting ")
	switch {
	case strings.Contains(message, "recursion"):
		return "the expression is nested too deeply"
	case strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'"):
		if strings.HasPrefix(message, "token recognition") {
			return "the text that begins here has no end"
		}
	case strings.Contains(message, "<EOF>"):
		return "the expression ends too early"
	case strings.HasPrefix(message, "token recognition") && rest != "":
		return fmt.Sprintf("%q cannot stand here", rest[:1])
	}
	for _, kind := range []string{"mismatched input '", "extraneous input '", "no viable alternative at input '"} {
		if unread, found := strings.CutPrefix(message, kind); found {
			unread, _, _ = strings.Cut(unread, "'")
			return fmt.Sprintf("%q cannot stand here", unread)
		}
	}
	return message
}

func syntaxHint(before, rest, word string) string {
	number := before[len(strings.TrimRight(before, "0123456789")):]
	switch {
	case number != "" && len(word) == 1 && strings.Contains("smhdw", word):
		return fmt.Sprintf("write durations as text, %q", number+word)
	case strings.HasPrefix(rest, "="):
		return "write == to compare"
	case strings.HasPrefix(rest, "&") || word == "and":
		return "write && for and"
	case strings.HasPrefix(rest, "|") || word == "or":
		return "write || for or"
	case word == "not":
		return "write ! for not"
	}
	return ""
}
