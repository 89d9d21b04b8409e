package email

import (
	"bytes"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"attune/internal/delivery"
)

// Whatever the words are: either they are refused, or the letter has exactly our headers, one
// recipient, and the same words again.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{"", "How are you?", "Żaneta", "a  b", " a", "=?utf-8?q?x?=", "a\r\nBcc: x@example.org", "a\rb", "\x00", strings.Repeat("ż", 100), strings.Repeat("long words ", 30), "\u2028", "\xff"} {
		f.Add("ana@example.org", s, s)
		f.Add(s+"@example.org", s, "x\n")
	}
	ch, err := New(Config{Host: "mail.example.org", From: "Clinic <hello@clinic.example>"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to, subject, body string) {
		l, err := ch.compose(delivery.Message{To: to, Subject: subject, Body: body, At: time.Unix(0, 0)})
		if err != nil {
			if len(to) > 3 && strings.Contains(err.Error(), to) {
				t.Errorf("the error repeats the address: %v", err)
			}
			return
		}
		if l.to != to || strings.ContainsAny(l.to, " \r\n\x00") || strings.Count(address(l.to), ">") != 1 {
			t.Errorf("the recipient is %q", l.to)
		}
		msg, err := mail.ReadMessage(bytes.NewReader(l.text))
		if err != nil {
			t.Fatalf("the letter is no mail: %v\n%q", err, l.text)
		}
		if len(msg.Header) != 9 {
			t.Errorf("there are %d headers: %v", len(msg.Header), msg.Header)
		}
		for name, all := range msg.Header {
			if len(all) != 1 {
				t.Errorf("%s is there %d times", name, len(all))
			}
		}
		if list, err := msg.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != to || list[0].Name != "" {
			t.Errorf("To is %v, %v", list, err)
		}
		head, _, _ := strings.Cut(string(l.text), "\r\n\r\n")
		head = strings.ReplaceAll(head, "\r\n ", " ")
		_, line, _ := strings.Cut(head, "\r\nSubject: ")
		line, _, _ = strings.Cut(line, "\r\n")
		if got, err := new(mime.WordDecoder).DecodeHeader(line); utf8.ValidString(subject) && (err != nil || got != subject) {
			t.Errorf("the subject %q becomes %q, %v", subject, got, err)
		}
		got, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
		breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n")
		if want := breaks.Replace(body); err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != want {
			t.Errorf("the body %q becomes %q, %v", want, got, err)
		}
	})
}
