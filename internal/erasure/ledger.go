package erasure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"attune/core/id"
)

// Name is the ledger's file in the folder of the keys.
const Name = "erasures.jsonl"

// What a line says.
type What string

// What there is to say. An erasure that was confirmed and is not done is under way: a crash may have stopped it.
const (
	Requested What = "requested"
	Confirmed What = "confirmed"
	Done      What = "done"
	HoldSet   What = "hold set"
	HoldEnded What = "hold lifted"
)

// Line is one line of the ledger.
type Line struct {
	What What `json:"what"`
	// ID is the request's; empty for holds.
	ID string `json:"id,omitempty"`
	// People are hashes of the ids of all records of one person.
	People []string `json:"people"`
	// By is who said so, and At when.
	By string `json:"by,omitempty"`
	// Account is theirs, where they came by one.
	Account string `json:"account,omitempty"`
	At      string `json:"at"`
	// Reason is sealed with the person's own key; those who can open it are told by whoever holds the keys.
	Reason []byte `json:"reason,omitempty"`
}

// Of is what a person is called in the ledger.
func Of(who id.Person) string {
	sum := sha256.Sum256(append([]byte("attune erasure v1\x00"), who[:]...))
	return hex.EncodeToString(sum[:])
}

// check tells what is wrong with a line.
func (l *Line) check() error {
	switch l.What {
	case Requested, Confirmed, Done:
		if l.ID == "" {
			return errors.New("it names no request")
		}
	case HoldSet, HoldEnded:
	default:
		return fmt.Errorf("it says %q, which this version of Attune does not know: use the version that wrote it, or a newer one", l.What)
	}
	if _, err := time.Parse(time.RFC3339, l.At); err != nil {
		return errors.New("its at is no instant")
	}
	if len(l.People) == 0 {
		return errors.New("it is about nobody")
	}
	for _, p := range l.People {
		if b, err := hex.DecodeString(p); err != nil || len(b) != sha256.Size {
			return errors.New("one of its people is no hash")
		}
	}
	return nil
}

// Parse reads a ledger. What a crash left unfinished at the end, which never counted, is passed over; whole tells how many
// bytes the rest has.
func Parse(text []byte) (lines []Line, whole int, err error) {
	for n := 1; ; n++ {
		end := bytes.IndexByte(text[whole:], '\n')
		if end < 0 {
			return lines, whole, nil
		}
		var l Line
		d := json.NewDecoder(bytes.NewReader(text[whole : whole+end]))
		d.DisallowUnknownFields()
		err := d.Decode(&l)
		if err == nil && d.More() {
			err = errors.New("something follows it")
		}
		if err == nil {
			err = l.check()
		}
		if err != nil {
			return nil, 0, fmt.Errorf("line %d of the ledger of erasures cannot be read: %w; restore %s from the newest backup of the keys", n, err, Name)
		}
		lines = append(lines, l)
		whole += end + 1
	}
}

// Read reads the ledger of a folder of keys, or a copy of one; none is an empty one.
func Read(path string) ([]Line, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines, _, err := Parse(text)
	return lines, err
}

// Ledger is a ledger that is being written. It may be used by many goroutines at once.
type Ledger struct {
	mu    sync.Mutex
	file  *os.File
	lines []Line
	// broken is what went wrong with an earlier write: then nobody knows what the disk has.
	broken error
}

// Open opens the ledger in a folder of keys, and makes it where there is none. Whoever opens it holds the keys.
func Open(keys string) (*Ledger, error) {
	f, err := os.OpenFile(filepath.Join(keys, Name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the ledger of erasures: %w", err)
	}
	l := &Ledger{file: f}
	if err := l.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger of erasures: %w", err), f.Close())
	}
	return l, nil
}

func (l *Ledger) begin() error {
	text, err := os.ReadFile(l.file.Name())
	if err != nil {
		return err
	}
	var whole int
	if l.lines, whole, err = Parse(text); err != nil {
		return err
	}
	if err := l.file.Truncate(int64(whole)); err != nil {
		return err
	}
	if _, err := l.file.Seek(int64(whole), 0); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(l.file.Name()))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Add adds a line, if may allows it, which is told all lines before. It is on the disk when Add returns nil.
func (l *Ledger) Add(line Line, may func([]Line) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return fmt.Errorf("the ledger of erasures could not be written before: %w; start again", l.broken)
	}
	if err := line.check(); err != nil {
		return err
	}
	if may != nil {
		if err := may(l.lines); err != nil {
			return err
		}
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(text, '\n'))
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.broken = err
		return fmt.Errorf("write the ledger of erasures: %w", err)
	}
	l.lines = append(l.lines, line)
	return nil
}

// Lines are all lines so far, the oldest first.
func (l *Ledger) Lines() []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// Close closes the file.
func (l *Ledger) Close() error { return l.file.Close() }
