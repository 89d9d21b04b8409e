package explain

import (
	"slices"
	"strings"
)

// happens is what the catalogue says of an event, ready to be part of a sentence.
type happens struct {
	// says is the clause, "the person signed in to the portal".
	says string
	// never says that it did not happen, "the person has not signed in to the portal"; empty where the clause
	// is not of a kind that English negates simply.
	never string
}

// happening makes a clause of the catalogue's sentence.
func happening(says string) happens {
	says, _, _ = strings.Cut(says, ". ")
	says, _, _ = strings.Cut(says, "; ")
	says = strings.TrimSuffix(strings.TrimSpace(says), ".")
	for _, begins := range []string{"The ", "A ", "An ", "Another ", "Somebody ", "Something ", "Steps ", "Two "} {
		if strings.HasPrefix(says, begins) {
			says = strings.ToLower(says[:1]) + says[1:]
			break
		}
	}
	h := happens{says: says}
	if strings.Contains(says, ",") {
		return h
	}
	for _, word := range []string{" not ", " that ", " who ", " says ", " no ", " will ", " should ", " waits "} {
		if strings.Contains(says+" ", word) {
			return h
		}
	}
	for _, article := range []string{"a ", "an "} {
		if thing, ok := strings.CutPrefix(says, article); ok && len(strings.Fields(thing)) > 1 {
			h.never = "no " + thing
			return h
		}
	}
	if did, ok := strings.CutPrefix(says, "the person "); ok {
		if participle := participle(did); participle != "" {
			h.never = "the person has not " + participle
		}
	}
	return h
}

// participle turns the verb that a clause begins with from the past into what "has not" takes; empty for
// a verb that it does not know.
func participle(did string) string {
	verb, rest, _ := strings.Cut(did, " ")
	irregular := map[string]string{"came": "come", "took": "taken", "wrote": "written", "said": "said", "told": "told", "made": "made", "was": "been", "sent": "sent", "did": "done", "gave": "given", "went": "gone", "saw": "seen"}
	form := irregular[verb]
	if form == "" && strings.HasSuffix(verb, "ed") {
		form = verb
	}
	if form == "" {
		return ""
	}
	return strings.TrimSpace(form + " " + rest)
}

// simple tells that what is added at the end of the clause belongs to all of it.
func (h happens) simple() bool { return h.never != "" }

// words writes an identifier for people.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// listed joins words: "a, b or c".
func listed(all []string, last string) string {
	switch len(all) {
	case 0:
		return ""
	case 1:
		return all[0]
	}
	n := len(all) - 1
	return strings.Join(all[:n], ", ") + " " + last + " " + all[n]
}

func mapped[T any](all []T, word func(T) string) []string {
	out := make([]string, 0, len(all))
	for _, x := range all {
		out = append(out, word(x))
	}
	return out
}

// once keeps the first of each.
func once(all []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
