package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// evidence is a log as lines, and what an outsider holds against it.
type evidence struct {
	lines [][]byte // with their newlines
	trust Trust
	// thief is a key that an attacker has: their own.
	thief *signer
	// witness and good are what was read and found right before: a signature takes longer than all else.
	witness map[int64][]byte
	good    map[string]bool
}

// gather makes a log of some length that goes over the boundary of a key, and ends with a checkpoint that the witness has.
func gather(t testing.TB) *evidence {
	t.Helper()
	cfg := folder(t)
	cfg.Witness = filepath.Join(t.TempDir(), "witness")
	l := open(t, cfg)
	for i := range 2 {
		appendAll(t, l, 3)
		if err := l.Checkpoint(&Frames{int64(i*10 + 1), int64(i*10 + 10), strings.Repeat("ab", 32)}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			appendAll(t, l, 2)
			if _, err := l.Rotate(); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := sound(t, cfg.Dir, Trust{Witness: cfg.Witness}).Keys[0]
	data, err := os.ReadFile(l.file.Name())
	if err != nil {
		t.Fatal(err)
	}
	e := &evidence{trust: Trust{Witness: cfg.Witness, Key: first}, thief: &signer{Seed: newSeed()}, good: map[string]bool{}}
	for line := range bytes.Lines(data) {
		e.lines = append(e.lines, line)
		if r, err := Parse(bytes.TrimSuffix(line, []byte("\n"))); err == nil && r.Signature != "" {
			message, _, _ := bytes.Cut(line, []byte(`,"sig":"`))
			e.good[r.Key+string(message)+r.Signature] = signedBy(r.Key, message, r.Signature)
		}
	}
	v, err := newVerifier(e.trust)
	if err != nil {
		t.Fatal(err)
	}
	e.witness = v.witness
	return e
}

// verified holds bytes against what the outsider has.
func (e *evidence) verified(t testing.TB, data []byte) *Verified {
	t.Helper()
	return e.read(t, bufio.NewReaderSize(bytes.NewReader(data), maxLine+1))
}

func (e *evidence) read(t testing.TB, data *bufio.Reader) *Verified {
	t.Helper()
	v, err := newVerifier(Trust{})
	if err != nil {
		t.Fatal(err)
	}
	v.trust.Key = e.trust.Key
	if e.witness != nil {
		v.witness = e.witness
	}
	v.signed = func(key string, message []byte, signature string) bool {
		return e.good[key+string(message)+signature] || signedBy(key, message, signature)
	}
	if err := v.lines(t.Context(), data, "copy"); err != nil {
		t.Fatal(err)
	}
	v.finish()
	return &v.Verified
}

// rehash makes the chain right again from a line on, as who knows how it is made would. Checkpoints are signed by the thief's key, or
// left as they are.
func (e *evidence) rehash(lines [][]byte, from int, sign bool) {
	hash, number := nothing(), int64(0)
	if from > 0 {
		if l, ok := linkOf(bytes.TrimSuffix(lines[from-1], []byte("\n"))); ok {
			hash, number = string(l.hash), l.number
		}
	}
	for i := from; i < len(lines); i++ {
		r, err := Parse(bytes.TrimSuffix(lines[i], []byte("\n")))
		if err != nil {
			continue
		}
		number++
		r.Number, r.Prev, r.Hash = number, hash, ""
		if r.What == Checkpoint && sign {
			r.Key, r.Next, r.Signature = public(e.thief.Seed), "", ""
			body, _ := r.encode()
			r.Signature = e.thief.sign(body[:len(body)-1])
		}
		body, _ := r.encode()
		lines[i], hash = sealLine(body)
	}
}

// mutation changes lines somehow, and tells what it did.
type mutation struct {
	name   string
	change func(e *evidence, lines [][]byte, r *rand.Rand) [][]byte
	// forged ones make hashes and signatures of their own, which takes long: one try in eight is one of those.
	forged bool
}

func mutations() []mutation {
	flat := func(f func([]byte, int, *rand.Rand) []byte) func(*evidence, [][]byte, *rand.Rand) [][]byte {
		return func(_ *evidence, lines [][]byte, r *rand.Rand) [][]byte {
			data := bytes.Join(lines, nil)
			return [][]byte{f(data, r.IntN(len(data)), r)}
		}
	}
	edit := func(lines [][]byte, r *rand.Rand) int { // a record says something else
		i := r.IntN(len(lines))
		rec, err := Parse(bytes.TrimSuffix(lines[i], []byte("\n")))
		if err != nil {
			return i
		}
		rec.Hash = ""
		rec.At = fmt.Sprintf("2027-03-0%dT10:%02d:00.000Z", 1+r.IntN(9), r.IntN(60))
		if rec.Actor != nil {
			rec.Actor.ID = fmt.Sprint("user", r.IntN(1000))
		}
		body, _ := rec.encode()
		lines[i], _ = sealLine(body)
		return i
	}
	return []mutation{
		{"a bit is another", flat(func(b []byte, i int, r *rand.Rand) []byte { b[i] ^= 1 << r.IntN(8); return b }), false},
		{"a byte is put in", flat(func(b []byte, i int, r *rand.Rand) []byte {
			return append(b[:i:i], append([]byte{byte(r.IntN(256))}, b[i:]...)...)
		}), false},
		{"bytes are taken out", flat(func(b []byte, i int, r *rand.Rand) []byte {
			return append(b[:i:i], b[min(len(b), i+1+r.IntN(9)):]...)
		}), false},
		{"the end is cut anywhere", flat(func(b []byte, i int, _ *rand.Rand) []byte { return b[:i] }), false},
		{"a line is taken out", func(_ *evidence, l [][]byte, r *rand.Rand) [][]byte {
			i := r.IntN(len(l))
			return append(l[:i:i], l[i+1:]...)
		}, false},
		{"a line is doubled", func(_ *evidence, l [][]byte, r *rand.Rand) [][]byte {
			i := r.IntN(len(l))
			return append(l[:i:i], append([][]byte{l[r.IntN(len(l))]}, l[i:]...)...)
		}, false},
		{"two lines change places", func(_ *evidence, l [][]byte, r *rand.Rand) [][]byte {
			i, k := r.IntN(len(l)), r.IntN(len(l))
			l[i], l[k] = l[k], l[i]
			return l
		}, false},
		{"whole lines are cut from the end", func(_ *evidence, l [][]byte, r *rand.Rand) [][]byte { return l[:r.IntN(len(l))] }, false},
		{"a record is edited, with its hash", func(_ *evidence, l [][]byte, r *rand.Rand) [][]byte { edit(l, r); return l }, true},
		{"a record is edited, with all hashes after it", func(e *evidence, l [][]byte, r *rand.Rand) [][]byte {
			e.rehash(l, edit(l, r), false)
			return l
		}, true},
		{"a record is edited, and all after it hashed and signed by another key", func(e *evidence, l [][]byte, r *rand.Rand) [][]byte {
			e.rehash(l, edit(l, r), true)
			return l
		}, true},
		{"a line is taken out, and all after it hashed and signed by another key", func(e *evidence, l [][]byte, r *rand.Rand) [][]byte {
			i := r.IntN(len(l))
			l = append(l[:i:i], l[i+1:]...)
			e.rehash(l, i, true)
			return l
		}, true},
		{"everything is written anew by another key", func(e *evidence, l [][]byte, _ *rand.Rand) [][]byte {
			e.rehash(l, 0, true)
			return l
		}, true},
		{"checkpoints are left out", func(e *evidence, l [][]byte, r *rand.Rand) [][]byte {
			var out [][]byte
			from := r.IntN(len(l))
			for i, line := range l {
				if i < from || !bytes.Contains(line, []byte(Checkpoint)) {
					out = append(out, line)
				}
			}
			e.rehash(out, from, false)
			return out
		}, true},
	}
}

// TestEveryMutationIsFound is the promise: an outsider who has a copy of the log, the witness and the public key finds any edit,
// deletion, insertion, reordering, and cut of the end.
func TestEveryMutationIsFound(t *testing.T) {
	t.Parallel()
	e := gather(t)
	whole := bytes.Join(e.lines, nil)
	if v := e.verified(t, whole); !v.Sound() {
		t.Fatalf("%+v", v.Problems)
	}
	tries := 100_000
	if testing.Short() {
		tries /= 20
	}
	var work sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	var plain, forged []mutation
	for _, m := range mutations() {
		if m.forged {
			forged = append(forged, m)
		} else {
			plain = append(plain, m)
		}
	}
	for part := range parts {
		work.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(part)))
			reader := bufio.NewReaderSize(nil, maxLine+1)
			for n := part; n < tries; n += parts {
				m := plain[n%len(plain)]
				if n%8 == 0 {
					m = forged[n/8%len(forged)]
				}
				lines := make([][]byte, len(e.lines))
				for i := range lines {
					lines[i] = bytes.Clone(e.lines[i])
				}
				data := bytes.Join(m.change(e, lines, r), nil)
				if bytes.Equal(data, whole) {
					continue
				}
				reader.Reset(bytes.NewReader(data))
				if v := e.read(t, reader); v.Sound() {
					t.Errorf("try %d: %s, and nobody notices", n, m.name)
					return
				}
			}
		})
	}
	work.Wait()
}

