package channeltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"attune/internal/delivery"
)

func checks() []check {
	claimsFinds := func(c delivery.Capabilities) bool { return c.Finds }
	claimsIdempotent := func(c delivery.Capabilities) bool { return c.Idempotent }
	return []check{
		{name: "a message arrives once and unchanged", holds: arrives},
		{name: "many at once arrive once each", holds: concurrent},
		{name: "a line break in the address is refused for good", holds: noInjectionByTo},
		{name: "a line break in the subject is refused for good", holds: noInjectionBySubject},
		{name: "a refusal for good is Permanent", needs: RefuseForGood, holds: faulty(RefuseForGood, "Permanent", delivery.IsPermanent)},
		{name: "a refusal for now is RetryAfter", needs: RefuseForNow, holds: faulty(RefuseForNow, "RetryAfter", isRetry)},
		{name: "no connection is RetryAfter", needs: RefuseToConnect, holds: faulty(RefuseToConnect, "RetryAfter", isRetry)},
		{name: "a carrier lost before it saw the text is RetryAfter", needs: DieBeforeTaking, holds: faulty(DieBeforeTaking, "RetryAfter", isRetry)},
		{name: "a carrier lost before it answered is Uncertain", needs: DieAfterTaking, holds: uncertain},
		{name: "a carrier lost among many at once never makes a false word", needs: DieAfterTaking, holds: concurrentDeaths},
		{name: "a deadline is obeyed", needs: Stall, holds: deadline},
		{name: "a cancelled call ends", needs: Stall, holds: cancelled},
		{name: "a call that is over before it starts sends nothing", holds: overBefore},
		{name: "the same attempt twice is handed over once", claims: claimsIdempotent, holds: idempotent},
		{name: "the same attempt many times at once is handed over once", claims: claimsIdempotent, holds: idempotentAtOnce},
		{name: "a taken attempt is found", claims: claimsFinds, holds: finds},
		{name: "an attempt never made is not found", claims: claimsFinds, holds: findsNothing},
		{name: "a refused attempt is not found", claims: claimsFinds, needs: RefuseForNow, holds: findsNoRefused},
		{name: "errors name nobody", holds: discreet},
	}
}

func arrives(s Subject) error {
	carried := 0
	for i, x := range texts() {
		m := s.message(i, x.subject, x.body)
		_, err := s.send(m)
		if err := s.arrived(m, err); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		if err == nil {
			carried++
		}
	}
	all, err := s.Delivered()
	if err == nil && (len(all) != carried || carried < len(texts())/2) {
		err = fmt.Errorf("the carrier has %d messages of %d, and %d were taken", len(all), len(texts()), carried)
	}
	return err
}

// arrived fails unless what came of a message at a healthy carrier is right: it arrived once, or it was
// refused for good where the carrier cannot carry it.
func (s Subject) arrived(m delivery.Message, err error) error {
	if _, ok := s.seen(m); !ok {
		if !delivery.IsPermanent(err) {
			return fmt.Errorf("the carrier cannot carry it, and the outcome is %s (%w), want permanent", kind(err), err)
		}
		return s.never(m)
	}
	if err != nil {
		return fmt.Errorf("send a good message: %w (%s), want no error", err, kind(err))
	}
	return s.once(m)
}

