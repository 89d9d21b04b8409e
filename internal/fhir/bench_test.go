package fhir_test

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"attune/internal/clinical"
	"attune/internal/fhir"
)

// generated is a file of Bundles, one a line, as an exporting system writes them: the sample's resources, and claims
// of which nothing is told, a third of the bytes.
func generated(b *testing.B) []byte {
	one := strings.ReplaceAll(string(sample(b, "record.json")), "\n", "")
	claim := `{"resource":{"resourceType":"Claim","id":"x","item":[` + strings.TrimSuffix(strings.Repeat(`{"sequence":1,"productOrService":{"coding":[{"system":"http://snomed.info/sct","code":"185347001","display":"Encounter for problem"}]}},`, 120), ",") + `]}},`
	one = strings.Replace(one, `"entry":[`, `"entry":[`+claim, 1)
	var out bytes.Buffer
	for i := range 100 {
		out.WriteString(strings.ReplaceAll(one, "Patient/ana", fmt.Sprintf("Patient/p-%d", i)) + "\n")
	}
	return out.Bytes()
}

// BenchmarkRead reads, maps and tells. MB/cpu-s counts the time of all cores, the collector's too, and so does not depend
// on what else the machine does.
func BenchmarkRead(b *testing.B) {
	file := generated(b)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	spent := func() (s float64) {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
	}
	before := spent()
	for b.Loop() {
		for _, item := range readAll(b, bytes.NewReader(file), fhir.Options{}) {
			for i := range item.Entries {
				clinical.Tell(item.Entries[i : i+1])
			}
		}
	}
	b.ReportMetric(float64(len(file))/1e6*float64(b.N)/(spent()-before), "MB/cpu-s")
}
