package simulate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
)

// DerivedName is the file that a derived world is said to stand in.
const DerivedName = "(derived from the program)"

// Derive writes a world for programs that have none: every event that a rule mentions happens to
// most people now and then, what lets somebody into a program happens to nearly everybody early on,
// and what ends it happens rarely. Values are the catalogue's examples and whatever the program
// compares with. It says nothing of how messages work, since a program does not either. The text is
// a world like any other, for a team to go on from.
func Derive(days int, releases ...*release.Release) string {
	d := deriver{values: map[string][]string{}, often: map[string]bool{}}
	for _, rel := range releases {
		for _, p := range rel.Programs {
			d.program(p)
		}
	}
	for _, rel := range releases {
		d.rules(rel)
	}
	return d.text(days, releases)
}

type deriver struct {
	// values are what conditions compare a field with, by the field's name, as YAML.
	values map[string][]string
	// often are events that happen now and then; first and rare are those that let people in and end
	// something, with the values that do.
	often       map[string]bool
	first, rare []Emit
}

// program looks for the values that conditions compare with.
func (d *deriver) program(p *program.Program) {
	conditions := func(t *expr.Trigger) {
		for _, text := range []string{t.Where, t.State, t.Absent.Where, t.Absent.AfterWhere} {
			d.compared(text, p.ValueSets)
		}
	}
	for _, t := range triggers(p) {
		conditions(t)
	}
}

// triggers are all conditions of a program that decide what people do in it.
func triggers(p *program.Program) []*expr.Trigger {
	out := []*expr.Trigger{&p.Enroll, &p.Leave}
	for i := range p.Signals {
		out = append(out, &p.Signals[i].Trigger)
	}
	for i := range p.Audiences {
		out = append(out, &p.Audiences[i].When)
	}
	for i := range p.Outcomes {
		out = append(out, &p.Outcomes[i].Is)
	}
	for i := range p.Map.Phases {
		out = append(out, &p.Map.Phases[i].Enter, &p.Map.Phases[i].Leave)
	}
	for i := range p.Map.Exits {
		out = append(out, &p.Map.Exits[i].On)
	}
	for i := range p.Map.Moments {
		out = append(out, &p.Map.Moments[i].Seen)
	}
	for i := range p.Engagements {
		out = append(out, &p.Engagements[i].When)
	}
	for i := range p.Journeys {
		j := &p.Journeys[i]
		out = append(out, &j.Enter)
		for k := range j.Goals {
			out = append(out, &j.Goals[k].Is)
		}
		for k := range j.Interrupts {
			out = append(out, &j.Interrupts[k].Is)
		}
	}
	return out
}

var (
	textsIn   = regexp.MustCompile(`"[^"\\]*"|'[^'\\]*'`)
	fieldsIn  = regexp.MustCompile(`\b[a-z_]\w*\.([a-z_]\w*)`)
	compareIn = regexp.MustCompile(`\b[a-z_]\w*\.([a-z_]\w*)\s*(?:==|!=|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)`)
)

