package program

import (
	"fmt"
	"slices"
	"strconv"

	"attune/core/form"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/source"
)

// learningForm is how a program says how it learns.
func learningForm() form.Form {
	share := form.Number{Positive: true, Most: .5}
	return form.Form{Title: "learning", Says: "How the program finds out what is best to say.", Fields: []form.Field{
		{Name: "explore", Type: form.Number{Positive: true, Most: 1}, Example: "0.05", Says: "The least share of decisions that is drawn evenly, at each level of the choice; 0.05 without it. More of it learns faster, and says what is not the best more often."},
		{Name: "least", Type: share, Example: "0.1", Says: "The least chance that something is said where something could be; 0.1 without it."},
		{Name: "most", Type: form.Number{Positive: true, Most: 1}, Example: "0.9", Says: "The greatest chance that something is said; 0.9 without it. Below 1, what saying nothing does stays known."},
		{Name: "half_life", Type: form.Duration{Least: instant.Day}, Example: "60d", Says: "In which time what was learned counts half; 60d without it."},
		{Name: "holdout", Type: share, Example: "0.05", Says: "The share of all people to whom no program says anything but what must be said. It is off without it: think of who goes without."},
		{Name: "control", Type: share, Example: "0.1", Says: "The share of people to whom this program says nothing but what must be said."},
		{Name: "uniform", Type: share, Example: "0.05", Says: "The share of people for whom all is drawn evenly: what other ways of choosing are measured by."},
		{Name: "costs", Type: form.Map{Key: form.Word{Of: Channels()}, Of: "the cost of", Value: form.Number{Positive: true}}, Example: "{sms: 0.05, call: 4}", Says: "What a message over each channel costs, in the unit of values; nothing without it."},
		{Name: "fatigue", Type: form.Number{Positive: true}, Example: "0.02", Says: "What each message of the last days adds to that."},
		{Name: "reach", Type: form.Number{Positive: true}, Example: "20", Says: "What it is worth that a person can be reached at all: the chance to lose them by a message costs as much of it."},
		{Name: "levers", Type: form.Map{Key: form.Name{Of: "an engagement"}, Of: "the lever of", Value: form.Number{}}, Example: "{refill_reminder: 20}", Says: "By how many percent engagements are raised or lowered, from -50 to 100."},
		{Name: "times", Type: form.List{Of: form.Clock{}, Alone: true, Least: 1, Most: 4}, Example: `["09:00", "18:00"]`, Says: "Times of day on the person's own clock to which a message may be moved within a day, beside as soon as it may go; what suits the person is learned."},
		{Name: "compare", Type: compareForm(), Example: "{matched: 0.1}", Says: "Other ways of deciding that what is learned is compared with; none without it."},
		{Name: "begins", Type: beginsForm(), Example: "{by: clinic, from: 2027-03-01, every: 14d, steps: 6}", Says: "That the program begins for one group of people after the other, in place of people who go without; for all at once without it."},
		{Name: "halt", Type: haltForm(), Example: "{opt_outs: 0.03, complaints: off}", Says: "From which losses on the program pauses itself; the usual bounds hold without it."},
	}}
}

// compareForm is how a program says what it compares what it learns with.
func compareForm() form.Form {
	share := form.Number{Positive: true, Most: .5}
	return form.Form{Title: "compare", Says: "Shares of people for whom it is decided in another way, as long as they are in the program. As much is left to chance as for others, so that all of it teaches.", Fields: []form.Field{
		{Name: "matched", Type: share, Example: "0.1", Says: "What is made for the person's stage is said, the best by value."},
		{Name: "value", Type: share, Example: "0.1", Says: "What has the most value is said, whatever the stage."},
		{Name: "model", Type: pinnedForm(share), Example: "{id: 0b6d2cf3d2a17e95, share: 0.1}", Says: "A model that was learned once goes on deciding, while others are decided about by the newest."},
	}}
}

// pinnedForm is how a program names a model that goes on deciding.
func pinnedForm(share form.Number) form.Form {
	return form.Form{Title: "model", Says: "A model that stays. It is never out of date, and what it retired stays so. Naming another one draws anew for whom it decides.", Fields: []form.Field{
		{Name: "id", Required: true, Type: form.Text{Looks: "16 digits from 0 to f"}, Example: "0b6d2cf3d2a17e95", Says: "The model, as `attune models` lists it. It has to be in the data folder in which the program is published."},
		{Name: "share", Required: true, Type: share, Example: "0.1", Says: "The share of people for whom it decides."},
	}}
}

// compare reads what a program compares what it learns with.
func (r *folderReader) compare(n *source.Node) (c policy.Compare) {
	if n == nil {
		return c
	}
	c.Matched, c.Value = form.NumberOf(n.Get("matched")), form.NumberOf(n.Get("value"))
	if m := n.Get("model"); m != nil {
		c.Model, c.Pinned = form.NumberOf(m.Get("share")), form.TextOf(m.Get("id"))
		if short, err := strconv.ParseUint(c.Pinned, 16, 64); m.Get("id") != nil && (err != nil || fmt.Sprintf("%016x", short) != c.Pinned) {
			r.Add(m.Get("id").Pos, "write the 16 digits that attune models shows", "%q is no model", c.Pinned)
		}
	}
	if c.All() >= 1 {
		r.Add(n.Pos, "lower some of them", "the parts of people for whom it is decided in other ways are all people")
	}
	return c
}

