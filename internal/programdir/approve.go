package programdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"attune/core/approval"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/source"
)

const approvalsFile = "approvals.yaml"

// Draft reads a program whose texts need not be approved yet, to look at them and approve them.
func Draft(zones *instant.Zones, dir string) (*program.Program, []source.Problem, error) {
	folder, problems, err := Read(dir)
	if err != nil || len(problems) > 0 {
		return nil, Within(dir, problems), err
	}
	p, problems := program.ReadDraft(folder, zones)
	return p, Within(dir, problems), nil
}

// WriteApprovals puts approvals into the approvals.yaml of a program's folder, making the file when there
// is none. One takes the place of the same approver's former one of that text and role, and of those of
// that text and role that were for other bytes; everything else in the file stays byte for byte.
func WriteApprovals(dir string, lines []approval.Line) error {
	path := filepath.Join(dir, approvalsFile)
	was, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write approvals: %w", err)
	}
	text, err := WithApprovals(string(was), lines)
	if err != nil {
		return fmt.Errorf("write approvals: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write approvals: %w", err)
	}
	return nil
}

// oneLine is an approval as WriteApprovals writes it, with what stands before and after it.
var oneLine = regexp.MustCompile(`^( *- )\{.*\}([ \t]*(?:#.*)?)$`)

// WithApprovals is the text of an approvals.yaml with more approvals in it. It is read again before it counts, so that a
// file that is written in another way is left alone instead of spoilt.
func WithApprovals(text string, lines []approval.Line) (string, error) {
	items, listed, err := approvalsIn(text)
	if err != nil {
		return "", err
	}
	rows, indent := strings.SplitAfter(text, "\n"), "  "
	gone := map[int]bool{}
	var want, more []approval.Line
	want = slices.Clone(items.lines)
	var dropped []int
	for _, line := range lines {
		placed := false
		for i, old := range items.lines {
			if old.Content != line.Content || old.Role != line.Role || old.By != line.By && old.Hash == line.Hash {
				continue
			}
			row := items.rows[i]
			if gone[row] || placed {
				dropped = append(dropped, i)
				rows[row], gone[row] = "", true
				continue
			}
			body := strings.TrimRight(rows[row], "\r\n")
			m := oneLine.FindStringSubmatch(body)
			if m == nil {
				return "", fmt.Errorf("%s:%d: the approval is not written on one line; take it out, and approve again", approvalsFile, row+1)
			}
			rows[row] = m[1] + written(line) + m[2] + rows[row][len(body):]
			want[i], placed, gone[row] = line, true, true
		}
		if !placed {
			more = append(more, line)
		}
	}
	slices.Sort(dropped)
	for _, i := range slices.Backward(slices.Compact(dropped)) {
		want = slices.Delete(want, i, i+1)
	}
	if len(items.rows) > 0 {
		first := strings.SplitAfter(text, "\n")[items.rows[0]]
		indent = first[:len(first)-len(strings.TrimLeft(first, " "))]
	}
	if listed >= 0 {
		rows[listed] = strings.Replace(rows[listed], " []", "", 1)
	}
	out := strings.Join(rows, "")
	if len(more) > 0 && out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	if items.tree == nil {
		out += "approvals:\n"
	}
	for _, line := range more {
		out += indent + "- " + written(line) + "\n"
	}
	got, _, err := approvalsIn(out)
	if err != nil || !slices.Equal(got.lines, append(want, more...)) {
		return "", fmt.Errorf("%s is written in a way that cannot be extended: write each approval on a line of its own, beginning with -", approvalsFile)
	}
	return out, nil
}

// WithoutApprovals is the text of an approvals.yaml without those that are given up, and which these are. Everything else stays byte
// for byte.
func WithoutApprovals(text string, gone func(approval.Line) bool) (string, []approval.Line, error) {
	items, _, err := approvalsIn(text)
	if err != nil {
		return "", nil, err
	}
	rows := strings.SplitAfter(text, "\n")
	var dropped, keep []approval.Line
	for i, line := range items.lines {
		if !gone(line) {
			keep = append(keep, line)
			continue
		}
		row := items.rows[i]
		if oneLine.FindStringSubmatch(strings.TrimRight(rows[row], "\r\n")) == nil {
			return "", nil, fmt.Errorf("%s:%d: the approval is not written on one line; take it out yourself", approvalsFile, row+1)
		}
		rows[row], dropped = "", append(dropped, line)
	}
	out := strings.Join(rows, "")
	if len(keep) == 0 && len(dropped) > 0 {
		out = strings.Replace(out, "approvals:", "approvals: []", 1)
	}
	got, _, err := approvalsIn(out)
	if err != nil || !slices.Equal(got.lines, keep) {
		return "", nil, fmt.Errorf("%s is written in a way that cannot be changed: write each approval on a line of its own, beginning with -", approvalsFile)
	}
	return out, dropped, nil
}

// approvalItems are the approvals of a file and the rows on which they begin, from 0.
type approvalItems struct {
	tree  *source.Node
	lines []approval.Line
	rows  []int
}

// approvalsIn reads the file as it is. Listed is the row of an empty list in brackets, -1 where there is
// none.
func approvalsIn(text string) (items approvalItems, listed int, err error) {
	var problems source.Problems
	items.tree = ParseYAML(approvalsFile, []byte(text), &problems)
	if !problems.Empty() {
		return items, -1, errors.New(problems.List()[0].String())
	}
	list := items.tree.Get("approvals")
	for _, item := range form.ItemsOf(list) {
		items.lines = append(items.lines, program.ApprovalOf(item))
		items.rows = append(items.rows, item.Pos.Line-1)
	}
	if list != nil && list.Kind == source.List && len(list.Items) == 0 {
		return items, list.Pos.Line - 1, nil
	}
	return items, -1, nil
}

// written is an approval as it stands in the file.
func written(l approval.Line) string {
	content := l.Content
	if strings.Trim(content, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") != "" {
		content = quoted(content)
	}
	expires := ""
	if l.Expires != "" {
		expires = "expires: " + l.Expires + ", "
	}
	return fmt.Sprintf("{content: %s, hash: %s, by: %s, role: %s, when: %s, %smeaning: %s, signature: %s}",
		content, quoted(l.Hash), l.By, l.Role, l.When, expires, quoted(l.Meaning), quoted(l.Signature))
}
