package paper_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"attune/internal/paper"
	"attune/internal/paper/papertest"
)

// sheets makes sheets and gives them as a file.
func sheets(t *testing.T, fill func(s *paper.Sheets)) []byte {
	t.Helper()
	s := paper.New(paper.Of{Title: "A document", Language: "en", Foot: "Of what it is", Made: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)})
	fill(s)
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is set can be read back, whatever script it is in that any font has; each sheet has its number, and of how many.
func TestWhatIsSetCanBeReadBack(t *testing.T) {
	t.Parallel()
	names := "Ana López, Łukasz Żółć, Ελένη Παπαδοπούλου, Дмитрий Иванов, Nguyễn Thị Hồng"
	b := sheets(t, func(s *paper.Sheets) {
		s.Words(paper.Title, names)
		s.Facts([]paper.Fact{{"Hash", strings.Repeat("0123456789abcdef", 12)}, {"Lines", "one\ntwo"}})
		s.Quoted("A subject (with a \\ in it)", "Dear Ana,\n\nwe write to you.")
		for n := range 120 {
			s.Item(paper.Body, fmt.Sprintf("%d.", n), "What stands in this line is long enough to be broken into two, so that it can be seen that nothing is lost where lines break at the right of a sheet.")
		}
	})
	pages := papertest.Read(t, b)
	if len(pages) < 3 {
		t.Fatalf("%d sheets", len(pages))
	}
	for n, p := range pages {
		if want := fmt.Sprintf("%d / %d", n+1, len(pages)); !strings.Contains(p, want) || !strings.Contains(p, "Of what it is") {
			t.Errorf("the foot of sheet %d is not %q: %q", n+1, want, p[max(0, len(p)-60):])
		}
	}
	said := papertest.Words(t, b)
	for _, want := range []string{"López", "Żółć", "Παπαδοπούλου", "Дмитрий", `(with a \ in it)`, "we write to you.", "119. What stands", "one two"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(said, "¤") {
		t.Error("letters were lost")
	}
	// A name may be set in pieces, from two fonts, and what is wider than its column on two lines.
	for _, want := range []string{"NguyễnThịHồng", strings.Repeat("0123456789abcdef", 12)} {
		if !strings.Contains(strings.ReplaceAll(said, " ", ""), want) {
			t.Errorf("%q is not there as a whole", want)
		}
	}
}

// A letter that no font has is not left out in silence.
func TestALetterThatNoFontHasIsSaid(t *testing.T) {
	t.Parallel()
	said := papertest.Words(t, sheets(t, func(s *paper.Sheets) { s.Words(paper.Body, "فاطمة 😀 \u202eAna") }))
	if !strings.Contains(said, "¤¤¤¤¤ ¤ Ana") || !strings.Contains(said, "¤ stands for a letter that is in none of the fonts") {
		t.Errorf("%q", said)
	}
}

// The same is the same to the last byte, and another date is another document.
func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	t.Parallel()
	made := func(day int) []byte {
		w := paper.Walkthrough{Program: "Living well", Journey: "Welcome", Made: time.Date(2027, 3, day, 10, 0, 0, 0, time.UTC), Enters: []string{"A person enters it."}, Steps: []paper.Step{
			{ID: "wait", Kind: "Waits", Words: []string{"Waits a day.", ""}},
			{ID: "say", Kind: "Says something", Says: []paper.Said{{Engagement: "welcome", Messages: []paper.Message{{Channel: "sms", Language: "es", Readable: true, Body: "Hola, Ana", State: "Approved."}}}}},
			{ID: "again", Kind: "Says something", Says: []paper.Said{{Engagement: "welcome", Before: 2}}},
		}, Guardrails: []string{"Nobody gets more than 3 messages."}}
		var b bytes.Buffer
		if err := w.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := made(1)
	for range 3 {
		if !bytes.Equal(made(1), first) {
			t.Fatal("another document")
		}
	}
	if bytes.Equal(made(2), first) {
		t.Error("its date is not in it")
	}
	if said := papertest.Words(t, first); !strings.Contains(said, "Hola, Ana") || !strings.Contains(said, "The same as in step 2.") {
		t.Errorf("%q", said)
	}
}

// A review's table has a row for each text, and each text stands below it with all that is known of it.
func TestAReviewHasEachText(t *testing.T) {
	t.Parallel()
	r := paper.Review{Program: "Living well", Engagement: "welcome", Made: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC), Problems: []string{"To be mended: it is not written"}, Messages: []paper.Message{
		{Variant: "name", Channel: "sms", Language: "en", Readable: true, Body: "Hello Ana", Written: "Hello {{ name }}", State: "Approved.", Approvals: []string{"Dr Ana Ruiz as medical on 2027-01-02"}, Hash: strings.Repeat("0123456789abcdef", 4), Findings: []string{"Worth a look: it is short (line 1)"}},
		{Variant: "name", Channel: "sms", Language: "es", State: "Missing: it is not written in this language."},
	}}
	var b, again bytes.Buffer
	for _, to := range []*bytes.Buffer{&b, &again} {
		if err := r.Write(to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("another document")
	}
	said := papertest.Words(t, b.Bytes())
	for _, want := range []string{"To be mended: it is not written", "name sms en Approved 1 0123456789ab name sms es Missing 0", "Hello Ana Approval Approved. Dr Ana Ruiz as medical on 2027-01-02", "Findings Worth a look: it is short (line 1)", "As it is written Hello {{ name }}", "Missing: it is not written in this language."} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
}

// A letter says its sentences in their order, and is in a language.
func TestALetterIsSetInItsOrder(t *testing.T) {
	t.Parallel()
	l := paper.Letter{Language: "es", Sender: "Equipo", Title: "Por qué", Greeting: "Hola, Ana:", Says: []string{"Uno.", "Dos."}, Foot: "Decisión 1", Made: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)}
	var b bytes.Buffer
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	if said := papertest.Words(t, b.Bytes()); said != "Equipo Por qué Hola, Ana: Uno. Dos. Equipo Decisión 1 1 / 1" {
		t.Errorf("%q", said)
	}
	if !bytes.Contains(b.Bytes(), []byte("/Lang (es)")) {
		t.Error("who reads it aloud is not told the language")
	}
}
