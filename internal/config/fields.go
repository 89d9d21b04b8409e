package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"attune/internal/outbound"
	"attune/internal/telemetry"
)

// field is one line of the file. Its documentation is the comment of the struct's field.
type field struct {
	// path is where it stands in the file: its name, or its section's name, a dot and its name.
	path string
	// doc is the comment above it in the example; a test keeps it equal to the struct's.
	doc string
	// example is shown, commented out, where the default is empty.
	example string
	// text or number is where it is kept.
	text   func(*Config) *string
	number func(*Config) *int
	// oneOf are the only values, where there are few.
	oneOf []string
	// min and max bound a number.
	min, max int
	// check says what is wrong with a text, or nothing.
	check func(string) string
}

// env is the variable that wins over the file.
func (f *field) env() string {
	return "ATTUNE_" + strings.ToUpper(strings.ReplaceAll(f.path, ".", "_"))
}

func (f *field) name() string { return f.path[strings.IndexByte(f.path, '.')+1:] }

const passwordEnv = "ATTUNE_EMAIL_PASSWORD"

// secret is what a variable can hold in place of a file.
type secret struct {
	env string
	// file is the field that names the file.
	file string
	in   func(*Config) *telemetry.Private[string]
}

func secrets() []secret {
	return []secret{
		{passwordEnv, "email.password_file", func(c *Config) *telemetry.Private[string] { return &c.Email.Password }},
		{"ATTUNE_SMS_SECRET", "sms.secret_file", func(c *Config) *telemetry.Private[string] { return &c.SMS.Secret }},
		{"ATTUNE_STAFF_CLIENT_SECRET", "staff.client_secret_file", func(c *Config) *telemetry.Private[string] { return &c.Staff.ClientSecret }},
		{"ATTUNE_SMS_API_SECRET", "sms.api_secret_file", func(c *Config) *telemetry.Private[string] { return &c.SMS.APISecret }},
	}
}

// section is a group of fields; its documentation is the comment of the struct's field.
type section struct{ name, doc string }

func sections() []section {
	return []section{
		{"delivery", "Delivery is how much may leave."},
		{"limits", "Limits is how much may be asked of this installation."},
		{"outbound", "Outbound is whom Attune calls over HTTP."},
		{"email", "Email is how email leaves."},
		{"sms", "SMS is how text messages leave."},
		{"staff", "Staff is how your staff sign in by the accounts that they have elsewhere, over OpenID Connect."},
	}
}

func isSection(name string) bool {
	return slices.ContainsFunc(sections(), func(s section) bool { return s.name == name })
}

