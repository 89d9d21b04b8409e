package app

import (
	"strings"
	"testing"

	"attune/core/instant"
)

// A letter whose outcome nobody knows is a dead letter. It is put back by somebody's word alone, and then
// goes out in an attempt of its own; once.
func TestADeadLetterIsListedAndPutBack(t *testing.T) {
	w := newWelcomes(t, nil)
	w.box.fate = func(n int) bool { return n != 1 } // the server takes the first letter and goes silent
	n, stop := w.serve()
	w.until("all letters are out", func() bool { return w.box.count() == crashPeople && n.Delivery.Idle() })
	list := func(f DeadFilter) []DeadLetter {
		i, err := Inspect(t.Context(), w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close()
		out, err := i.DeadLetters(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	w.until("the outcome is recorded", func() bool { return len(list(DeadFilter{})) == 1 })
	for _, none := range []DeadFilter{{Channel: "sms"}, {Reason: "carrier_refused"}, {Since: w.clock.Now().Add(instant.Hour)}} {
		if got := list(none); len(got) != 0 {
			t.Errorf("%+v finds %+v", none, got)
		}
	}
	dead := list(DeadFilter{Channel: "email", Reason: "uncertain", Since: crashBegin})
	if len(dead) != 1 || !dead[0].MaybeDelivered || dead[0].Engagement != "welcome" || dead[0].Attempts != 1 {
		t.Fatalf("the dead letters are %+v", dead)
	}
	if done, not, err := ReplayIn(t.Context(), w.dir, dead, false); err != nil || done != 0 || len(not) != 1 || !strings.Contains(not[0], "it may have been delivered") {
		t.Errorf("without a word: %d, %v, %v", done, not, err)
	}
	if done, not, err := ReplayIn(t.Context(), w.dir, dead, true); err != nil || done != 1 {
		t.Fatalf("with one: %d, %v, %v", done, not, err)
	}
	w.until("it is out again", func() bool { return w.box.count() == crashPeople+1 && n.Delivery.Idle() })
	w.until("and is no dead letter any more", func() bool { return len(list(DeadFilter{})) == 0 })
	if _, not, err := ReplayIn(t.Context(), w.dir, dead, true); err != nil || len(not) != 1 || !strings.Contains(not[0], "handed over") {
		t.Errorf("once more: %v, %v", not, err)
	}
	stop()
	if _, _, err := ReplayIn(t.Context(), w.dir, dead, true); err == nil || !strings.Contains(err.Error(), "start attune serve") {
		t.Errorf("without a server: %v", err)
	}
}
