package records

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/clinical"
)

// A page's bytes are fields, each a number and a value; those without a value are left out, and the numbers of fields are
// for ever. A number is a varint, a text its length and itself, and what has fields of its own its length and they. What
// an entry says becomes the same bytes each time: versions are recognised by them.

// pageForm is the first byte of a page. The first form was JSON, which begins with a brace.
const pageForm = 2

// Fields of a page, of an entry, and of an event that was told.
const (
	pageAs = iota + 1
	pageSource
	pageVersion
	pageWho
	pageTold
	pageBack
)

const (
	entryKind = iota + 1
	entryID
	entryAlike
	entryPart
	entryPartial
	entrySubject
	entryAt
	entryVersion
	entryStatus
	entryWrong
	entryStart
	entryEnd
	entryRecorded
	entryProp
	entryKey
)

const (
	toldID = iota + 1
	toldSent
	toldWho
	toldName
	toldAt
	toldVersion
	toldProp
)

// writer appends fields.
type writer []byte

func (w *writer) number(field byte, n int64) {
	if n != 0 {
		*w = binary.AppendVarint(append(*w, field), n)
	}
}

func (w *writer) flag(field byte, is bool) {
	if is {
		w.number(field, 1)
	}
}

func (w *writer) text(field byte, s string) {
	if s != "" {
		*w = append(*w, field)
		w.raw(s)
	}
}

// raw appends a text that stands at its place without a number.
func (w *writer) raw(s string) {
	*w = binary.AppendUvarint(*w, uint64(len(s)))
	*w = append(*w, s...)
}

// within appends what has fields of its own. Its length takes a byte mostly; else what comes after it is moved.
func (w *writer) within(field byte, fields func(*writer)) {
	at := len(*w) + 1
	*w = append(*w, field, 0)
	fields(w)
	var room [binary.MaxVarintLen64]byte
	length := binary.AppendUvarint(room[:0], uint64(len(*w)-at-1))
	*w = slices.Replace(*w, at, at+1, length...)
}

func (w *writer) prop(field byte, p *event.Prop) {
	w.within(field, func(w *writer) {
		w.raw(p.Name)
		*w = append(*w, byte(p.Value.Type))
		switch p.Value.Type {
		case expr.Text:
			*w = append(*w, p.Value.Text...)
		case expr.List:
			for _, s := range p.Value.List {
				w.raw(s)
			}
		default:
			*w = binary.BigEndian.AppendUint64(*w, math.Float64bits(p.Value.Num))
		}
	})
}

func (w *writer) identifier(i *clinical.Identifier) {
	w.raw(i.System)
	w.raw(i.Value)
	old := byte(0)
	if i.Old {
		old = 1
	}
	*w = append(*w, old)
}

func (w *writer) entry(e *clinical.Entry) {
	w.text(entryKind, string(e.Kind))
	w.text(entryID, e.ID)
	w.text(entryAlike, e.Alike)
	for _, part := range e.Parts {
		w.within(entryPart, func(w *writer) { *w = append(*w, part...) })
	}
	w.flag(entryPartial, e.Partial)
	if e.Subject != (clinical.Reference{}) {
		w.within(entrySubject, func(w *writer) {
			w.raw(string(e.Subject.Kind))
			w.raw(e.Subject.ID)
			w.identifier(&e.Subject.Identifier)
		})
	}
	w.number(entryAt, int64(e.At))
	w.text(entryVersion, e.Version)
	w.text(entryStatus, e.Status)
	w.flag(entryWrong, e.Wrong)
	w.number(entryStart, int64(e.Start))
	w.number(entryEnd, int64(e.End))
	w.number(entryRecorded, int64(e.Recorded))
	for i := range e.Props {
		w.prop(entryProp, &e.Props[i])
	}
	for i := range e.Keys {
		w.within(entryKey, func(w *writer) { w.identifier(&e.Keys[i]) })
	}
}

func (w *writer) told(t *told) {
	w.text(toldID, t.ID)
	if t.Sent != t.ID {
		w.text(toldSent, t.Sent)
	}
	w.text(toldWho, string(t.Who[:]))
	w.text(toldName, t.Is.Name)
	w.number(toldAt, int64(t.Is.OccurredAt))
	w.number(toldVersion, t.Is.Version)
	for i := range t.Is.Props {
		w.prop(toldProp, &t.Is.Props[i])
	}
}

// append writes the page behind what is there.
func (p *page) append(to []byte) []byte {
	w := writer(append(to, pageForm))
	w.text(pageAs, p.As)
	w.text(pageSource, p.Source)
	for i := range p.Versions {
		w.within(pageVersion, func(w *writer) { w.entry(&p.Versions[i]) })
		w.text(pageWho, string(p.Who[i][:]))
	}
	for i := range p.Told {
		w.within(pageTold, func(w *writer) { w.told(&p.Told[i]) })
	}
	for _, name := range slices.Sorted(maps.Keys(p.Back)) {
		w.within(pageBack, func(w *writer) {
			w.raw(name)
			*w = binary.AppendVarint(*w, int64(p.Back[name]))
		})
	}
	return w
}

