package words_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"attune/core/words"
)

func TestOthersCanBeAdded(t *testing.T) {
	standard := words.Standard()
	more, err := standard.With("mine", []words.Category{
		{Name: "thanks", Lists: []words.List{{Language: "en", Phrases: []string{"thank you"}}}},
		{Name: "crisis", Lists: []words.List{{Language: "en", Phrases: []string{"no way out"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"thank you, and stop texting me": "thanks", // what is added stands first
		"there is no way out":            "crisis",
		"I want to die":                  "crisis",
		"STOP":                           "stop",
	} {
		if got := more.Classify(text); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
	if standard.Classify("there is no way out") != words.None || more.Version() == standard.Version() {
		t.Error("the standard table changed")
	}
	if _, err := standard.With("mine", []words.Category{{Name: words.None}}); err == nil {
		t.Error("a category is called none")
	}
}

func TestStandard(t *testing.T) {
	table := words.Standard()
	for text, want := range map[string]string{
		"I want to kill myself":                       "crisis",
		"I don’t want to live any more":               "crisis",
		"i DONT want to live":                         "crisis",
		"I don't want to kill myself, but it is hard": "crisis", // reason enough to look
		"My father has CHEST PAIN!!":                  "crisis",
		"I can't breathe":                             "crisis",
		"Me duele el pecho":                           "crisis",
		"No quiero vivir así":                         "crisis",
		"quiero hacerme daño":                         "crisis",
		"quiero hacerme dan\u0303o":                   "crisis", // the accent as a character of its own
		"STOP. I want to die":                         "crisis", // the first category in the table's order
		"STOP":                                        "stop",
		" stop! ":                                     "stop",
		"Please stop.":                                "stop",
		"unsubscribe":                                 "stop",
		"Stop texting me":                             "stop",
		"please don't contact me again":               "stop",
		"Basta":                                       "stop",
		"No me escriban más":                          "stop",
		"Dejen de escribirme por favor":               "stop",
		"please don't stop sending these, they help":  "none", // denied
		"I can't stop coughing":                       "none",
		"should I stop taking the tablets?":           "none",
		"I do not want this, stop texting me":         "stop",
		"a nonstop flight":                            "none",
		"does it end?":                                "none",
		"Thanks, see you on Monday":                   "none",
		"Gracias, nos vemos el lunes":                 "none",
		"the appointment was cancelled":               "none",
		"":                                            "none",
		"…":                                           "none",
	} {
		if got := table.Classify(text); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
}

func TestATable(t *testing.T) {
	table, err := words.New("x", []words.Category{
		{Name: "first", Lists: []words.List{{Phrases: []string{"Straße", "b c"}}}},
		{Name: "second", Deniable: true, Lists: []words.List{{Phrases: []string{"a b", "b"}, Messages: []string{"Olé"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"a b": "second", "a b c": "first", "STRASSE": "first", "Straße": "first", "b, c": "first", "ole": "second", "ole ole": "none",
		"not b": "none", "I do not b": "none", "no more of b": "none", "never ever a b x": "none",
		"not b c":                "first",  // cannot be denied
		"no one two three b":     "second", // four words before it
		"I did not want this, b": "second", // the comma ends what is denied
	} {
		if got := table.Classify(text); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
	if names := strings.Join(table.Names(), " "); names != "first second" || table.Version() != "x" {
		t.Error(names, table.Version())
	}
}

func TestATableIsRefused(t *testing.T) {
	for it, c := range map[string][]words.Category{
		"a category without a name": {{}},
		"a category named none":     {{Name: "none"}},
		"two of one name":           {{Name: "a"}, {Name: "a"}},
		"a phrase without words":    {{Name: "a", Lists: []words.List{{Phrases: []string{"..."}}}}},
		"a long phrase":             {{Name: "a", Lists: []words.List{{Messages: []string{strings.Repeat("a ", 13)}}}}},
	} {
		if _, err := words.New("x", c); err == nil {
			t.Errorf("%s was taken", it)
		}
	}
}

// Case, accents, apostrophes and what stands around a phrase make no difference.
func FuzzClassify(f *testing.F) {
	table := words.Standard()
	for _, s := range []string{"stop", "I can't", "¿Qué?", "\xff", "dan\u0303o", "ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := table.Classify(s)
		if again := table.Classify("  " + s + " ?!"); got != again {
			t.Errorf("%q is %s, and with a question mark %s", s, got, again)
		}
		if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) {
			if upper := table.Classify(strings.ToUpper(s)); got != upper {
				t.Errorf("%q is %s, and in capitals %s", s, got, upper)
			}
		}
		if with := table.Classify("chest pain. " + s); with != "crisis" {
			t.Errorf("%q hides what stands before it: %s", s, with)
		}
	})
}

func TestPhrasesOfALanguageAreDeniedInIt(t *testing.T) {
	table, err := words.New("x", []words.Category{
		{Name: "first", Deniable: true, Lists: []words.List{{Language: "en", Phrases: []string{"stop that"}}, {Language: "de", Phrases: []string{"halt an"}}}},
		{Name: "second", Lists: []words.List{{Language: "en", Phrases: []string{"how do I stop that"}, Messages: []string{"go"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"stop that": "first", "never stop that": "none", "nicht stop that": "first", "nicht halt an": "none", "never halt an": "first",
		"no stop that": "first", "no need to stop that": "none", // a no at the beginning stands by itself
		"how do I stop that":           "second", // the longer phrase says what is meant
		"Hello, please go. Thank you!": "second", "gooo": "second", "please": "none", "go home": "none",
	} {
		if got := table.Classify(text); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
}
