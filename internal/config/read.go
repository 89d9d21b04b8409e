package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"attune/internal/telemetry"
)

// File is the file that is read when none is named.
const File = "attune.yaml"

// most is far more than a file with a dozen fields needs, and little enough that no nesting is slow
// to read: the YAML library takes quadratic time for some.
const most = 16 << 10

// Load reads the file and the environment (as os.Environ gives it), and the password's file if there
// is one. With an empty name it reads attune.yaml if that exists and does without it if not; a file
// that was named has to exist. The error is [Problems] unless a file could not be read.
func Load(file string, environ []string) (Config, error) {
	name := file
	if name == "" {
		name = File
	}
	source, err := os.ReadFile(name)
	if err != nil && (file != "" || !errors.Is(err, fs.ErrNotExist)) {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Read(name, source, environ)
	if err != nil {
		return Config{}, err
	}
	if err := c.readSecrets(); err != nil {
		return Config{}, err
	}
	for i := range c.Services {
		secret, err := os.ReadFile(c.Services[i].SecretFile)
		if err != nil {
			return Config{}, fmt.Errorf("read the secret of services.%s: %w", c.Services[i].Name, err)
		}
		c.Services[i].Secret = telemetry.Hide(string(secret))
	}
	if field, wrong, hint := c.unlocked(); wrong != "" {
		return Config{}, Problems{{File: name, Field: field, Wrong: wrong, Hint: hint}}
	}
	return c, nil
}

// readSecrets reads the files with secrets that no variable holds.
func (c *Config) readSecrets() error {
	for _, s := range secrets() {
		at := slices.IndexFunc(fields(), func(f field) bool { return f.path == s.file })
		file := *fields()[at].text(c)
		if file == "" || s.in(c).IsSet() {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", s.file, err)
		}
		*s.in(c) = telemetry.Hide(strings.TrimRight(string(text), "\r\n"))
	}
	return nil
}

// unlocked says which secret is missing, and names the field to point at.
func (c *Config) unlocked() (field, wrong, hint string) {
	switch {
	case c.Email.Transport == SMTP && c.Email.Username != "" && c.Email.Password.Reveal() == "":
		return "email.username", "there is no password for it", "set email.password_file or " + passwordEnv
	case c.Staff.Issuer != "" && c.Staff.ClientSecret.Reveal() == "":
		return "staff.issuer", "there is no secret for it", "set staff.client_secret_file or ATTUNE_STAFF_CLIENT_SECRET"
	case c.SMS.Transport == Twilio && c.SMS.Secret.Reveal() == "":
		return "sms.account_sid", "there is no auth token for it", "set sms.secret_file or ATTUNE_SMS_SECRET"
	case c.SMS.Transport == Twilio && c.SMS.APIKey != "" && c.SMS.APISecret.Reveal() == "":
		return "sms.api_key", "there is no secret for it", "set sms.api_secret_file or ATTUNE_SMS_API_SECRET"
	}
	return "", "", ""
}

// Read reads the source of a configuration file of this name, and the environment over it. It opens
// nothing, so the password is set only if the environment holds it.
func Read(file string, source []byte, environ []string) (Config, error) {
	r := reader{file: file, c: Default(), fields: fields(), seen: map[string]*token.Position{}}
	r.source(source)
	r.environment(environ)
	r.c.PublicURL = strings.TrimRight(r.c.PublicURL, "/")
	if len(r.problems) == 0 {
		if path, wrong, hint := r.c.together(); wrong != "" {
			r.problem(r.seen[path], path, wrong, hint)
		}
	}
	if len(r.problems) > 0 {
		return Config{}, r.problems
	}
	return r.c, nil
}

type reader struct {
	file     string
	c        Config
	fields   []field
	seen     map[string]*token.Position
	problems Problems
}

func (r *reader) problem(at *token.Position, path, wrong, hint string) {
	p := Problem{File: r.file, Field: path, Wrong: wrong, Hint: hint}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	r.problems = append(r.problems, p)
}

func (r *reader) source(source []byte) {
	switch {
	case len(source) > most:
		r.problem(nil, "", fmt.Sprintf("the file has more than %d bytes", most), "")
		return
	case !utf8.Valid(source):
		r.problem(nil, "", "the file is not UTF-8", "save it as UTF-8")
		return
	}
	file, err := parse(source)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			r.problem(syntax.Token.Position, "", "it is not YAML: "+syntax.Message, "")
			return
		}
		r.problem(nil, "", "it is not YAML", "")
		return
	}
	if len(file.Docs) > 1 {
		// Asking an empty document for its token would panic, so its start is asked.
		var at *token.Position
		if start := file.Docs[1].Start; start != nil {
			at = start.Position
		}
		r.problem(at, "", "there is more than one document", `remove the "---" between them`)
		return
	}
	for _, doc := range file.Docs {
		r.mapping(doc.Body, "")
	}
}

// parse keeps a fault in the YAML library from stopping Attune.
func parse(source []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, errors.New("the YAML reader failed")
		}
	}()
	return parser.ParseBytes(source, 0)
}

// mapping reads the fields of the file (path "") or of a section.
func (r *reader) mapping(n ast.Node, path string) {
	for _, v := range r.values(n, path) {
		r.value(v, path)
	}
}

// values are a mapping's, or none with a problem.
func (r *reader) values(n ast.Node, path string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		r.problem(position(n), path, fmt.Sprintf("it is %s and has to be fields with values", kind(n)), "")
	}
	return nil
}

