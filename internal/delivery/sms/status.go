package sms

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"attune/internal/ticket"
)

// status takes what the carrier reports of one attempt.
func (h *Handler) status(ctx context.Context, w http.ResponseWriter, text string, form url.Values) {
	of, err := h.in.Tickets.Read(ticket.Callback, text)
	if err != nil {
		h.in.Logger.Warn("the carrier reported of a text that is not ours")
		http.Error(w, "there is no such message", http.StatusNotFound)
		return
	}
	r, ok := read(form)
	if !ok {
		w.WriteHeader(http.StatusNoContent) // nothing that matters here, so nothing to say again
		return
	}
	r.Ticket, r.At = of, h.in.Now()
	if err := h.in.Returns.Take(ctx, r); err != nil {
		h.unkept(w, "what the carrier reported of a text could not be kept, and it is asked to come again", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// read understands a status callback, or tells that it says nothing new.
//
//	accepted scheduled queued sending sent   Accepted: the carrier has it
//	delivered                                Delivered
//	undelivered failed canceled              Failed, with the carrier's code
//	read                                     Opened
//
// Each status of a message is a report of its own, so callbacks may come again and in any order; what
// they mean together is for [Returns] to say.
func read(form url.Values) (r Report, ok bool) {
	status := first(form, "MessageStatus", "SmsStatus")
	r.Reference = sid(form)
	if r.Reference == "" {
		return Report{}, false
	}
	r.ID = r.Reference + "/" + status
	switch status {
	case "accepted", "scheduled", "queued", "sending", "sent":
		r.What = Accepted
	case "delivered":
		r.What = Delivered
	case "read":
		r.What = Opened
	case "undelivered", "failed", "canceled":
		r.What = Failed
		code, err := strconv.ParseUint(form.Get("ErrorCode"), 10, 31)
		if err == nil && code > 0 {
			r.Code = strconv.FormatUint(code, 10)
			r.Permanent = codes()[int(code)] == forGood
		}
	default:
		return Report{}, false
	}
	return r, true
}
