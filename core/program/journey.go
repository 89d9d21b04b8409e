package program

import (
	"slices"
	"strconv"

	"attune/core/journey"
	"attune/core/source"
)

func (r *folderReader) journey(n *source.Node) {
	if !r.fields(n, "a journey", []string{"journey", "enter", "steps"}, "name", "reentry") {
		return
	}
	j := journey.Journey{ID: r.name(n.Get("journey"), "a journey"), Pos: n.Pos, Enter: r.trigger(n.Get("enter"), "enter")}
	if name := n.Get("name"); name != nil {
		j.Name = r.text(name, "the journey's name")
	}
	if again := n.Get("reentry"); again != nil {
		j.Again.Always = r.oneOf(again, "reentry", "once", "always") == "always"
	}
	seen := map[string]source.Pos{}
	for i, item := range r.items(n.Get("steps"), "steps") {
		if s := r.step(item, i+1); s != nil {
			r.unique(seen, s.Label(), item.Pos, "step")
			j.Steps = append(j.Steps, s)
		}
	}
	if len(j.Steps) == 0 {
		if n.Get("steps") == nil {
			return
		}
		r.Add(n.Pos, "add steps: [{send: an_engagement}]", "journey %q has no steps", j.ID)
		return
	}
	for _, other := range r.p.Journeys {
		if other.ID == j.ID {
			r.Add(n.Pos, "give one of them another name", "journey %q stands at %s already", j.ID, other.Pos)
		}
	}
	r.p.Journeys = append(r.p.Journeys, j)
}

// step reads one node. Its id is what it says, or its kind and its place.
func (r *folderReader) step(n *source.Node, place int) journey.Step {
	kinds := []string{"send", "wait", "await", "exit"}
	if n.Kind == source.Scalar && n.Text == "exit" {
		return journey.Exit{Base: journey.Base{ID: "exit-" + strconv.Itoa(place), Pos: n.Pos}, Why: "finished"}
	}
	if n.Kind != source.Map {
		r.Add(n.Pos, "write it as send: an_engagement, wait: 3d, await: {…} or exit: a reason", "this is not a step")
		return nil
	}
	kind := ""
	for _, f := range n.Fields {
		if slices.Contains(kinds, f.Name) {
			if kind != "" {
				r.Add(f.Pos, "make two steps of it", "a step is either %s or %s", kind, f.Name)
			}
			kind = f.Name
		}
	}
	if kind == "" {
		name := ""
		if len(n.Fields) > 0 {
			name = n.Fields[0].Name
		}
		r.Add(n.Pos, source.Suggest(name, kinds), "there is no step of this kind")
		return nil
	}
	r.fields(n, "a "+kind+" step", []string{kind}, "id")
	id := kind + "-" + strconv.Itoa(place)
	if given := n.Get("id"); given != nil {
		id = r.name(given, "a step")
	}
	value, base := n.Get(kind), journey.Base{ID: id, Pos: n.Pos}
	switch kind {
	case "send":
		return journey.Send{Base: base, Engagement: r.text(value, "send")}
	case "wait":
		d := r.duration(value, "wait")
		if d > 0 && d < shortest {
			r.Add(value.Pos, "write at least 1m", "the wait is too short")
		}
		return journey.Wait{Base: base, For: d}
	case "await":
		return r.await(base, value)
	}
	return journey.Exit{Base: base, Why: r.text(value, "exit")}
}

func (r *folderReader) await(base journey.Base, n *source.Node) journey.Step {
	if !r.fields(n, "await", []string{"on", "within", "else"}, "where") {
		return nil
	}
	a := journey.Await{Base: base, Within: r.duration(n.Get("within"), "within"), Else: r.text(n.Get("else"), "else")}
	if on := n.Get("on"); on != nil {
		a.For.Pos, a.For.On = on.Pos, r.text(on, "on")
	}
	if where := n.Get("where"); where != nil {
		a.For.Where, a.For.WherePos = r.text(where, "where"), inside(where)
	}
	if a.Within > 0 && a.Within < shortest {
		r.Add(n.Get("within").Pos, "write at least 1m", "the deadline is too short")
	}
	return a
}

// checkJourney checks the names that steps mention, and that no passage can go in circles.
func (r *folderReader) checkJourney(j journey.Journey, engagements []string) {
	var ids []string
	for _, s := range j.Steps {
		ids = append(ids, s.Label())
	}
	for i, s := range j.Steps {
		switch st := s.(type) {
		case journey.Send:
			if st.Engagement != "" && !slices.Contains(engagements, st.Engagement) {
				r.Add(j.Pos, source.Suggest(st.Engagement, engagements), "step %q of journey %q sends an engagement there is none of: %q", st.ID, j.ID, st.Engagement)
			}
		case journey.Await:
			k, found := j.Find(st.Else)
			if st.Else == "" {
				continue // noted where it is missing
			}
			if !found {
				r.Add(j.Pos, source.Suggest(st.Else, ids), "step %q of journey %q goes on to a step there is none of: %q", st.ID, j.ID, st.Else)
			} else if k <= i {
				r.Add(j.Pos, "go on to a later step", "step %q of journey %q goes back to %q", st.ID, j.ID, st.Else)
			}
		case journey.Decide, journey.Wait, journey.Branch, journey.Split, journey.Ask, journey.Task, journey.Refer, journey.Update, journey.Call, journey.Reached, journey.Exit:
		}
	}
}
