package main

import (
	"os"
	"path/filepath"
	"time"
)

const (
	rawSync  = "raw disk: 4 KB append+fdatasync"
	rawBatch = "raw disk: 512 B events, batches of 100, append+fdatasync"
)

// measureDisk takes the yardstick of the day: what this disk can do at best.
func measureDisk(r *report, o options, dir string) error {
	for _, c := range []struct {
		name       string
		size, each int
		unit       string
	}{
		{rawSync, 4096, 1, "/s"},
		{rawBatch, 512 * 100, 100, "events/s"},
	} {
		span := time.Duration(min(o.seconds, 3)) * time.Second
		took, err := appendSynced(filepath.Join(dir, "raw"), c.size, span)
		if err != nil {
			return err
		}
		n := len(took)
		var sum time.Duration
		for _, d := range took {
			sum += d
		}
		p50, p99 := quantiles(took)
		r.add(c.name, float64(n*c.each)/sum.Seconds(), c.unit, "")
		r.add(c.name+", p50", millis(p50), "ms", "")
		r.add(c.name+", p99", millis(p99), "ms", "")
	}
	return nil
}

func appendSynced(path string, size int, span time.Duration) (took []time.Duration, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	defer f.Close()
	block := make([]byte, size)
	for i := range block {
		block[i] = byte(i * 7)
	}
	for begin := time.Now(); time.Since(begin) < span; {
		at := time.Now()
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		if err := datasync(f); err != nil {
			return nil, err
		}
		took = append(took, time.Since(at))
	}
	return took, nil
}
