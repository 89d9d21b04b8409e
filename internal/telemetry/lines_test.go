package telemetry_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"attune/internal/telemetry"
)

// Whatever a line of Attune's own log says is let through: a key that is not on the list would be dropped, and the line
// would not tell an operator what they need.
func TestEveryLineOfTheLogSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, is := n.(*ast.CallExpr)
				if !is || !logs(call) {
					return true
				}
				lines++
				for i := 1; i < len(call.Args); i += 2 {
					if key, known := text(call.Args[i]); known && !slices.Contains(telemetry.Keys(), key) {
						t.Errorf("%s: %q is not among the keys that may be written", set.Position(call.Pos()), key)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if lines < 20 {
		t.Errorf("only %d lines were found", lines)
	}
}

// logs tells a call that writes a line: a method of a logger whose first argument is the line's text.
func logs(call *ast.CallExpr) bool {
	method, is := call.Fun.(*ast.SelectorExpr)
	if !is || len(call.Args) < 3 || !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, method.Sel.Name) {
		return false
	}
	switch on := method.X.(type) {
	case *ast.SelectorExpr:
		return on.Sel.Name == "Logger"
	case *ast.Ident:
		return strings.EqualFold(on.Name, "logger") || on.Name == "log" || on.Name == "l"
	}
	return false
}

func text(e ast.Expr) (string, bool) {
	lit, is := e.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
