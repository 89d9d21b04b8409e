package wall

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"attune/core/journeymap"
)

// Whatever a poster says by itself is in the table, in every language, with the same things put in; and the table has nothing else.
func TestAPosterHasAllItsWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	said := map[string]bool{"line of interaction": true, "line of visibility": true, "everybody": true}
	for n := range 5 {
		said[heatWord(n+1)] = true
	}
	for m := time.January; m <= time.December; m++ {
		said[m.String()] = true
	}
	for _, part := range journeymap.Lifecycle() {
		said[part] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../app/wall.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if !slices.Contains([]string{"say", "sayf", "Say", "Sayf"}, name) {
				return true
			}
			for _, a := range call.Args[:min(2, len(call.Args))] {
				if l, is := a.(*ast.BasicLit); is && l.Kind == token.STRING {
					s, err := strconv.Unquote(l.Value)
					if err != nil {
						t.Fatal(err)
					}
					said[s] = true
					break
				}
			}
			return true
		})
	}
	verbs := regexp.MustCompile(`%[sd%]`)
	for lang, words := range table() {
		for s := range said {
			if words[s] == "" {
				t.Errorf("%q has no words in %s", s, lang)
			}
			if got, want := verbs.FindAllString(words[s], -1), verbs.FindAllString(s, -1); !slices.Equal(got, want) {
				t.Errorf("%q puts in %v, and in %s %v", s, want, lang, got)
			}
		}
		for s := range words {
			if !said[s] {
				t.Errorf("nobody says %q, which is in the table for %s", s, lang)
			}
		}
	}
	if len(said) < 60 {
		t.Errorf("%d words were found, so this shows nothing", len(said))
	}
}

// In another language no English word of the poster's own is left, and numbers are written as the language writes them.
func TestAPosterInSpanishIsSpanish(t *testing.T) {
	t.Parallel()
	m := model(t, "rheumatoid")
	m.Lang = "es"
	var all []string
	for _, mark := range Lay(m, size(t, "a0")).Marks {
		if mark.Text != nil {
			all = append(all, mark.Text.S)
		}
	}
	text := " " + strings.Join(all, " ") + " "
	for _, english := range []string{"here now", "How it feels", "Where to act first", "Moving through", "went on", "hand-off:", "as of"} {
		if strings.Contains(text, english) {
			t.Errorf("%q is on the Spanish poster", english)
		}
	}
	for _, spanish := range []string{"ahora aquí", "Cómo se siente", "Dónde actuar primero", "siguieron"} {
		if !strings.Contains(text, spanish) {
			t.Errorf("%q is not on the Spanish poster", spanish)
		}
	}
	if found := regexp.MustCompile(`\d,\d{3}\b`).FindString(text); found != "" {
		t.Errorf("%q is read as a decimal number in Spanish", found)
	}
}
