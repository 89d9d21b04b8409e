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

// Tail is a page of a list that is too long to be counted.
type Tail[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the page that follows; empty where there is none.
	Next string `json:"next,omitempty"`
}

// After is behind which item a page begins, and how many it has.
func (p *Page) After() (key string, limit int, err error) {
	switch {
	case p.Limit == 0:
		limit = usualPage
	case p.Limit < 0 || p.Limit > mostPage:
		return "", 0, badRequest.problem("it has to be from 1 to 500", "limit", "")
	default:
		limit = p.Limit
	}
	last, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return "", 0, badRequest.problem("it is no cursor", "cursor", "send next of the page before, as it is")
	}
	return string(last), limit, nil
}

// TailOf makes a page of items, of which there is one more than the limit where the list goes on.
func TailOf[T any](items []T, limit int, key func(*T) string) Tail[T] {
	out := Tail[T]{Items: items[:min(len(items), limit)]}
	if out.Items == nil {
		out.Items = []T{}
	}
	if len(items) > limit {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(key(&items[limit-1])))
	}
	return out
}

// PageOf cuts a page out of a list in which key tells one item from all others. If the item that the cursor names has gone since, the list
// begins anew, rather than leave something out.
func PageOf[T any](all []T, p Page, key func(*T) string) (List[T], error) {
	last, limit, err := p.After()
	if err != nil {
		return List[T]{}, err
	}
	from := 0
	if p.Cursor != "" {
		from = 1 + slices.IndexFunc(all, func(x T) bool { return key(&x) == last })
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
