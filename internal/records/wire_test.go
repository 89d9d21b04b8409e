package records

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/clinical"
)

// full is a page in which everything has a value.
func full() page {
	props := []event.Prop{
		{Name: "code", Value: expr.TextOf("4548-4")}, {Name: "codes", Value: expr.ListOf("http://loinc.org|4548-4", "")},
		{Name: "ended", Value: expr.FlagOf(true)}, {Name: "gone"}, {Name: "number", Value: expr.NumberOf(-7.25)},
		{Name: "start", Value: expr.MomentOf(1_800_000_000_000)}, {Name: "whole", Value: expr.IntegerOf(3)},
	}
	e := clinical.Entry{
		Kind: "Observation", ID: "o-1", Alike: "4548-4 2027-03-01T00:00:00Z", Parts: []string{"one", "two"}, Partial: true,
		Subject: clinical.Reference{Kind: "Patient", ID: "ana", Identifier: clinical.Identifier{System: "mrn", Value: "1042", Old: true}},
		At:      1, Version: "2", Status: "final", Wrong: true, Start: -3, End: 4, Recorded: 5, Props: props,
		Keys: []clinical.Identifier{{System: "mrn", Value: "1042"}, {Value: "x", Old: true}},
	}
	sent := told{ID: "Observation/o-1/recorded/00", Sent: "Observation/o-1/recorded/00~1", Who: id.Person{1}, Is: event.Event{Name: "observation.recorded", OccurredAt: 9, Version: 16, Props: props}}
	sent.Is.ID = sent.Sent
	first := sent
	first.Sent = first.ID
	first.Is.ID = first.ID
	return page{
		As: "o-1", Source: "ehr", Versions: []clinical.Entry{e, {Kind: "Observation"}}, Who: []id.Person{{1}, {2}},
		Told: []told{sent, first}, Back: map[string]int{"a": 1, "b": 2},
	}
}

func TestAPageIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	was := full()
	is, err := readPage(was.append(nil))
	if err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("%v\n%+v\n%+v", err, is, was)
	}
	old, err := json.Marshal(&was) // the first form
	if err != nil {
		t.Fatal(err)
	}
	if is, err = readPage(old); err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("%v\n%+v\n%+v", err, is, was)
	}
}

// A field that an entry gets one day has to be written, or versions that differ in it alone would be the same.
func TestAllThatAnEntrySaysIsWritten(t *testing.T) {
	t.Parallel()
	e := full().Versions[0]
	for i := range reflect.TypeFor[clinical.Entry]().NumField() {
		if reflect.ValueOf(e).Field(i).IsZero() {
			t.Fatalf("%s has no value in this test", reflect.TypeFor[clinical.Entry]().Field(i).Name)
		}
		less := e
		reflect.ValueOf(&less).Elem().Field(i).SetZero()
		var a, b writer
		a.entry(&e)
		b.entry(&less)
		if bytes.Equal(a, b) {
			t.Errorf("without its %s it is written alike", reflect.TypeFor[clinical.Entry]().Field(i).Name)
		}
	}
}

func FuzzPage(f *testing.F) {
	p := full()
	f.Add(p.append(nil))
	f.Add([]byte{pageForm})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPage(b)
		if err != nil {
			return
		}
		once := p.append(nil)
		again, err := readPage(once)
		if err != nil || !bytes.Equal(again.append(nil), once) {
			t.Errorf("%v: %+v", err, p)
		}
	})
}
