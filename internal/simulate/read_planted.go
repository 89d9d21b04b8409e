package simulate

import (
	"slices"
	"strconv"

	"attune/core/instant"
	"attune/core/source"
)

// known reads with which process traits become known, and which are mixed by others.
func (r *reader) known(people *source.Node) {
	if people == nil {
		return
	}
	for _, f := range r.entries(people.Get("known"), "known") {
		if t, ok := r.trait(f.Name, f.Pos, false); ok {
			r.w.People.Traits[t].Known = r.processNamed(f.Value)
		}
	}
	for _, f := range r.entries(people.Get("mixed"), "mixed") {
		t, ok := r.trait(f.Name, f.Pos, true)
		if !ok || !r.fields(f.Value, "mixed", []string{"by", "up_to"}) || f.Value.Get("by") == nil {
			continue
		}
		by, ok := r.trait(f.Value.Get("by").Text, f.Value.Get("by").Pos, true)
		if ok && by >= t {
			r.Add(f.Pos, "write the one that it is mixed by first, under traits", "trait %q stands before the one it is mixed by", f.Name)
			continue
		}
		if ok {
			r.w.People.Traits[t].MixedBy, r.w.People.Traits[t].UpTo = by, r.share(f.Value.Get("up_to"), "up_to")
		}
	}
}

// trait finds a trait by its name; one with levels is {one_of: …}.
func (r *reader) trait(name string, pos source.Pos, levels bool) (int, bool) {
	var names []string
	for _, t := range r.w.People.Traits {
		names = append(names, t.Name)
	}
	i := slices.Index(names, name)
	switch {
	case i < 0:
		r.Add(pos, source.Suggest(name, names), "there is no trait %q", name)
	case levels && len(r.w.People.Traits[i].Draw.OneOf) < 2:
		r.Add(pos, "write it as {one_of: {this: 2, that: 1}}", "trait %q has no levels", name)
	default:
		return i, true
	}
	return -1, false
}

func (r *reader) processNamed(n *source.Node) int {
	var ids []string
	for i := range r.w.Life {
		ids = append(ids, r.w.Life[i].ID)
	}
	i := slices.Index(ids, n.Text)
	if i < 0 || n.Text == "" {
		r.Add(n.Pos, source.Suggest(n.Text, ids), "there is no process %q", n.Text)
		return -1
	}
	return i
}

// planted reads how differences are planted.
func (r *reader) planted(n *source.Node) {
	if n == nil || !r.fields(n, "planted", []string{"how_many", "kinds", "places"}, "leaves", "case_mix", "did", "trials") {
		return
	}
	p := &r.w.Planted
	p.HowMany, p.counts = r.howMany(n.Get("how_many"))
	p.Kinds = r.kinds(n.Get("kinds"), plantedKinds())
	if len(p.Kinds) == 0 {
		r.Add(n.Pos, "write {less_often: {from: 0.1, to: 0.3}}", "planted: has no kinds")
	}
	if did := n.Get("did"); did != nil && r.fields(did, "did", []string{"how_many"}, "kinds", "within") {
		p.Did.HowMany, p.Did.counts = r.howMany(did.Get("how_many"))
		p.Did.Kinds = r.kindsOf(did.Get("kinds"))
		p.Did.Within = 28 * instant.Day
		if within := did.Get("within"); within != nil {
			p.Did.Within = r.duration(within, "within")
		}
	}
	if trials := n.Get("trials"); trials != nil && r.fields(trials, "trials", []string{"how_many", "kinds"}) {
		p.Trials.HowMany, p.Trials.counts = r.howMany(trials.Get("how_many"))
		if p.Trials.Kinds = r.kinds(trials.Get("kinds"), trialKinds()); len(p.Trials.Kinds) == 0 {
			r.Add(trials.Pos, "write {more_often: {from: 0.1, to: 0.3}}", "trials: has no kinds")
		}
	}
	p.Leaves = r.emits(n.Get("leaves"), "leaves")
	for _, item := range r.items(n.Get("places"), "places") {
		r.place(item)
	}
	for _, f := range r.entries(n.Get("case_mix"), "case_mix") {
		t, ok := r.trait(f.Name, f.Pos, true)
		if !ok {
			continue
		}
		for _, level := range r.entries(f.Value, "the levels of a case mix") {
			if names := r.w.People.Traits[t].Draw.Weights.Names; !slices.Contains(names, level.Name) {
				r.Add(level.Pos, source.Suggest(level.Name, names), "trait %q has no level %q", f.Name, level.Name)
			}
			p.CaseMix = append(p.CaseMix, CaseMix{t, level.Name, r.number(level.Value, "points", -1, 1)})
		}
	}
}

