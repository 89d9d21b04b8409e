package program

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"attune/core/consent"
	"attune/core/content"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/policy"
	"attune/core/source"
)

// Folder is a program as written: its YAML files as trees and its content files as text.
type Folder struct {
	// Name is what the folder is called, for problems that stand in no file.
	Name string
	// Trees holds each YAML file's root by its path within the folder, with slashes.
	Trees map[string]*source.Node
	// Texts holds every file's bytes by its path, the YAML ones too: the hash is made over them.
	Texts map[string]string
}

// Read makes a program of a folder, or says everything that is wrong with it. Zones is needed to
// know which time zones exist. Expressions are checked by release.Compile.
func Read(f Folder, zones *instant.Zones) (*Program, []source.Problem) {
	r := &folderReader{folder: f, p: &Program{Hash: hash(f.Texts)}}
	r.strangers()
	r.program()
	r.events()
	r.journeyMap()
	r.signals()
	r.valueSets()
	r.policy(zones)
	r.content()
	for _, path := range r.under("engagements/") {
		r.engagement(f.Trees[path])
	}
	for _, path := range r.under("journeys/") {
		r.journey(f.Trees[path])
	}
	r.crossCheck()
	if !r.Empty() {
		return nil, r.List()
	}
	return r.p, nil
}

type folderReader struct {
	reader
	folder Folder
	p      *Program
}