// fields lists the file in its order.
func fields() []field {
	return append([]field{
		{
			path: "organisation", text: func(c *Config) *string { return &c.Organisation }, check: needed,
			doc: "Organisation is the name that patients and staff know you by. It is needed before real email can go out.",
		},
		{
			path: "data", text: func(c *Config) *string { return &c.Data }, check: needed,
			doc: "Data is the folder where everything is kept. It is made when it does not exist. One folder belongs to one organisation and one running Attune.",
		},
		{
			path: "listen", text: func(c *Config) *string { return &c.Listen }, check: isListen,
			doc: "Listen is the address and port that the console and the API answer on. With 127.0.0.1 only this machine reaches them; put a proxy with TLS in front before you open it to others.",
		},
		{
			path: "public_url", text: func(c *Config) *string { return &c.PublicURL }, check: isPublic, example: "https://attune.clinic.example",
			doc: "PublicURL is where people out there reach this installation, over https, such as your proxy's address. Messages then carry a link by which their readers unsubscribe.",
		},
		{
			path: "proxies", text: func(c *Config) *string { return &c.Proxies }, check: isProxies, example: "10.0.0.5, 10.1.0.0/16",
			doc: "Proxies are proxies on other machines before this one, as addresses or networks with commas between. Where a request comes from, and whether it was encrypted, they and proxies on this machine are believed, and nobody else.",
		},
		{
			path: "program", text: func(c *Config) *string { return &c.Program }, check: needed,
			doc: "Program is the folder with your engagement program.",
		},
		{
			path: "max_backlog", number: func(c *Config) *int { return &c.MaxBacklog }, min: 1, max: 100_000_000,
			doc: "MaxBacklog is how many accepted inputs may wait for their turn. Above it, intake answers 429 and tells the sender when to come back.",
		},
		{
			path: "learn_at", text: func(c *Config) *string { return &c.LearnAt }, check: isTimeOfDay,
			doc: "LearnAt is the time of day, on the organisation's clock, at which is learned from decisions where a program learns. Take a quiet one.",
		},
		{
			path: "audit_witness", text: func(c *Config) *string { return &c.AuditWitness }, example: "/mnt/elsewhere/attune.witness",
			doc: "AuditWitness is a file on another disk or a mounted share. Each checkpoint of the audit log is copied to it, so that a log whose end was cut, or that was written anew, is found out.",
		},
		{
			path: "delivery.ceiling_hour", number: func(c *Config) *int { return &c.Delivery.CeilingHour }, min: 0, max: 100_000_000,
			doc: "CeilingHour is how many messages of one engagement go out within an hour, retries not counted. What is above it waits until two people raise it: a mistake does not reach everybody. 0 is no ceiling.",
		},
		{
			path: "delivery.ceiling_day", number: func(c *Config) *int { return &c.Delivery.CeilingDay }, min: 0, max: 100_000_000,
			doc: "CeilingDay is how many messages of one engagement go out within a day. 0 is no ceiling.",
		},
		{
			path: "limits.per_key", number: func(c *Config) *int { return &c.Limits.PerKey }, min: 1, max: 1_000_000,
			doc: "PerKey is how many requests a second one key may make, twice as many at a stroke. Above it they are answered 429 with the time to come again.",
		},
		{
			path: "limits.per_address", number: func(c *Config) *int { return &c.Limits.PerAddress }, min: 1, max: 1_000_000,
			doc: "PerAddress is how many requests a second may come from one address without a key. Where a proxy on this machine says from whom it has a request, in X-Forwarded-For, that address counts.",
		},
		{
			path: "outbound.allow", text: func(c *Config) *string { return &c.Outbound.Allow }, check: isAllowed, example: "risk.clinic.example:8443, 127.0.0.1:9000",
			doc: "Allow names servers that may be called although they are on this machine or inside your network, or on another port than 443: each with its port, a comma between them. A service of yours, or a carrier that you run, is called only when it is named here or is on the internet. What a cloud tells about its machines is never called.",
		},
		{
			path: "email.transport", text: func(c *Config) *string { return (*string)(&c.Email.Transport) }, oneOf: []string{string(Capture), string(SMTP)},
			doc: `Transport is "capture", which sends nothing and keeps every message for you to look at, or "smtp", which sends.`,
		},
		{
			path: "email.host", text: func(c *Config) *string { return &c.Email.Host }, check: isHost, example: "mail.clinic.example",
			doc: "Host is your mail server, by name or address. Needed for smtp.",
		},
		{
			path: "email.port", number: func(c *Config) *int { return &c.Email.Port }, min: 1, max: 65535,
			doc: "Port is the mail server's port: 587, or 465 where encryption starts at once.",
		},
		{
			path: "email.rate", number: func(c *Config) *int { return &c.Email.Rate }, min: 0, max: 100_000,
			doc: "Rate is how many emails a second your mail server takes at most; 0 is as many as there are.",
		},
		{
			path: "email.at_once", number: func(c *Config) *int { return &c.Email.AtOnce }, min: 1, max: 1000,
			doc: "AtOnce is how many emails are handed over at the same time.",
		},
		{
			path: "email.username", text: func(c *Config) *string { return &c.Email.Username }, example: "attune",
			doc: "Username is for mail servers that ask for one; leave it empty for one that does not.",
		},
		{
			path: "email.password_file", text: func(c *Config) *string { return &c.Email.PasswordFile }, example: "/run/secrets/attune-email",
			doc: "PasswordFile is a file that holds the password and nothing else. The password itself is never written here; instead of a file, ATTUNE_EMAIL_PASSWORD can hold it.",
		},
		{
			path: "email.tls", text: func(c *Config) *string { return (*string)(&c.Email.TLS) }, oneOf: []string{string(TLSRequired), string(TLSOpportunistic), string(TLSNone)},
			doc: `TLS is "required", which sends nothing without encryption and a valid certificate, "opportunistic", which encrypts when the server offers it, or "none", which is only for a server on this machine.`,
		},
		{
			path: "email.from", text: func(c *Config) *string { return &c.Email.From }, check: isSender, example: "Riverside Clinic <hello@clinic.example>",
			doc: "From is who the emails are from. Needed for smtp.",
		},
		{
			path: "email.dkim_domain", text: func(c *Config) *string { return &c.Email.DKIMDomain }, check: isDomain, example: "clinic.example",
			doc: "DKIMDomain is the domain that signatures speak for. Empty is the domain of from.",
		},
		{
			path: "email.dkim_rsa_selector", text: func(c *Config) *string { return &c.Email.DKIMRSASelector }, check: isSelector,
			doc: "DKIMRSASelector is the name under which the RSA key's public half is published.",
		},
		{
			path: "email.dkim_rsa_key_file", text: func(c *Config) *string { return &c.Email.DKIMRSAKeyFile }, example: "/run/secrets/attune-dkim-rsa",
			doc: "DKIMRSAKeyFile is a file with the RSA key that emails are signed with. Make it with attune email key rsa, and publish what attune email records shows.",
		},
		{
			path: "email.dkim_ed25519_selector", text: func(c *Config) *string { return &c.Email.DKIMEd25519Selector }, check: isSelector,
			doc: "DKIMEd25519Selector is the name under which the Ed25519 key's public half is published.",
		},
		{
			path: "email.dkim_ed25519_key_file", text: func(c *Config) *string { return &c.Email.DKIMEd25519KeyFile }, example: "/run/secrets/attune-dkim-ed",
			doc: "DKIMEd25519KeyFile is a file with an Ed25519 key, which signs beside the RSA key or alone. Not every mail system checks such signatures yet.",
		},
		{
			path: "email.bounce_domain", text: func(c *Config) *string { return &c.Email.BounceDomain }, check: isDomain, example: "bounces.clinic.example",
			doc: "BounceDomain is a domain whose mail comes to bounce_listen. Each email then has a return address of its own there, so that it is known what became of it.",
		},
		{
			path: "email.bounce_listen", text: func(c *Config) *string { return &c.Email.BounceListen }, check: isListen, example: "127.0.0.1:2525",
			doc: "BounceListen is the address and port that takes the mail of bounce_domain, from your mail server. Keep it on 127.0.0.1 where that is on this machine.",
		},
		{
			path: "email.bounce_protocol", text: func(c *Config) *string { return &c.Email.BounceProtocol }, oneOf: []string{"smtp", "lmtp"},
			doc: `BounceProtocol is what your mail server speaks to bounce_listen: "smtp" or "lmtp".`,
		},
	}, append(smsFields(), staffFields()...)...)
}

