package app

import (
	"cmp"
	"context"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
)

// livedIn says whose passages over a map are asked for.
type livedIn struct {
	Program string   `path:"program" doc:"The program's id." example:"diabetes"`
	AsOf    string   `query:"as_of" doc:"Only what had happened, and was known, by this instant; now where it does not say."`
	From    string   `query:"from" doc:"Only passages that began from this instant on."`
	To      string   `query:"to" doc:"Only passages that began before this instant."`
	Is      []string `query:"is" doc:"Only people of whom an attribute of the map is so, as ATTRIBUTE:LEVEL. Of one attribute any of the levels will do."`
	Saw     string   `query:"saw" doc:"Only people who saw this moment."`
	Not     string   `query:"not" doc:"Only people who did not see this moment."`
}

func (in *livedIn) asked() (o LivedOf, err error) {
	o = LivedOf{Program: in.Program, Is: in.Is, Saw: in.Saw, Not: in.Not}
	for _, x := range []struct {
		field, says string
		to          *instant.Time
	}{{"as_of", in.AsOf, &o.AsOf}, {"from", in.From, &o.From}, {"to", in.To, &o.To}} {
		if *x.to, err = at(x.field, x.says); err != nil {
			return o, err
		}
	}
	return o, nil
}

// reportIn says what a program's report is of.
type reportIn struct {
	livedIn
	By  string `query:"by" doc:"An attribute of the map by whose levels the report is divided." example:""`
	Few bool   `query:"few" doc:"Tell also what is of few people: only for who may list people."`
}

func (in *reportIn) asked() (ReportOf, error) {
	o, err := in.livedIn.asked()
	return ReportOf{LivedOf: o, By: in.By, Few: in.Few}, err
}

// rollUpIn says which programs are summed up.
type rollUpIn struct {
	Standard string `query:"standard" doc:"Only programs under this standard, such as a region or a brand."`
	AsOf     string `query:"as_of" doc:"Only what had happened, and was known, by this instant; now where it does not say."`
	From     string `query:"from" doc:"Only what happened from this instant on."`
	To       string `query:"to" doc:"Only what happened before this instant."`
	Few      bool   `query:"few" doc:"Tell also what is of few people: only for who may list people."`
}

func (in *rollUpIn) asked() (ReportOf, error) {
	o, err := (&livedIn{AsOf: in.AsOf, From: in.From, To: in.To}).asked()
	return ReportOf{LivedOf: o, Standard: in.Standard, Few: in.Few}, err
}

type reportFileIn struct {
	reportIn
	Format string `query:"format" doc:"html, pdf, json, text, or zip with every table as CSV and Parquet; html where it does not say." example:"html"`
}

type rollUpFileIn struct {
	rollUpIn
	Format string `query:"format" doc:"html, pdf, json, text, or zip with every table as CSV and Parquet; html where it does not say." example:"html"`
}

// report makes the report that is asked for.
func report(ctx context.Context, i *Inspector, in interface{ asked() (ReportOf, error) }) (*Report, error) {
	o, err := in.asked()
	if err != nil {
		return nil, err
	}
	return i.Report(ctx, o)
}

// reported is one as a file.
func reported(ctx context.Context, i *Inspector, in interface{ asked() (ReportOf, error) }, format string) (api.Text, error) {
	r, err := report(ctx, i, in)
	if err != nil {
		return api.Text{}, err
	}
	return WriteReport(r, cmp.Or(format, "html"))
}

