package config

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"attune/internal/telemetry"
)

// Config is how this installation is set up. Paths are relative to the folder Attune is started in.
type Config struct {
	// Organisation is the name that patients and staff know you by. It is needed before real email
	// can go out.
	Organisation string
	// Data is the folder where everything is kept. It is made when it does not exist. One folder
	// belongs to one organisation and one running Attune.
	Data string
	// Listen is the address and port that the console and the API answer on. With 127.0.0.1 only this
	// machine reaches them; put a proxy with TLS in front before you open it to others.
	Listen string
	// PublicURL is where people out there reach this installation, over https, such as your proxy's
	// address. Messages then carry a link by which their readers unsubscribe.
	PublicURL string
	// Proxies are proxies on other machines before this one, as addresses or networks with commas
	// between. Where a request comes from, and whether it was encrypted, they and proxies on this
	// machine are believed, and nobody else.
	Proxies string
	// Program is the folder with your engagement program.
	Program string
	// Email is how email leaves.
	Email Email
	// SMS is how text messages leave.
	SMS SMS
	// Staff is how your staff sign in by the accounts that they have elsewhere, over OpenID Connect.
	Staff Staff
	// Delivery is how much may leave.
	Delivery Delivery
	// Outbound is whom Attune calls over HTTP.
	Outbound Outbound
	// Limits is how much may be asked of this installation.
	Limits Limits
	// MaxBacklog is how many accepted inputs may wait for their turn. Above it, intake answers 429
	// and tells the sender when to come back.
	MaxBacklog int
	// LearnAt is the time of day, on the organisation's clock, at which is learned from decisions where a
	// program learns. Take a quiet one.
	LearnAt string
	// AuditWitness is a file on another disk or a mounted share. Each checkpoint of the audit log is copied
	// to it, so that a log whose end was cut, or that was written anew, is found out.
	AuditWitness string
	// Services are the systems that programs can call, by the name that a call step has. They have no
	// variables.
	Services []Service
}

// Service is a system that programs can call.
type Service struct {
	// Name is the service's name in programs.
	Name string
	// URL is where calls are sent, over HTTPS.
	URL string
	// SecretFile is a file with the secret that calls are signed with: whsec_ and base64, as Standard
	// Webhooks write it. A second line can hold a second secret while the first one is replaced.
	SecretFile string
	// Timeout is how long one attempt may take, such as 10s. It is made again until the step's time is
	// over.
	Timeout time.Duration
	// Insecure allows http, without encryption. It is only for a service on this machine.
	Insecure bool
	// Secret is what SecretFile holds. It has no place in the file.
	Secret telemetry.Private[string]
}

// Limits is how much may be asked of this installation.
type Limits struct {
	// PerKey is how many requests a second one key may make, twice as many at a stroke. Above it they are
	// answered 429 with the time to come again.
	PerKey int
	// PerAddress is how many requests a second may come from one address without a key. Where a proxy on
	// this machine says from whom it has a request, in X-Forwarded-For, that address counts.
	PerAddress int
}

// Outbound is whom Attune calls over HTTP.
type Outbound struct {
	// Allow names servers that may be called although they are on this machine or inside your network, or
	// on another port than 443: each with its port, a comma between them. A service of yours, or a carrier
	// that you run, is called only when it is named here or is on the internet. What a cloud tells about
	// its machines is never called.
	Allow string
}

