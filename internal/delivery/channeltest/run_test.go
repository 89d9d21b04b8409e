package channeltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
)

func TestMemoryKeepsItsWord(t *testing.T) {
	Run(t, func(*testing.T) Subject { return memorySubject("") })
}

// Each wrong channel breaks at least the promise named beside it, and the suite notices.
func TestSuiteCatchesWrongChannels(t *testing.T) {
	for wrong, promise := range map[string]string{
		"loses messages":            "a message arrives once and unchanged",
		"sends twice":               "a message arrives once and unchanged",
		"spoils the subject":        "a message arrives once and unchanged",
		"stuffs dots":               "a message arrives once and unchanged",
		"trims the body":            "a message arrives once and unchanged",
		"mixes up messages":         "many at once arrive once each",
		"lets To through":           "a line break in the address is refused for good",
		"lets Subject through":      "a line break in the subject is refused for good",
		"strips breaks":             "a line break in the subject is refused for good",
		"retries a refusal":         "a refusal for good is Permanent",
		"gives up on greylisting":   "a refusal for now is RetryAfter",
		"retries without waiting":   "a refusal for now is RetryAfter",
		"is unsure of no answer":    "no connection is RetryAfter",
		"calls early loss unsure":   "a carrier lost before it saw the text is RetryAfter",
		"retries a lost answer":     "a carrier lost before it answered is Uncertain",
		"swallows a lost answer":    "a carrier lost before it answered is Uncertain",
		"waits for ever":            "a deadline is obeyed",
		"gives up at the deadline":  "a cancelled call ends",
		"sends when it is over":     "a call that is over before it starts sends nothing",
		"forgets attempts":          "the same attempt twice is handed over once",
		"races with itself":         "the same attempt many times at once is handed over once",
		"finds nothing":             "a taken attempt is found",
		"finds everything":          "an attempt never made is not found",
		"remembers refusals":        "a refused attempt is not found",
		"names the address":         "errors name nobody",
		"stays broken":              "a refusal for now is RetryAfter",
		"calls deaths a refusal":    "a carrier lost among many at once never makes a false word",
		"names the person to blame": "errors name nobody",
	} {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			known := false
			for _, c := range checks() {
				if c.name != promise {
					continue
				}
				known = true
				if err := c.holds(memorySubject(wrong)); err == nil {
					t.Errorf("the suite does not notice a channel that %s", wrong)
				}
			}
			if !known {
				t.Errorf("there is no promise %q", promise)
			}
		})
	}
}

func TestSubjectDeclaresWhatItCannot(t *testing.T) {
	s := memorySubject("")
	delete(s.Make, Stall)
	if err := s.declared(); err == nil {
		t.Error("a missing fault without a reason passes")
	}
	s.Cannot = map[Fault]string{Stall: "it never waits"}
	if err := s.declared(); err != nil {
		t.Error(err)
	}
	s.Cannot[RefuseForNow] = "it never refuses"
	if err := s.declared(); err == nil {
		t.Error("a fault that is both arranged and denied passes")
	}
}

// memory is a channel and its carrier in one, correct but for what wrong says.
type memory struct {
	wrong string
	mu    sync.Mutex
	fault Fault
	heal  chan struct{}
	taken map[id.Key]bool
	box   []Delivered
}

func memorySubject(wrong string) Subject {
	m := &memory{wrong: wrong, taken: map[id.Key]bool{}}
	s := Subject{Channel: m, Delivered: m.delivered, Heal: m.healed, Make: map[Fault]func(){}}
	for _, f := range faults() {
		s.Make[f] = func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.fault, m.heal = f, make(chan struct{})
		}
	}
	return s
}

func (m *memory) healed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wrong != "stays broken" {
		m.fault = ""
	}
	close(m.heal)
}

func (m *memory) delivered() ([]Delivered, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Delivered(nil), m.box...), nil
}

func (m *memory) Can() delivery.Capabilities {
	return delivery.Capabilities{Name: "memory", Idempotent: true, Finds: true}
}

func (m *memory) Find(_ context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.taken[attempt] && m.wrong != "finds nothing" || m.wrong == "finds everything"
	return reference(attempt), found, nil
}

