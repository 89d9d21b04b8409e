package segment

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// FuzzRead asks of whatever is sent: what comes out is usable or says why not, shows nothing of the
// body in its reasons, and is the same when the same is sent again.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"batch":[{"type":"track","userId":"1","event":"a","properties":{"a":{"b":[1,{"c":2}]}},"timestamp":"2027-03-01T09:00:00Z"}],"sentAt":"2027-03-01T09:00:01Z"}`,
		`{"batch":[{"type":"identify","anonymousId":"1","traits":{"a":1e5,"A":2}},{"type":"group","userId":5,"groupId":"g"},7,{"type":"alias","userId":"u","previousId":"p"}]}`,
		`{"batch":[{"type":"page","userId":"1","name":null,"properties":{"name":{"x":1}}}]}`,
		`{"userId":"1","event":"a"}`,
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	source := intake.Source{Name: "app"}
	const now = instant.Time(1_800_000_000_000)
	f.Fuzz(func(t *testing.T, body []byte, single bool) {
		doc, err := strictjson.Parse(body)
		if err != nil || doc.Root.Kind != strictjson.Object {
			return
		}
		c := batch
		if single {
			c = track
		}
		arrivals, no := read(c, source, now, body, doc)
		if no != nil {
			if len(arrivals) > 0 || no.Reason == "" || no.Remedy == "" {
				t.Fatalf("refused as %+v with %d arrivals", no, len(arrivals))
			}
			return
		}
		if again, _ := read(c, source, now, body, doc); !reflect.DeepEqual(again, arrivals) {
			t.Fatal("read again, it is something else")
		}
		for _, a := range arrivals {
			e := a.Event
			if !bytes.Contains(body, a.Raw) {
				t.Fatal("keeps what was not sent")
			}
			if a.Problem != nil {
				if a.Problem.Reason == "" || a.Problem.Remedy == "" {
					t.Fatalf("a problem without help: %+v", a.Problem)
				}
				continue
			}
			if a.Who.Check() != nil || e.Name == "" || len(e.ID) <= len("app/") || !strings.HasPrefix(e.ID, "app/") || len(e.ID) > intake.MaxID {
				t.Fatalf("an event of no use: %+v %+v", a.Who, e)
			}
			if e.ReceivedAt != now || e.OccurredAt > now {
				t.Fatalf("it happened at %s and was received at %s", e.OccurredAt, e.ReceivedAt)
			}
			for i := 1; i < len(e.Props); i++ {
				if e.Props[i-1].Name >= e.Props[i].Name {
					t.Fatalf("properties out of order: %+v", e.Props)
				}
			}
			if wire, err := e.Encode(); err != nil || len(wire) == 0 {
				t.Fatal(err)
			}
		}
	})
}

// FuzzInflate holds inflate against the standard library: what it returns is the whole stream, and
// never more than allowed.
func FuzzInflate(f *testing.F) {
	f.Add([]byte(zipped("hello")), 100)
	f.Add([]byte(zipped(strings.Repeat("a", 100_000))), 200_000)
	f.Add([]byte(zipped("a")+zipped("b")), 100)
	f.Add([]byte{0x1f, 0x8b}, 10)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		limit = min(max(limit, 0), 1<<20)
		got, err := inflate(in, limit)
		if len(got) > limit || len(got) > max(anyRatio, maxRatio*len(in)) {
			t.Fatalf("%d bytes of %d, of which %d were allowed", len(got), len(in), limit)
		}
		if err != nil {
			return
		}
		z, err := gzip.NewReader(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, the standard library %d, %v", len(got), len(want), err)
		}
	})
}
