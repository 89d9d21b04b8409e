// Package programdir reads a program's folder from disk into the tree that core/program understands.
// It knows YAML and files, and nothing of what the fields mean.
package programdir

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"attune/core/event"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/core/source"
)

const (
	maxFile  = 1 << 20   // bytes of one file
	maxYAML  = 256 << 10 // bytes of one YAML file, over which the parser takes a second or two
	maxFiles = 2000
	maxPath  = 200 // bytes of a file's name with its folders
	maxDepth = 40  // levels of nesting in YAML
)

// Files is what a program's folder holds.
type Files struct {
	// Home is the folder's path, which stands before each file's in problems.
	Home string
	// Texts holds every file's bytes by its path within the folder, with slashes.
	Texts map[string]string
	// Standards names those that stand beside the folder. Those that the program names are among the
	// texts, as if they stood in it, and Places says where they do.
	Standards []string
	Places    map[string]string
}

// Load reads and compiles the programs of the given folders into one release. Problems are what is
// wrong with what was written, with the folder's path before each file; err is what went wrong
// reading it.
func Load(zones *instant.Zones, dirs ...string) (rel *release.Release, problems []source.Problem, err error) {
	var all []Files
	for _, dir := range dirs {
		files, found, err := ReadFiles(dir)
		if err != nil {
			return nil, nil, err
		}
		all, problems = append(all, files), append(problems, Within(dir, found)...)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	rel, problems = Compile(zones, all...)
	return rel, problems, nil
}

// Compile makes one release of what folders hold.
func Compile(zones *instant.Zones, folders ...Files) (rel *release.Release, problems []source.Problem) {
	var programs []*program.Program
	for _, files := range folders {
		folder, found := trees(files)
		if len(found) == 0 {
			var p *program.Program
			if p, found = program.Read(folder, zones); p != nil {
				p.Warnings = Within(files.Home, p.Warnings)
				programs = append(programs, p)
			}
		}
		problems = append(problems, Within(files.Home, found)...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	rel, problems = release.Compile(event.Standard(), zones, programs...)
	if len(folders) == 1 {
		problems = Within(folders[0].Home, problems)
	}
	return rel, problems
}

// Within puts a folder's path before the places of problems that were found in it.
func Within(dir string, problems []source.Problem) []source.Problem {
	for i := range problems {
		problems[i].Pos.File = filepath.ToSlash(filepath.Join(dir, problems[i].Pos.File))
	}
	return problems
}

// Read takes a folder's files in: YAML as trees, everything as text.
func Read(dir string) (program.Folder, []source.Problem, error) {
	files, problems, err := ReadFiles(dir)
	if err != nil || len(problems) > 0 {
		return program.Folder{Name: dir}, problems, err
	}
	folder, problems := trees(files)
	return folder, problems, nil
}

// FolderOf takes files in that were read already: YAML as trees, everything as text.
func FolderOf(files Files) (program.Folder, []source.Problem) { return trees(files) }

// ReadFiles reads what a program's folder holds. Files and folders whose names begin with a dot are no
// part of a program.
func ReadFiles(dir string) (Files, []source.Problem, error) {
	f := Files{Home: dir, Texts: map[string]string{}, Places: map[string]string{}}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return f, nil, fmt.Errorf("read program: %s is not a folder with a program.yaml in it", dir)
	}
	var problems source.Problems
	root, err := os.OpenRoot(dir)
	if err != nil {
		return f, nil, fmt.Errorf("read program: %w", err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if len(f.Texts) == maxFiles {
			return fmt.Errorf("there are more than %d files", maxFiles)
		}
		if info, err := d.Info(); err != nil || info.Size() > maxFile {
			problems.Add(source.Pos{File: path}, "split it", "the file is larger than 1 MB")
			return nil
		}
		text, err := fs.ReadFile(root.FS(), path)
		if err != nil {
			return err
		}
		f.Texts[path] = string(text)
		return nil
	})
	if err != nil {
		return f, nil, fmt.Errorf("read program %s: %w", dir, err)
	}
	if err := f.standards(); err != nil {
		return f, nil, fmt.Errorf("read standards of %s: %w", dir, err)
	}
	return f, problems.List(), nil
}

// standards takes in the standards that the program names from the folder standards beside it. They go
// before those that stand in the program's own, as they do in a folder that was pulled.
func (f *Files) standards() error {
	beside := filepath.Join(f.Home, "..", "standards")
	root, err := os.OpenRoot(beside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	found, err := fs.Glob(root.FS(), "*.yaml")
	if err != nil {
		return err
	}
	var unheard source.Problems // they are told where the whole folder is read
	named := form.TextsOf(ParseYAML("program.yaml", []byte(f.Texts["program.yaml"]), &unheard).Get("standards"))
	for _, file := range found {
		f.Standards = append(f.Standards, strings.TrimSuffix(file, ".yaml"))
		if !slices.Contains(named, strings.TrimSuffix(file, ".yaml")) {
			continue
		}
		if info, err := root.Stat(file); err != nil || info.Size() > maxFile {
			return fmt.Errorf("%s cannot be read, or is larger than 1 MB", file)
		}
		text, err := root.ReadFile(file)
		if err != nil {
			return err
		}
		f.Texts[program.Standards+file] = string(text)
		f.Places[program.Standards+file] = "../standards/" + file
	}
	return nil
}

// trees takes files in, in the order of their paths.
func trees(files Files) (program.Folder, []source.Problem) {
	f := program.Folder{Name: files.Home, Trees: map[string]*source.Node{}, Texts: files.Texts, Standards: files.Standards}
	var problems source.Problems
	paths := slices.Sorted(maps.Keys(files.Texts))
	if bounded(paths, files.Texts, &problems); !problems.Empty() { // what is too much is looked at no further
		return f, problems.List()
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".json") {
			if tree := ParseJSON(path, files.Texts[path], &problems); tree != nil {
				f.Trees[path] = tree
			}
		}
		if strings.HasSuffix(path, ".yaml") {
			if tree := ParseYAML(cmp.Or(files.Places[path], path), []byte(files.Texts[path]), &problems); tree != nil {
				f.Trees[path] = tree
			}
		}
	}
	return f, problems.List()
}

// bounded tells of files that are more, longer or longer named than a program's are. Files may come from elsewhere than a folder.
func bounded(paths []string, texts map[string]string, problems *source.Problems) {
	if len(paths) > maxFiles {
		problems.Add(source.Pos{}, "leave out what the program does not name", "there are more than %d files", maxFiles)
		return
	}
	for _, path := range paths {
		if len(path) > maxPath {
			problems.Add(source.Pos{File: strings.ToValidUTF8(path[:40], "") + "…"}, "call it something shorter", "the file's name has %d bytes, more than %d", len(path), maxPath)
		} else if len(texts[path]) > maxFile {
			problems.Add(source.Pos{File: path}, "split it", "the file is larger than 1 MB")
		}
	}
}

// ParseYAML makes a tree of one YAML document. Anchors, aliases, tags and merges are refused: a
// program says what it means where it means it.
func ParseYAML(file string, text []byte, problems *source.Problems) *source.Node {
	if len(text) > maxYAML {
		problems.Add(source.Pos{File: file}, "split it", "the file is larger than 256 kB")
		return nil
	}
	if line := secondDocument(string(text)); line > 0 {
		problems.Add(source.Pos{File: file, Line: line, Column: 1}, "make two files of it", "the file holds more than one document")
		return nil
	}
	if line := tooDeep(string(text)); line > 0 {
		problems.Add(source.Pos{File: file, Line: line, Column: 1}, "write it flatter", "it is nested too deep")
		return nil
	}
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		at, what := source.Pos{File: file}, err.Error()
		var syntax interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &syntax) {
			at, what = position(file, syntax.GetToken()), syntax.GetMessage()
		}
		problems.Add(at, "check the indentation and quotes", "this is not YAML: %s", what)
		return nil
	}
	var body ast.Node
	for _, doc := range parsed.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			problems.Add(position(file, doc.Body.GetToken()), "make two files of it", "the file holds more than one document")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		return nil
	}
	return convert(file, body, problems, 0)
}

