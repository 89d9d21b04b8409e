// Package report reads what mail systems send back about a letter: delivery reports (RFC 3464) and the
// older forms of Exim and qmail, complaints of mailbox providers (RFC 5965), and answers of machines
// (RFC 3834), so that they are told from letters that people write.
//
// It is lenient about form, since everybody writes these a little differently, and bounded in depth,
// parts and memory, since anybody can send one. It opens nothing and believes nothing: whether a
// report is about a letter of ours is for whoever checks its tickets to find. Start at [Read].
package report
