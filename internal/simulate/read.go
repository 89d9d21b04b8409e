package simulate

import (
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/release"
	"attune/core/source"
	"attune/core/stage"
	"attune/internal/programdir"
)

// Read makes a world of a file's text, or says everything that is wrong with it. The releases are the
// programs that will meet it: their events, engagements and channels are those it may name.
func Read(file string, text []byte, releases ...*release.Release) (*World, []source.Problem) {
	r := &reader{w: &World{}, catalogue: releases[0].Catalogue, zones: releases[0].Zones}
	for _, rel := range releases {
		for _, p := range rel.Programs {
			for i := range p.Engagements {
				r.engagements = append(r.engagements, p.Engagements[i].ID)
				r.variants = append(r.variants, nil)
				r.strategies = append(r.strategies, p.Engagements[i].Process)
				for _, v := range p.Engagements[i].Variants {
					r.strategies = append(r.strategies, v.Strategy)
					r.variants[len(r.variants)-1] = append(r.variants[len(r.variants)-1], v.ID)
				}
			}
			r.languages = append(r.languages, p.Languages...)
		}
	}
	root := programdir.ParseYAML(file, text, &r.Problems)
	if root == nil && r.Empty() {
		r.Add(source.Pos{File: file}, "write world: and a name", "the world is empty")
	}
	if r.Empty() {
		r.world(root)
	}
	if !r.Empty() {
		return nil, r.List()
	}
	return r.w, nil
}

type reader struct {
	source.Problems
	w                                  *World
	catalogue                          *event.Catalogue
	zones                              *instant.Zones
	engagements, strategies, languages []string
	// variants are those of each of the engagements.
	variants [][]string
}

// Bounds on what a world may say, so that a life always ends.
const (
	maxProcesses = 200
	shortest     = instant.Hour
)

func (r *reader) world(n *source.Node) {
	if !r.fields(n, "a world", []string{"world", "life"}, "says", "people", "behaviors", "response", "answers", "planted") {
		return
	}
	r.w.Name = r.text(n.Get("world"), "the world's name")
	if says := n.Get("says"); says != nil {
		r.w.Says = r.text(says, "says")
	}
	r.people(n.Get("people"))
	r.behaviors(n.Get("behaviors"))
	r.life(n.Get("life"))
	r.response(n.Get("response"))
	r.answers(n.Get("answers"))
	r.known(n.Get("people"))
	r.planted(n.Get("planted"))
}

func (r *reader) people(n *source.Node) {
	p := &r.w.People
	p.Zones, p.Languages = Mix{[]string{"UTC"}, []float64{1}}, Mix{[]string{"en"}, []float64{1}}
	if len(r.languages) > 0 {
		p.Languages.Names = r.languages[:1]
	}
	p.AwakeFrom, p.AwakeTo = 7*instant.Hour, 22*instant.Hour
	if n == nil || !r.fields(n, "people", nil, "zones", "languages", "channels", "birth_years", "arrive", "awake", "consent", "traits", "known", "mixed") {
		return
	}
	if zones := n.Get("zones"); zones != nil {
		p.Zones = r.mix(zones, "zones", nil)
		for _, f := range zones.Fields {
			if _, known := r.zones.Find(f.Name); !known {
				r.Add(f.Pos, "write an IANA name such as Europe/Berlin", "there is no time zone %q", f.Name)
			}
		}
	}
	if languages := n.Get("languages"); languages != nil {
		p.Languages = r.mix(languages, "languages", nil)
	}
	for _, f := range r.entries(n.Get("channels"), "channels") {
		p.Channels = append(p.Channels, Share{f.Name, r.share(f.Value, "a channel's share")})
	}
	if years := n.Get("birth_years"); years != nil && r.fields(years, "birth_years", []string{"from", "to"}) {
		p.BornFrom, p.BornTo = r.whole(years.Get("from"), "from", 1900, 2100), r.whole(years.Get("to"), "to", 1900, 2100)
		if p.BornTo < p.BornFrom {
			r.Add(years.Pos, "write the earlier year first", "birth_years end before they begin")
		}
	}
	if arrive := n.Get("arrive"); arrive != nil {
		p.Arrive = r.delay(arrive, "arrive")
	}
	if awake := n.Get("awake"); awake != nil && r.fields(awake, "awake", []string{"from", "to"}) {
		p.AwakeFrom, p.AwakeTo = r.clock(awake.Get("from"), "from"), r.clock(awake.Get("to"), "to")
		if p.AwakeTo < p.AwakeFrom+instant.Hour {
			r.Add(awake.Pos, `write them as {from: "07:00", to: "22:00"}`, "people are awake for an hour at least, within one day")
		}
	}
	for _, f := range r.entries(n.Get("consent"), "consent") {
		if !r.fields(f.Value, "a purpose's consent", nil, "granted", "denied") {
			continue
		}
		c := Consent{Purpose: f.Name}
		if v := f.Value.Get("granted"); v != nil {
			c.Granted = r.share(v, "granted")
		}
		if v := f.Value.Get("denied"); v != nil {
			c.Denied = r.share(v, "denied")
		}
		if c.Granted+c.Denied > 1 {
			r.Add(f.Pos, "leave the rest to those who said nothing", "more people answered about %q than there are", f.Name)
		}
		p.Consent = append(p.Consent, c)
	}
	for _, f := range r.entries(n.Get("traits"), "traits") {
		p.Traits = append(p.Traits, Trait{FieldDraw: FieldDraw{f.Name, r.value(f.Value, f.Name, expr.Missing)}, Known: -1, MixedBy: -1})
	}
}

