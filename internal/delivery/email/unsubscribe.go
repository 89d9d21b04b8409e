package email

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"attune/internal/delivery"
)

// wayOut writes the headers by which a mail reader shows its own button for unsubscribing (RFC 2369,
// RFC 8058), and by which a mailbox provider tells complaints (RFC 9477). The signature covers them.
func wayOut(msg *gomail.Msg, m delivery.Message, back Back) {
	if m.Unsubscribe != "" {
		ways := "<" + m.Unsubscribe + ">"
		if back.Unsubscribe != "" {
			ways += ",\r\n <mailto:" + back.Unsubscribe + "?subject=unsubscribe>"
		}
		msg.SetGenHeaderPreformatted("List-Unsubscribe", ways)
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	if back.Complaints != "" && back.FeedbackID != "" {
		msg.SetGenHeader("CFBL-Address", back.Complaints+"; report=arf")
		msg.SetGenHeader("CFBL-Feedback-ID", back.FeedbackID)
	}
}

//go:embed footers.json
var footers []byte

// readFooters reads the sentences before the link, by language.
func readFooters() (map[string]string, error) {
	var all map[string]string
	if err := json.Unmarshal(footers, &all); err != nil {
		return nil, fmt.Errorf("set up email: the sentences about unsubscribing: %w", err)
	}
	return all, nil
}

// withFooter adds the visible way out to the end of the text: a sentence in the message's language,
// English where there is none, and the link.
func (ch *Channel) withFooter(m delivery.Message) string {
	if m.Unsubscribe == "" {
		return m.Body
	}
	return withWayOut(m.Body, sentence(ch.footers, m.Language), m.Unsubscribe)
}

func withWayOut(body, sentence, address string) string {
	return strings.TrimRight(body, "\n") + "\n\n-- \n" + sentence + "\n" + address + "\n"
}

// sentence is the one before the link, in a language or a wider form of it, in English where there is none.
func sentence(footers map[string]string, language string) string {
	for tag := strings.ToLower(language); tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
		if known, ok := footers[tag]; ok {
			return known
		}
	}
	return footers["en"]
}

// Text is what is written in an e-mail of a body to which its reader may say no, with the address at which they do; every message has its own.
func Text(body, language, address string) (string, error) {
	footers, err := readFooters()
	if err != nil {
		return "", err
	}
	return withWayOut(body, sentence(footers, language), address), nil
}
