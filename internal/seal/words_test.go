package seal

import (
	"strings"
	"testing"
)

func TestWordsAreHiddenAndRevealed(t *testing.T) {
	w, other := NewWords([]byte("a secret")), NewWords([]byte("another"))
	for _, word := range []string{"", "Ana López/opened letter", "~odd", strings.Repeat("x", 500)} {
		hidden := w.Hide(word)
		if hidden != w.Hide(word) {
			t.Errorf("%q is hidden in two ways", word)
		}
		if strings.Contains(hidden, "/") || word != "" && strings.Contains(hidden, word) {
			t.Errorf("%q shows in %q", word, hidden)
		}
		if got := w.Reveal(hidden); got != word {
			t.Errorf("%q came back as %q", word, got)
		}
		if got := other.Reveal(hidden); got != hidden {
			t.Errorf("another secret reveals %q", got)
		}
	}
	if got := w.Reveal("portal.visited"); got != "portal.visited" {
		t.Errorf("a plain word became %q", got)
	}
}
