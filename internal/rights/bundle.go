package rights

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/clinical"
)

// object is a JSON object; encoding/json sorts its names.
type object = map[string]any

// base stands before the ids of the Bundle's resources, so that references within it lead to them and nowhere else.
const base = "https://attune.invalid/export/"

// maker gathers the resources of a Bundle.
type maker struct {
	h       *Held
	patient object
	entries []any
	ids     map[string]bool
}

// bundle writes a FHIR R4 Bundle of what FHIR has words for. What it has none for stands in Basic resources, field by field.
func bundle(h *Held) (string, error) {
	m := &maker{h: h, patient: object{"reference": "Patient/" + h.Person}, ids: map[string]bool{}}
	m.addPatient()
	for i := range h.Entries {
		if x := &h.Entries[i]; x.Newest && !x.Is.Wrong && x.Is.Kind != "Patient" {
			m.add(m.entry(x))
		}
	}
	for i := range h.Consents {
		m.add(m.consent(&h.Consents[i]))
	}
	for i := range h.Messages {
		m.add(m.message(&h.Messages[i]))
	}
	for i := range h.Looks {
		m.add(m.look(&h.Looks[i]))
	}
	for i := range h.Events {
		m.add(m.event(&h.Events[i]))
	}
	m.provenance()
	text, err := json.MarshalIndent(object{"resourceType": "Bundle", "type": "collection", "timestamp": h.Made, "entry": m.entries}, "", " ")
	return string(text), err
}

// add puts a resource into the Bundle under an id that nothing else there has.
func (m *maker) add(r object) {
	kind := r["resourceType"].(string)
	id, _ := r["id"].(string)
	for m.ids[kind+"/"+id] || id == "" {
		id = short(id, kind, len(m.entries))
	}
	m.ids[kind+"/"+id] = true
	r["id"] = id
	m.entries = append(m.entries, object{"fullUrl": base + kind + "/" + id, "resource": r})
}