func concurrent(s Subject) error {
	const n = 48
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = s.send(numbered(s, i)) })
	}
	wg.Wait()
	for i := range n {
		if err := s.arrived(numbered(s, i), errs[i]); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

func numbered(s Subject, i int) delivery.Message {
	return s.message(i, fmt.Sprintf("Number %d for Żaneta", i), strings.Repeat(fmt.Sprintf("This is number %d.\n", i), 1+i*3))
}

func noInjectionByTo(s Subject) error {
	return injected(s, s.address(0), func(m *delivery.Message, v string) { m.To = v })
}

func noInjectionBySubject(s Subject) error {
	return injected(s, "How are you?", func(m *delivery.Message, v string) { m.Subject = v })
}

func injected(s Subject, plain string, set func(*delivery.Message, string)) error {
	n := 0
	for name, v := range injections(plain) {
		n++
		m := s.plain(n)
		set(&m, v)
		if _, err := s.send(m); !delivery.IsPermanent(err) {
			return fmt.Errorf("%s: the outcome is %s (%v), want permanent", name, kind(err), err)
		}
	}
	all, err := s.Delivered()
	if err == nil && len(all) != 0 {
		err = fmt.Errorf("the carrier has %d messages, want none", len(all))
	}
	if err != nil {
		return err
	}
	return s.sends(s.plain(0))
}

// faulty checks one way of not being taken: before any good message and after one, when a connection
// may be open already, and that the channel works again afterwards.
func faulty(f Fault, want string, is func(error) bool) func(Subject) error {
	return func(s Subject) error {
		for n := 0; n < 4; n += 2 {
			m := s.plain(n)
			s.Make[f]()
			_, err := s.send(m)
			s.Heal()
			if !is(err) {
				return fmt.Errorf("the outcome is %s (%v), want %s", kind(err), err, want)
			}
			if err := s.never(m); err != nil {
				return err
			}
			good := s.plain(n + 1)
			if err := s.sends(good); err != nil {
				return fmt.Errorf("after the fault: %w", err)
			}
			if err := s.once(good); err != nil {
				return fmt.Errorf("after the fault: %w", err)
			}
		}
		return nil
	}
}

func uncertain(s Subject) error {
	can := s.Channel.Can()
	for n := 0; n < 4; n += 2 {
		m := s.plain(n)
		s.Make[DieAfterTaking]()
		_, err := s.send(m)
		s.Heal()
		if !isUncertain(err) {
			return fmt.Errorf("the outcome is %s (%v), want Uncertain", kind(err), err)
		}
		if err := s.once(m); err != nil {
			return fmt.Errorf("taken before the answer was lost: %w", err)
		}
		if f, ok := s.Channel.(delivery.Finder); can.Finds && ok {
			if _, found, err := find(f, m); err != nil || !found {
				return fmt.Errorf("the channel finds the lost attempt: %v, %w, want true", found, err)
			}
		}
		if can.Idempotent {
			if err := s.sends(m); err != nil {
				return fmt.Errorf("the same attempt again: %w", err)
			}
			if err := s.once(m); err != nil {
				return fmt.Errorf("the same attempt again: %w", err)
			}
		}
		if err := s.sends(s.plain(n + 1)); err != nil {
			return fmt.Errorf("after the fault: %w", err)
		}
	}
	return nil
}

// concurrentDeaths compares the channel's word about each of many with the carrier's.
func concurrentDeaths(s Subject) error {
	const n = 24
	for i := range 4 {
		if err := s.sends(s.plain(1000 + i)); err != nil {
			return err
		}
	}
	errs := make([]error, n)
	s.Make[DieAfterTaking]()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = s.send(numbered(s, i)) })
	}
	wg.Wait()
	s.Heal()
	for i := range n {
		m := numbered(s, i)
		_, taken, err := s.at(m.Attempt)
		switch {
		case err != nil:
			return err
		case errs[i] == nil && taken != 1:
			return fmt.Errorf("message %d was called taken and the carrier has it %d times", i, taken)
		case errs[i] != nil && !isUncertain(errs[i]) && taken != 0:
			return fmt.Errorf("message %d was called %s and the carrier has it", i, kind(errs[i]))
		case taken > 1:
			return fmt.Errorf("message %d was handed over %d times", i, taken)
		}
	}
	return nil
}

func deadline(s Subject) error {
	return interrupted(s, func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), 300*time.Millisecond)
	})
}

func cancelled(s Subject) error {
	return interrupted(s, func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(300*time.Millisecond, cancel)
		return ctx, cancel
	})
}

