package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"attune/core/approval"
	"attune/core/instant"
	"attune/core/program"
	"attune/internal/app"
	"attune/internal/programdir"
)

type approveCmd struct {
	Program string `arg:"" optional:"" help:"The folder of a program, such as programs/diabetes."`
	As      string `help:"Who approves: an id under approvers: in the policy." placeholder:"ana_ruiz"`
	Key     string `help:"The file with the approver's private key." type:"existingfile" placeholder:"FILE"`
	Role    string `help:"The role in which to approve; the approver's own without it." placeholder:"medical"`
	Content string `help:"Only texts whose path within content/ fits this pattern; without it, all that lack an approval of that role." placeholder:"email/*.en"`
	Expires string `help:"The last day on which the approval holds; without it, it does not run out." placeholder:"2027-11-22"`
	Meaning string `help:"What the signature means." default:"approved for use"`
	Text    bool   `help:"Show each text as a whole, not its first line alone."`
	DryRun  bool   `help:"Show what would be signed, and sign nothing."`
	List    bool   `help:"Show how far each text is approved, and change nothing."`
	NewKey  string `help:"Make a private key in this file, which must not exist, and print the public key for the policy." type:"path" placeholder:"FILE"`
	JSON    bool   `help:"Write JSON."`
}

func (approveCmd) Help() string {
	return `Shows each text that is about to be signed, with its path, language and hash, and writes a signed line
for each into approvals.yaml. A line is bound to the exact bytes, the program, the approver, the role
and the dates: whatever is edited afterwards has to be approved again. Lines of the same approver, text
and role are replaced, and so are those of that text and role that were for other bytes; the rest of
the file stays byte for byte. Attune cannot know who wrote a text: that an author does not approve their
own is for you to see to.

With --list --json: {"program", "require", "roles", "texts": [{"content", "language", "hash", "used",
"approved", "missing", "approvals": [{"by", "name", "role", "when", "expires", "demo", "state"}]}]};
a state is "holds", "ran out" or "edited since".

Examples: attune approve --new-key ana.key
          attune approve programs/diabetes --as ana_ruiz --key ana.key --expires 2027-11-22
          attune approve programs/diabetes --list`
}

func (c *approveCmd) Run(s streams) error {
	if c.NewKey != "" {
		if c.Program != "" || c.List || c.As != "" {
			return badInput{errors.New("--new-key takes no program: it only makes a key")}
		}
		return c.newKey(s)
	}
	if c.Program == "" {
		return badInput{errors.New("name the program's folder, such as: attune approve programs/diabetes --list")}
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return err
	}
	p, problems, err := programdir.Draft(zones, c.Program)
	if err != nil {
		return err
	}
	if p == nil {
		return tell(s, problems)
	}
	now := instant.Of(time.Now().Truncate(time.Second))
	if c.List {
		return c.list(s, p, now)
	}
	return c.approve(s, p, now)
}

// newKey makes a key pair, keeps the private half as openssl would (PKCS #8 in PEM) and prints the other.
func (c *approveCmd) newKey(s streams) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	file, err := os.OpenFile(c.NewKey, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	err = pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if c.JSON {
		return s.asJSON(map[string]string{"key": approval.KeyText(public)})
	}
	fmt.Fprintf(s.out, "key: %q\n", approval.KeyText(public))
	fmt.Fprintf(s.err, "This line belongs to the approver in the policy. %s signs; keep it where only the approver can read it.\n", c.NewKey)
	return nil
}

// privateKey reads the file that newKey made, which nobody else may read.
func privateKey(file string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others on this machine; chmod 600 %s, and ask yourself who has it already", file, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if block, _ := pem.Decode(text); block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if private, is := key.(ed25519.PrivateKey); is {
				return private, nil
			}
		}
	}
	return nil, fmt.Errorf("%s holds no Ed25519 private key; attune approve --new-key FILE makes one", file)
}

