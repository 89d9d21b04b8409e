//go:build unix

package app

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkImport takes real records in, from the file to the state of everybody whom they are about. Besides the time
// it reports megabytes of JSON for each second of a core's time.
func BenchmarkImport(b *testing.B) {
	file := filepath.Join("..", "..", "..", "shared", "data", "interop", "fhir", "synthea-2019-transaction-bundles.ndjson.gz")
	if _, err := os.Stat(file); err != nil {
		b.Skip("the records are not beside the project: ", err)
	}
	defer TradeMemory(ImportGarbage)() // as the command does
	for b.Loop() {
		b.StopTimer()
		rel, _ := mustLoad(b, diabetes)
		data := filepath.Join(b.TempDir(), "data")
		n, err := Open(b.Context(), Options{Data: data, Organisation: "bench", Release: rel})
		if err != nil {
			b.Fatal(err)
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
		before := cpu(b)
		b.StartTimer()
		r, err := ImportIn(b.Context(), data, Import{Source: "hospital", Paths: []string{file}}, func(ImportProgress) {})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(r.Bytes)
		b.ReportMetric(float64(r.Bytes)/1e6/(cpu(b)-before).Seconds(), "MB/core-s")
		b.ReportMetric(float64(r.Told), "events")
	}
}

// cpu is what the process has used of the cores' time.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