func (r *reader) behaviors(n *source.Node) {
	for _, f := range r.entries(n, "behaviors") {
		b := Behavior{ID: f.Name, Moves: map[stage.Stage][]Move{}}
		if !r.fields(f.Value, "a behavior", []string{"begin", "does"}, "says", "moves", "helped_by") {
			continue
		}
		if says := f.Value.Get("says"); says != nil {
			b.Says = r.text(says, "says")
		}
		b.Begin = r.mix(f.Value.Get("begin"), "begin", stageNames())
		seen := map[string]bool{}
		for _, s := range r.entries(f.Value.Get("does"), "does") {
			if s0, ok := r.stage(s); ok {
				b.Does[s0-1] = r.share(s.Value, "a chance")
				seen[s.Name] = true
			}
		}
		if does := f.Value.Get("does"); does != nil {
			for _, s := range stageNames() {
				if !seen[s] {
					r.Add(does.Pos, "add "+s+": 0.5", "does says nothing of %s", s)
				}
			}
		}
		for _, s := range r.entries(f.Value.Get("moves"), "moves") {
			from, ok := r.stage(s)
			if !ok {
				continue
			}
			sum := 0.0
			for _, to := range r.entries(s.Value, "moves of a stage") {
				if next, ok := r.stage(to); ok {
					chance := r.share(to.Value, "a chance")
					b.Moves[from] = append(b.Moves[from], Move{next, chance})
					sum += chance
				}
			}
			if sum > 1 {
				r.Add(s.Pos, "make them less", "the chances of moving from %s add up to more than one", s.Name)
			}
		}
		for _, e := range r.words(f.Value.Get("helped_by"), "helped_by") {
			if !slices.Contains(r.engagements, e.Text) {
				r.Add(e.Pos, source.Suggest(e.Text, r.engagements), "there is no engagement %q", e.Text)
			}
			if r.w.helped(e.Text) >= 0 {
				r.Add(e.Pos, "name it under one behavior", "engagement %q helps another behavior already", e.Text)
			}
			b.HelpedBy = append(b.HelpedBy, e.Text)
		}
		r.w.Behaviors = append(r.w.Behaviors, b)
	}
}

// stageNames are the stages as worlds write them.
func stageNames() (names []string) {
	for _, s := range stage.All() {
		names = append(names, s.String())
	}
	return names
}

func (r *reader) stage(f source.Field) (stage.Stage, bool) {
	s, known := stage.Parse(f.Name)
	if !known {
		r.Add(f.Pos, source.Suggest(f.Name, stageNames()), "there is no stage %q", f.Name)
	}
	return s, known
}