// short is an id made of what tells something apart.
func short(parts ...any) string {
	text, _ := json.Marshal(parts)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

func (m *maker) trait(name string) string {
	i := slices.IndexFunc(m.h.Traits, func(t Named) bool { return t.Name == name })
	if i < 0 {
		return ""
	}
	return m.h.Traits[i].Value
}

// addPatient says who they are. Traits that FHIR has no place for are extensions.
func (m *maker) addPatient() {
	p := object{"resourceType": "Patient", "id": m.h.Person}
	var ids []any
	for _, x := range m.h.Identifiers {
		ids = append(ids, object{"system": uri(x.Name), "value": x.Value})
	}
	put(p, "identifier", ids)
	name := object{"use": "official"}
	put(name, "family", m.trait("last_name"))
	if first := m.trait("first_name"); first != "" {
		name["given"] = []any{first}
	}
	var names []any
	if len(name) > 1 {
		names = append(names, name)
	}
	if called := m.trait("preferred_name"); called != "" {
		names = append(names, object{"use": "nickname", "given": []any{called}})
	}
	put(p, "name", names)
	var ways []any
	for _, x := range [][2]string{{"phone", "phone"}, {"mobile", "phone"}, {"sms", "sms"}, {"email", "email"}} {
		if v := m.trait(x[0]); v != "" {
			ways = append(ways, object{"system": x[1], "value": v})
		}
	}
	put(p, "telecom", ways)
	home := object{}
	if line := m.trait("street"); line != "" {
		home["line"] = []any{line}
	}
	put(home, "city", m.trait("city"))
	put(home, "state", m.trait("state"))
	put(home, "postalCode", m.trait("postal_code"))
	put(home, "country", m.trait("country"))
	if len(home) > 0 {
		p["address"] = []any{home}
	}
	if born := m.trait("birth_date"); isDate(born) {
		p["birthDate"] = born
	}
	if sex := m.trait("sex"); slices.Contains([]string{"male", "female", "other", "unknown"}, sex) {
		p["gender"] = sex
	}
	if m.h.Died != "" {
		p["deceasedDateTime"] = m.h.Died
	}
	known := []string{"last_name", "first_name", "preferred_name", "phone", "mobile", "sms", "email", "street", "city", "state", "postal_code", "country"}
	var rest []Named
	for _, t := range m.h.Traits {
		if !slices.Contains(known, t.Name) && (t.Name != "birth_date" || p["birthDate"] == nil) && (t.Name != "sex" || p["gender"] == nil) {
			rest = append(rest, t)
		}
	}
	put(p, "extension", extensions(rest))
	m.add(p)
}

// entry is something that a record says, as the resource that it was.
func (m *maker) entry(x *Entry) object {
	e := &x.Is
	r := object{"resourceType": string(e.Kind)}
	if isID(e.ID) {
		r["id"] = e.ID
	}
	said := fieldsOf(e.Props)
	switch e.Kind {
	case "Condition":
		r["subject"], r["code"] = m.patient, concept(e)
		r["clinicalStatus"] = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", oneOf(e.Status, "active", "recurrence", "relapse", "inactive", "remission", "resolved"))
		put(r, "onsetDateTime", when(e.Start))
		put(r, "abatementDateTime", when(e.End))
		put(r, "recordedDate", when(e.Recorded))
	case "Observation":
		r["subject"], r["code"] = m.patient, concept(e)
		r["status"] = oneOf(e.Status, "final", "registered", "preliminary", "amended", "corrected", "cancelled", "unknown")
		put(r, "effectiveDateTime", when(e.Start))
		put(r, "issued", when(e.Recorded))
		value, has := prop(e.Props, "value")
		switch {
		case has && (value.Type == expr.Number || value.Type == expr.Integer):
			q := object{"value": json.Number(value.String())}
			if unit, given := prop(e.Props, "unit"); given {
				q["unit"] = unit.String()
			}
			r["valueQuantity"] = q
		case has:
			r["valueString"] = value.String()
		}
	case "MedicationRequest":
		r["subject"], r["medicationCodeableConcept"], r["intent"] = m.patient, concept(e), "order"
		r["status"] = oneOf(e.Status, "unknown", "active", "on-hold", "cancelled", "completed", "stopped", "draft")
		put(r, "authoredOn", when(e.Recorded))
	case "Procedure":
		r["subject"], r["code"] = m.patient, concept(e)
		r["status"] = oneOf(e.Status, "unknown", "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed")
		put(r, "performedDateTime", when(e.Start))
	case "AllergyIntolerance":
		r["patient"], r["code"] = m.patient, concept(e)
		put(r, "recordedDate", when(e.Recorded))
	default:
		return m.basic("record", string(e.Kind), when(e.Start), append([]Named{{"source", x.Source}, {"id", e.ID}, {"status", e.Status}, {"end", when(e.End)}, {"recorded", when(e.Recorded)}}, said...))
	}
	put(r, "extension", extensions(append([]Named{{"source", x.Source}}, said...)))
	return r
}

func (m *maker) consent(c *Consent) object {
	r := object{
		"resourceType": "Consent", "id": idOf(c.ID), "status": "active", "patient": m.patient,
		"scope":      coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
		"category":   []any{object{"text": c.Purpose}},
		"policyRule": object{"text": orElse(c.Jurisdiction, "the law where the organisation is")},
	}
	rule := "deny"
	if c.Answer == "granted" {
		rule = "permit"
	}
	provision := object{"type": rule}
	period := object{}
	put(period, "start", c.From)
	put(period, "end", c.Until)
	put(provision, "period", period)
	r["provision"] = provision
	put(r, "dateTime", c.At)
	put(r, "extension", extensions([]Named{{"answer", c.Answer}, {"channel", c.Channel}, {"topic", c.Topic}, {"actor", c.Actor}, {"source", c.Source}, {"text", c.Text}, {"version", c.Version}, {"via", c.Via}, {"event", c.ID}}))
	return r
}

func (m *maker) message(x *Message) object {
	r := object{"resourceType": "Communication", "id": idOf(x.ID), "status": "completed", "subject": m.patient}
	if x.Text != "" {
		r["payload"] = []any{object{"contentString": x.Text}}
	}
	if x.Channel != "" {
		r["medium"] = []any{object{"text": x.Channel}}
	}
	if x.Theirs {
		r["sender"] = m.patient
		put(r, "received", x.At)
	} else {
		r["recipient"] = []any{m.patient}
		put(r, "sent", x.At)
	}
	if x.Subject != "" {
		r["topic"] = object{"text": x.Subject}
	}
	put(r, "extension", extensions([]Named{{"to", x.To}, {"from", x.From}, {"about", x.About}, {"outcome", x.Outcome}}))
	return r
}

func (m *maker) look(l *Look) object {
	r := object{
		"resourceType": "AuditEvent", "recorded": l.At, "type": object{"system": "urn:attune:audit", "code": l.What, "display": l.Says},
		"agent":  []any{object{"requestor": true, "altId": l.Who}},
		"source": object{"observer": object{"display": "Attune"}},
		"entity": []any{object{"what": m.patient}},
	}
	if l.Purpose != "" {
		r["purposeOfEvent"] = []any{object{"text": l.Purpose}}
	}
	switch l.Outcome {
	case "done":
		r["outcome"] = "0"
	case "refused":
		r["outcome"] = "4"
	}
	put(r, "outcomeDesc", l.Reason)
	return r
}

func (m *maker) event(e *Event) object {
	return m.basic("event", e.Name, e.At, append([]Named{{"source", e.Source}, {"event", e.ID}, {"taken", e.Taken}}, e.Says...))
}

// basic is what FHIR R4 has no resource for.
func (m *maker) basic(what, name, at string, said []Named) object {
	r := object{"resourceType": "Basic", "subject": m.patient, "code": object{"coding": []any{object{"system": "urn:attune:" + what, "code": strings.Join(strings.Fields(name), " ")}}, "text": name}}
	put(r, "extension", extensions(append([]Named{{"at", at}}, said...)))
	return r
}

// provenance tells by whom and when the Bundle was made, of whom.
func (m *maker) provenance() {
	m.add(object{"resourceType": "Provenance", "id": "export", "target": []any{m.patient}, "recorded": m.h.Made, "agent": []any{object{"who": object{"display": orElse(m.h.Organisation, "Attune")}}}})
}

// put sets a field that has something in it.
func put(r object, name string, v any) {
	switch v := v.(type) {
	case string:
		if v != "" {
			r[name] = v
		}
	case []any:
		if len(v) > 0 {
			r[name] = v
		}
	case object:
		if len(v) > 0 {
			r[name] = v
		}
	}
}

// extensions are facts that a resource has no place for.
func extensions(all []Named) (out []any) {
	for _, x := range all {
		if x.Value != "" {
			out = append(out, object{"url": "urn:attune:" + strings.Join(strings.Fields(x.Name), "-"), "valueString": x.Value})
		}
	}
	return out
}

func fieldsOf(props []event.Prop) (out []Named) {
	for _, p := range props {
		out = append(out, Named{p.Name, valueOf(p)})
	}
	return out
}

func prop(props []event.Prop, name string) (expr.Value, bool) {
	i := slices.IndexFunc(props, func(p event.Prop) bool { return p.Name == name })
	if i < 0 {
		return expr.Value{}, false
	}
	return props[i].Value, true
}

// concept is by which codes and words an entry is known.
func concept(e *clinical.Entry) object {
	out := object{}
	var coding []any
	for _, name := range []string{"code", "codes"} {
		v, has := prop(e.Props, name)
		if !has {
			continue
		}
		for _, code := range append([]string{v.Text}, v.List...) {
			if code = strings.Join(strings.Fields(code), " "); code != "" {
				coding = append(coding, object{"code": code})
			}
		}
	}
	put(out, "coding", coding)
	text := string(e.Kind)
	if v, has := prop(e.Props, "display"); has && v.String() != "" {
		text = v.String()
	}
	out["text"] = text
	return out
}

func coded(system, code string) object {
	return object{"coding": []any{object{"system": system, "code": code}}}
}

// oneOf is a status if FHIR has it, and the first otherwise.
func oneOf(is string, all ...string) string {
	if slices.Contains(all, is) {
		return is
	}
	return all[0]
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// uri makes a system's name one, where it is none.
func uri(system string) string {
	if strings.Contains(system, ":") {
		return system
	}
	return "urn:attune:system:" + strings.Join(strings.Fields(system), "-")
}

// isID tells whether FHIR lets a resource be called so.
func isID(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// idOf is an id of ours as FHIR wants it.
func idOf(s string) string {
	if s == "" || isID(s) {
		return s
	}
	return short(s)
}

// isDate tells a whole date.
func isDate(s string) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-'
}
