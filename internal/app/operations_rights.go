package app

import (
	"context"

	"attune/internal/access"
	"attune/internal/api"
)

// moreRights are what people have a right to, besides erasure.
func (n *Node) moreRights() []api.Operation {
	object := func(over bool, id, route, summary string) api.Operation {
		o := opCall(n, id, route, access.PersonObject, callObject, summary, func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			To     string `path:"to" doc:"profiling or marketing." example:"profiling"`
			Note   string `json:"note" doc:"How it was said, and when."`
		}, ask func(context.Context, ObjectWord) (nothing, error),
		) (api.Nothing, error) {
			_, err := ask(ctx, ObjectWord{Person: in.Person, To: in.To, Over: over, By: by(ctx), Note: in.Note})
			return api.Nothing{}, err
		})
		o.What = calls()[callObject].what(ObjectWord{Over: over})
		return o
	}
	resume := opCall(n, "resumeUse", "POST /v1/people/{person}/restriction/end", access.PersonRestrict, callRestrict, "Say that what is known of somebody may be used again. They have to be told before.",
		func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Told   string `json:"told" required:"" doc:"When they were told that it ends." example:"2027-04-01T09:00:00Z"`
			Note   string `json:"note" doc:"How they were told."`
		}, ask func(context.Context, RestrictWord) (nothing, error),
		) (api.Nothing, error) {
			told, err := at("told", in.Told)
			if err != nil {
				return api.Nothing{}, err
			}
			_, err = ask(ctx, RestrictWord{Person: in.Person, Over: true, Told: told, By: by(ctx), Note: in.Note})
			return api.Nothing{}, err
		})
	resume.What = calls()[callRestrict].what(RestrictWord{Over: true})
	settle := opCall(n, "settleDispute", "POST /v1/people/{person}/facts/{fact}/settle", access.PersonCorrect, callDispute, "Say what came of something that somebody disputes.",
		func(ctx context.Context, in struct {
			Person string `path:"person" whom:""`
			Fact   string `path:"fact" doc:"What is disputed." example:"diagnosis"`
			Note   string `json:"note" required:"" doc:"What came of it." example:"The clinic took it back."`
		}, ask func(context.Context, DisputeWord) (nothing, error),
		) (api.Nothing, error) {
			_, err := ask(ctx, DisputeWord{Person: in.Person, Fact: in.Fact, Settled: true, By: by(ctx), Note: in.Note})
			return api.Nothing{}, err
		})
	settle.What = calls()[callDispute].what(DisputeWord{Settled: true})
	return []api.Operation{
		explained(opCall(n, "exportPerson", "POST /v1/people/{person}/export", access.PersonExport, callExport, "Take out all that is held of somebody, for them.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Reason string `json:"reason" doc:"Why, such as that they asked for it." example:"Asked for it in a letter."`
			}, ask func(context.Context, ExportWord) (PersonExport, error),
			) (PersonExport, error) {
				return ask(ctx, ExportWord{Person: in.Person, Reason: in.Reason, By: by(ctx)})
			}), "The files are a page to read (index.html), a FHIR R4 Bundle, and tables (CSV). docs/rights.md tells what is left out, and why."),
		explained(object(false, "setObjection", "PUT /v1/people/{person}/objections/{to}", "Note that somebody objects to profiling, or to what advertises."),
			"From then on nothing is inferred of who objects to profiling, and fixed rules alone decide. Nothing that advertises goes to who objects to marketing, whatever they consented to."),
		object(true, "endObjection", "POST /v1/people/{person}/objections/{to}/end", "Note that somebody takes an objection back."),
		explained(opCall(n, "restrictUse", "PUT /v1/people/{person}/restriction", access.PersonRestrict, callRestrict, "Let what is known of somebody be kept, and nothing be done with it.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Ground string `json:"ground" required:"" doc:"On what ground." example:"disputes her diagnosis"`
				Note   string `json:"note" doc:"What there is to remember."`
			}, ask func(context.Context, RestrictWord) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, RestrictWord{Person: in.Person, Ground: in.Ground, By: by(ctx), Note: in.Note})
				return api.Nothing{}, err
			}), "What waits ends, journeys end, and nothing begins but what is for safety."),
		resume,
		explained(opCall(n, "correctFact", "PUT /v1/people/{person}/facts/{fact}", access.PersonCorrect, callCorrect, "Correct what is known of somebody.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Fact   string `path:"fact" doc:"Which: the name of a trait." example:"last_name"`
				Value  string `json:"value" required:"" doc:"What it is." example:"Quispe"`
				Reason string `json:"reason" required:"" doc:"How it is known." example:"passport"`
			}, ask func(context.Context, CorrectWord) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, CorrectWord{Person: in.Person, Fact: in.Fact, Value: in.Value, Reason: in.Reason, By: by(ctx)})
				return api.Nothing{}, err
			}), "What sources say of it later does not count; where they say something else, it waits in listCorrections until somebody decides."),
		opCall(n, "uncorrectFact", "POST /v1/people/{person}/facts/{fact}/uncorrect", access.PersonCorrect, callUncorrect, "Take the newest correction of a fact back.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Fact   string `path:"fact" doc:"Which: the name of a trait." example:"last_name"`
				Reason string `json:"reason" doc:"Why."`
			}, ask func(context.Context, UncorrectWord) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, UncorrectWord{Person: in.Person, Fact: in.Fact, Reason: in.Reason, By: by(ctx)})
				return api.Nothing{}, err
			}),
		explained(opCall(n, "disputeFact", "POST /v1/people/{person}/facts/{fact}/dispute", access.PersonObject, callDispute, "Note that somebody disputes what is recorded of them.",
			func(ctx context.Context, in struct {
				Person string `path:"person" whom:""`
				Fact   string `path:"fact" doc:"What they dispute, in a word: a trait, or such as diagnosis." example:"diagnosis"`
				Event  string `json:"event" doc:"Which event told it, where that is known."`
				Note   string `json:"note" required:"" doc:"What they say, in their words." example:"I never had it."`
			}, ask func(context.Context, DisputeWord) (nothing, error),
			) (api.Nothing, error) {
				_, err := ask(ctx, DisputeWord{Person: in.Person, Fact: in.Fact, Event: in.Event, By: by(ctx), Note: in.Note})
				return api.Nothing{}, err
			}), "It changes nothing by itself: a restriction keeps what is known from being used while it is looked at."),
		settle,
		opCall(n, "listCorrections", "GET /v1/corrections", access.CorrectionsList, callCorrections, "List facts that wait for somebody to decide: corrected and said otherwise by a source since, or disputed.",
			func(ctx context.Context, in struct {
				api.Page
				All bool `query:"all" doc:"All that were corrected or are disputed, not only those that wait."`
			}, ask func(context.Context, correctionsCall) ([]Questioned, error),
			) (api.List[Questioned], error) {
				all, err := ask(ctx, correctionsCall{in.All})
				if err != nil {
					return api.List[Questioned]{}, err
				}
				return api.PageOf(all, in.Page, func(q *Questioned) string { return q.Person + " " + q.Fact })
			}),
	}
}
