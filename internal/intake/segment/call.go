package segment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"
	"unicode"

	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/strictjson"
)

// call is one of the API's calls.
type call string

const (
	identify call = "identify" // becomes traits.updated, the traits its properties
	track    call = "track"    // becomes the event it names
	page     call = "page"     // becomes page.viewed
	screen   call = "screen"   // becomes screen.viewed
	group    call = "group"    // becomes group.joined
	alias    call = "alias"    // becomes identity.linked
	batch    call = "batch"    // carries any of the others
	history  call = "import"   // does too, and what it carries is of the past
)

//nolint:gochecknoglobals // a table that never changes
var events = map[call]string{
	identify: "traits.updated", track: "", page: "page.viewed", screen: "screen.viewed",
	group: "group.joined", alias: "identity.linked",
}

// short are the names that the SDKs for browsers use.
//
//nolint:gochecknoglobals // a table that never changes
var short = map[string]call{"i": identify, "t": track, "p": page, "s": screen, "g": group, "a": alias, "b": batch}

func callOf(path string) (call, bool) {
	name, below := strings.CutPrefix(path, "/v1/")
	if c, known := short[name]; known {
		return c, below
	}
	c := call(name)
	_, known := events[c]
	return c, (known || c.list()) && below
}

// list tells the calls that carry others.
func (c call) list() bool { return c == batch || c == history }

// read turns a body into arrivals. What is wrong with one event is that arrival's Problem; only an
// envelope that cannot be understood is refused.
func read(c call, source intake.Source, received instant.Time, body []byte, doc *strictjson.Document) ([]intake.Arrival, *refusal) {
	r := reader{source: source, received: received, body: body, doc: doc, past: c == history}
	if !c.list() {
		return []intake.Arrival{r.arrival(c, &doc.Root)}, nil
	}
	list := doc.Root.Get("batch")
	if f := doc.FlawOutside(list); f != nil {
		return nil, unreadable(f)
	}
	if list.Kind != strictjson.Array {
		return nil, refuseEnvelope("batch", "found "+list.Kind.String()+" where a list of events belongs", `send {"batch":[…]}`)
	}
	r.sentAt = doc.Root.Get("sentAt")
	arrivals := make([]intake.Arrival, len(list.Items))
	for i := range list.Items {
		arrivals[i] = r.arrival("", &list.Items[i])
	}
	return arrivals, nil
}

func refuseEnvelope(field, reason, remedy string) *refusal {
	return &refusal{status: 400, Field: field, Reason: reason, Remedy: remedy}
}

// reader turns the events of one request into arrivals.
type reader struct {
	source   intake.Source
	received instant.Time
	body     []byte
	doc      *strictjson.Document
	// sentAt is the envelope's; nil when the event is its own envelope.
	sentAt *strictjson.Value
	// asSent is how its events came, once that was written.
	asSent string
	// past tells that all of it is a record of what was, and starts nothing.
	past bool
}

// arrival reads one event; c is its call, or empty when the event says so itself.
func (r *reader) arrival(c call, v *strictjson.Value) intake.Arrival {
	a := intake.Arrival{Raw: r.body[v.From:v.To], How: r.how(c)}
	a.Event.ReceivedAt, a.Event.Source, a.Event.Historical = r.received, r.source.Name, r.past
	a.Problem = r.fill(c, v, &a)
	return a
}

func (r *reader) fill(c call, v *strictjson.Value, a *intake.Arrival) *intake.Problem {
	if v.Kind != strictjson.Object {
		return &intake.Problem{Reason: "found " + v.Kind.String() + " where an event belongs", Remedy: "send an object"}
	}
	if f := r.doc.Flaw(v); f != nil {
		return &intake.Problem{Reason: f.Reason, Remedy: f.Remedy}
	}
	if c == "" {
		t := v.Get("type")
		c = call(t.Text)
		if _, known := events[c]; t.Kind != strictjson.String || !known {
			return &intake.Problem{Field: "type", Reason: "the type is missing or not known", Remedy: "send one of identify, track, page, screen, group, alias"}
		}
	}
	for _, step := range []func(call, *strictjson.Value, *intake.Arrival) *intake.Problem{r.who, r.id, r.times, r.what} {
		if p := step(c, v, a); p != nil {
			return p
		}
	}
	return nil
}

