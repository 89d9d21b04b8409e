package app

import (
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/internal/access"
	"attune/internal/story"
)

// What is written down is an event that the catalogue knows, or a refusal that says what is missing.
func TestWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	kim := func(w Note) Noted { return Noted{By: " nurse Kim ", Note: w} }
	for says, x := range map[string]struct {
		in   Noted
		want string
	}{
		"a note":                    {kim(Note{Kind: "note", Text: " Rings before noon "}), "note.written by=nurse Kim text=Rings before noon"},
		"a note without words":      {kim(Note{Kind: "note", Text: "  "}), "a note needs text"},
		"a note of nobody":          {Noted{Note: Note{Kind: "note", Text: "x"}}, "needs by"},
		"a note that never ends":    {kim(Note{Kind: "note", Text: strings.Repeat("ä", mostNoted+1)}), "4001 characters"},
		"as long as may be":         {kim(Note{Kind: "note", Text: strings.Repeat("ä", mostNoted)}), "note.written"},
		"a goal":                    {kim(Note{Kind: "told", Fact: "goal", Text: "To walk"}), "story.told by=nurse Kim fact=goal text=To walk"},
		"a barrier that is gone":    {kim(Note{Kind: "told", Fact: "barrier", Text: "There is a bus", Names: "no_bus", Over: true}), "story.told by=nurse Kim fact=barrier names=no_bus over=true text=There is a bus"},
		"something that is no fact": {kim(Note{Kind: "told", Fact: "dream", Text: "To fly"}), `"dream" is nothing`},
		"a goal without words":      {kim(Note{Kind: "told", Fact: "goal"}), "needs text"},
		"a call":                    {kim(Note{Kind: "call", Outcome: "reached", Minutes: 12, Text: "Sleeps better"}), "call.held by=nurse Kim minutes=12 note=Sleeps better outcome=reached"},
		"a call that says nothing":  {kim(Note{Kind: "call", Outcome: "no_answer"}), "call.held by=nurse Kim outcome=no_answer"},
		"a visit without an end":    {kim(Note{Kind: "visit", Text: "Stairs"}), "a visit needs outcome"},
		"a visit of two days":       {kim(Note{Kind: "visit", Outcome: "done", Minutes: 2880}), "2880 minutes"},
		"something else":            {kim(Note{Kind: "shout"}), `"shout" is nothing`},
	} {
		e, err := x.in.event()
		got := e.Name
		for _, p := range e.Props {
			got += " " + p.Name + "=" + p.Value.String()
		}
		if err != nil {
			got = err.Error()
		} else {
			def, known := event.Standard().Find(e.Name)
			for _, p := range e.Props {
				known = known && slices.ContainsFunc(def.Fields, func(f event.FieldDef) bool { return f.Name == p.Name && f.Type == p.Value.Type })
			}
			if !known {
				t.Errorf("%s: the catalogue does not know %+v", says, e.Props)
			}
		}
		if !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, not %q", says, got, x.want)
		}
	}
}

// A note of the team is for those who see words: coordinators too, who see no clinical facts.
func TestNotesAreForWhoSeesWords(t *testing.T) {
	t.Parallel()
	note := Lines{Lines: []story.Line{{Kind: "event", Event: "note.written", Says: "note.written was reported by attune.", Words: "Rings before noon", By: "nurse Kim"}}, catalogue: event.Standard()}
	for _, x := range []struct{ words, clinical bool }{{true, false}, {false, true}, {true, true}, {false, false}} {
		is := note
		is.Mask(func(c access.Class) bool {
			return c == access.Words && x.words || c == access.Clinical && x.clinical
		})
		if l := is.Lines[0]; (l.Words == "Rings before noon" && l.By == "nurse Kim") != x.words || (l.Says == hidden) == x.words {
			t.Errorf("words %v, clinical %v: %+v", x.words, x.clinical, l)
		}
	}
}
