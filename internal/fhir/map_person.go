package fhir

import (
	"slices"
	"strings"

	"attune/core/expr"
	"attune/internal/clinical"
	"attune/internal/strictjson"
)

// patient reads who somebody is. Where the record says nothing of a change, it began with the birth.
func (c *reading) patient() {
	e := c.entry("")
	e.Subject.Kind, e.Subject.ID = "Patient", c.id
	if e.Keys = c.identifiers(c.root); !c.self(&e) {
		return
	}
	p := make(props, 0, 12)
	c.demographics(&p, c.root)
	e.Start = c.date(c.root, "birthDate")
	c.death(&p)
	c.links(&p)
	c.keep(e, &p)
}

// self names somebody without an id by the first identifier that can; false where none does.
func (c *reading) self(e *clinical.Entry) bool {
	if c.id != "" {
		return true
	}
	i := slices.IndexFunc(e.Keys, usable)
	if i < 0 {
		c.note("it has neither an id nor an identifier with its system")
		return false
	}
	e.Subject.Identifier = e.Keys[i]
	return true
}

// demographics are what the record says of a person that becomes a trait.
func (c *reading) demographics(p *props, v *strictjson.Value) {
	n := c.name(v)
	p.text("first_name", n.first)
	p.text("last_name", n.last)
	p.text("preferred_name", n.called)
	p.text("birth_date", c.text(v, "birthDate"))
	p.text("sex", c.text(v, "gender"))
	p.text("language", c.language(v))
	p.text("phone", c.telecom(v, "phone", "sms"))
	p.text("email", c.telecom(v, "email"))
	if a := c.best(v, "address"); a != nil {
		var lines []string
		for i, l := range c.list(a, "line") {
			if l.Kind == strictjson.String {
				lines = append(lines, l.Text)
			} else if l.Given() {
				c.wanted(&c.list(a, "line")[i], "text")
			}
		}
		p.text("street", strings.Join(lines, ", "))
		p.text("city", c.text(a, "city"))
		p.text("state", c.text(a, "state"))
		p.text("postal_code", c.text(a, "postalCode"))
		p.text("country", c.text(a, "country"))
	}
}

// death is deceased[x]: when, or only that.
func (c *reading) death(p *props) {
	at := c.date(c.root, "deceasedDateTime")
	dead, _ := c.flag(c.root, "deceasedBoolean")
	p.moment("deceased_at", at)
	p.flag("deceased", dead || at != 0)
}

// links are other records that are said to be of the same person.
func (c *reading) links(p *props) {
	var replaced, also []string
	items := c.list(c.root, "link")
	for i := range items {
		other := c.reference(&items[i], "other")
		if pointer(other) == "" || other.Kind != "" && other.Kind != "Patient" {
			continue
		}
		other.Kind = "Patient"
		key := address(other)
		switch c.text(&items[i], "type") {
		case "replaced-by":
			replaced = append(replaced, key)
		case "refer", "seealso":
			also = append(also, key)
		}
	}
	p.list("replaced_by", replaced)
	p.list("see_also", also)
}

// humanName is what a person is called.
type humanName struct{ first, last, called, whole string }

// name reads a HumanName: the official one, else the first that has no use, else the usual.
func (c *reading) name(v *strictjson.Value) (n humanName) {
	best := c.best(v, "name")
	if best == nil {
		return n
	}
	first := c.first(best, "given")
	if first != nil {
		n.first = c.text(first)
	}
	n.last = c.text(best, "family")
	if p := c.first(best, "prefix"); p != nil {
		n.whole = c.text(p)
	}
	n.whole = strings.TrimSpace(n.whole + " " + n.first)
	n.whole = strings.TrimSpace(n.whole + " " + n.last)
	if text := c.text(best, "text"); n.first == "" && n.last == "" && text != "" {
		n.whole = text
		n.last = text
	}
	items := c.list(v, "name")
	for i := range items {
		if use := c.text(&items[i], "use"); use == "nickname" || use == "usual" && &items[i] != best {
			if g := c.first(&items[i], "given"); g != nil {
				n.called = c.text(g)
			} else {
				n.called = c.text(&items[i], "text")
			}
		}
	}
	if n.called == n.first {
		n.called = ""
	}
	return n
}

// best is the item of a list of names or addresses that is in use.
func (c *reading) best(v *strictjson.Value, name string) *strictjson.Value {
	items := c.list(v, name)
	rank := func(use string) int {
		switch use {
		case "official", "home":
			return 0
		case "":
			return 1
		case "usual":
			return 2
		case "temp", "work", "billing", "nickname", "anonymous", "maiden":
			return 3
		}
		return 9 // old
	}
	var best *strictjson.Value
	least := 9
	for i := range items {
		if n := rank(c.text(&items[i], "use")); n < least {
			best, least = &items[i], n
		}
	}
	return best
}

// telecom reads how a person is reached: the preferred, a mobile before one at home before one at work.
func (c *reading) telecom(v *strictjson.Value, systems ...string) string {
	best, least := "", 1<<30
	items := c.list(v, "telecom")
	for i := range items {
		t := &items[i]
		system, use := c.text(t, "system"), c.text(t, "use")
		of := -1
		for n, s := range systems {
			if s == system {
				of = n
			}
		}
		value := c.text(t, "value")
		if of < 0 || use == "old" || value == "" || c.get(t, "period", "end") != nil {
			continue
		}
		n := 2000
		switch use {
		case "mobile":
			n = 1000
		case "work":
			n = 3000
		}
		if r, ok := c.whole(t, "rank"); ok && r > 0 && r < 1000 {
			n = int(r)
		}
		if n < least {
			best, least = value, n
		}
	}
	return best
}

