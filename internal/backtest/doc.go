// Package backtest plays real history through another version of the programs: who would have been
// engaged, what would have refused it and why, how much would have gone over each channel on each day,
// and where journeys would stand.
//
// Everybody is brought to the instant at which the window begins by the very inputs that were recorded of
// them, which must come out as they were written. There they are moved to the version, as publishing moves
// people, and hear what was heard of them in the window. Nobody is handed anything: what the gate lets pass
// counts as taken at once. What only exists because of what was really sent in the window is left out
// ([input.go] says what that is). Two versions are played in the same way, so that what differs between
// them is theirs; beside both stands what really happened.
//
// It promises that
//   - nothing is written anywhere: it reads a [Past] and returns a [Result];
//   - the same past, versions and window give the same bytes, with any number of cores;
//   - of each person no more is held in memory than their own history, and of all people only sums.
//
// It says nothing about how people would have reacted: to what they never got there is no reaction.
// What a version would have been worth can be estimated where decisions recorded the chances of all
// candidates; whoever does so sees the decisions of all three lives in [tally.effect].
//
// Start at run.go; person.go is one person's turn, life.go how somebody is stepped, input.go what they
// hear, tally.go what is counted, and result.go what comes of it.
package backtest