var errPage = errors.New("what is kept of an entry cannot be read: the file is damaged, or a newer Attune wrote it")

// reader takes fields off. After something that cannot be read it is bad, and everything else it gives is empty.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) fail() { r.rest, r.bad = nil, true }

func (r *reader) field() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	f := r.rest[0]
	r.rest = r.rest[1:]
	return f
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) bytes() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.fail()
		return nil
	}
	b := r.rest[size : size+int(n)]
	r.rest = r.rest[size+int(n):]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

// within reads what has fields of its own.
func (r *reader) within(read func(*reader)) {
	in := reader{rest: r.bytes(), bad: r.bad}
	if !in.bad {
		read(&in)
	}
	if in.bad {
		r.fail()
	}
}

// fields reads the fields to the end.
func (r *reader) fields(read func(field byte)) {
	for len(r.rest) > 0 {
		read(r.field())
	}
}

func (r *reader) person() (p id.Person) {
	b := r.bytes()
	if len(b) != len(p) {
		r.fail()
		return p
	}
	return id.Person(b)
}

func (r *reader) prop() (p event.Prop) {
	r.within(func(r *reader) {
		p.Name = r.text()
		p.Value.Type = expr.Type(r.field())
		switch p.Value.Type {
		case expr.Text:
			p.Value.Text, r.rest = string(r.rest), nil
		case expr.List:
			for len(r.rest) > 0 {
				p.Value.List = append(p.Value.List, r.text())
			}
		default:
			if len(r.rest) != 8 {
				r.fail()
				return
			}
			p.Value.Num = math.Float64frombits(binary.BigEndian.Uint64(r.rest))
		}
	})
	return p
}

func (r *reader) identifier() (i clinical.Identifier) {
	i.System, i.Value = r.text(), r.text()
	i.Old = r.field() == 1
	return i
}

func (r *reader) entry() (e clinical.Entry) {
	r.within(func(r *reader) {
		r.fields(func(field byte) {
			switch field {
			case entryKind:
				e.Kind = clinical.Kind(r.text())
			case entryID:
				e.ID = r.text()
			case entryAlike:
				e.Alike = r.text()
			case entryPart:
				e.Parts = append(e.Parts, r.text())
			case entryPartial:
				e.Partial = r.number() != 0
			case entrySubject:
				r.within(func(r *reader) {
					e.Subject = clinical.Reference{Kind: clinical.Kind(r.text()), ID: r.text()}
					e.Subject.Identifier = r.identifier()
				})
			case entryAt:
				e.At = instant.Time(r.number())
			case entryVersion:
				e.Version = r.text()
			case entryStatus:
				e.Status = r.text()
			case entryWrong:
				e.Wrong = r.number() != 0
			case entryStart:
				e.Start = instant.Time(r.number())
			case entryEnd:
				e.End = instant.Time(r.number())
			case entryRecorded:
				e.Recorded = instant.Time(r.number())
			case entryProp:
				e.Props = append(e.Props, r.prop())
			case entryKey:
				r.within(func(r *reader) { e.Keys = append(e.Keys, r.identifier()) })
			default:
				r.fail()
			}
		})
	})
	return e
}

func (r *reader) told() (t told) {
	r.within(func(r *reader) {
		r.fields(func(field byte) {
			switch field {
			case toldID:
				t.ID = r.text()
			case toldSent:
				t.Sent = r.text()
			case toldWho:
				t.Who = r.person()
			case toldName:
				t.Is.Name = r.text()
			case toldAt:
				t.Is.OccurredAt = instant.Time(r.number())
			case toldVersion:
				t.Is.Version = r.number()
			case toldProp:
				t.Is.Props = append(t.Is.Props, r.prop())
			default:
				r.fail()
			}
		})
	})
	if t.Sent == "" {
		t.Sent = t.ID
	}
	t.Is.ID = t.Sent
	return t
}

// readPage reads a page of any form there was.
func readPage(b []byte) (p page, err error) {
	if len(b) > 0 && b[0] == '{' {
		return p, json.Unmarshal(b, &p)
	}
	r := reader{rest: b}
	if r.field() != pageForm {
		return p, errPage
	}
	r.fields(func(field byte) {
		switch field {
		case pageAs:
			p.As = r.text()
		case pageSource:
			p.Source = r.text()
		case pageVersion:
			p.Versions = append(p.Versions, r.entry())
		case pageWho:
			p.Who = append(p.Who, r.person())
		case pageTold:
			p.Told = append(p.Told, r.told())
		case pageBack:
			r.within(func(r *reader) {
				name, n := r.text(), int(r.number())
				if p.Back == nil {
					p.Back = map[string]int{}
				}
				p.Back[name] = n
			})
		default:
			r.fail()
		}
	})
	if r.bad || len(p.Who) != len(p.Versions) {
		return page{}, errPage
	}
	return p, nil
}
