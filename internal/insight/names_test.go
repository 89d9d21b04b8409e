package insight

import (
	"encoding/binary"
	"runtime"
	"testing"

	"attune/core/id"
)

func many(n int) []id.Person {
	out := make([]id.Person, n)
	for k := range out {
		binary.BigEndian.PutUint64(out[k][:], uint64(k)*0x9e3779b97f4a7c15)
	}
	return out
}

// Whoever comes or is forgotten while everybody is being named is named, or is not.
func TestNamesAreOfWhoIsThere(t *testing.T) {
	t.Parallel()
	secret, all := []byte("secret"), many(100)
	var n names
	came, gone := id.Person{1}, all[7]
	n.fill(secret, func() []id.Person {
		n.told(PseudonymOf(secret, came), came)
		n.told(PseudonymOf(secret, gone), gone)
		n.forget(PseudonymOf(secret, gone))
		return all
	})
	for _, who := range append(all, came) {
		if is, known := n.of[PseudonymOf(secret, who)]; known == (who == gone) || known && is != who {
			t.Errorf("%v is named %v, %v", who, is, known)
		}
	}
	n.forget(PseudonymOf(secret, came))
	if _, known := n.of[PseudonymOf(secret, came)]; known {
		t.Error("who was forgotten afterwards is named")
	}
}

// BenchmarkNaming names a million people, as a server does once after it began.
func BenchmarkNaming(b *testing.B) {
	all := many(1_000_000)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		var n names
		n.fill([]byte("secret"), func() []id.Person { return all })
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(n.of)
	}
}
