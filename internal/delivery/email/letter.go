package email

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"attune/internal/delivery"
)

// letter is a message as it goes over the wire, complete before a connection is touched.
type letter struct {
	// from and to are the envelope's.
	from, to string
	text     []byte
}

// compose writes the message, or says why no mail server could ever take it.
func (ch *Channel) compose(m delivery.Message) (letter, error) {
	if why := bad(m.To); why != "" {
		return letter{}, errors.New(why)
	}
	if strings.ContainsAny(m.Subject, "\r\n") {
		return letter{}, errors.New("the subject has a line break")
	}
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithCharset(gomail.CharsetUTF8), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(ch.from)
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.SetGenHeaderPreformatted(gomail.HeaderSubject, subject(m.Subject))
	msg.SetMessageIDWithValue(m.Attempt.String() + "@" + ch.domain)
	msg.SetDateWithValue(m.At.UTC())
	// RFC 3834: answering machines are not to answer.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	var back Back
	if ch.c.Back != nil {
		back = ch.c.Back(m)
	}
	wayOut(msg, m, back)
	msg.SetBodyString(gomail.TypeTextPlain, ch.withFooter(m))

	var text bytes.Buffer
	if _, err := msg.WriteTo(&text); err != nil {
		return letter{}, errors.New("the message could not be composed")
	}
	from := ch.from.Address
	if back.Bounces != "" {
		from = back.Bounces
	}
	return letter{from: from, to: m.To, text: text.Bytes()}, nil
}

// bad says what is wrong with an address. Only the plain form local@domain passes: no display name,
// comment, quoting or group, so that what is checked here is what is written into RCPT.
func bad(address string) string {
	for _, r := range address {
		if r == ' ' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return "the address has a space, a line break or another sign that addresses do not have"
		}
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || a.Address != address || len(address) > 254 {
		return "the address is not of the form local@domain"
	}
	return ""
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// subject writes the subject so that it arrives to the letter. A short plain one stays readable on
// the wire; any other goes as RFC 2047 words of base64, since folding long text at its spaces loses
// some of them.
func subject(s string) string {
	if isPlain(s) {
		return s
	}
	const most = 39 // bytes in a word of base64 that leaves room for "Subject: " in a line of 76
	var words []string
	for len(s) > 0 {
		n := min(most, len(s))
		for n < len(s) && n > 1 && !utf8.RuneStart(s[n]) {
			n--
		}
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= 60 && !strings.Contains(s, "=?") && strings.TrimSpace(s) == s
}

// address writes an address into MAIL or RCPT.
func address(a string) string { return fmt.Sprintf("<%s>", a) }