func interrupted(s Subject, limit func() (context.Context, context.CancelFunc)) error {
	for n := 0; n < 4; n += 2 {
		m := s.plain(n)
		s.Make[Stall]()
		ctx, cancel := limit()
		start := time.Now()
		_, err := s.Channel.Send(ctx, m)
		took := time.Since(start)
		cancel()
		s.Heal()
		switch {
		case err == nil:
			return errors.New("the carrier never answered and the message was called taken")
		case delivery.IsPermanent(err):
			return fmt.Errorf("the outcome is %s (%w), want RetryAfter or Uncertain", kind(err), err)
		case took > 300*time.Millisecond+grace:
			return fmt.Errorf("Send returned after %v, want 300ms", took)
		}
		if err := s.sends(s.plain(n + 1)); err != nil {
			return fmt.Errorf("afterwards: %w", err)
		}
	}
	return nil
}

func overBefore(s Subject) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := s.plain(0)
	if _, err := s.Channel.Send(ctx, m); !isRetry(err) {
		return fmt.Errorf("the outcome is %s (%v), want RetryAfter", kind(err), err)
	}
	return s.never(m)
}

func idempotent(s Subject) error {
	m := s.plain(0)
	first, err := s.send(m)
	if err != nil {
		return err
	}
	again, err := s.send(m)
	if err != nil {
		return fmt.Errorf("the same attempt again: %w (%s), want no error", err, kind(err))
	}
	if first != again {
		return fmt.Errorf("the receipt says %q and then %q", first.Reference, again.Reference)
	}
	return s.once(m)
}

func idempotentAtOnce(s Subject) error {
	m := s.plain(0)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.send(m) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.once(m)
}

func find(f delivery.Finder, m delivery.Message) (delivery.Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return f.Find(ctx, m.Attempt)
}

func finds(s Subject) error {
	m := s.plain(0)
	want, err := s.send(m)
	if err != nil {
		return err
	}
	got, found, err := find(s.Channel.(delivery.Finder), m)
	switch {
	case err != nil:
		return err
	case !found:
		return errors.New("a taken attempt is not found")
	case got != want:
		return fmt.Errorf("found with receipt %q, want %q", got.Reference, want.Reference)
	}
	return nil
}

func findsNothing(s Subject) error {
	if err := s.sends(s.plain(0)); err != nil {
		return err
	}
	_, found, err := find(s.Channel.(delivery.Finder), s.plain(1))
	if err == nil && found {
		err = errors.New("an attempt that was never made is found")
	}
	return err
}

func findsNoRefused(s Subject) error {
	m := s.plain(0)
	s.Make[RefuseForNow]()
	_, err := s.send(m)
	s.Heal()
	if !isRetry(err) {
		return fmt.Errorf("the outcome is %s (%v), want RetryAfter", kind(err), err)
	}
	_, found, err := find(s.Channel.(delivery.Finder), m)
	if err == nil && found {
		err = errors.New("a refused attempt is found")
	}
	return err
}

// discreet looks for the address and the text in every error the channel can be brought to make.
func discreet(s Subject) error {
	speaks := func(m delivery.Message, err error) error {
		if err == nil {
			return nil
		}
		local, _, _ := strings.Cut(m.To, "@")
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, secret := range []string{m.To, local, "canary-subject", "canary-body"} {
				if strings.Contains(strings.ToLower(e.Error()), strings.ToLower(secret)) {
					return fmt.Errorf("an error holds what it may not tell: %w", err)
				}
			}
		}
		return nil
	}
	canary := func(n int) delivery.Message { return s.message(n, "canary-subject", "canary-body\n") }

	n := 0
	for _, f := range faults() {
		if s.Make[f] == nil {
			continue
		}
		n++
		m := canary(n)
		s.Make[f]()
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		_, err := s.Channel.Send(ctx, m)
		cancel()
		s.Heal()
		if err := speaks(m, err); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	bad := canary(n + 1)
	bad.To += "\r\n"
	_, err := s.send(bad)
	if err := speaks(bad, err); err != nil {
		return err
	}
	bad = canary(n + 2)
	bad.Subject += "\r\n"
	_, err = s.send(bad)
	return speaks(bad, err)
}
