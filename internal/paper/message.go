package paper

import (
	"strings"
	"time"
)

// reviewed begins a document for reviewers: what it is, of which version, and its foot.
func reviewed(title, program, of string, made time.Time, about []Fact) *Sheets {
	s := New(Of{Title: title, Language: "en", Made: made, Foot: program + ": " + of + ". " + made.UTC().Format("2 January 2006") + "."})
	s.Space(10)
	s.Words(Title, title)
	s.Space(1)
	s.Words(Soft, program)
	s.Space(6)
	s.Facts(about)
	s.Space(3)
	return s
}

// Message is a text as somebody who does not exist would get it, and what is known of it.
type Message struct {
	Channel, Language, Variant string
	// Readable tells that the text is there and could be read. Otherwise nothing would be sent, and State says why.
	Readable      bool
	Subject, Body string
	// Written is the text with its places for names; empty where it has none.
	Written string
	// State says whether it is approved, and Approvals who approved it, as what and when.
	State     string
	Approvals []string
	// Path is where it stands, and Hash what approvals are bound to.
	Path, Hash string
	// Reading says how hard it is to read, Size how long it is.
	Reading, Size string
	// Findings are what the checks found.
	Findings []string
}

// Message sets one: the words, and what is known of them. Whole tells all, for who reviews the words and not what they are part of.
func (s *Sheets) Message(m *Message, whole bool) {
	name := m.Channel + ", " + m.Language
	if m.Variant != "" {
		name += ", in the words “" + m.Variant + "”"
	}
	s.Under(name)
	if m.Readable {
		s.Quoted(m.Subject, m.Body)
	}
	facts := []Fact{{"Approval", strings.Join(append([]string{m.State}, m.Approvals...), "\n")}}
	add := func(name, says string) {
		if says != "" {
			facts = append(facts, Fact{name, says})
		}
	}
	add("Stands in", m.Path)
	add("Hash", m.Hash)
	if whole {
		add("Reading", m.Reading)
		add("Length", m.Size)
		findings := "none"
		if len(m.Findings) > 0 {
			findings = strings.Join(m.Findings, "\n")
		}
		add("Findings", findings)
		add("As it is written", m.Written)
	}
	s.Facts(facts)
}
