package staff

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"
)

func clinic() Site {
	return Site{Name: "attune.clinic.example", Origin: "https://attune.clinic.example", Shown: "Attune"}
}

// authenticator is a device, as WebAuthn has one: it signs what it is asked, for a site, with what it says of its owner.
type authenticator struct {
	t        *testing.T
	key      *ecdsa.PrivateKey
	id, user []byte
	count    uint32
	verified bool
	site     Site
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &authenticator{t: t, key: key, id: []byte(rand.Text()), verified: true, site: clinic()}
}

// data is what the device says of itself (WebAuthn 3, 6.1).
func (a *authenticator) data(more []byte) []byte {
	of := sha256.Sum256([]byte(a.site.Name))
	flags := byte(1)
	if a.verified {
		flags |= 4
	}
	if more != nil {
		flags |= 64
	}
	return append(binary.BigEndian.AppendUint32(append(of[:], flags), a.count), more...)
}

func text64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) client(kind string, options json.RawMessage) []byte {
	a.t.Helper()
	var asked struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		a.t.Fatal(err)
	}
	if user, err := base64.RawURLEncoding.DecodeString(asked.User.ID); err == nil && len(user) > 0 {
		a.user = user
	}
	out, err := json.Marshal(map[string]any{"type": kind, "challenge": asked.Challenge, "origin": a.site.Origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

// create answers for a new passkey.
func (a *authenticator) create(options json.RawMessage) []byte {
	a.t.Helper()
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...) // EC2, ES256, P-256
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	more := append(make([]byte, 16), 0, byte(len(a.id)))
	data := a.data(append(append(more, a.id...), cose...))
	object := append([]byte("\xa3cfmtdnonegattStmt\xa0hauthData\x59"), byte(len(data)>>8), byte(len(data)))
	return a.answer(map[string]string{"clientDataJSON": text64(a.client("webauthn.create", options)), "attestationObject": text64(append(object, data...))})
}

// get answers with the passkey.
func (a *authenticator) get(options json.RawMessage) []byte {
	a.t.Helper()
	client, data := a.client("webauthn.get", options), a.data(nil)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]string{"clientDataJSON": text64(client), "authenticatorData": text64(data), "signature": text64(signature), "userHandle": text64(a.user)})
}

