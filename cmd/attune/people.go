package main

type peopleCmd struct {
	Merge mergeCmd `cmd:"" help:"Say that two records are one person's."`
	Part  partCmd  `cmd:"" help:"Say that a record which was taken for the same person's is somebody else's after all."`
}