func (r *reader) life(n *source.Node) {
	items := r.items(n, "life")
	if len(items) > maxProcesses {
		r.Add(n.Pos, "leave out what no rule asks for", "life has more than %d processes", maxProcesses)
		return
	}
	var ids []string
	for _, item := range items {
		id := ""
		if given := item.Get("id"); given != nil {
			id = given.Text
			if slices.Contains(ids, id) {
				r.Add(given.Pos, "give one of them another name", "process %q stands there twice", id)
			}
		}
		ids = append(ids, id)
	}
	for i, item := range items {
		r.w.Life = append(r.w.Life, r.process(item, i, ids))
	}
}

func (r *reader) process(n *source.Node, self int, ids []string) Process {
	p := Process{After: -1, Otherwise: -1, Until: -1, Share: 1, Chance: 1, Behavior: -1}
	if !r.fields(n, "a process", []string{"id", "emit"}, "after", "otherwise", "until", "wait", "every", "share", "chance", "behavior", "late", "season", "instead", "last") {
		return p
	}
	p.ID = r.text(n.Get("id"), "a process")
	p.After = r.earlier(n.Get("after"), self, ids)
	p.Otherwise = r.earlier(n.Get("otherwise"), self, ids)
	if until := n.Get("until"); until != nil {
		if p.Until = slices.Index(ids, until.Text); p.Until < 0 || until.Text == "" {
			r.Add(until.Pos, source.Suggest(until.Text, ids), "there is no process %q", until.Text)
		}
	}
	if v := n.Get("wait"); v != nil {
		p.Wait = r.delay(v, "wait")
	}
	if v := n.Get("every"); v != nil {
		p.Every, p.Repeats = r.delay(v, "every"), true
		if p.Every.Mean < shortest && p.Every.From < shortest {
			r.Add(v.Pos, "write at least 1h", "every is too short")
		}
	}
	if v := n.Get("share"); v != nil {
		p.Share = r.share(v, "share")
	}
	if v := n.Get("chance"); v != nil {
		p.Chance = r.share(v, "chance")
	}
	if v := n.Get("behavior"); v != nil {
		p.Behavior = r.behavior(v)
	}
	if v := n.Get("last"); v != nil {
		if p.Last = v.Text == "true"; !p.Last && v.Text != "false" {
			r.Add(v.Pos, "write true or false", "last cannot be %q", v.Text)
		}
	}
	if v := n.Get("late"); v != nil {
		p.Late, p.HasLate = r.delay(v, "late"), true
		if n.Get("behavior") == nil {
			r.Add(v.Pos, "add behavior: and which", "late is for what a behavior decides")
		}
	}
	if v := n.Get("season"); v != nil && r.fields(v, "season", []string{"peak", "swing"}) {
		months := []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
		if peak := v.Get("peak"); peak != nil {
			if p.Peak = slices.Index(months, peak.Text); p.Peak < 0 {
				r.Add(peak.Pos, source.Suggest(peak.Text, months), "there is no month %q", peak.Text)
			}
		}
		if swing := v.Get("swing"); swing != nil {
			if p.Swing = r.share(swing, "swing"); p.Swing > 0.9 {
				r.Add(swing.Pos, "write 0.9 at most", "the season swings too far")
			}
		}
	}
	p.Emit = r.emits(n.Get("emit"), "emit")
	p.Instead = r.emits(n.Get("instead"), "instead")
	return p
}

// earlier reads the name of a process that stands before, so that none follows itself.
func (r *reader) earlier(n *source.Node, self int, ids []string) int {
	if n == nil {
		return -1
	}
	i := slices.Index(ids, n.Text)
	switch {
	case i < 0 || n.Text == "":
		r.Add(n.Pos, source.Suggest(n.Text, ids[:self]), "there is no process %q", n.Text)
	case i >= self:
		r.Add(n.Pos, "move that process before this one", "process %q stands further down", n.Text)
	default:
		return i
	}
	return -1
}