// who: a userId belongs to the source's system; an anonymousId means somebody only to this source. An event that has both
// says that they are the same person's.
func (r *reader) who(_ call, v *strictjson.Value, a *intake.Arrival) *intake.Problem {
	for _, k := range []struct{ name, system string }{{"userId", r.source.KnownSystem()}, {"anonymousId", r.source.AnonymousSystem()}} {
		value, p := identifier(v, k.name)
		if p != nil {
			if a.Who != (identity.Key{}) {
				return nil // it is known whose it is
			}
			return p
		}
		is := identity.Key{System: k.system, Value: value}
		switch {
		case value == "":
		case a.Who == identity.Key{}:
			a.Who = is
		default:
			a.Same = is
		}
	}
	if a.Who != (identity.Key{}) {
		return nil
	}
	return &intake.Problem{Field: "userId", Reason: "the event says of nobody that it happened to them", Remedy: "send a userId, or an anonymousId for somebody not known yet"}
}

// identifier reads text, or a whole number as its digits; empty is the same as nothing.
func identifier(v *strictjson.Value, name string) (string, *intake.Problem) {
	m := v.Get(name)
	switch {
	case !m.Given():
		return "", nil
	case m.Kind == strictjson.String || m.Whole():
		if len(m.Text) > identity.MaxValue {
			return "", &intake.Problem{Field: name, Reason: "the identifier is too long", Remedy: "send at most 512 bytes"}
		}
		return m.Text, nil
	}
	return "", &intake.Problem{Field: name, Reason: "found " + m.Kind.String() + " where an identifier belongs", Remedy: "send it as text"}
}

const maxMessageID = 256

// id makes the same event have the same id however often it is sent. Without a messageId its
// content is its id: two events that say exactly the same, time included, are then one.
func (r *reader) id(c call, v *strictjson.Value, a *intake.Arrival) *intake.Problem {
	m := v.Get("messageId")
	own := m.Text
	switch {
	case !m.Given() || m.Kind == strictjson.String && own == "":
		own = "content-" + contentHash(c, v)
	case m.Kind != strictjson.String || len(own) > maxMessageID || strings.ContainsFunc(own, unicode.IsControl):
		return &intake.Problem{Field: "messageId", Reason: "the messageId is not text, too long, or has control characters", Remedy: "send text of at most 256 bytes, unique for each event"}
	}
	a.Event.ID = r.source.Name + "/" + own
	return nil
}

// times: an explicit timestamp is believed as it is (no later than now). Without one the event's
// original timestamp is corrected by how far the source's clock was off when it sent. What is imported was sent long
// ago: when it comes here says nothing of that clock.
func (r *reader) times(_ call, v *strictjson.Value, a *intake.Arrival) *intake.Problem {
	e := &a.Event
	var timestamp, received instant.Time
	sent := v.Get("sentAt") // RudderStack's events each have their own
	if !sent.Given() && r.sentAt != nil && !r.past {
		sent = r.sentAt
	}
	type field struct {
		name  string
		value *strictjson.Value
		into  *instant.Time
	}
	fields := []field{{"timestamp", v.Get("timestamp"), &timestamp}, {"originalTimestamp", v.Get("originalTimestamp"), &e.OriginalAt}, {"sentAt", sent, &e.SentAt}}
	if r.past { // who kept the event says when it came to them
		fields = append(fields, field{"receivedAt", v.Get("receivedAt"), &received})
	}
	for _, f := range fields {
		if !f.value.Given() {
			continue
		}
		at, err := instant.Parse(f.value.Text)
		if f.value.Kind != strictjson.String || err != nil {
			return &intake.Problem{Field: f.name, Reason: "this is not a timestamp", Remedy: "send it as 2027-03-01T22:30:00Z"}
		}
		*f.into = at
	}
	switch {
	case timestamp != 0:
		e.OccurredAt = timestamp
	case r.past && e.OriginalAt == 0:
		return &intake.Problem{Field: "timestamp", Reason: "the event does not say when it happened", Remedy: "send a timestamp with everything that is imported"}
	case r.past && (received == 0 || e.SentAt == 0):
		e.OccurredAt = e.OriginalAt
	case r.past:
		e.OccurredAt = received.Add(-e.SentAt.Sub(e.OriginalAt))
	case e.OriginalAt != 0 && e.SentAt != 0:
		e.OccurredAt = e.ReceivedAt.Add(-e.SentAt.Sub(e.OriginalAt))
	case e.OriginalAt != 0:
		e.OccurredAt = e.OriginalAt
	default:
		e.OccurredAt = e.ReceivedAt
	}
	e.OccurredAt = min(e.OccurredAt, e.ReceivedAt)
	if e.OriginalAt == 0 {
		e.OriginalAt = timestamp
	}
	return nil
}

