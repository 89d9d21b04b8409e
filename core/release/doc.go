// Package release compiles programs, the event catalogue and the zone data into a Release: everything
// a decision depends on, immutable and named by its hash. Every record of a decision names the release
// it was made under.
//
// Start at [Compile]. The package decides nothing about anybody.
package release
