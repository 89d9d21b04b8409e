// Package pattern tells what worked where without telling of anybody: what saying an engagement in a stage of change
// over a channel changed, of many people together, in a signed file that another organisation can begin from.
//
// It owns the rules by which numbers leave (Tally, Release), the file and its signature (File, Sign, Parse), and how
// what others measured moves what is expected here before anything was learned (Priors).
//
// It promises that every pattern is of eleven people or more on each side, that what is said of a combination changes
// only when eleven people or more on each side are new, and that a file which Parse takes is byte for byte what the owner
// of its key signed.
//
// It never reads or writes files, looks at a clock or decides whose key is trusted.
//
// Start at File and Tally.
package pattern
