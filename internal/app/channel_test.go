package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/channel"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/delivery/capture"
	"attune/internal/delivery/human"
	"attune/internal/intake"
	"attune/internal/sim"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// textingProgram is the diabetes program whose welcome is a text message.
func textingProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	edit := func(file string, old, new string) {
		t.Helper()
		file = filepath.Join(dir, file)
		was, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(was), old) {
			t.Fatalf("%s has no %q: %v", file, old, err)
		}
		write(t, file, strings.ReplaceAll(string(was), old, new))
	}
	edit("engagements/welcome.yaml", "email: welcome-name, ", "")
	edit("engagements/welcome.yaml", "email: welcome-goal, ", "")
	for _, name := range []string{"welcome-name", "welcome-goal"} {
		for _, language := range []string{"en", "es"} {
			write(t, filepath.Join(dir, "content", "sms", name+"."+language+".liquid"), "Welcome, {{ name | default: \"friend\" }}. {{ organisation }}\n")
		}
	}
	for _, story := range mustGlob(t, filepath.Join(dir, "stories", "*")) {
		if err := os.Remove(story); err != nil { // they tell of e-mail
			t.Fatal(err)
		}
	}
	return dir
}

// Whatever channel a program writes for and nobody carries is taken by the capture box, and shown.
func TestTheBoxTakesEveryChannelWithoutACarrier(t *testing.T) {
	rel, _ := mustLoad(t, textingProgram(t))
	clock := sim.NewClock(crashBegin, nil)
	letters, cfg := startMail(t, func(int) bool { return true })
	channels, closeChannels, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer closeChannels()
	n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "texts", Release: rel, Now: clock.Now, Channels: channels, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for k := range 2 * crashPeople {
		a := numbered(k)
		if a.Event.Name == "traits.updated" {
			a.Event = a.Event.With("phone", expr.TextOf("+12125550143"))
		}
		a.Event.OccurredAt, a.Event.ReceivedAt = crashBegin, crashBegin
		word := a // they agree to texts, as the law asks
		word.Event.ID, word.Event.Name, word.Event.Props = a.Event.ID+"/word", "consent.granted", nil
		word.Event = word.Event.With("purpose", expr.TextOf("treatment_support")).With("channel", expr.TextOf("sms"))
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a, word}); err != nil {
			t.Fatal(err)
		}
	}
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery}
	for range 3 {
		clock.Set(clock.Now().Add(12 * instant.Hour))
		if err := drive.Settle(t.Context(), clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	captured, err := n.Box.Newest(t.Context(), 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	texts := slices.DeleteFunc(slices.Clone(captured), func(c capture.Captured) bool { return c.Message.Channel != "sms" })
	if len(texts) != crashPeople || len(texts) != len(captured) {
		t.Fatalf("%d messages are in the box, %d of them texts; want %d", len(captured), len(texts), crashPeople)
	}
	m := texts[0].Message
	if m.To != "+12125550143" || m.Subject != "" || !strings.HasPrefix(m.Body, "Welcome, Ana.") {
		t.Errorf("the text is %+v", m)
	}
	for _, letter := range letters.letters {
		if strings.Contains(letter, "Welcome,") {
			t.Error("a text went out by mail")
		}
	}
	server := &Server{Node: n}
	o, err := server.view().Overview(t.Context())
	if err != nil || len(o.Messages) == 0 || o.Messages[0].Channel != "sms" {
		t.Errorf("the page shows %+v, %v", o.Messages, err)
	}
}

func TestEveryChannelHasExactlyOneCarrier(t *testing.T) {
	mail := delivery.Channel((&capture.Box{}).For("email"))
	list := withBox([]delivery.Channel{mail}, &capture.Box{}, &human.Queue{})
	var names []string
	for _, c := range list {
		names = append(names, c.Can().Name)
		if _, queue := c.(*human.Channel); queue != channel.Human(c.Can().Name) {
			t.Errorf("%s is carried by %T", c.Can().Name, c)
		}
	}
	if list[0] != mail || !slices.Equal(names, []string{"email", "sms", "push", "letter", "portal", "call", "visit"}) {
		t.Errorf("the channels are %v", names)
	}
}
