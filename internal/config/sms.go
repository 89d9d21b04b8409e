package config

import (
	"fmt"
	"net/url"
	"strings"
)

// smsFields lists the fields of the section for text messages in their order.
func smsFields() []field {
	return []field{
		{
			path: "sms.transport", text: func(c *Config) *string { return (*string)(&c.SMS.Transport) }, oneOf: []string{string(Capture), string(Twilio)},
			doc: `Transport is "capture", which sends nothing and keeps every message for you to look at, or "twilio", which sends.`,
		},
		{
			path: "sms.account_sid", text: func(c *Config) *string { return &c.SMS.AccountSID }, check: isSID("AC"), example: "AC00000000000000000000000000000000",
			doc: "AccountSID is your account at Twilio. Needed for twilio, as is public_url, where Twilio tells what became of a message and what people answer.",
		},
		{
			path: "sms.secret_file", text: func(c *Config) *string { return &c.SMS.SecretFile }, example: "/run/secrets/attune-sms",
			doc: "SecretFile is a file with the account's auth token, with which Twilio signs what it tells. A second line can hold the next token while the first one is replaced. Instead of a file, ATTUNE_SMS_SECRET can hold the token.",
		},
		{
			path: "sms.api_key", text: func(c *Config) *string { return &c.SMS.APIKey }, check: isSID("SK"), example: "SK00000000000000000000000000000000",
			doc: "APIKey is an API key's SID, to log in with instead of the auth token.",
		},
		{
			path: "sms.api_secret_file", text: func(c *Config) *string { return &c.SMS.APISecretFile }, example: "/run/secrets/attune-sms-api",
			doc: "APISecretFile is a file with the API key's secret. Instead of a file, ATTUNE_SMS_API_SECRET can hold it.",
		},
		{
			path: "sms.from", text: func(c *Config) *string { return &c.SMS.From }, check: isTexter, example: "+34600111222",
			doc: "From is the number that texts come from, or a short code or a name where your carrier allows it.",
		},
		{
			path: "sms.messaging_service", text: func(c *Config) *string { return &c.SMS.MessagingService }, check: isSID("MG"), example: "MG00000000000000000000000000000000",
			doc: "MessagingService is a messaging service's SID, instead of from.",
		},
		{
			path: "sms.base_url", text: func(c *Config) *string { return &c.SMS.BaseURL }, check: isCarrier,
			doc: "BaseURL is where Twilio answers; its regions have addresses of their own.",
		},
		{
			path: "sms.country", text: func(c *Config) *string { return &c.SMS.Country }, check: isCountry, example: "ES",
			doc: "Country is whose telephone numbers are written without a country's code, in two letters such as ES. Without it every number needs its code.",
		},
		{
			path: "sms.max_segments", number: func(c *Config) *int { return &c.SMS.MaxSegments }, min: 1, max: 10,
			doc: "MaxSegments is how many segments of 153 characters, or 67 in other alphabets, a text may take; a longer one is not sent.",
		},
		{
			path: "sms.rate", number: func(c *Config) *int { return &c.SMS.Rate }, min: 0, max: 100_000,
			doc: "Rate is how many texts a second your carrier takes at most; 0 is as many as there are.",
		},
		{
			path: "sms.at_once", number: func(c *Config) *int { return &c.SMS.AtOnce }, min: 1, max: 1000,
			doc: "AtOnce is how many texts are handed over at the same time.",
		},
		{
			path: "sms.keywords", text: func(c *Config) *string { return &c.SMS.Keywords }, oneOf: []string{"carrier", "attune"},
			doc: `Keywords is who answers STOP, START and HELP: "carrier", as Twilio does unless you tell it not to, or "attune". Whatever it is, Attune obeys them, and answers what is said in plain language.`,
		},
	}
}

// together looks at what only the whole set-up can tell. It names the field to point at.
func (s *SMS) together(c *Config) (path, wrong, hint string) {
	switch {
	case s.Transport != Twilio:
	case s.AccountSID == "":
		return "sms.transport", "twilio needs your account there", "set sms.account_sid"
	case s.From == "" && s.MessagingService == "":
		return "sms.transport", "twilio needs a sender", "set sms.from or sms.messaging_service"
	case s.From != "" && s.MessagingService != "":
		return "sms.messaging_service", "there is sms.from as well", "take one of them out"
	case c.PublicURL == "":
		return "sms.transport", "twilio needs an address where it reaches Attune", "set public_url"
	case c.Organisation == Default().Organisation:
		return "sms.transport", "twilio needs the name of your organisation", "set organisation"
	}
	return "", "", ""
}

// isSID tells an id of Twilio's of a kind.
func isSID(kind string) func(string) string {
	return func(v string) string {
		digits, ok := strings.CutPrefix(v, kind)
		if v != "" && (!ok || len(digits) != 32 || strings.Trim(digits, "0123456789abcdefABCDEF") != "") {
			return fmt.Sprintf("%s is not %s and 32 digits of base 16", quote(v), kind)
		}
		return ""
	}
}

func isTexter(v string) string {
	number, plus := strings.CutPrefix(v, "+")
	digits := strings.Trim(number, "0123456789") == ""
	name := strings.Trim(v, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ -_&") == "" && strings.TrimSpace(v) == v
	switch {
	case v == "", plus && digits && len(number) >= 7 && len(number) <= 15, !plus && digits && len(v) >= 3 && len(v) <= 8, !digits && name && len(v) <= 11:
		return ""
	}
	return fmt.Sprintf(`%s is neither a number such as "+34600111222" nor a short code nor a name of at most 11 letters`, quote(v))
}

func isCarrier(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return fmt.Sprintf(`%s is not an address such as "https://api.twilio.com"; http is only for this machine`, quote(v))
	}
	return ""
}

func isCountry(v string) string {
	if v != "" && (len(v) != 2 || strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return fmt.Sprintf("%s is not a country in two capital letters, such as ES", quote(v))
	}
	return ""
}
