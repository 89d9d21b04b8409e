package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/engine"
	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/intake/segment"
)

// sends posts an event as an app does, whatever becomes of it.
func (f *family) sends(key, path, body string) {
	f.t.Helper()
	f.clock.Set(f.clock.Now().Add(instant.Second))
	h := &segment.Handler{Intake: f.Intake, Sources: f.Sources, Now: func() time.Time { return f.clock.Now().Std() }}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)).WithContext(f.t.Context())
	if key != "" {
		r.SetBasicAuth(key, "")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		f.t.Fatalf("%d: %s", w.Code, w.Body)
	}
}

// visited is when the events of this name happened, in the person's record.
func (f *family) visited(name string) (at []instant.Time) {
	f.t.Helper()
	records, err := (&Server{Node: f.Node}).view().records(f.t.Context(), f.ana)
	f.must(err)
	for i := range records {
		if heard, is := records[i].What.(engine.Heard); is && heard.Event.Name == name {
			at = append(at, heard.Event.OccurredAt)
		}
	}
	return at
}

func (f *family) onlyQuarantined() intake.Quarantined {
	f.t.Helper()
	list, err := f.Quarantine.List(f.t.Context(), 9)
	if err != nil || len(list) != 1 {
		f.t.Fatalf("in quarantine are %+v, %v", list, err)
	}
	q, err := f.Quarantine.One(f.t.Context(), list[0].ID)
	f.must(err)
	return q
}

// What is sent again counts once, however often it is sent and whatever stops it, and happened when it did.
func TestAQuarantinedEventIsTakenOnceHoweverOftenItIsSentAgain(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ctx := t.Context()
	key, err := f.Sources.AddKey(SourceKey{Source: "feed", Events: []string{"cart.updated"}})
	f.must(err)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"portal.visited","messageId":"m-1"}`)
	came := f.clock.Now()
	q := f.onlyQuarantined()
	one := QuarantineWhich{Events: []string{q.ID}}
	out, err := f.sendAgain(ctx, one)
	if err != nil || out.Taken != 0 || len(out.Still) != 1 || out.Still[0].Field != "name" {
		t.Fatalf("while no key may send it: %+v, %v", out, err)
	}

	_, err = f.Sources.Add("feed", "")
	f.must(err)
	f.clock.Set(f.clock.Now().Add(3 * instant.Hour))
	taken, all := 0, sync.WaitGroup{}
	var mu sync.Mutex
	for range 4 {
		all.Go(func() {
			out, err := f.sendAgain(ctx, QuarantineWhich{Source: "feed"})
			mu.Lock()
			defer mu.Unlock()
			if taken += out.Taken; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.settle()
	if got := f.visited("portal.visited"); taken != 1 || len(got) != 1 || got[0] != came {
		t.Errorf("it was taken %d times, and happened at %v; it came at %v", taken, got, came)
	}
	if _, err := f.sendAgain(ctx, one); err == nil || !strings.Contains(err.Error(), "not in quarantine") {
		t.Errorf("sent once more: %v", err)
	}

	// A crash after the log took it, and before it left the quarantine, found out when nothing remembers ids of so long ago any more.
	f.must(f.Quarantine.Put(ctx, []intake.Quarantined{q}))
	f.clock.Set(f.clock.Now().Add(72 * instant.Hour))
	f.settle()
	out, err = f.sendAgain(ctx, one)
	f.settle()
	if got := f.visited("portal.visited"); err != nil || out.Taken != 1 || len(got) != 1 {
		t.Errorf("after a crash: %+v, %v; it happened at %v", out, err, got)
	}
	if n, err := f.Quarantine.Kept(ctx, intake.QuarantineFilter{}); err != nil || n != 0 {
		t.Errorf("%d are kept, %v", n, err)
	}
}

func TestWhatARevokedSourceSentIsNotTakenInItsName(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	key, err := f.Sources.Add("app", "feed")
	f.must(err)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"medication.dispensed","properties":{"days_supply":"thirty"}}`)
	f.must(f.Sources.Revoke("app"))
	out, err := f.sendAgain(t.Context(), QuarantineWhich{Source: "app"})
	if err != nil || out.Taken != 0 || len(out.Still) != 1 || out.Still[0].Reason != "its source has no key any more" {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := f.sendAgain(t.Context(), QuarantineWhich{}); err == nil {
		t.Error("all of a quarantine were sent again, and nobody named any")
	}
	dropped, err := f.dropQuarantined(t.Context(), dropCall{QuarantineWhich{Source: "app"}, "a test"})
	if err != nil || dropped.Dropped != 1 {
		t.Errorf("%+v, %v", dropped, err)
	}
}

