package paper

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Review is all that an engagement can say, for who approves the words.
type Review struct {
	Program, Engagement string
	Made                time.Time
	// About is what stands on the first sheet: which version, of when, in which languages.
	About []Fact
	// To is the name of the one who does not exist, as whom each text is shown.
	To string
	// Words say when it is proposed, to whom and how often; Problems what is wrong in its own file.
	Words, Problems []string
	Messages        []Message
}

// Write writes it as PDF. The same review gives the same bytes.
func (r *Review) Write(to io.Writer) error {
	title := "What “" + r.Engagement + "” says"
	s := reviewed(title, r.Program, r.Engagement, r.Made, r.About)
	s.Words(Soft, "For who approves the words. Each text is shown as it would be sent to "+r.To+", who does not exist. An approval is bound to the hash: one changed letter makes it another text, which nobody has approved.")
	if len(r.Problems) > 0 {
		s.Section("What is wrong with it")
		for _, says := range r.Problems {
			s.Item(Body, "·", says)
		}
	}
	if len(r.Words) > 0 {
		s.Section("When it is said, to whom and how often")
		for _, words := range r.Words {
			s.Words(Body, words)
			s.Space(.8)
		}
	}
	s.Section("Its texts")
	if len(r.Messages) == 0 {
		s.Words(Body, "It has none.")
	} else {
		s.Table(r.table())
	}
	for i := range r.Messages {
		if i == 0 {
			s.Page()
			s.Words(Heading, "Each text")
		}
		s.Space(2)
		s.Message(&r.Messages[i], true)
	}
	return s.Write(to)
}

// table is all texts in a row each.
func (r *Review) table() *Table {
	t := &Table{Columns: []Column{{Name: "words"}, {Name: "channel"}, {Name: "language"}, {Name: "approval"}, {Name: "findings", Right: true}, {Name: "reading"}, {Name: "hash"}}}
	for i := range r.Messages {
		m := &r.Messages[i]
		state, _, _ := strings.Cut(strings.TrimSuffix(m.State, "."), ":") // in short
		t.Rows = append(t.Rows, []string{m.Variant, m.Channel, m.Language, state, strconv.Itoa(len(m.Findings)), m.Reading, fmt.Sprintf("%.12s", m.Hash)})
	}
	return t
}
