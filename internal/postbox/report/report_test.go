package report_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"attune/internal/postbox/report"
)

// What tickets are in the corpus: one of the return path, one of the link for unsubscribing.
var (
	back = strings.Repeat("ticket", 9) + "tick"
	out  = strings.Repeat("unsubs", 9) + "unsu"
)

// What comes back, in the manner of those who send it.
func TestReports(t *testing.T) {
	t.Parallel()
	type want struct {
		kind    report.Kind
		code    string
		forGood bool
	}
	rows := map[string]want{
		"postfix-unknown-user": {report.Failed, "5.1.1", true},
		"postfix-expired":      {report.Failed, "4.4.1", false},
		"postfix-delayed":      {report.Delayed, "4.4.1", false},
		"postfix-delivered":    {report.Delivered, "2.0.0", false},
		"postfix-relayed":      {report.Other, "", false},
		"postfix-mailbox-full": {report.Failed, "4.2.2", false},
		"postfix-smtputf8":     {report.Failed, "5.6.7", true},
		"exim-unknown-user":    {report.Failed, "5.1.1", true},
		"exim-old":             {report.Failed, "550", true},
		"qmail":                {report.Failed, "5.1.1", true},
		"gmail-unknown-user":   {report.Failed, "5.1.1", true},
		"gmail-delayed":        {report.Delayed, "4.4.1", false},
		"gmail-over-quota":     {report.Failed, "5.2.2", true},
		"exchange-not-found":   {report.Failed, "5.1.10", true},
		"exchange-base64":      {report.Failed, "5.7.1", true},
		"outlook-blocked":      {report.Failed, "5.7.515", true},
		"sendmail-unix":        {report.Failed, "5.1.1", true},
		"forwarded-to-two":     {report.Failed, "554", true},
		"no-status":            {report.Failed, "", false},
		"one-group":            {report.Failed, "5.4.14", true},
		"cut-off":              {report.Failed, "5.2.1", true},
		"strange-boundary":     {report.Failed, "5.1.6", true},
		"yahoo-abuse":          {report.Complained, "", false},
		"redacted-abuse":       {report.Complained, "", false},
		"comcast-abuse":        {report.Complained, "", false},
		"cfbl-abuse":           {report.Complained, "", false},
		"outlook-jmrp":         {report.Complained, "", false},
		"not-spam":             {report.Other, "", false},
		"auth-failure":         {report.Other, "", false},
		"displayed":            {report.Other, "", false},
		"vacation":             {report.Automatic, "", false},
		"exchange-away":        {report.Automatic, "", false},
		"old-vacation":         {report.Automatic, "", false},
		"person":               {report.Written, "", false},
		"person-forwards":      {report.Written, "", false},
	}
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(rows) {
		t.Fatalf("there are %d files and %d rows (%v)", len(files), len(rows), err)
	}
	ids := map[string]string{}
	for name, w := range rows {
		raw := file(t, name)
		r, err := report.Read(raw, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := (want{r.Kind, r.Code, r.Permanent}); got != w {
			t.Errorf("%s is %+v, want %+v", name, got, w)
		}
		if other, again := ids[r.ID]; again || r.ID == "" {
			t.Errorf("%s and %s have one id", name, other)
		}
		ids[r.ID] = name
		if twice, _ := report.Read(raw, false); !reflect.DeepEqual(twice, r) {
			t.Errorf("%s reads as %+v and then as %+v", name, r, twice)
		}
	}
}

// A complaint comes to one address for all, so the ticket is found in what is complained about.
func TestComplaintsNameTheirLetter(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"yahoo-abuse": {back, out}, "redacted-abuse": {out}, "comcast-abuse": {back, out}, "cfbl-abuse": {back}, "outlook-jmrp": {back, out},
		"vacation": nil,
	} {
		r, err := report.Read(file(t, name), false)
		if err != nil || !reflect.DeepEqual(r.Tickets, want) {
			t.Errorf("%s has the tickets %v, %v; want %v", name, r.Tickets, err, want)
		}
	}
}

func TestALetterFromNobodyIsOfAMachine(t *testing.T) {
	t.Parallel()
	if r, err := report.Read(file(t, "person"), true); err != nil || r.Kind != report.Automatic {
		t.Errorf("%+v, %v", r, err)
	}
}

// However it is made, what is within the size is read quickly and in little memory.
func TestHostileLetters(t *testing.T) {
	t.Parallel()
	nest := func(depth int) string {
		var b strings.Builder
		for i := range depth {
			b.WriteString("Content-Type: multipart/mixed; boundary=b" + strings.Repeat("x", i%50) + "\n\n--b" + strings.Repeat("x", i%50) + "\n")
		}
		return b.String()
	}
	for name, s := range map[string]string{
		"nested for ever":     nest(10_000),
		"nothing but parts":   "Content-Type: multipart/report; boundary=b\n\n" + strings.Repeat("--b\n\n", 100_000),
		"nothing but fields":  strings.Repeat("a: b\n", 200_000),
		"one endless field":   "a: " + strings.Repeat(" b\n", 300_000),
		"nothing but tickets": "Content-Type: message/rfc822\n\n" + strings.Repeat(back+"\n", 10_000),
		"nothing but breaks":  strings.Repeat("\n", report.Most),
		"empty":               "",
	} {
		if len(s) > report.Most {
			s = s[:report.Most]
		}
		r, err := report.Read([]byte(s), false)
		if err != nil || r.Kind != report.Written {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := report.Read(make([]byte, report.Most+1), false); !errors.Is(err, report.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Whatever comes: the code is a code, only failures are for good and only with a code that says so,
// tickets look like tickets, and line ends change nothing.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, false)
	}
	f.Add([]byte("Content-Type: multipart/report; boundary=\"\"\n\n--\n--\n"), true)
	code := regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3}|[45]\d\d)?$`)
	like := regexp.MustCompile(`^[A-Za-z2-7]{58}$`)
	f.Fuzz(func(t *testing.T, raw []byte, empty bool) {
		r, err := report.Read(raw, empty)
		if err != nil {
			return
		}
		if !code.MatchString(r.Code) || r.Permanent && (r.Kind != report.Failed || r.Code[0] != '5') {
			t.Errorf("%+v", r)
		}
		for _, ticket := range r.Tickets {
			if !like.MatchString(ticket) {
				t.Errorf("%q is no ticket", ticket)
			}
		}
		if empty && r.Kind == report.Written {
			t.Error("nobody wrote it, and it is a person's letter")
		}
		bare := bytes.ReplaceAll(raw, []byte("\r"), nil)
		unix, err1 := report.Read(bare, empty)
		dos, err2 := report.Read(bytes.ReplaceAll(bare, []byte("\n"), []byte("\r\n")), empty)
		if err1 == nil && err2 == nil && !reflect.DeepEqual(unix, dos) {
			t.Errorf("with bare line feeds it is %+v, else %+v", unix, dos)
		}
	})
}
