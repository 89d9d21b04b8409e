package channeltest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"attune/internal/delivery"
)

// Run holds a channel to its word. It opens a fresh subject for each test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if err := s.declared(); err != nil {
				t.Fatal(err)
			}
			if reason := c.skip(s); reason != "" {
				t.Skip(reason)
			}
			if err := c.holds(s); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one promise. holds returns the breach, so that the suite itself can be tested.
type check struct {
	name string
	// needs names the fault without which there is nothing to check; empty means none.
	needs Fault
	// claims tells whether the promise was made; nil means always.
	claims func(delivery.Capabilities) bool
	holds  func(Subject) error
}

func (c check) skip(s Subject) string {
	can := s.Channel.Can()
	if c.claims != nil && !c.claims(can) {
		return can.Name + " does not claim it"
	}
	if c.needs != "" && s.Make[c.needs] == nil {
		return fmt.Sprintf("the carrier of %s cannot be made to %s: %s", can.Name, c.needs, s.Cannot[c.needs])
	}
	return ""
}

// patience is how long a healthy carrier may take; grace is how late a deadline may be obeyed on a
// machine that is busy with something else.
const (
	patience = 20 * time.Second
	grace    = 3 * time.Second
)

// send makes one attempt with time enough.
func (s Subject) send(m delivery.Message) (delivery.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.Channel.Send(ctx, m)
}

// sends makes one attempt that has to succeed.
func (s Subject) sends(m delivery.Message) error {
	if _, err := s.send(m); err != nil {
		return fmt.Errorf("send a good message: %w (%s), want no error", err, kind(err))
	}
	return nil
}

// once fails unless the carrier has exactly this message exactly once.
func (s Subject) once(m delivery.Message) error {
	d, n, err := s.at(m.Attempt)
	m, _ = s.seen(m)
	switch {
	case err != nil:
		return err
	case n != 1:
		return fmt.Errorf("the carrier has the attempt %d times, want once", n)
	case d.To != m.To:
		return fmt.Errorf("it went to %q, want %q", d.To, m.To)
	case d.Subject != m.Subject:
		return fmt.Errorf("the subject arrived as %q, want %q", d.Subject, m.Subject)
	case d.Body != m.Body && (strings.HasSuffix(m.Body, "\n") || d.Body != m.Body+"\n"):
		return fmt.Errorf("the body arrived as %s, want %s", clip(d.Body), clip(m.Body))
	}
	return nil
}

// never fails if the carrier has the attempt.
func (s Subject) never(m delivery.Message) error {
	_, n, err := s.at(m.Attempt)
	if err == nil && n != 0 {
		err = fmt.Errorf("the carrier has the attempt %d times, want never", n)
	}
	return err
}

// kind names the outcome an error stands for.
func kind(err error) string {
	wait, retry := delivery.IsRetry(err)
	switch {
	case err == nil:
		return "taken"
	case delivery.IsPermanent(err):
		return "permanent"
	case retry:
		return fmt.Sprintf("retry after %v", wait)
	}
	return "uncertain"
}

func isRetry(err error) bool {
	wait, ok := delivery.IsRetry(err)
	return ok && wait > 0
}

func isUncertain(err error) bool {
	_, retry := delivery.IsRetry(err)
	return err != nil && !retry && !delivery.IsPermanent(err)
}

func clip(s string) string {
	if len(s) <= 400 {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q … %q (%d bytes)", s[:200], s[len(s)-200:], len(s))
}
