package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Over returns the records that are wanted, the oldest first, without the beginnings of what was over later.
func Over(ctx context.Context, path string, want Filter) (out []Record, err error) {
	open := map[string]int{}
	err = Each(ctx, path, want, func(r *Record) error {
		key := r.Request + " " + string(r.What)
		if r.Outcome == Begun {
			open[key] = len(out)
		} else if at, was := open[key]; was {
			out[at].Number = 0
			delete(open, key)
		}
		out = append(out, *r)
		return nil
	})
	return slices.DeleteFunc(out, func(r Record) bool { return r.Number == 0 }), err
}

// Words says who an actor is.
func (a *Actor) Words() string {
	switch {
	case a == nil || a.Kind == Attune:
		return "Attune itself"
	case a.Kind == Anybody:
		return "somebody who is not signed in"
	case a.Kind == Session:
		return "somebody signed in, session " + a.ID
	case a.Name != "" && a.ID != "":
		return fmt.Sprintf("%s (%s %s)", a.Name, a.Kind, a.ID)
	}
	return string(a.Kind) + " " + cmp.Or(a.ID, a.Name, "unknown")
}

// Looked is one look or change, in words for the person whom it concerned.
type Looked struct {
	At   string  `json:"at"`
	Who  string  `json:"who"`
	What What    `json:"what"`
	Sort Sort    `json:"sort"`
	Says string  `json:"says"`
	Via  string  `json:"via"`
	End  Outcome `json:"outcome"`
}

// Looks tells records in words for the person whom they concern.
func Looks(records []Record) []Looked {
	out := []Looked{}
	for i := range records {
		r := &records[i]
		out = append(out, Looked{r.At, r.Actor.Words(), r.What, r.What.Sort(), r.What.Means(), r.Via, r.Outcome})
	}
	return out
}