// compared notes the values of a condition. Texts, and codes of the sets that it names, are offered to
// every field that the condition names, since which belongs to which takes more than a look; numbers,
// and what lies to both sides of them, to the field they stand beside.
func (d *deriver) compared(condition string, sets []program.ValueSet) {
	offer := func(field, value string) {
		if !slices.Contains(d.values[field], value) && len(d.values[field]) < 12 {
			d.values[field] = append(d.values[field], value)
		}
	}
	for _, m := range compareIn.FindAllStringSubmatch(condition, -1) {
		if n, err := strconv.ParseFloat(m[2], 64); err == nil {
			for _, x := range []float64{n, n - 1, n + 1} {
				offer(m[1], plain(x))
			}
		}
	}
	texts := textsIn.FindAllString(condition, -1)
	for _, m := range fieldsIn.FindAllStringSubmatch(textsIn.ReplaceAllString(condition, `""`), -1) {
		for _, text := range texts {
			text = text[1 : len(text)-1]
			if i := slices.IndexFunc(sets, func(v program.ValueSet) bool { return v.ID == text }); i >= 0 {
				for _, code := range sets[i].Codes[:min(3, len(sets[i].Codes))] {
					offer(m[1], quoted(code))
				}
				continue
			}
			offer(m[1], quoted(text))
		}
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// rules sorts the events that rules mention into what is often, first and rare.
func (d *deriver) rules(rel *release.Release) {
	for i := range rel.Rules {
		r := &rel.Rules[i]
		if !r.Trigger.Pulse() {
			for _, name := range r.Trigger.Rule.Events {
				d.often[name] = true
			}
			continue
		}
		def, known := rel.Catalogue.Find(r.Trigger.On)
		if !known {
			continue
		}
		switch r.Target {
		case release.Enroll:
			d.first = append(d.first, d.matching(def, r.Trigger.Where))
		case release.Leave, release.Exit:
			d.rare = append(d.rare, d.matching(def, r.Trigger.Where))
		default:
			d.often[def.Name] = true
		}
	}
}

// maxTries bounds the search for values that a condition accepts.
const maxTries = 2000

// matching finds values of an event's fields that a condition accepts, among those it may be about.
func (d *deriver) matching(def event.Definition, where expr.Filter) Emit {
	choices := make([][]expr.Value, len(def.Fields))
	for i, f := range def.Fields {
		for _, text := range d.choices(f) {
			if v, ok := valueOf(text, f.Type); ok {
				choices[i] = append(choices[i], v)
			}
		}
	}
	at := make([]int, len(choices))
	for range maxTries {
		e, out := event.Event{Name: def.Name}, Emit{Event: def.Name}
		for i, f := range def.Fields {
			if at[i] < len(choices[i]) {
				v := choices[i][at[i]]
				e = e.With(f.Name, v)
				out.Fields = append(out.Fields, FieldDraw{f.Name, ValueDraw{Type: f.Type, OneOf: []expr.Value{v}}})
			}
		}
		if where.Match(&e) {
			return out
		}
		i := 0
		for ; i < len(at); i++ {
			if at[i]++; at[i] < len(choices[i]) {
				break
			}
			at[i] = 0
		}
		if i == len(at) {
			break
		}
	}
	return Emit{Event: def.Name}
}

// choices are the values a field may have, as YAML: the catalogue's example first.
func (d *deriver) choices(f event.FieldDef) []string {
	out := []string{}
	if f.Type != expr.Moment && f.Example != "" {
		out = append(out, f.Example)
	}
	for _, v := range d.values[f.Name] {
		if f.Type == expr.List {
			v = "[" + v + "]"
		}
		if _, ok := valueOf(v, f.Type); ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// valueOf reads a value that JSON and YAML write alike.
func valueOf(text string, kind expr.Type) (expr.Value, bool) {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return expr.Value{}, false
	}
	switch x := v.(type) {
	case string:
		return expr.TextOf(x), kind == expr.Text
	case bool:
		return expr.FlagOf(x), kind == expr.Flag
	case float64:
		if kind == expr.Integer {
			return expr.IntegerOf(int64(x)), x == float64(int64(x))
		}
		return expr.NumberOf(x), kind == expr.Number
	case []any:
		var list []string
		for _, item := range x {
			s, ok := item.(string)
			if !ok {
				return expr.Value{}, false
			}
			list = append(list, s)
		}
		return expr.ListOf(list...), kind == expr.List
	}
	return expr.Value{}, false
}

// text writes the world.
func (d *deriver) text(days int, releases []*release.Release) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Derived from what the program's rules mention. Every number is made up; change what you know better.")
	p("world: derived")
	p("says: %s", quoted("Derived from what the program's rules mention: events come at random and messages change nobody's behaviour."))
	p("people:")
	zones, languages, purposes, channels := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, rel := range releases {
		for _, pr := range rel.Programs {
			zones[pr.Policy.Zone]++
			for _, l := range pr.Languages {
				languages[l]++
			}
			for i := range pr.Engagements {
				purposes[pr.Engagements[i].Purpose]++
				for _, v := range pr.Engagements[i].Variants {
					for _, text := range v.Texts {
						channels[text.Channel]++
					}
				}
			}
		}
	}
	p("  zones: %s", flow1(zones, "1"))
	p("  languages: %s", flow1(languages, "1"))
	p("  channels: %s", flow1(channels, "0.95"))
	p("  birth_years: {from: 1940, to: 2000}")
	p("  arrive: {within: %dd}", max(1, days/6))
	p("  consent: %s", flow1(purposes, "{granted: 0.7, denied: 0.05}"))
	p("life:")
	life := func(id, wait, every, share, emit string) {
		p("  - id: %s\n    wait: %s%s%s\n    emit: %s", id, wait, every, share, emit)
	}
	for i, e := range d.first {
		life(fmt.Sprintf("comes_in_%d", i+1), fmt.Sprintf("{within: %dd}", max(1, days/12)), "", "\n    share: 0.95", d.emit(e))
	}
	regular := 0
	for _, name := range d.regular(releases[0].Catalogue) {
		def, _ := releases[0].Catalogue.Find(name)
		regular++
		life(strings.NewReplacer(".", "_").Replace(name), "{within: 30d}", "\n    every: {mean: 21d}", "\n    share: 0.8", d.mixed(def))
	}
	for i, e := range d.rare {
		life(fmt.Sprintf("ends_%d", i+1), fmt.Sprintf("{mean: %dd}", 30*max(1, days)), "", "", d.emit(e))
	}
	if len(d.first)+regular+len(d.rare) == 0 {
		life("lives", "0d", "\n    every: {mean: 21d}", "", "portal.visited")
	}
	p("response:\n  habituation: {keep: 0.9, zero: 8.5}\n  opt_out: {each: 0.003, dose: 0.5}\n  channels:")
	for _, c := range program.Channels() {
		p("    %s: {bounces: 0.015, opens: 0.5, within: {mean: 8h}, clicks: 0.2, replies: 0.02}", c)
	}
	p("answers:\n  ask: {share: 0.5, within: {mean: 2d}}\n  task: {share: 0.85, within: {mean: 1d}}\n  refer: {share: 0.8, within: {mean: 6d}, outcomes: {accepted: 8, declined: 2}}\n  call: {share: 0.98, within: 1m}")
	return b.String()
}

// regular are the events that happen now and then: not those that the reading of messages makes, nor
// what is said at arrival, nor the words of consent and the end of life.
func (d *deriver) regular(catalogue *event.Catalogue) (names []string) {
	for _, name := range catalogue.Names() {
		switch name {
		case "traits.updated", "patient.created", "patient.updated", "patient.deceased", "person.registered":
			continue
		}
		if d.often[name] && !strings.HasPrefix(name, "message.") && !strings.HasPrefix(name, "consent.") {
			names = append(names, name)
		}
	}
	return names
}

// emit writes an event with the values it has.
func (d *deriver) emit(e Emit) string {
	out := "{event: " + e.Event
	for _, f := range e.Fields {
		out += ", " + f.Name + ": " + written(f.Draw.OneOf[0])
	}
	return out + "}"
}

func written(v expr.Value) string {
	if v.Type == expr.List {
		parts := make([]string, len(v.List))
		for i, s := range v.List {
			parts[i] = quoted(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if v.Type == expr.Text {
		return quoted(v.Text)
	}
	return v.String()
}

// mixed writes an event whose fields have any of their values.
func (d *deriver) mixed(def event.Definition) string {
	out := "{event: " + def.Name
	for _, f := range def.Fields {
		if f.Type == expr.Moment {
			out += ", " + f.Name + ": {within: 14d}"
			continue
		}
		switch choices := d.choices(f); len(choices) {
		case 0:
		case 1:
			out += ", " + f.Name + ": " + choices[0]
		default:
			out += ", " + f.Name + ": {one_of: [" + strings.Join(choices, ", ") + "]}"
		}
	}
	return out + "}"
}

// flow1 writes a map of one value on one line, by name.
func flow1(names map[string]int, value string) string {
	keys := make([]string, 0, len(names))
	for k := range names {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare)
	for i, k := range keys {
		keys[i] = k + ": " + value
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// Derived is the world that [Derive] writes, read.
func Derived(days int, releases ...*release.Release) (*World, error) {
	w, problems := Read(DerivedName, []byte(Derive(days, releases...)), releases...)
	if w == nil {
		return nil, fmt.Errorf("derive a world: %s", problems[0])
	}
	w.Derived = true
	return w, nil
}

// DefaultDays is how long people are watched where nobody says; Start is from when on.
const DefaultDays = 180

// Start is when a simulation begins where nobody says: a fixed day, so that the same command gives
// the same numbers in any year.
const Start instant.Time = 1_798_761_600_000 // 2027-01-01T00:00:00Z
