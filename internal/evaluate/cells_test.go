package evaluate

import (
	"strings"
	"testing"

	"attune/internal/estimate"
)

// Actions are called what the log calls them, also where a spreadsheet would take that for a formula: what is written as text is
// read as what it was.
func TestNamesOfActionsAreNoFormulas(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	if err := writeTable(&text, estimate.Table{{1, 0}, {0, 1}, {0, 0}}, []string{"=1+1", "-call", "sms"}); err != nil {
		t.Fatal(err)
	}
	if want := "'=1+1,'-call,sms\n1,0,0\n0,1,0\n"; text.String() != want {
		t.Fatalf("written is %q", text.String())
	}
	log := strings.NewReplacer(",a,", ",=1+1,", ",b,", ",-call,").Replace(opeLog)
	target := strings.Replace(opeTarget, "a,b", "'=1+1,'-call", 1)
	problems, out := told(t, opeFiles(opeSpec, log, target))
	same, as := told(t, opeFiles(opeSpec, opeLog, opeTarget))
	if len(problems)+len(same) > 0 || out == "" || out != as {
		t.Errorf("read again it is %q, %s and not %s", problems, out, as)
	}
}
