package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Config says where a log is and how it is kept.
type Config struct {
	// Dir is the log's folder, and Keys the one that its signing key is in.
	Dir, Keys string
	// Witness is the file that each checkpoint is copied to. Empty is the one that was named the last time.
	Witness string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Every is after how many records a checkpoint is made at the latest. Zero means 1,000.
	Every int64
	// Segment is the size at which another file is begun. Zero means 16 MB.
	Segment int64
	// Relaxed lets a power cut take the newest records. Only for demonstrations.
	Relaxed bool
	// Report is told when the witness cannot be written; recording goes on. May be nil.
	Report func(error)
}

// Log is the audit log of a data folder, open for writing.
type Log struct {
	cfg  Config
	lock *os.File

	queue   sync.Mutex
	waiting []*waiter

	// writing is held by whoever writes for all that wait.
	writing sync.Mutex
	file    *os.File
	tail    tail
}

// waiter is somebody's records, until they are on the disk.
type waiter struct {
	records []Record
	done    bool
	err     error
}

const (
	everyDefault   = 1000
	segmentDefault = 16 << 20
	witnessName    = "witness"
)

// Open opens a log, making it where there is none.
func Open(cfg Config) (_ *Log, err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Every == 0 {
		cfg.Every = everyDefault
	}
	if cfg.Segment == 0 {
		cfg.Segment = segmentDefault
	}
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the audit log's folder: %w", err)
	}
	l := &Log{cfg: cfg}
	if l.lock, err = os.OpenFile(filepath.Join(cfg.Dir, lockName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	err = l.locked(func() error {
		if err := l.nameWitness(); err != nil {
			return err
		}
		return l.begin()
	})
	if err != nil {
		return nil, errors.Join(err, l.end())
	}
	return l, nil
}

// locked does something while no other process writes the log.
func (l *Log) locked(f func() error) (err error) {
	if err := lock(l.lock); err != nil {
		return fmt.Errorf("lock the audit log: %w", err)
	}
	defer func() { err = errors.Join(err, unlock(l.lock)) }()
	return f()
}

// nameWitness keeps the witness's path for commands, which know nothing of the server's configuration.
func (l *Log) nameWitness() error {
	path := filepath.Join(l.cfg.Dir, witnessName)
	kept, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read where the witness is: %w", err)
	}
	was := strings.TrimSpace(string(kept))
	if l.cfg.Witness == "" {
		l.cfg.Witness = was
		return nil
	}
	if l.cfg.Witness, err = filepath.Abs(l.cfg.Witness); err == nil && l.cfg.Witness != was {
		err = replace(path, []byte(l.cfg.Witness+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep where the witness is: %w", err)
	}
	return nil
}

// Append adds records. They are on the disk when it returns nil; appends that wait at the same time go there together.
func (l *Log) Append(ctx context.Context, records ...Record) error {
	for i := range records {
		if err := records[i].check(); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		records[i].tidy()
		records[i].At = ""
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{records: records}
	l.queue.Lock()
	l.waiting = append(l.waiting, w)
	l.queue.Unlock()
	l.writing.Lock()
	defer l.writing.Unlock()
	if w.done {
		return w.err
	}
	l.queue.Lock()
	all := l.waiting
	l.waiting = nil
	l.queue.Unlock()
	var together []Record
	for _, w := range all {
		together = append(together, w.records...)
	}
	err := l.guarded(func() error { return l.write(together, true) })
	for _, w := range all {
		w.done, w.err = true, err
	}
	return err
}

// guarded does something with the end of the log in hand. What a failure left there is found by the next one.
func (l *Log) guarded(f func() error) error {
	if l.lock == nil {
		return errors.New("the audit log is closed")
	}
	err := l.locked(func() error {
		if err := l.catchUp(); err != nil {
			return err
		}
		return f()
	})
	if err != nil {
		return fmt.Errorf("it could not be recorded in the audit log, so it is not answered: %w", err)
	}
	return nil
}

// write adds records to the end, and a checkpoint where one is due. The lock is held.
func (l *Log) write(records []Record, mayRoll bool) error {
	if mayRoll && l.tail.size >= l.cfg.Segment {
		if err := l.create(); err != nil {
			return err
		}
	}
	var out []byte
	t := l.tail
	for i := range records {
		line, err := l.line(&t, &records[i])
		if err != nil {
			return err
		}
		out = append(out, line...)
	}
	if err := l.put(out, t); err != nil {
		return err
	}
	if l.tail.number-l.tail.signed >= l.cfg.Every {
		return l.checkpoint(nil, false)
	}
	return nil
}

// line makes the line of a record that follows the tail, and moves the tail on.
func (l *Log) line(t *tail, r *Record) ([]byte, error) {
	r.Number, r.Prev, r.Hash = t.number+1, t.hash, ""
	if r.At == "" {
		r.At = l.cfg.Now().UTC().Format(timeForm)
	}
	body, err := r.encode()
	if err != nil {
		return nil, err
	}
	line, hash := sealLine(body)
	if len(line) > maxLine {
		return nil, fmt.Errorf("an audit record of %d bytes is too long", len(line))
	}
	t.number, t.hash, t.size = r.Number, hash, t.size+int64(len(line))
	return line, nil
}

// put writes bytes to the end of the newest segment, durably.
func (l *Log) put(out []byte, after tail) error {
	_, err := l.file.WriteAt(out, l.tail.size)
	if err == nil && !l.cfg.Relaxed {
		err = l.file.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the audit log: %w", err), l.file.Truncate(l.tail.size))
	}
	l.tail = after
	return nil
}

// Checkpoint signs what was recorded since the last one, if anything was, and commits of the history, if there are any.
func (l *Log) Checkpoint(frames *Frames) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.guarded(func() error {
		if frames == nil && l.tail.number == l.tail.signed {
			l.witness()
			return nil
		}
		return l.checkpoint(frames, false)
	})
}

// Rotate lets another key sign from now on, which the old one names in a checkpoint.
func (l *Log) Rotate() (key string, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	err = l.guarded(func() error { return l.checkpoint(nil, true) })
	if err != nil {
		return "", err
	}
	s, err := readSigner(l.cfg.Keys)
	if err != nil {
		return "", err
	}
	return public(s.Seed), nil
}

// checkpoint signs the end of the log. The key is read each time, since another process may have put another in its place. A next key
// is written before the checkpoint that names it, and signs only once that is on the disk. The lock is held.
func (l *Log) checkpoint(frames *Frames, rotate bool) error {
	s, err := readSigner(l.cfg.Keys)
	if err != nil {
		return err
	}
	if err := s.promote(l.cfg.Keys, l.tail.next); err != nil { // a crash came between
		return err
	}
	if rotate && s.Next == "" {
		s.Next = newSeed()
		if err := s.write(l.cfg.Keys); err != nil {
			return err
		}
	}
	r := Record{What: Checkpoint, At: l.cfg.Now().UTC().Format(timeForm), Frames: frames, Key: public(s.Seed), Next: public(s.Next)}
	t := l.tail
	if _, err := l.line(&t, &r); err != nil {
		return err
	}
	body, err := r.encode()
	if err != nil {
		return err
	}
	r.Signature = s.sign(body[:len(body)-1])
	t = l.tail
	line, err := l.line(&t, &r)
	if err != nil {
		return err
	}
	t.signed, t.mark, t.next = t.number, line[:len(line)-1], r.Next
	if err := l.put(line, t); err != nil {
		return err
	}
	l.witness()
	return s.promote(l.cfg.Keys, r.Next)
}

// promote lets the next key sign, once a checkpoint names it.
func (s *signer) promote(dir, named string) error {
	if s.Next == "" || public(s.Next) != named {
		return nil
	}
	s.Seed, s.Next = s.Next, ""
	return s.write(dir)
}

// Close signs what was not signed yet, and closes the log. Closing twice is harmless.
func (l *Log) Close() error {
	if l.lock == nil {
		return nil
	}
	return errors.Join(l.Checkpoint(nil), l.end())
}

func (l *Log) end() (err error) {
	if l.file != nil {
		err = l.file.Close()
	}
	err = errors.Join(err, l.lock.Close())
	l.file, l.lock = nil, nil
	return err
}
