package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/words"
)

const document = "../../docs/reference/expressions.md"

var update = flag.Bool("update", false, "write the document as the language is now")

func TestTheCommittedDocumentIsCurrent(t *testing.T) {
	got := render(expr.Functions())
	if *update {
		if err := os.WriteFile(document, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the language is: run make docs", document)
	}
}

// Every example is an expression over the standard catalogue, and uses the function it is an example of.
func TestEveryExampleCompiles(t *testing.T) {
	for _, f := range expr.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			c := expr.NewCompiler(event.Standard())
			c.Declare(expr.Names{
				Signals:   []expr.Named{{Name: "slipping", Index: 0}, {Name: "refill_late", Index: 1}},
				Audiences: []expr.Named{{Name: "newcomers", Index: 2}},
				Behaviors: []expr.Choice{{Name: "adherence", Words: []string{"action", "maintenance"}}},
				Phase:     &expr.Choice{Index: 1, Words: []string{"treatment"}},
				Consent:   func(expr.ConsentQuestion) int { return 3 },
			})
			c.DeclareWords(words.Standard())
			c.DeclareValueSets([]expr.ValueSet{{Name: "hba1c", Codes: []string{"4548-4"}}})
			var problems []expr.Problem
			if f.Where == expr.InFilters {
				_, problems = c.Where("message.received", f.Example)
			} else {
				_, problems = c.State(f.Example)
			}
			if len(problems) > 0 {
				t.Errorf("%s: %v", f.Example, problems)
			}
			if !strings.Contains(f.Example, f.Name+"(") || !strings.Contains(f.Usage, f.Name+"(") || f.Says == "" {
				t.Errorf("%+v does not show itself", f)
			}
		})
	}
}
