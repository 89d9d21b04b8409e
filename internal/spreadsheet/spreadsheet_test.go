package spreadsheet

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestCellsThatAreFormulasBecomeText(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/cells.json") // the console's tables keep to it too
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Is, Cell string }
	if err := json.Unmarshal(golden, &cases); err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, x := range cases {
		in, want := x.Is, x.Cell
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
