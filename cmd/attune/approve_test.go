package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/app"
)

// approvable is a copy of the diabetes program whose policy demands approvals by two people, and their keys.
func approvable(t *testing.T) (dir, medical, legal string) {
	t.Helper()
	home := t.TempDir()
	dir = filepath.Join(home, "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	policy, err := os.ReadFile(filepath.Join(dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(policy) + "approvals:\n  require: true\n  roles: [medical]\n  approvers:\n"
	var keys []string
	for _, who := range []string{"ana_ruiz: {name: Dr Ana Ruiz, role: medical, ", "sam_cole: {name: Sam Cole, role: [legal, medical], demo: true, "} {
		file := filepath.Join(home, who[:3]+".key")
		code, out, complaint := attune(t, "approve", "--new-key", file)
		if code != 0 || !strings.HasPrefix(out, `key: "ed25519:`) {
			t.Fatalf("exit %d: %s %s", code, out, complaint)
		}
		keys = append(keys, file)
		text += "    " + who + strings.TrimSuffix(out, "\n") + "}\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, keys[0], keys[1]
}

// A program whose texts nobody approved is not valid; approved it is, edited it is not, and approved again it is.
func TestApprovingAProgramsTexts(t *testing.T) {
	t.Parallel()
	dir, ana, sam := approvable(t)
	must := func(want int, says string, args ...string) string {
		t.Helper()
		code, out, complaint := attune(t, args...)
		if code != want || !strings.Contains(out+complaint, says) {
			t.Fatalf("attune %s: exit %d, and %q is not in\n%s%s", strings.Join(args, " "), code, says, out, complaint)
		}
		return out
	}
	file := filepath.Join(dir, "approvals.yaml")
	must(1, "nobody has approved this text as medical; let Dr Ana Ruiz approve it", "validate", dir)
	out := must(0, "Nothing was signed", "approve", dir, "--as", "ana_ruiz", "--key", ana, "--dry-run", "--text")
	text, err := os.ReadFile(filepath.Join(dir, "content/email/refill-warm.es.liquid"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "email/refill-warm.es, in es\n  hash ") || !strings.Contains(out, "  | "+strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  | ")) {
		t.Errorf("not all that would be signed is shown:\n%s", out)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a dry run wrote approvals.yaml")
	}
	must(0, `Dr Ana Ruiz signed "approved for use" as medical for 24 texts, until 2099-12-31`, "approve", dir, "--as", "ana_ruiz", "--key", ana, "--expires", "2099-12-31")
	must(0, "diabetes is valid", "validate", dir)
	must(1, "was to be used until 2099-12-31", "validate", dir, "--on", "2100-01-01")
	must(0, "Every text of diabetes is approved as medical", "approve", dir, "--as", "sam_cole", "--key", sam, "--role", "medical")
	must(0, `Sam Cole (signed with the demonstration's key) signed "fit for print" as legal for 6 texts`, "approve", dir, "--as", "sam_cole", "--key", sam, "--role", "legal", "--content", "email/*.en", "--meaning", "fit for print")
	must(0, "  Sam Cole (signed with the demonstration's key) as legal on ", "approve", dir, "--list")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	warm := filepath.Join(dir, "content/email/refill-warm.en.liquid")
	was, err := os.ReadFile(warm)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(warm, append(was, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	must(1, "was edited after Dr Ana Ruiz approved it on ", "validate", dir)
	must(0, "email/refill-warm.en: lacks an approval as medical\n  edited since Dr Ana Ruiz approved it as medical on ", "approve", dir, "--list")
	var listing struct {
		Require bool
		Texts   []app.TextStanding
	}
	if err := json.Unmarshal([]byte(must(0, "", "approve", dir, "--list", "--json")), &listing); err != nil || !listing.Require || len(listing.Texts) != 24 {
		t.Fatalf("%v: %+v", err, listing)
	}
	for _, x := range listing.Texts {
		edited := x.Content == "email/refill-warm.en"
		if x.Approved == edited || edited != (x.Approvals[0].State == "edited since") || !x.Used || x.Hash == "" {
			t.Errorf("%+v", x)
		}
	}
	must(0, "for 1 text, in ", "approve", dir, "--as", "ana_ruiz", "--key", ana)
	must(0, "for 1 text, in ", "approve", dir, "--as", "sam_cole", "--key", sam, "--role", "legal", "--content", "email/refill-warm.en")
	must(0, "diabetes is valid", "validate", dir)
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	old, now := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
	changed := 0
	for i := range old {
		if old[i] != now[i] {
			changed++
		}
	}
	if len(old) != len(now) || changed != 2 {
		t.Errorf("%d of %d lines changed, which were %d", changed, len(now), len(old))
	}
}

func TestWhoMayNotApprove(t *testing.T) {
	t.Parallel()
	dir, ana, sam := approvable(t)
	open := filepath.Join(t.TempDir(), "open.key")
	text, err := os.ReadFile(ana)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(ana); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a new key has the mode %v, %v", info.Mode(), err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nobody", []string{dir}, 2, "say who approves, with --as ana_ruiz or sam_cole and --key FILE"},
		{"somebody unknown", []string{dir, "--as", "ann", "--key", ana}, 2, `"ann" is none of the approvers: ana_ruiz, sam_cole`},
		{"another's key", []string{dir, "--as", "ana_ruiz", "--key", sam}, 1, "is not the key of Dr Ana Ruiz"},
		{"another role", []string{dir, "--as", "ana_ruiz", "--key", ana, "--role", "legal"}, 2, "Dr Ana Ruiz approves with --role medical"},
		{"one of two roles", []string{dir, "--as", "sam_cole", "--key", sam}, 2, "Sam Cole approves with --role legal or medical"},
		{"a key that others can read", []string{dir, "--as", "ana_ruiz", "--key", open}, 1, "can be read by others"},
		{"no key", []string{dir, "--as", "ana_ruiz", "--key", filepath.Join(dir, "policy.yaml")}, 1, ""},
		{"a day that is over", []string{dir, "--as", "ana_ruiz", "--key", ana, "--expires", "2001-01-01"}, 2, "--expires 2001-01-01 is over already"},
		{"no day", []string{dir, "--as", "ana_ruiz", "--key", ana, "--expires", "soon"}, 2, "is no day"},
		{"no pattern", []string{dir, "--as", "ana_ruiz", "--key", ana, "--content", "["}, 2, "is no pattern"},
		{"no meaning", []string{dir, "--as", "ana_ruiz", "--key", ana, "--meaning", " "}, 2, "--meaning"},
		{"a key that is there", []string{"--new-key", ana}, 1, "exists"},
		{"a key and a program", []string{dir, "--new-key", ana + "2"}, 2, "--new-key takes no program"},
		{"no program", nil, 2, "name the program's folder"},
		{"a program without approvers", []string{diabetes, "--as", "ana_ruiz", "--key", ana}, 1, "nobody may approve texts of this program"},
	} {
		code, out, complaint := attune(t, append([]string{"approve"}, c.args...)...)
		if code != c.code || !strings.Contains(complaint, c.want) || out != "" {
			t.Errorf("%s: exit %d, %q and %q", c.name, code, out, complaint)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "approvals.yaml")); err == nil {
		t.Error("something was signed")
	}
}

// Approvals are published and pulled with the program, byte for byte, and a change of them is a change.
func TestApprovalsArePublishedAndPulled(t *testing.T) {
	t.Parallel()
	dir, ana, sam := approvable(t)
	c := newClinic(t)
	do := func(args ...string) string {
		t.Helper()
		code, out, complaint := attune(t, args...)
		if code != 0 {
			t.Fatalf("%v ended with %d: %s%s", args, code, out, complaint)
		}
		return out
	}
	do("approve", dir, "--as", "ana_ruiz", "--key", ana)
	c.hears(dir, `"event":"portal.visited"`)
	do("approve", dir, "--as", "sam_cole", "--key", sam, "--role", "legal", "--content", "email/refill-warm.en")
	if out := do("publish", dir, "--data", c.data); !strings.Contains(out, "approval email/refill-warm.en as legal by Sam Cole (signed with the demonstration's key) is new") {
		t.Errorf("publishing says %s", out)
	}
	pulled := filepath.Join(t.TempDir(), "pulled")
	do("pull", pulled, "--data", c.data)
	for _, name := range []string{"approvals.yaml", "policy.yaml"} {
		was, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if is, err := os.ReadFile(filepath.Join(pulled, name)); err != nil || string(is) != string(was) {
			t.Errorf("%s came back as %s, %v", name, is, err)
		}
	}
	do("validate", pulled)
}
