package app

import (
	"errors"
	"fmt"
	"net/mail"
	"os"
	"strings"

	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/delivery/email"
	"attune/internal/postbox"
	"attune/internal/unsubscribe"
)

// mailConfig is what the configuration says about e-mail that goes out.
func mailConfig(c config.Email) (email.Config, error) {
	keys, err := mailKeys(c)
	out := email.Config{
		Host: c.Host, Port: c.Port, Username: c.Username, Password: c.Password, TLS: email.TLS(c.TLS), From: c.From, Keys: keys, SigningDomain: c.DKIMDomain,
	}
	if c.BounceDomain != "" {
		out.Back = backTo(postbox.Addresses{Domain: c.BounceDomain})
	}
	return out, err
}

// backTo says where what comes back because of a message goes.
func backTo(to postbox.Addresses) func(delivery.Message) email.Back {
	return func(m delivery.Message) (b email.Back) {
		if m.Ticket != "" {
			b.Bounces, b.Complaints, b.FeedbackID = to.Bounces(m.Ticket), to.Complaints(), m.Ticket
		}
		if _, ticket, ok := strings.Cut(m.Unsubscribe, unsubscribe.Path); ok {
			b.Unsubscribe = to.Unsubscribe(ticket)
		}
		return b
	}
}

// mailKeys loads the keys that letters are signed with.
func mailKeys(c config.Email) (keys []email.Key, err error) {
	for _, k := range []struct {
		kind           email.KeyKind
		selector, file string
	}{{email.RSA, c.DKIMRSASelector, c.DKIMRSAKeyFile}, {email.Ed25519, c.DKIMEd25519Selector, c.DKIMEd25519KeyFile}} {
		if k.file == "" {
			continue
		}
		field := fmt.Sprintf("email.dkim_%s_key_file", k.kind)
		text, err := os.ReadFile(k.file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		signer, kind, err := email.ReadKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		if kind != k.kind {
			return nil, fmt.Errorf("%s: the key in it is of the kind %s: name it in email.dkim_%s_key_file", field, kind, kind)
		}
		keys = append(keys, email.Key{Selector: k.selector, Signer: signer})
	}
	return keys, nil
}

// DNSRecord is one record to publish, and what it is for.
type DNSRecord struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
	Why   string `json:"why"`
}

// MailRecords loads the keys for signing, and tells what has to stand in the DNS for e-mail to arrive.
func MailRecords(c config.Email) ([]DNSRecord, error) {
	domain, err := sendingDomain(c)
	if err != nil {
		return nil, err
	}
	if domain == "" {
		return nil, errors.New("email.from is not set, so nothing is known of a domain")
	}
	keys, err := mailKeys(c)
	if err != nil {
		return nil, err
	}
	signing := domain
	if c.DKIMDomain != "" {
		signing = c.DKIMDomain
	}
	var out []DNSRecord
	for _, k := range keys {
		name, value, err := k.Record(signing)
		if err != nil {
			return nil, err
		}
		out = append(out, DNSRecord{name, "TXT", value, "proves what " + k.Selector + " signed (DKIM)"})
	}
	returns := domain
	if c.BounceDomain != "" {
		returns = c.BounceDomain
		out = append(out, DNSRecord{c.BounceDomain, "MX", "10 the mail server that passes its mail on to " + c.BounceListen, "brings bounces and complaints back"})
	}
	server := c.Host
	if server == "" {
		server = "the mail server that sends"
	}
	return append(out,
		DNSRecord{returns, "TXT", "v=spf1 a:" + server + " -all", "tells which servers may send with this return address (SPF); keep what stands there already"},
		DNSRecord{"_dmarc." + domain, "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@" + domain, "tells what to do with what is neither signed nor sent by you (DMARC); raise p to quarantine and reject once reports are clean"},
	), nil
}

// sendingDomain is the domain of whom e-mails are from; empty where nobody is named.
func sendingDomain(c config.Email) (string, error) {
	if c.From == "" {
		return "", nil
	}
	from := addressOf(c.From)
	if from == "" {
		return "", errors.New("email.from is no address")
	}
	return strings.ToLower(from[strings.LastIndexByte(from, '@')+1:]), nil
}

// addressOf is the address in a sender such as "Riverside Clinic <hello@clinic.example>".
func addressOf(sender string) string {
	a, err := mail.ParseAddress(sender)
	if err != nil {
		return ""
	}
	return a.Address
}

// MakeMailKey makes a key for signing in a file of its own, which must not be there yet.
func MakeMailKey(kind, file string) error {
	text, err := email.NewKey(email.KeyKind(kind))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
