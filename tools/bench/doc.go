// Command bench measures what docs/performance.md reports: how fast a person is stepped, what the
// disk under the data folder can do, how many events per second go from an HTTP request to a committed
// state, how many e-mails are handed over, and how fast a log is mined.
//
//	go run ./tools/bench            all of it, in a few minutes
//	go run ./tools/bench --quick    a smoke of some twenty seconds, for CI
//	go run ./tools/bench --json     the same figures for a machine
//
// Everything runs on the real disk in a temporary folder that is removed at the end, with every
// commit synced, every byte sealed, and the client on the same cores. Read the ratios and the CPU per
// event first: on a shared machine the rates move with whatever else runs.
package main
