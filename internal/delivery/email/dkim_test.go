package email_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"attune/internal/delivery"
	"attune/internal/delivery/channeltest"
	"attune/internal/delivery/email"
)

// keys are one of each kind, made once since making an RSA key takes long.
var keys = sync.OnceValue(func() []email.Key {
	var out []email.Key
	for _, kind := range []email.KeyKind{email.RSA, email.Ed25519} {
		text, err := email.NewKey(kind)
		if err != nil {
			panic(err)
		}
		signer, got, err := email.ReadKey(text)
		if err != nil || got != kind {
			panic(fmt.Sprint(got, err))
		}
		out = append(out, email.Key{Selector: "sel-" + string(kind), Signer: signer})
	}
	return out
})

// zone answers for the domain's name server with exactly the records that are told to be published.
func zone(t *testing.T, domain string, keys ...email.Key) func(string) ([]string, error) {
	records := map[string]string{}
	for _, k := range keys {
		name, value, err := k.Record(domain)
		if err != nil {
			t.Fatal(err)
		}
		records[name] = value
	}
	return func(name string) ([]string, error) {
		if r, ok := records[name]; ok {
			return []string{r}, nil
		}
		return nil, errors.New("no such name")
	}
}

func verify(raw []byte, lookup func(string) ([]string, error)) ([]*dkim.Verification, error) {
	return dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: lookup})
}

// What a mail server received over a socket verifies against the published records.
func TestLettersAreSigned(t *testing.T) {
	rsaOnly, edOnly := keys()[:1], keys()[1:]
	bodies := map[string]string{
		"plain words":       "Dear Ana,\n\nyou have a message.\n",
		"other letters":     "Querida Ana María:\n\n¿Cómo está? Zażółć gęślą jaźń 🌿\n",
		"long lines":        strings.Repeat("one two three ", 200) + "\n" + strings.Repeat("x", 3000) + "\n",
		"dots":              ".\n..\n.hidden\n.\nafter\n.\n",
		"trailing spaces":   "ends in space \nends in tab\t\n \n\t\nlast  \n\n\n\n",
		"nothing":           "",
		"no newline at end": "the text just stops",
	}
	for name, with := range map[string][]email.Key{"RSA": rsaOnly, "Ed25519": edOnly, "both": keys()} {
		t.Run(name, func(t *testing.T) {
			m := newMailServer(t, nil)
			ch := channel(t, m.addr, func(c *email.Config) { c.Keys, c.From = with, `"Clínica Żuraw" <hello@clinic.example>` })
			lookup := zone(t, "clinic.example", with...)
			for what, body := range bodies {
				msg := message(1)
				msg.Subject, msg.Body, msg.Unsubscribe = "¿Cómo está, "+strings.Repeat("Żaneta ", 20)+"?", body, "https://attune.example/in/unsubscribe/x"
				if _, err := ch.Send(t.Context(), msg); err != nil {
					t.Fatal(err)
				}
				got := m.all()
				raw := got[len(got)-1].raw
				found, err := verify(raw, lookup)
				if err != nil || len(found) != len(with) {
					t.Fatalf("%s: %d signatures, %v; want %d", what, len(found), err, len(with))
				}
				for _, v := range found {
					if v.Err != nil || v.Domain != "clinic.example" {
						t.Errorf("%s: the signature for %s: %v", what, v.Domain, v.Err)
					}
					covers(t, raw, v)
				}
			}
		})
	}
}

// covers looks whether every header that a reader acts upon is under the signature.
func covers(t *testing.T, raw []byte, v *dkim.Verification) {
	t.Helper()
	times := map[string]int{}
	for _, h := range v.HeaderKeys {
		times[strings.ToLower(strings.TrimSpace(h))]++
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name := range msg.Header {
		if name = strings.ToLower(name); name != "dkim-signature" && times[name] == 0 {
			t.Errorf("%s is not signed", name)
		}
	}
	for _, name := range []string{"from", "subject", "list-unsubscribe", "list-unsubscribe-post"} {
		if times[name] != 2 {
			t.Errorf("%s stands %d times among the signed headers, want 2, so that none can be added", name, times[name])
		}
	}
}

// A signature breaks when anything it covers is changed, added, or signed by somebody else.
func TestASignatureBreaks(t *testing.T) {
	m := newMailServer(t, nil)
	ch := channel(t, m.addr, func(c *email.Config) { c.Keys = keys() })
	msg := message(1)
	msg.Unsubscribe = "https://attune.example/in/unsubscribe/x"
	if _, err := ch.Send(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	raw := string(m.all()[0].raw)
	for name, change := range map[string]func(string) string{
		"the subject": func(s string) string { return strings.Replace(s, "canary-subject", "another subject", 1) },
		"the body":    func(s string) string { return strings.Replace(s, "canary-body", "another body", 1) },
		"the link": func(s string) string {
			return strings.Replace(s, "<https://attune.example", "<https://evil.example", 1)
		},
		"another From":     func(s string) string { return "From: evil@evil.example\r\n" + s },
		"another Subject":  func(s string) string { return "Subject: evil\r\n" + s },
		"another way out":  func(s string) string { return "List-Unsubscribe: <https://evil.example>\r\n" + s },
		"another Reply-To": func(s string) string { return "Reply-To: evil@evil.example\r\n" + s },
	} {
		changed := change(raw)
		if changed == raw {
			t.Fatalf("%s did not change anything", name)
		}
		found, err := verify([]byte(changed), zone(t, "clinic.example", keys()...))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			if v.Err == nil {
				t.Errorf("%s changed and the signature still verifies", name)
			}
		}
	}
	other, err := email.NewKey(email.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	signer, _, err := email.ReadKey(other)
	if err != nil {
		t.Fatal(err)
	}
	found, err := verify([]byte(raw), zone(t, "clinic.example", email.Key{Selector: "sel-ed25519", Signer: signer}))
	if err != nil || found[0].Err == nil || found[1].Err == nil {
		t.Errorf("it verifies against another's key: %v", err)
	}
}

// Signing changes nothing of what a channel promises.
func TestASigningChannelIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		m := newMailServer(t, nil)
		s := channeltest.Subject{Heal: m.healed, Make: map[channeltest.Fault]func(){}}
		for _, f := range []channeltest.Fault{
			channeltest.RefuseForGood, channeltest.RefuseForNow, channeltest.RefuseToConnect,
			channeltest.DieBeforeTaking, channeltest.DieAfterTaking, channeltest.Stall,
		} {
			s.Make[f] = m.make(f)
		}
		s.Delivered = m.delivered
		s.Channel = channel(t, m.addr, func(c *email.Config) { c.Keys = keys()[1:] })
		return s
	})
}

func TestKeysThatAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	for name, c := range map[string]struct{ text, says string }{
		"nothing":             {"", "no PEM"},
		"something else":      {"canary-password", "no PEM"},
		"a small RSA key":     {string(pkcs8(small)), "1024 bits"},
		"another algorithm":   {string(pkcs8(curve)), "neither an RSA nor an Ed25519"},
		"a public key":        {string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("canary")})), "public key"},
		"a damaged key":       {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("canary")})), "damaged"},
		"a damaged PKCS1 key": {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("canary")})), "damaged"},
	} {
		_, _, err := email.ReadKey([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if _, err := email.NewKey("dsa"); err == nil {
		t.Error("a key of an unknown kind was made")
	}
	signer := keys()[1].Signer
	for name, with := range map[string][]email.Key{
		"no selector": {{Signer: signer}}, "a selector with a space": {{Selector: "a b", Signer: signer}},
		"one selector twice": {{Selector: "a", Signer: signer}, {Selector: "a", Signer: signer}}, "another algorithm": {{Selector: "a", Signer: curve}},
	} {
		if _, err := email.New(email.Config{Host: "127.0.0.1", From: "a@b.example", Keys: with}); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// The headers and the text tell the way out exactly where there is one.
func TestTheWayOut(t *testing.T) {
	link := "https://attune.clinic.example/in/unsubscribe/" + strings.Repeat("a", 58)
	back := email.Back{Bounces: "b+x@bounces.clinic.example", Unsubscribe: "u+y@bounces.clinic.example", Complaints: "complaints@bounces.clinic.example", FeedbackID: "x"}
	for name, c := range map[string]struct {
		language, link, sentence string
		back                     email.Back
		header, post, from       string
	}{
		"nobody can leave":             {"en", "", "", email.Back{}, "", "", "hello@clinic.example"},
		"nobody can, bounces come":     {"en", "", "", back, "", "", back.Bounces},
		"by https":                     {"en", link, "unsubscribe here", email.Back{}, "<" + link + ">", "List-Unsubscribe=One-Click", "hello@clinic.example"},
		"by https and mail":            {"en", link, "unsubscribe here", back, "<" + link + ">, <mailto:" + back.Unsubscribe + "?subject=unsubscribe>", "List-Unsubscribe=One-Click", back.Bounces},
		"in Spanish":                   {"es", link, "darse de baja", email.Back{}, "<" + link + ">", "List-Unsubscribe=One-Click", "hello@clinic.example"},
		"in the Spanish of Mexico":     {"es-MX", link, "darse de baja", email.Back{}, "<" + link + ">", "List-Unsubscribe=One-Click", "hello@clinic.example"},
		"in a language without one":    {"tlh-x-y", link, "unsubscribe here", email.Back{}, "<" + link + ">", "List-Unsubscribe=One-Click", "hello@clinic.example"},
		"in no language that is known": {"", link, "unsubscribe here", email.Back{}, "<" + link + ">", "List-Unsubscribe=One-Click", "hello@clinic.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMailServer(t, nil)
			ch := channel(t, m.addr, func(e *email.Config) { e.Back = func(delivery.Message) email.Back { return c.back } })
			msg := message(1)
			msg.Language, msg.Unsubscribe = c.language, c.link
			if _, err := ch.Send(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			got := m.all()[0]
			if got.from != c.from {
				t.Errorf("bounces go to %s, want %s", got.from, c.from)
			}
			head, err := mail.ReadMessage(bytes.NewReader(got.raw))
			if err != nil {
				t.Fatal(err)
			}
			if h := head.Header.Get("List-Unsubscribe"); h != c.header {
				t.Errorf("List-Unsubscribe is %q, want %q", h, c.header)
			}
			if h := head.Header.Get("List-Unsubscribe-Post"); h != c.post {
				t.Errorf("List-Unsubscribe-Post is %q, want %q", h, c.post)
			}
			if has := head.Header.Get("CFBL-Address") != ""; has != (c.back.Complaints != "") {
				t.Errorf("there is an address for complaints: %v", has)
			}
			body, err := read(got)
			if err != nil && c.link == "" {
				t.Fatal(err)
			}
			want := "canary-body\n"
			if c.link != "" {
				want += "\n-- \n"
			}
			if !strings.HasPrefix(body.Body, want) || !strings.Contains(body.Body, c.sentence) || !strings.HasSuffix(body.Body, c.link+"\n") && c.link != "" {
				t.Errorf("the body is %q", body.Body)
			}
		})
	}
}
