// Package postbox takes in the mail that comes back because of letters: delivery reports to each
// letter's own return address, complaints of mailbox providers, and mail that asks for no more.
//
// It is a small SMTP or LMTP server for one domain, meant to stand behind the organisation's mail server.
// It takes a letter only to an address that is a ticket of ours, or for complaints, and answers that it
// has it only when whoever counts it has it on the disk; else the sender comes again. A person who writes
// to such an address is told where to write instead, since nobody reads it. It stores nothing, sends
// nothing, and logs no address. Start at [New]; the letters themselves are read in report.
package postbox
