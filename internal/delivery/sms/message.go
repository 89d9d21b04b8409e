package sms

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// message takes what somebody wrote, and answers in TwiML.
func (h *Handler) message(ctx context.Context, w http.ResponseWriter, form url.Values) {
	word := Word{From: number(form.Get("From")), To: number(form.Get("To")), Text: form.Get("Body"), ID: sid(form), At: h.in.Now()}
	if word.From == "" || word.To == "" || word.ID == "" {
		http.Error(w, "there is no telephone number or no message id in it", http.StatusBadRequest)
		return
	}
	word.Text = strings.ToValidUTF8(word.Text, "\uFFFD")
	word.Verdict = h.verdict(word.Text)
	answered := !h.in.Ours && carriers(word.Text)
	if v := optOut(form.Get("OptOutType")); v != None {
		// The carrier's own list of words knew it, and the carrier has answered.
		answered = true
		if word.Verdict != Crisis {
			word.Verdict = v
		}
	}
	answer, err := h.in.Returns.Receive(ctx, word)
	if err != nil {
		h.unkept(w, "what somebody wrote could not be kept, and the carrier is asked to come again", err)
		return
	}
	if answered && word.Verdict != Crisis {
		answer.Text = ""
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(twiml(answer.Text)) // a carrier that is gone comes again
}

// number brings the sender's or our own number into the form that is kept. Short codes, and names, are
// kept as they are; what goes by another way than a text message is none.
func number(s string) string {
	if n, err := Normal(s, ""); err == nil {
		return n
	}
	if len(s) > maxNumber || !IsSender(s) {
		return ""
	}
	return s
}

func optOut(kind string) Verdict {
	switch kind {
	case "STOP":
		return Stop
	case "START":
		return Start
	case "HELP":
		return Help
	}
	return None
}

// twiml writes an answer for the carrier to send; no text sends nothing.
func twiml(text string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Response>")
	if text = strings.TrimSpace(text); text != "" {
		b.WriteString("<Message>")
		_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
		b.WriteString("</Message>")
	}
	b.WriteString("</Response>\n")
	return b.Bytes()
}
