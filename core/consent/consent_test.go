package consent_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"attune/core/consent"
	"attune/core/expr"
	"attune/core/instant"
)

var defaults = consent.Defaults{Jurisdiction: "GB", WithoutRecord: []consent.PurposeDefault{{Purpose: "care", Channels: []string{"email", "letter"}}, {Purpose: "research"}}}

func word(a consent.Answer, purpose, channel, topic string, at instant.Time) consent.Record {
	return consent.Record{Purpose: purpose, Channel: channel, Topic: topic, Answer: a, At: at, Event: a.String() + "/" + purpose + channel + topic}
}

func to(actor string, r consent.Record) consent.Record {
	r.Actor = actor
	return r
}

func during(from, until instant.Time, r consent.Record) consent.Record {
	r.From, r.Until = from, until
	return r
}

func TestTurns(t *testing.T) {
	t.Parallel()
	said := []consent.Record{during(5, 20, consent.Record{}), during(0, 10, consent.Record{}), {}}
	for at, want := range map[instant.Time]instant.Time{4: 5, 5: 10, 10: 20, 20: instant.Never} {
		if got := consent.Turns(said, at); got != want {
			t.Errorf("after %d the next turn is at %d, not %d", at, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const yes, no, back = consent.Granted, consent.Denied, consent.Withdrawn
	for _, c := range []struct {
		it      string
		said    []consent.Record
		purpose string
		allowed bool
		by      string // the event that decided, or the jurisdiction
	}{
		{"lets the jurisdiction decide where nothing was said", nil, "care", true, "GB"},
		{"says no where the jurisdiction names no channel", nil, "research", false, ""},
		{"says no where the jurisdiction says nothing", nil, "marketing", false, ""},
		{"takes a yes for all channels", []consent.Record{word(yes, "marketing", "", "", 1)}, "marketing", true, "granted/marketing"},
		{"takes a yes for this channel", []consent.Record{word(yes, "marketing", "email", "", 1)}, "marketing", true, "granted/marketingemail"},
		{"does not take a yes for another channel", []consent.Record{word(yes, "marketing", "sms", "", 1)}, "marketing", false, ""},
		{"does not take a yes for another topic", []consent.Record{word(yes, "marketing", "", "shoes", 1)}, "marketing", false, ""},
		{"does not take a yes for another purpose", []consent.Record{word(yes, "care", "", "", 1)}, "marketing", false, ""},
		{"lets a no for another channel leave the default alone", []consent.Record{word(no, "care", "sms", "", 1)}, "care", true, "GB"},
		{"lets a no beat the default", []consent.Record{word(no, "care", "", "", 1)}, "care", false, "denied/care"},
		{"lets a narrow no beat a wide yes", []consent.Record{word(yes, "care", "", "", 9), word(no, "care", "email", "", 1)}, "care", false, "denied/careemail"},
		{"lets a wide no beat a narrow yes", []consent.Record{word(yes, "care", "email", "feet", 9), word(no, "care", "", "", 1)}, "care", false, "denied/care"},
		{"takes a withdrawal for a no", []consent.Record{word(yes, "care", "email", "", 9), word(back, "care", "", "feet", 1)}, "care", false, "withdrawn/carefeet"},
		{"takes the newest word on one scope", []consent.Record{word(no, "care", "", "", 1), word(yes, "care", "", "", 2)}, "care", true, "granted/care"},
		{"names the narrowest word as the reason", []consent.Record{word(yes, "care", "", "", 1), word(yes, "care", "email", "feet", 1), word(yes, "care", "email", "", 1)}, "care", true, "granted/careemailfeet"},
		{"takes a yes to this actor", []consent.Record{to("clinic", word(yes, "marketing", "", "", 1))}, "marketing", true, "granted/marketing"},
		{"does not take a yes to another actor", []consent.Record{to("pharma", word(yes, "marketing", "", "", 1))}, "marketing", false, ""},
		{"leaves a no to another actor to that actor", []consent.Record{to("pharma", word(no, "care", "", "", 1))}, "care", true, "GB"},
		{"takes a yes until it ends", []consent.Record{during(0, 11, word(yes, "marketing", "", "", 1))}, "marketing", true, "granted/marketing"},
		{"lets a yes end", []consent.Record{during(0, 10, word(yes, "marketing", "", "", 1))}, "marketing", false, "ended granted/marketing"},
		{"lets a no end", []consent.Record{during(0, 10, word(no, "care", "", "", 1))}, "care", true, "GB"},
		{"waits for a yes to begin", []consent.Record{during(11, 0, word(yes, "marketing", "", "", 1))}, "marketing", false, "ended granted/marketing"},
		{"takes a yes from when it begins", []consent.Record{during(10, 0, word(yes, "marketing", "", "", 1))}, "marketing", true, "granted/marketing"},
	} {
		var records []consent.Record
		for _, w := range c.said {
			records = consent.Add(records, w)
		}
		v := consent.Resolve(records, defaults, consent.Contact{Purpose: c.purpose, Channel: "email", Topic: "feet", Actor: "clinic"}, 10)
		by := v.Jurisdiction
		if v.Record != nil {
			by = v.Record.Event
		}
		if v.Ended != nil {
			by = "ended " + v.Ended.Event
		}
		if v.Allowed != c.allowed || by != c.by {
			t.Errorf("it %s: %v by %q", c.it, v.Allowed, by)
		}
	}
}

// The records are the same whatever the order in which words arrive, and adding never changes the
// records that were given.
func TestAddForgetsTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var words []consent.Record
		for n := range rapid.IntRange(0, 12).Draw(rt, "words") {
			w := word(consent.Answer(rapid.IntRange(1, 3).Draw(rt, "answer")), rapid.SampledFrom([]string{"care", "research"}).Draw(rt, "purpose"),
				rapid.SampledFrom([]string{"", "email", "sms"}).Draw(rt, "channel"), rapid.SampledFrom([]string{"", "feet"}).Draw(rt, "topic"), instant.Time(rapid.IntRange(0, 3).Draw(rt, "at")))
			w.Order = expr.Order{Version: int64(rapid.IntRange(0, 1).Draw(rt, "version")), ID: uint64(n)}
			words = append(words, w)
		}
		add := func(words []consent.Record) []consent.Record {
			var all []consent.Record
			for _, w := range words {
				before := append([]consent.Record(nil), all...)
				next := consent.Add(all, w)
				if len(all) > 0 && !reflect.DeepEqual(before, all) {
					rt.Fatal("the records that were given changed")
				}
				all = next
			}
			return all
		}
		if a, b := add(words), add(rapid.Permutation(words).Draw(rt, "order")); !reflect.DeepEqual(a, b) {
			rt.Fatalf("%v\n%v", a, b)
		}
	})
}
