package fhir

import (
	"cmp"
	"fmt"
	"io"

	"attune/core/instant"
	"attune/internal/clinical"
	"attune/internal/strictjson"
)

// The bounds of what is read, where Options names no others.
const (
	MaxBundle   = 256 << 20
	MaxResource = 16 << 20
	maxDepth    = 64
	maxValues   = 1_000_000
)

// Options say how a source's resources are to be understood. The zero value works.
type Options struct {
	// Zone is the source's clock, for dates and for times without an offset. Nil is UTC.
	Zone *instant.Zone
	// Codes replaces a source's own codes by those that programs know. The source's stay beside them.
	Codes map[Code]Code
	// Base is the source's own address, such as "https://fhir.clinic.example/r4". Where it is given, absolute
	// references to other servers are not taken for its own.
	Base string
	// Remember holds resources that others point to. Files of one source share one.
	Remember *Memory
	// MaxBundle and MaxResource bound one Bundle and one resource, in bytes. Zero means the constants.
	MaxBundle, MaxResource int
}

// Item is what one resource came to.
type Item struct {
	// Type is the resource's type, empty where it could not be read.
	Type string
	// Where it stands in what is read.
	Where Position
	// Entries are what it holds about people.
	Entries []clinical.Entry
	// Problem tells why it was refused.
	Problem *Problem
	// Skipped tells that nothing is told of resources of its type.
	Skipped bool
	// Unknown are codes that programs can hardly know: of no known system, or no code at all.
	Unknown []Unknown
	// Notes say what the resource leaves out that could have been told, in words that are the same for all of them.
	Notes []string
}

// Position is where a resource stands.
type Position struct {
	// Line is where the document begins, counted from 1.
	Line int
	// Entry counts a Bundle's entries from 0, as FHIR does; -1 is no Bundle's.
	Entry int
}

// String writes the position for people.
func (p Position) String() string {
	if p.Entry < 0 {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("line %d, Bundle.entry[%d]", p.Line, p.Entry)
}

// Problem says why a resource was refused: where, and what to do. It repeats nothing of the content.
type Problem struct {
	Where Position
	// Type and Element are FHIR's names, such as Encounter and period.start; empty where it is not about one.
	Type, Element  string
	Reason, Remedy string
}

// Error writes the problem as one line for people.
func (p *Problem) Error() string {
	at := p.Where.String()
	if p.Type != "" {
		at += ", " + p.Type
		if p.Element != "" {
			at += "." + p.Element
		}
	}
	return at + ": " + p.Reason + "; " + p.Remedy
}

// Reader reads resources from a file: one document, or one on each line.
type Reader struct {
	options Options
	split   splitter
	json    strictjson.Parser
	memory  *Memory
	// The Bundle that is being read, and how many of its entries were.
	bundle *bundle
	next   int
}

// NewReader reads resources from r.
func NewReader(r io.Reader, options Options) *Reader {
	options.MaxBundle = cmp.Or(options.MaxBundle, MaxBundle)
	options.MaxResource = cmp.Or(options.MaxResource, MaxResource)
	memory := options.Remember
	if memory == nil {
		memory = NewMemory(0)
	}
	return &Reader{
		options: options, memory: memory, split: newSplitter(r, options.MaxBundle),
		json: strictjson.Parser{Depth: maxDepth, Values: maxValues},
	}
}

// Next returns the next resource, and io.EOF after the last. Another error is that of reading; whatever is wrong with a
// resource is in its Item.
func (r *Reader) Next() (Item, error) {
	for {
		if r.bundle != nil {
			if r.next < len(r.bundle.entries) {
				r.next++
				return r.entry(r.next - 1), nil
			}
			r.bundle = nil
		}
		doc, err := r.split.next()
		if err != nil {
			return Item{}, err
		}
		where := Position{Line: doc.line, Entry: -1}
		if doc.problem != nil {
			doc.problem.Where = where
			return Item{Where: where, Problem: doc.problem}, nil
		}
		if top, ok := skim(doc.data); ok && top.kind == "Bundle" {
			b, problem := r.open(doc.data, where)
			if problem != nil {
				return Item{Type: "Bundle", Where: where, Problem: problem}, nil
			}
			r.bundle, r.next = b, 0
			continue
		}
		return r.resource(doc.data, where, nil), nil
	}
}

// resource reads one resource and maps it.
func (r *Reader) resource(data []byte, where Position, of *bundleEntry) Item {
	item := Item{Where: where}
	top, ok := skim(data)
	item.Type = top.kind
	if ok && !typeName(top.kind) {
		item.Type = ""
		item.Problem = &Problem{Where: where, Reason: "this is no resource of FHIR R4", Remedy: "name its type, as in \"resourceType\": \"Patient\""}
		return item
	}
	if ok && mapped(top.kind) == nil && !helper(top.kind) {
		item.Skipped = true
		return item
	}
	c, problem := r.parse(data, where, of)
	if problem != nil {
		if !typeName(item.Type) {
			item.Type = ""
		}
		problem.Type = item.Type
		item.Problem = problem
		return item
	}
	if helper(c.kind) {
		r.remember(c)
	}
	if m := mapped(c.kind); m != nil && !c.wrong() {
		m(c)
	}
	if c.problem != nil {
		item.Problem = c.problem
		return item
	}
	item.Entries, item.Unknown, item.Notes = c.entries, c.unknown, c.notes
	if len(item.Entries) == 0 && len(item.Notes) == 0 {
		item.Skipped = helper(c.kind) && mapped(c.kind) == nil
	}
	return item
}

// parse reads one resource strictly.
func (r *Reader) parse(data []byte, where Position, of *bundleEntry) (*reading, *Problem) {
	if len(data) > r.options.MaxResource {
		return nil, &Problem{Where: where, Reason: fmt.Sprintf("the resource has more than %d MB", r.options.MaxResource>>20), Remedy: "leave out attachments and send it again"}
	}
	doc, err := r.json.Parse(data)
	if err != nil {
		flaw := err.(*strictjson.Error)
		return nil, &Problem{Where: where, Reason: fmt.Sprintf("byte %d of the resource: %s", flaw.Offset, flaw.Reason), Remedy: flaw.Remedy}
	}
	c := &reading{Reader: r, root: &doc.Root, where: where, of: of}
	if flaw := doc.Flaw(&doc.Root); flaw != nil {
		return nil, &Problem{Where: where, Element: c.path(flaw.Offset, true), Reason: fmt.Sprintf("byte %d of the resource: %s", flaw.Offset, flaw.Reason), Remedy: flaw.Remedy}
	}
	if doc.Root.Kind != strictjson.Object {
		return nil, &Problem{Where: where, Reason: "found " + doc.Root.Kind.String() + " where a resource belongs", Remedy: `send a resource as {"resourceType": …}`}
	}
	c.begin()
	if c.problem != nil {
		return nil, c.problem
	}
	return c, nil
}
