package delivery

import (
	"testing"

	"attune/core/id"
	"attune/core/instant"
)

func TestAnAttemptIsTakenOnce(t *testing.T) {
	key := func(n int) id.Key { return id.Key{byte(n), byte(n >> 8), byte(n >> 16)} }
	const begin, step = instant.Time(1_000_000), instant.Duration(100)
	var l lately
	at := begin
	for n := range 2000 { // 200 s, one each step
		l.forget(at)
		if !l.note(key(n)) {
			t.Fatalf("attempt %d is new and was taken for an old one", n)
		}
		for back := 0; back <= n && instant.Duration(back)*step <= 2*stale; back++ {
			if l.note(key(n - back)) {
				t.Fatalf("attempt %d was forgotten %v after it was taken", n-back, instant.Duration(back)*step)
			}
		}
		if kept := len(l.is) + len(l.was); instant.Duration(kept)*step > 4*stale+step {
			t.Fatalf("%d attempts are kept", kept)
		}
		at = at.Add(step)
	}
}
