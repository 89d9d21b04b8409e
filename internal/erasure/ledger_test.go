package erasure_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/id"
	"attune/internal/erasure"
)

const at = "2027-03-01T09:00:00Z"

var ana, ben = id.Person{1}, id.Person{2}

func line(what erasure.What, request string, who ...id.Person) erasure.Line {
	l := erasure.Line{What: what, ID: request, By: "kim", At: at}
	for _, p := range who {
		l.People = append(l.People, erasure.Of(p))
	}
	return l
}

func TestWhatWasSaidIsThereAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := erasure.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []erasure.Line{line(erasure.HoldSet, "", ana), line(erasure.Requested, "r1", ben), line(erasure.Confirmed, "r1", ben)} {
		if err := l.Add(x, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// A crash left half a line.
	path := filepath.Join(dir, erasure.Name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"what":"done","id":"r1"`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = erasure.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Add(line(erasure.HoldEnded, "", ana), nil); err != nil {
		t.Fatal(err)
	}
	lines, err := erasure.Read(path)
	if err != nil || len(lines) != 4 {
		t.Fatalf("%d lines, %v; want 4", len(lines), err)
	}
	if r := erasure.Requests(lines); len(r) != 1 || r[0].State != erasure.Confirmed || r[0].ConfirmedBy != "kim" {
		t.Errorf("requests are %+v", r)
	}
	if gone := erasure.Erased(lines); !gone[erasure.Of(ben)] || gone[erasure.Of(ana)] {
		t.Errorf("erased are %v", gone)
	}
	if erasure.Held(lines, []string{erasure.Of(ana)}) || !erasure.Held(lines[:3], []string{erasure.Of(ben), erasure.Of(ana)}) {
		t.Error("a hold is on until it is lifted, and no longer")
	}
	if len(erasure.Waiting(lines, []string{erasure.Of(ben)})) != 1 || len(erasure.Waiting(lines, []string{erasure.Of(ana)})) != 0 {
		t.Error("what waits is not what was confirmed and is not done")
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), ana.String()) || strings.Contains(string(text), ben.String()) {
		t.Errorf("the ledger names somebody by their id (%v)", err)
	}
}

func TestWhatMayNotBeIsNotWritten(t *testing.T) {
	t.Parallel()
	l, err := erasure.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	no := errors.New("no")
	for name, x := range map[string]struct {
		line erasure.Line
		may  func([]erasure.Line) error
	}{
		"nobody":     {line(erasure.HoldSet, ""), nil},
		"no request": {line(erasure.Done, "", ana), nil},
		"no word":    {line("forgotten", "r1", ana), nil},
		"no hash":    {erasure.Line{What: erasure.HoldSet, People: []string{"ana"}, At: at}, nil},
		"no time":    {erasure.Line{What: erasure.HoldSet, People: []string{erasure.Of(ana)}}, nil},
		"refused":    {line(erasure.HoldSet, "", ana), func([]erasure.Line) error { return no }},
	} {
		if err := l.Add(x.line, x.may); err == nil {
			t.Errorf("%s: it was written", name)
		}
	}
	if len(l.Lines()) != 0 {
		t.Error("something was written")
	}
}

func TestADamagedLedgerIsNotPassedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, erasure.Name), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := erasure.Open(dir); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Fatalf("it opens a damaged ledger: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"what":"hold set","people":["` + erasure.Of(ana) + `"],"by":"kim","at":"` + at + `"}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"what":"done"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, whole, err := erasure.Parse(text)
		if err != nil {
			return
		}
		if whole > len(text) || strings.Count(string(text[:whole]), "\n") != len(lines) {
			t.Fatalf("%d lines in %d of %d bytes", len(lines), whole, len(text))
		}
		again, n, err := erasure.Parse(text[:whole])
		if err != nil || n != whole || len(again) != len(lines) {
			t.Fatalf("what counts reads otherwise by itself: %d of %d bytes, %v", n, whole, err)
		}
	})
}
