package human

import "testing"

func FuzzUnframe(f *testing.F) {
	f.Add(frame(Script{To: "+12025550100", Language: "en", Subject: "Ask", Body: "How are you?\n"}))
	f.Add(frame(Script{}))
	f.Add([]byte{1, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := unframe(b)
		if err != nil {
			if s != (Script{}) {
				t.Errorf("what does not read reads as %+v", s)
			}
			return
		}
		if again, err := unframe(frame(s)); err != nil || again != s {
			t.Errorf("%+v is read back as %+v, %v", s, again, err)
		}
	})
}
