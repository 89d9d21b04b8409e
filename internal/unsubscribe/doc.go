// Package unsubscribe answers the link by which a reader takes back consent to messages of one kind, for
// every channel that carries such a link.
//
// Opening the link changes nothing, since mail systems open links before people do. It shows one
// button. A POST does it, from the button or from a mail reader's own (RFC 8058), without cookie,
// sign-in or script, and as often as anybody likes. The answer comes when it is durable. Pages say
// nothing of the person but the language they are written in. Start at [Handler].
package unsubscribe