// What the test above does not have is what makes it find less: each of these goes unnoticed, as docs/audit.md says.
func TestWhatIsNotFoundWithout(t *testing.T) {
	t.Parallel()
	e := gather(t)
	anew := func() [][]byte {
		lines := make([][]byte, len(e.lines))
		for i := range lines {
			lines[i] = bytes.Clone(e.lines[i])
		}
		return lines
	}
	lines := anew()
	blind := &evidence{thief: e.thief}
	if v := blind.verified(t, bytes.Join(lines[:len(lines)-2], nil)); !v.Sound() {
		t.Error("a cut at the end of a line was found without a witness: say so in docs/audit.md")
	}
	e.rehash(lines, 0, true)
	if v := blind.verified(t, bytes.Join(lines, nil)); !v.Sound() {
		t.Error("a log written anew was found without witness and key: say so in docs/audit.md")
	}
}

func TestAProblemSaysWhere(t *testing.T) {
	t.Parallel()
	e := gather(t)
	n := len(e.lines)
	cases := map[string]struct {
		change func([][]byte) [][]byte
		record int64
		says   string
	}{
		"an edit": {func(l [][]byte) [][]byte {
			l[4] = bytes.Replace(l[4], []byte("kim"), []byte("ben"), 1)
			return l
		}, 5, "was changed"},
		"a deletion":    {func(l [][]byte) [][]byte { return append(l[:6:6], l[8:]...) }, 9, "records 7 to 8 are missing"},
		"an insertion":  {func(l [][]byte) [][]byte { return append(l[:6:6], append([][]byte{l[2]}, l[6:]...)...) }, 3, "put in, doubled or reordered"},
		"a reordering":  {func(l [][]byte) [][]byte { l[4], l[5] = l[5], l[4]; return l }, 6, "missing"},
		"a cut":         {func(l [][]byte) [][]byte { return l[:n-3] }, int64(n - 2), "gone from the end"},
		"half a line":   {func(l [][]byte) [][]byte { l[n-1] = l[n-1][:50]; return l }, int64(n), "not whole"},
		"another's log": {func(l [][]byte) [][]byte { e.rehash(l, 0, true); return l }, 4, "witness has another"},
	}
	for name, c := range cases {
		lines := make([][]byte, n)
		for i := range lines {
			lines[i] = bytes.Clone(e.lines[i])
		}
		v := e.verified(t, bytes.Join(c.change(lines), nil))
		if v.Sound() || v.Problems[0].Record != c.record || !strings.Contains(v.Problems[0].Says, c.says) {
			t.Errorf("%s: %+v", name, v.Problems)
		}
	}
}

