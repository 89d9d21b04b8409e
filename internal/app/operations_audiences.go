package app

import (
	"context"

	"attune/internal/access"
	"attune/internal/api"
)

// audienceOperations read and try conditions, such as audiences are made of.
func (n *Node) audienceOperations() []api.Operation {
	const free = "what programs say, which tells of nobody"
	return []api.Operation{
		explained(opOwn("readRule", "POST /v1/rules/read", access.ProgramRead, "", free, "Say in plain words what a condition means, or what is wrong with it and where.",
			func(_ context.Context, in RuleAsked) (RuleRead, error) {
				of, err := n.written(in.Program, in.Draft)
				if err != nil {
					return RuleRead{}, err
				}
				return of.Read(in.When)
			}), "It is a condition as audiences.yaml has it, of a program that is live or in a draft."),
		opOwn("readVocabulary", "GET /v1/programs/{program}/vocabulary", access.ProgramRead, "", free, "List what a program's conditions may be made of: functions, and names with what they mean.",
			func(_ context.Context, in struct {
				Program string `path:"program" doc:"The program's id." example:"diabetes"`
				Draft   string `query:"draft" doc:"A draft in which it is written; without it, what is live."`
			},
			) (Vocabulary, error) {
				of, err := n.written(in.Program, in.Draft)
				if err != nil {
					return Vocabulary{}, err
				}
				return of.vocabulary()
			}),
		explained(opRead(n, "tryAudience", "POST /v1/people/audience", access.PeopleList, "Audience", "Tell who would be in an audience now, why, and who of them is in another one.",
			func(ctx context.Context, i *Inspector, in AudienceTry) (*AudienceTried, error) {
				of, err := n.written(in.Program, in.Draft)
				if err != nil {
					return nil, err
				}
				return i.Audience(ctx, of, &in)
			}), "People are looked at in the order of their ids, which are drawn at random, for as long as within_ms says. Where that is not everybody, numbers are reckoned from those who were looked at, with their 95 % interval. Nothing is written, and nobody is put into an audience. Whoever objects to profiling is in none."),
	}
}
