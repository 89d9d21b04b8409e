package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
	"attune/internal/contact"
	"attune/internal/delivery/human"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// calling is the diabetes program with a call that two nurses make to whoever visits the portal, and a
// more pressing one to whoever misses an appointment.
func calling(t *testing.T) *release.Release {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	pol, err := os.ReadFile(filepath.Join(dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"policy.yaml":                       strings.Replace(string(pol), "[email]", "[email, call]", 1) + "channel_hours: {call: {from: \"09:00\", to: \"17:00\"}}\ncapacity: {call: {team: nurses, per_day: 2}}\n",
		"engagements/nurse_call.yaml":       "engagement: nurse_call\npurpose: treatment_support\naudience: patient\nvalue: 1\nexpires: 3d\nwhen: {on: portal.visited}\nvariants: [{id: plain, call: nurse_call}]\n",
		"engagements/urgent_call.yaml":      "engagement: urgent_call\npurpose: treatment_support\naudience: patient\nvalue: 9\nexpires: 3d\nwhen: {on: appointment.noshow}\nvariants: [{id: plain, call: nurse_call}]\n",
		"content/call/nurse_call.en.liquid": "Ask {{ name | default: \"the patient\" }} how it goes.\n",
		"content/call/nurse_call.es.liquid": "Pregunte a {{ name | default: \"la paciente\" }}.\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rel, _ := mustLoad(t, dir)
	return rel
}

// shift is a node under a clock that the test moves.
type shift struct {
	*Node
	t    *testing.T
	dir  string
	rel  *release.Release
	now  instant.Time
	sent int
}

// monday is nine in the morning where the nurses are, in New York.
const monday = instant.Time(1_803_909_600_000) // 2027-03-01T14:00:00Z

func newShift(t *testing.T) *shift {
	s := &shift{t: t, dir: t.TempDir(), rel: calling(t), now: monday.Add(-2 * instant.Hour)}
	s.open()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *shift) open() {
	s.t.Helper()
	var err error
	if s.Node, err = Open(s.t.Context(), Options{Data: s.dir, Organisation: "calls", Release: s.rel, Relaxed: true, Now: func() instant.Time { return s.now }}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shift) hears(who string, events ...event.Event) {
	s.t.Helper()
	var all []intake.Arrival
	for _, e := range events {
		s.sent++
		e.ID = fmt.Sprintf("feed/%d", s.sent)
		all = append(all, intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Event: e})
	}
	if err := s.Intake.Take(s.t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		s.t.Fatal(err)
	}
}

// comes brings somebody into the program who wants a call.
func (s *shift) comes(who, number, because string) {
	s.t.Helper()
	s.hears(who,
		event.Event{Name: "traits.updated"}.With("first_name", expr.TextOf(who)).With("phone", expr.TextOf(number)).With("timezone", expr.TextOf("America/New_York")),
		event.Event{Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")),
		event.Event{Name: because})
}

func (s *shift) until(at instant.Time) {
	s.t.Helper()
	s.now = at
	if err := (sim.Drive{Runner: s.Runner, Delivery: s.Delivery}).Settle(s.t.Context(), at); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shift) list(f WorkFilter) (out []Work) {
	s.t.Helper()
	f.Kind = "contact"
	out, err := s.work(s.t.Context(), f)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// calls counts the touches of calls by how they stand.
func (s *shift) calls() map[string]int {
	s.t.Helper()
	out := map[string]int{}
	err := s.People.Each(s.t.Context(), func(r store.Row) error {
		p, err := runner.OpenRow(s.Keys, &r)
		for i := range p.Touches {
			if x := &p.Touches[i]; x.Channel == "call" {
				out[strings.TrimSpace(x.State.String()+" "+x.Why)]++
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func same(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestATeamGetsTheBestOfItsDayAlsoAfterARestart(t *testing.T) {
	s := newShift(t)
	for i := range 4 {
		s.comes(fmt.Sprintf("ana%d", i), fmt.Sprintf("+1202555014%d", i), "portal.visited")
	}
	s.comes("ben", "+12025550150", "appointment.noshow")
	s.until(monday.Add(-instant.Minute))
	same(t, "before the hours", s.calls(), map[string]int{"pending quiet_hours": 5})
	s.until(monday)
	same(t, "when the hours open", s.calls(), map[string]int{"handed over": 2, "pending not_taken": 3})
	if o, err := (&Server{Node: s.Node}).view().Overview(s.t.Context()); err != nil || len(o.Requests) != 2 || o.Requests[0].Says != "call for nurses: urgent_call" || len(o.Waiting) != 1 || o.Waiting[0].N != 2 {
		t.Errorf("the page shows %+v, %+v, %v", o.Waiting, o.Requests, err)
	}
	list := s.list(WorkFilter{For: "nurses"})
	if len(list) != 2 || list[0].What != "call: urgent_call" || list[1].What != "call: nurse_call" {
		t.Errorf("the nurses have %+v", list)
	}
	s.comes("cem", "+12025550151", "appointment.noshow")
	s.until(monday.Add(instant.Hour))
	same(t, "on a full day", s.calls(), map[string]int{"handed over": 2, "pending not_taken": 4})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.open()
	s.until(monday.Add(2 * instant.Hour))
	same(t, "after a restart", s.calls(), map[string]int{"handed over": 2, "pending not_taken": 4})
	if days := s.Delivery.Days(); len(days) != 1 || days[0].HandedOver != 2 || days[0].PerDay != 2 || days[0].Waiting != 4 {
		t.Errorf("the day stands as %+v", days)
	}
	s.until(monday.Add(instant.Day))
	same(t, "the next day", s.calls(), map[string]int{"handed over": 4, "pending not_taken": 2})
	if list := s.list(WorkFilter{}); list[0].What != "call: urgent_call" && list[1].What != "call: urgent_call" {
		t.Errorf("the urgent one of the day before is not called: %+v", list)
	}
	s.until(monday.Add(2*instant.Day + instant.Hour))
	same(t, "on the third day", s.calls(), map[string]int{"handed over": 6})
}

func TestWhatGetsNoPlaceEndsForThatReason(t *testing.T) {
	s := newShift(t)
	for i := range 9 {
		s.comes(fmt.Sprintf("ana%d", i), fmt.Sprintf("+1202555014%d", i), "portal.visited")
	}
	for day := range 5 {
		s.until(monday.Add(instant.Duration(day) * instant.Day))
	}
	same(t, "after five days", s.calls(), map[string]int{"handed over": 6, "ended not_taken": 3})
}

// one is a person with one task.
func one(t *testing.T) (*shift, Work, person.Person) {
	t.Helper()
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	list := s.list(WorkFilter{})
	if len(list) != 1 {
		t.Fatalf("the nurses have %+v", list)
	}
	var ana person.Person
	err := s.People.Each(t.Context(), func(r store.Row) (err error) {
		ana, err = runner.OpenRow(s.Keys, &r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, list[0], ana
}

func TestNobodyCallsWhoMayNotBeCalledAnyMore(t *testing.T) {
	for _, c := range []struct {
		it    string
		hears event.Event
		left  int
		why   policy.Reason
	}{
		{"who died", event.Event{Name: "patient.deceased"}, 0, policy.Deceased},
		{"who took consent back", event.Event{Name: "consent.withdrawn"}.With("purpose", expr.TextOf("treatment_support")), 0, policy.ConsentNo},
		{"who is left alone", event.Event{Name: "hold.set"}.With("hold", expr.TextOf("mourning")), 1, policy.Held},
	} {
		t.Run(c.it, func(t *testing.T) {
			s, w, _ := one(t)
			sheet, err := s.claim(t.Context(), claimCall{w.Request[:8], "kim"})
			if err != nil || sheet.To != "+12025550140" || sheet.Script != "Ask ana how it goes.\n" || sheet.By != "kim" {
				t.Fatalf("kim is shown %+v, %v", sheet, err)
			}
			s.hears("ana", c.hears)
			s.until(monday.Add(instant.Minute))
			sheet, err = s.claim(t.Context(), claimCall{w.Request[:8], "kim"})
			if err == nil || sheet.Script != "" || sheet.To != "" || !strings.Contains(err.Error(), string(c.why)) {
				t.Errorf("kim is shown %+v, %v", sheet, err)
			}
			if list := s.list(WorkFilter{}); len(list) != 0 {
				t.Errorf("still to do: %+v", list)
			}
			all := s.list(WorkFilter{All: true})
			waiting := 0
			for _, x := range all {
				if x.Waits != "" {
					waiting++
				}
			}
			if len(all) != 1 || waiting != c.left {
				t.Errorf("all are %+v, want %d that wait", all, c.left)
			}
		})
	}
}

func TestHowACallWentIsHeard(t *testing.T) {
	s, w, ana := one(t)
	_, err := s.done(t.Context(), doneCall{w.Request[:8], WorkResult{Outcome: "reached", By: "kim", Note: "Sleeps better", Minutes: 7}})
	if err != nil {
		t.Fatal(err)
	}
	s.until(monday.Add(instant.Minute))
	lines := strings.Join(told(t, s, ana), "\n")
	if !strings.Contains(lines, "call.held was reported by attune: by kim, minutes 7, note Sleeps better, outcome reached, about nurse_call.") {
		t.Errorf("the story is\n%s", lines)
	}
	if _, err := s.done(t.Context(), doneCall{w.Request[:8], WorkResult{Outcome: "reached", By: "kim"}}); err == nil || !strings.Contains(err.Error(), "is over: reached") {
		t.Errorf("a second time: %v", err)
	}
}

func told(t *testing.T, s *shift, p person.Person) (out []string) {
	t.Helper()
	portrait, _, err := (&Server{Node: s.Node}).view().Story(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range portrait.Lines {
		out = append(out, l.Says)
	}
	return out
}

func TestTheWrongPersonsNumberIsUsedForNobody(t *testing.T) {
	s, w, _ := one(t)
	if _, err := s.done(t.Context(), doneCall{w.Request, WorkResult{Outcome: human.WrongPerson, By: "kim"}}); err != nil {
		t.Fatal(err)
	}
	if x, is := s.Contacts.Suppressed(contact.Address{Channel: "sms", Address: "+12025550140"}); !is || x.Why != contact.WrongPerson {
		t.Errorf("the number stands as %+v, %v", x, is)
	}
	s.comes("ben", "+12025550140", "portal.visited")
	s.until(monday.Add(instant.Hour))
	same(t, "who shares it", s.calls(), map[string]int{"handed over": 1, "ended carrier_refused": 1}) // last thing before the hand-over
}

func TestRequestsAreClaimedToo(t *testing.T) {
	rel, _ := mustLoad(t, withJourney(t, `
journey: four_kinds
enter: {on: medication.prescribed}
steps:
  - {id: nurse, task: {for: nurse, do: Call about the refills, within: 3d, else: late}}
  - exit: done
  - {id: late, exit: late}
`))
	s := &shift{t: t, dir: t.TempDir(), rel: rel, now: monday}
	s.open()
	defer s.Close()
	comes(t, s.Node, "sam")
	s.until(monday)
	list, err := s.work(t.Context(), WorkFilter{For: "nurse"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	task := list[0].Request
	if sheet, err := s.claim(t.Context(), claimCall{task, "kim"}); err != nil || sheet.By != "kim" {
		t.Errorf("kim claims: %+v, %v", sheet, err)
	}
	for _, c := range []struct {
		says string
		err  error
	}{
		{"is claimed by kim", second(s.claim(t.Context(), claimCall{task, "lee"}))},
		{"is claimed by kim", second(s.done(t.Context(), doneCall{task, WorkResult{Outcome: "done", By: "lee"}}))},
		{"leave --at and --minutes out", second(s.done(t.Context(), doneCall{task, WorkResult{Outcome: "done", By: "kim", Minutes: 3}}))},
		{"is not claimed by \"lee\"", second(s.unclaim(t.Context(), claimCall{task, "lee"}))},
		{"say who with --by", second(s.claim(t.Context(), claimCall{task, ""}))},
		{"no open request", second(s.claim(t.Context(), claimCall{"ffffffff", "kim"}))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%v, want %q", c.err, c.says)
		}
	}
	if mine, err := s.work(t.Context(), WorkFilter{Mine: "kim"}); len(mine) != 1 || err != nil {
		t.Errorf("kim has %+v, %v", mine, err)
	}
	if _, err := s.done(t.Context(), doneCall{task, WorkResult{Outcome: "done", By: "kim"}}); err != nil {
		t.Error(err)
	}
	s.until(monday.Add(instant.Minute))
	if list, err := s.work(t.Context(), WorkFilter{}); len(list) != 0 || err != nil {
		t.Errorf("still to do: %+v, %v", list, err)
	}
}

func second[T any](_ T, err error) error { return err }
