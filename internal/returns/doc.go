// Package returns is the one desk for everything that comes back because of a message: what carriers
// report of an attempt, and what people write.
//
// Whoever speaks to a carrier turns its words into a [Report] or a [Word] and gives it here; nobody
// else makes events of them. Both are durable when the desk returns nil, may come again and in any
// order, and are counted once. The desk decides what a report means for the person and for everybody
// who shares the address; it speaks no carrier's protocol, reads no text, and sends nothing: what a
// person is to be told at once is its [Answer], for the carrier's adapter to say.
//
// Whose a text is the desk never guesses: where an address is that of several people, or of nobody, it
// waits in the [Inbox] for a human. Start at [Desk.Take] and [Desk.Receive].
package returns