// language is the one the person prefers, else the first.
func (c *reading) language(v *strictjson.Value) string {
	best := ""
	items := c.list(v, "communication")
	for i := range items {
		k := c.concept(c.get(&items[i], "language"), nil, false)
		preferred, _ := c.flag(&items[i], "preferred")
		if code := k.code; code != "" && (best == "" || preferred) {
			best = code
			if preferred {
				return best
			}
		}
	}
	return best
}

// asPerson ends the id of the entry that says who a relative is; the one without it says whose relative.
const asPerson = "/person"

// relative reads that somebody cares for the patient, and who that is: the first is told of the patient, the second of
// the relative.
func (c *reading) relative() {
	e := c.entry("active")
	if active, given := c.flag(c.root, "active"); given && !active {
		e.Status = "inactive"
	}
	if c.id == "" {
		c.note("it has no id")
		return
	}
	if !c.subject(&e, "patient") {
		return
	}
	who := clinical.Reference{Kind: "RelatedPerson", ID: c.id}
	e.Start, e.End = c.date(c.root, "period", "start"), c.until(c.root, "period", "end")
	n := c.name(c.root)
	phone, email := c.telecom(c.root, "phone", "sms"), c.telecom(c.root, "email")
	p := make(props, 0, 12)
	p.text("caregiver", address(who))
	relations := c.list(c.root, "relationship")
	authority := ""
	relation := ""
	for i := range relations {
		k := c.concept(&relations[i], nil, false)
		switch {
		case k.is("GUARD"):
			authority = "guardian"
		case k.is("HPOWATT"):
			authority = "health-care proxy"
		case k.is("POWATT"):
			authority = "power of attorney"
		}
		if relation == "" {
			relation = relationship(k)
		}
	}
	p.text("relationship", relation)
	p.text("authority", authority)
	p.text("name", n.whole)
	p.text("phone", phone)
	p.text("email", email)
	c.keep(e, &p)

	e.ID, e.Subject, e.Keys = c.id+asPerson, who, c.identifiers(c.root)
	q := make(props, 0, 8)
	q.set("kind", expr.TextOf("caregiver"))
	c.contact(&q, n, phone, email)
	q.text("language", c.language(c.root))
	c.keep(e, &q)
}

// relationship says the codes of v3's RoleCode in words; others as the source calls them.
func relationship(k concept) string {
	for _, code := range k.codes {
		switch code {
		case "SPS":
			return "spouse"
		case "HUSB":
			return "husband"
		case "WIFE":
			return "wife"
		case "DOMPART", "SIGOTHR":
			return "partner"
		case "MTH", "NMTH":
			return "mother"
		case "FTH", "NFTH":
			return "father"
		case "PRN":
			return "parent"
		case "CHILD", "NCHILD", "CHLDADOPT":
			return "child"
		case "DAU", "DAUC":
			return "daughter"
		case "SON", "SONC":
			return "son"
		case "BRO":
			return "brother"
		case "SIS":
			return "sister"
		case "SIB":
			return "sibling"
		case "FRND":
			return "friend"
		case "NBOR":
			return "neighbour"
		case "GRPRN":
			return "grandparent"
		case "GRNDCHILD":
			return "grandchild"
		}
	}
	return k.words()
}

func (c *reading) contact(p *props, n humanName, phone, email string) {
	p.text("first_name", n.first)
	p.text("last_name", n.last)
	p.text("preferred_name", n.called)
	p.text("phone", phone)
	p.text("email", email)
}

// practitioner reads who a clinician is.
func (c *reading) practitioner() {
	e := c.entry("active")
	if active, given := c.flag(c.root, "active"); given && !active {
		e.Status = "inactive"
	}
	e.Subject = clinical.Reference{Kind: "Practitioner", ID: c.id}
	if e.Keys = c.identifiers(c.root); !c.self(&e) {
		return
	}
	p := make(props, 0, 12)
	p.set("kind", expr.TextOf("clinician"))
	c.contact(&p, c.name(c.root), c.telecom(c.root, "phone", "sms"), c.telecom(c.root, "email"))
	p.text("language", c.spoken())
	c.keep(e, &p)
}

// spoken is the first language of a practitioner, who has them as codes.
func (c *reading) spoken() string {
	if v := c.first(c.root, "communication"); v != nil {
		return c.concept(v, nil, false).code
	}
	return ""
}

// practitionerRole reads what a clinician does, and where.
func (c *reading) practitionerRole() {
	e := c.entry("active")
	if active, given := c.flag(c.root, "active"); given && !active {
		e.Status = "inactive"
	}
	e.Subject = c.reference(c.root, "practitioner")
	if !means(e.Subject) {
		c.note("it does not say who has the role")
		return
	}
	e.Subject.Kind = "Practitioner"
	e.Start, e.End = c.date(c.root, "period", "start"), c.until(c.root, "period", "end")
	p := make(props, 0, 12)
	p.set("kind", expr.TextOf("clinician"))
	p.text("role", c.concepts(c.root, "code", nil, false).words())
	p.text("specialty", c.concepts(c.root, "specialty", otherSystems(), false).words())
	p.text("organisation", c.label(c.get(c.root, "organization")))
	c.keep(e, &p)
}
