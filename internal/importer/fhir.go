package importer

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"attune/internal/fhir"
)

// Resources reads files of FHIR resources of one source.
type Resources struct {
	options fhir.Options
	unknown map[Code]int
	notes   map[string]int
}

// NewResources reads as the options say.
func NewResources(o fhir.Options) *Resources {
	if o.Remember == nil {
		o.Remember = fhir.NewMemory(0)
	}
	return &Resources{options: o, unknown: map[Code]int{}, notes: map[string]int{}}
}

// Open reads a file's resources.
func (r *Resources) Open(content io.Reader) Reader {
	return &resources{r, fhir.NewReader(content, r.options)}
}

// recall remembers what a file has that others point to.
func (r *Resources) recall(content io.Reader) (again bool) { return fhir.Recall(content, r.options) }

type resources struct {
	of *Resources
	in *fhir.Reader
}

// Next implements Reader.
func (r *resources) Next() (Item, error) {
	is, err := r.in.Next()
	if err != nil {
		return Item{}, err
	}
	item := Item{Type: is.Type, Entries: is.Entries, Skipped: is.Skipped}
	if p := is.Problem; p != nil {
		field := p.Element
		if p.Type != "" {
			item.Type, field = p.Type, strings.TrimSuffix(p.Type+"."+p.Element, ".")
		}
		item.Problem = &Problem{Place: p.Where.String(), Field: field, Reason: p.Reason, Remedy: p.Remedy}
	}
	for _, u := range is.Unknown {
		r.of.unknown[Code{Type: is.Type, System: u.Code.System, Code: u.Code.Code}]++
	}
	for _, n := range is.Notes {
		r.of.notes[n]++
	}
	return item, nil
}

// mostCodes is how many unknown codes are told.
const mostCodes = 50

// Unknown are the codes that nobody knows, the most frequent first; rest is how many more there are.
func (r *Resources) Unknown() (list []Code, rest int) {
	for c, n := range r.unknown {
		c.Count = n
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Code) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Type, b.Type), strings.Compare(a.System, b.System), strings.Compare(a.Code, b.Code))
	})
	if len(list) > mostCodes {
		list, rest = list[:mostCodes], len(list)-mostCodes
	}
	return list, rest
}

// Notes are what resources left out that could have been told, the most frequent first.
func (r *Resources) Notes() (list []Count) {
	for name, n := range r.notes {
		list = append(list, Count{name, n})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name)) })
	return list
}
