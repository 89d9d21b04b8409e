package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
)

// phase is how far an attempt came.
type phase string

const (
	waiting phase = "wait for a free connection"
	connect phase = "connect"
	greet   phase = "greeting"
	hello   phase = "EHLO"
	encrypt phase = "STARTTLS"
	login   phase = "AUTH"
	sender  phase = "MAIL"
	reader  phase = "RCPT"
	data    phase = "DATA"
	// flow begins with the first byte of the text and ends with the answer to its last.
	flow phase = "transfer"
)

// failure is where and why an attempt ended.
type failure struct {
	phase phase
	// err is for judging only. It may hold the server's words, so it is not shown or unwrapped.
	err error
	// why overrides what is said about err; it is ours and names nobody.
	why string
}

func (f *failure) Error() string { return string(f.phase) + ": " + f.reason() }

// judge turns where and why an attempt ended into what should happen next.
//
//	                      4xx          5xx          no clear answer
//	greeting, EHLO        RetryAfter   RetryAfter   RetryAfter
//	STARTTLS, AUTH        RetryAfter   RetryAfter   RetryAfter
//	MAIL, RCPT, DATA      RetryAfter   Permanent    RetryAfter
//	transfer              RetryAfter   Permanent    Uncertain
//
// A server that turns us away before it has heard of the message, or asks for encryption or a login
// that we do not give, says something about this machine and nothing about the message, so the message
// waits for somebody to repair it.
func judge(attempt id.Key, err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return delivery.Uncertain(fmt.Errorf("email attempt %s: failed", attempt))
	}
	said := fmt.Errorf("email attempt %s: %w", attempt, f)
	if cause := f.interruption(); cause != nil {
		said = fmt.Errorf("email attempt %s: %w (%w)", attempt, f, cause)
	}
	code := f.code()
	switch {
	case code >= 500 && f.early(), code == 530, code == 534, code == 535, code == 538:
		return delivery.RetryAfter(said, 5*time.Minute)
	case code >= 500 && code <= 599:
		return delivery.Permanent(said)
	case code == 421:
		// The server closes for the moment, which has nothing to do with the message.
		return delivery.RetryAfter(said, time.Minute)
	case code >= 400 && code <= 499:
		// Greylisting servers mostly ask for five minutes.
		return delivery.RetryAfter(said, 5*time.Minute)
	case f.phase == flow:
		return delivery.Uncertain(said)
	case f.phase == waiting:
		return delivery.RetryAfter(said, 10*time.Second)
	}
	return delivery.RetryAfter(said, time.Minute)
}

// early tells that the server had not heard of the message yet.
func (f *failure) early() bool {
	switch f.phase {
	case greet, hello, encrypt, login:
		return true
	case waiting, connect, sender, reader, data, flow:
	}
	return false
}

// stale tells that a kept connection turned out to have ended before any text flowed.
func (f *failure) stale() bool {
	code := f.code()
	return f.phase != flow && (code == 0 || code == 421)
}

// code is the server's answer, or 0 when there was none or it made no sense.
func (f *failure) code() int {
	if e := reply(f.err); e != nil {
		return e.Code
	}
	return 0
}

// reply finds the server's last answer in an error. Where go-mail tried EHLO and then HELO it joins
// the two errors, and it is the second that counts: a 502 to EHLO followed by silence is silence.
func reply(err error) *textproto.Error {
	for err != nil {
		if e, ok := err.(*textproto.Error); ok {
			return e
		}
		switch u := err.(type) {
		case interface{ Unwrap() []error }:
			all := u.Unwrap()
			if len(all) == 0 {
				return nil
			}
			err = all[len(all)-1]
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		default:
			return nil
		}
	}
	return nil
}

// interruption is the end of the context or of the time, which callers may look for.
func (f *failure) interruption() error {
	for _, e := range []error{context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded} {
		if errors.Is(f.err, e) {
			return e
		}
	}
	return nil
}

// reason says what happened without any words of the server's.
func (f *failure) reason() string {
	var (
		timeout  net.Error
		errno    syscall.Errno
		dns      *net.DNSError
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		expired  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		alert    tls.AlertError
	)
	switch e := reply(f.err); {
	case f.why != "":
		return f.why
	case e != nil:
		return "the server answered " + strconv.Itoa(e.Code) + enhanced(e.Msg)
	case errors.Is(f.err, context.Canceled):
		return "cancelled"
	case errors.As(f.err, &dns):
		return "the server's name was not resolved"
	case errors.As(f.err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(f.err, io.EOF), errors.Is(f.err, io.ErrUnexpectedEOF), errors.Is(f.err, net.ErrClosed):
		return "the server closed the connection"
	case errors.As(f.err, &errno):
		return errno.Error()
	case errors.As(f.err, &verify), errors.As(f.err, &unknown), errors.As(f.err, &hostname), errors.As(f.err, &expired):
		return "the server's certificate is not valid for its name"
	case errors.As(f.err, &record), errors.As(f.err, &alert):
		return "encryption was not agreed on"
	}
	return "the server's answer made no sense"
}

// enhancedCode is what RFC 3463 puts at the start of an answer.
var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

func enhanced(msg string) string {
	if c := enhancedCode.FindString(msg); c != "" {
		return " " + c
	}
	return ""
}

// replyOf stands for an answer the server would give.
func replyOf(code int) error { return &textproto.Error{Code: code} }
