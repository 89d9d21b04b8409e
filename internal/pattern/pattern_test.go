package pattern_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/core/stage"
	"attune/internal/learn"
	"attune/internal/pattern"
)

var (
	begin = instant.Of(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	end   = instant.Of(time.Date(2026, 7, 10, 9, 0, 0, 0, time.UTC))
)

// clinic is a release with one program that says two things.
func clinic() *release.Release {
	return &release.Release{Programs: []*program.Program{{
		ID: "diabetes", Hash: strings.Repeat("ab", 32),
		Behaviors: []program.Behavior{{ID: "adherence", Says: "Takes the medicine as agreed"}},
		Outcomes:  []program.Outcome{{ID: "fetched", Name: "Fetched the medicine"}},
		Engagements: []program.Engagement{
			{ID: "remind", Behavior: "adherence", Process: "stimulus_control", Purpose: "care", Variants: []program.Variant{{ID: "a", Strategy: "gain"}}},
			{ID: "praise", Behavior: "adherence", Process: "reinforcement", Purpose: "care"},
		},
	}}}
}

// someone is what one person did: each row is a decision that could say either of two things, or nothing.
type someone struct {
	rows []learn.Row
	life *learn.Life
}

// crowd are people of whom a reminder changes the chance of the outcome by so much.
func crowd(seed uint64, n int, change float64, from instant.Time, days int) []someone {
	r := rand.New(rand.NewPCG(seed, 7))
	var all []someone
	for range n {
		base := .2 + .2*r.Float64()
		var s someone
		for day := 0; day < days; day += 10 {
			p, q := .1+.5*r.Float64(), .1+.1*r.Float64()
			what, chance := -1, base
			if draw := r.Float64(); draw < p {
				what, chance = 0, base+change
			} else if draw < p+q {
				what = 1
			}
			s.rows = append(s.rows, row(from.Add(instant.Duration(day)*instant.Day), what, p, q, r.Float64() < chance))
		}
		all = append(all, s)
	}
	return all
}

func row(at instant.Time, what int, p, q float64, reached bool) learn.Row {
	d := &learn.Decision{At: at, Candidates: []effect.Candidate{
		{Program: "diabetes", Engagement: "remind", Outcome: "diabetes/fetched", Within: 7 * instant.Day},
		{Program: "diabetes", Engagement: "praise", Outcome: "diabetes/fetched", Within: 7 * instant.Day},
	}}
	w := effect.Weighing{Drawn: what, Nothing: 1 - p - q, Options: []effect.Weighed{
		// The reminder could be said in the morning or in the evening: two options, and one thing that is said.
		{Candidate: 0, Channel: "email", Part: "morning", Stage: stage.Preparation, Weight: decision.Weight{Probability: p / 2}},
		{Candidate: 1, Channel: "email", Stage: stage.Preparation, Weight: decision.Weight{Probability: q}},
		{Candidate: 0, Channel: "email", Part: "evening", Stage: stage.Preparation, Weight: decision.Weight{Probability: p / 2}},
	}}
	d.Rounds = []effect.Weighing{w}
	out := learn.Row{Decision: d, Round: &d.Rounds[0], Outcome: "diabetes/fetched", Within: 7 * instant.Day, Drawn: what, Closes: at.Add(7 * instant.Day), Reached: instant.Never, Moved: instant.Never, Lost: instant.Never}
	if reached {
		out.Reached = at.Add(instant.Day)
	}
	return out
}

func tally(people ...[]someone) *pattern.Tally {
	t := pattern.NewTally()
	n := 0
	for _, group := range people {
		for _, p := range group {
			t.Life(n, p.life, p.rows)
			n++
		}
	}
	return t
}

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func exported(t *testing.T, people *pattern.Tally, before pattern.Ledger, now instant.Time) (*pattern.File, []byte, pattern.Ledger) {
	t.Helper()
	f := pattern.New("North Clinic", now)
	var after pattern.Ledger
	f.Patterns, f.Withheld, after = people.Release(clinic(), "", before, now)
	b, err := pattern.Sign(f, key(1))
	if err != nil {
		t.Fatal(err)
	}
	return f, b, after
}

// What is told is what the world does, within its interval, and of nobody else than many.
func TestAnEffectIsToldAsItIs(t *testing.T) {
	t.Parallel()
	f, b, _ := exported(t, tally(crowd(1, 900, .1, begin, 150)), nil, end)
	if len(f.Patterns) != 2 {
		t.Fatalf("%+v", f)
	}
	p := f.Patterns[1]
	if p.Engagement != "remind" || p.Stage != "preparation" || p.Until != "2026-06" || p.From != "2026-01" {
		t.Errorf("%+v", p)
	}
	if p.Lo > .1 || p.Hi < .1 || p.Hi-p.Lo > .08 {
		t.Errorf("a change of .1 is told as %g from %g to %g", p.Effect, p.Lo, p.Hi)
	}
	if praise := f.Patterns[0]; praise.Lo > 0 || praise.Hi < 0 {
		t.Errorf("what changes nothing is told as %g from %g to %g", praise.Effect, praise.Lo, praise.Hi)
	}
	if p.Told%5 != 0 || p.Decisions%5 != 0 || p.Engaged%5 != 0 {
		t.Errorf("%+v is not rounded", p)
	}
	signed, err := pattern.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(signed.File, *f) || !signed.Key.Equal(key(1).Public()) {
		t.Error("what was read is not what was written")
	}
}

// Intervals hold what they say, also where chances of saying it differ from decision to decision.
func TestIntervalsHold(t *testing.T) {
	t.Parallel()
	const worlds = 120
	held := 0
	for w := range uint64(worlds) {
		list, _, _ := tally(crowd(100+w, 120, .05, begin, 60)).Release(clinic(), "", nil, end)
		for _, p := range list {
			if p.Engagement == "remind" && p.Lo <= .05 && .05 <= p.Hi {
				held++
			}
		}
	}
	// 120 draws at .95: fewer than 105 come once in ten thousand.
	if held < 105 {
		t.Errorf("%d of %d intervals held the truth", held, worlds)
	}
}

// Few people on any side are withheld, and the file says so.
func TestFewPeopleAreWithheld(t *testing.T) {
	t.Parallel()
	for name, people := range map[string][]someone{
		"few": crowd(3, 10, .1, begin, 150),
		"nearly all reached it": func() []someone {
			list := crowd(4, 200, 0, begin, 20)
			for i := range list {
				for k := range list[i].rows {
					if i >= 10 {
						list[i].rows[k].Reached = list[i].rows[k].Closes
					} else {
						list[i].rows[k].Reached = instant.Never
					}
				}
			}
			return list
		}(),
	} {
		f, b, _ := exported(t, tally(people), nil, end)
		if len(f.Patterns) != 0 || len(f.Withheld) != 1 || f.Withheld[0].Count != 2 {
			t.Errorf("%s: %+v", name, f)
		}
		if !strings.Contains(string(b), "fewer than 11 people") {
			t.Errorf("%s: the file does not say that something is withheld", name)
		}
	}
}

// The attack: two files, and between them one person more or less, with whatever they did. The second is the first.
func TestTwoFilesDoNotTellOfThePersonBetweenThem(t *testing.T) {
	t.Parallel()
	people := crowd(5, 60, .1, begin, 150)
	first, _, ledger := exported(t, tally(people), nil, end)
	if len(first.Patterns) == 0 {
		t.Fatal("nothing to attack")
	}
	later := end.Add(62 * instant.Day)
	for seed := range uint64(25) {
		one := crowd(1000+seed, 1, 1-2*float64(seed%2), begin.Add(instant.Duration(seed)*5*instant.Day), 150)
		without := append(append([]someone{}, people[:seed]...), people[seed+1:]...)
		for name, world := range map[string]*pattern.Tally{"one more": tally(people, one), "one erased": tally(without), "ten more": tally(people, crowd(2000+seed, 10, -.3, end, 40))} {
			second, _, _ := exported(t, world, ledger, later)
			if !reflect.DeepEqual(first.Patterns, second.Patterns) {
				t.Fatalf("%s, seed %d: the files differ:\n%+v\n%+v", name, seed, first.Patterns, second.Patterns)
			}
		}
	}
	// It is the memory of what was told that holds: without it, the attack works.
	second, _, _ := exported(t, tally(people, crowd(1000, 1, 1, begin, 150)), nil, end)
	if reflect.DeepEqual(first.Patterns, second.Patterns) {
		t.Error("the attack finds nothing even where nothing prevents it: it tests nothing")
	}
	// Many who are new are told of.
	third, _, _ := exported(t, tally(people, crowd(6, 80, -.1, end, 40)), ledger, later)
	if reflect.DeepEqual(first.Patterns, third.Patterns) {
		t.Error("eighty people who are new change nothing")
	}
}

// Within a month nothing changes, whoever asks, and part by part is as much as all at once.
func TestOneMonthHasOneFile(t *testing.T) {
	t.Parallel()
	people := crowd(7, 60, .1, begin, 150)
	first, _, ledger := exported(t, tally(people), nil, end)
	second, _, _ := exported(t, tally(people, crowd(8, 200, .5, end, 10)), ledger, end.Add(20*instant.Day))
	if !reflect.DeepEqual(first.Patterns, second.Patterns) {
		t.Error("a month that is not over is told of")
	}
	list, _, _ := tally(people).Release(clinic(), "diabetes", ledger, end)
	if !reflect.DeepEqual(list, first.Patterns) {
		t.Error("one program's file tells other numbers")
	}
	if list, _, _ := tally(people).Release(clinic(), "another", ledger, end); len(list) != 0 {
		t.Error("a program's file tells of another")
	}
}

// Who is more than a fifth of a number is not told of.
func TestOnePersonIsNotAPattern(t *testing.T) {
	t.Parallel()
	people := crowd(9, 40, 0, begin, 20)
	one := crowd(10, 1, 0, begin, 150)
	for range 20 {
		one[0].rows = append(one[0].rows, crowd(11, 1, 0, begin, 150)[0].rows...)
	}
	list, withheld, _ := tally(people, one).Release(clinic(), "", nil, end)
	if len(list) != 0 || !strings.Contains(fmt.Sprint(withheld), "one person") {
		t.Errorf("%+v %+v", list, withheld)
	}
}

// Nothing of a person goes into a file: whatever is in a decision beside the program's own words is not there.
func TestNothingOfAPersonIsInAFile(t *testing.T) {
	t.Parallel()
	people := crowd(12, 100, .1, begin, 150)
	for i := range people {
		for k := range people[i].rows {
			d := people[i].rows[k].Decision
			d.ID = [16]byte{0xca, 0x4a, 0x41, byte(i)}
			for c := range d.Candidates {
				d.Candidates[c].Detail, d.Candidates[c].Variant = "canary-detail", "canary-variant"
				d.Candidates[c].Touch = [16]byte{0xca, 0x4a, 0x41}
			}
			d.Rounds[0].Barriers, d.Rounds[0].Motives, d.Rounds[0].Arm = []string{"canary-barrier"}, []string{"canary-motive"}, "canary-arm"
			d.Rounds[0].Place = .123456789
		}
	}
	_, b, ledger := exported(t, tally(people), nil, end)
	kept, err := json.Marshal(ledger)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(b), string(kept)} {
		for _, canary := range []string{"canary", "ca4a41", "CA4A41", "123456789", "2026-01-"} {
			if strings.Contains(text, canary) {
				t.Errorf("%q is in what is written", canary)
			}
		}
	}
	// Every field that is written is one that was thought of.
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	fields := all["library"].(map[string]any)["patterns"].([]any)[0].(map[string]any)
	if len(fields) != 23 {
		t.Errorf("a pattern has %d fields: if one was added, say why it tells of nobody", len(fields))
	}
}

