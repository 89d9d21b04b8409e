// Package email hands messages to a mail server by SMTP.
//
// It owns the conversation: connecting, TLS, authentication, and one transfer for each attempt, over
// a few connections that are kept for the next message. It promises to tell the three outcomes
// apart. Until the server has said that it will listen to the text, nothing can have been taken, and
// a failure is final or to be tried again by the server's own word. Once the text flows, only a clear
// answer counts; when none comes, the outcome is uncertain, because SMTP has no way to ask later.
//
// It never retries a text, never sends anything but plain text to exactly one address, and never
// puts an address, a subject, a body or a server's words into an error: servers like to repeat
// addresses. Start at [New]; how answers become outcomes is all in outcome.go.
package email
