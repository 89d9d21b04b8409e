package app

import (
	"testing"

	"attune/core/effect"
	"attune/internal/store"
)

// What every message rested on can be shown from the records alone, and asking whether one may go is
// answered for everybody.
func TestEveryMessageIsProved(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	w, dir := smallWorld(t)
	now := w.Clock.Now()
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	sends, byWord := 0, 0
	err = i.people.Each(t.Context(), func(r store.Row) error {
		records, err := i.records(t.Context(), r.Person)
		if err != nil {
			return err
		}
		for _, rec := range records {
			for _, e := range rec.Effects {
				send, is := e.(effect.Send)
				if !is {
					continue
				}
				all, err := i.Prove(t.Context(), send.Touch.String(), "")
				if err != nil {
					return err
				}
				for _, p := range all {
					switch {
					case p.Attempt != send.Attempt.String():
					case p.Wrong != "" || p.Word == nil && p.Basis == "":
						t.Errorf("%s is not proved: %+v", send.Touch, p)
					default:
						sends++
						if p.Word != nil {
							byWord++
						}
					}
				}
			}
		}
		if len(records) == 0 {
			return nil
		}
		asked, err := i.May(t.Context(), r.Person, MayQuestion{At: now})
		if err != nil {
			return err
		}
		for _, a := range asked {
			if len(a.Answers) < 14 {
				t.Errorf("only %d things are asked", len(a.Answers))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sends < 50 || byWord == sends {
		t.Errorf("%d messages were proved, %d by a word", sends, byWord)
	}
}
