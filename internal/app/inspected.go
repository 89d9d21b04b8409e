package app

import (
	"context"

	"attune/core/id"
	"attune/internal/audit"
)

// inspected says of everything that an [Inspector] tells what it is recorded as, or why it is not: who reads a folder beside its server
// is recorded like who asks the server.
func inspected() map[string]declared {
	look := func(w audit.What) declared { return declared{what: func(any) audit.What { return w }} }
	return map[string]declared{
		"Story": look(audit.PersonRead), "Thread": look(audit.PersonRead), "Person": look(audit.PersonRead), "Why": look(audit.PersonRead), "Letter": look(audit.PersonRead),
		"Onward": look(audit.PersonRead), "Replay": look(audit.PersonRead), "Touch": look(audit.PersonRead), "Prove": look(audit.PersonRead),
		"Consents": look(audit.PersonRead), "May": look(audit.PersonRead), "DryRun": look(audit.PersonRead), "Preview": look(audit.PersonRead), "Again": look(audit.PersonRead),
		"DeadLetters": look(audit.PeopleListed), "Attention": look(audit.PeopleListed), "Decided": look(audit.PeopleListed), "Audience": look(audit.PeopleListed),
		"Lived": look(audit.PeopleReported), "Journeys": look(audit.PeopleReported), "ExportFacts": look(audit.HistoryPlayed), "Leverage": look(audit.PeopleReported), "Poster": look(audit.PeopleReported), "Groups": look(audit.PeopleReported), "Changes": look(audit.PeopleReported), "Report": look(audit.PeopleReported), "Passages": look(audit.PeopleListed), "Travellers": look(audit.PeopleListed),
		"Reach": look(audit.PeopleReported), "Backtest": look(audit.HistoryPlayed), "LearningReport": look(audit.HistoryPlayed),
		"Checkup": look(audit.FolderRead),

		"Written":       free("a program's files, which tell of nobody"),
		"Overview":      free("is the page's, which only a server has; there it is recorded"),
		"AuditedPerson": free("finds lines of the audit log, whose readers are recorded"),
		"Who":           free("finds an id, and tells nothing of whose it is"),
		"Record":        free("finds an id, and tells nothing of whose it is"),
		"Beliefs":       free("works on a state that was read already"),
		"Arrivals":      free("names of events, and of their properties; no values"),
		"Plan":          free("what publishing would change, in numbers"),
		"Releases":      free("what was published, and how many live under it"),
		"State":         free("reads by Person, which is recorded"),
		"Close":         free("tells nothing"),
	}
}

// looked records that the caller is about to be told this of these people. The same again within one command is the same look.
func (i *Inspector) looked(ctx context.Context, method string, people ...id.Person) error {
	what := inspected()[method].what(nil)
	if i.audit == nil {
		r, err := openRecorder(i.dir, i.keys, audit.Config{})
		if err != nil {
			return err
		}
		i.audit, i.saw = r, map[sight]bool{}
		i.closers = append(i.closers, r.log)
	}
	var fresh []id.Person
	for _, p := range people {
		if !i.saw[sight{what, p}] {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) == 0 && len(people) > 0 {
		return nil
	}
	if err := i.audit.record(ctx, what, about{people: fresh, outcome: audit.Done}); err != nil {
		return err
	}
	for _, p := range fresh {
		i.saw[sight{what, p}] = true
	}
	return nil
}

// sight is that something of somebody was seen.
type sight struct {
	what audit.What
	who  id.Person
}
