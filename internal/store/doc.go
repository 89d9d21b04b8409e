// Package store keeps what Attune knows about people: their present state, and the history from
// which the state can be rebuilt.
//
// It owns these promises. [People] commits the rows of a batch, the live counters and how far the
// state has come together or not at all, and only onto the mark the batch was computed from, so
// that whatever is delivered twice changes nothing. [History] keeps one frame per commit, written
// before it, in order and without gaps: after a crash the newest frame may be ahead of the state,
// never behind, and the owner plays it again. [Chunks] keeps the same history by person; it is made
// of the frames, later, and can be made again.
//
// It never looks into a blob or a body: both are sealed. It never decides when someone wakes; it
// remembers what it was told. It knows nothing of the event log but positions.
//
// The implementation is in sqlite; storetest holds what every implementation must do.
package store
