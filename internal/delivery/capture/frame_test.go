package capture

import (
	"bytes"
	"testing"

	"attune/internal/delivery"
)

// What was read writes back to the same bytes, so there is one form for each message.
func FuzzUnframe(f *testing.F) {
	f.Add(frame(delivery.Message{To: "ana@example.org", Language: "pl", Subject: "Żaneta", Body: "\xff\n.\n"}))
	f.Add(frame(delivery.Message{}))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{1, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m delivery.Message
		if unframe(&m, b) != nil {
			return
		}
		var again delivery.Message
		if err := unframe(&again, frame(m)); err != nil || again != m {
			t.Errorf("%+v becomes %+v, %v", m, again, err)
		}
		if len(frame(m)) == len(b) && !bytes.Equal(frame(m), b) {
			t.Errorf("two forms of one message: %x and %x", b, frame(m))
		}
	})
}
