package api

import (
	"encoding/base64"
	"slices"
)

// Page says which part of a list is wanted.
type Page struct {
	Cursor string `query:"cursor" doc:"Where to go on: next of the page before. Without it, from the beginning."`
	Limit  int    `query:"limit" doc:"How many at most; 50 where it does not say, and 500 at most." example:"50"`
}

const (
	usualPage = 50
	mostPage  = 500
)

// List is a part of a list.
type List[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of what comes after; empty at the end.
	Next string `json:"next,omitempty"`
	// Total is how many there are in all.
	Total int `json:"total"`
}

// PageOf cuts a page out of a list in which key tells one item from all others. If the item that the cursor names has gone since, the list
// begins anew, rather than leave something out.
func PageOf[T any](all []T, p Page, key func(*T) string) (List[T], error) {
	limit := p.Limit
	switch {
	case limit == 0:
		limit = usualPage
	case limit < 0 || limit > mostPage:
		return List[T]{}, badRequest.problem("it has to be from 1 to 500", "limit", "")
	}
	from := 0
	if p.Cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(p.Cursor)
		if err != nil {
			return List[T]{}, badRequest.problem("it is no cursor", "cursor", "send next of the page before, as it is")
		}
		from = 1 + slices.IndexFunc(all, func(x T) bool { return key(&x) == string(last) })
	}
	out := List[T]{Items: slices.Clone(all[from:min(len(all), from+limit)]), Total: len(all)}
	if out.Items == nil {
		out.Items = []T{}
	}
	if from+limit < len(all) {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(key(&out.Items[len(out.Items)-1])))
	}
	return out, nil
}
