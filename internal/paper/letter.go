package paper

import (
	"io"
	"time"
)

// Letter is a letter to somebody.
type Letter struct {
	Language, Sender, Title, Greeting string
	Says                              []string
	Foot                              string
	Made                              time.Time
}

// Write writes it as PDF, in letters that are easy to read. The same letter gives the same bytes.
func (l *Letter) Write(to io.Writer) error {
	s := New(Of{Title: l.Title, Language: l.Language, Foot: l.Foot, Made: l.Made})
	s.Space(8)
	s.Words(Strong, l.Sender)
	s.Space(16)
	s.Words(Title, l.Title)
	s.Space(8)
	s.Words(Running, l.Greeting)
	for _, words := range l.Says {
		s.Space(4)
		s.Words(Running, words)
	}
	s.Space(10)
	s.Words(Running, l.Sender)
	return s.Write(to)
}
