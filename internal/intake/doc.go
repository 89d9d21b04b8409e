// Package intake is the way in, common to every source: it decides whose an event is, checks it
// against the catalogue, strips what nobody may keep, seals it and writes it to the log.
//
// It promises that
//   - what [Intake.Take] returned nil for is durable, and nothing was taken when it returned an error;
//   - one bad event does not cost its neighbours: it is kept, sealed, with its reason, in the
//     [Quarantine], where staff see it;
//   - no error and no reason repeats anything of an event but names that the catalogue declares.
//
// It does not recognise an event that comes a second time: the same event has the same id, and the
// person's own order notices. It reads no outside format; the packages below it do (segment).
//
// Start at [Intake.Take].
package intake
