package webhook

import (
	"bytes"
	"testing"
)

// Whatever a service answers is an answer with a status, or is told without a word of what it said.
func FuzzUnderstand(f *testing.F) {
	f.Add([]byte(`{"status":"ok","number":1.5}`))
	f.Add([]byte(`{"status":7}`))
	f.Add([]byte(`{"status":"","number":1e999}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o := understand(bytes.NewReader(text))
		if (o.kind == answered) != (o.says == "") || o.kind == answered && (o.answer.Status == "" || len(text) > maxAnswer) {
			t.Errorf("%q is understood as %+v", text, o)
		}
	})
}
