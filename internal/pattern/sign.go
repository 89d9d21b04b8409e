package pattern

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"attune/core/approval"
	"attune/internal/strictjson"
)

// signed is a file as it is written: the file, by whose key, and the signature of both.
type signed struct {
	Library   json.RawMessage `json:"library"`
	Key       string          `json:"key"`
	Signature string          `json:"signature"`
}

// Signed is a file that its key signed. Whether that key is who it says is for the reader to know.
type Signed struct {
	File File
	// Key is the public key, and ID the SHA-256 of the file's bytes in hexadecimal.
	Key   ed25519.PublicKey
	ID    string
	Bytes []byte
}

// KeyText is the key as it is given to others.
func (s *Signed) KeyText() string { return approval.KeyText(s.Key) }

// Fingerprint is a key in a form that two people can compare over the telephone: the first 16 bytes of its SHA-256.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	h := hex.EncodeToString(sum[:16])
	var parts []string
	for i := 0; i < len(h); i += 4 {
		parts = append(parts, h[i:i+4])
	}
	return strings.Join(parts, " ")
}

// message is what is signed: no signature for a library is one for anything else.
func message(library []byte, key string) []byte {
	return fmt.Appendf(nil, "attune pattern library\n%s\n%d\n%s", key, len(library), library)
}

// encode writes a file in the one way in which it is written.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Sign writes a file with its signature.
func Sign(f *File, key ed25519.PrivateKey) ([]byte, error) {
	if flaw := f.Check(); flaw != nil {
		return nil, fmt.Errorf("a library that nobody would take: %w", flaw)
	}
	library, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	text := approval.KeyText(key.Public().(ed25519.PublicKey))
	out, err := encode(signed{library, text, base64.StdEncoding.EncodeToString(ed25519.Sign(key, message(library, text)))})
	if err == nil && len(out) > MaxBytes {
		err = fmt.Errorf("the library is larger than the %d MB that are read; export one program at a time", MaxBytes>>20)
	}
	return out, err
}

// Parse reads a file, and takes it only where it is byte for byte what the owner of its key signed. Errors are *Flaw.
func Parse(data []byte) (*Signed, error) {
	if len(data) > MaxBytes {
		return nil, &Flaw{"", fmt.Sprintf("the file is larger than %d MB", MaxBytes>>20), "name a file that attune library export wrote"}
	}
	doc, err := strictjson.Parse(data)
	if bad, is := errors.AsType[*strictjson.Error](err); is {
		return nil, &Flaw{fmt.Sprintf("byte %d", bad.Offset), bad.Reason, bad.Remedy + ", or " + askAgain}
	}
	if err != nil {
		return nil, err
	}
	if len(doc.Flaws) > 0 {
		return nil, &Flaw{fmt.Sprintf("byte %d", doc.Flaws[0].Offset), doc.Flaws[0].Reason, askAgain}
	}
	// The version is looked at before anything else: a later one may have other fields.
	var head struct {
		Library struct {
			Format  string `json:"format"`
			Version int    `json:"version"`
		} `json:"library"`
	}
	if json.Unmarshal(data, &head) == nil && head.Library.Format == Format && head.Library.Version > Version {
		return nil, (&File{Format: Format, Version: head.Library.Version}).Check()
	}
	var s signed
	if err := strict(data, &s); err != nil {
		return nil, err
	}
	if len(s.Library) == 0 {
		return nil, &Flaw{"library", "it is missing", "name a file that attune library export wrote"}
	}
	out := &Signed{Bytes: data}
	if err := strict(s.Library, &out.File); err != nil {
		return nil, err
	}
	if flaw := out.File.Check(); flaw != nil {
		return nil, flaw
	}
	key, ok := approval.ParseKey(s.Key)
	if !ok {
		return nil, &Flaw{"key", "it is no public key", askAgain}
	}
	library, err := json.Marshal(&out.File)
	if err != nil {
		return nil, err
	}
	signature, err := base64.StdEncoding.DecodeString(s.Signature)
	if err != nil || len(signature) != ed25519.SignatureSize || !ed25519.Verify(key, message(library, s.Key), signature) {
		return nil, &Flaw{"signature", "it is not of this file: the file was changed after it was signed, or signed by another key", askAgain + ", and compare the key's fingerprint by telephone"}
	}
	again, err := encode(signed{library, s.Key, s.Signature})
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, &Flaw{"", "it says what was signed, but is not written as it was: something changed it on the way", askAgain}
	}
	sum := sha256.Sum256(data)
	out.Key, out.ID = key, hex.EncodeToString(sum[:])
	return out, nil
}

// strict reads JSON whose fields are all known.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		return &Flaw{wrong.Field, "a " + wrong.Value + " cannot stand there", askAgain}
	}
	if err != nil {
		return &Flaw{"", "it has a field that version 1 does not have, or is cut off", askAgain}
	}
	return nil
}
