// Package request keeps what programs ask of people and systems outside (questionnaires, tasks,
// referrals, calls) while it waits for an answer, and turns an answer into the event that the passage
// waits for.
//
// The [Book] knows the requests that are open: it is told of every commit, and filled from people's
// states at start, so that it survives a crash without a file of its own. The [Desk] takes answers: by
// the request's id alone, whoever gives them. An answer becomes an event with an id that derives from
// the request, so that one that is given again is counted once.
package request
