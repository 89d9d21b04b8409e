package config

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

const (
	services    = "services"
	servicesDoc = "Services are the systems that programs can call, by the name that a call step has. They have no variables."
)

// The bounds of one attempt.
const (
	defaultTimeout = 10 * time.Second
	leastTimeout   = 100 * time.Millisecond
	mostTimeout    = time.Minute
)

// serviceField is one line of a service.
type serviceField struct {
	name, doc, example string
	// put takes the value, or says what is wrong with it.
	put func(s *Service, v ast.Node) string
}

// serviceFields lists the fields of a service in their order.
func serviceFields() []serviceField {
	return []serviceField{
		{
			name: "url", example: `"https://risk.clinic.example/attune"`,
			doc: "URL is where calls are sent, over HTTPS.",
			put: func(s *Service, v ast.Node) (wrong string) { s.URL, wrong = words(v); return or(wrong, isURL(s.URL)) },
		},
		{
			name: "secret_file", example: "/run/secrets/attune-risk-score",
			doc: "SecretFile is a file with the secret that calls are signed with: whsec_ and base64, as Standard Webhooks write it. A second line can hold a second secret while the first one is replaced.",
			put: func(s *Service, v ast.Node) (wrong string) { s.SecretFile, wrong = words(v); return wrong },
		},
		{
			name: "timeout", example: "10s",
			doc: "Timeout is how long one attempt may take, such as 10s. It is made again until the step's time is over.",
			put: func(s *Service, v ast.Node) string {
				text, wrong := words(v)
				if wrong != "" {
					return wrong
				}
				d, err := time.ParseDuration(text)
				if err != nil || d < leastTimeout || d > mostTimeout {
					return fmt.Sprintf("%s is not a time from %s to %s, such as 10s", quote(text), leastTimeout, mostTimeout)
				}
				s.Timeout = d
				return ""
			},
		},
		{
			name: "insecure", example: "false",
			doc: "Insecure allows http, without encryption. It is only for a service on this machine.",
			put: func(s *Service, v ast.Node) string {
				b, ok := v.(*ast.BoolNode)
				if !ok {
					return fmt.Sprintf("it is %s and has to be true or false", kind(v))
				}
				s.Insecure = b.Value
				return ""
			},
		},
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// words reads a plain text that is not empty.
func words(v ast.Node) (text, wrong string) {
	switch v := v.(type) {
	case *ast.StringNode:
		text = v.Value
	case *ast.LiteralNode:
		text = v.Value.Value
	default:
		return "", fmt.Sprintf("it is %s and has to be text", kind(v))
	}
	return text, or(needed(text), plain(text))
}

func isURL(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return `it is not an address such as "https://risk.clinic.example/attune"`
	}
	if u.User != nil {
		return "it holds a user or password: calls prove themselves by their signature"
	}
	return ""
}

// services reads the services by their names.
func (r *reader) services(n ast.Node) {
	for _, v := range r.values(n, services) {
		at := position(v.Key)
		key, ok := v.Key.(*ast.StringNode)
		if !ok || key.Value == "" || len(key.Value) > 40 || strings.Trim(key.Value, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			r.problem(at, services, "a service's name has to be small letters, digits and _, at most 40, as a program's call step has it", "")
			continue
		}
		r.service(key.Value, at, v.Value)
	}
}

func (r *reader) service(name string, at *token.Position, n ast.Node) {
	path := services + "." + name
	s := Service{Name: name, Timeout: defaultTimeout}
	before := len(r.problems)
	seen := map[string]*token.Position{}
	for _, v := range r.values(n, path) {
		r.serviceValue(&s, path, v, seen)
	}
	if len(r.problems) > before {
		return
	}
	if place, wrong, hint := s.together(); wrong != "" {
		if seen[place] != nil {
			at, path = seen[place], path+"."+place
		}
		r.problem(at, path, wrong, hint)
		return
	}
	r.c.Services = append(r.c.Services, s)
}

func (r *reader) serviceValue(s *Service, path string, v *ast.MappingValueNode, seen map[string]*token.Position) {
	key, ok := v.Key.(*ast.StringNode)
	if !ok {
		r.problem(position(v.Key), path, "a field's name has to be a word", "")
		return
	}
	at, in := position(key), path+"."+key.Value
	var known []string
	for _, f := range serviceFields() {
		known = append(known, f.name)
		if f.name != key.Value {
			continue
		}
		seen[f.name] = at
		if wrong := f.put(s, v.Value); wrong != "" {
			r.problem(position(v.Value), in, wrong, "")
		}
		return
	}
	hint := "known here: " + strings.Join(known, ", ")
	if near := nearest(key.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	if letters(key.Value) == "secret" {
		hint = "secrets are not written here: set secret_file"
	}
	r.problem(at, in, "there is no such field", hint)
}

// together looks at what only the whole service can tell. It names the field to point at.
func (s *Service) together() (field, wrong, hint string) {
	u, err := url.Parse(s.URL)
	switch {
	case s.URL == "" || err != nil:
		return "", "a service needs an address", "set url"
	case s.SecretFile == "":
		return "", "a service needs a secret that calls are signed with", "set secret_file"
	case u.Scheme == "https":
		return "", "", ""
	case !isLoopback(u.Hostname()):
		return "url", "http, without encryption, is only for a service on this machine", "use https"
	case !s.Insecure:
		return "url", "http is not encrypted", "use https, or set insecure: true for a service on this machine"
	}
	return "", "", ""
}

// isLoopback tells a host of this machine.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost"
}