func reference(k id.Key) delivery.Receipt { return delivery.Receipt{Reference: k.String()} }

func (m *memory) Send(ctx context.Context, msg delivery.Message) (delivery.Receipt, error) {
	is := func(wrong string) bool { return m.wrong == wrong }
	none := delivery.Receipt{}
	if strings.ContainsAny(msg.To, "\r\n") && !is("lets To through") {
		return none, delivery.Permanent(errors.New("the address has a line break"))
	}
	if is("strips breaks") {
		msg.Subject = strings.NewReplacer("\r", "", "\n", "").Replace(msg.Subject)
	}
	if strings.ContainsAny(msg.Subject, "\r\n") && !is("lets Subject through") {
		if is("names the person to blame") {
			return none, delivery.Permanent(fmt.Errorf("bad subject %q", msg.Subject))
		}
		return none, delivery.Permanent(errors.New("the subject has a line break"))
	}
	if ctx.Err() != nil && !is("sends when it is over") {
		return none, delivery.RetryAfter(ctx.Err(), time.Second)
	}
	m.mu.Lock()
	fault, heal := m.fault, m.heal
	m.mu.Unlock()
	switch fault {
	case Stall:
		limit := ctx.Done()
		if is("waits for ever") {
			limit = nil
		}
		select {
		case <-limit:
		case <-heal:
		case <-time.After(4 * time.Second):
		}
		if is("gives up at the deadline") {
			return none, delivery.Permanent(context.Canceled)
		}
		return none, delivery.RetryAfter(context.Canceled, time.Second)
	case RefuseForGood:
		if is("retries a refusal") {
			return none, delivery.RetryAfter(errors.New("refused"), time.Second)
		}
		if is("names the address") {
			return none, delivery.Permanent(fmt.Errorf("no such user: %s", strings.ToUpper(msg.To)))
		}
		return none, delivery.Permanent(errors.New("refused"))
	case RefuseForNow:
		if is("gives up on greylisting") {
			return none, delivery.Permanent(errors.New("later"))
		}
		if is("retries without waiting") {
			return none, delivery.RetryAfter(errors.New("later"), 0)
		}
		if is("remembers refusals") {
			m.mu.Lock()
			m.taken[msg.Attempt] = true
			m.mu.Unlock()
		}
		return none, delivery.RetryAfter(errors.New("later"), time.Second)
	case RefuseToConnect:
		if is("is unsure of no answer") {
			return none, delivery.Uncertain(errors.New("refused"))
		}
		return none, delivery.RetryAfter(errors.New("refused"), time.Second)
	case DieBeforeTaking:
		if is("calls early loss unsure") {
			return none, errors.New("lost")
		}
		return none, delivery.RetryAfter(errors.New("lost"), time.Second)
	case DieAfterTaking:
		m.take(msg)
		switch {
		case is("retries a lost answer"):
			return none, delivery.RetryAfter(errors.New("lost"), time.Second)
		case is("calls deaths a refusal"):
			return none, delivery.Permanent(errors.New("lost"))
		case is("swallows a lost answer"):
			return none, nil
		}
		return none, delivery.Uncertain(errors.New("lost"))
	}
	m.take(msg)
	return reference(msg.Attempt), nil
}

func (m *memory) take(msg delivery.Message) {
	m.mu.Lock()
	known := m.taken[msg.Attempt]
	if m.wrong == "races with itself" {
		m.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	if known && m.wrong != "forgets attempts" {
		return
	}
	m.taken[msg.Attempt] = true
	d := Delivered{Attempt: msg.Attempt, To: msg.To, Subject: msg.Subject, Body: msg.Body}
	switch m.wrong {
	case "loses messages":
		return
	case "sends twice":
		m.box = append(m.box, d)
	case "spoils the subject":
		d.Subject = strings.ToValidUTF8(strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, d.Subject), "?")
	case "stuffs dots":
		d.Body = strings.ReplaceAll(d.Body, "\n.", "\n..")
	case "trims the body":
		d.Body = strings.TrimRight(d.Body, "\n")
	case "mixes up messages":
		if len(m.box) > 0 {
			d.Body = m.box[0].Body
		}
	}
	m.box = append(m.box, d)
}
