package app

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/erasure"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/returns"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/sim"
	"attune/internal/store"
)

// canary is what nobody but one person has in anything that is said of them. It is letters alone, so that it may stand in a
// name, an address and an identifier; all begin alike, so that one search finds them all.
func canary(n int) string {
	b := []byte("zqkanari")
	for range 6 {
		b = append(b, byte('a'+n%16))
		n /= 16
	}
	return string(b)
}

const (
	canarySign = "zqkanari"
	canarySize = len(canarySign) + 6
)

// encodings are the ways in which a text may stand in a file.
func encodings() map[string]func(string) []byte {
	wide := func(order binary.ByteOrder) func(string) []byte {
		return func(s string) (out []byte) {
			for _, u := range utf16.Encode([]rune(s)) {
				out = append(out, 0, 0)
				order.PutUint16(out[len(out)-2:], u)
			}
			return out
		}
	}
	shifted := func(by int) func(string) []byte {
		return func(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte("xyz"[:by] + s + "!"))) }
	}
	packed := func(open func(io.Writer) io.WriteCloser) func(string) []byte {
		return func(s string) []byte {
			var b bytes.Buffer
			w := open(&b)
			_, _ = io.WriteString(w, "before "+s+" after")
			_ = w.Close()
			return b.Bytes()
		}
	}
	return map[string]func(string) []byte{
		"plain": func(s string) []byte { return []byte(s) }, "upper": func(s string) []byte { return []byte(strings.ToUpper(s)) },
		"base64 0": shifted(0), "base64 1": shifted(1), "base64 2": shifted(2),
		"hex":       func(s string) []byte { return []byte(hex.EncodeToString([]byte(s))) },
		"upper hex": func(s string) []byte { return []byte(strings.ToUpper(hex.EncodeToString([]byte(s)))) },
		"utf-16le":  wide(binary.LittleEndian), "utf-16be": wide(binary.BigEndian),
		"gzip": packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"zlib": packed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
		"zstd": packed(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }),
		"s2":   packed(func(w io.Writer) io.WriteCloser { return s2.NewWriter(w) }),
	}
}

// streams finds what is packed in bytes, wherever it begins.
func streams(b []byte) (out [][]byte) {
	for _, kind := range []struct {
		magic []byte
		open  func(io.Reader) (io.Reader, error)
	}{
		{[]byte{0x1f, 0x8b, 8}, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{[]byte{0x28, 0xb5, 0x2f, 0xfd}, func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) }},
		{[]byte("\xff\x06\x00\x00S2sTwO"), func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil }},
		{[]byte("\xff\x06\x00\x00sNaPpY"), func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil }},
		{[]byte{0x78, 0x01}, inflate}, {[]byte{0x78, 0x5e}, inflate}, {[]byte{0x78, 0x9c}, inflate}, {[]byte{0x78, 0xda}, inflate},
	} {
		for at := 0; ; at++ {
			next := bytes.Index(b[at:], kind.magic)
			if next < 0 {
				break
			}
			at += next
			r, err := kind.open(bytes.NewReader(b[at:]))
			if err != nil {
				continue
			}
			if text, _ := io.ReadAll(io.LimitReader(r, 1<<20)); len(text) > 0 { // what comes before damage counts
				out = append(out, text)
			}
		}
	}
	return out
}

func inflate(r io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	return flate.NewReader(r), nil
}

// canariesIn are the canaries that bytes have in any encoding, and how they were found.
func canariesIn(b []byte) map[string]string {
	out := map[string]string{}
	sing(out, b, "")
	for _, s := range streams(b) {
		sing(out, s, "packed ")
	}
	return out
}

