package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Trust is what an outsider holds against the log. Both are optional; without a witness a cut of the tail cannot be found, and
// without a key nobody knows whose checkpoints they are.
type Trust struct {
	// Witness is the path of a witness file.
	Witness string
	// Key is the public half of a key that signed checkpoints, in hexadecimal digits: the first one, or a later one.
	Key string
	// First is the record that a folder begins with whose older files were put elsewhere. Zero means 1. A file that is named alone
	// begins with the record that its name says.
	First int64
}

// Problem is something that is not as it was written.
type Problem struct {
	// Record is the number of the record at which it shows; File and Byte are where that stands.
	Record int64  `json:"record"`
	File   string `json:"file"`
	Byte   int64  `json:"byte"`
	Says   string `json:"says"`
}

// Verified is what was found.
type Verified struct {
	First       int64 `json:"first"`
	Last        int64 `json:"last"`
	Records     int64 `json:"records"`
	Checkpoints int64 `json:"checkpoints"`
	// Signed is the newest record that a checkpoint speaks for, and SignedAt when that was made.
	Signed   int64  `json:"signed"`
	SignedAt string `json:"signed_at,omitempty"`
	// Witnessed is the newest checkpoint that the witness has.
	Witnessed int64 `json:"witnessed,omitempty"`
	// Keys signed, the newest last.
	Keys []string `json:"keys"`
	// Repairs are the records that tell of what a crash left unfinished.
	Repairs []int64 `json:"repairs"`
	// Frames are the commits of the history that checkpoints speak for.
	Frames   []Frames  `json:"-"`
	Problems []Problem `json:"problems"`
	// More is how many problems there are beside those.
	More int `json:"more_problems,omitempty"`
}

// Sound tells that nothing was found.
func (v *Verified) Sound() bool { return len(v.Problems) == 0 }

// mostProblems bounds how many problems are told.
const mostProblems = 20

// verifier goes along the lines.
type verifier struct {
	Verified
	trust   Trust
	witness map[int64][]byte
	// signed tells whether a signature is right.
	signed func(key string, message []byte, signature string) bool

	number  int64
	hash    [hexSize]byte
	begun   bool
	key     string // that has to sign
	trusted bool   // the trusted key signed
	file    string
	at      int64
}

// Verify reads a log, a folder or one file of it, and tells everything in it that is not as it was written. The error is about
// reading.
func Verify(ctx context.Context, path string, trust Trust) (*Verified, error) {
	all, err := settled(path)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no file of an audit log", path)
	}
	if trust.First == 0 && !isDir(path) {
		trust.First = all[0].first
	}
	v, err := newVerifier(trust)
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		if i > 0 && s.first != v.number+1 {
			v.file, v.at = s.path, 0
			v.problem(v.number+1, "the file after record %d begins with %d: a file is missing or was renamed", v.number, s.first)
		}
		if err := v.read(ctx, s); err != nil {
			return nil, err
		}
	}
	v.finish()
	return &v.Verified, nil
}

func newVerifier(trust Trust) (*verifier, error) {
	trust.First = max(trust.First, 1)
	v := &verifier{trust: trust, witness: map[int64][]byte{}, signed: signedBy, Verified: Verified{Keys: []string{}, Repairs: []int64{}, Problems: []Problem{}}}
	if trust.Witness == "" {
		return v, nil
	}
	lines, err := readWitness(trust.Witness)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		l, _ := linkOf(line)
		if was, twice := v.witness[l.number]; twice && !bytes.Equal(was, line) {
			v.file = trust.Witness
			v.problem(l.number, "the witness has two checkpoints of this number: the log was cut or rewritten, and went on from before")
		}
		v.witness[l.number] = line
	}
	return v, nil
}

func (v *verifier) problem(record int64, format string, args ...any) {
	if len(v.Problems) == mostProblems {
		v.More++
		return
	}
	v.Problems = append(v.Problems, Problem{record, v.file, v.at, fmt.Sprintf(format, args...)})
}

func (v *verifier) read(ctx context.Context, s segment) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	defer f.Close()
	v.file, v.at = s.path, 0
	return v.lines(ctx, bufio.NewReaderSize(io.LimitReader(f, s.size), 1<<20), s.path)
}

