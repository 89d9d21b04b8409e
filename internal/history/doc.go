// Package history gives back what happened to one person, in order: for their story, for why, for
// folding their past anew.
//
// The frames of [store.History] are the truth and are kept: one for each commit, with everybody in it.
// To find somebody in them takes a look at every one. So [History.Compact] sorts frames by person
// into chunks ([store.Chunks]): what happened to one person in a span of frames, packed and sealed as
// one piece with that person's key. [History.Of] reads somebody's chunks and then the few frames that
// are not in chunks yet.
//
// It promises that
//   - Of sees every frame appended before it was called, each entry once and in order, whatever the
//     compactor does meanwhile;
//   - a run of the compactor is one transaction: killed at any moment, it was not or it was;
//   - a chunk is at most 32 KB, unless a single entry is larger;
//   - chunks are worth nothing without the person's key, and can be made again from the frames.
//
// [Everybody] reads the histories of many, as whoever plays them again needs it.
//
// It never changes a frame, and knows nothing of what entries say.
package history
