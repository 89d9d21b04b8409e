package app

import (
	"errors"
	"strings"
	"testing"

	"attune/internal/api"
	"attune/internal/config"
)

// A test of a channel ends in a word of the carrier's, over a real conversation with a mail server, and reaches nobody else.
func TestAChannelIsTried(t *testing.T) {
	box, cfg := startMail(t, func(int) bool { return true })
	open := func(cfg config.Email) *Node {
		t.Helper()
		channels, closeChannel, err := Channels(config.Config{Email: cfg})
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := mustLoad(t, diabetes)
		n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "Green Lane", Release: rel, Channels: channels, Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closeChannel(); _ = n.Close() })
		return n
	}
	n := open(cfg)
	got, err := n.tryChannel(t.Context(), "email", " kim@clinic.example ")
	if err != nil || !got.OK || got.Why != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if box.count() != 1 || !strings.Contains(box.letters[0], "To: <kim@clinic.example>") || !strings.Contains(box.letters[0], "Somebody at Green Lane tests") {
		t.Fatalf("the server has %q", box.letters)
	}
	tallies, err := n.People.Tallies(t.Context(), "touch/")
	if err != nil || len(tallies) != 0 {
		t.Errorf("it counts: %v, %v", tallies, err)
	}
	// What is not carried says so, and what is no address is refused before anybody is asked.
	if got, err = n.tryChannel(t.Context(), "sms", "+447700900123"); err != nil || got.OK || !strings.Contains(got.Why, "capture box") || got.Remedy == "" {
		t.Errorf("%+v, %v", got, err)
	}
	for channel, to := range map[string]string{"email": "kim", "nothing": "kim@clinic.example", "call": "+447700900123"} {
		var p *api.Problem
		if _, err = n.tryChannel(t.Context(), channel, to); !errors.As(err, &p) || p.Status >= 500 {
			t.Errorf("%s to %s: %v", channel, to, err)
		}
	}
	if box.count() != 1 {
		t.Errorf("%d letters", box.count())
	}
	// A server that is not there is a plain reason with what may help.
	cfg.Port = 1
	got, err = open(cfg).tryChannel(t.Context(), "email", "kim@clinic.example")
	if err != nil || got.OK || !strings.Contains(got.Why, "connect") || !strings.Contains(got.Remedy, "host and port") || strings.Contains(got.Why+got.Remedy, "kim@") {
		t.Errorf("%+v, %v", got, err)
	}
}
