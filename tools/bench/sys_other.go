//go:build !linux

package main

import (
	"os"
	"time"
)

// What only Linux is asked for: elsewhere the wall's time stands in for the CPU's, and the other
// figures are zero.

func cpuTime() time.Duration { return time.Duration(time.Now().UnixNano()) }

func residentMB() float64 { return 0 }

func datasync(f *os.File) error { return f.Sync() }

func writtenBytes() float64 { return 0 }

// forgetPeak does nothing: the system does not say.
func forgetPeak() {}

// peakMB is not known.
func peakMB() float64 { return 0 }
