package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
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
	rsaFile, edFile := filepath.Join(dir, "rsa.pem"), filepath.Join(dir, "ed25519.pem")
	if err := errors.Join(app.MakeMailKey("rsa", rsaFile), app.MakeMailKey("ed25519", edFile)); err != nil {
		return err
	}
	if err := measureSignature(r); err != nil {
		return err
	}
	for _, m := range []signing{{"unsigned", "", ""}, {"signed with RSA", rsaFile, ""}, {"signed with Ed25519", "", edFile}, {"signed with both", rsaFile, edFile}} {
		if err := measureMail(ctx, r, o, rel, filepath.Join(dir, m.name), m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// measureSignature signs with nothing around it, on every core at once, since cores slow each other down
// and the letters use all of them. Nobody can sign faster than that with a key of this kind.
func measureSignature(r *report) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	const each = 500
	hash, cores := sha256.Sum256([]byte(bareRSA)), runtime.NumCPU()
	failed := make([]error, cores)
	var all sync.WaitGroup
	begin, used := time.Now(), cpuTime()
	for i := range cores {
		all.Go(func() {
			for range each {
				_, err := key.Sign(rand.Reader, hash[:], crypto.SHA256)
				failed[i] = errors.Join(failed[i], err)
			}
		})
	}
	all.Wait()
	span, cpu := time.Since(begin), cpuTime()-used
	n := float64(each * cores)
	r.add(bareRSA, n/span.Seconds(), "/s", fmt.Sprintf("%.0f µs of CPU each", float64(cpu.Microseconds())/n))
	return errors.Join(failed...)
}

// bareRSA is the figure that letters signed with RSA are held against.
const bareRSA = "RSA-2048 signatures and nothing else, on all cores"

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
	s, err := serve(ctx, app.Options{Data: dir, Organisation: "bench", Release: rel, Channels: channels, Now: clock.Now}, plain)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	begin, used := time.Now(), cpuTime()
	if err := profiled(o.profileOf(strings.ReplaceAll(how.name, " ", "-")), func() error { return s.everybodyMisses(ctx, o, box) }); err != nil {
		return err
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

// everybodyMisses lets everybody miss an appointment, and returns when all letters are handed over and recorded.
func (s *served) everybodyMisses(ctx context.Context, o options, box *sink) error {
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
	limit := time.Now().Add(2 * time.Minute)
	for n := int64(0); n < int64(o.mails); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			return fmt.Errorf("%d letters arrived and %d of %d were recorded in two minutes", box.letters.Load(), n, o.mails)
		}
		if box.letters.Load() < int64(o.mails) {
			continue // asking costs, and those cannot be recorded yet
		}
		tallies, err := s.node.People.Tallies(ctx, "touch/email/handed_over")
		if err != nil {
			return err
		}
		if len(tallies) > 0 {
			n = tallies[0].Add
		}
	}
	return nil
}
