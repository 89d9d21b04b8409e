package elsewhere_test

import (
	"testing"

	"attune/internal/elsewhere"
)

// What is taken for a set of keys has some, each public and with a name of its own.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-384","kid":"a","use":"sig","alg":"ES384","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}`))
	f.Add([]byte(`{"keys":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := elsewhere.ParseKeys(text)
		if err != nil {
			return
		}
		if len(set.Keys) == 0 {
			t.Error("it has none")
		}
		for i := range set.Keys {
			if k := &set.Keys[i]; !k.IsPublic() || !k.Valid() || len(set.Key(k.KeyID)) != 1 {
				t.Errorf("%q is a key", text)
			}
		}
	})
}
