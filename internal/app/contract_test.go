package app

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/api"
)

var update = flag.Bool("update", false, "write the contract as the operations are now")

// comments reads what the source of all packages says of types and their fields.
func comments(t *testing.T) api.Comments {
	t.Helper()
	out := api.Comments{}
	root := filepath.Join("..", "..")
	for _, top := range []string{"core", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			pkg := "attune/" + filepath.ToSlash(dir)
			for _, d := range f.Decls {
				g, is := d.(*ast.GenDecl)
				if !is || g.Tok != token.TYPE {
					continue
				}
				for _, s := range g.Specs {
					spec := s.(*ast.TypeSpec)
					key := pkg + "." + spec.Name.Name
					doc := spec.Doc
					if doc == nil {
						doc = g.Doc
					}
					out[key] = sentence(doc)
					if st, is := spec.Type.(*ast.StructType); is {
						for _, field := range st.Fields.List {
							for _, name := range field.Names {
								out[key+"."+name.Name] = sentence(field.Doc)
							}
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func sentence(c *ast.CommentGroup) string {
	return strings.Join(strings.Fields(c.Text()), " ")
}

// The contract is what the operations are: their addresses, what they take and give, and who may.
func TestTheContractIsWhatTheOperationsAre(t *testing.T) {
	t.Parallel()
	n, _ := apiNode(t)
	got, err := api.Contract(n.Operations(), comments(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "api", "openapi.yaml")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("internal/api/openapi.yaml is not what the operations are: go test ./internal/app -run Contract -update writes it anew")
	}
}

// apiNode is a node whose API can be asked.
func apiNode(t *testing.T) (*Node, string) {
	t.Helper()
	rel, _ := mustLoad(t, diabetes)
	data := t.TempDir()
	n, err := Open(t.Context(), Options{Data: data, Organisation: "test", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	n.desk()
	return n, data
}
