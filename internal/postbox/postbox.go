package postbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"attune/internal/postbox/report"
	"attune/internal/ticket"
)

// What is what came back because of a letter.
type What uint8

// What comes back.
const (
	// Delivered: it reached the reader's mailbox.
	Delivered What = iota + 1
	// Failed: it did not, and will not.
	Failed
	// Complained: the reader called it unwanted.
	Complained
	// Unsubscribed: the reader asked for no more of its kind.
	Unsubscribed
)

// Return is one thing that came back.
type Return struct {
	Ticket ticket.Ticket
	// ID names it: the same one sent again has the same.
	ID string
	// At is when it came.
	At   time.Time
	What What
	// Permanent tells of a failure that would be the same again; Code is an enhanced status code, or an
	// answer's.
	Permanent bool
	Code      string
}

// Config sets the postbox up.
type Config struct {
	Addresses
	// Take counts what came back. It is durable when the error is nil; the same again changes nothing.
	Take func(context.Context, Return) error
	// Write is the address that people are told to write to instead.
	Write string
	// LMTP speaks it instead of SMTP.
	LMTP bool
	// MaxConnections bounds them. Zero means 32.
	MaxConnections int
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// Log is told what went wrong, with no address; nil discards it.
	Log *slog.Logger
}

const (
	// mostReaders is how many addresses one letter may be for: a report is for one.
	mostReaders = 5
	// mostStrangers is how many addresses that are not ours may be tried over one connection.
	mostStrangers = 5
	// patience is how long a client may say nothing, and how long counting may take.
	patience = time.Minute
)

// Postbox is the server.
type Postbox struct {
	cfg    Config
	server *smtp.Server
	open   atomic.Int64
}

// New makes the postbox.
func New(cfg Config) *Postbox {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxConnections <= 0 {
		cfg.MaxConnections = 32
	}
	p := &Postbox{cfg: cfg}
	p.server = smtp.NewServer(smtp.BackendFunc(p.session))
	p.server.Domain, p.server.LMTP = cfg.Domain, cfg.LMTP
	p.server.MaxMessageBytes, p.server.MaxRecipients = report.Most, mostReaders
	p.server.ReadTimeout, p.server.WriteTimeout = patience, patience
	p.server.ErrorLog = log.New(io.Discard, "", 0) // it would hold addresses
	return p
}

// Serve takes mail from the listener until Close.
func (p *Postbox) Serve(l net.Listener) error {
	if err := p.server.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Close ends all connections. What was not acknowledged comes again.
func (p *Postbox) Close() error { return p.server.Close() }

func (p *Postbox) session(c *smtp.Conn) (smtp.Session, error) {
	if p.open.Add(1) > int64(p.cfg.MaxConnections) {
		p.open.Add(-1)
		return nil, answer(421, 4, 7, 0, "Too many connections, come back later")
	}
	return &session{p: p, c: c}, nil
}

func answer(code, class, subject, detail int, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

// session is one connection.
type session struct {
	p         *Postbox
	c         *smtp.Conn
	empty     bool
	boxes     []box
	strangers int
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.empty = from == ""
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	b, ours := s.p.cfg.find(to)
	if !ours {
		if s.strangers++; s.strangers > mostStrangers {
			_ = s.c.Conn().Close()
		}
		return answer(550, 5, 1, 1, "There is no such mailbox here")
	}
	s.boxes = append(s.boxes, b)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, report.Most+1))
	if err != nil {
		return err
	}
	found, err := report.Read(raw, s.empty)
	if err != nil {
		return answer(552, 5, 3, 4, "The letter is too large for a report")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, b := range s.boxes {
		what := s.p.meaning(b, found, s.empty)
		if what == nothing {
			continue
		}
		if what == person {
			return answer(550, 5, 7, 1, "Nobody reads this address; please write to "+s.p.cfg.Write)
		}
		of := b.of
		if b.kind == 0 {
			var ours bool
			if of, ours = s.p.cfg.named(found.Tickets); !ours {
				s.p.cfg.Log.Info("a complaint names no letter of ours")
				continue
			}
		}
		back := Return{Ticket: of, ID: name(what, found.ID, of), At: s.p.cfg.Now(), What: what, Permanent: found.Permanent, Code: found.Code}
		if err := s.p.cfg.Take(ctx, back); err != nil {
			s.p.cfg.Log.Error("mail that came back could not be counted and was not acknowledged", "error", err)
			return answer(451, 4, 3, 0, "It could not be stored, come back later")
		}
	}
	return nil
}

// Besides what is taken there is what is passed over, and what a person wrote.
const (
	nothing What = 0
	person  What = 255
)

// meaning is what a letter to one of our addresses is.
func (p *Postbox) meaning(b box, r report.Report, empty bool) What {
	if b.kind == ticket.Unsubscribe {
		// Mail readers send it by themselves, so it may well be called automatic.
		if !empty && (r.Kind == report.Written || r.Kind == report.Automatic) {
			return Unsubscribed
		}
		return nothing
	}
	switch r.Kind {
	case report.Complained:
		return Complained
	case report.Written:
		return person
	case report.Failed:
		if b.kind == ticket.Bounce {
			return Failed
		}
	case report.Delivered:
		if b.kind == ticket.Bounce {
			return Delivered
		}
	case report.Delayed, report.Automatic, report.Other:
	}
	return nothing
}

// name tells what came back from everything else that comes back.
func name(what What, letter string, of ticket.Ticket) string {
	h := sha256.New()
	h.Write([]byte{byte(what), byte(of.Kind), of.Attempt})
	h.Write(of.Person[:])
	h.Write(of.Touch[:])
	h.Write([]byte(letter))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.empty, s.boxes = false, nil }

// Logout implements smtp.Session.
func (s *session) Logout() error {
	s.p.open.Add(-1)
	return nil
}
