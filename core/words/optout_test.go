package words_test

import (
	"os"
	"strings"
	"testing"

	"attune/core/words"
)

// category is what a text of each meaning is sorted into.
var category = map[string]string{"stop": "stop", "unsure": "unsure_stop", "start": "start", "none": words.None}

// The corpus says how people ask for no more messages in ten languages. Nearly all of it has to be
// understood, nobody who speaks of something else may lose their messages, and who is not clear is read
// by a person.
func TestOptOutsOfTenLanguages(t *testing.T) {
	source, err := os.ReadFile("testdata/optout.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := words.Standard()
	count, right, perLanguage := map[string]int{}, map[string]int{}, map[string]map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(source)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || category[f[1]] == "" {
			t.Fatalf("the line %q is none of the corpus", line)
		}
		language, meaning, text := f[0], f[1], f[2]
		if perLanguage[language] == nil {
			perLanguage[language] = map[string]int{}
		}
		perLanguage[language][meaning]++
		count[meaning]++
		got := table.Classify(text)
		if got == category[meaning] {
			right[meaning]++
			continue
		}
		if meaning == "stop" {
			t.Logf("%s: %q is %s, not stop", language, text, got)
		} else {
			t.Errorf("%s: %q is %s, not %s", language, text, got, category[meaning])
		}
	}
	if recall := float64(right["stop"]) / float64(count["stop"]); recall < 0.99 {
		t.Errorf("%.3f of those who ask for no more messages are understood, want 0.99", recall)
	}
	if total := count["stop"] + count["unsure"] + count["none"]; total < 300 || len(perLanguage) != 10 {
		t.Errorf("the corpus has %d phrases in %d languages, want 300 in 10", total, len(perLanguage))
	}
	for language, n := range perLanguage {
		if n["stop"] < 20 || n["unsure"] < 5 || n["none"] < 8 || n["start"] < 2 {
			t.Errorf("%s has too few phrases: %v", language, n)
		}
	}
	t.Logf("understood: stop %d of %d, unsure %d of %d, start %d of %d; something else %d of %d",
		right["stop"], count["stop"], right["unsure"], count["unsure"], right["start"], count["start"], right["none"], count["none"])
}
