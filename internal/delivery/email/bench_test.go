package email_test

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"

	"attune/internal/delivery/email"
)

// sink takes every letter and keeps none.
type sink struct{}

func (sink) Mail(string, *smtp.MailOptions) error { return nil }
func (sink) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (sink) Reset()                               {}
func (sink) Logout() error                        { return nil }
func (sink) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// Hand-overs to a mail server on this machine, sixteen at once; what the server costs is in it.
func BenchmarkSend(b *testing.B) {
	for _, c := range []struct {
		name string
		with []email.Key
	}{{"unsigned", nil}, {"rsa", keys()[:1]}, {"ed25519", keys()[1:]}, {"both", keys()}} {
		b.Run(c.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sink{}, nil }))
			server.Domain = "localhost"
			go func() { _ = server.Serve(l) }()
			defer server.Close()
			ch, err := email.New(email.Config{
				Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: email.TLSNone, From: "Riverside Clinic <hello@clinic.example>", MaxInFlight: 16, Keys: c.with,
			})
			if err != nil {
				b.Fatal(err)
			}
			defer ch.Close()
			var n atomic.Int64
			b.SetParallelism(8) // of two cores
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					m := message(int(n.Add(1)))
					m.Body, m.Unsubscribe = strings.Repeat("You have a message of ours.\n", 20), "https://attune.clinic.example/in/unsubscribe/"+strings.Repeat("a", 58)
					if _, err := ch.Send(b.Context(), m); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
		})
	}
}