// beginsForm is how a program begins for one group after the other.
func beginsForm() form.Form {
	return form.Form{Title: "begins", Says: "Groups begin one after the other, and until then get nothing but what must be said. When each begins is drawn by key, so that nobody picks, and those who have begun can be compared with those who have not.", Fields: []form.Field{
		{Name: "by", Required: true, Type: form.Name{Of: "a trait"}, Example: "clinic", Says: "The trait that names people's group: all of one value begin together. Of whom it is not known begins with the last."},
		{Name: "from", Required: true, Type: form.Date{}, Example: "2027-03-01", Says: "The day on which the first groups begin, in the policy's zone."},
		{Name: "every", Required: true, Type: form.Duration{Least: instant.Day}, Example: "14d", Says: "How long after one step the next begins; what people do is compared by these times."},
		{Name: "steps", Required: true, Type: form.Count{}, Example: "6", Says: "How many steps there are, from 2 to 100. Groups are drawn among them evenly."},
	}}
}

// begins reads how a program begins for one group after the other.
func (r *folderReader) begins(l *policy.Learning, learning, n *source.Node) {
	if n == nil {
		return
	}
	from, _ := instant.ParseDate(form.TextOf(n.Get("from")))
	l.Begins = policy.Begins{By: form.TextOf(n.Get("by")), From: from, Every: form.DurationOf(n.Get("every")), Steps: form.CountOf(n.Get("steps"))}
	if steps := n.Get("steps"); steps != nil && (l.Begins.Steps < 2 || l.Begins.Steps > 100) {
		r.Add(steps.Pos, "write a number from 2 to 100", "%d steps are not one after the other", l.Begins.Steps)
	}
	for _, without := range []string{"control", "holdout"} {
		if x := learning.Get(without); x != nil {
			r.Add(x.Pos, "leave one of both out", "begins gives the program to everybody in the end, and %s keeps some people from it for ever", without)
		}
	}
}

// What a program may cost, as files name it.
const (
	optOuts    = "opt_outs"
	complaints = "complaints"
	crises     = "crises"

	off = "off"
)

// haltForm is how a program says which losses it accepts.
func haltForm() form.Form {
	share := form.Either{Title: "a share of people, or off", Hint: "write a share such as 0.03, or off", Of: []form.Type{form.Word{Of: []string{off}}, form.Number{Positive: true, Most: .5}}}
	return form.Form{Title: "halt", Says: "Shares of the people written to who are lost within 30 days of a message. As soon as it is sure, but for one in a hundred, that one is more than its bound, the program pauses itself until somebody resumes it. With off it is not paused for that.", Fields: []form.Field{
		{Name: optOuts, Type: share, Example: "0.03", Says: "Those who take consent back or say stop; 0.03 without it."},
		{Name: complaints, Type: share, Example: "0.005", Says: "Those who report a message as unwanted; 0.005 without it."},
		{Name: crises, Type: share, Example: "off", Says: "Those who come into the hold named crisis; 0.01 without it."},
	}}
}

// halt reads which losses a program accepts.
func (r *folderReader) halt(n *source.Node) policy.Halt {
	h := policy.StandardHalt()
	bounds := map[string]*float64{optOuts: &h.OptOuts, complaints: &h.Complaints, crises: &h.Crises}
	for _, f := range fields(n) {
		if bound := bounds[f.Name]; bound != nil {
			*bound = form.NumberOf(f.Value)
		}
		if f.Name == crises && form.TextOf(f.Value) != off && !slices.ContainsFunc(r.p.Policy.Holds, func(hold policy.Hold) bool { return hold.ID == policy.CrisisHold }) {
			r.Add(f.Value.Pos, "name the hold of people in danger crisis, under holds, or leave the bound out", "there is no hold named %s, so nobody would ever come into it", policy.CrisisHold)
		}
	}
	return h
}

func (r *folderReader) learning(n *source.Node) {
	if n == nil {
		return
	}
	or := func(name string, without float64) float64 {
		if v := n.Get(name); v != nil {
			return form.NumberOf(v)
		}
		return without
	}
	l := &policy.Learning{
		Explore: or("explore", .05), Least: or("least", .1), Most: or("most", .9), HalfLife: 60 * instant.Day,
		Holdout: or("holdout", 0), Control: or("control", 0), Uniform: or("uniform", 0), Fatigue: or("fatigue", 0), Reach: or("reach", 0),
	}
	if h := n.Get("half_life"); h != nil {
		l.HalfLife = form.DurationOf(h)
	}
	if l.Least >= l.Most {
		r.Add(n.Pos, "write a least below most, such as 0.1 and 0.9", "something is said with a chance of at least %v and at most %v", l.Least, l.Most)
	}
	if l.Control+l.Uniform >= 1 {
		r.Add(n.Pos, "lower control or uniform", "the parts of people without the program, or with an even draw, are all people")
	}
	for _, f := range fields(n.Get("costs")) {
		l.Costs = append(l.Costs, policy.Cost{Channel: f.Name, Value: form.NumberOf(f.Value)})
	}
	for _, f := range fields(n.Get("levers")) {
		percent := form.NumberOf(f.Value)
		if percent < -50 || percent > 100 {
			r.Add(f.Value.Pos, "write a number from -50 to 100", "a lever moves by %v percent: it would be cut to -50 or 100", percent)
		}
		l.Levers = append(l.Levers, policy.Lever{Engagement: f.Name, Percent: percent})
		r.levers = append(r.levers, f)
	}
	for _, item := range form.ItemsOf(n.Get("times")) {
		l.Times = append(l.Times, form.ClockOf(item))
	}
	r.begins(l, n, n.Get("begins"))
	l.Halt = r.halt(n.Get("halt"))
	l.Compare = r.compare(n.Get("compare"))
	r.p.Policy.Learning = l
}

// checkLevers holds the names of levers to the engagements there are.
func (r *folderReader) checkLevers(engagements []string) {
	for _, f := range r.levers {
		r.knownName(f.Pos, f.Name, "engagement", engagements)
	}
}