// Before are the proxies that Proxies names; those that cannot be read are left out.
func (c *Config) Before() (out []netip.Prefix) {
	for _, s := range strings.Split(c.Proxies, ",") {
		if p, err := networkOf(strings.TrimSpace(s)); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// networkOf reads an address or a network.
func networkOf(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		ip = ip.Unmap()
		return ip.Prefix(ip.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p.Bits() == 0 {
		err = errors.New("it is everybody")
	}
	return p.Masked(), err
}

// Servers are those that Allow names.
func (o Outbound) Servers() (out []string) {
	for _, s := range strings.Split(o.Allow, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Staff is how your staff sign in by the accounts that they have elsewhere, over OpenID Connect.
type Staff struct {
	// Issuer is the address of the system that knows your staff, as it writes it itself. It needs
	// public_url, and is told public_url and /sign-in/elsewhere/done as where to send people back.
	Issuer string
	// ClientID is what that system calls Attune.
	ClientID string
	// ClientSecretFile is a file with the secret that it gave Attune, and nothing else. Instead of a
	// file, ATTUNE_STAFF_CLIENT_SECRET can hold it.
	ClientSecretFile string
	// Button is what people call that system; it stands on the button.
	Button string
	// ClientSecret is what ClientSecretFile or ATTUNE_STAFF_CLIENT_SECRET holds. It has no place in the
	// file.
	ClientSecret telemetry.Private[string]
}

// Delivery is how much may leave.
type Delivery struct {
	// CeilingHour is how many messages of one engagement go out within an hour, retries not counted. What
	// is above it waits until two people raise it: a mistake does not reach everybody. 0 is no ceiling.
	CeilingHour int
	// CeilingDay is how many messages of one engagement go out within a day. 0 is no ceiling.
	CeilingDay int
}

// Email is how email leaves.
type Email struct {
	// Transport is "capture", which sends nothing and keeps every message for you to look at, or
	// "smtp", which sends.
	Transport Transport
	// Host is your mail server, by name or address. Needed for smtp.
	Host string
	// Port is the mail server's port: 587, or 465 where encryption starts at once.
	Port int
	// Rate is how many emails a second your mail server takes at most; 0 is as many as there are.
	Rate int
	// AtOnce is how many emails are handed over at the same time.
	AtOnce int
	// Username is for mail servers that ask for one; leave it empty for one that does not.
	Username string
	// PasswordFile is a file that holds the password and nothing else. The password itself is never
	// written here; instead of a file, ATTUNE_EMAIL_PASSWORD can hold it.
	PasswordFile string
	// TLS is "required", which sends nothing without encryption and a valid certificate,
	// "opportunistic", which encrypts when the server offers it, or "none", which is only for a
	// server on this machine.
	TLS TLS
	// From is who the emails are from. Needed for smtp.
	From string
	// DKIMDomain is the domain that signatures speak for. Empty is the domain of from.
	DKIMDomain string
	// DKIMRSASelector is the name under which the RSA key's public half is published.
	DKIMRSASelector string
	// DKIMRSAKeyFile is a file with the RSA key that emails are signed with. Make it with attune email
	// key rsa, and publish what attune email records shows.
	DKIMRSAKeyFile string
	// DKIMEd25519Selector is the name under which the Ed25519 key's public half is published.
	DKIMEd25519Selector string
	// DKIMEd25519KeyFile is a file with an Ed25519 key, which signs beside the RSA key or alone. Not
	// every mail system checks such signatures yet.
	DKIMEd25519KeyFile string
	// BounceDomain is a domain whose mail comes to bounce_listen. Each email then has a return address
	// of its own there, so that it is known what became of it.
	BounceDomain string
	// BounceListen is the address and port that takes the mail of bounce_domain, from your mail server.
	// Keep it on 127.0.0.1 where that is on this machine.
	BounceListen string
	// BounceProtocol is what your mail server speaks to bounce_listen: "smtp" or "lmtp".
	BounceProtocol string
	// Password is what PasswordFile or ATTUNE_EMAIL_PASSWORD holds. It has no place in the file.
	Password telemetry.Private[string]
}

// SMS is how text messages leave.
type SMS struct {
	// Transport is "capture", which sends nothing and keeps every message for you to look at, or
	// "twilio", which sends.
	Transport Transport
	// AccountSID is your account at Twilio. Needed for twilio, as is public_url, where Twilio tells what
	// became of a message and what people answer.
	AccountSID string
	// SecretFile is a file with the account's auth token, with which Twilio signs what it tells. A second
	// line can hold the next token while the first one is replaced. Instead of a file, ATTUNE_SMS_SECRET
	// can hold the token.
	SecretFile string
	// APIKey is an API key's SID, to log in with instead of the auth token.
	APIKey string
	// APISecretFile is a file with the API key's secret. Instead of a file, ATTUNE_SMS_API_SECRET can
	// hold it.
	APISecretFile string
	// From is the number that texts come from, or a short code or a name where your carrier allows it.
	From string
	// MessagingService is a messaging service's SID, instead of from.
	MessagingService string
	// BaseURL is where Twilio answers; its regions have addresses of their own.
	BaseURL string
	// Country is whose telephone numbers are written without a country's code, in two letters such as
	// ES. Without it every number needs its code.
	Country string
	// MaxSegments is how many segments of 153 characters, or 67 in other alphabets, a text may take; a
	// longer one is not sent.
	MaxSegments int
	// Rate is how many texts a second your carrier takes at most; 0 is as many as there are.
	Rate int
	// AtOnce is how many texts are handed over at the same time.
	AtOnce int
	// Keywords is who answers STOP, START and HELP: "carrier", as Twilio does unless you tell it not to,
	// or "attune". Whatever it is, Attune obeys them, and answers what is said in plain language.
	Keywords string
	// Secret is what SecretFile or ATTUNE_SMS_SECRET holds, and APISecret what APISecretFile or
	// ATTUNE_SMS_API_SECRET does. They have no place in the file.
	Secret, APISecret telemetry.Private[string]
}

// Transport is a way for messages to leave.
type Transport string

// The transports.
const (
	Capture Transport = "capture"
	SMTP    Transport = "smtp"
	Twilio  Transport = "twilio"
)

// TLS is how much encryption is asked of the mail server.
type TLS string

// The degrees of encryption.
const (
	TLSRequired      TLS = "required"
	TLSOpportunistic TLS = "opportunistic"
	TLSNone          TLS = "none"
)

// Default is the set-up without a file: a demonstration that contacts nobody.
func Default() Config {
	return Config{
		Organisation: "Demo clinic",
		Data:         "data",
		Listen:       "127.0.0.1:8080",
		Program:      "program",
		Staff:        Staff{Button: "my organisation"},
		Email: Email{
			Transport: Capture, Port: 587, AtOnce: 32, TLS: TLSRequired, DKIMRSASelector: "attune-rsa", DKIMEd25519Selector: "attune-ed25519", BounceProtocol: "smtp",
		},
		SMS:        SMS{Transport: Capture, BaseURL: "https://api.twilio.com", MaxSegments: 6, AtOnce: 8, Keywords: "carrier"},
		Delivery:   Delivery{CeilingHour: 2000, CeilingDay: 20_000},
		Limits:     Limits{PerKey: 10_000, PerAddress: 500},
		MaxBacklog: 100_000,
		LearnAt:    "03:30",
	}
}
