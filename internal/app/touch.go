package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/internal/runner"
	"attune/internal/story"
)

// TouchStory is everything about one touch.
type TouchStory struct {
	story.Touch
	Person string `json:"person"`
	// State is how it stands and Says what that means; Next is when something is done about it by itself.
	State string `json:"state"`
	Says  string `json:"says"`
	Next  string `json:"next,omitempty"`
}

// leastOfTouch is how much of a touch's id names it.
const leastOfTouch = 8

// Touch tells everything about one touch, named by its id or how that begins. Who says whose it is, where
// the folder does not know (it was decided by an older version of Attune); otherwise it is empty.
func (i *Inspector) Touch(ctx context.Context, name, who string) (TouchStory, error) {
	name = strings.ToLower(name)
	from, to, err := starts(name)
	if err != nil {
		return TouchStory{}, err
	}
	var people []id.Person
	if who != "" {
		p, err := i.Who(ctx, who)
		if err != nil {
			return TouchStory{}, err
		}
		people = append(people, p)
	} else if people, err = i.people.Touched(ctx, from, to, 10); err != nil {
		return TouchStory{}, err
	}
	var found []TouchStory
	seen := map[id.Person]bool{}
	for _, p := range people {
		if seen[p] {
			continue
		}
		seen[p] = true
		all, err := i.touchesOf(ctx, p, name)
		if err != nil {
			return TouchStory{}, err
		}
		found = append(found, all...)
	}
	switch len(found) {
	case 1:
		whose, err := id.ParsePerson(found[0].Person)
		if err != nil {
			return TouchStory{}, err
		}
		return found[0], i.looked(ctx, "Touch", whose)
	case 0:
		return TouchStory{}, fmt.Errorf("no touch begins with %s; attune story shows a person's, and one that an older version decided is found with --person", name)
	}
	return TouchStory{}, fmt.Errorf("%d touches begin with %s: give more of the id", len(found), name)
}

// starts are the first and the last start that a touch of this name can have.
func starts(name string) (from, to uint64, err error) {
	if len(name) < leastOfTouch || len(name) > 2*len(id.Key{}) {
		return 0, 0, errors.New("a touch is named by its id, or by the first eight or more signs of it")
	}
	short := name[:min(len(name), 16)]
	from, err = strconv.ParseUint(short+strings.Repeat("0", 16-len(short)), 16, 64)
	if err != nil {
		return 0, 0, errors.New("a touch's id has the digits 0 to 9 and the letters a to f")
	}
	to, err = strconv.ParseUint(short+strings.Repeat("f", 16-len(short)), 16, 64)
	return from, to, err
}

func (i *Inspector) touchesOf(ctx context.Context, who id.Person, name string) (out []TouchStory, err error) {
	var records []record.Record
	for _, at := range i.trail(who) { // what became of it since may stand in another record of the person
		more, err := i.records(ctx, at)
		if err != nil {
			return nil, err
		}
		records = append(records, more...)
	}
	p, _, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return nil, err
	}
	for _, touch := range story.Touches(records) {
		if !strings.HasPrefix(touch.String(), name) {
			continue
		}
		told, _ := story.TouchOf(records, touch)
		t := TouchStory{Touch: told, Person: who.String(), State: "over", Says: "is so long over that it is not in the state any more"}
		for k := range p.Touches {
			if now := &p.Touches[k]; now.ID == touch {
				var next instant.Time
				t.Says, next = story.Next(now)
				t.State = now.State.String()
				if next != instant.Never {
					t.Next = next.String()
				}
				t.describe(now)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// describe fills in what only an attempt would say otherwise.
func (t *TouchStory) describe(now *person.Touch) {
	t.Language, t.Purpose, t.Class = now.Language, now.Purpose, now.Class.String()
}
