package fhir

import (
	"cmp"
	"strings"

	"attune/internal/strictjson"
)

// communication reads what a patient wrote. What others wrote to them is not told: it was not Attune that wrote.
func (c *reading) communication() {
	e := c.entry(c.text(c.root, "status"))
	sender := c.reference(c.root, "sender")
	if sender.Kind != "Patient" || !means(sender) {
		c.note("it is a message that no patient wrote")
		return
	}
	e.Subject = sender
	e.Start = either(c.date(c.root, "received"), c.date(c.root, "sent"))
	p := make(props, 0, 12)
	p.text("channel", c.medium())
	p.long("text", c.payload())
	c.keep(e, &p)
}

// communicationRequest reads that another system asks to have a patient written to.
func (c *reading) communicationRequest() {
	e := c.entry(c.text(c.root, "status"))
	if not, _ := c.flag(c.root, "doNotPerform"); not {
		c.note("it asks that something not be done")
		return
	}
	items := c.list(c.root, "recipient")
	to := len(items) == 0
	for i := range items {
		to = to || c.reference(&items[i]).Kind == "Patient"
	}
	if !to {
		c.note("it is not about a patient")
		return
	}
	if !c.subject(&e, "subject") {
		return
	}
	e.Recorded = c.date(c.root, "authoredOn")
	p := make(props, 0, 12)
	p.text("request", c.id)
	p.text("channel", c.medium())
	topic := c.concepts(c.root, "reasonCode", nil, false).words()
	if topic == "" {
		topic = c.concepts(c.root, "category", nil, false).words()
	}
	p.text("topic", topic)
	p.long("text", c.payload())
	c.keep(e, &p)
}

// medium says v3's ParticipationMode in the words that channels have; others stay as they are.
func (c *reading) medium() string {
	k := c.concepts(c.root, "medium", nil, false)
	switch k.code {
	case "SMSWRIT":
		return "sms"
	case "EMAILWRIT":
		return "email"
	case "PHONE":
		return "call"
	case "MAILWRIT":
		return "letter"
	}
	return k.words()
}

// payload is the text of a message.
func (c *reading) payload() string {
	var parts []string
	items := c.list(c.root, "payload")
	for i := range items {
		if s := c.text(&items[i], "contentString"); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "\n")
}

// consent reads what a patient agreed to: the base rule, and each provision within it, numbered as clinical.Tell wants
// them.
func (c *reading) consent() {
	e := c.entry(c.text(c.root, "status"))
	if !c.subject(&e, "patient") {
		return
	}
	e.Recorded = c.date(c.root, "dateTime")
	p := make(props, 0, 12)
	p.text("consent", c.id)
	p.text("scope", c.concept(c.get(c.root, "scope"), nil, false).short())
	provision := c.get(c.root, "provision")
	rule := c.text(provision, "type")
	switch k := c.concept(c.get(c.root, "policyRule"), nil, false); {
	case k.is("OPTIN") || k.is("OPTINR"):
		rule = "permit"
	case k.is("OPTOUT") || k.is("OPTOUTE"):
		rule = "deny"
	}
	if e.Status == "rejected" || e.Status == "inactive" {
		rule = cmp.Or(rule, "deny") // whatever it was about
	}
	n := c.provision(&p, provision, rule, 0)
	if n == 0 && rule != "" {
		p.text("a.rule", rule)
		n++
	}
	if n == 0 {
		c.note("it does not say whether it is agreed to")
	}
	c.keep(e, &p)
}

// provision reads one level of the tree and those below it; n counts them.
func (c *reading) provision(p *props, v *strictjson.Value, rule string, n int) int {
	if v == nil || n >= 16 {
		return n
	}
	if rule != "" {
		scopes := c.purposes(v)
		media := c.codings(v, "code")
		for _, purpose := range scopes {
			at := string(rune('a'+n)) + "."
			p.text(at+"rule", rule)
			p.text(at+"purpose", purpose)
			for _, m := range media {
				p.once(at+"channel", channelOf(m))
			}
			actors := c.list(v, "actor")
			for i := range actors {
				p.once(at+"actor", c.label(c.get(&actors[i], "reference")))
			}
			p.moment(at+"effective", c.date(v, "period", "start"))
			p.moment(at+"until", c.until(v, "period", "end"))
			if n++; n >= 16 {
				return n
			}
		}
	}
	inner := c.list(v, "provision")
	for i := range inner {
		n = c.provision(p, &inner[i], c.text(&inner[i], "type"), n)
	}
	return n
}

// purposes are what a provision is for, as the source's codes are mapped; one that names none is one without.
func (c *reading) purposes(v *strictjson.Value) []string {
	items := c.list(v, "purpose")
	if len(items) == 0 {
		return []string{""}
	}
	var out []string
	for i := range items {
		code := Code{c.text(&items[i], "system"), c.text(&items[i], "code")}
		if to, ok := c.options.Codes[code]; ok {
			code = to
		}
		out = append(out, code.Code)
	}
	return out
}

// codings are the codes of a list of CodeableConcepts.
func (c *reading) codings(v *strictjson.Value, name string) (out []string) {
	items := c.list(v, name)
	for i := range items {
		out = append(out, c.concept(&items[i], nil, false).codes...)
	}
	return out
}

// channelOf is the channel that a code of a provision names, if it does.
func channelOf(code string) string {
	switch code {
	case "sms", "SMSWRIT":
		return "sms"
	case "email", "EMAILWRIT":
		return "email"
	case "call", "phone", "PHONE":
		return "call"
	case "letter", "MAILWRIT":
		return "letter"
	}
	return ""
}
