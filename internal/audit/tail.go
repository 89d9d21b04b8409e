package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// tail is the end of the log, as far as this process knows it.
type tail struct {
	number int64
	hash   string
	size   int64  // of the newest segment
	signed int64  // the newest checkpoint's number
	mark   []byte // the newest checkpoint's line
	next   string // the key that it names
}

// take goes on by a line that belongs here.
func (t *tail) take(line []byte, l *link) {
	t.number, t.hash = l.number, string(l.hash)
	t.size += int64(len(line)) + 1
	if l.is(Checkpoint) {
		t.signed, t.mark, t.next = l.number, bytes.Clone(line), ""
		if r, err := Parse(line); err == nil {
			t.next = r.Next
		}
	}
}

// follow reads lines that stand after the tail in its segment, up to what is not whole, and returns that.
func (t *tail) follow(data []byte) (rest []byte) {
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return data
		}
		l, ok := linkOf(data[:end])
		if !ok || l.number != t.number+1 || string(l.prev) != t.hash || !whole(data[:end], &l) {
			return data
		}
		t.take(data[:end], &l)
		data = data[end+1:]
	}
}

// begin finds the end of the log, and opens its newest segment. The lock is held.
//
// It goes on from the newest checkpoint, which was on the disk before anything was written after it. What stands before that is
// for [Verify] to judge: a server that starts does not read years.
func (l *Log) begin() error {
	all, err := segments(l.cfg.Dir)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		l.tail = tail{hash: nothing()}
		return l.create()
	}
	last := all[len(all)-1]
	data, err := os.ReadFile(last.path)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	if t, ok := newestCheckpoint(data); ok {
		l.tail = t
	} else {
		hash, err := before(all, data)
		if err != nil {
			return err
		}
		l.tail = tail{number: last.first - 1, hash: hash}
	}
	if l.file, err = os.OpenFile(last.path, os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("open the audit log: %w", err)
	}
	return l.catchUp()
}

// newestCheckpoint is the tail that ends with a segment's newest whole checkpoint.
func newestCheckpoint(data []byte) (t tail, ok bool) {
	for end := len(data); ; {
		at := bytes.LastIndex(data[:end], []byte(`,"what":"`+string(Checkpoint)+`"`))
		if at < 0 {
			return t, false
		}
		start := bytes.LastIndexByte(data[:at], '\n') + 1
		stop := bytes.IndexByte(data[at:], '\n')
		if stop >= 0 {
			line := data[start : at+stop]
			if l, fits := linkOf(line); fits && l.is(Checkpoint) && whole(line, &l) {
				t.size = int64(start)
				t.take(line, &l)
				return t, true
			}
		}
		end = at
	}
}

// before is the hash that the newest segment's first record has to follow.
func before(all []segment, data []byte) (string, error) {
	last := all[len(all)-1]
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		if l, ok := linkOf(data[:end]); ok && l.number == last.first && whole(data[:end], &l) {
			return string(l.prev), nil
		}
	}
	if len(all) == 1 {
		return nothing(), nil
	}
	data, err := os.ReadFile(all[len(all)-2].path)
	if err != nil {
		return "", fmt.Errorf("read the audit log: %w", err)
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	l, ok := linkOf(data[bytes.LastIndexByte(data, '\n')+1:])
	if !ok {
		return "", fmt.Errorf("the end of %s is damaged: attune audit verify tells where; put the file back from a backup", all[len(all)-2].path)
	}
	return string(l.hash), nil
}

// create begins a new segment.
func (l *Log) create() error {
	f, err := os.OpenFile(segmentPath(l.cfg.Dir, l.tail.number+1), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("begin a file of the audit log: %w", err)
	}
	err = syncDir(l.cfg.Dir)
	if l.tail.number == 0 { // the folder is new as well
		err = errors.Join(err, syncDir(filepath.Dir(l.cfg.Dir)))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("begin a file of the audit log: %w", err), f.Close())
	}
	return l.use(f)
}

func (l *Log) use(f *os.File) (err error) {
	if l.file != nil {
		err = l.file.Close()
	}
	l.file, l.tail.size = f, 0
	return err
}

// errCut tells that lines are gone that this process had seen.
var errCut = errors.New("the audit log is not what it was: lines that stood in it are gone; attune audit verify tells which")

// catchUp goes on to the end of the log, which another process may have written, and sets aside what a crash left. The lock is held.
func (l *Log) catchUp() error {
	for {
		now, err := os.Stat(l.file.Name())
		if errors.Is(err, fs.ErrNotExist) {
			return errCut
		}
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		had, err := l.file.Stat()
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		if !os.SameFile(now, had) || now.Size() < l.tail.size {
			return errCut
		}
		if now.Size() > l.tail.size {
			data, err := io.ReadAll(io.NewSectionReader(l.file, l.tail.size, now.Size()-l.tail.size))
			if err != nil {
				return fmt.Errorf("read the audit log: %w", err)
			}
			if rest := l.tail.follow(data); len(rest) > 0 {
				return l.repair(rest)
			}
		}
		f, err := os.OpenFile(segmentPath(l.cfg.Dir, l.tail.number+1), os.O_RDWR, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("open the audit log: %w", err)
		}
		if f.Name() == l.file.Name() { // it has no record yet
			return f.Close()
		}
		if err := l.use(f); err != nil {
			return err
		}
	}
}

// repair sets aside what a crash left unfinished: nobody was told that it was recorded. It is kept in a file of its own, and told in
// the log. The lock is held.
func (l *Log) repair(rest []byte) error {
	name := filepath.Join(l.cfg.Dir, fmt.Sprintf("torn-%012d-%d", l.tail.number+1, l.cfg.Now().UnixMilli()))
	if err := replace(name, rest, 0o600); err != nil {
		return fmt.Errorf("set aside the unfinished end of the audit log: %w", err)
	}
	if err := errors.Join(l.file.Truncate(l.tail.size), l.file.Sync()); err != nil {
		return fmt.Errorf("set aside the unfinished end of the audit log: %w", err)
	}
	sum := sha256.Sum256(rest)
	cut := &Cut{Bytes: int64(len(rest)), Lines: bytes.Count(rest, []byte("\n")), SHA256: hex.EncodeToString(sum[:])}
	return l.write([]Record{{What: Repaired, Actor: &Actor{Kind: Attune}, Outcome: Done, Cut: cut}}, false)
}
