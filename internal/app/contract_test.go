package app

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

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

// Every answer is as the contract says, of every operation that can be asked without further ado, and every refusal is a Problem.
func TestAnswersAreAsTheContractSays(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	c.who = everything()
	bodies := map[string]string{
		"findPeople": `{"name":"Meier"}`, "explain": `{"program":"diabetes"}`, "checkPrograms": `{}`, "setHold": `{"note":"rest"}`, "writeNote": `{"kind":"note","text":"Prefers to be rung before noon"}`, "openRecord": `{"reason":"to see how it answers"}`,
		"addSource": `{"source":"ehr"}`, "pause": `{"channel":"sms","why":"a test"}`, "requestErasure": `{"reason":"they asked"}`, "addToken": `{"name":"t","roles":["auditor"]}`,
	}
	done := 0
	for _, o := range c.n.Operations() {
		path := strings.NewReplacer("{person}", c.ana, "{program}", "diabetes", "{release}", "live", "{hold}", "bereavement").Replace(o.Path)
		body := bodies[o.ID]
		if strings.Contains(path, "{") || o.Method != "GET" && body == "" && o.ID != "replay" {
			path = strings.NewReplacer("{", "", "}", "").Replace(path) // it is refused, which is an answer too
		}
		r := httptest.NewRequestWithContext(t.Context(), o.Method, path, strings.NewReader(body))
		r.Header.Set("Attune-Purpose", "treatment")
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		c.http.ServeHTTP(w, r)
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s is not in the contract: %v", o.Method, path, err)
			continue
		}
		in := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
			Status:                 w.Code, Header: w.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		in.SetBodyBytes(w.Body.Bytes())
		if w.Code < 300 {
			done++
		}
		if o.ID == "listEvents" {
			continue // a file
		}
		if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
			t.Errorf("%s %s answers %d: %v", o.Method, path, w.Code, err)
		}
	}
	t.Logf("%d operations were done, the others refused", done)
	if done < 45 {
		t.Errorf("only %d operations were done", done)
	}
}
