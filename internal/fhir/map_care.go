package fhir

import (
	"strings"

	"attune/internal/strictjson"
)

// encounter reads a visit or stay.
func (c *reading) encounter() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "subject") {
		return
	}
	e.Start, e.End = c.date(c.root, "period", "start"), c.date(c.root, "period", "end")
	p := make(props, 0, 12)
	p.text("encounter", c.id)
	p.text("class", class(c.text(c.root, "class", "code")))
	p.text("type", c.concepts(c.root, "type", otherSystems(), true).short())
	p.text("reason", c.reason())
	p.text("location", c.place())
	p.text("practitioner", c.attending())
	p.text("disposition", c.concept(c.get(c.root, "hospitalization", "dischargeDisposition"), nil, false).words())
	c.keep(e, &p)
}

// class says the codes of v3's ActEncounterCode in words; others stay as they are.
func class(code string) string {
	switch code {
	case "AMB":
		return "ambulatory"
	case "EMER":
		return "emergency"
	case "IMP", "ACUTE", "NONAC":
		return "inpatient"
	case "OBSENC":
		return "observation"
	case "PRENC":
		return "pre-admission"
	case "SS":
		return "short stay"
	case "HH":
		return "home"
	case "FLD":
		return "field"
	case "VR":
		return "virtual"
	}
	return strings.ToLower(code)
}

// reason is why something was done: the code of a reason, else of the diagnosis pointed to, else words.
func (c *reading) reason() string {
	if s := c.concepts(c.root, "reasonCode", problemSystems(), false).short(); s != "" {
		return s
	}
	if r := c.first(c.root, "reasonReference"); r != nil {
		return c.text(r, "display")
	}
	return ""
}

// place is where the person is now: the location that is active, else the last, else the organisation.
func (c *reading) place() string {
	at := ""
	items := c.list(c.root, "location")
	for i := range items {
		if label := c.label(c.get(&items[i], "location")); label != "" {
			at = label
			if c.text(&items[i], "status") == "active" {
				return at
			}
		}
	}
	if at == "" {
		at = c.label(c.get(c.root, "serviceProvider"))
	}
	return at
}

// attending is who was responsible: the attending, else the primary performer, else the first who has a name.
func (c *reading) attending() string {
	best, least := "", 9
	items := c.list(c.root, "participant")
	for i := range items {
		who := c.label(c.get(&items[i], "individual"))
		if who == "" {
			continue
		}
		n := 2
		for _, k := range c.roles(&items[i]) {
			switch {
			case k.is("ATND"):
				n = 0
			case k.is("PPRF"):
				n = min(n, 1)
			}
		}
		if n < least {
			best, least = who, n
		}
	}
	return best
}

func (c *reading) roles(v *strictjson.Value) (out []concept) {
	items := c.list(v, "type")
	for i := range items {
		out = append(out, c.concept(&items[i], nil, false))
	}
	return out
}