// what: the event's name and properties. Of the context, which says where and with what somebody
// was, nothing is kept but the traits that RudderStack puts there.
func (r *reader) what(c call, v *strictjson.Value, a *intake.Arrival) *intake.Problem {
	e := &a.Event
	e.Name = events[c]
	var b props
	var p *intake.Problem
	switch c {
	case identify:
		if v.Get("traits").Given() {
			p = b.all("", "traits", v.Get("traits"))
		} else {
			p = b.all("", "context.traits", v.Get("context").Get("traits"))
		}
	case track:
		name := v.Get("event")
		if name.Kind != strictjson.String || name.Text == "" || len(name.Text) > intake.MaxName || strings.ContainsFunc(name.Text, unicode.IsControl) {
			return &intake.Problem{Field: "event", Reason: "the event's name is missing, not text, too long or has control characters", Remedy: "send text of at most 128 bytes, such as appointment.booked"}
		}
		e.Name = name.Text
		p = b.all("", "properties", v.Get("properties"))
	case page, screen:
		if p = b.all("", "properties", v.Get("properties")); p == nil && v.Get("name").Given() {
			b.drop("name")
			p = b.one("name", v.Get("name"), 1)
		}
	case group:
		of, no := identifier(v, "groupId")
		if no != nil || of == "" {
			return &intake.Problem{Field: "groupId", Reason: "the group is missing or not text", Remedy: "send the group's id as text"}
		}
		b.add("group", expr.TextOf(of))
		p = b.all("traits.", "traits", v.Get("traits"))
	case alias:
		of, no := identifier(v, "previousId")
		if no != nil || of == "" {
			return &intake.Problem{Field: "previousId", Reason: "the former identifier is missing or not text", Remedy: "send it as text"}
		}
		b.add("previous", expr.TextOf(of))
		// An identifier of known people says who somebody is to several sources; that two of those are one person is
		// for a human to say.
		a.Same = identity.Key{System: r.source.AnonymousSystem(), Value: of}
	case batch, history: // a list in a list is not a known type
	}
	if p != nil {
		return p
	}
	e.Props, p = b.sorted()
	return p
}

// contentHash names an event by what it says, leaving out what changes when it is sent again.
func contentHash(c call, v *strictjson.Value) string {
	h := sha256.New()
	h.Write([]byte(c))
	h.Write([]byte{0})
	for i := range v.Items {
		switch v.Names[i] {
		case "messageId", "sentAt", "writeKey", "type", "_metadata":
			continue
		}
		put(h, v.Names[i])
		hashValue(h, &v.Items[i])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func hashValue(h hash.Hash, v *strictjson.Value) {
	h.Write([]byte{byte(v.Kind)})
	put(h, v.Text)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(v.Items))))
	for i := range v.Items {
		if v.Kind == strictjson.Object {
			put(h, v.Names[i])
		}
		hashValue(h, &v.Items[i])
	}
}

func put(h hash.Hash, s string) {
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
	h.Write([]byte(s))
}
