package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/draft"
)

// A workshop is a team before one map: it belongs to a draft, is kept with it and goes with it.

const (
	manyNotes, longNote = 300, 280
	mostDots, usualDots = 10, 3
	longestTimer        = 240 // minutes
	presenceLasts       = 45 * instant.Second
	manyVoters          = 200
)

// workshop is what a draft's file keeps of it. Whose dots are whose is told to nobody but to whom they belong.
type workshop struct {
	Program string           `json:"program"`
	Since   string           `json:"since"`
	By      string           `json:"by"`
	Ended   string           `json:"ended,omitempty"`
	Version int              `json:"version"` // of the draft, as it began
	Changes int              `json:"changes"`
	Notes   []WorkshopNote   `json:"notes"`
	Voting  bool             `json:"voting"`
	Dots    int              `json:"dots"`
	Votes   map[string]votes `json:"votes"` // by whose they are
	Ends    string           `json:"ends,omitempty"`
}

// votes are one person's dots, by moment.
type votes map[string]int

// WorkshopNote is a sticky note: it waits in the tray until somebody places it, and is a moment then.
type WorkshopNote struct {
	Note string `json:"note"`
	Text string `json:"text"`
	By   string `json:"by"`
	At   string `json:"at"`
	// Moment is the moment that it became.
	Moment string `json:"moment,omitempty"`
}

// Workshop is a team's work on one map, as whoever asks may see it.
type Workshop struct {
	Draft string `json:"draft"`
	// On tells that a workshop is under way.
	On      bool   `json:"on"`
	Program string `json:"program,omitempty"`
	Since   string `json:"since,omitempty"`
	Ended   string `json:"ended,omitempty"`
	By      string `json:"by,omitempty"`
	// Version is the draft's when the workshop began.
	Version int            `json:"version,omitempty"`
	Notes   []WorkshopNote `json:"notes"`
	// Voting tells that dots are given; Dots is how many each has.
	Voting bool `json:"voting"`
	Dots   int  `json:"dots"`
	// Mine are the dots of whoever asks, by moment. Sums of everybody's are told once the voting is closed, and never whose they were.
	Mine   map[string]int `json:"mine"`
	Sums   map[string]int `json:"sums"`
	Voters int            `json:"voters"`
	// Ends is when the time is over that was set, so that every screen counts alike.
	Ends string `json:"ends,omitempty"`
	// Here are the names of those who have the draft open now.
	Here []string `json:"here"`
}

// WorkshopAct is one thing that is done in a workshop.
type WorkshopAct struct {
	Do      string `json:"do" required:"" doc:"begin, end, note, reword, drop, place, open_votes, vote, unvote, close_votes, timer or stop_timer." example:"note"`
	Program string `json:"program" doc:"Whose map it is about, to begin."`
	Note    string `json:"note" doc:"The note's id, to reword, drop or place it."`
	Text    string `json:"text" doc:"What the note says; nobody's name or number." example:"She never hears what the letter said"`
	Phase   string `json:"phase" doc:"Where a note is placed: the phase."`
	Lane    string `json:"lane" doc:"Where a note is placed: the stakeholder."`
	ID      string `json:"id" doc:"The id of the moment that the note becomes."`
	Moment  string `json:"moment" doc:"The moment that a dot is given to, or taken back from."`
	Dots    int    `json:"dots" doc:"How many dots each has; 3 where it does not say."`
	Minutes int    `json:"minutes" doc:"How long the timer runs."`
}

// shown is the workshop as somebody may see it.
func (w *workshop) shown(draft, who string, here []string) Workshop {
	out := Workshop{Draft: draft, Notes: []WorkshopNote{}, Mine: map[string]int{}, Sums: map[string]int{}, Here: here}
	if w == nil {
		return out
	}
	out.On, out.Program, out.Since, out.Ended, out.By, out.Version, out.Voting, out.Dots, out.Ends = w.Ended == "", w.Program, w.Since, w.Ended, w.By, w.Version, w.Voting, w.Dots, w.Ends
	out.Notes = append(out.Notes, w.Notes...)
	maps.Copy(out.Mine, w.Votes[who])
	for _, v := range w.Votes {
		if len(v) > 0 {
			out.Voters++
		}
		if !w.Voting {
			for moment, n := range v {
				out.Sums[moment] += n
			}
		}
	}
	return out
}