// A file is taken byte for byte as it was signed, or not at all; what is wrong is named, with a remedy.
func TestWhatWasChangedIsRefused(t *testing.T) {
	t.Parallel()
	_, b, _ := exported(t, tally(crowd(13, 100, .1, begin, 150)), nil, end)
	for at := 0; at < len(b); at += 1 + at%7 {
		for _, to := range []byte{b[at] ^ 1, ' ', '0'} {
			if to == b[at] {
				continue
			}
			changed := bytes.Clone(b)
			changed[at] = to
			if _, err := pattern.Parse(changed); err == nil {
				t.Fatalf("byte %d may be %q instead of %q", at, to, b[at])
			}
		}
	}
	for _, cut := range []int{0, 1, len(b) / 2, len(b) - 1} {
		if _, err := pattern.Parse(b[:cut]); err == nil {
			t.Errorf("the first %d bytes are taken", cut)
		}
	}
	if _, err := pattern.Parse(append(bytes.Clone(b), '\n')); err == nil {
		t.Error("a byte more is taken")
	}
}

// Whoever owns a key can sign nonsense; that is refused as well, by name.
func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	f, _, _ := exported(t, tally(crowd(14, 100, .1, begin, 150)), nil, end)
	for want, spoil := range map[string]func(f *pattern.File){
		"version":            func(f *pattern.File) { f.Version = 2 },
		"format":             func(f *pattern.File) { f.Format = "something" },
		"organisation":       func(f *pattern.File) { f.Organisation = "North\x1b[2JClinic" },
		"least":              func(f *pattern.File) { f.Least = 1 },
		"made":               func(f *pattern.File) { f.Made = "2026-07-10" },
		"patterns[0].effect": func(f *pattern.File) { f.Patterns[0].Effect = 3 },
		"patterns[0].lo":     func(f *pattern.File) { f.Patterns[0].Lo = math.Inf(-1) },
		"patterns[0].hi": func(f *pattern.File) {
			f.Patterns[0].Hi = f.Patterns[0].Effect
			f.Patterns[0].Lo = f.Patterns[0].Effect
		},
		"patterns[0].people_told":  func(f *pattern.File) { f.Patterns[0].Told = 5 },
		"patterns[0].decisions":    func(f *pattern.File) { f.Patterns[0].Decisions = 101 },
		"patterns[0].engaged":      func(f *pattern.File) { f.Patterns[0].Engaged = f.Patterns[0].Decisions + 5 },
		"patterns[0].channel":      func(f *pattern.File) { f.Patterns[0].Channel = "telepathy" },
		"patterns[0].stage":        func(f *pattern.File) { f.Patterns[0].Stage = "enlightenment" },
		"patterns[0].behavior":     func(f *pattern.File) { f.Patterns[0].Behavior = "../adherence" },
		"patterns[0].measured":     func(f *pattern.File) { f.Patterns[0].Measured = "guessed" },
		"patterns[0].outcome_name": func(f *pattern.File) { f.Patterns[0].OutcomeName = strings.Repeat("x", 1000) },
		"patterns[1]":              func(f *pattern.File) { f.Patterns[1] = f.Patterns[0] },
	} {
		bad := *f
		bad.Patterns = append([]pattern.Pattern{}, f.Patterns...)
		spoil(&bad)
		flaw := bad.Check()
		if flaw == nil || flaw.Where != want || flaw.Remedy == "" {
			t.Errorf("%s: %v", want, flaw)
		}
		if _, err := pattern.Sign(&bad, key(1)); err == nil {
			t.Errorf("%s is signed", want)
		}
	}
	_, err := pattern.Parse([]byte(`{"library":{"format":"attune pattern library","version":9,"news":1},"key":"","signature":""}`))
	if flaw, is := errors.AsType[*pattern.Flaw](err); !is || !strings.Contains(flaw.Remedy, "update Attune") {
		t.Errorf("a future format: %v", err)
	}
}