func sing(out map[string]string, b []byte, how string) {
	at := func(text []byte, sign string, step int, as string, read func([]byte) []byte) {
		for from := 0; ; from++ {
			next := bytes.Index(text[from:], []byte(sign))
			if next < 0 {
				return
			}
			from += next
			is := read(text[from:min(len(text), from+canarySize*step)])
			if len(is) >= canarySize && !slices.ContainsFunc(is[len(canarySign):canarySize], func(c byte) bool { return c < 'a' || c > 'p' }) {
				out[string(is[:canarySize])] = how + as
			}
		}
	}
	lower := bytes.ToLower(b)
	at(lower, canarySign, 1, "plain", func(x []byte) []byte { return x })
	at(lower, hex.EncodeToString([]byte(canarySign)), 2, "hex", func(x []byte) []byte { y, _ := hex.DecodeString(string(x)); return y })
	narrow := func(x []byte) (y []byte) {
		for i := 0; i < len(x); i += 2 {
			y = append(y, x[i])
		}
		return y
	}
	at(lower, string(encodings()["utf-16le"](canarySign)), 2, "utf-16", narrow)
	at(lower, string(encodings()["utf-16be"](canarySign))[1:], 2, "utf-16", narrow)
	for by := range 3 {
		// The signs of base64 that nothing but the canary's own bytes decide.
		skip := []int{0, 2, 1}[by]
		sign := base64.RawStdEncoding.EncodeToString([]byte(canarySign[skip:]))
		sign = sign[:(len(canarySign)-skip)*8/6]
		at(b, sign, 2, "base64", func(x []byte) []byte {
			end := bytes.IndexFunc(x, func(c rune) bool {
				return !strings.ContainsRune("+/", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c)
			})
			if end < 0 {
				end = len(x)
			}
			if end%4 == 1 {
				end--
			}
			y, _ := base64.RawStdEncoding.DecodeString(string(x[:end]))
			return append([]byte(canarySign[:skip]), y...)
		})
	}
}

