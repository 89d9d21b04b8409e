package app

import (
	"context"

	"attune/internal/access"
	"attune/internal/api"
)

// moreRights are what people have a right to, besides erasure.
func (n *Node) moreRights() []api.Operation {
	return []api.Operation{
		explained(opCall(n, "exportPerson", "POST /v1/people/{person}/export", access.PersonExport, callExport, "Take out all that is held of somebody, for them.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Reason string `json:"reason" doc:"Why, such as that they asked for it."`
			}, ask func(context.Context, ExportWord) (PersonExport, error),
			) (PersonExport, error) {
				return ask(ctx, ExportWord{Person: in.Person, Reason: in.Reason, By: by(ctx)})
			}), "The files are a page to read (index.html), a FHIR R4 Bundle, and tables (CSV). docs/rights.md tells what is left out, and why."),
	}
}
