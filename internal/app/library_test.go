package app

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/pattern"
	"attune/internal/sim"
	"attune/internal/why"
)

// northKey is another organisation's.
func northKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
}

// beginsElsewhere lets decisions begin from what another organisation measured, and end that: a part of TestLearning.
func beginsElsewhere(t *testing.T, w *World, dir string) {
	n := w.Node
	own, err := n.tellLibrary(t.Context(), n.school(), LibraryExport{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range all {
		if strings.Contains(string(own.Body), who.String()) {
			t.Fatal("somebody's id is in a file for others")
		}
	}
	if strings.Contains(string(own.Body), "@") {
		t.Error("an address is in a file for others")
	}
	read, err := pattern.Parse(own.Body)
	if err != nil || len(read.File.Patterns) == 0 {
		t.Fatalf("the file has %d patterns, which is too few to go on: %v", own.Patterns, err)
	}
	again, err := n.tellLibrary(t.Context(), n.school(), LibraryExport{Program: read.File.Patterns[0].Program})
	if err != nil || !bytes.Equal(again.Body, own.Body) {
		t.Errorf("the same asked twice is told in another way: %v", err)
	}
	north := read.File
	north.Organisation = "North"
	for k := range north.Patterns {
		p := &north.Patterns[k]
		p.Effect, p.Lo, p.Hi = .08, .05, .11
	}
	file, err := pattern.Sign(&north, northKey())
	if err != nil {
		t.Fatal(err)
	}
	trustOnlyWhoseKeyIsKnown(t, n, own.Body, file)

	out, err := n.importLibrary(t.Context(), n.school(), LibraryImport{File: file})
	if err != nil {
		t.Fatal(err)
	}
	model := n.models.newest()
	signed, err := pattern.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(model.Library, []string{signed.ID}) || len(out.Moved) == 0 || out.Standing == nil {
		t.Fatalf("the model names %v, and %+v counts", model.Library, out)
	}
	if _, err := n.importLibrary(t.Context(), n.school(), LibraryImport{File: file}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("imported twice: %v", err)
	}
	liveOn(t, w, 6)
	told := toldOfElsewhere(t, n, dir, model.Short, signed.ID)

	if _, err := n.forgetLibrary(t.Context(), n.school(), ForgetWord{Organisation: "North Clinic"}); err != nil {
		t.Fatal(err)
	}
	if now := n.models.newest(); len(now.Library) != 0 {
		t.Error("what is forgotten still counts")
	}
	if _, err := n.importLibrary(t.Context(), n.school(), LibraryImport{File: file}); err == nil {
		t.Error("the key of whom was forgotten is trusted")
	}
	// What was decided by it is told and made again as before.
	if after := toldOfElsewhere(t, n, dir, model.Short, signed.ID); after != told {
		t.Errorf("%d decisions began elsewhere, and %d after that was forgotten", told, after)
	}
}

func trustOnlyWhoseKeyIsKnown(t *testing.T, n *Node, own, file []byte) {
	t.Helper()
	for says, in := range map[string][]byte{"wrote it itself": own, "nobody said here whose key": file, "signature": bytes.Replace(file, []byte(`"North"`), []byte(`"South"`), 1)} {
		if _, err := n.importLibrary(t.Context(), n.school(), LibraryImport{File: in}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	keys, err := n.libraryKeys()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := pattern.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []TrustWord{{keys.Key, "Me"}, {"ed25519:nonsense", "North Clinic"}, {signed.KeyText(), ""}, {signed.KeyText(), "North\x1bClinic"}} {
		if _, err := n.shelf().trust(in, n.Now()); err == nil {
			t.Errorf("%+v is trusted", in)
		}
	}
	if _, err := n.shelf().trust(TrustWord{signed.KeyText(), "North Clinic"}, n.Now()); err != nil {
		t.Fatal(err)
	}
	if keys, err = n.libraryKeys(); err != nil || keys.Whose(signed.KeyText()) != "North Clinic" {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, in := range []LibraryImport{{File: file, Worth: 5}, {File: file, Behaviors: map[string]string{"flying": "adherence"}}, {File: file, Behaviors: map[string]string{"adherence": "flying"}}} {
		if _, err := n.importLibrary(t.Context(), n.school(), in); err == nil {
			t.Errorf("taken in with worth %d and %v", in.Worth, in.Behaviors)
		}
	}
}

// liveOn lets a world live some days more.
func liveOn(t *testing.T, w *World, days int) {
	t.Helper()
	drive := sim.Drive{Runner: w.Node.Runner, Delivery: w.Node.Delivery, Proposals: w.Node.Proposals}
	for now, end := w.Clock.Now(), w.Clock.Now().Add(instant.Duration(days)*instant.Day); now < end; {
		now = now.Add(3 * instant.Hour)
		w.Clock.Set(now)
		if err := w.Node.Intake.Take(t.Context(), w.Population.Source(), w.Population.Until(now)); err != nil {
			t.Fatal(err)
		}
		if err := drive.Settle(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
}

// toldOfElsewhere counts the rounds by a model, and makes sure that each is made again to the last bit and says where it began.
func toldOfElsewhere(t *testing.T, n *Node, dir string, short uint64, file string) (rounds int) {
	t.Helper()
	by := map[id.Person]int{}
	all, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range all {
		err := lives{history: n.History}.Records(t.Context(), who, func(r record.Record) {
			for _, e := range r.Effects {
				if d, ok := e.(effect.Decide); ok {
					for i := range d.Rounds {
						if d.Rounds[i].Model == short {
							by[who]++
							rounds++
						}
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if rounds == 0 {
		t.Fatal("nothing was decided by the model")
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	found, said := 0, false
	for who := range by {
		list, err := i.Why(t.Context(), who, instant.Never, 1000, "")
		if err != nil {
			t.Fatal(err)
		}
		for k := range list {
			d := &list[k]
			for _, r := range d.Rounds {
				if len(r.Library) == 0 {
					continue
				}
				found++
				if !r.Again || !slices.Equal(r.From, []string{"North Clinic"}) {
					t.Fatalf("made again: %v; from %v", r.Again, r.From)
				}
				said = said || strings.Contains(d.Text(why.Clinician, ""), "measured elsewhere: North Clinic")
				if !strings.Contains(d.Text(why.Auditor, ""), file[:16]) {
					t.Error("an auditor is not told which file it was")
				}
			}
		}
	}
	if found != rounds || !said {
		t.Errorf("%d rounds by the model, and %d tell that they began elsewhere; in words: %v", rounds, found, said)
	}
	return rounds
}
