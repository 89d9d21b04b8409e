package voice

import (
	"attune/core/instant"
	"attune/core/source"
)

// Voice is what a program's texts have to keep to. The zero value asks nothing.
type Voice struct {
	// Phrases are not to be said.
	Phrases []Phrase
	Tone    Tone
	Reading []Reading
	Claims  []Claim
	OptOut  []OptOut
	Length  []Length
}

// Phrase is not to be said in a language. Instead, where there is one, is what to say, and Why the rule
// it belongs to: "is a term to avoid".
type Phrase struct {
	Text, Language, Instead, Why string
}

// Tone is what of the tone can be counted; Says is the rest, in words for those who write.
type Tone struct {
	Says string
	// Exclamations bounds the exclamation marks of a text, and Capitals its words of four or more
	// letters in capitals; nil is no bound.
	Exclamations, Capitals *float64
}

// Reading bounds how hard texts in a language are to read, in the unit of the language's formula: up to
// Most for a grade, from Least for an ease. Target is what to aim at. Nil is no bound.
type Reading struct {
	Language            string
	Target, Most, Least *float64
}

// Claim is a phrase that says something is so, and what shows that it is. A claim without a reference
// may not be said.
type Claim struct {
	Text, Language string
	// Reference is the reference's name, Source its text, and Expires the last day on which it may be
	// used; the zero date is never.
	Reference, Source string
	Expires           instant.Date
	Pos               source.Pos
}

// OptOut is how texts on a channel and in a language say that messages can be stopped: one of Phrases.
type OptOut struct {
	Channel, Language string
	Phrases           []string
}

// Length bounds texts on a channel; zero is no bound. Segments are those of text messages.
type Length struct {
	Channel                       string
	Subject, Characters, Segments int
}