// put sets the field from text, or says what is wrong with it and what may have been meant.
func (f *field) put(c *Config, v string) (wrong, hint string) {
	if f.number != nil {
		n, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Sprintf("%s is not a whole number", quote(v)), ""
		}
		if n < f.min || n > f.max {
			return fmt.Sprintf("%d is not between %d and %d", n, f.min, f.max), ""
		}
		*f.number(c) = n
		return "", ""
	}
	if wrong := plain(v); wrong != "" {
		return wrong, ""
	}
	if f.oneOf != nil && !contains(f.oneOf, v) {
		if near := nearest(v, f.oneOf); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Sprintf("%s is not one of %s", quote(v), strings.Join(f.oneOf, ", ")), hint
	}
	if f.check != nil {
		if wrong := f.check(v); wrong != "" {
			return wrong, ""
		}
	}
	*f.text(c) = v
	return "", ""
}

func (f *field) get(c *Config) string {
	if f.number != nil {
		return strconv.Itoa(*f.number(c))
	}
	return *f.text(c)
}

// together looks at what only the whole set-up can tell. It names the field to point at.
func (c *Config) together() (path, wrong, hint string) {
	if path, wrong, hint := c.SMS.together(c); wrong != "" {
		return path, wrong, hint
	}
	if path, wrong, hint := c.reachable(); wrong != "" {
		return path, wrong, hint
	}
	if path, wrong, hint := c.Staff.together(c); wrong != "" {
		return path, wrong, hint
	}
	e := &c.Email
	switch {
	case e.BounceDomain != "" && e.BounceListen == "":
		return "email.bounce_domain", "nothing takes its mail", "set email.bounce_listen"
	case e.BounceDomain == "" && e.BounceListen != "":
		return "email.bounce_listen", "there is no domain whose mail it takes", "set email.bounce_domain"
	case e.Transport != SMTP:
	case e.Host == "":
		return "email.transport", "smtp needs a mail server", "set email.host"
	case e.From == "":
		return "email.transport", "smtp needs a sender", "set email.from"
	case c.Organisation == Default().Organisation:
		return "email.transport", "smtp needs the name of your organisation", "set organisation"
	case e.DKIMRSAKeyFile != "" && e.DKIMEd25519KeyFile != "" && e.DKIMRSASelector == e.DKIMEd25519Selector:
		return "email.dkim_ed25519_selector", "both keys have the same one", "give each its own"
	case e.TLS == TLSNone && !isLoopback(e.Host):
		return "email.tls", "none is only for a mail server on this machine", `use "required"`
	}
	return "", "", ""
}

