package config

import (
	"fmt"
	"net/url"
)

// staffFields lists the fields of the section for staff who sign in elsewhere, in their order.
func staffFields() []field {
	return []field{
		{
			path: "staff.issuer", text: func(c *Config) *string { return &c.Staff.Issuer }, check: isIssuer, example: "https://login.clinic.example",
			doc: "Issuer is the address of the system that knows your staff, as it writes it itself. It needs public_url, and is told public_url and /sign-in/elsewhere/done as where to send people back.",
		},
		{
			path: "staff.client_id", text: func(c *Config) *string { return &c.Staff.ClientID }, example: "attune",
			doc: "ClientID is what that system calls Attune.",
		},
		{
			path: "staff.client_secret_file", text: func(c *Config) *string { return &c.Staff.ClientSecretFile }, example: "/run/secrets/attune-staff",
			doc: "ClientSecretFile is a file with the secret that it gave Attune, and nothing else. Instead of a file, ATTUNE_STAFF_CLIENT_SECRET can hold it.",
		},
		{
			path: "staff.button", text: func(c *Config) *string { return &c.Staff.Button }, check: needed,
			doc: "Button is what people call that system; it stands on the button.",
		},
	}
}

func (s *Staff) together(c *Config) (path, wrong, hint string) {
	switch {
	case s.Issuer == "" && s.ClientID != "":
		return "staff.client_id", "there is no system whose client it is", "set staff.issuer"
	case s.Issuer != "" && s.ClientID == "":
		return "staff.issuer", "it needs what that system calls Attune", "set staff.client_id"
	case s.Issuer != "" && c.PublicURL == "":
		return "staff.issuer", "people have to be sent back to an address", "set public_url"
	}
	return "", "", ""
}

func isIssuer(v string) string {
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return fmt.Sprintf(`%s is not an address such as "https://login.clinic.example"; http is only for this machine`, quote(v))
	}
	return ""
}
