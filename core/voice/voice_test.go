package voice_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/content"
	"attune/core/instant"
	"attune/core/source"
	"attune/core/voice"
)

// measure measures with the formula of a language.
func measure(t *testing.T, language, text string) (float64, bool) {
	t.Helper()
	for _, f := range voice.Formulas() {
		if f.Language == language {
			return f.Measure(text)
		}
	}
	t.Fatalf("there is no formula for %s", language)
	return 0, false
}

// syllables counts those of a word by what one sentence of twenty of it measures.
func syllables(t *testing.T, language, word string) int {
	t.Helper()
	value, _ := measure(t, language, strings.Repeat(word+" ", 20))
	if language == "en" {
		return int(math.Round((value + 15.59 - 0.39*20) / 11.8))
	}
	return int(math.Round((206.835 - 20 - value) / 62.3))
}

func TestSyllables(t *testing.T) {
	t.Parallel()
	for language, words := range map[string]map[int]string{
		"en": {
			1: "the walked friend blood care strength", 2: "table wanted coffee people refill nurses kindness sugar", 3: "medicine appointment pharmacy",
			4: "information diabetes hypertensive",
		},
		"es": {
			1: "muy que bien y dios fue", 2: "salud país río día queso leer estáis ciudad guerra", 3: "paciente vergüenza farmacia guitarra ahora prohibir",
			4: "enfermedad murciélago", 5: "medicamentos", 6: "recomendaciones",
		},
	} {
		for want, list := range words {
			for word := range strings.FieldsSeq(list) {
				if got := syllables(t, language, word); got != want {
					t.Errorf("%s: %q has %d syllables, not %d", language, word, got, want)
				}
			}
		}
	}
	if got := syllables(t, "en", "check-up"); got != 2 {
		t.Errorf("check-up has %d syllables", got)
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	// Twenty words of one syllable each in four sentences: 0.39×5 + 11.8×1 − 15.59 = −1.84.
	const plain = "Dear friend,\n\nWe hope you feel well now. The nurse can help you. Call us and we will talk.\n\nGreen Lane"
	got, enough := measure(t, "en", plain)
	if !enough || math.Abs(got-(-1.84)) > 0.4 {
		t.Errorf("the grade of a plain text is %v, %v", got, enough)
	}
	if got, _ := measure(t, "en", strings.Repeat("go on now and see us ", 5)+"."); math.Abs(got-(0.39*30+11.8-15.59)) > 1e-9 {
		t.Errorf("the grade of one sentence of thirty syllables is %v", got)
	}
	// Twenty words of two syllables each in two sentences: 206.835 − 62.3×2 − 10.
	if got, _ := measure(t, "es", strings.Repeat("La casa tiene ", 0)+strings.Repeat("casa ", 9)+"casa. "+strings.Repeat("Mesa ", 9)+"Mesa."); math.Abs(got-(206.835-62.3*2-10)) > 1e-9 {
		t.Errorf("the ease of two sentences is %v", got)
	}
	if _, enough := measure(t, "en", "Your refill is ready. 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"); enough {
		t.Error("a line was measured")
	}
	abbreviated, _ := measure(t, "en", strings.Repeat("take it e.g. with milk and bread ", 4)+".")
	whole, _ := measure(t, "en", strings.Repeat("take it such with milk and bread ", 4)+".")
	if abbreviated < whole-2 {
		t.Errorf("a stop inside a sentence ended it: %v, %v", abbreviated, whole)
	}
}

// A text that is split into shorter sentences is never harder to read.
func TestShorterSentencesAreEasier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var long, short strings.Builder
		for range rapid.IntRange(20, 60).Draw(t, "words") {
			word := rapid.SampledFrom([]string{"care", "medicine", "salud", "enfermedad", "you", "appointment"}).Draw(t, "word")
			long.WriteString(word + " ")
			short.WriteString(strings.ToUpper(word[:1]) + word[1:] + rapid.SampledFrom([]string{" ", ". "}).Draw(t, "end"))
		}
		for _, f := range voice.Formulas() {
			a, _ := f.Measure(long.String())
			b, _ := f.Measure(short.String())
			if !f.Ease && b > a+1e-9 || f.Ease && b < a-1e-9 {
				t.Fatalf("%s: %v in one sentence, %v in several", f.Name, a, b)
			}
		}
	})
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		n        int
		stranger rune
	}{
		{"", 1, 0},
		{strings.Repeat("a", 160), 1, 0},
		{strings.Repeat("a", 161), 2, 0},
		{strings.Repeat("a", 306), 2, 0},
		{strings.Repeat("a", 307), 3, 0},
		{strings.Repeat("ñ", 160), 1, 0},
		{strings.Repeat("é", 80) + strings.Repeat("€", 40), 1, 0},
		{strings.Repeat("é", 80) + strings.Repeat("€", 41), 2, 0},
		{strings.Repeat("a", 69) + "á", 1, 'á'},
		{strings.Repeat("a", 70) + "á", 2, 'á'},
		{strings.Repeat("a", 133) + "á", 2, 'á'},
		{strings.Repeat("a", 134) + "á", 3, 'á'},
		{strings.Repeat("😀", 35), 1, '😀'},
		{strings.Repeat("😀", 36), 2, '😀'},
	} {
		if n, stranger := voice.Segments(c.text); n != c.n || stranger != c.stranger {
			t.Errorf("%.20q… takes %d, %q, not %d, %q", c.text, n, stranger, c.n, c.stranger)
		}
	}
}

