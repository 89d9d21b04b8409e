package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/mine"
)

const referrals = "../../internal/mine/testdata/referrals.csv"

func TestMineTellsTheJourneyOfALog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page, draft := filepath.Join(dir, "report.html"), filepath.Join(dir, "draft")
	code, out, errs := attune(t, "mine", referrals, "--funnel", "Referral letter sent > First visit > Diagnosis", "--within", "120d",
		"--survival", "Referral letter sent -> First visit", "--exits", "Went elsewhere", "--by", "practice", "--html", page, "--draft-map", draft)
	if code != 0 {
		t.Fatal(code, errs)
	}
	for _, want := range []string{"240 cases", "What follows what", "Funnel", "entered =", "By practice", "Who hands over to whom"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), `class="map"`) {
		t.Error("the page has no map: ", err)
	}
	if code, _, errs := attune(t, "validate", draft); code != 0 {
		t.Error(errs)
	}

	code, out, errs = attune(t, "mine", referrals, "--json", "--top", "3", "--survival", "Referral letter sent -> First visit", "--exits", "Went elsewhere")
	var a mine.Answer
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 {
		t.Fatal(code, err, errs)
	}
	if s := a.Survival; len(a.Variants) != 3 || s.Entered != s.Converted+s.Exited+s.Waiting || s.Exited == 0 || s.Waiting == 0 {
		t.Errorf("%d variants, %+v", len(a.Variants), s)
	}
}

func TestMineSaysWhatIsWrongWithAQuestion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"there is no such file":     {[]string{"none.csv"}, "there is no file"},
		"a step is not in the log":  {[]string{referrals, "--funnel", "Referal letter sent > First visit"}, `the log has no activity "Referal letter sent"; did you mean "Referral letter sent"?`},
		"a funnel has one step":     {[]string{referrals, "--funnel", "First visit"}, "two steps or more"},
		"a window has no length":    {[]string{referrals, "--funnel", "Diagnosis > First visit", "--mode", "window"}, "add --within"},
		"a length is none":          {[]string{referrals, "--funnel", "Diagnosis > First visit", "--within", "soon"}, "write it as 24h or 30d"},
		"an exit is the end":        {[]string{referrals, "--survival", "Diagnosis -> First visit", "--exits", "First visit"}, "no exit"},
		"exits without a beginning": {[]string{referrals, "--exits", "First visit"}, "belong to --survival"},
		"a zone is none":            {[]string{referrals, "--zone", "Madrid"}, "there is no time zone"},
		"a column is none":          {[]string{referrals, "--case", "patient"}, `there is no column "patient"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := attune(t, append([]string{"mine"}, c.args...)...)
			if code != 2 || !strings.Contains(errs, c.want) {
				t.Errorf("%d %q, want %q", code, errs, c.want)
			}
		})
	}
}