// lines goes along the lines of a file. The reader's buffer takes the longest line.
func (v *verifier) lines(ctx context.Context, r *bufio.Reader, name string) error {
	for n := 0; ; n++ {
		line, err := r.ReadSlice('\n')
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err == nil:
			v.line(line[:len(line)-1])
		case errors.Is(err, io.EOF):
			if len(line) > 0 {
				v.problem(v.number+1, "the last line is not whole: the end was cut, or a crash left it so and nobody opened the log since")
			}
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			v.problem(v.number+1, "the line is longer than any that the log writes")
			for errors.Is(err, bufio.ErrBufferFull) {
				v.at += int64(len(line))
				line, err = r.ReadSlice('\n')
			}
		default:
			return fmt.Errorf("read %s: %w", name, err)
		}
		v.at += int64(len(line))
	}
}

// line holds one line against the one before it. After a problem it goes on from what the line says of itself.
func (v *verifier) line(line []byte) {
	l, ok := linkOf(line)
	if !ok {
		v.problem(v.number+1, "the line is not as the log writes it")
		return
	}
	if !whole(line, &l) {
		v.problem(l.number, "the record was changed: its hash is not that of its line")
	}
	v.joins(&l)
	v.begun, v.number = true, l.number
	copy(v.hash[:], l.hash)
	v.Records++
	switch {
	case l.is(Checkpoint):
		v.checkpoint(line, l.number)
	case l.is(Repaired):
		v.Repairs = append(v.Repairs, l.number)
	}
	if w, ok := v.witness[l.number]; ok && !bytes.Equal(w, line) {
		v.problem(l.number, "the witness has another checkpoint in this place: what stands here was written anew")
	}
}

// joins tells whether a line follows the one before it.
func (v *verifier) joins(l *link) {
	switch {
	case !v.begun:
		if v.First = l.number; l.number != v.trust.First {
			v.problem(l.number, "the log begins with this record, and not with %d: older lines or files are missing", v.trust.First)
		}
		if l.number == 1 && string(l.prev) != nothing() {
			v.problem(1, "the first record names one before it")
		}
	case l.number > v.number+1:
		v.problem(l.number, "records %d to %d are missing", v.number+1, l.number-1)
	case l.number <= v.number:
		v.problem(l.number, "the record stands after record %d: lines were put in, doubled or reordered", v.number)
	case string(l.prev) != string(v.hash[:]):
		v.problem(l.number, "the record follows another than the one that stands before it: record %d was changed or replaced", v.number)
	}
}

func (v *verifier) checkpoint(line []byte, number int64) {
	r, err := Parse(line)
	if err != nil {
		v.problem(number, "the checkpoint is not as the log writes it")
		return
	}
	v.Checkpoints++
	if v.key == "" {
		v.key = r.Key
	}
	cut := bytes.Index(line, []byte(`,"sig":"`))
	switch {
	case r.Key != v.key:
		v.problem(number, "the checkpoint is signed by a key that no checkpoint before it names")
	case cut < 0 || !v.signed(r.Key, line[:cut], r.Signature):
		v.problem(number, "the checkpoint's signature is not right")
	default:
		v.Signed, v.SignedAt = number, r.At
	}
	if len(v.Keys) == 0 || v.Keys[len(v.Keys)-1] != r.Key {
		v.Keys = append(v.Keys, r.Key)
	}
	v.trusted = v.trusted || r.Key == v.trust.Key
	if v.key = r.Key; r.Next != "" {
		v.key = r.Next
	}
	if r.Frames != nil {
		v.frames(number, *r.Frames)
	}
}

// frames notes commits of the history, which follow each other.
func (v *verifier) frames(number int64, f Frames) {
	if n := len(v.Frames); f.From > f.To || n > 0 && f.From != v.Frames[n-1].To+1 {
		v.problem(number, "the commits %d to %d of the history do not follow those of the checkpoint before", f.From, f.To)
	}
	v.Frames = append(v.Frames, f)
}

// finish looks at what only the whole can tell.
func (v *verifier) finish() {
	v.Last = v.number
	if v.trust.Key != "" && !v.trusted {
		v.problem(v.Last, "no checkpoint is signed by the public key given: this is another folder's log, or one written anew")
	}
	var newest int64
	for n := range v.witness {
		newest = max(newest, n)
	}
	if v.Witnessed = newest; newest > v.Last {
		v.problem(v.Last+1, "records %d to %d are gone from the end: the witness has checkpoint %d", v.Last+1, newest, newest)
	}
}
