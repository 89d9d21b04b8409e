package pattern

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"attune/core/form"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/stage"
	"attune/internal/disclose"
)

// Version is the version of the file's form, and Format what it calls itself.
const (
	Format  = "attune pattern library"
	Version = 1
)

// The limits of a file. None of them is near what an organisation has.
const (
	MaxBytes    = 16 << 20
	MaxPatterns = 5_000
	maxWords    = 400
	maxName     = 80
	maxPeople   = 1 << 30
	maxDays     = 3660
)

// File is what one organisation tells others.
type File struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Organisation is who tells it, and Made in which month, as 2026-11: nothing in a file is finer than a month.
	Organisation string `json:"organisation"`
	Made         string `json:"made"`
	// Least is the fewest people that any number is of, and Rounded to what counts are rounded.
	Least   int `json:"least"`
	Rounded int `json:"rounded"`
	// Withheld are combinations that are not told, by the reason.
	Withheld []Withheld `json:"withheld"`
	Patterns []Pattern  `json:"patterns"`
	// Starters are programs to begin from, where some were asked for.
	Starters []Starter `json:"starters"`
}

// New is a file that tells nothing yet.
func New(organisation string, now instant.Time) *File {
	return &File{
		Format: Format, Version: Version, Organisation: shortened(organisation), Made: monthText(monthOf(now)), Least: disclose.DefaultLeast, Rounded: Rounding,
		Withheld: []Withheld{}, Patterns: []Pattern{}, Starters: []Starter{},
	}
}

