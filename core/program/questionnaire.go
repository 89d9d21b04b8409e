package program

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/form"
	"attune/core/source"
)

// Questionnaire is what people are asked, in one language: a FHIR R4 Questionnaire, as far as Attune
// reads it. Its answers return as the event questionnaire.completed.
type Questionnaire struct {
	// ID is what journeys name it by, Language that of its texts: questionnaires/ID.LANGUAGE.json.
	ID, Language string
	Pos          source.Pos
	URL          string
	Version      string
	Name, Title  string
	Status       string
	Items        []Item
}

// Item is a question, or a group of some.
type Item struct {
	LinkID, Text, Type string
	Required, Repeats  bool
	Options            []Option
	// EnableWhen are the answers of which all, or any, have to be given for it to be asked.
	EnableWhen []Enable
	Any        bool
	Items      []Item
	Pos        source.Pos
}

// Option is one answer to choose. A code has a system, perhaps, and a display.
type Option struct {
	Integer, Text         string
	System, Code, Display string
}

// Enable asks for an answer: that of a question, and a value to compare it with.
type Enable struct {
	Question, Operator, Value string
}

// Builtin names the questionnaires that are always there: instruments of the stages of change.
func Builtin() []string { return []string{"readiness_ruler", "staging"} }

const questionnaires = "questionnaires/"

func questionnaireForm() form.Form {
	coding := form.Form{Title: "a coding", Says: "A code.", Fields: []form.Field{
		{Name: "code", Required: true, Type: form.Text{}, Example: `"no"`, Says: "The code."},
		{Name: "display", Type: form.Text{}, Example: `"Not now"`, Says: "What people read."},
		{Name: "system", Type: form.Text{}, Example: `"http://example.org/readiness"`, Says: "The system that the code is of."},
	}}
	option := form.Form{Title: "an answer option", Says: "One answer to choose: exactly one of these.", Fields: []form.Field{
		{Name: "valueInteger", Type: form.Number{}, Example: "0", Says: "A number."},
		{Name: "valueString", Type: form.Text{}, Example: `"Not now"`, Says: "A text."},
		{Name: "valueCoding", Type: coding, Example: `{"code": "no", "display": "Not now"}`, Says: "A code."},
	}}
	enable := form.Form{Title: "enableWhen", Says: "An answer to another question, with exactly one value to compare it with.", Fields: []form.Field{
		{Name: "question", Required: true, Type: form.Text{}, Example: `"important"`, Says: "The linkId of the other question."},
		{Name: "operator", Required: true, Type: form.Word{Of: []string{"exists", "=", "!=", ">", "<", ">=", "<="}}, Example: `">="`, Says: "How its answer is compared."},
		{Name: "answerBoolean", Type: form.Flag{}, Example: "true", Says: "Yes or no; whether there is an answer, for exists."},
		{Name: "answerInteger", Type: form.Number{}, Example: "7", Says: "A whole number."},
		{Name: "answerDecimal", Type: form.Number{}, Example: "7.5", Says: "A number."},
		{Name: "answerString", Type: form.Text{}, Example: `"Not now"`, Says: "A text."},
		{Name: "answerCoding", Type: coding, Example: `{"code": "no"}`, Says: "A code."},
	}}
	types := []string{
		"group", "display", "boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url", "choice", "open-choice",
		"attachment", "reference", "quantity",
	}
	item := form.Form{Title: "an item", Says: "A question, a text to read, or a group.", Fields: []form.Field{
		{Name: "linkId", Required: true, Type: form.Text{}, Example: `"important"`, Says: "What answers name it by; no two items have the same."},
		{Name: "text", Type: form.Text{}, Example: `"How important is it to you right now?"`, Says: "The question."},
		{Name: "type", Required: true, Type: form.Word{Of: types}, Example: `"integer"`, Says: "What kind of answer it has."},
		{Name: "required", Type: form.Flag{}, Example: "true", Says: "It has to be answered."},
		{Name: "repeats", Type: form.Flag{}, Example: "true", Says: "It can have several answers."},
		{Name: "answerOption", Type: form.List{Of: option, Least: 1}, Example: `[{"valueInteger": 0}, {"valueInteger": 1}]`, Says: "The answers to choose from."},
		{Name: "enableWhen", Type: form.List{Of: enable, Least: 1}, Example: `[{"question": "important", "operator": ">=", "answerInteger": 7}]`, Says: "It is asked only then."},
		{Name: "enableBehavior", Type: form.Word{Of: []string{"all", "any"}}, Example: `"any"`, Says: "Whether all of enableWhen have to hold or any; all without it."},
	}}
	group := item.With(form.Field{
		Name: "item", Type: form.List{Of: item, Least: 1}, Example: `[{"linkId": "important", "text": "How important is it?", "type": "integer"}]`, Says: "The items of a group; these have none below them.",
	})
	return form.Form{
		Name: "questionnaire", Title: "a questionnaire", Says: "What people are asked: a FHIR R4 Questionnaire in one language.",
		Fields: []form.Field{
			{Name: "resourceType", Required: true, Type: form.Word{Of: []string{"Questionnaire"}}, Example: `"Questionnaire"`, Says: "What FHIR calls it."},
			{Name: "url", Type: form.Text{}, Example: `"http://example.org/readiness"`, Says: "Its canonical address."},
			{Name: "version", Type: form.Text{}, Example: `"1.0"`, Says: "Its version."},
			{Name: "name", Type: form.Text{}, Example: `"Readiness"`, Says: "Its name for machines."},
			{Name: "title", Required: true, Type: form.Text{}, Example: `"How ready are you?"`, Says: "Its name for people."},
			{Name: "status", Required: true, Type: form.Word{Of: []string{"draft", "active", "retired", "unknown"}}, Example: `"active"`, Says: "Whether it may be used: journeys ask only active ones."},
			{Name: "language", Type: form.Language{}, Example: `"en"`, Says: "Its language: that in the file's name."},
			{Name: "item", Required: true, Type: form.List{Of: group, Least: 1}, Example: `[{"linkId": "important", "text": "How important is it?", "type": "integer"}]`, Says: "What is asked."},
		},
	}
}

