package unsubscribe

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
)

//go:embed words.json
var wordsFile []byte

//go:embed page.html
var pageFile string

// style stands in the page itself, so that it needs nothing else; the policy allows these very bytes.
//
//go:embed page.css
var style string

func styleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// words are what pages say in one language.
type words struct {
	Title, Ask, Button, Done, Email, Other, Unknown, Later string
}

// fallback is the language of a reader whose own has no words.
const fallback = "en"

// page is what one page shows.
type page struct {
	Language, Sender, Title, Text, Button string
}

// Style is the page's look.
func (page) Style() template.CSS { return template.CSS(style) }

func parse() (map[string]words, *template.Template, error) {
	var all map[string]words
	if err := json.Unmarshal(wordsFile, &all); err != nil {
		return nil, nil, fmt.Errorf("read the words about unsubscribing: %w", err)
	}
	t, err := template.New("page").Parse(pageFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read the page about unsubscribing: %w", err)
	}
	return all, t, nil
}

// in finds the words for the first of the languages that has some.
func (h *Handler) in(languages ...string) (string, words) {
	for _, language := range languages {
		for tag := strings.ToLower(language); tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
			if w, ok := h.words[tag]; ok {
				return tag, w
			}
		}
	}
	return fallback, h.words[fallback]
}

// preferred are the languages that a browser asks for, in its order.
func preferred(accept string) []string {
	if len(accept) > 200 {
		accept = accept[:200]
	}
	var out []string
	for one := range strings.SplitSeq(accept, ",") {
		tag, _, _ := strings.Cut(one, ";")
		out = append(out, strings.TrimSpace(tag))
	}
	return out
}
