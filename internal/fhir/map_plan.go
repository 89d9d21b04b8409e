package fhir

import (
	"slices"
	"strings"

	"attune/internal/strictjson"
)

// carePlan reads a plan of care. A proposal is none.
func (c *reading) carePlan() {
	e := c.entry(c.text(c.root, "status"))
	if s := c.text(c.root, "intent"); s == "proposal" || s == "option" {
		c.note("it is a proposal, and no plan")
		return
	}
	if !c.subject(&e, "subject") {
		return
	}
	e.Start, e.End, e.Recorded = c.date(c.root, "period", "start"), c.date(c.root, "period", "end"), c.date(c.root, "created")
	k := c.concepts(c.root, "category", otherSystems(), false)
	p := make(props, 0, 12)
	p.text("plan", c.id)
	title := c.text(c.root, "title")
	if title == "" {
		title = k.words()
	}
	if title == "" {
		title = c.text(c.root, "description")
	}
	p.text("title", title)
	p.list("codes", k.codes)
	var activities []string
	items := c.list(c.root, "activity")
	for i := range items {
		if s := c.activity(&items[i]); s != "" && !slices.Contains(activities, s) {
			activities = append(activities, s)
		}
	}
	p.list("activities", activities)
	c.keep(e, &p)
}

func (c *reading) activity(v *strictjson.Value) string {
	if s := c.concept(c.get(v, "detail", "code"), otherSystems(), false).words(); s != "" {
		return s
	}
	if s := c.text(v, "detail", "description"); s != "" {
		return s
	}
	return c.text(v, "reference", "display")
}

// goal reads what was agreed upon, and whether it was reached.
func (c *reading) goal() {
	e := c.entry(c.text(c.root, "lifecycleStatus"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start, e.Recorded = c.date(c.root, "startDate"), c.date(c.root, "statusDate")
	p := make(props, 0, 12)
	p.text("goal", c.id)
	p.text("title", c.concept(c.get(c.root, "description"), otherSystems(), false).words())
	p.text("achievement", c.concept(c.get(c.root, "achievementStatus"), nil, false).code)
	if of := c.first(c.root, "target"); of != nil {
		p.moment("due", c.date(of, "dueDate"))
	}
	c.keep(e, &p)
}

// questionnaireResponse reads answers: which questionnaire, its score, and what of it is an alarm.
func (c *reading) questionnaireResponse() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Recorded = c.date(c.root, "authored")
	canonical, version, _ := strings.Cut(c.text(c.root, "questionnaire"), "|")
	p := make(props, 0, 12)
	_, id, ok := cutLast(canonical)
	if !ok {
		id = canonical
	}
	p.text("questionnaire", id)
	p.text("canonical", canonical)
	p.text("version", version)
	var a answers
	c.answers(&a, c.root)
	switch {
	case a.hasTotal:
		p.number("score", a.total, true)
	case a.weighed:
		p.number("score", a.sum, true)
	}
	p.list("flags", a.flags)
	c.keep(e, &p)
}

// answers is what is looked for in a response.
type answers struct {
	// total is the answer of the item that is the score; sum adds up the weights of answers that have one.
	total, sum        float64
	hasTotal, weighed bool
	flags             []string
}

func (c *reading) answers(a *answers, v *strictjson.Value) {
	items := c.list(v, "item")
	for i := range items {
		item := &items[i]
		link := c.text(item, "linkId")
		given := c.list(item, "answer")
		for j := range given {
			c.answer(a, link, &given[j])
			c.answers(a, &given[j])
		}
		c.answers(a, item)
	}
}

func (c *reading) answer(a *answers, link string, v *strictjson.Value) {
	if isTotal(link) {
		for _, name := range [...]string{"valueDecimal", "valueInteger"} {
			if f, ok := c.number(v, name); ok {
				a.total, a.hasTotal = f, true
			}
		}
		if f, ok := c.number(v, "valueQuantity", "value"); ok {
			a.total, a.hasTotal = f, true
		}
	}
	coding := c.get(v, "valueCoding")
	weight, ok := c.weight(coding)
	if ok {
		a.sum, a.weighed = a.sum+weight, true
	}
	if strings.HasSuffix(link, "44260-8") && (weight > 0 || slices.Contains([]string{"LA6569-3", "LA6570-1", "LA6571-9"}, c.text(coding, "code"))) {
		a.flags = append(a.flags, "self_harm")
	}
}

// isTotal tells whether an item is a score: by LOINC's codes for PHQ-9, PHQ-2, GAD-7 and AUDIT-C, or by its name.
func isTotal(link string) bool {
	last := link[strings.LastIndexByte(link, '/')+1:]
	switch last {
	case "44261-6", "55758-7", "70274-6", "75626-2", "score", "total", "total_score", "total-score":
		return true
	}
	return false
}

// weight is an answer's own number, by the extensions of R4 and of SDC.
func (c *reading) weight(coding *strictjson.Value) (float64, bool) {
	items := c.list(coding, "extension")
	for i := range items {
		switch c.text(&items[i], "url") {
		case "http://hl7.org/fhir/StructureDefinition/ordinalValue", "http://hl7.org/fhir/StructureDefinition/itemWeight":
			return c.number(&items[i], "valueDecimal")
		}
	}
	return 0, false
}