// ParseJSON makes a tree of a JSON text, which is YAML too when its tabs are spaces: JSON has none inside
// its texts.
func ParseJSON(file, text string, problems *source.Problems) *source.Node {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		at := source.Pos{File: file}
		if wrong, is := errors.AsType[*json.SyntaxError](err); is {
			before := text[:min(max(int(wrong.Offset)-1, 0), len(text))]
			at.Line = 1 + strings.Count(before, "\n")
			at.Column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
		}
		problems.Add(at, "check the commas, quotes and brackets", "this is not JSON: %v", err)
		return nil
	}
	return ParseYAML(file, []byte(strings.ReplaceAll(text, "\t", " ")), problems)
}

// secondDocument finds the line on which a third mark of documents stands, or returns 0: one may begin the file, and one end it. What is
// left to the parser has two at most, since its memory grows with their number.
func secondDocument(text string) int {
	marks, line := 0, 0
	for row := range strings.Lines(text) {
		line++
		if row = strings.TrimRight(row, "\r\n"); row == "---" || strings.HasPrefix(row, "--- ") {
			if marks++; marks > 2 {
				return line
			}
		}
	}
	return 0
}

// tooDeep finds the line at which more levels are open than anybody writes, or returns 0. It looks at
// marks only, before the parser does, since the parser's time grows with the square of the depth.
func tooDeep(text string) int {
	open, line := 0, 0
	for row := range strings.Lines(text) {
		line++
		for _, c := range []byte(row) {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			if open > 5*maxDepth {
				return line
			}
		}
		if strings.Count(row, "- ")+strings.Count(row, "? ") > 50*maxDepth {
			return line
		}
	}
	return 0
}