func (r *reader) value(v *ast.MappingValueNode, parent string) {
	key, ok := v.Key.(*ast.StringNode)
	if !ok {
		r.problem(position(v.Key), parent, "a field's name has to be a word", "")
		return
	}
	at, path := position(key), key.Value
	if parent != "" {
		path = parent + "." + key.Value
	}
	if parent == "" && strings.Contains(path, ".") && r.known(path) {
		in, name, _ := strings.Cut(path, ".")
		r.problem(at, path, "it is a field of a section", fmt.Sprintf("write %q and below it %q", in+":", "  "+name+": …"))
		return
	}
	if !isSection(path) && path != services && !r.known(path) {
		r.problem(at, path, "there is no such field", r.meant(key.Value, parent))
		return
	}
	if r.seen[path] != nil {
		r.problem(at, path, fmt.Sprintf("it is there twice, first in line %d", r.seen[path].Line), "")
		return
	}
	r.seen[path] = at
	switch {
	case isSection(path):
		r.mapping(v.Value, path)
		return
	case path == services:
		r.services(v.Value)
		return
	}
	r.scalar(r.field(path), v.Value)
}

func (r *reader) scalar(f *field, n ast.Node) {
	at := position(n)
	var text string
	number := false
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return // a name without a value leaves the default
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = n.Value.Value
	case *ast.IntegerNode:
		text, number = fmt.Sprint(n.Value), true
	default:
		if f.number == nil {
			r.problem(at, f.path, fmt.Sprintf("it is %s and has to be text", kind(n)), inQuotes(f, n))
		} else {
			r.problem(at, f.path, fmt.Sprintf("it is %s and has to be a whole number", kind(n)), "")
		}
		return
	}
	switch {
	case f.number == nil && number:
		r.problem(at, f.path, "it is a number and has to be text", inQuotes(f, n))
		return
	case f.number != nil && !number:
		hint := ""
		if _, err := strconv.Atoi(text); err == nil {
			hint = "write it without quotes: " + f.name() + ": " + text
		}
		r.problem(at, f.path, fmt.Sprintf("%s is text and has to be a whole number", quote(text)), hint)
		return
	}
	if wrong, hint := f.put(&r.c, text); wrong != "" {
		r.problem(at, f.path, wrong, hint)
	}
}

// environment reads the variables that belong to fields, and points at those that nearly do. Other
// variables beginning with ATTUNE_ belong to somebody else.
func (r *reader) environment(environ []string) {
	var names []string
	hidden := map[string]*telemetry.Private[string]{}
	for _, s := range secrets() {
		names = append(names, s.env)
		hidden[s.env] = s.in(&r.c)
	}
	byName := map[string]*field{}
	for i := range r.fields {
		names = append(names, r.fields[i].env())
		byName[r.fields[i].env()] = &r.fields[i]
	}
	for _, e := range environ {
		name, v, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "ATTUNE_") || v == "" {
			continue
		}
		var wrong, hint string
		switch f := byName[name]; {
		case hidden[name] != nil:
			*hidden[name] = telemetry.Hide(v)
		case f != nil:
			wrong, hint = f.put(&r.c, v)
		default:
			if near := nearest(strings.TrimPrefix(name, "ATTUNE_"), trimmed(names)); near != "" {
				wrong, hint = "there is no such variable", fmt.Sprintf("did you mean ATTUNE_%s?", near)
			}
		}
		if wrong != "" {
			r.problems = append(r.problems, Problem{File: "environment", Field: name, Wrong: wrong, Hint: hint})
		}
	}
}

func trimmed(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.TrimPrefix(n, "ATTUNE_")
	}
	return out
}

func (r *reader) known(path string) bool { return r.field(path) != nil }

func (r *reader) field(path string) *field {
	for i := range r.fields {
		if r.fields[i].path == path {
			return &r.fields[i]
		}
	}
	return nil
}

// meant guesses at an unknown name: a neighbour in its section, or the same name in another.
func (r *reader) meant(name, parent string) string {
	if secret := letters(name); parent == "sms" && (secret == "secret" || secret == "token" || secret == "authtoken" || secret == "password") {
		return "secrets are not written here: set sms.secret_file or ATTUNE_SMS_SECRET"
	} else if secret == "password" {
		return "passwords are not written here: set email.password_file or " + passwordEnv
	}
	var here, elsewhere []string
	if parent == "" {
		for _, s := range sections() {
			here = append(here, s.name)
		}
		here = append(here, services)
	}
	for i := range r.fields {
		f := &r.fields[i]
		if in, _, nested := strings.Cut(f.path, "."); nested && in == parent || !nested && parent == "" {
			here = append(here, f.name())
		} else {
			elsewhere = append(elsewhere, f.path)
			if f.name() == name || f.path == name {
				return fmt.Sprintf("did you mean %s?", f.path)
			}
		}
	}
	if near := nearest(name, here); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if near := nearest(name, elsewhere); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "known here: " + strings.Join(here, ", ")
}

func position(n ast.Node) *token.Position {
	if n == nil || n.GetToken() == nil {
		return nil
	}
	return n.GetToken().Position
}

// kind names what a value is, in words for people.
func kind(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "empty"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "an anchor, alias or tag, which are not used here,"
	}
	return "something else"
}

func inQuotes(f *field, n ast.Node) string {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return fmt.Sprintf("write it in quotes: %s: %s", f.name(), quote(n.GetToken().Value))
	}
	return ""
}
