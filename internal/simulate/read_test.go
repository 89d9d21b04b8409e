package simulate

import (
	"os"
	"strings"
	"testing"
)

// base is the least world there is.
const base = "world: w\nlife: [{id: looks_in, every: 7d, emit: portal.visited}]\n"

// hiding is a world that plants something.
const hiding = `world: w
people: {traits: {site: {one_of: {north: 1, south: 1}}, kind: {one_of: {few: 1, many: 1}}}, known: {site: a}, mixed: {kind: {by: site, up_to: 0.2}}}
life: [{id: a, emit: portal.visited}, {id: b, after: a, share: 0.8, wait: 3d, last: true, emit: appointment.completed}]
planted: {how_many: {1: 1}, kinds: {less_often: {from: 0.1, to: 0.3}, later: {from: 2, to: 3}, leaves: {from: 0.1, to: 0.3}}, leaves: appointment.cancelled, places: [{processes: b, from: x, to: y, by: site}], case_mix: {kind: {many: 0.1}}}
`

// helping is a world that plants what people did and what a message does, too, with something replaced.
func helping(what, by string) string {
	text := strings.Replace(hiding, "life: [", "life: [{id: c, every: 7d, emit: portal.visited}, ", 1)
	text = strings.Replace(text, "case_mix:", "did: {how_many: {1: 1}, kinds: [leaves], within: 28d}, trials: {how_many: {1: 1}, kinds: {sooner: {from: 2, to: 3}}}, case_mix:", 1)
	text = strings.Replace(text, "by: site}]", "by: site, did: [c], helped_by: refill_reminder}]", 1)
	return strings.Replace(text, what, by, 1)
}