// Whoever opens an event sees it as it came, but for the key it was sent with, and the audit log knows of whom.
func TestAQuarantinedEventIsOpenedWithoutItsKey(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	key, err := f.Sources.Add("app", "feed")
	f.must(err)
	f.sends("", "/v1/track", `{"writeKey":"`+key+`","userId":"ana","event":"medication.dispensed","properties":{"days_supply":"thirty"}}`)
	q := f.onlyQuarantined()
	open, err := f.quarantined(t.Context(), q.ID)
	if err != nil || strings.Contains(open.Text, key) || !strings.Contains(open.Text, "thirty") || !open.Again || len(open.People) != 1 || open.People[0] != f.ana.String() {
		t.Errorf("%+v, %v", open, err)
	}
	told := calls()[callQuarantined].about(t.Context(), f.Node, quarantinedCall{q.ID}, open)
	if len(told.people) != 1 || told.people[0] != f.ana {
		t.Errorf("it is recorded as %+v", told)
	}
}

// Erasing somebody takes what is in quarantine of them, so that nobody sends it again.
func TestErasingFindsWhatCouldBeSentAgain(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	key, err := f.Sources.Add("app", "feed")
	f.must(err)
	f.sends(key, "/v1/batch", `{"sentAt":"2027-01-01T00:00:00Z","batch":[{"type":"track","userId":"ana","event":"medication.dispensed","properties":{"days_supply":"thirty"}},{"type":"track","userId":"ben","event":"medication.dispensed","properties":{"days_supply":"ten"}}]}`)
	asked, err := f.askToErase(t.Context(), EraseWord{Person: "feed:ana", Reason: "asked by letter", By: "Kim Lee"})
	f.must(err)
	_, err = f.confirmErasure(t.Context(), ConfirmWord{ID: asked.ID, By: "Ana Ruiz"})
	f.must(err)
	if left := f.onlyQuarantined(); !strings.Contains(string(left.Raw), "ten") {
		t.Errorf("left is %s", left.Raw)
	}
}

func TestAKeyIsReplacedWithoutAGap(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	old, err := f.Sources.Add("app", "")
	f.must(err)
	if err := f.Sources.RevokeOlder("app"); err == nil {
		t.Error("the only key was revoked")
	}
	fresh, err := f.Sources.Add("app", "")
	f.must(err)
	for _, key := range []string{old, fresh} {
		if _, ok := f.Sources.ByWriteKey(key); !ok {
			t.Error("a key is not known while both hold")
		}
	}
	f.must(f.Sources.RevokeOlder("app"))
	_, before := f.Sources.ByWriteKey(old)
	if _, ok := f.Sources.ByWriteKey(fresh); !ok || before {
		t.Errorf("the old key holds: %v, the new one: %v", before, ok)
	}
}

// What arrives is told by names and numbers, as they come.
func TestWhatArrivesIsTold(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	key, err := f.Sources.Add("app", "feed")
	f.must(err)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"parking.used","messageId":"1","properties":{"secretword":"secretvalue"}}`)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"portal.visited","messageId":"2"}`)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"portal.visited","messageId":"2"}`)
	f.sends(key, "/v1/track", `{"event":"portal.visited"}`)
	f.settle()
	now, err := f.arriving(t.Context())
	f.must(err)
	want := SourceNow{Last: f.clock.Now().String(), Minute: 4, Hour: 4, Today: 4, Taken: 3, Undeclared: 1, Repeated: 1, Quarantined: 1, Ever: 2, Waiting: 1}
	if now.Sources["app"] != want {
		t.Errorf("%+v, and not %+v", now.Sources["app"], want)
	}
	last := now.Lines[lineNumber(int64(len(now.Lines)))]
	if last.Became != "quarantined" || last.Field != "userId" || last.Source != "app" {
		t.Errorf("the newest line is %+v of %d", last, len(now.Lines))
	}
}

// Where the server has as much to do as it can, what is left is told, and stays.
func TestWhatFindsNoRoomStaysInQuarantine(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	key, err := f.Sources.AddKey(SourceKey{Source: "app", System: "feed", Events: []string{"cart.updated"}})
	f.must(err)
	f.sends(key, "/v1/track", `{"userId":"ana","event":"portal.visited"}`)
	_, err = f.Sources.Add("app", "feed")
	f.must(err)
	f.Intake.MaxBacklog, f.Intake.Backlog = 1, func() int { return 1 }
	out, err := f.sendAgain(t.Context(), QuarantineWhich{Source: "app"})
	if err != nil || out.Taken != 0 || out.Left != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	f.onlyQuarantined()
}