// act does one thing to a draft's workshop. What changes the map is a change of the draft, and told as its step.
func (d *Draft) act(a WorkshopAct, who, name, at, id string) (step string, err error) {
	if a.Do == "begin" {
		if _, err := d.files(a.Program); err != nil {
			return "", err
		}
		if d.workshop != nil && d.workshop.Ended == "" {
			return "", api.Refused("do", "a workshop is under way already", "end it first, or join it")
		}
		d.workshop = &workshop{Program: a.Program, Since: at, By: name, Version: d.Version, Changes: 1, Dots: usualDots, Votes: map[string]votes{}}
		return "", nil
	}
	w := d.workshop
	if w == nil || w.Ended != "" {
		return "", api.Refused("do", "no workshop is under way", "begin one")
	}
	w.Changes++
	switch a.Do {
	case "end":
		w.Ended, w.Voting, w.Ends = at, false, ""
	case "note", "reword":
		return "", w.write(a, name, at, id)
	case "drop":
		n, err := w.note(a.Note)
		if err != nil {
			return "", err
		}
		w.Notes = slices.Delete(w.Notes, n, n+1)
	case "place":
		return d.place(a)
	case "open_votes":
		if a.Dots < 0 || a.Dots > mostDots {
			return "", api.Refused("dots", fmt.Sprintf("each has 1 to %d dots", mostDots), "name another number")
		}
		w.Voting, w.Votes = true, map[string]votes{}
		if w.Dots = a.Dots; a.Dots == 0 {
			w.Dots = usualDots
		}
	case "close_votes":
		w.Voting = false
	case "vote", "unvote":
		return "", w.vote(a, who)
	case "timer":
		from, _ := instant.Parse(at)
		if a.Minutes < 1 || a.Minutes > longestTimer {
			return "", api.Refused("minutes", fmt.Sprintf("a timer runs for 1 to %d minutes", longestTimer), "name another number")
		}
		w.Ends = from.Add(instant.Duration(a.Minutes) * instant.Minute).String()
	case "stop_timer":
		w.Ends = ""
	default:
		return "", api.Refused("do", fmt.Sprintf("%q cannot be done in a workshop", a.Do), "say one of begin, end, note, reword, drop, place, open_votes, vote, unvote, close_votes, timer and stop_timer")
	}
	return "", nil
}

func (w *workshop) note(id string) (int, error) {
	if n := slices.IndexFunc(w.Notes, func(x WorkshopNote) bool { return x.Note == id }); n >= 0 {
		return n, nil
	}
	return 0, api.NotFound("note", "there is no note of this id")
}

// write adds a note or says another anew.
func (w *workshop) write(a WorkshopAct, name, at, id string) error {
	text := strings.Join(strings.Fields(a.Text), " ")
	if text == "" || len([]rune(text)) > longNote {
		return api.Refused("text", fmt.Sprintf("a note has 1 to %d letters", longNote), "say it shorter, or in two notes")
	}
	if a.Do == "reword" {
		n, err := w.note(a.Note)
		if err == nil {
			w.Notes[n].Text = text
		}
		return err
	}
	if len(w.Notes) >= manyNotes {
		return api.Refused("text", fmt.Sprintf("there are %d notes already", manyNotes), "place or take away some first")
	}
	w.Notes = append(w.Notes, WorkshopNote{Note: id, Text: text, By: name, At: at})
	return nil
}

