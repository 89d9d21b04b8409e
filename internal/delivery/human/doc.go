// Package human is the channel of contacts that people carry: calls and visits. Handing one over puts a
// task into the work queue; the team claims it, sees what to say, and tells how it went.
//
// It owns one SQLite file, tasks.db, in which whom to reach and what to say lie sealed for the person:
// when their key is destroyed, nobody can read it any more. Who on the team has a task, and how often it
// was tried, lies in the clear. It takes each attempt once however often it is sent, and finds attempts
// again.
//
// It decides nothing about a person: whether a contact may still be made it asks through [World], each
// time before anybody sees the script. How a contact went it tells as an event, whose id derives from
// the task, so that telling it twice counts once. Start at [Open] and [Desk].
package human
