// Package sms hands text messages to a carrier that speaks Twilio's REST protocol, and understands what
// comes back: delivery reports and what people answer.
//
// It promises to tell the three outcomes apart. As long as nothing of the message's text was given to
// the connection, nothing can have been taken, and a failure is to be tried again. Once it was, only a
// clear answer counts: a refusal by its code, or a message's id. Everything else (an answer of 5xx, a
// lost connection, the end of the time) is uncertain, because the protocol knows no idempotence: the
// same request again is another text on somebody's telephone.
//
// It is no [delivery.Finder]. Twilio lists messages by number and day and not by a name of ours, and a
// text with the same words to the same number is no proof that it was this attempt. Every message
// carries its ticket in the address of its status callback instead, so what became of an attempt without
// an answer is told by the first callback; see [Handler].
//
// A text message has no subject, and programs' texts for sms have none. A message that comes with a
// subject all the same is sent without it: what is to be read stands in the body. White space at a
// body's end is not sent either, since it can cost a segment and nobody sees it.
//
// Numbers, texts and the carrier's words never get into errors, logs or metrics; carriers like to repeat
// numbers. The package decides nothing about a person: what reports and words mean for consent and for
// further messages is up to the [Returns] behind it. Start at [New] for what goes out, and at
// [NewHandler] for what comes in; which answer means what is all in outcome.go and status.go.
package sms
