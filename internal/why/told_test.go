package why

import (
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/program"
	"attune/core/record"
	"attune/core/release"
)

const begin instant.Time = 1_800_000_000_000

// tells is a record of somebody saying something of themselves, some days on; props are pairs.
func tells(id string, days int64, props ...string) record.Record {
	at := begin.Add(instant.Duration(days) * instant.Day)
	e := event.Event{ID: id, Name: "story.told", OccurredAt: at}
	for i := 0; i < len(props); i += 2 {
		if props[i] == "over" {
			e = e.With("over", expr.FlagOf(true))
			continue
		}
		e = e.With(props[i], expr.TextOf(props[i+1]))
	}
	return record.Record{At: at, What: engine.Heard{Event: e}}
}

func TestWhatWasToldLast(t *testing.T) {
	t.Parallel()
	rel := &release.Release{Programs: []*program.Program{{Barriers: []program.Driver{{ID: "no_bus", Says: "No way to get there", Kind: "physical_opportunity"}}}}}
	bus := tells("a", 1, "fact", "barrier", "names", "no_bus", "text", "The bus does not run")
	for name, c := range map[string]struct {
		records []record.Record
		days    int64
		want    string
	}{
		"it is told from then on":             {[]record.Record{bus}, 1, "no_bus: The bus does not run"},
		"it is not told before":               {[]record.Record{bus}, 0, ""},
		"the newest word stands":              {[]record.Record{tells("b", 2, "fact", "barrier", "names", "no_bus", "text", "No bus at all"), bus}, 9, "no_bus: No bus at all"},
		"what is over is not told":            {[]record.Record{bus, tells("b", 2, "fact", "barrier", "names", "no_bus", "over", "")}, 9, ""},
		"it is told of the time before that":  {[]record.Record{bus, tells("b", 2, "fact", "barrier", "names", "no_bus", "over", "")}, 1, "no_bus: The bus does not run"},
		"what is named otherwise goes apart":  {[]record.Record{bus, tells("b", 2, "fact", "barrier", "text", "They laugh", "kind", "social_opportunity")}, 9, "no_bus: The bus does not run; social_opportunity: They laugh"},
		"a name nobody knows is as if unsaid": {[]record.Record{tells("b", 2, "fact", "barrier", "names", "other", "text", "I do not know")}, 9, "not known: I do not know"},
		"a goal is told":                      {[]record.Record{tells("b", 2, "fact", "goal", "text", "To dance")}, 9, "not known: To dance"},
		"what was taken back is told no more, not even of before": {
			[]record.Record{bus, {At: begin.Add(5 * instant.Day), What: engine.Tick{}, Effects: []effect.Effect{effect.Retract{Event: "a"}}}}, 2, "",
		},
		"what a journey wrote down is told": {
			[]record.Record{{At: begin, What: engine.Tick{}, Effects: []effect.Effect{effect.Note{At: begin, Event: tells("n", 0, "fact", "goal", "text", "To walk").What.(engine.Heard).Event}}}}, 2, "not known: To walk",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, x := range ToldIn(c.records, begin.Add(instant.Duration(c.days)*instant.Day), rel) {
				got = append(got, x.word()+": "+x.Text)
			}
			if is := strings.Join(got, "; "); is != c.want {
				t.Errorf("told is %q, want %q", is, c.want)
			}
		})
	}
}