func (r *folderReader) questionnaires() {
	for _, path := range r.under(questionnaires) {
		n := r.folder.Trees[path]
		stem := strings.TrimSuffix(strings.TrimPrefix(path, questionnaires), ".json")
		id, language, _ := strings.Cut(stem, ".")
		switch {
		case !form.IsName(id) || language == "":
			r.Add(source.Pos{File: path}, "name it questionnaires/readiness.en.json", "questionnaires are named by name and language")
			continue
		case slices.Contains(Builtin(), id):
			r.Add(source.Pos{File: path}, "give it another name", "%q is a questionnaire that Attune has itself", id)
		case !slices.Contains(r.p.Languages, language) && len(r.p.Languages) > 0:
			r.Add(source.Pos{File: path}, "add it to languages: in program.yaml, or remove the file", "the program has no language %q", language)
		}
		if !r.form(n, questionnaireForm()) {
			continue
		}
		if said := n.Get("language"); said != nil && said.Text != language {
			r.Add(said.Pos, "write "+language+", or name the file "+id+"."+said.Text+".json", "the questionnaire in %s.json is in %q", stem, said.Text)
		}
		q := Questionnaire{
			ID: id, Language: language, Pos: n.Pos, URL: form.TextOf(n.Get("url")), Version: form.TextOf(n.Get("version")),
			Name: form.TextOf(n.Get("name")), Title: form.TextOf(n.Get("title")), Status: form.TextOf(n.Get("status")),
		}
		for _, item := range items(n.Get("item")) {
			q.Items = append(q.Items, r.item(item))
		}
		r.checkItems(&q, n)
		r.p.Questionnaires = append(r.p.Questionnaires, q)
	}
}

func (r *folderReader) item(n *source.Node) Item {
	i := Item{
		LinkID: form.TextOf(n.Get("linkId")), Text: form.TextOf(n.Get("text")), Type: form.TextOf(n.Get("type")), Pos: n.Pos,
		Required: form.TextOf(n.Get("required")) == "true", Repeats: form.TextOf(n.Get("repeats")) == "true", Any: form.TextOf(n.Get("enableBehavior")) == "any",
	}
	for _, o := range items(n.Get("answerOption")) {
		coding := o.Get("valueCoding")
		i.Options = append(i.Options, Option{
			Integer: form.TextOf(o.Get("valueInteger")), Text: form.TextOf(o.Get("valueString")),
			System: form.TextOf(coding.Get("system")), Code: form.TextOf(coding.Get("code")), Display: form.TextOf(coding.Get("display")),
		})
		if len(o.Fields) != 1 {
			r.Add(o.Pos, `write it as {"valueInteger": 0}`, "an answer option has exactly one value")
		}
	}
	for _, e := range items(n.Get("enableWhen")) {
		w := Enable{Question: form.TextOf(e.Get("question")), Operator: form.TextOf(e.Get("operator"))}
		for _, f := range e.Fields {
			if strings.HasPrefix(f.Name, "answer") {
				w.Value = f.Name + " " + form.Flow(f.Value)
			}
		}
		if len(e.Fields) != 3 {
			r.Add(e.Pos, `write it as {"question": "important", "operator": ">=", "answerInteger": 7}`, "enableWhen has a question, an operator and exactly one answer")
		}
		i.EnableWhen = append(i.EnableWhen, w)
	}
	options := n.Get("answerOption")
	switch {
	case i.Type == "choice" && options == nil:
		r.Add(n.Pos, `add "answerOption": [{"valueString": "yes"}]`, "%q is a choice without anything to choose", i.LinkID)
	case options != nil && !slices.Contains([]string{"choice", "open-choice", "integer", "date", "time", "string", "text"}, i.Type):
		r.Add(options.Pos, `take them out, or write "type": "choice"`, "an item of type %s has no options", i.Type)
	case n.Get("item") == nil && i.Type == "group":
		r.Add(n.Pos, `add "item": [...]`, "the group %q is empty", i.LinkID)
	case n.Get("item") != nil && i.Type != "group":
		r.Add(n.Get("item").Pos, `write "type": "group"`, "only a group has items below it")
	case i.Text == "" && i.Type != "group" && i.LinkID != "":
		r.Add(n.Pos, `add "text": "..."`, "%q asks nothing", i.LinkID)
	}
	for _, below := range items(n.Get("item")) {
		i.Items = append(i.Items, r.item(below))
	}
	return i
}