func hash(texts map[string]string) string {
	paths := make([]string, 0, len(texts))
	for path := range texts {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	h := sha256.New()
	for _, path := range paths {
		fmt.Fprintf(h, "%s %d\n%s\n", path, len(texts[path]), texts[path])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// strangers notes files that mean nothing, since a misspelt file name would otherwise be silent.
func (r *folderReader) strangers() {
	known := []string{"program.yaml", "map.yaml", "signals.yaml", "policy.yaml", eventsFile, valueSetsFile}
	for _, path := range sortedKeys(r.folder.Texts) {
		switch dir, _, nested := strings.Cut(path, "/"); {
		case slices.Contains(known, path), path == "README.md":
		case nested && (dir == "engagements" || dir == "journeys") && strings.HasSuffix(path, ".yaml") && strings.Count(path, "/") == 1:
		case nested && dir == "content":
		default:
			r.Add(source.Pos{File: path}, source.Suggest(path, known), "a program has no file of this name")
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (r *folderReader) under(dir string) []string {
	var out []string
	for _, path := range sortedKeys(r.folder.Trees) {
		if strings.HasPrefix(path, dir) {
			out = append(out, path)
		}
	}
	return out
}

func (r *folderReader) file(name string) *source.Node {
	n := r.folder.Trees[name]
	if n == nil {
		r.Add(source.Pos{File: name}, "add the file", "the program has no %s, or it is empty", name)
	}
	return n
}

func (r *folderReader) program() {
	n := r.file("program.yaml")
	if !r.fields(n, "the program", []string{"program", "name", "languages", "enroll"}, "leave") {
		return
	}
	r.p.Pos = n.Pos
	r.p.ID = r.name(n.Get("program"), "a program")
	r.p.Name = r.text(n.Get("name"), "the program's name")
	r.p.Languages = r.words(n.Get("languages"), "languages")
	r.p.Enroll = r.trigger(n.Get("enroll"), "enroll")
	if leave := n.Get("leave"); leave != nil {
		r.p.Leave = r.trigger(leave, "leave")
	}
}

// trigger reads one of the three forms.
func (r *folderReader) trigger(n *source.Node, what string) expr.Trigger {
	const forms = `write {on: an.event}, a condition such as 'count("portal.visited", "7d") < 1', or {absent: an.event, after: an.event, for: days(5)}`
	if n == nil {
		return expr.Trigger{}
	}
	t := expr.Trigger{Pos: n.Pos}
	switch {
	case n.Kind == source.Scalar && n.Text != "":
		t.State, t.StatePos = n.Text, inside(n)
	case n.Get("on") != nil:
		r.fields(n, what, []string{"on"}, "where", "max_age")
		t.On = r.text(n.Get("on"), "on")
		if t.On != "" {
			t.Pos = n.Get("on").Pos
		}
		if where := n.Get("where"); where != nil {
			t.Where, t.WherePos = r.text(where, "where"), inside(where)
		}
	case n.Get("absent") != nil:
		r.fields(n, what, []string{"absent", "after", "for"}, "where", "after_where", "key", "max_age")
		t.Absent = expr.AbsenceSpec{
			Absent: r.text(n.Get("absent"), "absent"), After: r.text(n.Get("after"), "after"), For: r.text(n.Get("for"), "for"),
		}
		t.Parts = map[string]source.Pos{}
		for _, f := range n.Fields {
			t.Parts[f.Name] = inside(f.Value)
		}
		if where := n.Get("where"); where != nil {
			t.Absent.Where = r.text(where, "where")
		}
		if where := n.Get("after_where"); where != nil {
			t.Absent.AfterWhere = r.text(where, "after_where")
		}
		if key := n.Get("key"); key != nil {
			t.Absent.Key = r.text(key, "key")
		}
	case n.Get("when") != nil:
		r.fields(n, what, []string{"when"}, "max_age")
		t.State, t.StatePos = r.text(n.Get("when"), "when"), inside(n.Get("when"))
	default:
		r.Add(n.Pos, forms, "%s is not a trigger", what)
		return t
	}
	if age := n.Get("max_age"); age != nil {
		t.MaxAge = r.duration(age, "max_age")
	}
	return t
}

// inside is where a scalar's text begins: after its quote, if it has one.
func inside(n *source.Node) source.Pos {
	pos := n.Pos
	if n.Quoted {
		pos.Column++
	}
	return pos
}

func (r *folderReader) journeyMap() {
	n := r.file("map.yaml")
	if !r.fields(n, "the map", []string{"phases"}, "exits") {
		return
	}
	seen := map[string]source.Pos{}
	for _, item := range r.items(n.Get("phases"), "phases") {
		if !r.fields(item, "a phase", []string{"id", "name", "enter"}, "says") {
			continue
		}
		phase := journeymap.Phase{
			ID: r.name(item.Get("id"), "a phase"), Name: r.text(item.Get("name"), "the phase's name"), Pos: item.Pos,
			Enter: r.trigger(item.Get("enter"), "enter"),
		}
		if says := item.Get("says"); says != nil {
			phase.Says = r.text(says, "says")
		}
		r.unique(seen, phase.ID, item.Pos, "phase")
		r.p.Map.Phases = append(r.p.Map.Phases, phase)
	}
	exits := n.Get("exits")
	if exits == nil {
		return
	}
	if exits.Kind != source.Map {
		r.Add(exits.Pos, "write them as exits: {died: {on: patient.deceased}}", "exits is not a set of fields")
		return
	}
	for _, f := range exits.Fields {
		r.checkName(f.Name, f.Pos, "an exit")
		r.unique(seen, f.Name, f.Pos, "exit")
		r.p.Map.Exits = append(r.p.Map.Exits, journeymap.Exit{ID: f.Name, Pos: f.Pos, On: r.trigger(f.Value, "exit "+f.Name)})
	}
}

func (r *folderReader) signals() {
	n := r.folder.Trees["signals.yaml"]
	if n == nil || !r.fields(n, "signals.yaml", []string{"signals"}) {
		return
	}
	list := n.Get("signals")
	if list == nil {
		return
	}
	if list.Kind != source.Map {
		r.Add(list.Pos, "write each as name: trigger", "signals is not a set of fields")
		return
	}
	seen := map[string]source.Pos{}
	for _, f := range list.Fields {
		r.checkName(f.Name, f.Pos, "a signal")
		r.unique(seen, f.Name, f.Pos, "signal")
		r.p.Signals = append(r.p.Signals, Signal{ID: f.Name, Pos: f.Pos, Trigger: r.trigger(f.Value, "signal "+f.Name)})
	}
}

func (r *folderReader) policy(zones *instant.Zones) {
	n := r.file("policy.yaml")
	if !r.fields(n, "the policy", []string{"zone", "contact_hours", "caps", "consent", "sender"}) {
		return
	}
	pol := &r.p.Policy
	pol.Sender = r.text(n.Get("sender"), "sender")
	pol.Zone = r.text(n.Get("zone"), "zone")
	if _, known := zones.Find(pol.Zone); !known && pol.Zone != "" {
		r.Add(n.Get("zone").Pos, "write an IANA name such as Europe/Berlin", "there is no time zone %q", pol.Zone)
	}
	if hours := n.Get("contact_hours"); r.fields(hours, "contact_hours", []string{"from", "to"}) {
		pol.Hours = policy.Hours{From: r.clock(hours.Get("from"), "from"), To: r.clock(hours.Get("to"), "to")}
		if hours.Get("from") != nil && hours.Get("to") != nil && pol.Hours.To < pol.Hours.From+10*instant.Minute {
			r.Add(hours.Pos, `write them as {from: "08:00", to: "21:00"}`, "contact hours must last at least ten minutes within one day")
		}
	}
	for _, item := range r.items(n.Get("caps"), "caps") {
		if limit, ok := r.limit(item, "a cap"); ok {
			pol.Caps = append(pol.Caps, limit)
		}
	}
	r.consent(n.Get("consent"))
}

func (r *folderReader) limit(n *source.Node, what string) (policy.Cap, bool) {
	if !r.fields(n, what, []string{"count", "within"}) {
		return policy.Cap{}, false
	}
	return policy.Cap{Count: r.count(n.Get("count"), "count"), Within: r.duration(n.Get("within"), "within")}, true
}

func (r *folderReader) consent(n *source.Node) {
	if !r.fields(n, "consent", []string{"jurisdiction"}, "without_record") {
		return
	}
	d := consent.Defaults{Jurisdiction: r.text(n.Get("jurisdiction"), "jurisdiction")}
	if without := n.Get("without_record"); without != nil {
		if without.Kind != source.Map {
			r.Add(without.Pos, "write it as {treatment_support: [email]}", "without_record is not a set of fields")
			return
		}
		for _, f := range without.Fields {
			d.WithoutRecord = append(d.WithoutRecord, consent.PurposeDefault{Purpose: f.Name, Channels: r.words(f.Value, "channels")})
		}
		slices.SortFunc(d.WithoutRecord, func(a, b consent.PurposeDefault) int { return strings.Compare(a.Purpose, b.Purpose) })
	}
	r.p.Policy.Consent = d
}

// content reads templates: content/CHANNEL/NAME.LANGUAGE.liquid.
func (r *folderReader) content() {
	for _, path := range sortedKeys(r.folder.Texts) {
		rest, isContent := strings.CutPrefix(path, "content/")
		if !isContent {
			continue
		}
		channel, file, _ := strings.Cut(rest, "/")
		parts := strings.Split(file, ".")
		if len(parts) != 3 || parts[2] != "liquid" || parts[0] == "" {
			r.Add(source.Pos{File: path}, "name it content/email/refill-warm.en.liquid", "content is named by channel, name and language")
			continue
		}
		t, problems := content.Parse(parts[0], channel, parts[1], path, r.folder.Texts[path])
		for _, p := range problems {
			r.Add(p.Pos, p.Hint, "%s", p.What)
		}
		if t != nil {
			r.p.Content = append(r.p.Content, t)
		}
	}
	slices.SortFunc(r.p.Content, func(a, b *content.Template) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Language, b.Language))
	})
}
