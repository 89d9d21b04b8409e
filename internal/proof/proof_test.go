package proof_test

import (
	"testing"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/proof"
)

var touch = id.Key{7}

func said(at instant.Time, name, eventID string, props ...event.Prop) record.Record {
	e := event.Event{ID: eventID, Name: name, Source: "portal", OccurredAt: at, Props: []event.Prop{{Name: "purpose", Value: expr.TextOf("offers")}}}
	e.Props = append(e.Props, props...)
	return record.Record{At: at + 1, What: engine.Heard{Event: e}}
}

func with(name, value string) event.Prop {
	return event.Prop{Name: name, Value: expr.TextOf(value)}
}

func passed(at instant.Time, granted, law string) record.Record {
	return record.Record{At: at, What: engine.Gate{}, Effects: []effect.Effect{effect.Send{
		At: at, Touch: touch, Attempt: id.Key{8}, Program: "p", Engagement: "e", Channel: "email", Purpose: "offers", Granted: granted, Law: law,
	}}}
}

func TestProofs(t *testing.T) {
	t.Parallel()
	const granted, withdrawn = "consent.granted", "consent.withdrawn"
	until := event.Prop{Name: "until", Value: expr.MomentOf(50)}
	for _, c := range []struct {
		it      string
		records []record.Record
		wrong   string
		word    string // the event it rested on
		basis   bool
		before  int
		after   int
	}{
		{"names the word, and what was said before and since", []record.Record{said(1, granted, "app/1"), passed(10, "app/1", ""), said(20, withdrawn, "app/2")}, "", "app/1", false, 1, 1},
		{"names the law where nothing was said", []record.Record{passed(10, "", "US 2026-11")}, "", "", true, 0, 0},
		{"names no law that the pack says otherwise by now", []record.Record{passed(10, "", "US 1999-01")}, "", "", false, 0, 0},
		{"finds out that the word is not on record", []record.Record{passed(10, "app/1", "")}, "the word it rested on, app/1, is not among the records before it", "", false, 0, 0},
		{"finds out that the word came later", []record.Record{passed(10, "app/1", ""), said(20, granted, "app/1")}, "the word it rested on, app/1, is not among the records before it", "", false, 0, 1},
		{"finds out that the word was a no", []record.Record{said(1, withdrawn, "app/1"), passed(10, "app/1", "")}, "the word it rested on is no yes", "app/1", false, 1, 0},
		{"finds out that the word had ended", []record.Record{said(1, granted, "app/1", until), passed(60, "app/1", "")}, "the word it rested on did not hold at the moment", "app/1", false, 1, 0},
		{"finds out that the word was about another channel", []record.Record{said(1, granted, "app/1", with("channel", "sms")), passed(10, "app/1", "")}, "the word it rested on is about another channel", "app/1", false, 1, 0},
		{"says that a record tells nothing", []record.Record{passed(10, "", "")}, "the record does not say what it rested on: it was made by an older version", "", false, 0, 0},
	} {
		all := proof.Of(c.records, touch, func(string, string) consent.Kind { return consent.Treatment })
		if len(all) != 1 {
			t.Fatalf("it %s: %d proofs", c.it, len(all))
		}
		p, word := all[0], ""
		if p.Word != nil {
			word = p.Word.Event
		}
		if p.Wrong != c.wrong || word != c.word || (p.Basis != "") != c.basis || len(p.Before) != c.before || len(p.After) != c.after {
			t.Errorf("it %s: %+v", c.it, p)
		}
	}
	if all := proof.Of([]record.Record{passed(10, "", "US 2026-11")}, id.Key{1}, nil); len(all) != 0 {
		t.Errorf("another touch has %d proofs", len(all))
	}
}

func TestTheLedgerKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	records := []record.Record{
		said(1, "consent.granted", "app/1", with("text", "Yes, write to me"), with("version", "3"), with("via", "portal"), with("by", "her son"), with("jurisdiction", "US")),
		said(5, "consent.withdrawn", "app/2"),
		{At: 9, What: engine.Tick{}, Effects: []effect.Effect{effect.Effective{At: 9, Event: "app/2", Said: 6, Purpose: "offers"}}},
		{At: 10, What: said(5, "consent.withdrawn", "app/2").What, Effects: []effect.Effect{effect.Ignore{At: 10, Why: "repeated"}}},
	}
	words := proof.LedgerOf(records)["offers"]
	if len(words) != 2 {
		t.Fatalf("%d words", len(words))
	}
	yes, no := words[0], words[1]
	if yes.Text != "Yes, write to me" || yes.Version != "3" || yes.Via != "portal" || yes.By != "her son" || yes.Jurisdiction != "US" || yes.Said != 1 || yes.Taken != 2 {
		t.Errorf("the yes is kept as %+v", yes)
	}
	if no.Answer != "withdrawn" || no.Effective != 9 {
		t.Errorf("the withdrawal is kept as %+v", no)
	}
}
