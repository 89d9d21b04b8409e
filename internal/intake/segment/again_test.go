package segment

import (
	"reflect"
	"testing"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// An event that is read once more is what it was: the same id, person, times and properties, by whatever call it came.
func TestAnEventIsReadAgainAsItCame(t *testing.T) {
	t.Parallel()
	source, received := intake.Source{Name: "app"}, instant.Time(1_800_000_000_000)
	for name, body := range map[call]string{
		track:    `{"userId":"ana","event":"visit.done","properties":{"a":{"b":1}},"originalTimestamp":"2027-01-01T00:00:00Z","sentAt":"2027-01-01T00:00:09Z"}`,
		identify: `{"userId":"ana","anonymousId":"x","messageId":"m","traits":{"email":"a@b.example"}}`,
		page:     `{"anonymousId":"x","name":"Home"}`,
		batch:    `{"sentAt":"2027-01-01T00:00:09Z","batch":[{"type":"track","userId":"ana","event":"visit.done","originalTimestamp":"2027-01-01T00:00:00Z"},{"type":"nothing"}]}`,
		history:  `{"batch":[{"type":"track","userId":"ana","event":"visit.done","timestamp":"2026-01-01T00:00:00Z"}]}`,
	} {
		doc, err := strictjson.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		arrivals, no := read(name, source, received, []byte(body), doc)
		if no != nil {
			t.Fatalf("%s: %+v", name, no)
		}
		for _, a := range arrivals {
			again, ok := Again(source, a.How, received, a.Raw)
			if !ok || !reflect.DeepEqual(again, a) {
				t.Errorf("%s came as\n%+v\nand is read again as\n%+v", name, a, again)
			}
		}
	}
	for _, how := range []string{"", "nothing"} {
		if _, ok := Again(source, how, received, []byte(`{}`)); ok {
			t.Errorf("%q is read", how)
		}
	}
}
