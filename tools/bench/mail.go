package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/app"
	"attune/internal/config"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/sim"
)

// sink is a mail server that takes everything and keeps nothing.
type sink struct{ letters, bytes atomic.Int64 }

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return taker{s}, nil }

type taker struct{ *sink }

func (taker) Mail(string, *smtp.MailOptions) error { return nil }
func (taker) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (taker) Reset()                               {}
func (taker) Logout() error                        { return nil }
func (t taker) Data(r io.Reader) error {
	n, err := io.Copy(io.Discard, r)
	t.bytes.Add(n)
	t.letters.Add(1)
	return err
}

// measureMails hands over unsigned, and signed with each kind of key and with both.
func measureMails(ctx context.Context, r *report, o options, rel *release.Release, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	rsa, ed25519 := filepath.Join(dir, "rsa.pem"), filepath.Join(dir, "ed25519.pem")
	if err := errors.Join(app.MakeMailKey("rsa", rsa), app.MakeMailKey("ed25519", ed25519)); err != nil {
		return err
	}
	for _, m := range []signing{{"unsigned", "", ""}, {"signed with RSA", rsa, ""}, {"signed with Ed25519", "", ed25519}, {"signed with both", rsa, ed25519}} {
		if err := measureMail(ctx, r, o, rel, filepath.Join(dir, m.name), m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// signing is how letters are signed: the files of the keys.
type signing struct{ name, rsa, ed25519 string }

// measureMail lets everybody miss an appointment at once, within contact hours, and waits until each
// has a letter and each letter its record. The mail server runs in this process and its CPU counts.
func measureMail(ctx context.Context, r *report, o options, rel *release.Release, dir string, how signing) (err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	box := &sink{}
	post := smtp.NewServer(box)
	post.Domain = "localhost"
	go func() { _ = post.Serve(listener) }()
	defer post.Close()
	channels, done, err := app.Channels(config.Config{Email: config.Email{
		Transport: config.SMTP, Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: config.TLSNone, From: "Green Lane <care@clinic.example>",
		DKIMRSASelector: "rsa", DKIMRSAKeyFile: how.rsa, DKIMEd25519Selector: "ed25519", DKIMEd25519KeyFile: how.ed25519,
	}})
	if err != nil {
		return err
	}
	defer done()

	// Ten in the morning in New York, whatever the hour of the run.
	clock := sim.NewClock(instant.Of(time.Date(2027, 3, 2, 15, 0, 0, 0, time.UTC)), nil)
	clock.Run(1)
	o.people = o.mails
	if err := settle(ctx, o, rel, dir, clock.Now); err != nil {
		return fmt.Errorf("make %d people: %w", o.people, err)
	}
	s, err := serve(ctx, app.Options{Data: dir, Organisation: "bench", Release: rel, Channels: channels, Now: clock.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	begin, used := time.Now(), cpuTime()
	for first := 0; first < o.mails; first += batchSize {
		var missed []intake.Arrival
		for i := first; i < min(first+batchSize, o.mails); i++ {
			e := made("appointment.noshow", "type", expr.TextOf("check-up"))
			e.ID = fmt.Sprintf("%s/missed-%d", source, i)
			missed = append(missed, intake.Arrival{Who: identity.Key{System: source, Value: personKey(i)}, Event: e})
		}
		if err := s.node.Intake.Take(ctx, intake.Source{Name: source}, missed); err != nil {
			return err
		}
	}
	handed := func() (int64, error) {
		tallies, err := s.node.People.Tallies(ctx, "touch/email/handed_over")
		if err != nil || len(tallies) == 0 {
			return 0, err
		}
		return tallies[0].Add, nil
	}
	for limit := time.Now().Add(2 * time.Minute); ; {
		n, err := handed()
		if err != nil {
			return err
		}
		if n >= int64(o.mails) {
			break
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d of %d letters were handed over in two minutes", n, o.mails)
		}
		time.Sleep(2 * time.Millisecond)
	}
	span, cpu := time.Since(begin), cpuTime()-used
	if got := box.letters.Load(); got != int64(o.mails) {
		return fmt.Errorf("%d handed over, %d letters arrived", o.mails, got)
	}
	rate := float64(o.mails) / span.Seconds()
	r.add("e-mail: gated, personalised, handed over, recorded, "+how.name, rate, "letters/s", r.times(rate, rawSync))
	r.add("e-mail: CPU per letter, mail server included, "+how.name, float64(cpu.Microseconds())/float64(o.mails), "µs", fmt.Sprintf("%d B each", box.bytes.Load()/int64(o.mails)))
	return nil
}