// canariesUnder are those in the files of a folder.
func canariesUnder(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for is, how := range canariesIn(b) {
			out[is] = d.Name() + ", " + how
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheScanFindsACanaryHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for name, as := range encodings() {
		for _, n := range []int{0, 7, 4711} {
			dir := t.TempDir()
			text := append(append([]byte("\x00\x13junk ="), as(canary(n))...), " and more"...)
			if strings.HasPrefix(name, "base64") {
				text = append(append([]byte("junk: "), as(canary(n))...), '\n')
			}
			if err := os.WriteFile(filepath.Join(dir, "file"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, found := canariesUnder(t, dir)[canary(n)]; !found {
				t.Errorf("%s: %s is not found", name, canary(n))
			}
		}
	}
}

// aviary is a folder of people of whom everything that can be said has their canary in it.
type aviary struct {
	*family
	people []id.Person
}

func newAviary(t *testing.T, people int) *aviary {
	t.Helper()
	a := &aviary{family: &family{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: sim.NewClock(crashBegin, nil)}}
	a.open()
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for n := range people {
		a.bring(n)
	}
	a.settle()
	a.morning()
	for n := range people {
		a.people = append(a.people, a.who(canary(n)))
	}
	for n, who := range a.people {
		_, err := a.Returns.Receive(t.Context(), returns.Word{Channel: "email", From: canary(n) + "@patients.example", Text: "I am " + canary(n) + " and come", ID: fmt.Sprint(n), Verdict: returns.Unsure})
		a.must(err)
		if n%8 == 0 {
			a.must(a.leaveAlone(t.Context(), HoldWord{Person: who.String(), Hold: "bereavement", By: "nurse", Note: "of " + canary(n)}))
		}
	}
	a.settle()
	a.records(people)
	a.must(a.Intake.Take(t.Context(), intake.Source{Name: "feed"}, a.unusable(people)))
	a.must(a.Compact(t.Context()))
	a.settle()
	bad := a.quarantined()
	for n := range people {
		if !bad[canary(n)] {
			t.Fatalf("%s is not in quarantine", canary(n))
		}
	}
	return a
}

// quarantined are the canaries of what lies in quarantine, for whoever has its key.
func (a *aviary) quarantined() map[string]bool {
	a.t.Helper()
	out := map[string]bool{}
	bad, err := a.Quarantine.List(a.t.Context(), -1)
	a.must(err)
	for _, q := range bad {
		raw, err := a.Quarantine.Raw(a.t.Context(), q.ID)
		a.must(err)
		for is := range canariesIn(raw) {
			out[is] = true
		}
	}
	return out
}

// bring lets a feed tell everything of somebody.
func (a *aviary) bring(n int) {
	is := canary(n)
	a.hear(is, "traits.updated", "email", is+"@patients.example", "first_name", is, "last_name", strings.ToUpper(is), "preferred_name", is, "birth_date", "1960-05-01",
		"street", is+" street 1", "city", is, "timezone", "America/New_York", "language", "en")
	a.hear(is, "clinical.condition_recorded", "codes", "44054006")
	a.hear(is, "something."+is, is, is)
}

// records lets a hospital's records tell of everybody.
func (a *aviary) records(people int) {
	a.t.Helper()
	a.must(a.Close())
	var patients, conditions []string
	for n := range people {
		is := canary(n)
		patients = append(patients, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"http://ward.example/mrn","value":%q}],"name":[{"given":[%q],"family":%q}],"birthDate":"1960-05-01","telecom":[{"system":"email","value":"%s@ward.example"}],"address":[{"line":[%q],"city":%q}]}`, is, is, is, is, is, is, is))
		conditions = append(conditions, fmt.Sprintf(`{"resourceType":"Condition","id":%q,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}],"text":%q},"subject":{"reference":"Patient/%s"},"note":[{"text":%q}]}`, "c-"+is, is, is, is))
	}
	dir := a.t.TempDir()
	a.must(os.WriteFile(filepath.Join(dir, "Patient.ndjson"), []byte(strings.Join(patients, "\n")+"\n"), 0o600))
	a.must(os.WriteFile(filepath.Join(dir, "Condition.ndjson"), []byte(strings.Join(conditions, "\n")+"\n"), 0o600))
	_, told, _ := importing(a.t, a.dir, Import{Paths: []string{dir}, System: "feed"})
	if told == 0 {
		a.t.Fatal("the records tell nothing")
	}
	a.open()
}

// unusable are events that go into quarantine.
func (a *aviary) unusable(people int) (out []intake.Arrival) {
	for n := range people {
		is := canary(n)
		e := event.Event{ID: "feed/bad-" + is, Name: "appointment.booked", OccurredAt: a.clock.Now(), ReceivedAt: a.clock.Now()}
		e = e.With("start", expr.TextOf("soon")) // it is declared to be a moment
		out = append(out, intake.Arrival{Who: identity.Key{System: "feed", Value: is}, Event: e, Raw: fmt.Appendf(nil, `{"userId":%q,"note":%q}`, is, is)})
	}
	return out
}

// readable is all that can be read of a folder by whoever has its keys.
func (a *aviary) readable() []byte {
	a.t.Helper()
	ctx := context.Background()
	var b bytes.Buffer
	skip := func(err error) {
		if err != nil && !strings.Contains(err.Error(), seal.ErrNoKey.Error()) {
			a.t.Fatal(err)
		}
	}
	a.must(a.History.Frames(ctx, 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			plain, err := a.Keys.Open(e.Person, seal.Frame, seal.FrameName(f.Number), e.Body)
			skip(err)
			b.Write(plain)
		}
		return nil
	}))
	records, err := a.Log.Read(ctx, a.Log.First()-1, 1<<20)
	a.must(err)
	for _, r := range records {
		plain, err := a.Keys.Open(r.Person, seal.Event, nil, r.Body)
		skip(err)
		b.Write(plain)
	}
	a.must(a.People.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(a.Keys, &r)
		skip(err)
		plain, err := p.Encode()
		b.Write(plain)
		return err
	}))
	for _, who := range a.people {
		skip(a.History.Of(ctx, who, func(_ int64, _ instant.Time, plain []byte) error { b.Write(plain); return nil }))
		mails, err := a.Box.Of(ctx, who)
		skip(err)
		fmt.Fprintln(&b, mails)
		numbers, err := a.Records.Numbers(ctx, who)
		skip(err)
		fmt.Fprintln(&b, numbers)
	}
	bad, err := a.Quarantine.List(ctx, -1)
	a.must(err)
	for _, q := range bad {
		raw, err := a.Quarantine.Raw(ctx, q.ID)
		a.must(err)
		b.Write(raw)
	}
	words, err := a.Inbox.List(ctx, 1<<20)
	a.must(err)
	fmt.Fprintln(&b, words)
	return b.Bytes()
}

// eraseHalf erases everybody with an odd number.
func (a *aviary) eraseHalf() {
	a.t.Helper()
	for n, who := range a.people {
		if n%2 == 0 {
			continue
		}
		asked, err := a.askToErase(a.t.Context(), EraseWord{Person: who.String(), Reason: "because of " + canary(n), By: "Kim"})
		a.must(err)
		_, err = a.confirmErasure(a.t.Context(), ConfirmWord{ID: asked.ID, By: "Ana"})
		a.must(err)
	}
}

// nothingLeft tells whether anything of those who were erased is in any file, as it stands there or for whoever has the keys.
func (a *aviary) nothingLeft(which string) {
	a.t.Helper()
	for is, where := range canariesUnder(a.t, a.dir) {
		a.t.Errorf("%s: %s stands in %s", which, is, where)
	}
	left, bad := canariesIn(a.readable()), a.quarantined()
	for n := range a.people {
		if bad[canary(n)] != (n%2 == 0) {
			a.t.Errorf("%s: %s is in quarantine: %v", which, canary(n), bad[canary(n)])
		}
		_, found := left[canary(n)]
		if found != (n%2 == 0) {
			a.t.Errorf("%s: %s can be read: %v", which, canary(n), found)
		}
		_, known, err := a.Directory.Find(a.t.Context(), identity.Key{System: "feed", Value: canary(n)})
		if err != nil || known != (n%2 == 0) {
			a.t.Errorf("%s: %s is known: %v, %v", which, canary(n), known, err)
		}
	}
}

// sound wants that those who read everybody live with people who were erased.
func (a *aviary) sound() {
	a.t.Helper()
	ctx := a.t.Context()
	a.must(a.Compact(ctx))
	i, err := Inspect(ctx, a.dir)
	a.must(err)
	defer i.Close()
	if c, err := i.Checkup(ctx); err != nil || !c.Healthy() {
		a.t.Errorf("the folder is %+v, %v", c.Findings, err)
	}
	if records, err := i.records(ctx, a.people[1]); err == nil && len(records) > 0 {
		a.t.Errorf("%d records of who was erased are told", len(records))
	}
	if _, err := i.AuditedPerson(a.people[1]); err == nil {
		a.t.Error("lines of the audit log are still theirs")
	}
	if _, err := i.Reach(ctx, "diabetes", 0); err != nil {
		a.t.Error(err)
	}
	if _, err := i.DeadLetters(ctx, DeadFilter{}); err != nil {
		a.t.Error(err)
	}
}

func TestNothingIsLeftOfWhoWasErased(t *testing.T) {
	t.Parallel()
	people := 1000
	if testing.Short() {
		people = 60
	}
	if more, err := strconv.Atoi(os.Getenv("ATTUNE_CANARIES")); err == nil {
		people = more
	}
	a := newAviary(t, people)
	if a.captured() == 0 {
		t.Fatal("nothing was said to anybody")
	}
	before := canariesIn(a.readable())
	if len(before) != len(a.people) {
		t.Fatalf("%d of %d can be read before", len(before), len(a.people))
	}
	a.must(a.Close())
	older := filepath.Join(t.TempDir(), "older")
	a.must(os.CopyFS(older, os.DirFS(a.dir)))
	a.open()
	a.eraseHalf()
	a.nothingLeft("while it runs")
	tallies, err := a.People.Tallies(t.Context(), "people")
	if err != nil || newTotals(tallies)["people"] != int64(len(a.people)-len(a.people)/2) {
		t.Errorf("people are counted as %v, %v", tallies, err)
	}
	a.settle()
	a.reopen()
	a.nothingLeft("after a stop")
	a.sound()

	// The state is made anew from what can be read.
	a.must(a.Close())
	for _, name := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		if err := os.Remove(filepath.Join(a.dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	a.open()
	a.nothingLeft("after the state was made anew")

	// An older copy is opened beside the ledger.
	ledger, err := os.ReadFile(filepath.Join(a.dir, "keys", erasure.Name))
	a.must(err)
	a.must(a.Close())
	a.dir = older
	a.must(os.WriteFile(filepath.Join(older, "keys", erasure.Name), ledger, 0o600))
	a.open()
	a.nothingLeft("in a restored copy")

	// Who comes again is somebody new.
	a.bring(1)
	a.settle()
	who := a.who(canary(1))
	if p := a.state(who); slices.Contains(a.people, who) || p.Trait("first_name").Text != canary(1) {
		t.Error("who was erased and comes again is not somebody new")
	}
}
