package sms

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"attune/core/voice"
	"attune/internal/delivery"
)

// validity is how long the carrier may keep a text that it cannot pass on at once. Later than this the
// person may have withdrawn, or the text may be out of date; the gate is asked again instead.
const validity = time.Hour

// compose writes the request, or says why no carrier could ever take the message.
func (ch *Channel) compose(m delivery.Message) (string, error) {
	to, err := Normal(m.To, ch.c.Country)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(m.Subject, "\r\n") {
		return "", errors.New("the subject has a line break")
	}
	text, err := ch.text(m.Body)
	if err != nil {
		return "", err
	}
	form := url.Values{
		"To": {to}, "Body": {text}, "ValidityPeriod": {strconv.Itoa(int(validity.Seconds()))},
	}
	if m.Ticket != "" {
		form.Set("StatusCallback", ch.c.PublicURL+StatusPath+m.Ticket+retries)
	}
	if ch.c.Service != "" {
		form.Set("MessagingServiceSid", ch.c.Service)
	} else {
		form.Set("From", ch.c.From)
	}
	return form.Encode(), nil
}

// Text is what is sent of a body: byte for byte what the carrier gets.
func Text(body string) (string, error) {
	if !utf8.ValidString(body) || strings.ContainsRune(body, 0) {
		return "", errors.New("the text is not UTF-8")
	}
	body = strings.TrimRight(strings.ReplaceAll(body, "\r\n", "\n"), " \t\r\n")
	if strings.TrimSpace(body) == "" {
		return "", errors.New("the text is empty")
	}
	return body, nil
}

// text is what is sent of a body, if it is not too long.
func (ch *Channel) text(body string) (string, error) {
	body, err := Text(body)
	if err != nil {
		return "", err
	}
	if n, _ := voice.Segments(body); n > ch.c.MaxSegments {
		return "", fmt.Errorf("the text takes %d segments, and at most %d are allowed", n, ch.c.MaxSegments)
	}
	return body, nil
}
