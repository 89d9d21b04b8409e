package segment

import (
	"encoding/json"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// how is how an event came: what its own bytes do not say. It is kept beside an event in quarantine.
type how struct {
	// Call is what it was sent as; empty where the event says so itself.
	Call call `json:"call,omitempty"`
	// Past tells that it was imported as history, and SentAt is the instant that its batch was sent at.
	Past   bool   `json:"past,omitempty"`
	SentAt string `json:"sent_at,omitempty"`
}

// how writes how the events of this request came, which is the same of all.
func (r *reader) how(c call) string {
	if r.asSent != "" {
		return r.asSent
	}
	h := how{Call: c, Past: r.past}
	if r.sentAt != nil && r.sentAt.Kind == strictjson.String {
		if _, err := instant.Parse(r.sentAt.Text); err == nil { // nothing else that somebody sent is kept unsealed
			h.SentAt = r.sentAt.Text
		}
	}
	text, err := json.Marshal(h)
	if err != nil {
		return "" // two texts and a flag are always written
	}
	r.asSent = string(text)
	return r.asSent
}

// Again reads an event once more that came at that instant, as the source's. It is false where it was not this API by which it came.
// What is wrong with the event is the arrival's Problem. It happened when it did, however late it is read.
func Again(source intake.Source, asSent string, received instant.Time, raw []byte) (intake.Arrival, bool) {
	var h how
	if asSent == "" || json.Unmarshal([]byte(asSent), &h) != nil {
		return intake.Arrival{}, false
	}
	doc, err := strictjson.Parse(raw)
	if err != nil {
		return intake.Arrival{Raw: raw, How: asSent, Problem: &intake.Problem{Reason: "the event cannot be read", Remedy: "let its source send it once more"}}, true
	}
	r := reader{source: source, received: received, body: raw, doc: doc, past: h.Past}
	if h.SentAt != "" {
		r.sentAt = &strictjson.Value{Kind: strictjson.String, Text: h.SentAt}
	}
	return r.arrival(h.Call, &doc.Root), true
}
