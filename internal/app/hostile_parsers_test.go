package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unfuzzed are packages that know a decoder and have no fuzz target, each with the reason.
func unfuzzed() map[string]string {
	return map[string]string{
		"internal/api":                 "bodies are read by internal/strictjson and held against the operation's fields; the rest is its own contract",
		"internal/app":                 "what it reads it wrote itself, or intake, which is fuzzed, put into the quarantine before",
		"internal/control":             "both ends are Attune, over a socket of this machine that its user alone can open",
		"internal/delivery/reputation": "what it reads it wrote itself",
		"internal/finder":              "what it reads it wrote itself, sealed",
		"internal/population":          "a program of the reader's own, started by them, answers",
		"internal/postbox":             "the library reads the mail's session; what the mail says is read by internal/postbox/report",
		"internal/returns":             "what it reads it wrote itself, sealed",
		"internal/storytest":           "files of the program's own editors, on the command line",
		"internal/unsubscribe":         "its words are part of the program; the ticket is read by internal/ticket",
	}
}

// decoders are the calls with which bytes become something.
var decoders = regexp.MustCompile(`(json|xml|yaml|gob)\.(Unmarshal|NewDecoder)|csv\.NewReader|(gzip|zstd|s2)\.NewReader|parser\.ParseBytes|mail\.(ReadMessage|CreateReader|ParseAddress)|multipart\.NewReader|mime\.ParseMediaType|proto\.Unmarshal|UnmarshalVT|smtp\.NewServer|url\.ParseQuery|ParseForm`)

// Whoever reads bytes is fuzzed, or says why not: a parser that comes later cannot be forgotten.
func TestEveryParserIsFuzzed(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	reads, fuzzed := map[string]string{}, map[string]bool{}
	target := regexp.MustCompile(`(?m)^func Fuzz[A-Z]`)
	for _, top := range []string{"core", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".pb.go") {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if strings.HasSuffix(path, "_test.go") {
				fuzzed[dir] = fuzzed[dir] || target.Match(text)
				return nil
			}
			if call := decoders.Find(text); call != nil {
				reads[dir] = string(call)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	why := unfuzzed()
	var missing []string
	for dir, by := range reads {
		if !fuzzed[dir] && why[dir] == "" {
			missing = append(missing, dir+" reads with "+by)
		}
	}
	slices.Sort(missing)
	for _, m := range missing {
		t.Errorf("%s and has no fuzz target: write one, or say here why it needs none", m)
	}
	for dir := range why {
		if reads[dir] == "" || fuzzed[dir] {
			t.Errorf("%s needs no excuse any more: take it out of the list", dir)
		}
	}
	if len(reads) < 20 {
		t.Errorf("only %d packages read anything", len(reads))
	}
}
