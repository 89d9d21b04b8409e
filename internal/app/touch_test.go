package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/sim"
	"attune/internal/story"
)

// Everything about a touch is told, while it waits and afterwards, beside a server and at rest, and its
// words only to who asks for them.
func TestATouchIsTold(t *testing.T) {
	w := newWelcomes(t, nil)
	n := w.open()
	inspect := func(name, who string) (TouchStory, error) {
		i, err := Inspect(t.Context(), w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close()
		return i.Touch(t.Context(), name, who)
	}
	i, err := Inspect(t.Context(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	who, err := i.Who(t.Context(), "feed:somebody-7")
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := i.Person(t.Context(), who)
	if err != nil || len(p.Touches) != 1 {
		t.Fatal(p.Touches, err)
	}
	i.Close()
	touch := p.Touches[0].ID.String()

	waiting, err := inspect(touch[:8], "")
	if err != nil || waiting.State != "pending" || waiting.Next == "" || waiting.Person != who.String() || waiting.Engagement != "welcome" || len(waiting.Attempts) != 0 {
		t.Fatalf("while it waits: %+v, %v", waiting, err)
	}
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery}
	if err := drive.Settle(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(w.clock.Now().Add(instant.Minute))
	replied := numbered(7)
	replied.Event.ID, replied.Event.Name, replied.Event.Props = "feed/reply", "message.replied", nil
	replied.Event.OccurredAt, replied.Event.ReceivedAt = w.clock.Now(), w.clock.Now()
	replied.Event = replied.Event.With("touch", expr.TextOf(touch)).With("text", expr.TextOf("canary-reply")).With("channel", expr.TextOf("email"))
	if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{replied}); err != nil {
		t.Fatal(err)
	}
	if err := drive.Settle(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	beside, err := inspect(strings.ToUpper(touch), "")
	if err != nil || beside.State != "handed over" || beside.Next != "" || len(beside.Attempts) != 1 || beside.Attempts[0].Outcome != "accepted" || beside.Consent == "" || beside.Propensity != 0.5 {
		t.Fatalf("when it was handed over: %+v, %v", beside, err)
	}
	if a := beside.Attempts[0]; a.To != "somebody-7@patients.example" || !strings.Contains(a.Body, "Ana") {
		t.Errorf("its words are %+v", a)
	}
	if !slices.ContainsFunc(beside.Lines, func(l story.Line) bool { return l.Event == "message.replied" && strings.Contains(l.Says, "canary") }) {
		t.Errorf("what came back is not among %+v", beside.Lines)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	rest, err := inspect(touch, "feed:somebody-7")
	if err != nil || fmt.Sprint(rest) != fmt.Sprint(beside) {
		t.Errorf("at rest it is told another way: %+v, %v", rest, err)
	}
	rest.WithoutWords()
	if said := fmt.Sprint(rest); strings.Contains(said, "canary") || strings.Contains(said, "@") || strings.Contains(said, "Dear") {
		t.Errorf("without words it says %s", said)
	}
	for name, want := range map[string]string{"7ab": "first eight", "zzzzzzzzzz": "digits", "0000000000000000": "no touch begins"} {
		if _, err := inspect(name, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
