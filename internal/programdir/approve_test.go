package programdir_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/approval"
	"attune/core/content"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/source"
	"attune/internal/programdir"
)

// demoKey is the private key of one of the demonstration's approvers, which everybody may know.
func demoKey(approver string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("attune demonstration " + approver))
	return ed25519.NewKeyFromSeed(seed[:])
}

func demoPublic(approver string) string {
	public, _ := demoKey(approver).Public().(ed25519.PublicKey)
	return approval.KeyText(public)
}

// approve signs texts of a program's folder, all that the pattern names, as somebody of the demonstration.
func approve(t testing.TB, dir, by, role, when, expires string, contents ...string) []approval.Line {
	t.Helper()
	p, problems, err := programdir.Draft(zones(), dir)
	if p == nil {
		t.Fatal(problems, err)
	}
	var lines []approval.Line
	for i, text := range p.Content {
		if len(contents) > 0 && !slices.Contains(contents, text.Path()) {
			continue
		}
		line := approval.Line{Content: text.Path(), Hash: p.Standings[i].Hash, By: by, Role: role, When: when, Expires: expires, Meaning: "approved for use"}
		lines = append(lines, line.Sign(p.ID, demoKey(by)))
	}
	return lines
}

// The texts of living_well are approved as they are: who edits one runs this test with -update, which the
// demonstration's keys allow to anybody.
func TestLivingWellIsApproved(t *testing.T) {
	t.Parallel()
	const dir = "testdata/programs/living_well"
	path := filepath.Join(dir, "approvals.yaml")
	committed, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS("testdata/programs")); err != nil {
		t.Fatal(err)
	}
	copied = filepath.Join(copied, "living_well")
	fresh := "# Signed with keys that everybody knows: go test ./internal/programdir -run LivingWell -update signs again.\napprovals: []\n"
	if err := os.WriteFile(filepath.Join(copied, "approvals.yaml"), []byte(fresh), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := approve(t, copied, "ana_ruiz", "medical", "2026-01-12T09:30:00Z", "")
	lines = append(lines, approve(t, copied, "sam_cole", "legal", "2026-01-13T16:05:00Z", "2099-12-31", "letter/referral.en")...)
	if err := programdir.WriteApprovals(copied, lines); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(copied, "approvals.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if *update && string(want) != string(committed) {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		committed = want
	}
	if string(want) != string(committed) {
		t.Errorf("%s is not what the demonstration's approvers sign: run the test with -update", path)
	}
}

const hello = `Subject: Hello

Dear {{ name | default: "friend" }},

this is only to say hello, and to be long enough that there are a hundred thousand ways to spoil a byte of it.

Goodbye
`

