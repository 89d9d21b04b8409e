package program

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"attune/core/content"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/source"
	"attune/core/words"
)

// Folder is a program as written: its YAML files as trees and its content files as text.
type Folder struct {
	// Name is what the folder is called, for problems that stand in no file.
	Name string
	// Trees holds each YAML file's root by its path within the folder, with slashes.
	Trees map[string]*source.Node
	// Texts holds every file's bytes by its path, the YAML ones too: the hash is made over them.
	Texts map[string]string
	// Standards names those that could be named, for suggestions.
	Standards []string
}

// World is the file that may stand in a program's folder and is no part of the program: the made-up
// world that simulations of it live in. Changing it changes nothing for anybody, so it is not hashed.
const World = "world.yaml"

// Stories is the folder of a program's own tests: what is heard of a person, and what follows. They are
// no part of the program either.
const Stories = "stories/"

// isStory tells the files of that folder.
func isStory(path string) bool {
	name, inside := strings.CutPrefix(path, Stories)
	return inside && strings.HasSuffix(name, ".txtar") && !strings.Contains(name, "/")
}

// Read makes a program of a folder, or says everything that is wrong with it. Zones is needed to
// know which time zones exist. Expressions are checked by release.Compile.
func Read(f Folder, zones *instant.Zones) (*Program, []source.Problem) {
	return read(f, zones, false)
}

// ReadDraft reads a program that need not be approved: whatever is wrong with approvals of its texts is
// passed over, so that they can be looked at and given.
func ReadDraft(f Folder, zones *instant.Zones) (*Program, []source.Problem) {
	return read(f, zones, true)
}

// Look reads a draft as far as it can be read: what there is of it, beside what is wrong. It is for looking at alone; nothing runs that is
// wrong. There is none where its format is not known.
func Look(f Folder, zones *instant.Zones) (*Program, []source.Problem) {
	r := reader(f, zones)
	if r.p.Standings == nil {
		return nil, r.List()
	}
	return r.p, r.List()
}

func read(f Folder, zones *instant.Zones, draft bool) (*Program, []source.Problem) {
	r := reader(f, zones)
	if !draft {
		for _, p := range r.unapproved.List() {
			r.Add(p.Pos, p.Hint, "%s", p.What)
		}
	}
	if !r.Empty() {
		return nil, r.List()
	}
	return r.p, nil
}