// The parser takes nothing that it would not write itself, and never panics.
func FuzzParse(f *testing.F) {
	file := pattern.New("North Clinic", end)
	file.Patterns, file.Withheld, _ = tally(crowd(15, 60, .1, begin, 100)).Release(clinic(), "", nil, end)
	b, err := pattern.Sign(file, key(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"library":{},"key":"","signature":""}`))
	f.Add([]byte(fmt.Sprintf(`{"library":%s}`, b)))
	f.Fuzz(func(t *testing.T, data []byte) {
		signed, err := pattern.Parse(data)
		if err == nil && !bytes.Equal(data, b) {
			t.Fatalf("a file that nobody signed is taken: %s", signed.Bytes)
		}
		if err != nil && err.Error() == "" {
			t.Fatal("refused without a word")
		}
	})
}

// A starter's files are written to a disk under their names, so names that lead elsewhere are refused, and approvals.
func TestAStarterHasOnlyFilesOfAProgram(t *testing.T) {
	t.Parallel()
	f := pattern.New("North Clinic", end)
	with := func(path, text string) *pattern.Flaw {
		f.Starters = []pattern.Starter{{Program: "diabetes", Hash: strings.Repeat("ab", 32), Files: map[string]string{"program.yaml": "program: diabetes\n", path: text}, Left: []string{}}}
		return f.Check()
	}
	if flaw := with("content/email/hello.en.liquid", "Hello\n"); flaw != nil {
		t.Error(flaw)
	}
	for _, path := range []string{"../program.yaml", "/etc/passwd", "content/../../x.liquid", "content/.hidden.liquid", "approvals.yaml", "engagements/a/b.yaml", "content\\x.liquid", "stories/ana.yaml", "run.sh", "content/a\x1b.liquid"} {
		if with(path, "x") == nil {
			t.Errorf("%q may be a file of a starter", path)
		}
	}
	if with("content/email/hello.en.liquid", "Hello \x1b[2J") == nil {
		t.Error("a text may clear a terminal")
	}
}
