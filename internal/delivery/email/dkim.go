package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Key signs as one of a domain's selectors, by DKIM (RFC 6376).
type Key struct {
	// Selector is the name under which the public half is published.
	Selector string
	// Signer is an RSA key of at least 2048 bits, or an Ed25519 key (RFC 8463).
	Signer crypto.Signer
}

// KeyKind is an algorithm that letters are signed by.
type KeyKind string

// The kinds of keys. Nearly everybody checks RSA; Ed25519 is twenty times cheaper and not checked
// everywhere yet. Letters can have a signature of each.
const (
	RSA     KeyKind = "rsa"
	Ed25519 KeyKind = "ed25519"
)

const (
	leastRSA = 2048
	mostRSA  = 4096
	privacy  = "PRIVATE KEY" // PKCS #8
)

// NewKey makes a private key and writes it as PEM.
func NewKey(kind KeyKind) ([]byte, error) {
	var key any
	var err error
	switch kind {
	case RSA:
		key, err = rsa.GenerateKey(rand.Reader, leastRSA)
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, fmt.Errorf("a key is %s or %s, not %q", RSA, Ed25519, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: privacy, Bytes: der}), nil
}

// ReadKey reads a private key from PEM, as NewKey and openssl write it, and tells its kind. Its errors
// hold nothing of the text.
func ReadKey(text []byte) (crypto.Signer, KeyKind, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", errors.New("it is no PEM: a key begins with -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case privacy:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, "", fmt.Errorf("it is a %q: only unencrypted private keys are read", strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, "", errors.New("the private key is damaged")
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if n := key.N.BitLen(); n < leastRSA || n > mostRSA {
			return nil, "", fmt.Errorf("the RSA key has %d bits: mail systems take %d to %d", n, leastRSA, mostRSA)
		}
		return key, RSA, nil
	case ed25519.PrivateKey:
		return key, Ed25519, nil
	}
	return nil, "", errors.New("it is neither an RSA nor an Ed25519 key")
}

// Record is the TXT record to publish for a key of the domain.
func (k Key) Record(domain string) (name, value string, err error) {
	name = k.Selector + "._domainkey." + domain
	switch public := k.Signer.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
	case ed25519.PublicKey:
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	}
	return "", "", fmt.Errorf("the key of %s is of an unknown kind", k.Selector)
}

// signed are the headers that a signature covers. Each stands there once more than letters have it, so
// that nobody can add another one on the way.
func signed() []string {
	once := []string{
		"From", "Subject", "To", "Date", "Message-ID", "Reply-To", "Cc", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
		"Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "CFBL-Address", "CFBL-Feedback-ID",
	}
	return append(once, "From", "Subject", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
}

// sign puts a signature of each key before the letter.
func (ch *Channel) sign(l letter) (letter, error) {
	if len(ch.c.Keys) == 0 {
		return l, nil
	}
	ch.signing <- struct{}{}
	defer func() { <-ch.signing }()
	var all bytes.Buffer
	for _, k := range ch.c.Keys {
		s, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: ch.c.SigningDomain, Selector: k.Selector, Signer: k.Signer, Hash: crypto.SHA256, HeaderKeys: signed(),
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
		if err != nil {
			return l, err
		}
		_, err = s.Write(l.text)
		if err := errors.Join(err, s.Close()); err != nil {
			return l, err
		}
		all.WriteString(s.Signature())
	}
	all.Write(l.text)
	l.text = all.Bytes()
	return l, nil
}

// checkKeys looks whether every key can sign.
func checkKeys(domain string, keys []Key) error {
	seen := map[string]bool{}
	for _, k := range keys {
		if k.Selector == "" || strings.Trim(k.Selector, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || seen[k.Selector] {
			return fmt.Errorf("set up email: the selector %q is empty, used twice, or has more than small letters, digits, dots and dashes", k.Selector)
		}
		seen[k.Selector] = true
		if _, _, err := k.Record(domain); err != nil {
			return fmt.Errorf("set up email: %w", err)
		}
	}
	return nil
}