// reader reads all of a folder, and notes what is wrong with it.
func reader(f Folder, zones *instant.Zones) *folderReader {
	r := &folderReader{folder: f, p: &Program{Hash: HashOf(f.Texts), Files: f.Texts, Format: 1}}
	if !r.format() {
		return r
	}
	r.folder = upgrade(r.folder, r.p.Format)
	r.strangers()
	r.program()
	r.standards()
	r.events()
	r.journeyMap()
	r.signals()
	r.audiences()
	r.behaviors()
	r.outcomes()
	r.valueSets()
	r.words()
	r.policy(zones)
	r.costs()
	r.content()
	r.frames()
	r.voice()
	for _, path := range r.under("engagements/") {
		r.engagement(r.folder.Trees[path])
	}
	r.questionnaires()
	for _, path := range r.under("journeys/") {
		r.journey(r.folder.Trees[path])
	}
	r.crossCheck()
	r.approvals(zones)
	return r
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// HashOf is the SHA-256 over all files of a folder but World and Stories, in hexadecimal.
func HashOf(texts map[string]string) string {
	h := sha256.New()
	for _, path := range sortedKeys(texts) {
		if path == World || isStory(path) {
			continue
		}
		fmt.Fprintf(h, "%s %d\n%s\n", path, len(texts[path]), texts[path])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// format finds the version of the language the program is written in; false tells that it is newer than
// any that is known, so that nothing else can be said of the program.
func (r *folderReader) format() bool {
	n := r.folder.Trees["program.yaml"].Get("format")
	if k := form.CountOf(n); k > Format {
		r.Add(n.Pos, "take a newer Attune, or write the program in format "+strconv.Itoa(Format),
			"the program is written in format %d, and this version of Attune reads formats 1 to %d", k, Format)
		return false
	} else if k > 0 {
		r.p.Format = k
	}
	return true
}

// strangers notes files that mean nothing, since a misspelt file name would otherwise be silent.
func (r *folderReader) strangers() {
	documents := Documents()
	var known []string
	for _, d := range documents {
		if !strings.Contains(d.File, "*") {
			known = append(known, d.File)
		}
	}
	known = append(known, World)
	for _, path := range sortedKeys(r.folder.Texts) {
		if path == "README.md" || path == World || isStory(path) || strings.HasPrefix(path, "content/") ||
			slices.ContainsFunc(documents, func(d form.Document) bool { return d.Holds(path) }) {
			if strings.HasPrefix(path, Standards) {
				r.unnamed(path)
			}
			continue
		}
		hint := cmp.Or(source.Suggest(path, known), "known are "+strings.Join(known, ", "))
		if strings.HasPrefix(path, Stories) {
			hint = "name it stories/first-weeks.txtar"
		}
		if stem, wrong := strings.CutSuffix(path, ".yml"); wrong {
			hint = "name it " + stem + ".yaml"
		}
		r.Add(source.Pos{File: path}, hint, "a program has no file of this name")
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

func (r *folderReader) program() {
	n := r.file("program.yaml", programForm())
	if n == nil {
		return
	}
	r.p.Pos = n.Pos
	r.p.ID, r.p.Name = form.TextOf(n.Get("program")), form.TextOf(n.Get("name"))
	r.p.People, r.p.Languages = texts(n.Get("people")), texts(n.Get("languages"))
	r.p.Enroll, r.p.Leave = trigger(n.Get("enroll")), trigger(n.Get("leave"))
	for _, field := range []string{"standards", "people", "languages"} {
		seen := map[string]source.Pos{}
		for _, item := range form.ItemsOf(n.Get(field)) {
			if s := form.TextOf(item); s != "" {
				if _, twice := seen[s]; twice {
					r.Add(item.Pos, "take one of them out", "%s names %q twice", field, s)
				}
				seen[s] = item.Pos
			}
		}
	}
}

func (r *folderReader) signals() {
	n := r.optional("signals.yaml", signalsForm())
	for _, f := range fields(n.Get("signals")) {
		r.p.Signals = append(r.p.Signals, Signal{ID: f.Name, Pos: f.Pos, Trigger: trigger(f.Value)})
	}
}

func (r *folderReader) audiences() {
	n := r.optional("audiences.yaml", audiencesForm())
	for _, f := range fields(n.Get("audiences")) {
		a := Audience{ID: f.Name, Pos: f.Pos, Says: form.TextOf(f.Value.Get("says"))}
		if f.Value.Kind == source.Scalar {
			a.When = trigger(f.Value)
		} else {
			a.When = trigger(f.Value.Get("when"))
		}
		r.p.Audiences = append(r.p.Audiences, a)
	}
}

func (r *folderReader) outcomes() {
	n := r.optional("outcomes.yaml", outcomesForm())
	for _, f := range fields(n.Get("outcomes")) {
		r.p.Outcomes = append(r.p.Outcomes, Outcome{
			ID: f.Name, Pos: f.Pos, Name: form.TextOf(f.Value.Get("name")),
			Is: trigger(f.Value.Get("is")), Within: form.DurationOf(f.Value.Get("within")), Value: form.NumberOf(f.Value.Get("value")),
			Kind: cmp.Or(form.TextOf(f.Value.Get("kind")), Measures()[0]),
		})
	}
	r.measures(n)
}

// costs reads what the program costs. What a channel costs is said in one place.
func (r *folderReader) costs() {
	n := r.folder.Trees["outcomes.yaml"].Get("costs")
	c := &r.p.Costs
	c.Unit, c.Month, c.Person = form.TextOf(n.Get("unit")), form.NumberOf(n.Get("month")), form.NumberOf(n.Get("person"))
	learning := r.p.Policy.Learning
	if learning != nil {
		c.Messages = slices.Clone(learning.Costs)
	}
	for _, f := range fields(n.Get("messages")) {
		if learning != nil && slices.ContainsFunc(learning.Costs, func(x policy.Cost) bool { return x.Channel == f.Name }) {
			r.Add(f.Pos, "leave it out here", "the policy says already what %s costs, and messages are chosen by that", f.Name)
		}
		c.Messages = append(c.Messages, policy.Cost{Channel: f.Name, Value: form.NumberOf(f.Value)})
	}
}

// measures reads what is measured; kinds with a scale of their own have no other.
func (r *folderReader) measures(n *source.Node) {
	for _, f := range fields(n.Get("measures")) {
		m := Measure{
			ID: f.Name, Pos: f.Pos, Name: cmp.Or(form.TextOf(f.Value.Get("name")), f.Name), Unit: form.TextOf(f.Value.Get("unit")),
			Is: trigger(f.Value.Get("is")), Value: form.FieldOf(f.Value.Get("value")), Kind: form.TextOf(f.Value.Get("kind")),
			Lower: form.TextOf(f.Value.Get("better")) == "lower", Matters: form.NumberOf(f.Value.Get("matters")),
			Moment: form.FieldOf(f.Value.Get("moment")), Code: form.FieldOf(f.Value.Get("code")),
		}
		if m.Value == "" && m.Kind != "activity" && m.Kind != "" {
			r.Add(f.Pos, "add value: event.score, or whatever the event's field is", "%q has no number: only an activity needs none", m.ID)
		}
		if good := f.Value.Get("good"); good != nil {
			is := form.NumberOf(good)
			m.Good = &is
			if m.Kind == "supply" && (is <= 0 || is > 1) {
				r.Add(good.Pos, "write a share of days, such as 0.8", "%v is no share of days covered", is)
			}
		}
		if m.Matters < 0 {
			r.Add(f.Value.Get("matters").Pos, "write how large a change has to be, such as 0.5; better: says in which direction", "the change that matters is below zero")
		}
		r.p.Measures = append(r.p.Measures, m)
	}
}

func (r *folderReader) valueSets() {
	n := r.optional("valuesets.yaml", valueSetsForm())
	for _, f := range fields(n.Get("valuesets")) {
		r.p.ValueSets = append(r.p.ValueSets, ValueSet{
			ID: f.Name, Pos: f.Pos, Name: form.TextOf(f.Value.Get("name")), Codes: texts(f.Value.Get("codes")),
		})
	}
}

func (r *folderReader) words() {
	n := r.optional("words.yaml", wordsForm())
	for _, f := range fields(n.Get("words")) {
		category := WordCategory{Category: words.Category{Name: f.Name}, Pos: f.Pos}
		for _, list := range fields(f.Value) {
			if !slices.Contains(r.p.Languages, list.Name) && len(r.p.Languages) > 0 {
				r.Add(list.Pos, source.Suggest(list.Name, r.p.Languages), "the program has no language %q", list.Name)
			}
			category.Lists = append(category.Lists, words.List{Language: list.Name, Phrases: texts(list.Value)})
		}
		if _, err := words.New("", []words.Category{category.Category}); err != nil {
			r.Add(f.Pos, "write phrases of few words, in a category that is not called none", "the words cannot be found: %v", err)
		}
		r.p.Words = append(r.p.Words, category)
	}
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
		if !slices.Contains(Channels(), channel) {
			r.Add(source.Pos{File: path}, source.Suggest(channel, Channels()), "there is no channel %q", channel)
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
