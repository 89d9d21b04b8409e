package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Most is how many bytes a report may have.
const Most = 1 << 20

// Kind is what came back.
type Kind string

// The kinds.
const (
	// Failed: the letter did not reach its reader, and will not.
	Failed Kind = "failed"
	// Delivered: it reached the reader's mailbox.
	Delivered Kind = "delivered"
	// Delayed: somebody still tries.
	Delayed Kind = "delayed"
	// Complained: the reader called the letter unwanted.
	Complained Kind = "complained"
	// Automatic: a machine answers, such as one of somebody on holiday.
	Automatic Kind = "automatic"
	// Other: a report of something that does not matter here, such as that a letter was displayed.
	Other Kind = "other"
	// Written: none of these, so perhaps by a person.
	Written Kind = "written"
)

// Report is what one letter that came back says.
type Report struct {
	Kind Kind
	// Permanent tells of a failure that would be the same again.
	Permanent bool
	// Code is an enhanced status code (RFC 3463) such as "5.1.1", or else an answer's code such as "550".
	Code string
	// ID names the report: the same one sent again has the same.
	ID string
	// Tickets is all that looks like a ticket in the headers of the letter that the report is about.
	Tickets []string
}

// ErrTooLarge means that the letter has more than Most bytes.
var ErrTooLarge = errors.New("the letter is too large to be a report")

// Read reads a letter. Empty tells that its envelope had no sender, as reports have.
func Read(raw []byte, empty bool) (Report, error) {
	if len(raw) > Most {
		return Report{}, ErrTooLarge
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	top := parse(raw)
	var found findings
	found.visit(top, 0)

	r := Report{Kind: Written, ID: name(top, raw), Tickets: tickets(found.original, found.feedback)}
	switch {
	case found.feedback != "":
		r.Kind = feedback(fields(found.feedback))
	case found.status != "":
		r.Kind, r.Code, r.Permanent = delivery(fields(found.status))
	case len(top.head["x-failed-recipients"]) > 0 || strings.HasPrefix(strings.TrimSpace(found.text), "Hi. This is the "):
		// Exim of old, and qmail.
		r.Kind = Failed
		r.Code = codeIn(found.text)
		r.Permanent = strings.HasPrefix(r.Code, "5")
	case found.original != "" && strings.HasPrefix(strings.ToLower(top.head["subject"]), "complaint about message"):
		// Outlook's programme for senders forwards the letter without a report.
		r.Kind = Complained
	case strings.EqualFold(top.params["report-type"], "disposition-notification"):
		r.Kind = Other
	case automatic(top, empty):
		r.Kind = Automatic
	}
	return r, nil
}

// name is the letter's own id where it has one.
func name(top entity, raw []byte) string {
	text := []byte(top.head["message-id"])
	if len(text) == 0 {
		text = raw
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// feedback tells a complaint from other feedback, such as that a letter was taken for one by mistake.
func feedback(groups []map[string]string) Kind {
	for _, g := range groups {
		switch strings.ToLower(g["feedback-type"]) {
		case "abuse", "fraud", "opt-out", "opt-out-list":
			return Complained
		}
	}
	return Other
}

// delivery reads the groups of a delivery report. One letter has one reader, but who forwards to
// several reports of each: what failed for one of them counts.
func delivery(groups []map[string]string) (kind Kind, code string, forGood bool) {
	kind = Other
	rank := []Kind{Other, Delayed, Delivered, Failed}
	for _, g := range groups {
		action, _, _ := strings.Cut(g["action"], " ")
		k := Other
		switch strings.ToLower(action) {
		case "failed":
			k = Failed
		case "delayed":
			k = Delayed
		case "delivered":
			k = Delivered
		}
		if slices.Index(rank, k) <= slices.Index(rank, kind) {
			continue
		}
		kind, code = k, status(g["status"], g["diagnostic-code"])
	}
	return kind, code, kind == Failed && strings.HasPrefix(code, "5")
}

// status is the most exact code there is. Some systems write x.0.0 and put the other's own words, which
// say more, beside it.
func status(said, diagnostic string) string {
	code := enhancedCode.FindString(strings.TrimSpace(said))
	if code != "" && !strings.HasSuffix(code, ".0.0") {
		return code
	}
	if better := codeIn(diagnostic); better != "" {
		return better
	}
	return code
}

var (
	enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)
	enhancedIn   = regexp.MustCompile(`(?:^|[\s#(;\-])([45]\.\d{1,3}\.\d{1,3})(?:$|[\s;:,)\]])`)
	answerIn     = regexp.MustCompile(`(?:^|[\s(;:])([45]\d\d)(?:$|[\s\-#])`)
)

// codeIn finds a code among words.
func codeIn(text string) string {
	if m := enhancedIn.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if m := answerIn.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// automatic tells a machine's letter, by what RFC 3834 asks for and by what was usual before.
func automatic(top entity, empty bool) bool {
	submitted, _, _ := strings.Cut(top.head["auto-submitted"], ";")
	switch strings.ToLower(strings.TrimSpace(submitted)) {
	case "", "no":
	default:
		return true
	}
	switch strings.ToLower(top.head["precedence"]) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, h := range []string{"x-autoreply", "x-autorespond", "x-auto-reply", "list-id"} {
		if _, has := top.head[h]; has {
			return true
		}
	}
	return empty
}

// ticketLike is the alphabet and length of tickets.
var ticketLike = regexp.MustCompile(`[A-Za-z2-7]{58,}`)

// mostTickets is more than a letter of ours has.
const mostTickets = 32

func tickets(texts ...string) []string {
	var out []string
	for _, text := range texts {
		for _, t := range ticketLike.FindAllString(text, mostTickets) {
			if len(t) == 58 && !slices.Contains(out, t) && len(out) < mostTickets {
				out = append(out, t)
			}
		}
	}
	return out
}
