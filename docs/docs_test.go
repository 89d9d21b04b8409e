// Package docs_test keeps the documentation true: programs shown in it are valid, links lead
// somewhere, names of tests and records exist, and the command line's reference is what the binary
// says.
package docs_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
	"attune/internal/programdir"
	"attune/internal/webhook"
)

var update = flag.Bool("update", false, "write the reference of the command line anew")

const root = ".."

// pages reads every page of documentation, by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		out[name] = read(t, name)
	}
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".md") {
			out[name] = read(t, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A block is fenced text with attributes after its language:
//
//	```yaml program=late file=signals.yaml base=programs/diabetes
//
// Blocks of one page and one program make a program's folder, on top of the base if one is named; it
// has to be valid, unless a block with problems=NAME says what attune validate answers. The folder is
// called NAME in that answer. remove= names files of the base that the program does without.
type block struct {
	attributes map[string]string
	text       string
}

var fence = regexp.MustCompile("(?ms)^```[a-z]+((?: [a-z]+=[^ \n]+)*)\n(.*?)^```$")

func blocks(page string) (out []block) {
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		b := block{attributes: map[string]string{}, text: m[2]}
		for _, a := range strings.Fields(m[1]) {
			name, value, _ := strings.Cut(a, "=")
			b.attributes[name] = value
		}
		out = append(out, b)
	}
	return out
}

func TestProgramsShownAreValid(t *testing.T) {
	t.Parallel()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for page, text := range pages(t) {
		programs := map[string][]block{}
		problems := map[string]string{}
		for _, b := range blocks(text) {
			if name := b.attributes["program"]; name != "" {
				programs[name] = append(programs[name], b)
			}
			if name := b.attributes["problems"]; name != "" {
				problems[name] = b.text
			}
		}
		for name, files := range programs {
			shown++
			t.Run(page+"/"+name, func(t *testing.T) {
				dir := assemble(t, files)
				rel, found, err := programdir.Load(zones, dir)
				if err != nil {
					t.Fatal(err)
				}
				var said strings.Builder
				for _, p := range found {
					said.WriteString(strings.ReplaceAll(p.String(), filepath.ToSlash(dir), name) + "\n")
				}
				want, faulty := problems[name]
				if faulty != (rel == nil) || faulty && said.String() != want {
					t.Errorf("attune validate says\n%s\nand the page\n%s", said.String(), want)
				}
			})
		}
		for name := range problems {
			if programs[name] == nil {
				t.Errorf("%s tells the problems of %s, which it does not show", page, name)
			}
		}
	}
	if shown < 5 {
		t.Errorf("found only %d programs: are the fences as they were?", shown)
	}
}

// assemble writes the files that blocks show into a folder, over their base.
func assemble(t *testing.T, files []block) string {
	t.Helper()
	dir := t.TempDir()
	for _, b := range files {
		if base := b.attributes["base"]; base != "" {
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, base))); err != nil {
				t.Fatal(err)
			}
		}
		for name := range strings.SplitSeq(b.attributes["remove"], ",") {
			if name == "" {
				continue
			}
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, b := range files {
		name := filepath.Join(dir, filepath.FromSlash(b.attributes["file"]))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(b.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A block with validates=NAME shows the first line that attune validate writes about a program of the
// page, or about a folder of the project.
func TestWhatValidateSays(t *testing.T) {
	t.Parallel()
	bin := build(t)
	for page, text := range pages(t) {
		programs := map[string][]block{}
		for _, b := range blocks(text) {
			name := b.attributes["program"]
			programs[name] = append(programs[name], b)
		}
		for _, b := range blocks(text) {
			name := b.attributes["validates"]
			if name == "" {
				continue
			}
			dir := filepath.Join(root, filepath.FromSlash(name))
			if files := programs[name]; files != nil {
				dir = assemble(t, files)
			}
			said, err := exec.Command(bin, "validate", dir).CombinedOutput()
			if first, _, _ := strings.Cut(string(said), "\n"); err != nil || first+"\n" != b.text {
				t.Errorf("%s shows of %s\n%sbut attune validate says\n%s", page, name, b.text, said)
			}
		}
	}
}

var (
	post   = regexp.MustCompile(`curl -u "\$KEY:" http://localhost:8080(/v1/[a-z]+)(?: \\\n *)? -d '((?:[^']|'\$[^']*')*)'`)
	ago    = regexp.MustCompile(`'\$\(date[^)]*33 days ago[^)]*\)'`)
	each   = regexp.MustCompile(`(?ms)^for m in ([0-9 ]+); do\n(.*?)^done$`)
	stamp  = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d  `)
	aside  = regexp.MustCompile(` \([^)]*\)`)
	listen = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
)

// The tutorial's server is started, its events are sent, and its stories come out as it tells them.
func TestTheTutorialRuns(t *testing.T) {
	t.Parallel()
	bin := build(t)
	page := read(t, "docs/tutorial.md")
	var files []block
	for _, b := range blocks(page) {
		if b.attributes["program"] == "mended" {
			files = append(files, b)
		}
	}
	data := filepath.Join(t.TempDir(), "data")
	program := assemble(t, files)
	server := exec.Command(bin, "serve", "--program", program, "--data", data, "--listen", "127.0.0.1:0")
	said, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	url := listen.FindString(line)
	if err != nil || url == "" {
		t.Fatalf("the server said %q: %v", line, err)
	}
	key, err := exec.Command(bin, "keys", "add", "app", "--data", data).Output()
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(page, "\n## ")
	sent := 0
	for _, section := range sections {
		sent += send(t, url, strings.TrimSpace(string(key)), section)
		for _, b := range blocks(section) {
			if stamp.MatchString(b.text) {
				tells(t, bin, data, b.text)
			}
		}
	}
	if sent != 7 {
		t.Errorf("the tutorial sent %d events", sent)
	}
	publishes(t, bin, program, data, page)
}

// publishes makes the change that the page makes, and asks that it says what the page says.
func publishes(t *testing.T, bin, program, data, page string) {
	t.Helper()
	path := filepath.Join(program, "signals.yaml")
	signals, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(signals), "+ 2") || !strings.Contains(page, "change `+ 2` into `+ 3` in `signals.yaml`") {
		t.Fatalf("the page makes no such change, or the program has nothing to change: %v", err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(signals), "+ 2", "+ 3", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, "publish", program, "--data", data).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	varies := regexp.MustCompile(`[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	for _, b := range blocks(page) {
		if strings.HasPrefix(b.text, "Compared with") && varies.ReplaceAllString(b.text, "") == varies.ReplaceAllString(string(out), "") {
			return
		}
	}
	t.Errorf("the page does not show what publishing says:\n%s", out)
}

// send makes the requests of a section's curl commands.
func send(t *testing.T, url, key, section string) (n int) {
	t.Helper()
	section = each.ReplaceAllStringFunc(section, func(loop string) string {
		m := each.FindStringSubmatch(loop)
		out := ""
		for value := range strings.FieldsSeq(m[1]) {
			out += strings.ReplaceAll(m[2], "'$m'", value)
		}
		return out
	})
	section = ago.ReplaceAllString(section, time.Now().Add(-33*24*time.Hour).UTC().Format(time.RFC3339))
	for _, m := range post.FindAllStringSubmatch(section, -1) {
		r, err := http.NewRequest(http.MethodPost, url+m[1], strings.NewReader(m[2]))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(key, "")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s %s: %s", m[1], m[2], answer.Status)
		}
		n++
	}
	return n
}

// tells waits until the person's story has every sentence of the page, in that order.
func tells(t *testing.T, bin, data, shown string) {
	t.Helper()
	var story, missing string
	for range 100 {
		said, err := exec.Command(bin, "story", "app:sam", "--data", data).Output()
		if err != nil {
			t.Fatal(err)
		}
		story = string(said)
		told := sentences(story)
		missing = ""
		for _, want := range sentences(shown) {
			i := slices.Index(told, want)
			if i < 0 {
				missing = want
				break
			}
			told = told[i+1:]
		}
		if missing == "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the story lacks %q:\n%s", missing, story)
}

// sentences are the lines of a story without what differs each time: instants, the variant drawn and
// its words.
func sentences(story string) (out []string) {
	for _, line := range strings.Split(story, "\n") {
		if stamp.MatchString(line) && !strings.Contains(line, "The message") {
			out = append(out, aside.ReplaceAllString(stamp.ReplaceAllString(line, ""), ""))
		}
	}
	return out
}

// The page's way to check a signature knows a good one from a bad one.
func TestTheSignatureIsCheckedAsShown(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	var shown string
	for _, b := range blocks(read(t, "docs/requests.md")) {
		if b.attributes["verify"] == "hook" {
			shown = b.text
		}
	}
	secret, key := "whsec_"+strings.Repeat("QUJD", 8), []byte(strings.Repeat("ABC", 8))
	sign := func(at time.Time) string { return webhook.Sign([][]byte{key}, "id-1", at, []byte("{}")) }
	now, old := time.Now(), time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		at        time.Time
		signature string
		want      string
	}{
		"a good one":        {now, sign(now), "True"},
		"one of two":        {now, "v1,xyz " + sign(now), "True"},
		"another's":         {now, webhook.Sign([][]byte{[]byte("another")}, "id-1", now, []byte("{}")), "False"},
		"of another body":   {now, webhook.Sign([][]byte{key}, "id-1", now, []byte("[]")), "False"},
		"an old one":        {old, sign(old), "False"},
		"an old one, moved": {now, sign(old), "False"},
	} {
		call := fmt.Sprintf("\nprint(verify(%q, {'webhook-id': 'id-1', 'webhook-timestamp': '%d', 'webhook-signature': %q}, b'{}'))\n", secret, c.at.Unix(), c.signature)
		if said, err := exec.Command(python, "-c", shown+call).CombinedOutput(); err != nil || strings.TrimSpace(string(said)) != c.want {
			t.Errorf("%s: %s %v, want %s", name, said, err, c.want)
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	unsaid  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// elsewhere are pages that come later than those that link to them.
var elsewhere = map[string]bool{"docs/performance.md": true}

func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil && !elsewhere[target] {
				t.Errorf("%s: there is no %s", page, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(all[target]), anchor) {
				t.Errorf("%s: %s has no heading for #%s", page, target, anchor)
			}
		}
	}
}

// anchors are the names that a page's headings can be linked by.
func anchors(page string) (out []string) {
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		name := unsaid.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

var (
	testName   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]+`)
	recordName = regexp.MustCompile(`docs/adr/(\d{4})`)
)

// What a page names as its proof has to be there, and so has a record that code refers to.
func TestProofsAndRecordsExist(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "data" || d.Name() == "bin"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go"):
			code.WriteString(read(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for page, text := range pages(t) {
		for _, name := range testName.FindAllString(text, -1) {
			if !strings.Contains(code.String(), "\nfunc "+name+"(") {
				t.Errorf("%s names %s, which is nowhere", page, name)
			}
		}
	}
	for _, m := range recordName.FindAllStringSubmatch(code.String(), -1) {
		if found, _ := filepath.Glob("adr/" + m[1] + "-*.md"); len(found) != 1 {
			t.Errorf("code refers to docs/adr/%s, and there are %d of it", m[1], len(found))
		}
	}
}

// The list of decisions names every record by its title.
func TestEveryRecordIsListed(t *testing.T) {
	list := read(t, "docs/adr/README.md")
	records, err := filepath.Glob("adr/[0-9]*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range records {
		title, _, _ := strings.Cut(strings.TrimPrefix(read(t, "docs/"+filepath.ToSlash(name)), "# "), "\n")
		number, title, _ := strings.Cut(title, " ")
		if want := "[" + number + "](" + filepath.Base(name) + ") " + title; !strings.Contains(list, want) {
			t.Errorf("docs/adr/README.md lacks %q", want)
		}
	}
}

var required = regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9.-]+\.[a-z]+/\S+) v\S+$`)

// Every direct dependency has a line that says why.
func TestEveryDependencyHasAReason(t *testing.T) {
	reasons := read(t, "docs/adr/0012-direct-dependencies.md")
	found := required.FindAllStringSubmatch(read(t, "go.mod"), -1)
	for _, m := range found {
		if !strings.Contains(reasons, "`"+m[1]+"`") {
			t.Errorf("docs/adr/0012 has no line for %s", m[1])
		}
	}
	if len(found) < 5 {
		t.Errorf("found only %d dependencies in go.mod", len(found))
	}
}

const cliPage = "docs/reference/cli.md"

func TestCommandLineReference(t *testing.T) {
	t.Parallel()
	help := helper(t)
	top := help()
	commands := commandsIn(top)
	readme := read(t, "README.md")
	var b strings.Builder
	b.WriteString("# The command line\n\nMade from `attune --help` by `go test ./docs -update`; a test keeps it current.\n\n```text\n" + top + "```\n")
	for _, c := range commands {
		if !strings.Contains(readme, "attune "+c) {
			t.Errorf("README.md does not mention attune %s", c)
		}
		b.WriteString("\n## attune " + c + "\n\n```text\n" + help(strings.Fields(c)...) + "```\n")
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, cliPage), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, cliPage) != b.String() {
		t.Errorf("%s is not what the binary says: run go test ./docs -update", cliPage)
	}
	if len(commands) < 5 {
		t.Errorf("found only the commands %q", commands)
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "attune")
	if said, err := exec.Command("go", "build", "-o", bin, "attune/cmd/attune").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return bin
}

// helper returns what asks the binary for help.
func helper(t *testing.T) func(command ...string) string {
	t.Helper()
	bin := build(t)
	return func(command ...string) string {
		ask := exec.Command(bin, append(command, "--help")...)
		ask.Env = []string{"COLUMNS=100"}
		said, err := ask.Output()
		if err != nil {
			t.Fatal(command, err)
		}
		var out bytes.Buffer
		for line := range bytes.Lines(said) {
			out.Write(append(bytes.TrimRight(line, " \n"), '\n'))
		}
		return out.String()
	}
}

var command = regexp.MustCompile(`(?m)^  ([a-z-]+(?: [a-z-]+)*)(?:  |$)`)

// commandsIn lists the commands of the first help text, those of a group as "keys add".
func commandsIn(help string) []string {
	_, list, _ := strings.Cut(help, "\nCommands:\n")
	found := map[string]bool{}
	for _, m := range command.FindAllStringSubmatch(list, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}