// approved is the good program with approvals that are required.
func approved(t testing.TB) string {
	t.Helper()
	dir := write(t, good, `
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
consent: {jurisdiction: GB}
approvals:
  require: true
  approvers:
    ana_ruiz: {name: Dr Ana Ruiz, role: medical, key: "`+demoPublic("ana_ruiz")+`"}
    sam_cole: {name: Sam Cole, role: [legal, medical], key: "`+demoPublic("sam_cole")+`", demo: true}
  roles: medical
-- content/email/hello.en.liquid --
`+hello)
	if err := programdir.WriteApprovals(dir, approve(t, dir, "ana_ruiz", "medical", "2026-11-22T10:00:00Z", "2027-11-22")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Every single byte of a text and of every field of its approval counts: whichever is another, the program is
// refused. ATTUNE_MUTATIONS=1000000 makes every byte every other one; an ordinary run makes some thousands of
// these changes.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	folder := readFolder(t, approved(t))
	if p, found := program.Read(folder, zones()); p == nil {
		t.Fatalf("the program is refused without any change: %v", found)
	}
	most := 3000
	if n, err := strconv.Atoi(os.Getenv("ATTUNE_MUTATIONS")); err == nil {
		most = n
	}
	const text = "content/email/hello.en.liquid"
	var all []func(flip byte) (string, program.Folder)
	for i := range folder.Texts[text] {
		all = append(all, func(flip byte) (string, program.Folder) {
			changed := folder
			changed.Texts = maps.Clone(folder.Texts)
			changed.Texts[text] = flipped(changed.Texts[text], i, flip)
			return text + " at " + strconv.Itoa(i), changed
		})
	}
	line := folder.Trees["approvals.yaml"].Get("approvals").Items[0]
	for k, f := range line.Fields {
		for i := range f.Value.Text {
			all = append(all, func(flip byte) (string, program.Folder) {
				value, item := *f.Value, *line
				value.Text = flipped(value.Text, i, flip)
				item.Fields = slices.Clone(line.Fields)
				item.Fields[k].Value = &value
				changed := folder
				changed.Trees = maps.Clone(folder.Trees)
				changed.Trees["approvals.yaml"] = &source.Node{Kind: source.Map, Fields: []source.Field{{
					Name: "approvals", Value: &source.Node{Kind: source.List, Items: []*source.Node{&item}},
				}}}
				return f.Name + " at " + strconv.Itoa(i), changed
			})
		}
	}
	if len(line.Fields) != 8 || len(all) < 390 {
		t.Fatalf("only %d bytes in %d fields of the approval", len(all), len(line.Fields))
	}
	rounds := min(max(1, most/len(all)), 255)
	for round := range rounds {
		for i, change := range all {
			flip := byte(1 + (round+i)%255) // 255 rounds make every byte every other one
			where, changed := change(flip)
			if p, found := program.Read(changed, zones()); p != nil || len(found) == 0 {
				t.Fatalf("%s, xor %d: nobody sees it", where, flip)
			}
		}
	}
	t.Logf("%d changes of %d bytes", rounds*len(all), len(all))
}

func flipped(text string, at int, flip byte) string {
	b := []byte(text)
	b[at] ^= flip
	return string(b)
}

// An approval fits nothing but what was approved: it cannot be copied to another text, program, role,
// approver or day, and no text can take another's place.
func TestApprovalsCannotBeCopied(t *testing.T) {
	t.Parallel()
	dir := approved(t)
	at := func(file string) string { return filepath.Join(dir, filepath.FromSlash(file)) }
	genuine, err := os.ReadFile(at("approvals.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		old, new string
		program  string
		want     string
	}{
		{"to another text of the same bytes", "email/hello.en", "email/bye.en", "", "this is not what Dr Ana Ruiz signed"},
		{"to another channel", "email/hello.en", "letter/hello.en", "", "this is not what Dr Ana Ruiz signed"},
		{"to another role", "role: medical", "role: legal", "", `Dr Ana Ruiz approves as medical, not as "legal"`},
		{"to another approver", "ana_ruiz", "sam_cole", "", "this is not what Sam Cole (signed with the demonstration's key) signed"},
		{"to a later day", "2027-11-22", "2037-11-22", "", "this is not what Dr Ana Ruiz signed"},
		{"to no last day", "expires: 2027-11-22, ", "", "", "this is not what Dr Ana Ruiz signed"},
		{"to another time", "10:00:00Z", "10:00:01Z", "", "this is not what Dr Ana Ruiz signed"},
		{"to another meaning", "approved for use", "approved for test", "", "this is not what Dr Ana Ruiz signed"},
		{"to another program", "", "", "careful", "this is not what Dr Ana Ruiz signed"},
	} {
		lines := strings.Replace(string(genuine), c.old, c.new, 1)
		files := map[string]string{"approvals.yaml": lines, "content/email/bye.en.liquid": hello, "content/letter/hello.en.liquid": hello}
		if c.program != "" {
			text, err := os.ReadFile(at("program.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			files["program.yaml"] = strings.Replace(string(text), "program: care", "program: "+c.program, 1)
		}
		folder := readFolder(t, dir)
		folder.Texts, folder.Trees = maps.Clone(folder.Texts), maps.Clone(folder.Trees)
		var found source.Problems
		for name, text := range files {
			folder.Texts[name] = text
			if strings.HasSuffix(name, ".yaml") {
				folder.Trees[name] = programdir.ParseYAML(name, []byte(text), &found)
			}
		}
		_, problems := program.Read(folder, zones())
		if !slices.ContainsFunc(problems, func(p source.Problem) bool { return strings.HasPrefix(p.What, c.want) && p.Pos.Line == 2 }) {
			t.Errorf("%s: %v", c.name, problems)
		}
	}
}

// What the texts' sender is changes what is sent where a text names it, and nothing elsewhere.
func TestTheSenderIsPartOfTextsThatNameIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want int
	}{{"Subject: Hello\n\nDear friend\n", 0}, {"Subject: Hello\n\nYours, {{ organisation }}\n", 1}} {
		dir := approved(t)
		if err := os.WriteFile(filepath.Join(dir, "content/email/hello.en.liquid"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := programdir.WriteApprovals(dir, approve(t, dir, "ana_ruiz", "medical", "2026-11-23T10:00:00Z", "")); err != nil {
			t.Fatal(err)
		}
		if got := problems(t, dir); len(got) > 0 {
			t.Fatal(got)
		}
		policy := filepath.Join(dir, "policy.yaml")
		text, err := os.ReadFile(policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(policy, []byte(strings.Replace(string(text), "Green Lane", "Blue Lane", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := problems(t, dir); len(got) != c.want {
			t.Errorf("%q, signed by somebody else: %v", c.text, got)
		}
	}
}

// An approval holds up to the end of its last day, and a warning comes with the day after.
func TestApprovalsRunOut(t *testing.T) {
	t.Parallel()
	rel, found, err := programdir.Load(zones(), approved(t))
	if rel == nil {
		t.Fatal(found, err)
	}
	p := rel.Programs[0]
	for _, c := range []struct {
		on, want string
	}{
		{"2026-11-21", "the approval of email/hello.en by Dr Ana Ruiz is dated 2026-11-22, which is yet to come"},
		{"2026-11-22", ""},
		{"2027-11-22", ""},
		{"2027-11-23", "the approval of email/hello.en as medical by Dr Ana Ruiz was to be used until 2027-11-22"},
	} {
		got := ""
		for _, problem := range p.Outdated(day(t, c.on)) {
			got += problem.What
			if problem.Pos.File != "approvals.yaml" || problem.Pos.Line != 2 {
				t.Errorf("on %s it stands at %s", c.on, problem.Pos)
			}
		}
		if got != c.want {
			t.Errorf("on %s: %q, not %q", c.on, got, c.want)
		}
	}
	hello := p.Template("hello", "email", "en")
	for _, c := range []struct {
		at    string
		lacks int
	}{{"2027-11-22T23:59:59.999Z", 0}, {"2027-11-23T00:00:00Z", 1}} {
		if _, roles := p.Lacks(hello.Hash, "email", "en", at(t, c.at)); len(roles) != c.lacks {
			t.Errorf("at %s it lacks %v", c.at, roles)
		}
	}
}

// A text that is edited, approved, withdrawn and outlives its approvals, in any order, may be said exactly
// when a model without any signature says so: both roles approved these words, and until later.
func TestTheLifeOfAText(t *testing.T) {
	t.Parallel()
	keys := strings.NewReplacer("KEY1", demoPublic("ana_ruiz"), "KEY2", demoPublic("sam_cole"))
	folder := readFolder(t, write(t, good, keys.Replace(houseOfTwo)))
	const path = "content/email/hello.en.liquid"
	versions := []string{hello, hello + ".", strings.Replace(hello, "hello", "hullo", 1)}
	days := []string{"", "2027-01-31", "2027-02-28", "2027-03-31"}
	type given struct {
		line    approval.Line
		version int
		until   instant.Time
	}
	said, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		version, lines := 0, map[string]given{}
		for range rapid.IntRange(1, 12).Draw(t, "moves") {
			by := rapid.SampledFrom([]string{"ana_ruiz medical", "sam_cole legal"}).Draw(t, "who")
			switch rapid.IntRange(0, 4).Draw(t, "move") {
			case 0:
				version = rapid.IntRange(0, 2).Draw(t, "version")
			case 1:
				delete(lines, by)
			default:
				who, role, _ := strings.Cut(by, " ")
				day := rapid.SampledFrom(days).Draw(t, "until")
				text, _ := content.Parse("hello", "email", "en", path, versions[version])
				g := given{version: version, until: instant.Never}
				if last, ends := instant.ParseDate(day); ends {
					g.until = instant.Time((last.Days() + 1) * int64(instant.Day))
					if last.Month == 3 {
						g.until = g.until.Add(-instant.Hour) // London is on summer time by then
					}
				}
				g.line = approval.Line{Content: "email/hello.en", Hash: text.Closure("Green Lane"), By: who, Role: role, When: "2026-12-01T10:00:00Z", Expires: day, Meaning: "approved for use"}.Sign("care", demoKey(who))
				lines[by] = g
			}
		}
		now := folder
		now.Texts, now.Trees = maps.Clone(folder.Texts), maps.Clone(folder.Trees)
		now.Texts[path] = versions[version]
		valid, until := len(lines) == 2, instant.Never
		list := &source.Node{Kind: source.List}
		for _, who := range slices.Sorted(maps.Keys(lines)) {
			g := lines[who]
			list.Items = append(list.Items, nodeOf(g.line))
			valid, until = valid && g.version == version, min(until, g.until)
		}
		now.Trees["approvals.yaml"] = &source.Node{Kind: source.Map, Fields: []source.Field{{Name: "approvals", Value: list}}}
		p, found := program.Read(now, zones())
		if (p != nil) != valid {
			t.Fatalf("version %d with %v is valid: %v, %v", version, lines, p != nil, found)
		}
		if p == nil {
			refused++
			return
		}
		said++
		at := instant.Time(rapid.Int64Range(int64(day0), int64(day0)+120*int64(instant.Day)).Draw(t, "at"))
		for _, at := range []instant.Time{at, until - 1, until} {
			if at == instant.Never {
				continue
			}
			if _, lacks := p.Lacks(p.Content[0].Hash, "email", "en", at); (lacks == nil) != (at < until) {
				t.Fatalf("until %s, and at %s it lacks %v", until, at, lacks)
			}
		}
	})
	if said == 0 || refused == 0 {
		t.Errorf("%d lives ended approved and %d did not: both are needed", said, refused)
	}
}

// day0 is 1 January 2027.
const day0 instant.Time = 1_798_761_600_000

const houseOfTwo = `
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
consent: {jurisdiction: GB}
approvals:
  require: true
  approvers:
    ana_ruiz: {name: Dr Ana Ruiz, role: medical, key: "KEY1"}
    sam_cole: {name: Sam Cole, role: legal, key: "KEY2"}
  roles: [medical, legal]
`

// nodeOf writes an approval as a node.
func nodeOf(l approval.Line) *source.Node {
	n := &source.Node{Kind: source.Map}
	for _, f := range [][2]string{
		{"content", l.Content}, {"hash", l.Hash}, {"by", l.By}, {"role", l.Role}, {"when", l.When}, {"expires", l.Expires}, {"meaning", l.Meaning}, {"signature", l.Signature},
	} {
		if f[1] != "" {
			n.Fields = append(n.Fields, source.Field{Name: f[0], Value: &source.Node{Kind: source.Scalar, Text: f[1]}})
		}
	}
	return n
}

// What is written keeps the rest of the file as it is, and takes the place of what it replaces.
func TestWritingApprovals(t *testing.T) {
	t.Parallel()
	one := approval.Line{Content: "email/hello.en", Hash: "aa", By: "ana", Role: "medical", When: "2026-11-22T10:00:00Z", Meaning: "approved for use", Signature: "eA=="}
	const asOne = `{content: email/hello.en, hash: "aa", by: ana, role: medical, when: 2026-11-22T10:00:00Z, meaning: "approved for use", signature: "eA=="}`
	other := func(change func(*approval.Line)) approval.Line {
		l := one
		change(&l)
		return l
	}
	old := `{content: email/hello.en, hash: "bb", by: ben, role: medical, when: 2026-11-20T10:00:00Z, meaning: m, signature: s}`
	legal := `{content: email/hello.en, hash: "bb", by: ana, role: legal, when: 2026-11-20T10:00:00Z, meaning: m, signature: s}`
	second := strings.Replace(strings.Replace(asOne, "by: ana", "by: ben", 1), "medical", "medical", 1)
	for _, c := range []struct {
		name, was string
		lines     []approval.Line
		want      string
	}{
		{"no file", "", []approval.Line{one}, "approvals:\n  - " + asOne + "\n"},
		{"comments alone", "# ours\n", []approval.Line{one}, "# ours\napprovals:\n  - " + asOne + "\n"},
		{"an empty list", "approvals: [] # none\n", []approval.Line{one}, "approvals: # none\n  - " + asOne + "\n"},
		{"nothing under it", "approvals:\n", []approval.Line{one}, "approvals:\n  - " + asOne + "\n"},
		{"another role stays", "approvals:\n- " + legal + "  # so\n# end", []approval.Line{one}, "approvals:\n- " + legal + "  # so\n# end\n- " + asOne + "\n"},
		{"of other bytes", "approvals:\n    - " + old + " # why\n    # legal\n    - " + legal + "\n", []approval.Line{one}, "approvals:\n    - " + asOne + " # why\n    # legal\n    - " + legal + "\n"},
		{"somebody else's of the same bytes stays", "approvals:\n  - " + second + "\n", []approval.Line{one}, "approvals:\n  - " + second + "\n  - " + asOne + "\n"},
		{"two of other bytes", "approvals:\n  - " + old + "\n  - " + strings.Replace(old, "ben", "cy", 1) + "\n  - " + legal + "\n", []approval.Line{one}, "approvals:\n  - " + asOne + "\n  - " + legal + "\n"},
		{"windows", "approvals:\r\n  - " + old + "\r\n", []approval.Line{one}, "approvals:\r\n  - " + asOne + "\r\n"},
		{"a day and words", "", []approval.Line{other(func(l *approval.Line) { l.Expires, l.Meaning = "2027-11-22", `he said "yes": {so} # it` })},
			"approvals:\n  - " + strings.Replace(asOne, `meaning: "approved for use"`, `expires: 2027-11-22, meaning: "he said \"yes\": {so} # it"`, 1) + "\n"},
		{"an approval on several lines", "approvals:\n  - content: email/hello.en\n    hash: bb\n    by: ana\n    role: medical\n", []approval.Line{one}, ""},
		{"brackets", "approvals: [" + legal + "]\n", []approval.Line{one}, ""},
		{"no YAML", "approvals: [\n", []approval.Line{one}, ""},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "approvals.yaml")
		if c.was != "" {
			if err := os.WriteFile(path, []byte(c.was), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := programdir.WriteApprovals(dir, c.lines)
		got, _ := os.ReadFile(path)
		switch {
		case c.want == "" && (err == nil || string(got) != c.was):
			t.Errorf("%s: it was written: %v\n%s", c.name, err, got)
		case c.want != "" && (err != nil || string(got) != c.want):
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
}

// Whatever stands in the file, what is added can be read back, or the file stays as it is.
func FuzzWriteApprovals(f *testing.F) {
	for _, was := range []string{"", "approvals:\n", "approvals: []\n", "approvals:\n- {content: a, role: b}\n", "approvals:\n  - {content: email/a.en, hash: x, by: b, role: r} # c\n", "#\r\n", "approvals: [{}]"} {
		f.Add(was, "email/a.en", "approved for use")
	}
	f.Fuzz(func(t *testing.T, was, content, meaning string) {
		if len(was) > 4000 {
			t.Skip("long texts are only slow")
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "approvals.yaml")
		if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
			t.Fatal(err)
		}
		line := approval.Line{Content: content, Hash: "aa", By: "b", Role: "r", When: "2026-11-22T10:00:00Z", Meaning: meaning, Signature: "eA=="}
		err := programdir.WriteApprovals(dir, []approval.Line{line})
		text, _ := os.ReadFile(path)
		if err != nil {
			if string(text) != was {
				t.Fatalf("refused (%v), and changed:\n%s", err, text)
			}
			return
		}
		var found source.Problems
		items := form.ItemsOf(programdir.ParseYAML("approvals.yaml", text, &found).Get("approvals"))
		if !found.Empty() || !slices.ContainsFunc(items, func(n *source.Node) bool { return program.ApprovalOf(n) == line }) {
			t.Fatalf("it is not there: %v\n%s", found.List(), text)
		}
	})
}

func at(t testing.TB, s string) instant.Time {
	t.Helper()
	out, err := instant.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func day(t testing.TB, s string) instant.Time {
	t.Helper()
	return at(t, s+"T00:00:00Z")
}
