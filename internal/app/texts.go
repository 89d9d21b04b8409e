package app

import (
	"strings"

	"attune/internal/config"
	"attune/internal/delivery/sms"
	"attune/internal/telemetry"
)

// smsConfig is what the configuration says about text messages that go out.
func smsConfig(c config.Config) sms.Config {
	s := c.SMS
	return sms.Config{
		Account: s.AccountSID, Tokens: smsTokens(s), Key: s.APIKey, KeySecret: s.APISecret, From: s.From, Service: s.MessagingService, BaseURL: s.BaseURL,
		Country: s.Country, MaxSegments: s.MaxSegments, MaxInFlight: s.AtOnce, PublicURL: c.PublicURL,
	}
}

// smsTokens are the account's auth tokens, one a line; the first is the one in use.
func smsTokens(s config.SMS) telemetry.Private[[]string] {
	var tokens []string
	for _, line := range strings.Split(s.Secret.Reveal(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			tokens = append(tokens, line)
		}
	}
	return telemetry.Hide(tokens)
}

// Carried says in a few words where messages go.
func Carried(c config.Config) string {
	var out []string
	if c.Email.Transport == config.SMTP {
		out = append(out, "e-mail goes out by "+c.Email.Host)
	}
	if c.SMS.Transport == config.Twilio {
		out = append(out, "text messages by Twilio")
	}
	if len(out) == 0 {
		return "messages go into the capture box"
	}
	return strings.Join(append(out, "all else into the capture box"), ", ")
}