// signer finds who approves, in which role and with which key.
func (c *approveCmd) signer(p *program.Program) (*approval.Approver, string, ed25519.PrivateKey, error) {
	rules := &p.Policy.Approvals
	var ids []string
	for _, a := range rules.Approvers {
		ids = append(ids, a.ID)
	}
	switch {
	case len(ids) == 0:
		return nil, "", nil, errors.New("nobody may approve texts of this program: list them in policy.yaml or a standard, under approvals: {approvers: ...}; attune approve --new-key FILE makes a key")
	case c.As == "" || c.Key == "":
		return nil, "", nil, badInput{fmt.Errorf("say who approves, with --as %s and --key FILE", strings.Join(ids, " or "))}
	}
	by := rules.Approver(c.As)
	if by == nil {
		return nil, "", nil, badInput{fmt.Errorf("%q is none of the approvers: %s", c.As, strings.Join(ids, ", "))}
	}
	role := c.Role
	if role == "" && len(by.Roles) == 1 {
		role = by.Roles[0]
	}
	if !slices.Contains(by.Roles, role) {
		return nil, "", nil, badInput{fmt.Errorf("%s approves with --role %s", by.Name, strings.Join(by.Roles, " or "))}
	}
	private, err := privateKey(c.Key)
	if err != nil {
		return nil, "", nil, err
	}
	if public, _ := private.Public().(ed25519.PublicKey); !public.Equal(by.Key) {
		return nil, "", nil, fmt.Errorf("%s is not the key of %s: the policy has %s, and this is that of %s", c.Key, by.Name, approval.KeyText(by.Key), approval.KeyText(public))
	}
	return by, role, private, nil
}

// signed is a text and the approval that was given, for scripts.
type signed struct {
	Content  string `json:"content"`
	Language string `json:"language"`
	Hash     string `json:"hash"`
	Begins   string `json:"begins"`
}

func (c *approveCmd) approve(s streams, p *program.Program, now instant.Time) error {
	by, role, private, err := c.signer(p)
	if err != nil {
		return err
	}
	lines, texts, err := app.ToSign{By: by, Role: role, Content: c.Content, Expires: c.Expires, Meaning: c.Meaning}.Unsigned(p, now)
	if wrong, is := errors.AsType[*app.WrongField](err); is {
		return badInput{fmt.Errorf("--%s %s", wrong.Field, wrong.Says)}
	}
	if err != nil {
		return err
	}
	shown := []signed{}
	for k, line := range lines {
		t := p.Content[texts[k]]
		lines[k] = line.Sign(p.ID, private)
		text := p.Files["content/"+t.Path()+".liquid"]
		begins, _, _ := strings.Cut(text, "\n")
		shown = append(shown, signed{t.Path(), t.Language, line.Hash, strings.TrimSpace(begins)})
		if !c.JSON {
			if !c.Text {
				text = begins
			}
			fmt.Fprintf(s.out, "%s, in %s\n  hash %s\n  | %s\n", t.Path(), t.Language, line.Hash, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  | "))
		}
	}
	if len(lines) > 0 && !c.DryRun {
		if err := programdir.WriteApprovals(c.Program, lines); err != nil {
			return err
		}
	}
	if c.JSON {
		return s.asJSON(map[string]any{"program": p.ID, "by": by.ID, "role": role, "when": now.String(), "demo": by.Demo, "signed": !c.DryRun, "texts": shown})
	}
	until := ""
	if c.Expires != "" {
		until = ", until " + c.Expires
	}
	switch {
	case len(lines) == 0 && c.Content == "":
		fmt.Fprintf(s.out, "Every text of %s is approved as %s.\n", p.ID, role)
	case len(lines) == 0:
		fmt.Fprintf(s.out, "No text of %s fits %s.\n", p.ID, c.Content)
	case c.DryRun:
		fmt.Fprintf(s.out, "%s would sign %q as %s for %s%s. Nothing was signed: this was a dry run.\n", by.Called(), c.Meaning, role, counted(len(lines)), until)
	default:
		fmt.Fprintf(s.out, "%s signed %q as %s for %s%s, in %s.\n", by.Called(), c.Meaning, role, counted(len(lines)), until, filepath.ToSlash(filepath.Join(c.Program, "approvals.yaml")))
	}
	return nil
}

func counted(texts int) string {
	if texts == 1 {
		return "1 text"
	}
	return fmt.Sprintf("%d texts", texts)
}

func (c *approveCmd) list(s streams, p *program.Program, now instant.Time) error {
	rules := &p.Policy.Approvals
	texts := app.TextsOf(p, now)
	if c.JSON {
		return s.asJSON(map[string]any{"program": p.ID, "require": rules.Require, "roles": append([]string{}, rules.Roles...), "texts": texts})
	}
	for i := range texts {
		tellText(s, &texts[i])
	}
	if !rules.Require {
		fmt.Fprintln(s.out, "Texts are sent whether they are approved or not: the policy does not require it.")
	}
	return nil
}

func tellText(s streams, x *app.TextStanding) {
	says := "approved"
	switch {
	case x.Approved:
	case len(x.Missing) > 0:
		says = "lacks an approval as " + strings.Join(x.Missing, " and as ")
	default:
		says = "not approved"
	}
	if !x.Used {
		says += "; no engagement says it"
	}
	fmt.Fprintf(s.out, "%s: %s\n", x.Content, says)
	for i := range x.Approvals {
		fmt.Fprintf(s.out, "  %s\n", x.Approvals[i].Says())
	}
}
