package config

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var golden = flag.Bool("golden", false, "write the golden files anew")

func TestExampleIsTheDefaultAndTheGoldenFile(t *testing.T) {
	c, err := Read(File, []byte(Example()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("the example reads as %+v, want %+v", c, Default())
	}
	name := filepath.Join("testdata", File)
	if *golden {
		if err := os.WriteFile(name, []byte(Example()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || string(want) != Example() {
		t.Errorf("%s differs from the example (%v); write it anew with -golden:\n%s", name, err, Example())
	}
}

// The commented-out lines of the example are good lines as well.
func TestExampleWithEverythingSwitchedOn(t *testing.T) {
	s := strings.NewReplacer("# public_url:", "public_url:", "# proxies:", "proxies:", "# audit_witness:", "audit_witness:", "  # allow:", "  allow:", "  # issuer:", "  issuer:", "  # client_id:", "  client_id:", "  # client_secret_file:", "  client_secret_file:", "  # account_sid:", "  account_sid:", "  # secret_file:", "  secret_file:", "  # api_key:", "  api_key:", "  # api_secret_file:", "  api_secret_file:",
		"  # messaging_service:", "  # one of the two is enough:", "  # country:", "  country:",
		"  # host:", "  host:", "  # username:", "  username:", "  # password_file:", "  password_file:", "  # from:", "  from:",
		"  # dkim_domain:", "  dkim_domain:", "  # dkim_rsa_key_file:", "  dkim_rsa_key_file:",
		"  # dkim_ed25519_key_file:", "  dkim_ed25519_key_file:", "  # bounce_domain:", "  bounce_domain:", "  # bounce_listen:", "  bounce_listen:",
		"Demo clinic", "Riverside Clinic").Replace(Example())
	s = strings.Replace(s, "transport: capture", "transport: smtp", 1)
	s = strings.Replace(s, "transport: capture", "transport: twilio", 1)
	c, err := Read(File, []byte(s), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields() {
		if f.get(&c) == "" && f.path != "sms.messaging_service" {
			t.Errorf("%s has no example", f.path)
		}
	}
}

// What the file's comments say is what the struct's comments say, and every field is in the file.
func TestDocumentationIsOneText(t *testing.T) {
	docs := map[string]string{}
	src, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(src, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if st, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				for _, name := range f.Names {
					docs[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
		}
		return true
	})
	seen := map[string]bool{"Email.Password": true, "SMS.Secret": true, "SMS.APISecret": true, "Staff.ClientSecret": true, "Service.Name": true, "Service.Secret": true}
	for _, f := range serviceFields() {
		name, _, _ := strings.Cut(f.doc, " ")
		if name = "Service." + name; docs[name] != f.doc {
			t.Errorf("a service's %s says %q in the file and %q in the code", f.name, f.doc, docs[name])
		}
		seen[name] = true
	}
	if docs["Config.Services"] != servicesDoc {
		t.Errorf("the services say %q in the file and %q in the code", servicesDoc, docs["Config.Services"])
	}
	for _, f := range fields() {
		name, _, _ := strings.Cut(f.doc, " ")
		in := "Config"
		for _, s := range sections() {
			if strings.HasPrefix(f.path, s.name+".") {
				in = inCode(s)
			}
		}
		name = in + "." + name
		if docs[name] != f.doc {
			t.Errorf("%s says %q in the file and %q in the code", f.path, f.doc, docs[name])
		}
		if want := strings.ReplaceAll(f.name(), "_", ""); !strings.EqualFold(want, name[strings.IndexByte(name, '.')+1:]) {
			t.Errorf("%s is %s in the code", f.path, name)
		}
		seen[name] = true
	}
	for _, s := range sections() {
		if code := docs["Config."+inCode(s)]; code != s.doc {
			t.Errorf("the section %s says %q in the file and %q in the code", s.name, s.doc, code)
		}
		seen["Config."+inCode(s)] = true
	}
	for typ, v := range map[string]any{"Config": Config{}, "Email": Email{}, "SMS": SMS{}, "Staff": Staff{}, "Service": Service{}} {
		for i := range reflect.TypeOf(v).NumField() {
			if f := reflect.TypeOf(v).Field(i).Name; !seen[typ+"."+f] && f != "Services" {
				t.Errorf("%s.%s is not in the file", typ, f)
			}
		}
	}
}

// inCode is a section's name in the code.
func inCode(s section) string {
	if s.name == "sms" {
		return "SMS"
	}
	return strings.ToUpper(s.name[:1]) + s.name[1:]
}

func TestRead(t *testing.T) {
	src := `
organisation: Przychodnia Żuraw
data: /var/lib/attune
listen: "[::1]:443"
max_backlog: 5
public_url: https://attune.clinic.example/
sms:
  transport: twilio
  account_sid: AC00000000000000000000000000000001
  from: "+34600111222"
  country: ES
  max_segments: 3
email:
  dkim_rsa_key_file: key
  bounce_domain: b.clinic.example
  bounce_listen: 127.0.0.1:24
  bounce_protocol: lmtp
  transport: smtp
  host: mail.clinic.example
  port: 465
  username: attune
  from: Clinic <hello@clinic.example>
`
	c, err := Read(File, []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Organisation, want.Data, want.Listen, want.MaxBacklog = "Przychodnia Żuraw", "/var/lib/attune", "[::1]:443", 5
	want.PublicURL = "https://attune.clinic.example"
	want.Email.Transport, want.Email.Host, want.Email.Port, want.Email.Username, want.Email.From = SMTP, "mail.clinic.example", 465, "attune", "Clinic <hello@clinic.example>"
	want.Email.DKIMRSAKeyFile, want.Email.BounceDomain, want.Email.BounceListen, want.Email.BounceProtocol = "key", "b.clinic.example", "127.0.0.1:24", "lmtp"
	want.SMS.Transport, want.SMS.AccountSID, want.SMS.From, want.SMS.Country, want.SMS.MaxSegments = Twilio, "AC00000000000000000000000000000001", "+34600111222", "ES", 3
	if !reflect.DeepEqual(c, want) {
		t.Errorf("it reads as %+v, want %+v", c, want)
	}
	for _, empty := range []string{"", "\n", "# nothing\n", "---\n", "email:\n", "email: {}\n", "{}", "data:\nlisten: ~\n"} {
		if c, err := Read(File, []byte(empty), nil); err != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%q reads as %+v, %v", empty, c, err)
		}
	}
}

func TestEnvironmentWins(t *testing.T) {
	c, err := Read(File, []byte("data: a\nlisten: 127.0.0.1:1\nemail: {port: 25}\n"), []string{
		"ATTUNE_DATA=b", "ATTUNE_EMAIL_PORT=2525", "ATTUNE_LISTEN=", "ATTUNE_EMAIL_PASSWORD=canary-password", "ATTUNE_SOMETHING_ELSE=x", "PATH=/bin", "odd",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "b" || c.Email.Port != 2525 || c.Listen != "127.0.0.1:1" || c.Email.Password.Reveal() != "canary-password" {
		t.Errorf("it reads as %+v", c)
	}
	if s := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(s, "canary") {
		t.Errorf("the configuration shows its password: %s", s)
	}
}

func TestProblemsSayWhereAndWhatWasMeant(t *testing.T) {
	smtp := "organisation: Clinic\nemail:\n  transport: smtp\n  host: mail.clinic.example\n  from: hello@clinic.example\n"
	twilio := "organisation: Clinic\npublic_url: https://x.example\nsms:\n  transport: twilio\n  account_sid: AC00000000000000000000000000000001\n"
	for _, c := range []struct {
		src string
		env []string
		all []string
	}{
		{"dtaa: x\n", nil, []string{`attune.yaml:1:1: dtaa: there is no such field; did you mean "data"?`}},
		{"\nemail:\n  hots: x\n", nil, []string{`attune.yaml:3:3: email.hots: there is no such field; did you mean "host"?`}},
		{"maxBacklog: 5\n", nil, []string{`attune.yaml:1:1: maxBacklog: there is no such field; did you mean "max_backlog"?`}},
		{"emial:\n  host: x\n", nil, []string{`attune.yaml:1:1: emial: there is no such field; did you mean "email"?`}},
		{"host: x\n", nil, []string{`attune.yaml:1:1: host: there is no such field; did you mean email.host?`}},
		{"email:\n  data: x\n", nil, []string{`attune.yaml:2:3: email.data: there is no such field; did you mean data?`}},
		{"email.host: x\n", nil, []string{`attune.yaml:1:1: email.host: it is a field of a section; write "email:" and below it "  host: …"`}},
		{"email:\n  password: hunter2\n", nil, []string{`attune.yaml:2:3: email.password: there is no such field; passwords are not written here: set email.password_file or ATTUNE_EMAIL_PASSWORD`}},
		{"proxies: 10.0.0.5, everybody\n", nil, []string{`attune.yaml:1:10: proxies: "everybody" is no address or network of a proxy, such as "10.0.0.5" or "10.1.0.0/16"`}},
		{"proxies: 0.0.0.0/0\n", nil, []string{`attune.yaml:1:10: proxies: "0.0.0.0/0" is no address or network of a proxy, such as "10.0.0.5" or "10.1.0.0/16"`}},
		{"colour: red\n", nil, []string{`attune.yaml:1:1: colour: there is no such field; known here: delivery, limits, outbound, email, sms, staff, services, organisation, data, listen, public_url, proxies, program, max_backlog, learn_at, audit_witness`}},
		{"organisation: 123\n", nil, []string{`attune.yaml:1:15: organisation: it is a number and has to be text; write it in quotes: organisation: "123"`}},
		{"organisation: true\n", nil, []string{`attune.yaml:1:15: organisation: it is true or false and has to be text; write it in quotes: organisation: "true"`}},
		{"organisation: [a]\n", nil, []string{`attune.yaml:1:15: organisation: it is a list and has to be text`}},
		{"organisation: &a x\n", nil, []string{`attune.yaml:1:15: organisation: it is an anchor, alias or tag, which are not used here, and has to be text`}},
		{"max_backlog: many\n", nil, []string{`attune.yaml:1:14: max_backlog: "many" is text and has to be a whole number`}},
		{"max_backlog: \"5\"\n", nil, []string{`attune.yaml:1:14: max_backlog: "5" is text and has to be a whole number; write it without quotes: max_backlog: 5`}},
		{"max_backlog: 1.5\n", nil, []string{`attune.yaml:1:14: max_backlog: it is a number and has to be a whole number`}},
		{"learn_at: \"25:00\"\n", nil, []string{`attune.yaml:1:11: learn_at: "25:00" is not a time of day such as "03:30"`}},
		{"max_backlog: 0\n", nil, []string{`attune.yaml:1:14: max_backlog: 0 is not between 1 and 100000000`}},
		{"email:\n  port: 70000\n", nil, []string{`attune.yaml:2:9: email.port: 70000 is not between 1 and 65535`}},
		{"email: smtp\n", nil, []string{`attune.yaml:1:8: email: it is text and has to be fields with values`}},
		{"- a\n", nil, []string{`attune.yaml:1:1: it is a list and has to be fields with values`}},
		{"just text\n", nil, []string{`attune.yaml:1:1: it is text and has to be fields with values`}},
		{"email:\n  transport: smpt\n", nil, []string{`attune.yaml:2:14: email.transport: "smpt" is not one of capture, smtp; did you mean "smtp"?`}},
		{"email:\n  tls: none of them\n", nil, []string{`attune.yaml:2:8: email.tls: "none of them" is not one of required, opportunistic, none`}},
		{"listen: 8080\n", nil, []string{`attune.yaml:1:9: listen: it is a number and has to be text; write it in quotes: listen: "8080"`}},
		{"listen: here\n", nil, []string{`attune.yaml:1:9: listen: "here" is not an address and a port, such as "127.0.0.1:8080"`}},
		{"data: \"\"\n", nil, []string{`attune.yaml:1:7: data: it may not be empty`}},
		{"data: |\n  a\n  b\n", nil, []string{`attune.yaml:1:7: data: it has a line break or another control sign`}},
		{"public_url: http://x.example\n", nil, []string{`attune.yaml:1:13: public_url: "http://x.example" is not an address such as "https://attune.clinic.example", over https and without a path`}},
		{"public_url: https://x.example/attune\n", nil, []string{`attune.yaml:1:13: public_url: "https://x.example/attune" is not an address such as "https://attune.clinic.example", over https and without a path`}},
		{"email:\n  bounce_domain: x.example\n", nil, []string{`attune.yaml:2:3: email.bounce_domain: nothing takes its mail; set email.bounce_listen`}},
		{"email:\n  bounce_listen: 127.0.0.1:25\n", nil, []string{`attune.yaml:2:3: email.bounce_listen: there is no domain whose mail it takes; set email.bounce_domain`}},
		{"email:\n  bounce_domain: Bounces\n", nil, []string{`attune.yaml:2:18: email.bounce_domain: "Bounces" is not a domain in small letters, such as "clinic.example"`}},
		{"email:\n  dkim_rsa_selector: \"a b\"\n", nil, []string{`attune.yaml:2:22: email.dkim_rsa_selector: "a b" is not a name of small letters, digits and dashes, such as "attune-rsa"`}},
		{smtp + "  dkim_rsa_key_file: a\n  dkim_ed25519_key_file: b\n  dkim_rsa_selector: s\n  dkim_ed25519_selector: s\n", nil, []string{`attune.yaml:9:3: email.dkim_ed25519_selector: both keys have the same one; give each its own`}},
		{"email:\n  from: Clinic\n", nil, []string{`attune.yaml:2:9: email.from: "Clinic" is not a sender, such as "Riverside Clinic <hello@clinic.example>"`}},
		{"a: x\n---\nb: y\n", nil, []string{`attune.yaml:2:1: there is more than one document; remove the "---" between them`}},
		{"1: x\n", nil, []string{`attune.yaml:1:1: a field's name has to be a word`}},
		{"email:\n  transport: smtp\n", nil, []string{`attune.yaml:2:3: email.transport: smtp needs a mail server; set email.host`}},
		{strings.Replace(smtp, "organisation: Clinic\n", "", 1), nil, []string{`attune.yaml:2:3: email.transport: smtp needs the name of your organisation; set organisation`}},
		{smtp + "  tls: none\n", nil, []string{`attune.yaml:6:3: email.tls: none is only for a mail server on this machine; use "required"`}},
		{"", []string{"ATTUNE_EMAIL_TRANSPORT=smtp"}, []string{`attune.yaml: email.transport: smtp needs a mail server; set email.host`}},
		{"sms:\n  transport: twilio\n", nil, []string{`attune.yaml:2:3: sms.transport: twilio needs your account there; set sms.account_sid`}},
		{twilio, nil, []string{`attune.yaml:4:3: sms.transport: twilio needs a sender; set sms.from or sms.messaging_service`}},
		{twilio + "  from: Clinic\n  messaging_service: MG00000000000000000000000000000001\n", nil, []string{`attune.yaml:7:3: sms.messaging_service: there is sms.from as well; take one of them out`}},
		{strings.Replace(twilio, "public_url: https://x.example\n", "", 1) + "  from: Clinic\n", nil, []string{`attune.yaml:3:3: sms.transport: twilio needs an address where it reaches Attune; set public_url`}},
		{strings.Replace(twilio, "organisation: Clinic\n", "", 1) + "  from: Clinic\n", nil, []string{`attune.yaml:3:3: sms.transport: twilio needs the name of your organisation; set organisation`}},
		{"sms:\n  account_sid: AC1\n", nil, []string{`attune.yaml:2:16: sms.account_sid: "AC1" is not AC and 32 digits of base 16`}},
		{"sms:\n  from: The Riverside Clinic\n", nil, []string{`attune.yaml:2:9: sms.from: "The Riverside Clinic" is neither a number such as "+34600111222" nor a short code nor a name of at most 11 letters`}},
		{"sms:\n  base_url: http://api.twilio.com\n", nil, []string{`attune.yaml:2:13: sms.base_url: "http://api.twilio.com" is not an address such as "https://api.twilio.com"; http is only for this machine`}},
		{"sms:\n  country: Spain\n", nil, []string{`attune.yaml:2:12: sms.country: "Spain" is not a country in two capital letters, such as ES`}},
		{"sms:\n  max_segments: 11\n", nil, []string{`attune.yaml:2:17: sms.max_segments: 11 is not between 1 and 10`}},
		{"sms:\n  keywords: twilio\n", nil, []string{`attune.yaml:2:13: sms.keywords: "twilio" is not one of carrier, attune`}},
		{"sms:\n  auth_token: x\n", nil, []string{`attune.yaml:2:3: sms.auth_token: there is no such field; secrets are not written here: set sms.secret_file or ATTUNE_SMS_SECRET`}},
		{"public_url: http://x.example\n", nil, []string{`attune.yaml:1:13: public_url: "http://x.example" is not an address such as "https://attune.clinic.example", over https and without a path`}},
		{"", []string{"ATTUNE_EMAIL_PORT=x"}, []string{`environment: ATTUNE_EMAIL_PORT: "x" is not a whole number`}},
		{"", []string{"ATTUNE_EMAIL_HSOT=x"}, []string{`environment: ATTUNE_EMAIL_HSOT: there is no such variable; did you mean ATTUNE_EMAIL_HOST?`}},
		{"dtaa: x\nlisten: 5\nemail:\n  hots: x\n", []string{"ATTUNE_DTAA=x"}, []string{
			`attune.yaml:1:1: dtaa: there is no such field; did you mean "data"?`, `attune.yaml:2:9: listen: it is a number and has to be text; write it in quotes: listen: "5"`,
			`attune.yaml:4:3: email.hots: there is no such field; did you mean "host"?`, `environment: ATTUNE_DTAA: there is no such variable; did you mean ATTUNE_DATA?`,
		}},
	} {
		_, err := Read(File, []byte(c.src), c.env)
		var ps Problems
		if !errors.As(err, &ps) {
			t.Errorf("%q: the error is %v", c.src, err)
			continue
		}
		if got, want := err.Error(), strings.Join(c.all, "\n"); got != want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, want)
		}
	}
	for _, src := range []string{"data: x\ndata: y\n", "a: b: c\n", "{", "\tdata: x", "data: 'x", "\xff", strings.Repeat("# much\n", 20000)} {
		_, err := Read(File, []byte(src), nil)
		var ps Problems
		if !errors.As(err, &ps) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: the error is %v", src, err)
		}
	}
}

// A server inside the network is called only where it is named, and the problem says with what.
func TestAServerInsideHasToBeNamed(t *testing.T) {
	for src, want := range map[string]string{
		"services: {s: {url: 'https://10.0.0.7/x', secret_file: s}}":                                          `attune.yaml: services.s.url: 10.0.0.7:443 is not called: 10.0.0.7 is inside, and not on the internet; if it is meant, set outbound.allow: "10.0.0.7:443"`,
		"services: {s: {url: 'https://risk.example:8443', secret_file: s}}\noutbound: {allow: 'a.example:1'}": `attune.yaml: services.s.url: risk.example:8443 is not called: its port is not 443; if it is meant, set outbound.allow: "a.example:1, risk.example:8443"`,
		"services: {s: {url: 'https://169.254.169.254/', secret_file: s}}":                                    `attune.yaml: services.s.url: 169.254.169.254:443 is not called: 169.254.169.254 is never called; name another server`,
		"outbound: {allow: '169.254.169.254:80'}":                                                             `attune.yaml:1:19: outbound.allow: "169.254.169.254:80" is never called: nothing there is a service`,
		"outbound: {allow: 'risk.example'}":                                                                   `attune.yaml:1:19: outbound.allow: "risk.example" is not a server and its port, such as "risk.clinic.example:8443"`,
	} {
		if _, err := Read(File, []byte(src), nil); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", src, err, want)
		}
	}
	if _, err := Read(File, []byte("services: {s: {url: 'https://risk.example:8443', secret_file: s}}\noutbound: {allow: 'RISK.example:8443, [::1]:9'}"), nil); err != nil {
		t.Error(err)
	}
}

func TestServicesAreRead(t *testing.T) {
	src := "services:\n  risk_score:\n    url: https://risk.clinic.example/attune\n    secret_file: secret\n  beside: {url: 'http://127.0.0.1:9000/', secret_file: other, timeout: 500ms, insecure: true}\noutbound: {allow: '127.0.0.1:9000'}\n"
	c, err := Read(File, []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Service{
		{Name: "risk_score", URL: "https://risk.clinic.example/attune", SecretFile: "secret", Timeout: 10 * time.Second},
		{Name: "beside", URL: "http://127.0.0.1:9000/", SecretFile: "other", Timeout: 500 * time.Millisecond, Insecure: true},
	}
	if !reflect.DeepEqual(c.Services, want) {
		t.Errorf("they read as %+v, want %+v", c.Services, want)
	}
	service := func(fields string) string { return "services:\n  s: {" + fields + "}\n" }
	for src, want := range map[string]string{
		"services: https://x.example\n":                                       `attune.yaml:1:11: services: it is text and has to be fields with values`,
		"services:\n  Risk: {}\n":                                             `attune.yaml:2:3: services: a service's name has to be small letters, digits and _, at most 40, as a program's call step has it`,
		"services:\n  s: {}\n":                                                `attune.yaml:2:3: services.s: a service needs an address; set url`,
		service("url: 'https://x.example'"):                                   `attune.yaml:2:3: services.s: a service needs a secret that calls are signed with; set secret_file`,
		service("url: x, secret_file: s"):                                     `attune.yaml:2:12: services.s.url: it is not an address such as "https://risk.clinic.example/attune"`,
		service("url: 'https://a:b@x.example', secret_file: s"):               `attune.yaml:2:12: services.s.url: it holds a user or password: calls prove themselves by their signature`,
		service("url: 'http://x.example', secret_file: s"):                    `attune.yaml:2:7: services.s.url: http, without encryption, is only for a service on this machine; use https`,
		service("url: 'http://localhost', secret_file: s"):                    `attune.yaml:2:7: services.s.url: http is not encrypted; use https, or set insecure: true for a service on this machine`,
		service("url: 'https://x.example', secret_file: s, timeout: 5"):       `attune.yaml:2:58: services.s.timeout: it is a number and has to be text`,
		service("url: 'https://x.example', secret_file: s, timeout: 5h"):      `attune.yaml:2:58: services.s.timeout: "5h" is not a time from 100ms to 1m0s, such as 10s`,
		service("url: 'https://x.example', secret_file: s, insecure: maybe"):  `attune.yaml:2:59: services.s.insecure: it is text and has to be true or false`,
		service("url: 'https://x.example', secret_file: s, secret: whsec_xx"): `attune.yaml:2:49: services.s.secret: there is no such field; secrets are not written here: set secret_file`,
		service("url: 'https://x.example', secret_file: s, timout: 5s"):       `attune.yaml:2:49: services.s.timout: there is no such field; did you mean "timeout"?`,
	} {
		if _, err := Read(File, []byte(src), nil); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", src, err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if c, err := Load("", nil); err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	if _, err := Load("other.yaml", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is not there: %v", err)
	}
	write := func(name, s string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	smtp := "organisation: Clinic\nemail:\n  transport: smtp\n  host: mail.clinic.example\n  from: hello@clinic.example\n  username: attune\n"
	write(File, smtp)
	if _, err := Load("", nil); err == nil || !strings.Contains(err.Error(), "there is no password") {
		t.Errorf("a username alone: %v", err)
	}
	if c, err := Load("", []string{"ATTUNE_EMAIL_PASSWORD=canary"}); err != nil || c.Email.Password.Reveal() != "canary" {
		t.Errorf("a password in the environment: %+v, %v", c, err)
	}
	twilio := "organisation: Clinic\npublic_url: https://x.example\nsms:\n  transport: twilio\n  account_sid: AC00000000000000000000000000000001\n  from: Clinic\n"
	write(File, twilio)
	if _, err := Load("", nil); err == nil || !strings.Contains(err.Error(), "there is no auth token") {
		t.Errorf("an account alone: %v", err)
	}
	write("secret", "canary two\n")
	if c, err := Load("", []string{"ATTUNE_SMS_SECRET=canary"}); err != nil || c.SMS.Secret.Reveal() != "canary" || strings.Contains(fmt.Sprintf("%+v", c), "canary") {
		t.Errorf("a token in the environment: %+v, %v", c, err)
	}
	write(File, twilio+"  secret_file: secret\n  api_key: SK00000000000000000000000000000001\n")
	if _, err := Load("", nil); err == nil || !strings.Contains(err.Error(), "sms.api_key: there is no secret for it") {
		t.Errorf("a key alone: %v", err)
	}
	if c, err := Load("", []string{"ATTUNE_SMS_API_SECRET=canary"}); err != nil || c.SMS.Secret.Reveal() != "canary two" || c.SMS.APISecret.Reveal() != "canary" {
		t.Errorf("a token in a file and a key's secret: %+v, %v", c, err)
	}
	write(File, smtp+"  password_file: secret\n")
	if c, err := Load("", nil); err != nil || c.Email.Password.Reveal() != "canary two" {
		t.Errorf("a password in a file: %+v, %v", c, err)
	}
	write(File, smtp+"  password_file: missing\n")
	if _, err := Load("", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a password in a file that is not there: %v", err)
	}
	write(File, "services: {risk: {url: 'https://risk.example', secret_file: secret}}\n")
	if c, err := Load("", nil); err != nil || c.Services[0].Secret.Reveal() != "canary two\n" || strings.Contains(fmt.Sprintf("%+v", c), "canary") {
		t.Errorf("a service's secret: %+v, %v", c, err)
	}
	write(File, "services: {risk: {url: 'https://risk.example', secret_file: missing}}\n")
	if _, err := Load("", nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "services.risk") {
		t.Errorf("a service's secret in a file that is not there: %v", err)
	}
	write(File, "dtaa: x\n")
	if _, err := Load("", nil); err == nil || !strings.HasPrefix(err.Error(), "attune.yaml:1:1: dtaa") {
		t.Errorf("a problem: %v", err)
	}
}

// Whatever is read writes back to the same set-up, and whatever is not has a place and a reason.
func FuzzRead(f *testing.F) {
	f.Add(Example())
	f.Add("services:\n  risk_score: {url: 'https://x.example/a?b#c', secret_file: /s, timeout: 1m0.5s}\n  a1: {url: 'http://[::1]:8', secret_file: \"s \\u017b\", insecure: true}\n")
	for _, s := range []string{
		"", "data: x\n", "email: {host: x, port: 25}\n", "email:\n  from: Ż <a@b.c>\n", "a: &b [*b]\n", "data: !!str 5\n", "<<: {data: x}\n", "? data\n: x\n", "data: >-\n  a\n  b\n",
		"data: \"\\x41\\u017b\\n\"\n", "max_backlog: 0x10\n", "max_backlog: 1_000\n", "max_backlog: 99999999999999999999\n", "- - -\n", "%YAML 1.2\n---\ndata: x\n...\n", "data: x # y\n", "\ufeffdata: x\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		c, err := Read(File, []byte(src), nil)
		if err != nil {
			var ps Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("the error is %v", err)
			}
			lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 2
			for _, p := range ps {
				if p.File != File || p.Wrong == "" || p.Line > lines || p.Line < 0 {
					t.Errorf("a problem without a place or reason: %+v in %q", p, src)
				}
			}
			return
		}
		var back strings.Builder
		within := ""
		for _, fd := range fields() {
			indent := ""
			if in, _, nested := strings.Cut(fd.path, "."); nested {
				if indent = "  "; in != within {
					back.WriteString(in + ":\n")
				}
				within = in
			}
			back.WriteString(indent + fd.name() + ": " + write(&fd, fd.get(&c)) + "\n")
		}
		if len(c.Services) > 0 {
			back.WriteString("services:\n")
		}
		for _, x := range c.Services {
			fmt.Fprintf(&back, "  %q:\n    url: %q\n    secret_file: %q\n    timeout: %s\n    insecure: %v\n", x.Name, x.URL, x.SecretFile, x.Timeout, x.Insecure)
		}
		again, err := Read(File, []byte(back.String()), nil)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%q reads as %+v and then, from %q, as %+v, %v", src, c, back.String(), again, err)
		}
	})
}
