package delivery_test

import (
	"context"
	"fmt"
	"testing"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/person"
	"attune/core/program"
	"attune/internal/delivery"
)

// A message tells its class, purpose and attempt, and how its reader takes back consent, unless it must
// be said.
func TestMessagesSayTheWayOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class   channel.Class
		must    bool
		attempt uint32
		want    string
	}{
		"an ordinary one":          {channel.Service, false, 1, "https://x.example/1"},
		"an offer":                 {channel.Promotional, false, 3, "https://x.example/3"},
		"one of care":              {channel.Clinical, false, 255, "https://x.example/255"},
		"the two hundred and 56th": {channel.Clinical, false, 256, "https://x.example/0"},
		"one about safety":         {channel.Safety, false, 1, ""},
		"one that must be said":    {channel.Clinical, true, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, rel, box := &inputs{}, diabetes(t), &carrier{}
			p := rel.Programs[0]
			if c.must {
				p.Engagements[0].Coordination = program.MustSend
			}
			d, err := delivery.New(delivery.Config{
				Inputs: in, Text: text(rel), Channels: []delivery.Channel{box},
				Ticket:      func(m delivery.Message) string { return fmt.Sprintf("t%d", m.Number) },
				Unsubscribe: func(m delivery.Message) string { return fmt.Sprintf("https://x.example/%d", m.Number) },
			})
			if err != nil {
				t.Fatal(err)
			}
			touch := person.Touch{ID: id.Key{9}, Attempts: c.attempt}
			it := send(rel, 1)
			it.Touch, it.Attempt, it.Engagement, it.Purpose, it.Class = touch.ID, touch.Attempt(), p.Engagements[0].ID, "care", c.class
			d.Committed(delivery.Commit{Person: somebody(1), Effects: []effect.Effect{it}})
			for _, hand := range d.Tick(noon) {
				hand(context.Background())
			}
			if len(box.messages) != 1 {
				t.Fatalf("%d messages were handed over", len(box.messages))
			}
			if m := box.messages[0]; m.Unsubscribe != c.want || m.Class != c.class || m.Purpose != "care" || m.Ticket == "" {
				t.Errorf("it leaves by %q as %s for %q, want %q", m.Unsubscribe, m.Class, m.Purpose, c.want)
			}
		})
	}
}