// emits reads events; a single one stands for a list of one.
func (r *reader) emits(n *source.Node, what string) (out []Emit) {
	if n == nil {
		return nil
	}
	items := []*source.Node{n}
	if n.Kind == source.List {
		items = n.Items
	}
	for _, item := range items {
		if item.Kind == source.Scalar {
			item = &source.Node{Pos: item.Pos, Kind: source.Map, Fields: []source.Field{{Name: "event", Pos: item.Pos, Value: item}}}
		}
		if item.Kind != source.Map || item.Get("event") == nil {
			r.Add(item.Pos, "write {event: portal.visited}", "%s is no event", what)
			continue
		}
		name := item.Get("event")
		def, known := r.catalogue.Find(name.Text)
		if !known {
			r.Add(name.Pos, source.Suggest(name.Text, r.catalogue.Names()), "there is no event %q", name.Text)
			continue
		}
		e := Emit{Event: name.Text}
		seen := map[string]bool{}
		for _, f := range item.Fields {
			if f.Name == "event" {
				continue
			}
			if seen[f.Name] {
				r.Add(f.Pos, "keep one of them", "field %q is written twice", f.Name)
			}
			seen[f.Name] = true
			kind, free := expr.Missing, def.Name == "traits.updated" || def.Name == "patient.created" || def.Name == "patient.updated" || def.Name == "person.registered"
			i := slices.IndexFunc(def.Fields, func(d event.FieldDef) bool { return d.Name == f.Name })
			if i >= 0 {
				kind = def.Fields[i].Type
			} else if !free {
				var names []string
				for _, d := range def.Fields {
					names = append(names, d.Name)
				}
				r.Add(f.Pos, source.Suggest(f.Name, names), "%s has no field %q", def.Name, f.Name)
				continue
			}
			e.Fields = append(e.Fields, FieldDraw{f.Name, r.value(f.Value, f.Name, kind)})
		}
		out = append(out, e)
	}
	return out
}

func (r *reader) response(n *source.Node) {
	re := &r.w.Response
	re.Keep, re.Lasts, re.Acts, re.Strategies = 1, 7*instant.Day, Delay{Mean: instant.Day}, map[stage.Stage][]string{}
	if n == nil || !r.fields(n, "response", []string{"channels"}, "effect", "eases", "lasts", "acts", "fits", "moves", "habituation", "opt_out", "variants") {
		return
	}
	pair := func(name string) (fits, other float64) {
		v := n.Get(name)
		if v == nil || !r.fields(v, name, []string{"fits", "other"}) {
			return 0, 0
		}
		return r.share(v.Get("fits"), "fits"), r.share(v.Get("other"), "other")
	}
	re.Fits, re.Other = pair("effect")
	re.MovesFit, re.MovesOther = pair("moves")
	if v := n.Get("eases"); v != nil {
		re.Eases = r.share(v, "eases")
	}
	if v := n.Get("lasts"); v != nil {
		re.Lasts = r.duration(v, "lasts")
	}
	if v := n.Get("acts"); v != nil {
		re.Acts = r.delay(v, "acts")
	}
	for _, s := range r.entries(n.Get("fits"), "fits") {
		if from, ok := r.stage(s); ok {
			for _, word := range r.words(s.Value, "strategies") {
				if !slices.Contains(r.strategies, word.Text) {
					r.Add(word.Pos, source.Suggest(word.Text, r.used()), "no variant has the strategy %q, and no engagement uses it as its process", word.Text)
				}
				re.Strategies[from] = append(re.Strategies[from], word.Text)
			}
		}
	}
	if v := n.Get("habituation"); v != nil && r.fields(v, "habituation", []string{"keep", "zero"}) {
		re.Keep, re.Zero = r.share(v.Get("keep"), "keep"), r.number(v.Get("zero"), "zero", 0.1, 1000)
	}
	r.variantEffects(n.Get("variants"))
	if v := n.Get("opt_out"); v != nil && r.fields(v, "opt_out", []string{"each"}, "dose") {
		re.OptOut = r.share(v.Get("each"), "each")
		if dose := v.Get("dose"); dose != nil {
			re.OptOutDose = r.number(dose, "dose", 0, 100)
		}
	}
	for _, f := range r.entries(n.Get("channels"), "channels") {
		c := Channel{Name: f.Name}
		if !r.fields(f.Value, "a channel", []string{"opens"}, "bounces", "within", "clicks", "replies") {
			continue
		}
		for _, s := range []struct {
			name string
			to   *float64
		}{{"bounces", &c.Bounces}, {"opens", &c.Opens}, {"clicks", &c.Clicks}, {"replies", &c.Replies}} {
			if v := f.Value.Get(s.name); v != nil {
				*s.to = r.share(v, s.name)
			}
		}
		if v := f.Value.Get("within"); v != nil {
			c.Within = r.delay(v, "within")
		}
		re.Channels = append(re.Channels, c)
	}
}

