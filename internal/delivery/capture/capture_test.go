package capture_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
	"attune/internal/delivery/capture"
	"attune/internal/delivery/channeltest"
)

func TestCaptureIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		file := filepath.Join(t.TempDir(), "capture.db")
		box := open(t, capture.Config{File: file, Name: "email", Sealer: newKeys(), Relaxed: true, Wait: 400 * time.Millisecond})
		lock := &lock{t: t, file: file}
		const local = "the box is a file of this process, not a party that answers"
		return channeltest.Subject{
			Channel: box,
			Delivered: func() ([]channeltest.Delivered, error) {
				all, err := box.Newest(context.Background(), 1000)
				var out []channeltest.Delivered
				for _, c := range all {
					if c.Err != nil {
						return nil, c.Err
					}
					out = append(out, channeltest.Delivered{Attempt: c.Message.Attempt, To: c.Message.To, Subject: c.Message.Subject, Body: c.Message.Body})
				}
				return out, err
			},
			Make: map[channeltest.Fault]func(){channeltest.RefuseForNow: lock.take, channeltest.Stall: lock.take},
			Heal: lock.give,
			Cannot: map[channeltest.Fault]string{
				channeltest.RefuseForGood: "it takes any message", channeltest.RefuseToConnect: local,
				channeltest.DieBeforeTaking: local, channeltest.DieAfterTaking: local,
			},
		}
	})
}

func TestBoxKeepsWhatWouldHaveBeenSent(t *testing.T) {
	ctx, keys := t.Context(), newKeys()
	file := filepath.Join(t.TempDir(), "a folder with ? and #.db")
	box := open(t, capture.Config{File: file, Name: "email", Sealer: keys})
	ana, ben := id.Person{1}, id.Person{2}
	var want []delivery.Message
	for i := range 6 {
		m := message(i, ana)
		if i%2 == 1 {
			m.Person = ben
		}
		if i == 4 {
			m.Body = "not UTF-8: \xff\xfe\x00 \r\n"
		}
		take(t, box, m)
		take(t, box, m)
		want = append(want, m)
	}

	if n, err := box.Count(ctx); n != 6 || err != nil {
		t.Errorf("Count is %d, %v", n, err)
	}
	newest, err := box.Newest(ctx, 2)
	check(t, err)
	same(t, newest, []delivery.Message{want[5], want[4]}, []int64{6, 5})
	of, err := box.Of(ctx, ben)
	check(t, err)
	same(t, of, []delivery.Message{want[1], want[3], want[5]}, []int64{2, 4, 6})

	check(t, box.Close())
	again := open(t, capture.Config{File: file, Name: "email", Sealer: keys})
	newest, err = again.Newest(ctx, 100)
	check(t, err)
	if len(newest) != 6 {
		t.Errorf("%d messages after opening again", len(newest))
	}
	for _, f := range []string{file, file + "-wal"} {
		if fi, err := os.Stat(f); err == nil && fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(f), fi.Mode())
		}
	}
}

func TestFirstMessageOfAnAttemptStays(t *testing.T) {
	box := open(t, capture.Config{File: filepath.Join(t.TempDir(), "capture.db"), Sealer: newKeys(), Relaxed: true})
	first := message(1, id.Person{1})
	take(t, box, first)
	second := first
	second.Body = "something else"
	take(t, box, second)
	all, err := box.Of(t.Context(), first.Person)
	check(t, err)
	same(t, all, []delivery.Message{first}, []int64{1})
}

func TestNothingLiesInTheClear(t *testing.T) {
	dir := t.TempDir()
	box := open(t, capture.Config{File: filepath.Join(dir, "capture.db"), Name: "email", Sealer: newKeys()})
	m := message(1, id.Person{1})
	m.To, m.Subject, m.Body, m.Language = "canary-to@example.org", "canary-subject", strings.Repeat("canary-body ", 500), "canary-lang"
	take(t, box, m)
	scanned := 0
	files, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		check(t, err)
		scanned += len(b)
		if bytes.Contains(b, []byte("canary")) {
			t.Errorf("%s holds text in the clear", f.Name())
		}
	}
	if scanned < 4096 {
		t.Errorf("only %d bytes were looked at", scanned)
	}
}

func TestErasedAndAlteredMessagesDoNotOpen(t *testing.T) {
	for name, alter := range map[string]string{
		"erased":         "",
		"another touch":  "UPDATE captured SET touch = zeroblob(16)",
		"another time":   "UPDATE captured SET at = at + 1",
		"another name":   "UPDATE captured SET channel = 'sms'",
		"another person": "UPDATE captured SET person = x'02000000000000000000000000000000' WHERE seq = 1",
		"another's text": "UPDATE captured SET sealed = (SELECT sealed FROM captured WHERE seq = 2) WHERE seq = 1",
		"a shorter id":   "UPDATE captured SET touch = x'01'",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, keys := t.Context(), newKeys()
			file := filepath.Join(t.TempDir(), "capture.db")
			box := open(t, capture.Config{File: file, Name: "email", Sealer: keys, Relaxed: true})
			ana, ben := message(1, id.Person{1}), message(2, id.Person{2})
			take(t, box, ana)
			take(t, box, ben)
			if alter == "" {
				keys.forget(ana.Person)
			} else {
				db, err := sql.Open("sqlite", file)
				check(t, err)
				_, err = db.Exec(alter)
				check(t, errors.Join(err, db.Close()))
			}
			all, err := box.Newest(ctx, 10)
			check(t, err)
			if len(all) != 2 || all[1].Err == nil {
				t.Fatalf("the row is read as %+v", all)
			}
			if m := all[1].Message; m.To != "" || m.Body != "" || m.Subject != "" {
				t.Errorf("a message that does not open shows %+v", m)
			}
			if name == "erased" && (all[0].Err != nil || all[0].Message != ben) {
				t.Errorf("the other person's message suffered: %+v", all[0])
			}
		})
	}
}

