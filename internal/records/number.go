package records

import (
	"context"
	"slices"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake/identity"
)

// Numbers are what records call somebody: the identifiers that the newest version of each entry gives which says who
// they are, and the source's own id, in the system "source/NAME".
func (b *Book) Numbers(ctx context.Context, who id.Person) (out []identity.Key, err error) {
	err = b.about(ctx, who, `SELECT n, sealed FROM entry WHERE person = ? AND who`, func(is *page) {
		for _, k := range is.numbers() {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	})
	return out, err
}

// saysWho tells that an entry says who somebody is.
func saysWho(e *clinical.Entry) bool { return e.Kind == "Patient" || len(e.Keys) > 0 }

// saysWho tells that the newest version of an entry says who somebody is.
func (p *page) saysWho() bool { return len(p.Versions) > 0 && saysWho(&p.Versions[newest(p.Versions)]) }

func (p *page) numbers() (out []identity.Key) {
	if !p.saysWho() {
		return nil
	}
	e := &p.Versions[newest(p.Versions)]
	if e.Wrong {
		return nil
	}
	for _, k := range e.Keys {
		if k.System != "" && k.Value != "" && !k.Old {
			out = append(out, identity.Key{System: k.System, Value: k.Value})
		}
	}
	if p.Source != "" && e.Subject.ID != "" {
		out = append(out, identity.Key{System: "source/" + p.Source, Value: e.Subject.ID})
	}
	return out
}