// reachable looks for addresses that will not be called.
func (c *Config) reachable() (path, wrong, hint string) {
	client := outbound.New(outbound.Config{Allow: c.Outbound.Servers()})
	called := map[string]string{}
	if c.SMS.Transport == Twilio {
		called["sms.base_url"] = c.SMS.BaseURL
	}
	for _, s := range c.Services {
		called[services+"."+s.Name+".url"] = s.URL
	}
	for _, path := range slices.Sorted(maps.Keys(called)) {
		refused, is := errors.AsType[*outbound.Refused](client.May(called[path]))
		switch {
		case !is:
		case refused.Never:
			return path, refused.Server + " is not called: " + refused.Why, "name another server"
		default:
			return path, refused.Server + " is not called: " + refused.Why, fmt.Sprintf("if it is meant, set outbound.allow: %q", strings.TrimPrefix(c.Outbound.Allow+", "+refused.Server, ", "))
		}
	}
	return "", "", ""
}

func needed(v string) string {
	if strings.TrimSpace(v) == "" {
		return "it may not be empty"
	}
	return ""
}

func isListen(v string) string {
	_, port, err := net.SplitHostPort(v)
	if n, nerr := strconv.Atoi(port); err != nil || nerr != nil || n < 0 || n > 65535 {
		return fmt.Sprintf(`%s is not an address and a port, such as "127.0.0.1:8080"`, quote(v))
	}
	return ""
}

func isTimeOfDay(v string) string {
	if _, err := time.Parse("15:04", v); err != nil {
		return quote(v) + ` is not a time of day such as "03:30"`
	}
	return ""
}

func isPublic(v string) string {
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Sprintf(`%s is not an address such as "https://attune.clinic.example", over https and without a path`, quote(v))
	}
	return ""
}

func isAllowed(v string) string {
	for _, server := range (Outbound{Allow: v}).Servers() {
		if wrong := outbound.Check(server); wrong != "" {
			return wrong
		}
	}
	return ""
}

func isDomain(v string) string {
	if v == "" {
		return ""
	}
	if strings.Trim(v, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || !strings.Contains(v, ".") || strings.Trim(v, "-.") != v || strings.Contains(v, "..") || len(v) > 190 {
		return fmt.Sprintf(`%s is not a domain in small letters, such as "clinic.example"`, quote(v))
	}
	return ""
}

func isSelector(v string) string {
	if v == "" || strings.Trim(v, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.Trim(v, "-.") != v || len(v) > 60 {
		return fmt.Sprintf(`%s is not a name of small letters, digits and dashes, such as "attune-rsa"`, quote(v))
	}
	return ""
}

func isHost(v string) string {
	if net.ParseIP(v) == nil && strings.ContainsAny(v, " :/@[]") {
		return fmt.Sprintf(`%s is not the name of a machine, such as "mail.clinic.example"`, quote(v))
	}
	return ""
}

func isSender(v string) string {
	if v == "" {
		return ""
	}
	a, err := mail.ParseAddress(v)
	if err != nil || strings.IndexFunc(a.Address, func(r rune) bool { return r >= utf8.RuneSelf || r <= ' ' }) >= 0 {
		return fmt.Sprintf(`%s is not a sender, such as "Riverside Clinic <hello@clinic.example>"`, quote(v))
	}
	return ""
}

// plain keeps line breaks and invisible signs out of names, paths and headers.
func plain(v string) string {
	switch {
	case len(v) > 1000:
		return "it is longer than 1000 bytes"
	case !utf8.ValidString(v):
		return "it is not UTF-8"
	case strings.IndexFunc(v, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' }) >= 0:
		return "it has a line break or another control sign"
	}
	return ""
}

func quote(v string) string {
	if len(v) > 60 {
		v = strings.ToValidUTF8(v[:60], "") + "…"
	}
	return strconv.Quote(v)
}

func contains(all []string, v string) bool {
	for _, a := range all {
		if a == v {
			return true
		}
	}
	return false
}

func isProxies(v string) string {
	for _, s := range strings.Split(v, ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if _, err := networkOf(s); err != nil {
			return fmt.Sprintf(`%s is no address or network of a proxy, such as "10.0.0.5" or "10.1.0.0/16"`, quote(s))
		}
	}
	return ""
}
