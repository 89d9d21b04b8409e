package app

import (
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/sim"
)

// recalled says something to everybody who has been ill for a day: published for those who are there
// already, it falls due for all of them at once.
func recalled(t *testing.T) string {
	t.Helper()
	return changed(t, [3]string{"engagements/recall.yaml", "", "engagement: recall\npurpose: treatment_support\naudience: patient\nvalue: 5\nexpires: 3d\n" +
		"when: since(\"clinical.condition_recorded\") > days(1)\nvariants: [{id: plain, email: welcome-name}]\n"})
}

func TestAPublicationReachesNoMoreThanItsCeilingUntilTwoPeopleSaySo(t *testing.T) {
	const people, most = 300, 100
	box, cfg := startMail(t, func(int) bool { return true })
	channels, closeChannels, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeChannels)
	w := &welcomes{t: t, program: diabetes, dir: t.TempDir(), box: box, channels: channels, clock: sim.NewClock(crashBegin, nil)}
	crowd := &town{Node: w.open(), t: t, dir: w.dir, clock: w.clock}
	crowd.admit(0, people)
	crowd.settle(10 * instant.Minute)
	crowd.settle(31 * instant.Hour) // ten in the morning in New York
	if err := crowd.Close(); err != nil || box.count() != people {
		t.Fatalf("%d of %d are welcomed, %v", box.count(), people, err)
	}
	w.clock.Set(w.clock.Now().Add(instant.Day))

	w.ceiling = delivery.Ceiling{Hour: most, Day: most}
	n, stop := w.serve()
	rel, _ := mustLoad(t, recalled(t))
	if _, running, err := PublishTo(t.Context(), w.dir, rel, true); err != nil || !running {
		t.Fatal(running, err)
	}
	recall := func() (out EngagementCeiling) {
		t.Helper()
		w.clock.Set(w.clock.Now().Add(instant.Second))
		list, err := CeilingsIn(t.Context(), w.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if x.Engagement == "recall" {
				out = x
			}
		}
		return out
	}
	w.until("the others wait", func() bool { return recall().Waiting == people-most && n.Delivery.Idle() })
	if got := recall(); box.count() != people+most || got.Hour != most || got.Day != most || got.CeilingHour != most || got.Opens == "" {
		t.Errorf("%d letters of it, and it says %+v", box.count()-people, got)
	}
	page, err := (&Server{Node: n}).view().Overview(t.Context())
	if err != nil || len(page.Above) != 1 || !strings.HasPrefix(page.Above[0].Says, "200 of recall of diabetes wait above its ceiling; the next may go at 20") ||
		page.Above[0].Command != "attune ceiling raise recall --program diabetes --to 300 --for 24h --asked-by NAME --by ANOTHER" {
		t.Errorf("the page says %+v, %v", page.Above, err)
	}
	stop()

	// A restart gives nobody another hundred.
	n, stop = w.serve()
	w.until("the others wait", func() bool { return recall().Waiting == people-most && n.Delivery.Idle() })
	states, err := ChannelsIn(t.Context(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range states {
		if x.Channel == "email" && x.Above != people-most {
			t.Errorf("e-mail does like this: %+v", x)
		}
	}
	if box.count() != people+most {
		t.Errorf("after a restart there are %d letters of it", box.count()-people)
	}
	for want, r := range map[string]Raise{
		"are one person: somebody else has to confirm it":    {Engagement: "recall", To: 1000, For: "24h", AskedBy: "Kim Lee", By: " kimlee "},
		"say who asks for it, and who else confirms it":      {Engagement: "recall", To: 1000, For: "24h", AskedBy: "Kim Lee", By: " "},
		`there is no engagement "recal": did you mean`:       {Engagement: "recal", To: 1000, For: "24h", AskedBy: "Kim", By: "Ana"},
		"the ceiling is 100 in an hour and 100 in a day: 50": {Engagement: "recall", To: 50, For: "24h", AskedBy: "Kim", By: "Ana"},
		"for 7d at most, and not for 8d":                     {Engagement: "recall", To: 1000, For: "8d", AskedBy: "Kim", By: "Ana"},
		"is not a duration":                                  {Engagement: "recall", To: 1000, For: "long", AskedBy: "Kim", By: "Ana"},
	} {
		if _, err := RaiseIn(t.Context(), w.dir, r, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	if recall(); box.count() != people+most {
		t.Fatal("a word that was refused let something go")
	}
	raised, err := RaiseIn(t.Context(), w.dir, Raise{Engagement: "recall", To: 150, For: "24h", AskedBy: "Kim Lee", By: "Ana Ruiz"}, 0)
	if err != nil || raised.Program != "diabetes" || raised.Until == "" {
		t.Fatal(raised, err)
	}
	w.until("fifty more go", func() bool { return recall().Waiting == people-150 && n.Delivery.Idle() })
	if got := recall(); box.count() != people+150 || got.Raised != raised.Until {
		t.Errorf("%d letters of it, and it says %+v", box.count()-people, got)
	}
	stop()

	// What two people said holds after a restart, and can be said while no server runs.
	if _, err := RaiseIn(t.Context(), w.dir, Raise{Program: "diabetes", Engagement: "recall", To: people, For: "2h", AskedBy: "Ana Ruiz", By: "Kim Lee"}, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	n, stop = w.serve()
	w.until("all the others go", func() bool { return recall().Day == people && n.Delivery.Idle() })
	stop()
	if box.count() != 2*people {
		t.Errorf("%d letters of it", box.count()-people)
	}
	o, err := openOrders(w.dir)
	if err != nil || len(o.Raises) != 2 || o.Raises[0].AskedBy != "Kim Lee" || o.Raises[0].By != "Ana Ruiz" || o.Raises[1].At == "" {
		t.Errorf("it is remembered as %+v, %v", o.Raises, err)
	}
}