func TestReadOnlyBesideARunningServer(t *testing.T) {
	ctx, keys := t.Context(), newKeys()
	file := filepath.Join(t.TempDir(), "capture.db")
	if _, err := capture.OpenReadOnly(ctx, capture.Config{File: file, Sealer: keys}); err == nil {
		t.Fatal("a box that is not there was opened for reading")
	}
	box := open(t, capture.Config{File: file, Name: "email", Sealer: keys})
	take(t, box, message(1, id.Person{1}))
	look, err := capture.OpenReadOnly(ctx, capture.Config{File: file, Sealer: keys})
	check(t, err)
	defer func() { check(t, look.Close()) }()
	for i := 2; i < 5; i++ {
		take(t, box, message(i, id.Person{1}))
		if n, err := look.Count(ctx); n != i || err != nil {
			t.Errorf("the reader sees %d, %v; want %d", n, err, i)
		}
	}
	all, err := look.Of(ctx, id.Person{1})
	check(t, err)
	if len(all) != 4 || all[3].Err != nil {
		t.Errorf("the reader sees %+v", all)
	}
	if _, err := look.Send(ctx, message(9, id.Person{1})); err == nil {
		t.Error("a reader took a message")
	} else if _, ok := delivery.IsRetry(err); !ok {
		t.Errorf("a reader's refusal is %v", err)
	}

	check(t, box.Close())
	after, err := capture.OpenReadOnly(ctx, capture.Config{File: file, Sealer: keys})
	check(t, err)
	if n, err := after.Count(ctx); n != 4 || err != nil {
		t.Errorf("with the server stopped the reader sees %d, %v", n, err)
	}
	check(t, after.Close())
}

func TestTwoBoxesOnOneFile(t *testing.T) {
	file, keys := filepath.Join(t.TempDir(), "capture.db"), newKeys()
	boxes := []*capture.Box{
		open(t, capture.Config{File: file, Name: "email", Sealer: keys, Relaxed: true}),
		open(t, capture.Config{File: file, Name: "sms", Sealer: keys, Relaxed: true}),
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() { take(t, boxes[i%2], message(i/2, id.Person{1})) })
	}
	wg.Wait()
	if n, err := boxes[0].Count(t.Context()); n != 20 || err != nil {
		t.Errorf("Count is %d, %v; want 20", n, err)
	}
}

func TestSealingFailureIsRetried(t *testing.T) {
	box := open(t, capture.Config{File: filepath.Join(t.TempDir(), "capture.db"), Sealer: &keys{broken: true}, Relaxed: true})
	_, err := box.Send(t.Context(), message(1, id.Person{1}))
	if wait, ok := delivery.IsRetry(err); !ok || wait <= 0 {
		t.Errorf("the outcome is %v", err)
	}
}

func BenchmarkSend(b *testing.B) {
	box, err := capture.Open(b.Context(), capture.Config{File: filepath.Join(b.TempDir(), "capture.db"), Sealer: newKeys()})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := box.Send(b.Context(), message(i, id.Person{1})); err != nil {
			b.Fatal(err)
		}
	}
	_ = box.Close()
}

func open(t *testing.T, c capture.Config) *capture.Box {
	t.Helper()
	box, err := capture.Open(t.Context(), c)
	check(t, err)
	t.Cleanup(func() { check(t, box.Close()) })
	return box
}

func message(n int, p id.Person) delivery.Message {
	seed := id.Seed{1}
	return delivery.Message{
		Person: p, Touch: id.Derive(seed, "touch", uint64(n)), Attempt: id.Derive(seed, "attempt", uint64(n)), Channel: "email",
		To: "ana@example.org", Language: "pl", Subject: "Dzień dobry, Żaneta", Body: fmt.Sprintf("Number %d.\n\n.\n", n),
		At: time.Date(2027, 3, 1, 22, 30, n%60, 123e6, time.UTC),
	}
}

func take(t *testing.T, box *capture.Box, m delivery.Message) {
	t.Helper()
	if _, err := box.Send(t.Context(), m); err != nil {
		t.Error(err)
	}
}

func same(t *testing.T, got []capture.Captured, want []delivery.Message, seqs []int64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d messages, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Err != nil || got[i].Message != want[i] || got[i].Seq != seqs[i] {
			t.Errorf("message %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lock holds the file's write lock from another connection, as another process would.
type lock struct {
	t    *testing.T
	file string
	db   *sql.DB
}

func (l *lock) take() {
	db, err := sql.Open("sqlite", l.file+"?_pragma=busy_timeout(5000)")
	check(l.t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN IMMEDIATE")
	check(l.t, err)
	l.db = db
}

func (l *lock) give() { check(l.t, l.db.Close()) }

// keys is a sealer with one key for each person.
type keys struct {
	mu     sync.Mutex
	secret [32]byte
	gone   map[id.Person]bool
	broken bool
}

func newKeys() *keys {
	k := &keys{gone: map[id.Person]bool{}}
	_, _ = rand.Read(k.secret[:])
	return k
}

func (k *keys) forget(p id.Person) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone[p] = true
}

func (k *keys) aead(p id.Person) (cipher.AEAD, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken || k.gone[p] {
		return nil, errors.New("there is no key for this person")
	}
	sum := sha256.Sum256(append(k.secret[:], p[:]...))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (k *keys) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, err
	}
	return a.Seal(nil, nil, plain, append([]byte(kind+"|"), name...)), nil
}

func (k *keys) Open(p id.Person, kind string, name, sealed []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, err
	}
	return a.Open(nil, nil, sealed, append([]byte(kind+"|"), name...))
}