func parse(t *testing.T, channel, language, text string) *content.Template {
	t.Helper()
	tpl, problems := content.Parse("hello", channel, language, "hello.liquid", text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return tpl
}

func TestTextsKeepToTheVoice(t *testing.T) {
	t.Parallel()
	one := 1.0
	v := voice.Voice{
		Phrases: []voice.Phrase{{Text: "tu", Language: "es", Why: "is not usted"}, {Text: "must not", Language: "en", Why: "scolds", Instead: "it is better not to"}},
		Tone:    voice.Tone{Exclamations: &one, Capitals: &one},
		OptOut:  []voice.OptOut{{Channel: "sms", Language: "en", Phrases: []string{"reply stop"}}},
		Length:  []voice.Length{{Channel: "email", Subject: 10}},
	}
	for _, c := range []struct{ it, channel, language, text, want string }{
		{"finds a phrase over two lines", "email", "en", "Subject: Hi\n\nYou must\nnot do that.", `hello.liquid:3:5: "must\nnot" scolds; write "it is better not to"`},
		{"finds it in capitals", "email", "en", "Subject: Hi\n\nYou Must Not do that.", `hello.liquid:3:5: "Must Not" scolds; write "it is better not to"`},
		{"finds it in the subject", "email", "en", "Subject: Must not\n\nHi.", `hello.liquid:1:10: "Must not" scolds; write "it is better not to"`},
		{"finds it in a fallback, and not in a name", "email", "es", "Subject: Hola\n\nHola {{ name | default: \"tu\" }}.", `hello.liquid:3:6: "tu" is not usted; say it in other words`},
		{"knows regional languages", "email", "es-MX", "Subject: Hola\n\nEs tu salud.", `hello.liquid:3:4: "tu" is not usted; say it in other words`},
		{"leaves other languages alone", "email", "en", "Subject: Hi\n\nEt tu, Brute.", ""},
		{"leaves longer words alone", "email", "es", "Subject: Hola\n\nActual, tuya, tú, tu-tu.", ""},
		{"counts exclamation marks", "email", "en", "Subject: Hi!\n\nHi! ¡Hi", "hello.liquid:3:3: the text has more than 1 exclamation marks; end the sentence with a full stop"},
		{"counts capitals", "email", "en", "Subject: HELLO\n\nNHS and SMS, but GREAT", `hello.liquid:3:18: "GREAT" is in capitals, and the text has more than 1 such words; write it in small letters`},
		{"asks for the way out", "sms", "en", "Hello.\n", `hello.liquid:1:7: the text does not say how to stop messages; add "reply stop"`},
		{"sees the way out", "sms", "en", "Hello. Reply STOP to end.\n", ""},
		{"measures subjects for long names", "email", "en", "Subject: Hi {{ name | default: \"you\" }}\n\nHi.", "hello.liquid:1:10: the subject has 26 characters for somebody with a long name, more than 10; shorten it by 16 characters"},
	} {
		problems, _ := v.Check(parse(t, c.channel, c.language, c.text), "Green Lane")
		got := ""
		for _, p := range problems {
			got += p.String()
		}
		if got != c.want {
			t.Errorf("it %s: %s\nnot %s", c.it, got, c.want)
		}
	}
}

func TestReadingBounds(t *testing.T) {
	t.Parallel()
	const hard = "Subject: Hi\n\nYour medication administration necessitates individualised consideration of contraindications before continuation, and " +
		"therefore requires coordination among numerous professionals."
	target, most := 6.0, 8.0
	text := parse(t, "email", "en", hard+" "+hard[13:])
	for _, c := range []struct {
		it                 string
		reading            voice.Reading
		problems, warnings int
	}{
		{"refuses what is past the bound", voice.Reading{Language: "en", Target: &target, Most: &most}, 1, 0},
		{"warns of what is past the target", voice.Reading{Language: "en", Target: &target}, 0, 1},
		{"asks nothing of other languages", voice.Reading{Language: "es", Least: &most}, 0, 0},
	} {
		v := voice.Voice{Reading: []voice.Reading{c.reading}}
		problems, warnings := v.Check(text, "")
		if len(problems) != c.problems || len(warnings) != c.warnings {
			t.Errorf("it %s: %v, %v", c.it, problems, warnings)
		}
	}
}

func TestClaimsRunOut(t *testing.T) {
	t.Parallel()
	v := voice.Voice{Claims: []voice.Claim{
		{Text: "lowers sugar", Language: "en", Reference: "ukpds", Expires: instant.Date{Year: 2028, Month: 1, Day: 31}},
		{Text: "helps", Language: "en", Reference: "trial"},
		{Text: "cures", Language: "en", Pos: source.Pos{File: "voice.yaml", Line: 4, Column: 3}},
	}}
	text := parse(t, "email", "en", "Subject: Hi\n\nIt helps and lowers sugar.")
	for day, want := range map[string]int{"2028-01-31T23:59:59Z": 0, "2028-02-01T00:00:00Z": 1, "2040-01-01T00:00:00Z": 1} {
		at, err := instant.Parse(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Outdated(text, at); len(got) != want {
			t.Errorf("on %s: %v", day, got)
		}
	}
	if problems, _ := v.Check(text, ""); len(problems) > 0 {
		t.Errorf("a claim with its reference: %v", problems)
	}
	if problems, _ := v.Check(parse(t, "email", "en", "Subject: Hi\n\nIt cures."), ""); len(problems) != 1 {
		t.Errorf("a claim without a reference: %v", problems)
	}
}

// Every byte of a text that is no name's is where it says it was written.
func TestTextsKnowTheirPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := "Subject: Hi\n\n"
		for range rapid.IntRange(1, 8).Draw(t, "parts") {
			written += rapid.SampledFrom([]string{"a", "ß ", "word ", "\n", "\n\n", `{{ name | default: "x" }}`, "{{ organisation }}", "é"}).Draw(t, "part")
		}
		tpl, _ := content.Parse("hello", "email", "en", "hello.liquid", written)
		_, body := tpl.Say(content.Filled{Name: "QQQ", Organisation: "QQ"})
		lines := strings.Split(written, "\n")
		for i, r := range body.Text[:len(body.Text)-1] {
			at := body.At(i)
			if at.Line < 1 || at.Line > len(lines) {
				t.Fatalf("byte %d of %q is said to stand at %s", i, body.Text, at)
			}
			rest := string([]rune(lines[at.Line-1] + "\n")[at.Column-1:])
			if r == 'Q' {
				if !strings.HasPrefix(rest, "{{") {
					t.Fatalf("a name is said to stand at %s", at)
				}
				continue
			}
			if !strings.HasPrefix(rest, string(r)) {
				t.Fatalf("%q is said to stand at %s of %q", r, at, written)
			}
		}
	})
}