// A file alone, a folder without one of its files, and a key that signed later.
func TestAnOutsiderHasACopy(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	cfg.Segment, cfg.Every, cfg.Witness = 3000, 5, filepath.Join(t.TempDir(), "witness")
	l := open(t, cfg)
	appendAll(t, l, 20)
	later, err := l.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, 20)
	if err := l.Checkpoint(nil); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(copied, lockName)); err != nil {
		t.Fatal(err)
	}
	if v := sound(t, copied, Trust{Witness: cfg.Witness, Key: later}); len(v.Keys) != 2 || v.Signed != v.Last {
		t.Errorf("%+v", v)
	}
	all, err := segments(copied)
	if err != nil || len(all) < 4 {
		t.Fatal(len(all), err)
	}
	if v := sound(t, all[1].path, Trust{}); v.First != all[1].first {
		t.Errorf("%+v", v)
	}
	if err := os.Remove(all[1].path); err != nil {
		t.Fatal(err)
	}
	if mustVerify(t, copied, Trust{}).Sound() {
		t.Error("a file is missing, and nobody notices")
	}
	if _, err := Verify(t.Context(), t.TempDir(), Trust{}); err == nil {
		t.Error("an empty folder has a sound log")
	}
}

// Whatever a crash leaves of a change of keys, the next checkpoint is signed by the key that the log says.
func TestAChangeOfKeysSurvivesACrash(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"the next key was written", "the checkpoint that names it was written"} {
		cfg := folder(t)
		l := open(t, cfg)
		appendAll(t, l, 1)
		if err := l.Checkpoint(nil); err != nil {
			t.Fatal(err)
		}
		s, err := readSigner(cfg.Keys)
		if err != nil {
			t.Fatal(err)
		}
		s.Next = newSeed()
		if err := s.write(cfg.Keys); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(after, "the checkpoint") {
			appendAll(t, l, 1)
			if err := l.Checkpoint(nil); err != nil {
				t.Fatal(err)
			}
			if err := s.write(cfg.Keys); err != nil { // as if it had not come to that
				t.Fatal(err)
			}
		}
		other := open(t, cfg)
		for range 2 {
			appendAll(t, other, 1)
			if err := other.Checkpoint(nil); err != nil {
				t.Fatal(err)
			}
		}
		if v := sound(t, cfg.Dir, Trust{}); len(v.Keys) != 2 || v.Keys[1] != public(s.Next) {
			t.Errorf("after %s: %+v", after, v)
		}
		if key, err := ReadPublicKey(filepath.Join(cfg.Keys, PublicName)); err != nil || key != public(s.Next) {
			t.Errorf("after %s the public half is %s: %v", after, key, err)
		}
	}
}