// checkItems holds linkIds to be unique, and references to be to other questions.
func (r *folderReader) checkItems(q *Questionnaire, n *source.Node) {
	seen := map[string]source.Pos{}
	var ids []string
	var each func(list []*source.Node, visit func(*source.Node))
	each = func(list []*source.Node, visit func(*source.Node)) {
		for _, item := range list {
			visit(item)
			each(items(item.Get("item")), visit)
		}
	}
	each(items(n.Get("item")), func(item *source.Node) {
		id := form.TextOf(item.Get("linkId"))
		r.unique(seen, id, item.Pos, "item")
		ids = append(ids, id)
	})
	each(items(n.Get("item")), func(item *source.Node) {
		own := form.TextOf(item.Get("linkId"))
		for _, e := range items(item.Get("enableWhen")) {
			ref := e.Get("question")
			r.known(ref, "item", ids)
			if own != "" && form.TextOf(ref) == own {
				r.Add(ref.Pos, "name another item", "%q waits for its own answer", own)
			}
		}
	})
	for _, other := range r.p.Questionnaires {
		if other.ID == q.ID && !sameShape(other.Items, q.Items) {
			r.Add(q.Pos, "give both the same items, with the same linkIds and types in the same order", "the questionnaire is another one in %q than in %q", q.Language, other.Language)
			break
		}
	}
}

// sameShape tells whether two languages of a questionnaire ask the same.
func sameShape(a, b []Item) bool {
	return slices.EqualFunc(a, b, func(x, y Item) bool {
		return x.LinkID == y.LinkID && x.Type == y.Type && len(x.Options) == len(y.Options) && slices.EqualFunc(x.EnableWhen, y.EnableWhen, Enable.same) && sameShape(x.Items, y.Items)
	})
}

// same compares but for the value, which may show words of its language.
func (e Enable) same(f Enable) bool { return e.Question == f.Question && e.Operator == f.Operator }

// checkAsk holds a journey's ask to name a questionnaire that is there, active, in every language.
func (r *folderReader) checkAsk(ref *source.Node) {
	known := Builtin()
	for _, q := range r.p.Questionnaires {
		known = append(known, q.ID)
	}
	name := form.TextOf(ref)
	if name == "" || slices.Contains(Builtin(), name) {
		return
	}
	if !slices.Contains(known, name) {
		hint := "add " + questionnaires + name + "." + cmp.Or(append(slices.Clone(r.p.Languages), "en")...) + ".json, or name one that Attune has: " + strings.Join(Builtin(), ", ")
		if source.Nearest(name, known) != "" {
			hint = source.Suggest(name, known)
		}
		r.Add(ref.Pos, hint, "there is no questionnaire %q", name)
		return
	}
	for _, language := range r.p.Languages {
		i := slices.IndexFunc(r.p.Questionnaires, func(q Questionnaire) bool { return q.ID == name && q.Language == language })
		switch {
		case i < 0:
			r.Add(ref.Pos, "add "+questionnaires+name+"."+language+".json", "questionnaire %q is missing in %q, one of the program's languages", name, language)
		case r.p.Questionnaires[i].Status != "active":
			r.Add(ref.Pos, `write "status": "active" in `+questionnaires+name+"."+language+".json", "questionnaire %q is %s", name, r.p.Questionnaires[i].Status)
		}
	}
}