// Withheld is how many combinations are not told, and why.
type Withheld struct {
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// Pattern is what saying an engagement in a stage over a channel changed.
type Pattern struct {
	// Program is the program's id, and Hash the version of it that is live.
	Program string `json:"program"`
	Hash    string `json:"hash"`
	// Engagement is its id; the others say of what kind it is.
	Engagement   string   `json:"engagement"`
	Purpose      string   `json:"purpose"`
	Behavior     string   `json:"behavior"`
	BehaviorSays string   `json:"behavior_says"`
	Process      string   `json:"process"`
	Strategies   []string `json:"strategies"`
	Stage        string   `json:"stage"`
	Channel      string   `json:"channel"`
	// Outcome is what was counted, within so many days of the decision.
	Outcome     string  `json:"outcome"`
	OutcomeName string  `json:"outcome_name"`
	WithinDays  float64 `json:"within_days"`
	// Told and Untold are people to whom it was said, and to whom nothing was said though this could have been;
	// most people are both, at different times. Decisions are all these draws, and Engaged those in which it was said.
	Told      int `json:"people_told"`
	Untold    int `json:"people_untold"`
	Decisions int `json:"decisions"`
	Engaged   int `json:"engaged"`
	// Effect is by how much saying it changed the chance of the outcome, from Lo to Hi with 95 %.
	Effect float64 `json:"effect"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	// From and Until are the first and the last month.
	From  string `json:"from"`
	Until string `json:"until"`
	// Measured says how: only what was drawn by chance, with logged probabilities, is told at all.
	Measured string `json:"measured"`
}

// ByChance is how every pattern of version 1 is measured: it is what saying it changed, and no mere difference.
const ByChance = "changed, by chance draws with logged probabilities"

// key names what a pattern is of. What was told of it once is kept under it.
func (p *Pattern) key() string {
	return strings.Join([]string{p.Program, p.Engagement, p.Stage, p.Channel, p.Outcome, fmt.Sprint(p.WithinDays)}, "|")
}

// Key names what a pattern is of.
func (p *Pattern) Key() string { return p.key() }

// StdErr is how sure the effect is, by its interval.
func (p *Pattern) StdErr() float64 { return max(.0005, (p.Hi-p.Lo)/2/1.96) }

// Flaw is what is wrong in a file, where, and what to do.
type Flaw struct{ Where, Is, Remedy string }

func (f *Flaw) Error() string { return f.At() + "; " + f.Remedy }

// At is what is wrong, after where.
func (f *Flaw) At() string {
	if f.Where == "" {
		return f.Is
	}
	return f.Where + ": " + f.Is
}

const askAgain = "ask the organisation for a new export"

var (
	isHash  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	isMonth = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)
)

// Check finds the first thing that no export writes. What strangers send is shown on terminals and moves decisions.
func (f *File) Check() *Flaw {
	switch {
	case f.Format != Format:
		return &Flaw{"format", "this is no pattern library", "name a file that attune library export wrote"}
	case f.Version > Version:
		return &Flaw{"version", fmt.Sprintf("the file has version %d, and this Attune reads up to %d", f.Version, Version), "update Attune, or ask the organisation for a file of version 1"}
	case f.Version < 1:
		return &Flaw{"version", fmt.Sprintf("there is no version %d", f.Version), askAgain}
	case !plainText(f.Organisation) || f.Organisation == "":
		return &Flaw{"organisation", "it is empty, too long, or has characters that cannot be shown", askAgain}
	case !isMonth.MatchString(f.Made):
		return &Flaw{"made", "it is no month, such as 2026-11", askAgain}
	case f.Least < disclose.DefaultLeast || f.Least > 1000:
		return &Flaw{"least", fmt.Sprintf("its numbers may be of %d people, and nothing of fewer than %d is taken", f.Least, disclose.DefaultLeast), askAgain}
	case f.Rounded != Rounding:
		return &Flaw{"rounded", fmt.Sprintf("counts are to be rounded to %d", Rounding), askAgain}
	case len(f.Patterns) > MaxPatterns:
		return &Flaw{"patterns", fmt.Sprintf("there are more than %d", MaxPatterns), askAgain}
	case f.Patterns == nil || f.Withheld == nil || f.Starters == nil:
		return &Flaw{"", "patterns, withheld or starters are missing", askAgain}
	}
	for i, w := range f.Withheld {
		if !plainText(w.Why) || w.Count < 1 || w.Count > maxPeople {
			return &Flaw{fmt.Sprintf("withheld[%d]", i), "it has no reason or no count", askAgain}
		}
	}
	for i := range f.Patterns {
		if flaw := f.Patterns[i].check(f.Least); flaw != nil {
			flaw.Where = strings.TrimSuffix(fmt.Sprintf("patterns[%d].%s", i, flaw.Where), ".")
			return flaw
		}
		if i > 0 && f.Patterns[i-1].key() >= f.Patterns[i].key() {
			return &Flaw{fmt.Sprintf("patterns[%d]", i), "it is there twice, or out of order", askAgain}
		}
	}
	return f.checkStarters()
}

func (p *Pattern) check(least int) *Flaw {
	bad := func(where, is string) *Flaw { return &Flaw{where, is, askAgain} }
	for _, x := range []struct {
		where, is string
		empty     bool
	}{
		{"program", p.Program, false}, {"engagement", p.Engagement, false}, {"purpose", p.Purpose, true}, {"behavior", p.Behavior, true}, {"process", p.Process, true}, {"outcome", p.Outcome, false},
	} {
		if (!form.IsName(x.is) || len(x.is) > maxName) && (x.is != "" || !x.empty) {
			return bad(x.where, "it is no id")
		}
	}
	for _, s := range p.Strategies {
		if !plainText(s) || s == "" {
			return bad("strategies", "one is empty, too long, or has characters that cannot be shown")
		}
	}
	if _, known := stage.Parse(p.Stage); !known && p.Stage != stage.None.String() {
		return bad("stage", "there is no such stage of change")
	}
	counts := []struct {
		where string
		n     int
	}{{"people_told", p.Told}, {"people_untold", p.Untold}, {"decisions", p.Decisions}, {"engaged", p.Engaged}}
	for _, c := range counts {
		switch {
		case c.n < 0 || c.n > maxPeople:
			return bad(c.where, "that many there cannot be")
		case c.n%Rounding != 0:
			return bad(c.where, fmt.Sprintf("it is not rounded to %d", Rounding))
		case c.n+Rounding/2 < least:
			return bad(c.where, fmt.Sprintf("it is of fewer than %d", least))
		}
	}
	numbers := []struct {
		where string
		x     float64
	}{{"effect", p.Effect}, {"lo", p.Lo}, {"hi", p.Hi}}
	for _, n := range numbers {
		if !(math.Abs(n.x) <= 2) {
			return bad(n.where, "a chance cannot change by that much")
		}
		if n.x != toThousandths(n.x) {
			return bad(n.where, "it has more than three digits")
		}
	}
	switch {
	case !isHash.MatchString(p.Hash):
		return bad("hash", "it is no SHA-256")
	case !slices.Contains(program.Channels(), p.Channel):
		return bad("channel", "there is no such channel")
	case !plainText(p.BehaviorSays):
		return bad("behavior_says", "it is too long, or has characters that cannot be shown")
	case !plainText(p.OutcomeName):
		return bad("outcome_name", "it is too long, or has characters that cannot be shown")
	case !(p.WithinDays > 0 && p.WithinDays <= maxDays) || p.WithinDays != toThousandths(p.WithinDays):
		return bad("within_days", "that is no time in which something is counted")
	case math.Abs(p.Effect) > 1:
		return bad("effect", "a chance cannot change by that much")
	case p.Lo > p.Effect || p.Effect > p.Hi:
		return bad("effect", "it is not between lo and hi")
	case p.Hi-p.Lo < .001:
		return bad("hi", "nobody is that sure")
	case p.Engaged > p.Decisions:
		return bad("engaged", "it was said more often than there were decisions")
	case !isMonth.MatchString(p.From) || !isMonth.MatchString(p.Until) || p.From > p.Until:
		return bad("from", "from and until are no months in their order")
	case p.Measured != ByChance:
		return bad("measured", "it was measured in a way that this version does not know")
	case p.Strategies == nil || !slices.IsSorted(p.Strategies) || len(p.Strategies) > 50:
		return bad("strategies", "they are missing, too many, or not in order")
	}
	return nil
}

// Plain tells whether a file may have this text, on one line.
func Plain(s string) bool { return plainText(s) }

// plainText is text that can be shown anywhere on one line.
func plainText(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxWords && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// toThousandths is a number of three digits.
func toThousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

// sortPatterns puts patterns in the order of a file.
func sortPatterns(list []Pattern) {
	slices.SortFunc(list, func(a, b Pattern) int { return cmp.Compare(a.key(), b.key()) })
}
