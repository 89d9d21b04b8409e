package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"attune/core/person"
)

// tried tries a condition on everybody.
func tried(t *testing.T, n *Node, in AudienceTry) *AudienceTried {
	t.Helper()
	in.Within = longestLook
	out, err := askedAudience(t.Context(), n, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func askedAudience(ctx context.Context, n *Node, in AudienceTry) (*AudienceTried, error) {
	of, err := n.written(in.Program, in.Draft)
	if err != nil {
		return nil, err
	}
	i, err := n.inspector(ctx)
	if err != nil {
		return nil, err
	}
	return i.Audience(ctx, of, &in)
}

func of(when string) AudienceTry {
	return AudienceTry{RuleAsked: RuleAsked{Program: DemoProgram, When: when}}
}

// Whoever is in an audience of the program is in one that is tried with its condition, since the same instant; and nobody else.
func TestATriedAudienceIsWhoIsInIt(t *testing.T) {
	t.Parallel()
	w, _ := smallWorld(t)
	n := w.Node
	was := map[string]string{}
	in := map[string][]string{}
	people := 0
	if err := eachPerson(t.Context(), n.People, n.Keys, func(p *person.Person) error {
		people++
		was[p.ID.String()] = fmt.Sprint(p)
		for _, g := range p.Groups {
			in[g.Audience] = append(in[g.Audience], p.ID.String())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for audience, when := range map[string]string{"newly_diagnosed": `since("clinical.condition_recorded") < days(90)`, "without_portal": `!has_happened("portal.visited")`} {
		ask := of(when)
		ask.Show = mostShown
		got := tried(t, n, ask)
		if !got.Whole || got.Known != people || got.Looked != people || got.In.People != len(in[audience]) || got.In.Low != got.In.People || got.In.High != got.In.People {
			t.Errorf("%s has %d of %d: %+v", audience, len(in[audience]), people, got)
		}
		if len(got.Some) != min(mostShown, len(in[audience])) {
			t.Errorf("%s shows %d", audience, len(got.Some))
		}
		for _, x := range got.Some {
			if !slices.Contains(in[audience], x.Person) || x.Since == "" || x.Because == "" {
				t.Errorf("%s shows %+v", audience, x)
			}
		}
	}
	both := of(`since("clinical.condition_recorded") < days(90)`)
	both.Beside = `!has_happened("portal.visited")`
	got := tried(t, n, both)
	if got.Both == nil || got.Both.People+got.Only.People != got.In.People || got.Both.People+got.OnlyBeside.People != got.Beside.People || got.Beside.People != len(in["without_portal"]) {
		t.Errorf("beside each other: %+v", got)
	}
	if err := eachPerson(t.Context(), n.People, n.Keys, func(p *person.Person) error {
		if was[p.ID.String()] != fmt.Sprint(p) {
			t.Errorf("trying changed %s", p.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// What is tried may count what no rule of the program counts: it is counted from the history.
func TestATriedAudienceCountsFromTheHistory(t *testing.T) {
	t.Parallel()
	w, _ := smallWorld(t)
	n := w.Node
	i, err := n.inspector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	if err := eachPerson(t.Context(), n.People, n.Keys, func(p *person.Person) error {
		_, events, err := i.Person(t.Context(), p.ID)
		if events["medication.dispensed"] >= 3 {
			want++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := tried(t, n, of(`count("medication.dispensed", "3650d") >= 3`)); got.In.People != want || want == 0 {
		t.Errorf("%d, and the histories have %d", got.In.People, want)
	}
}

func TestAConditionIsReadOrSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w, _ := smallWorld(t)
	n := w.Node
	read := func(when string) (RuleRead, error) {
		of, err := n.written(DemoProgram, "")
		if err != nil {
			t.Fatal(err)
		}
		return of.Read(when)
	}
	for when, want := range map[string]string{
		`phase() == "treatment"`: "Starting treatment",
		`count("portal.visited", "28d") < 4 &&
			!in_audience("newly_diagnosed")`: "portal",
	} {
		got, err := read(when)
		if words := strings.Join(got.Words, " "); err != nil || got.Problem != nil || !strings.Contains(words, want) || strings.Contains(words, triedAudience) || strings.Contains(words, "audience that is tried") || !strings.Contains(words, "belongs to this audience") {
			t.Errorf("%s: %q %+v, %v", when, got.Words, got.Problem, err)
		}
	}
	for when, want := range map[string]struct {
		at   int
		what string
	}{
		`phase() == "nowhere"`:           {0, "nowhere"},
		`count("portal.visited", "28d"`:  {-1, ""},
		`it's wrong`:                     {-1, ""},
		`count("portal.visit", "28d")>1`: {0, "portal.visit"},
	} {
		got, err := read(when)
		if err != nil || got.Problem == nil || !strings.Contains(got.Problem.What, want.what) || got.Problem.At < -1 || got.Problem.At > len(when) || len(got.Words) > 0 {
			t.Errorf("%s: %+v %+v, %v", when, got, got.Problem, err)
		}
	}
	if _, err := read("  "); err == nil {
		t.Error("nothing is read as a condition")
	}
	if _, err := n.written("nothing", ""); err == nil {
		t.Error("a program that is not there is read")
	}
	of, err := n.written(DemoProgram, "")
	if err != nil {
		t.Fatal(err)
	}
	words, err := of.vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, x := range words.Names {
		kinds[x.Kind]++
	}
	if len(words.Functions) < 10 || kinds["phase"] < 3 || kinds["event"] < 20 || kinds["field"] < 20 || kinds["audience"] != 2 || kinds["signal"] == 0 {
		t.Errorf("%d functions, %v", len(words.Functions), kinds)
	}
}

// What is reckoned from some holds for everybody as often as it says.
func TestAShareIsReckonedAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	held, all := 0, 2000
	for range all {
		known := 200 + r.IntN(3000)
		in := r.IntN(known + 1)
		looked := 50 + r.IntN(known-60)
		seen := 0
		for k := range looked { // without replacement
			if r.IntN(known-k) < in-seen {
				seen++
			}
		}
		s := shareOf(seen, looked, known)
		if s.Low > s.People || s.People > s.High || s.Low < seen || s.High > known-(looked-seen) {
			t.Fatalf("%d of %d, of %d: %+v", seen, looked, known, s)
		}
		if s.Low <= in && in <= s.High {
			held++
		}
	}
	if held < all*94/100 {
		t.Errorf("the interval held %d times of %d", held, all)
	}
}

func TestAnAudienceHasItsBounds(t *testing.T) {
	t.Parallel()
	w, _ := smallWorld(t)
	for name, change := range map[string]func(*AudienceTry){
		"no condition":       func(a *AudienceTry) { a.When = "" },
		"wrong":              func(a *AudienceTry) { a.When = "phase(" },
		"wrong beside":       func(a *AudienceTry) { a.Beside = "phase(" },
		"too long":           func(a *AudienceTry) { a.When = strings.Repeat("true && ", 1000) + "true" },
		"too long a look":    func(a *AudienceTry) { a.Within = longestLook + 1 },
		"too many are shown": func(a *AudienceTry) { a.Show = mostShown + 1 },
		"no such draft":      func(a *AudienceTry) { a.Draft = "none" },
	} {
		ask := of("true")
		change(&ask)
		if _, err := askedAudience(t.Context(), w.Node, ask); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