func (w *workshop) vote(a WorkshopAct, who string) error {
	if !w.Voting {
		return api.Refused("do", "nobody votes now", "open the voting first")
	}
	if a.Moment == "" || len(a.Moment) > 120 {
		return api.Refused("moment", "no moment is named", "name one of the map")
	}
	mine := w.Votes[who]
	given := 0
	for _, n := range mine {
		given += n
	}
	switch {
	case a.Do == "unvote" && mine[a.Moment] == 0:
		return api.Refused("moment", "you gave it no dot", "take one back from another")
	case a.Do == "unvote":
		if mine[a.Moment]--; mine[a.Moment] == 0 {
			delete(mine, a.Moment)
		}
		return nil
	case given >= w.Dots:
		return api.Refused("moment", fmt.Sprintf("you gave all of your %d dots", w.Dots), "take one back first")
	case mine == nil && len(w.Votes) >= manyVoters:
		return api.Refused("do", "too many people vote", "close the voting")
	case mine == nil:
		mine = votes{}
		w.Votes[who] = mine
	}
	mine[a.Moment]++
	return nil
}

// place makes a note a moment of the map: a guess, since nothing shows yet that it happens.
func (d *Draft) place(a WorkshopAct) (string, error) {
	w := d.workshop
	n, err := w.note(a.Note)
	if err != nil {
		return "", err
	}
	note := &w.Notes[n]
	if note.Moment != "" && d.has(w.Program, note.Moment) {
		return "", api.Refused("note", "the note is on the map already", "move its card")
	}
	value, err := json.Marshal(struct {
		ID    string `json:"id"`
		Phase string `json:"phase"`
		By    string `json:"by"`
		Name  string `json:"name"`
	}{a.ID, a.Phase, a.Lane, note.Text})
	if err != nil {
		return "", fmt.Errorf("write a moment: %w", err)
	}
	if a.ID == "" || a.Phase == "" || a.Lane == "" {
		return "", api.Refused("id", "a note is placed as a moment with an id, in a phase and a lane", "name all three")
	}
	if _, err := d.apply([]DraftChange{{Program: w.Program, File: "map.yaml", Do: "add", Path: "/moments", Value: value}}); err != nil {
		return "", err
	}
	note.Moment = a.ID
	return fmt.Sprintf("add %s/map.yaml /moments/%s, a note of %s", w.Program, a.ID, note.By), nil
}

// has tells whether a program's map has a moment.
func (d *Draft) has(program, moment string) bool {
	files, err := d.files(program)
	if err != nil {
		return false
	}
	_, lines, err := draft.Values("map.yaml", files["map.yaml"])
	_, is := lines["/moments/"+moment]
	return err == nil && is
}

// presence is who has which draft open, by name, until they are not heard of for a while.
type presence struct {
	mu   sync.Mutex
	seen map[string]map[string]instant.Time // by draft and name
}

func (p *presence) note(draft, name string, at instant.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]map[string]instant.Time{}
	}
	if p.seen[draft] == nil {
		p.seen[draft] = map[string]instant.Time{}
	}
	p.seen[draft][name] = at
}

// here are the names of those who have a draft open, in order.
func (p *presence) here(draft string, at instant.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.seen[draft], func(_ string, seen instant.Time) bool { return seen.Add(presenceLasts) < at })
	if len(p.seen[draft]) == 0 {
		delete(p.seen, draft)
	}
	return append([]string{}, slices.Sorted(maps.Keys(p.seen[draft]))...)
}

// voter is whose dots they are.
func voter(ctx context.Context) string {
	p := api.PrincipalOf(ctx)
	return p.Kind + " " + p.ID
}

// workshopAct does one thing to the workshop of a draft.
func (s *drafts) workshopAct(id, who, name string, a WorkshopAct) (d Draft, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, err = s.read(id); err != nil {
		return d, err
	}
	at := s.now().String()
	step, err := d.act(a, who, name, at, audit.NewRequest())
	if err != nil {
		return d, err
	}
	if step != "" {
		d.step(name, at, step)
	}
	return d, s.write(&d)
}