// variantEffects reads by what the effects of single wordings are multiplied.
func (r *reader) variantEffects(n *source.Node) {
	for _, e := range r.entries(n, "variants") {
		if !slices.Contains(r.engagements, e.Name) {
			r.Add(e.Pos, source.Suggest(e.Name, r.engagements), "there is no engagement %q", e.Name)
			continue
		}
		var known []string
		for i, name := range r.engagements {
			if name == e.Name { // of several programs, or of two versions of one
				known = append(known, r.variants[i]...)
			}
		}
		for _, v := range r.entries(e.Value, "the variants of an engagement") {
			if !slices.Contains(known, v.Name) {
				r.Add(v.Pos, source.Suggest(v.Name, known), "engagement %q has no variant %q", e.Name, v.Name)
			}
			r.w.Response.Variants = append(r.w.Response.Variants, VariantEffect{e.Name, v.Name, r.number(v.Value, "what a variant's effect is multiplied by", 0, 10)})
		}
	}
}

// answers reads what becomes of requests; those of a kind that is not there are never answered.
func (r *reader) answers(n *source.Node) {
	r.w.Answers.Ask.Behavior = -1
	if n == nil || !r.fields(n, "answers", nil, "ask", "task", "refer", "call") {
		return
	}
	referrals := []string{"accepted", "declined", "scheduled", "closed"}
	for _, kind := range []struct {
		name   string
		to     *Answer
		known  []string
		fields []string
	}{
		{"ask", &r.w.Answers.Ask, nil, []string{"within", "behavior", "scores"}}, {"task", &r.w.Answers.Task, nil, []string{"within", "outcomes"}},
		{"refer", &r.w.Answers.Refer, referrals, []string{"within", "outcomes"}}, {"call", &r.w.Answers.Call, nil, []string{"within", "outcomes"}},
	} {
		v := n.Get(kind.name)
		if v == nil || !r.fields(v, "the answer to "+kind.name, []string{"share"}, kind.fields...) {
			continue
		}
		kind.to.Share = r.share(v.Get("share"), "share")
		if within := v.Get("within"); within != nil {
			kind.to.Within = r.delay(within, "within")
		}
		if outcomes := v.Get("outcomes"); outcomes != nil {
			kind.to.Outcomes = r.mix(outcomes, "outcomes", kind.known)
		}
		if b := v.Get("behavior"); b != nil {
			kind.to.Behavior = r.behavior(b)
		}
		for _, s := range r.entries(v.Get("scores"), "scores") {
			if stage, ok := r.stage(s); ok {
				kind.to.Scores[stage-1] = r.number(s.Value, "a score", 0, 1000)
			}
		}
		if v.Get("scores") != nil && v.Get("behavior") == nil {
			r.Add(v.Pos, "add behavior: and which", "scores are those of a behavior's stages")
		}
	}
}

// behavior reads a behavior's name.
func (r *reader) behavior(n *source.Node) int {
	var names []string
	for i := range r.w.Behaviors {
		names = append(names, r.w.Behaviors[i].ID)
	}
	i := slices.Index(names, n.Text)
	if i < 0 {
		r.Add(n.Pos, source.Suggest(n.Text, names), "there is no behavior %q", n.Text)
	}
	return i
}

// used are the strategies that variants have, each once.
func (r *reader) used() []string {
	out := slices.Clone(r.strategies)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}