func (n *Node) insightOperations() []api.Operation {
	return []api.Operation{
		explained(opRead(n, "readLived", "GET /v1/programs/{program}/lived", access.PeopleReport, "Lived", "Show what really happens on a program's map: who is where, who moved on, left or waits, what was promised and kept, and how it felt.",
			func(ctx context.Context, i *Inspector, in livedIn) (*Lived, error) {
				o, err := in.asked()
				if err != nil {
					return nil, err
				}
				return i.Lived(ctx, o)
			}), "Of every phase entered = moved_on + left + waiting, whatever is asked for. Numbers are of passages, and of people where it says so; times are quantiles of the cumulative incidence, exact to 2 %."),
		explained(opRead(n, "readChanges", "GET /v1/programs/{program}/changes", access.PeopleList, "Changes", "Tell what changed lately on a program's map: from which phases fewer or more people moved on than before, and which outcomes were reached.",
			func(ctx context.Context, i *Inspector, in struct {
				Program string `path:"program" doc:"The program's id." example:"diabetes"`
				Days    int    `query:"days" doc:"How long each of the two periods is that are compared, in days; 28 where it does not say." example:"28"`
			},
			) (*Changes, error) {
				return i.Changes(ctx, in.Program, in.Days)
			}), "Who came in during the newest period is compared with who came in the one before, each as known when their period ended. A change is told where its 99 % interval does not hold none. Outcomes are of the last seven days, by how many people each was reached. Numbers of few people are not hidden, so it is for who may list people."),
		explained(opRead(n, "readJourneysLived", "GET /v1/programs/{program}/journeys/lived", access.PeopleReport, "Journeys", "Show who stands where in a program's journeys: of each step who is there now, passed it, or left the journey at it, and how long it holds people.",
			func(ctx context.Context, i *Inspector, in struct {
				Program string `path:"program" doc:"The program's id." example:"diabetes"`
			},
			) (*Journeys, error) {
				return i.Journeys(ctx, in.Program)
			}), "Of every step, and of every journey, entered = here + passed + left, in people; everybody is counted once, as their newest coming to it went on. Steps that the live program does not have any more are not shown."),
		explained(opRead(n, "findLeverage", "GET /v1/programs/{program}/leverage", access.PeopleReport, "Leverage", "Find the moments on a program's map where a change would help patients most: ranked, with intervals, guards and one sentence each.",
			func(ctx context.Context, i *Inspector, in livedIn) (*Leverage, error) {
				o, err := in.asked()
				if err != nil {
					return nil, err
				}
				return i.Leverage(ctx, o)
			}), "Ranked by the tenth percentile of what would be gained. Nothing is said of fewer than 11 people, nor where intervals were found not to hold; what is withheld says why. What differs by attributes of fairness is told only to who may see them (fairness.read), which is who looks after people's rights."),
		explained(opRead(n, "readReport", "GET /v1/programs/{program}/report", access.PeopleReport, "Report", "Report what became of a program's people and what that was worth: answers, conversion, retention, adherence, health, experience, stages, and what it cost.",
			func(ctx context.Context, i *Inspector, in reportIn) (*Report, error) { return report(ctx, i, &in) }), "Numbers of few people are hidden in it, unless who may list people asks for them. Only what chance decided is told as changed by the program."),
		explained(opRead(n, "writeReport", "GET /v1/programs/{program}/report/file", access.PeopleReport, "Report", "Write that report as a page, as PDF, as text, or every table as CSV and Parquet.",
			func(ctx context.Context, i *Inspector, in reportFileIn) (api.Text, error) {
				return reported(ctx, i, &in, in.Format)
			}), "The same numbers in every format, and the same are hidden."),
		explained(opRead(n, "readRollUp", "GET /v1/report", access.PeopleReport, "Report", "Report all programs, or those under a standard, one row each, with sums for each region, brand and house.",
			func(ctx context.Context, i *Inspector, in rollUpIn) (*Report, error) { return report(ctx, i, &in) }), "Who is in two programs counts in each."),
		explained(opRead(n, "writeRollUp", "GET /v1/report/file", access.PeopleReport, "Report", "Write that report as a page, as PDF, as text, or every table as CSV and Parquet.",
			func(ctx context.Context, i *Inspector, in rollUpFileIn) (api.Text, error) {
				return reported(ctx, i, &in, in.Format)
			}), "The same numbers in every format, and the same are hidden."),
		explained(opRead(n, "listPassages", "GET /v1/programs/{program}/phases/{phase}/passages", access.PeopleList, "Passages", "List the people behind a number of a phase.",
			func(ctx context.Context, i *Inspector, in struct {
				livedIn
				Phase string `path:"phase" doc:"The phase's id." example:"treatment"`
				End   string `query:"end" doc:"Which number: entered, on, left, waiting or here; here where it does not say." example:"here"`
				api.Page
			},
			) (out api.List[PassageOf], err error) {
				o, err := in.asked()
				if err != nil {
					return out, err
				}
				return pageBehind(ctx, i, "Passages", in.Program, in.Page, i.passages(&o, in.Phase, cmp.Or(in.End, "here")))
			}), "There are as many as readLived counts, of the same filter."),
		explained(opRead(n, "listTravellers", "GET /v1/programs/{program}/journeys/{journey}/people", access.PeopleList, "Travellers", "List the people behind a number of a journey, or of one of its steps.",
			func(ctx context.Context, i *Inspector, in struct {
				Program string `path:"program" doc:"The program's id." example:"diabetes"`
				Journey string `path:"journey" doc:"The journey's id." example:"welcome"`
				Step    string `query:"step" doc:"The step, as readJourneysLived names it; the whole journey where it does not say."`
				End     string `query:"end" doc:"Which number: entered, here, passed, left or stuck; here where it does not say. Of a journey, passed are those who finished it." example:"here"`
				api.Page
			},
			) (out api.List[TravellerOf], err error) {
				return pageBehind(ctx, i, "Travellers", in.Program, in.Page, i.travellers(in.Program, in.Journey, in.Step, cmp.Or(in.End, "here")))
			}), "There are as many as readJourneysLived counts."),
		explained(opRead(n, "findGroups", "GET /v1/programs/{program}/phases/{phase}/groups", access.PeopleReport, "Groups", "Find groups of people whose doings before they came into a phase tell whether they move on, in words and as audiences.",
			func(ctx context.Context, i *Inspector, in struct {
				livedIn
				Phase string `path:"phase" doc:"The phase's id." example:"treatment"`
			},
			) (*Groups, error) {
				o, err := in.asked()
				if err != nil {
					return nil, err
				}
				return i.Groups(ctx, o, in.Phase)
			}), "Of 200 people or more; a group is of 50 or more. One half of them chooses, the other tests and estimates. Where nothing holds, nothing is told, and why. Whoever objects to profiling is in none."),
		explained(opRead(n, "drawPoster", "GET /v1/programs/{program}/poster", access.PeopleReport, "Poster", "Draw a program's map with its numbers, to be hung on a wall.",
			func(ctx context.Context, i *Inspector, in struct {
				livedIn
				Size     string `query:"size" doc:"The paper: a0, a1, a3, or a4-tiles, which are glued together; a3 where it does not say." example:"a3"`
				Format   string `query:"format" doc:"svg, pdf or png; csv or json for all its numbers as a table; svg where it does not say." example:"svg"`
				DPI      int    `query:"dpi" doc:"How finely a PNG is drawn, in dots an inch; at most 150 where it does not say."`
				Language string `query:"language" doc:"The language of the poster's own words: en or es; en where it does not say." example:"en"`
			},
			) (api.Text, error) {
				o, err := in.asked()
				if err != nil {
					return api.Text{}, err
				}
				p, err := i.Poster(ctx, PosterOf{LivedOf: o, Size: cmp.Or(in.Size, "a3"), Format: cmp.Or(in.Format, "svg"), DPI: in.DPI, Language: in.Language})
				if err != nil {
					return api.Text{}, err
				}
				return api.Text{Type: p.Type, Body: p.Body}, nil
			}), "Numbers are rounded to 5 and hidden as outside the care team, whoever asks: a wall is seen by all who pass."),
		explained(opRead(n, "exportFacts", "GET /v1/facts", access.PeopleList, "ExportFacts", "Export the facts that numbers are made of, as Parquet files by program and month, in a zip file.",
			func(ctx context.Context, i *Inspector, in struct {
				Program string `query:"program" doc:"Only this program's facts."`
				From    string `query:"from" doc:"Only what happened from this instant on."`
				To      string `query:"to" doc:"Only what happened before this instant."`
			},
			) (api.Text, error) {
				o := FactsOf{Program: in.Program}
				var err error
				if o.From, err = at("from", in.From); err == nil {
					o.To, err = at("to", in.To)
				}
				if err != nil {
					return api.Text{}, err
				}
				return i.zipped(ctx, o)
			}), "People stand in it as pseudonyms, which are the same in every export of one installation. Whoever asked that nothing be used of them does not. Each row is one person's, so it is for who may list people."),
	}
}
