package config

import (
	"strconv"
	"strings"
)

// Example is an attune.yaml that says what is so without it, with a comment for each field. Reading
// it gives [Default].
func Example() string {
	c := Default()
	var b strings.Builder
	b.WriteString("# How this installation of Attune is set up. Every line has its default here and can be left out.\n" +
		"# Each field can also be set by a variable, which wins: ATTUNE_ and its name in capitals, such as\n" +
		"# ATTUNE_LISTEN or ATTUNE_EMAIL_HOST. Paths are relative to the folder Attune is started in.\n")
	in, indent := "", ""
	for _, f := range fields() {
		b.WriteString("\n")
		for _, s := range sections() {
			if s.name != in && strings.HasPrefix(f.path, s.name+".") {
				b.WriteString(comment("", s.name, s.doc) + s.name + ":\n")
				in, indent = s.name, "  "
			}
		}
		b.WriteString(comment(indent, f.name(), f.doc))
		v := f.get(&c)
		switch {
		case v == "":
			b.WriteString(indent + "# " + f.name() + ": " + write(&f, f.example) + "\n")
		default:
			b.WriteString(indent + f.name() + ": " + write(&f, v) + "\n")
		}
	}
	b.WriteString("\n" + comment("", services, servicesDoc) + "# " + services + ":\n#   risk_score:\n")
	for _, f := range serviceFields() {
		b.WriteString(comment("#     ", f.name, f.doc) + "#     " + f.name + ": " + f.example + "\n")
	}
	return b.String()
}

// comment wraps documentation at a hundred columns. It begins with Go's name for the field, in whose
// place people see the file's.
func comment(indent, name, doc string) string {
	var b strings.Builder
	line := indent + "# " + name
	for _, w := range strings.Fields(doc)[1:] {
		if len(line)+1+len(w) > 100 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}

// write writes a value as YAML: text that could be taken for something else in quotes.
func write(f *field, v string) string {
	if f.number != nil {
		return v
	}
	for _, r := range v {
		if (r < 'a' || r > 'z') && r != '/' && r != '.' && r != '-' {
			return strconv.Quote(v)
		}
	}
	return v
}