// howMany reads how many there are, by weight.
func (r *reader) howMany(n *source.Node) (m Mix, counts []int) {
	m = r.mix(n, "how_many", nil)
	for _, f := range r.entries(n, "how_many") {
		count, err := strconv.ParseUint(f.Name, 10, 8)
		if err != nil {
			r.Add(f.Pos, "write it as {0: 1, 1: 2}", "how_many cannot be %q", f.Name)
		}
		counts = append(counts, int(count))
	}
	return m, counts
}

// kinds reads how large each kind may be.
func (r *reader) kinds(n *source.Node, known []string) (out []PlantedSize) {
	for _, f := range r.entries(n, "kinds") {
		if !slices.Contains(known, f.Name) {
			r.Add(f.Pos, source.Suggest(f.Name, known), "there is no kind %q", f.Name)
			continue
		}
		if !r.fields(f.Value, f.Name, []string{"from", "to"}) {
			continue
		}
		low, high := 0.0, 1.0
		if k := PlantedKind(f.Name); k == Later || k == Sooner {
			low, high = 1, 10
		}
		s := PlantedSize{PlantedKind(f.Name), r.number(f.Value.Get("from"), "from", low, high), r.number(f.Value.Get("to"), "to", low, high)}
		if s.To < s.From {
			r.Add(f.Pos, "write the smaller number first", "%s ends before it begins", f.Name)
		}
		out = append(out, s)
	}
	return out
}

// kindsOf reads some of the kinds that have a size; all of them where none is named.
func (r *reader) kindsOf(n *source.Node) (out []PlantedKind) {
	var known []string
	for _, s := range r.w.Planted.Kinds {
		known = append(known, string(s.Kind))
	}
	for _, word := range r.words(n, "kinds") {
		if !slices.Contains(known, word.Text) {
			r.Add(word.Pos, source.Suggest(word.Text, known), "kinds: of planted: does not say how large %q is", word.Text)
		}
		out = append(out, PlantedKind(word.Text))
	}
	if out == nil {
		for _, s := range r.w.Planted.Kinds {
			out = append(out, s.Kind)
		}
	}
	return out
}

func (r *reader) place(n *source.Node) {
	if !r.fields(n, "a place", []string{"processes", "from", "to", "by"}, "kinds", "did", "helped_by") {
		return
	}
	p, plan := Place{FromPhase: r.text(n.Get("from"), "from"), ToPhase: r.text(n.Get("to"), "to")}, &r.w.Planted
	for _, word := range r.words(n.Get("processes"), "processes") {
		i := r.processNamed(word)
		if i >= 0 && r.w.placeOf(i) >= 0 {
			r.Add(word.Pos, "name it at one place", "process %q belongs to another place already", word.Text)
		}
		p.Processes = append(p.Processes, i)
	}
	for _, word := range r.words(n.Get("by"), "by") {
		if t, ok := r.trait(word.Text, word.Pos, true); ok {
			p.By = append(p.By, t)
		}
	}
	p.Kinds = r.kindsOf(n.Get("kinds"))
	if did := n.Get("did"); did != nil && len(plan.Did.counts) == 0 {
		r.Add(did.Pos, "write did: {how_many: {0: 1, 1: 1}} under planted", "planted: does not say how many differ by what they did")
	}
	for _, word := range r.words(n.Get("did"), "did") {
		if i := r.processNamed(word); i >= 0 {
			if slices.Contains(p.Processes, i) {
				r.Add(word.Pos, "name a process that people may have done before", "process %q is the place itself", word.Text)
			}
			p.Did = append(p.Did, i)
		}
	}
	if helped := n.Get("helped_by"); helped != nil && len(plan.Trials.counts) == 0 {
		r.Add(helped.Pos, "write trials: {how_many: {0: 1, 1: 1}, kinds: …} under planted", "planted: does not say how many messages help, and how much")
	}
	for _, word := range r.words(n.Get("helped_by"), "helped_by") {
		// Whom a message helps would live both ways.
		if i := slices.IndexFunc(r.w.Life, func(x Process) bool { return x.Otherwise >= 0 && slices.Contains(p.Processes, x.Otherwise) }); i >= 0 {
			r.Add(word.Pos, "plant it at another place", "process %q is for those who are left out here, whom a message would help afterwards", r.w.Life[i].ID)
		}
		if !slices.Contains(r.engagements, word.Text) {
			r.Add(word.Pos, source.Suggest(word.Text, r.engagements), "there is no engagement %q", word.Text)
		}
		p.HelpedBy = append(p.HelpedBy, word.Text)
	}
	plan.Places = append(plan.Places, p)
}
