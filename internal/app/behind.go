package app

import (
	"context"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/api"
)

// behind is a line about somebody who stands behind a number.
type behind[T any] interface {
	*T
	whose() string
}

// peopleOf are whom lines are about.
func peopleOf[T any, P behind[T]](all []T) []string {
	out := make([]string, 0, len(all))
	for k := range all {
		out = append(out, P(&all[k]).whose())
	}
	return out
}

// lookedAt records that the caller is about to be told this of these people, who are named by their ids.
func (i *Inspector) lookedAt(ctx context.Context, method string, ids []string) error {
	people := make([]id.Person, 0, len(ids))
	for _, written := range ids {
		who, err := id.ParsePerson(written)
		if err != nil {
			return err
		}
		people = append(people, who)
	}
	return i.looked(ctx, method, people...)
}

// pageBehind cuts a page out of those behind a number, and records that the people of this page were looked at, and nobody else.
func pageBehind[T any, P behind[T]](ctx context.Context, i *Inspector, method string, all []T, page api.Page, program, key func(*T) string) (api.List[T], error) {
	out, err := api.PageOf(inPanel(ctx, access.PeopleList, all, program), page, key)
	if err != nil {
		return out, err
	}
	return out, i.lookedAt(ctx, method, peopleOf[T, P](out.Items))
}