func (a *authenticator) answer(response map[string]string) []byte {
	a.t.Helper()
	out, err := json.Marshal(map[string]any{"id": text64(a.id), "rawId": text64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

// addPasskey sets a passkey up for somebody who signs in for the first time.
func addPasskey(t *testing.T, b *Book, a Account, d *authenticator) (recovery []string) {
	t.Helper()
	secret, _, err := b.Begin(t.Context(), a.ID, Enrol, "a browser")
	if err != nil {
		t.Fatal(err)
	}
	options, err := b.ProposePasskey(t.Context(), secret, "", d.site)
	if err != nil {
		t.Fatal(err)
	}
	_, s, recovery, err := b.AddPasskey(t.Context(), secret, " Ward telephone ", d.create(options))
	if err != nil || s.Stage != Whole {
		t.Fatalf("%+v, %v", s, err)
	}
	return recovery
}

func byPasskey(t *testing.T, b *Book, d *authenticator, text string) error {
	t.Helper()
	options, question, err := b.AskPasskey(t.Context(), text, clinic())
	if err != nil {
		t.Fatal(err)
	}
	_, s, a, err := b.ByPasskey(t.Context(), question, d.get(options), text, "a browser")
	if err == nil && (s.Stage != Whole || a.ID != string(d.user)) {
		t.Errorf("%+v %+v", s, a)
	}
	return err
}

// A passkey lets its owner in: the answer of the right device, that made sure of its owner, at this site, to this question, once. It is both factors, and
// comes with recovery codes like the other sort.
func TestAPasskeyLetsItsOwnerIn(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	a := kim(t, b)
	d := newAuthenticator(t)
	if recovery := addPasskey(t, b, a, d); len(recovery) != recoveryCodes {
		t.Errorf("%d recovery codes", len(recovery))
	}
	if all, err := b.Passkeys(t.Context(), a.ID); err != nil || len(all) != 1 || all[0].Name != "Ward telephone" || !all[0].Used.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
	if now, err := b.Account(t.Context(), a.ID); err != nil || !now.Has(Passkeys) || now.Has(TOTP) {
		t.Errorf("%+v, %v", now, err)
	}
	d.count = 5
	if err := byPasskey(t, b, d, ""); err != nil {
		t.Error(err)
	}
	d.count = 6
	waiting, _, err := b.Begin(t.Context(), a.ID, Second, "a browser")
	if err != nil {
		t.Fatal(err)
	}
	if err := byPasskey(t, b, d, waiting); err != nil {
		t.Error("after the password:", err)
	}
	if _, _, err := b.Lookup(t.Context(), waiting, false); !errors.Is(err, ErrNoSession) {
		t.Error("the session that waited goes on:", err)
	}

	d.count = 7
	options, question, err := b.AskPasskey(t.Context(), "", clinic())
	if err != nil {
		t.Fatal(err)
	}
	answer := d.get(options)
	if _, _, _, err := b.ByPasskey(t.Context(), "another question", answer, "", ""); !errors.Is(err, ErrPasskey) {
		t.Error("to another question:", err)
	}
	if _, _, _, err := b.ByPasskey(t.Context(), question, answer, "", ""); err != nil {
		t.Error(err)
	}
	if _, _, _, err := b.ByPasskey(t.Context(), question, answer, "", ""); !errors.Is(err, ErrPasskey) {
		t.Error("twice:", err)
	}
	stranger := newAuthenticator(t)
	stranger.id, stranger.user, stranger.count = d.id, d.user, 100
	late := func(d *authenticator) error {
		options, question, err := b.AskPasskey(t.Context(), "", clinic())
		if err != nil {
			t.Fatal(err)
		}
		wall.pass(6 * time.Minute)
		_, _, _, err = b.ByPasskey(t.Context(), question, d.get(options), "", "")
		return err
	}
	with := func(change func(*authenticator)) *authenticator {
		other := *d
		other.count = 100
		change(&other)
		return &other
	}
	for _, x := range []struct {
		it   string
		by   *authenticator
		try  func(*authenticator) error
		want error
	}{
		{"another device that says it is this one", stranger, nil, ErrPasskey},
		{"a device that did not make sure of its owner", with(func(d *authenticator) { d.verified = false }), nil, ErrPasskey},
		{"for another origin", with(func(d *authenticator) { d.site.Origin = "https://attune.clinic.example.evil.example" }), nil, ErrPasskey},
		{"for the same host over http", with(func(d *authenticator) { d.site.Origin = "http://attune.clinic.example" }), nil, ErrPasskey},
		{"for another site", with(func(d *authenticator) { d.site.Name = "clinic.example" }), nil, ErrPasskey},
		{"of another account", with(func(d *authenticator) { d.user = []byte("0123456789abcdef") }), nil, ErrPasskey},
		{"of nobody", with(func(d *authenticator) { d.user = nil }), nil, ErrPasskey},
		{"too late", with(func(*authenticator) {}), late, ErrPasskey},
		{"a copy", with(func(d *authenticator) { d.count = 6 }), nil, ErrCopied},
		{"a copy that counts no more", with(func(d *authenticator) { d.count = 0 }), nil, ErrCopied},
		{"the device itself", with(func(*authenticator) {}), nil, nil},
	} {
		if x.try == nil {
			x.try = func(d *authenticator) error { return byPasskey(t, b, d, "") }
		}
		if err := x.try(x.by); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", x.it, err)
		}
	}
	d.count = 200
	if err := b.SetDisabled(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := byPasskey(t, b, d, ""); !errors.Is(err, ErrPasskey) {
		t.Error("of somebody who is disabled:", err)
	}
	path := dbPath(t, b)
	for _, file := range []string{path, path + "-wal"} {
		if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte("Ward")) {
			t.Errorf("%s tells the name of a device, %v", file, err)
		}
	}
}

// A passkey is set up by who is signed in and gives the password again, and taken away so; one second factor stays, and who gives accounts can take all away.
func TestPasskeysAreTheirOwners(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	a := kim(t, b)
	d := newAuthenticator(t)
	half, _, err := b.Begin(t.Context(), a.ID, Second, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ProposePasskey(t.Context(), half, good, clinic()); !errors.Is(err, ErrNoSession) {
		t.Error("half signed in:", err)
	}
	addPasskey(t, b, a, d)
	whole, _, err := b.Begin(t.Context(), a.ID, Whole, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ProposePasskey(t.Context(), whole, "not the password", clinic()); !errors.Is(err, ErrWrong) {
		t.Error("without the password:", err)
	}
	second := newAuthenticator(t)
	options, err := b.ProposePasskey(t.Context(), whole, good, clinic())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.AddPasskey(t.Context(), whole, "", second.create(options)); err == nil {
		t.Error("a passkey without a name")
	}
	second.verified = false
	if _, _, _, err := b.AddPasskey(t.Context(), whole, "Second", second.create(options)); !errors.Is(err, ErrPasskey) {
		t.Error("of a device that did not make sure of its owner:", err)
	}
	if options, err = b.ProposePasskey(t.Context(), whole, good, clinic()); err != nil {
		t.Fatal(err)
	}
	second.verified, second.id = true, d.id
	if _, _, _, err := b.AddPasskey(t.Context(), whole, "Second", second.create(options)); !errors.Is(err, ErrPasskey) {
		t.Error("with somebody's id:", err)
	}
	all, err := b.Passkeys(t.Context(), a.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if a, err = b.Account(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.RenamePasskey(t.Context(), "another", all[0].ID, "Mine now"); !errors.Is(err, ErrNoPasskey) {
		t.Error("somebody else's:", err)
	}
	if err := b.RemovePasskey(t.Context(), a, all[0].ID, "not the password"); !errors.Is(err, ErrWrong) {
		t.Error("without the password:", err)
	}
	if err := b.RemovePasskey(t.Context(), a, all[0].ID, good); !errors.Is(err, ErrLastFactor) {
		t.Error("the last second factor:", err)
	}
	if _, err := b.Reset(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	if now, err := b.Account(t.Context(), a.ID); err != nil || len(now.Factors) != 0 {
		t.Errorf("%+v, %v", now, err)
	}
	d.count = 50
	if err := byPasskey(t, b, d, ""); !errors.Is(err, ErrPasskey) {
		t.Error("after a reset:", err)
	}
}