func TestAWorldMayHideWhatPeopleDidAndWhatMessagesDo(t *testing.T) {
	w, problems := Read("w.yaml", []byte(helping("", "")), load(t, diabetes))
	if w == nil {
		t.Fatal(problems)
	}
	// There is one place, and one thing is planted in it.
	if p := w.Planted; len(p.Places[0].Did) != 1 || p.Places[0].HelpedBy[0] != "refill_reminder" || len(p.Did.Kinds) != 1 || len(w.Truth(1)) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestMistakesInAWorld(t *testing.T) {
	rel := load(t, diabetes)
	for _, c := range []struct{ name, text, want string }{
		{"no yaml", "world: [", "w.yaml:1:8: this is not YAML"},
		{"nothing", "", "w.yaml: the world is empty; write world: and a name"},
		{"no life", "world: w", `w.yaml:1:1: a world needs the field "life"; add life: …`},
		{"a misspelt section", base + "respons: {}", `w.yaml:3:1: a world has no field "respons"; did you mean "response"?`},
		{"a misspelt event", "world: w\nlife: [{id: a, emit: portal.visitd}]", `w.yaml:2:22: there is no event "portal.visitd"; did you mean "portal.visited"?`},
		{"a misspelt field", "world: w\nlife: [{id: a, emit: {event: medication.dispensed, day_supply: 30}}]", `w.yaml:2:52: medication.dispensed has no field "day_supply"; did you mean "days_supply"?`},
		{"a value of another type", "world: w\nlife: [{id: a, emit: {event: medication.dispensed, days_supply: thirty}}]", `w.yaml:2:65: days_supply cannot be "thirty"; write a whole number`},
		{"a number for a text", "world: w\nlife: [{id: a, emit: {event: message.replied, text: {from: 1, to: 2}}}]", "w.yaml:2:53: text is text and no number; write a value, or {one_of: {this: 2, that: 1}}"},
		{"a process that follows a later one", "world: w\nlife: [{id: a, after: b, emit: portal.visited}, {id: b, emit: portal.visited}]", `w.yaml:2:23: process "b" stands further down; move that process before this one`},
		{"a process twice", "world: w\nlife: [{id: a, emit: portal.visited}, {id: a, emit: portal.visited}]", `w.yaml:2:44: process "a" stands there twice; give one of them another name`},
		{"no such process", "world: w\nlife: [{id: a, emit: portal.visited}, {id: b, after: c, emit: portal.visited}]", `w.yaml:2:54: there is no process "c"`},
		{"too often", "world: w\nlife: [{id: a, every: 5m, emit: portal.visited}]", "w.yaml:2:23: every is too short; write at least 1h"},
		{"no delay", "world: w\nlife: [{id: a, wait: {about: 5m}, emit: portal.visited}]", "w.yaml:2:22: wait is no delay; write 30d, {mean: 9d}, {within: 120d} or {from: 25d, to: 35d}"},
		{"a share above one", "world: w\nlife: [{id: a, share: 2, emit: portal.visited}]", `w.yaml:2:23: share cannot be "2"; write a number from 0 to 1`},
		{"not a number", "world: w\nlife: [{id: a, share: NaN, emit: portal.visited}]", `w.yaml:2:23: share cannot be "NaN"; write a number from 0 to 1`},
		{"no such zone", base + "people: {zones: {Mars/Base: 1}}", `w.yaml:3:18: there is no time zone "Mars/Base"; write an IANA name such as Europe/Berlin`},
		{"too much consent", base + "people: {consent: {care: {granted: 0.8, denied: 0.4}}}", `w.yaml:3:20: more people answered about "care" than there are; leave the rest to those who said nothing`},
		{"no such stage", base + "behaviors: {b: {begin: {acting: 1}, does: {}}}", `w.yaml:3:25: begin has no "acting"`},
		{"stages left out", base + "behaviors: {b: {begin: {action: 1}, does: {action: 1, precontemplation: 0, contemplation: 0, preparation: 0, maintenance: 1}}}", "does says nothing of relapse; add relapse: 0.5"},
		{"no such engagement", base + "behaviors: {b: {begin: {action: 1}, does: {action: 1, precontemplation: 0, contemplation: 0, preparation: 0, maintenance: 1, relapse: 0}, helped_by: [refil_reminder]}}", `there is no engagement "refil_reminder"; did you mean "refill_reminder"?`},
		{"a behavior there is none of", "world: w\nlife: [{id: a, behavior: b, emit: portal.visited}]", `w.yaml:2:26: there is no behavior "b"`},
		{"late without a behavior", "world: w\nlife: [{id: a, late: 3d, emit: portal.visited}]", "w.yaml:2:22: late is for what a behavior decides; add behavior: and which"},
		{"no such variant", base + "response: {channels: {email: {opens: 1}}, variants: {refill_reminder: {plane: 0}}}", `w.yaml:3:72: engagement "refill_reminder" has no variant "plane"; known are warm, plain`},
		{"no such engagement of a variant", base + "response: {channels: {email: {opens: 1}}, variants: {refill_remainder: {plain: 0}}}", `w.yaml:3:54: there is no engagement "refill_remainder"; did you mean "refill_reminder"?`},
		{"no such strategy", base + "response: {channels: {email: {opens: 1}}, fits: {action: [remindr]}}", `w.yaml:3:59: no variant has the strategy "remindr", and no engagement uses it as its process; did you mean "reminder"?`},
		{"no such month", "world: w\nlife: [{id: a, every: 3d, season: {peak: janury, swing: 0.1}, emit: portal.visited}]", `w.yaml:2:42: there is no month "janury"; did you mean "january"?`},
		{"a trait that is known too early", strings.Replace(hiding, "known: {site: a}", "known: {site: c}", 1), `there is no process "c"`},
		{"a trait that no other is mixed by", strings.Replace(hiding, "by: site, up_to", "by: side, up_to", 1), `there is no trait "side"; did you mean "site"?`},
		{"planted by nothing", strings.Replace(hiding, "by: site}", "by: sight}", 1), `there is no trait "sight"; known are site, kind`},
		{"no such kind", strings.Replace(hiding, "later:", "latter:", 1), `there is no kind "latter"; did you mean "later"?`},
		{"sooner in place of later", strings.Replace(hiding, "{from: 2, to: 3}", "{from: 0.5, to: 3}", 1), `from cannot be "0.5"; write a number from 1 to 10`},
		{"no kinds", strings.Replace(hiding, "kinds: {less_often: {from: 0.1, to: 0.3}, later: {from: 2, to: 3}, leaves: {from: 0.1, to: 0.3}}", "kinds: {}", 1), "planted: has no kinds"},
		{"done by nothing that happens", helping("did: [c]", "did: [d]"), `there is no process "d"`},
		{"done as the place itself", helping("did: [c]", "did: [b]"), `process "b" is the place itself; name a process that people may have done before`},
		{"nobody says how many did", helping("did: {how_many: {1: 1}, kinds: [leaves], within: 28d}, ", ""), "planted: does not say how many differ by what they did; write did: {how_many: {0: 1, 1: 1}} under planted"},
		{"a kind of doing without a size", helping("kinds: [leaves]", "kinds: [leave]"), `kinds: of planted: does not say how large "leave" is`},
		{"done within no time", helping("within: 28d", "within: soon"), `within is no duration: "soon"; write it as 90s, 15m, 36h, 7d or 2w`},
		{"helped by nothing that is said", helping("helped_by: refill_reminder", "helped_by: refil_reminder"), `w.yaml:4:229: there is no engagement "refil_reminder"; did you mean "refill_reminder"?`},
		{"helped and left out", helping("{id: b, after: a, share: 0.8, wait: 3d, last: true, emit: appointment.completed}", "{id: b, after: a, share: 0.8, wait: 3d, emit: appointment.completed}, {id: d, after: a, otherwise: b, emit: portal.visited}"), `process "d" is for those who are left out here, whom a message would help afterwards; plant it at another place`},
		{"nobody says how much messages help", helping("trials: {how_many: {1: 1}, kinds: {sooner: {from: 2, to: 3}}}, ", ""), "planted: does not say how many messages help, and how much; write trials: {how_many: {0: 1, 1: 1}, kinds: …} under planted"},
		{"a trial that makes things worse", helping("sooner: {from", "later: {from"), `there is no kind "later"; known are more_often, sooner`},
		{"a trial of no kind", helping("kinds: {sooner: {from: 2, to: 3}}", "kinds: {}"), "trials: has no kinds; write {more_often: {from: 0.1, to: 0.3}}"},
		{"how many trials in words", helping("trials: {how_many: {1: 1}", "trials: {how_many: {one: 1}"), `how_many cannot be "one"`},
		{"how many in words", strings.Replace(hiding, "how_many: {1: 1}", "how_many: {one: 1}", 1), `how_many cannot be "one"; write it as {0: 1, 1: 2}`},
		{"one place twice", strings.Replace(hiding, "by: site}]", "by: site}, {processes: b, from: x, to: y, by: site}]", 1), `process "b" belongs to another place already; name it at one place`},
		{"a case mix of another level", strings.Replace(hiding, "{many: 0.1}", "{much: 0.1}", 1), `trait "kind" has no level "much"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, problems := Read("w.yaml", []byte(c.text), rel)
			if w != nil {
				t.Fatal("it was taken")
			}
			var said []string
			for _, p := range problems {
				said = append(said, p.String())
			}
			if !strings.Contains(strings.Join(said, "\n"), c.want) {
				t.Errorf("said\n%s\nwant\n%s", strings.Join(said, "\n"), c.want)
			}
		})
	}
}

// Whatever is written, it is either refused with a place, or people can live in it, and do so again.
func FuzzRead(f *testing.F) {
	rel := load(f, diabetes)
	shipped, err := os.ReadFile(diabetes + "/world.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(shipped))
	f.Add(base)
	f.Add(hiding)
	f.Add(helping("", ""))
	f.Add(Derive(10, rel))
	f.Add("world: w\npeople: {traits: {n: {from: 1, to: 3}}}\nlife: [{id: a, every: {mean: 1h}, season: {peak: may, swing: 0.9}, emit: {event: observation.recorded, value: {mean: 1, sd: 1e9}}}]")
	f.Fuzz(func(t *testing.T, text string) {
		w, problems := Read("w.yaml", []byte(text), rel)
		if w == nil {
			if len(problems) == 0 || problems[0].Pos.File != "w.yaml" {
				t.Fatalf("refused without a place: %v", problems)
			}
			return
		}
		c := Config{Release: rel, World: w, People: 2, Days: 3, Seed: 1, Workers: 1}
		one := run(t, c)
		if asJSON(t, one) != asJSON(t, run(t, c)) {
			t.Error("two runs differ")
		}
		addsUp(t, one)
	})
}
