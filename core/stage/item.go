package stage

import "strings"

// Item is a question of an instrument, in the languages in which we have written it. The words are
// the project's own and may be used freely.
type Item struct {
	// ID names the item in events and answers.
	ID string
	// English and Spanish hold the words.
	English, Spanish Wording
}

// Wording is an item in one language. {doing} stands for the behaviour, as a verb without its subject:
// "take your medicine as agreed", "tomar su medicina como acordó".
type Wording struct {
	Question string
	// Lowest and Highest name the ends of a scale from 0 to 10; questions of yes and no have none.
	Lowest, Highest string
}

// Ask fills in the behaviour.
func (w Wording) Ask(doing string) string { return strings.ReplaceAll(w.Question, "{doing}", doing) }

// In returns the item in a language: "en" or "es".
func (i Item) In(language string) (Wording, bool) {
	switch language {
	case "en":
		return i.English, true
	case "es":
		return i.Spanish, true
	}
	return Wording{}, false
}
