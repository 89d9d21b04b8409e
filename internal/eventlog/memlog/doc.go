// Package memlog is an event log in memory, for tests and simulation. It promises what every
// [eventlog.Log] does, except that it ends with the process.
package memlog