func position(file string, t *token.Token) source.Pos {
	if t == nil || t.Position == nil {
		return source.Pos{File: file}
	}
	return source.Pos{File: file, Line: t.Position.Line, Column: t.Position.Column}
}

func convert(file string, n ast.Node, problems *source.Problems, depth int) *source.Node {
	out := &source.Node{Pos: position(file, n.GetToken())}
	if depth > maxDepth {
		problems.Add(out.Pos, "write it flatter", "it is nested too deep")
		return out
	}
	switch v := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		out.Kind, out.Text = source.Scalar, v.Value
		out.Quoted = v.Token.Type == token.SingleQuoteType || v.Token.Type == token.DoubleQuoteType
	case *ast.LiteralNode:
		out.Kind, out.Text = source.Scalar, strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.Kind, out.Text = source.Scalar, n.GetToken().Value
	case *ast.SequenceNode:
		out.Kind = source.List
		for _, item := range v.Values {
			out.Items = append(out.Items, convert(file, item, problems, depth+1))
		}
	case *ast.MappingValueNode:
		out.Kind = source.Map
		out.Fields = append(out.Fields, field(file, v, problems, depth))
	case *ast.MappingNode:
		out.Kind = source.Map
		for _, entry := range v.Values {
			out.Fields = append(out.Fields, field(file, entry, problems, depth))
		}
		if len(v.Values) > 0 && !v.IsFlowStyle {
			out.Pos = out.Fields[0].Pos
		}
	default:
		problems.Add(out.Pos, "write the value itself", "anchors, aliases, tags and merges are not part of a program's language")
	}
	return out
}

func field(file string, v *ast.MappingValueNode, problems *source.Problems, depth int) source.Field {
	key := v.Key.GetToken()
	return source.Field{Name: key.Value, Pos: position(file, key), Value: convert(file, v.Value, problems, depth+1)}
}