// A signature stands for the line it is in, by the rules of RFC 8032, which any tool can try.
func TestACheckpointCanBeTriedByHand(t *testing.T) {
	t.Parallel()
	e := gather(t)
	line := e.lines[3]
	r, err := Parse(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil || r.What != Checkpoint {
		t.Fatal(r.What, err)
	}
	key, _ := hex.DecodeString(r.Key)
	signature, _ := hex.DecodeString(r.Signature)
	message, _, _ := bytes.Cut(line, []byte(`,"sig":"`))
	if !ed25519.Verify(key, message, signature) {
		t.Error("what stands before the signature is not what was signed")
	}
}

func BenchmarkVerify(b *testing.B) {
	cfg := folder(b)
	cfg.Relaxed, cfg.Segment = true, 1<<30
	l := open(b, cfg)
	const n = 200_000
	records := make([]Record, 1000)
	for k := 0; k < n; k += len(records) {
		for i := range records {
			records[i] = look(i)
		}
		if err := l.Append(b.Context(), records...); err != nil {
			b.Fatal(err)
		}
	}
	data, err := os.ReadFile(l.file.Name())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	was := cpu()
	for b.Loop() {
		v, _ := newVerifier(Trust{})
		if err := v.lines(b.Context(), bufio.NewReaderSize(bytes.NewReader(data), 1<<20), "copy"); err != nil || !v.Sound() {
			b.Fatal(err, v.Problems)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.N)*n/(cpu()-was), "records/cpu-s")
}

func BenchmarkAppend(b *testing.B) {
	for _, at := range []int{1, 64} {
		b.Run(fmt.Sprint(at, " at a time"), func(b *testing.B) {
			l := open(b, folder(b))
			b.SetParallelism(at)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if err := l.Append(b.Context(), look(1)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
