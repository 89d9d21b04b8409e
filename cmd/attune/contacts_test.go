package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/internal/app"
	"attune/internal/contact"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/returns"
)

// What came back is shown and settled by commands, through the running server.
func TestStaffSettleWhatCameBack(t *testing.T) {
	none := filepath.Join(t.TempDir(), "data")
	for _, c := range []string{"contacts suppressed", "inbox list"} {
		if code, _, complaint := attune(t, append(strings.Fields(c), "--data", none)...); code != 1 || !strings.Contains(complaint, "no server runs on this data folder") {
			t.Errorf("%s without a server: %d %s", c, code, complaint)
		}
	}
	data, node, _ := served(t)
	var all []intake.Arrival
	for _, who := range []string{"ana", "ben"} {
		e := event.Event{ID: "feed/" + who, Name: "traits.updated"}.With("phone", expr.TextOf("+1 202 555 0143"))
		all = append(all, intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Event: e})
	}
	if err := node.Intake.Take(t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		t.Fatal(err)
	}
	phone := contact.Address{Channel: "sms", Address: "+12025550143"}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if people, err := node.Contacts.Users(t.Context(), phone); err == nil && len(people) == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody is known at the number")
		}
	}
	for k, v := range []returns.Verdict{returns.None, returns.Crisis, returns.Stop} {
		if _, err := node.Returns.Receive(t.Context(), returns.Word{Channel: "sms", From: phone.Address, Text: "Hello " + v.String(), ID: string(rune('a' + k)), Verdict: v}); err != nil {
			t.Fatal(err)
		}
	}

	var inbox []app.Inbound
	_, out, _ := attune(t, "inbox", "list", "--data", data, "--json")
	if err := json.Unmarshal([]byte(out), &inbox); err != nil || len(inbox) != 2 || !inbox[0].Urgent || inbox[1].Text != "Hello none" || len(inbox[1].People) != 2 {
		t.Fatalf("the inbox is %s", out)
	}
	_, out, said := attune(t, "inbox", "list", "--data", data)
	if !strings.Contains(out, "URGENT: may be in danger") || !strings.Contains(out, `"Hello none"`) || !strings.Contains(said, "2 waiting") {
		t.Errorf("the inbox says %s%s", out, said)
	}
	take := func(id string, more ...string) (int, string) {
		code, _, complaint := attune(t, append([]string{"inbox", "take", id, "--data", data, "--by", "nurse Kim"}, more...)...)
		return code, complaint
	}
	if code, complaint := take(inbox[1].ID[:8], "--person", "nobody"); code != 1 || !strings.Contains(complaint, "is not a person id") {
		t.Errorf("%d %s", code, complaint)
	}
	if code, complaint := take(inbox[1].ID[:8], "--person", inbox[1].People[0]); code != 0 {
		t.Errorf("%d %s", code, complaint)
	}
	if code, complaint := take(inbox[1].ID[:8]); code != 1 || !strings.Contains(complaint, "no message waits") {
		t.Errorf("%d %s", code, complaint)
	}

	var list []app.Suppressed
	_, out, _ = attune(t, "contacts", "suppressed", "--data", data, "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 || list[0].Why != "stop" || list[0].Kind != "phone" || list[0].Address != "+1 202 555 0143" || len(list[0].People) != 2 {
		t.Errorf("suppressed are %s", out)
	}
	if _, out, said := attune(t, "contacts", "suppressed", "--data", data); !strings.Contains(out, "+1 202 555 0143  stop, since 20") || !strings.Contains(said, "1 suppressed") {
		t.Errorf("suppressed are %s%s", out, said)
	}
	release := func(channel string) (int, string) {
		code, _, complaint := attune(t, "contacts", "release", channel, phone.Address, "--data", data, "--by", "nurse Kim", "--reason", "She asked for it")
		return code, complaint
	}
	if code, complaint := release("smss"); code != 1 || !strings.Contains(complaint, `did you mean "sms"?`) {
		t.Errorf("%d %s", code, complaint)
	}
	if code, complaint := release("sms"); code != 0 {
		t.Errorf("%d %s", code, complaint)
	}
	if code, complaint := release("sms"); code != 1 || !strings.Contains(complaint, "is not suppressed") {
		t.Errorf("%d %s", code, complaint)
	}

	// Two are reached there, each was told, and one of them is made sure of.
	verify := func(channel string) (int, string) {
		code, out, complaint := attune(t, "contacts", "verify", "feed:ana", channel, "--data", data, "--by", "nurse Kim", "--note", "Read the code back")
		return code, out + complaint
	}
	if code, says := verify("smss"); code != 1 || !strings.Contains(says, `did you mean "sms"?`) {
		t.Errorf("%d %s", code, says)
	}
	if code, says := verify("email"); code != 1 || !strings.Contains(says, "no address for email") {
		t.Errorf("%d %s", code, says)
	}
	if code, says := verify("sms"); code != 0 || !strings.HasPrefix(says, "+1 202 555 0143 is the own address of ") {
		t.Errorf("%d %s", code, says)
	}
	people, err := node.Contacts.Users(t.Context(), phone)
	if err != nil {
		t.Fatal(err)
	}
	shared, verified := 0, 0
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && (shared < 2 || verified < 1); time.Sleep(20 * time.Millisecond) {
		shared, verified = 0, 0
		for _, who := range people {
			p, _, err := node.Runner.Person(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			if at := p.Point("phone", "+1 202 555 0143"); at != nil {
				if at.IsShared() {
					shared++
				}
				if at.Verified > 0 {
					verified++
				}
			}
		}
	}
	if shared != 2 || verified != 1 {
		t.Errorf("%d know that they share the number, and of %d it is their own", shared, verified)
	}
}
