package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"attune/core/id"
)

// What can go wrong. Errors of this package wrap one of these, or come from the file system.
var (
	// ErrNoKey means that the person has no key here, or not any more.
	ErrNoKey = errors.New("person has no key")
	// ErrTampered means that the bytes are not what was sealed under this person, kind and name.
	ErrTampered = errors.New("sealed bytes do not open")
	// ErrRowTaken means that another person's id has the same id.Person.Row: draw another id.
	ErrRowTaken = errors.New("row is taken by another person")
	// ErrErased means that the person's key was destroyed for good.
	ErrErased = errors.New("person's key was erased")
	// ErrWrongOrganisation means that the folder belongs to another organisation.
	ErrWrongOrganisation = errors.New("keys belong to another organisation")
	// ErrDamaged means that a file is missing or cannot be read as it was written.
	ErrDamaged = errors.New("keys are damaged")
	// ErrInUse means that another process has the folder's keys open for writing.
	ErrInUse = errors.New("keys are in use by another process")
	// ErrBroken means that an earlier write failed; open again to go on.
	ErrBroken = errors.New("keys could not be written")
	// ErrReadOnly means that the keys were opened with OpenReadOnly.
	ErrReadOnly = errors.New("keys are open for reading only")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("keys are closed")
)

// Keys holds the keys of one organisation's people, resident in memory. It is safe for concurrent
// use.
type Keys struct {
	prefix   []byte // what every AAD begins with: the organisation
	wrap     tink.AEAD
	secret   []byte
	readOnly bool
	torn     int

	writing sync.Mutex // held through a write and its sync; taken before mu
	file    *os.File
	open    []io.Closer // the file, and what keeps other writers out
	broken  error

	mu     sync.RWMutex // guards what follows, for the moment of a look-up or a change
	table  *keyFile
	closed bool

	opened aeads
}

// Open opens the keys in dir for this organisation, and makes them when there are none. It returns
// [ErrWrongOrganisation], [ErrDamaged] or [ErrInUse]. What a crash left unfinished at the end is
// dropped: nothing was sealed with it.
func Open(dir, org string) (*Keys, error) {
	k, err := open(dir, org, false)
	if err != nil {
		return nil, fmt.Errorf("open keys in %s: %w", dir, err)
	}
	return k, nil
}

// OpenReadOnly opens existing keys beside a process that may be writing them; keys it adds are seen
// when they are first asked for.
func OpenReadOnly(dir, org string) (*Keys, error) {
	k, err := open(dir, org, true)
	if err != nil {
		return nil, fmt.Errorf("open keys in %s for reading: %w", dir, err)
	}
	return k, nil
}

func open(dir, org string, readOnly bool) (_ *Keys, err error) {
	var open []io.Closer
	defer func() {
		if err != nil {
			_ = closeAll(open) // err says what went wrong first
		}
	}()
	flag := os.O_RDONLY
	if !readOnly {
		flag = os.O_RDWR
		held, err := lockFolder(dir)
		if err != nil {
			return nil, err
		}
		open = append(open, held)
		if err := prepare(dir, org); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, keysName), flag, 0)
	if err != nil {
		return nil, err
	}
	open = append(open, f)
	slots, rest, err := readSlab(f)
	if err != nil {
		return nil, err
	}
	table, err := parseKeyFile(slots)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keysName, err)
	}
	if want := fingerprint(org); !bytes.Equal(headerFingerprint(slots.at(0)), want[:]) {
		return nil, ErrWrongOrganisation
	}
	wrap, err := readKEK(dir)
	if err != nil {
		return nil, err
	}
	secret, err := wrap.Decrypt(headerSecret(slots.at(0)), secretAAD(org))
	if err != nil {
		return nil, fmt.Errorf("%s does not open %s: %w", kekName, keysName, ErrDamaged)
	}
	k := &Keys{
		prefix: appendPart(nil, org), wrap: wrap, secret: secret, readOnly: readOnly,
		torn: len(table.gaps) + table.broken, file: f, open: open, table: table,
	}
	if rest > 0 {
		k.torn++
	}
	if !readOnly && k.torn > 0 {
		if err := k.mend(); err != nil {
			return nil, fmt.Errorf("mend %s: %w", keysName, err)
		}
	}
	return k, nil
}

// mend makes an unfinished write into a finished one: its gaps become void, its tail is cut off.
func (k *Keys) mend() error {
	t := k.table
	for _, i := range t.gaps {
		s, err := newSlot(i, slotVoid, id.Person{}, nil, i)
		if err != nil {
			return err
		}
		copy(t.slots.at(i), s[:])
		if _, err := k.file.WriteAt(s[:], int64(i)*slotSize); err != nil {
			return err
		}
	}
	t.gaps = nil
	if err := k.file.Truncate(int64(t.slots.n) * slotSize); err != nil {
		return err
	}
	return k.file.Sync()
}

// Ensure gives each of these people a key unless they have one. The keys are durable when it
// returns; on an error none of the missing ones may be relied on. It returns [ErrRowTaken] when an
// id's row belongs to someone else, here or in the same call, and [ErrErased] for someone whose key
// was erased; then nothing is written.
func (k *Keys) Ensure(people ...id.Person) error {
	missing, err := k.missing(people)
	if err != nil || len(missing) == 0 {
		return err
	}
	k.writing.Lock()
	defer k.writing.Unlock()
	missing, err = k.missing(people) // someone may have been quicker
	if err != nil || len(missing) == 0 {
		return err
	}
	if err := k.writable(); err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	first := k.table.slots.n // only writers change it, and we are the writer
	data := make([]byte, 0, len(missing)*slotSize)
	for i, p := range missing {
		s, err := k.fresh(first+i, p, first)
		if err != nil {
			return fmt.Errorf("make key of %s: %w", p, err)
		}
		data = append(data, s[:]...)
	}
	if err := k.put(first, data); err != nil {
		return fmt.Errorf("write %d keys: %w", len(missing), err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range missing {
		k.table.slots.add(data[i*slotSize:][:slotSize])
		if err := k.table.index(first + i); err != nil {
			return err
		}
	}
	return nil
}

// missing returns those without a key, once each.
func (k *Keys) missing(people []id.Person) ([]id.Person, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	var missing []id.Person
	var rows map[int64]id.Person
	for _, p := range people {
		if p.IsZero() {
			return nil, errors.New("make key: nobody's id")
		}
		i, taken := k.table.byRow[p.Row()]
		if taken {
			s := k.table.slots.at(int(i))
			if slotPerson(s) != p {
				return nil, fmt.Errorf("make key of %s: %w", p, ErrRowTaken)
			}
			if slotState(s) == slotErased {
				return nil, fmt.Errorf("make key of %s: %w", p, ErrErased)
			}
			continue
		}
		if rows == nil {
			rows = make(map[int64]id.Person)
		}
		if other, twice := rows[p.Row()]; twice {
			if other != p {
				return nil, fmt.Errorf("make key of %s: %w", p, ErrRowTaken)
			}
			continue
		}
		rows[p.Row()] = p
		missing = append(missing, p)
	}
	return missing, nil
}

func (k *Keys) fresh(number int, p id.Person, first int) (slot, error) {
	var key [subtle.AESSIVKeySize]byte
	if _, err := rand.Read(key[:]); err != nil {
		return slot{}, err
	}
	defer clear(key[:])
	wrapped, err := k.wrap.Encrypt(key[:], k.keyAAD(p))
	if err != nil {
		return slot{}, err
	}
	return newSlot(number, slotLive, p, wrapped, first)
}

// Erase destroys the person's key: what was sealed with it can never be opened again, and the
// person gets no other. It is durable when it returns. Backups of the keys file must be made to
// forget it too. Erasing twice is harmless; [ErrNoKey] means that there never was a key.
//
// The slot is overwritten in place. What a disk keeps of overwritten blocks is out of its reach;
// exchanging the KEK and rewriting the file is the remedy.
func (k *Keys) Erase(p id.Person) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	if err := k.writable(); err != nil {
		return fmt.Errorf("erase key of %s: %w", p, err)
	}
	k.mu.RLock()
	i, ok := k.table.find(p)
	erased := ok && slotState(k.table.slots.at(i)) == slotErased
	k.mu.RUnlock()
	if !ok {
		return fmt.Errorf("erase key of %s: %w", p, ErrNoKey)
	}
	if erased {
		return nil
	}
	s, err := newSlot(i, slotErased, p, nil, i)
	if err != nil {
		return err
	}
	if err := k.put(i, s[:]); err != nil {
		return fmt.Errorf("erase key of %s: %w", p, err)
	}
	k.mu.Lock()
	copy(k.table.slots.at(i), s[:])
	k.table.live--
	k.mu.Unlock()
	k.opened.drop(p)
	return nil
}

func (k *Keys) writable() error {
	k.mu.RLock()
	defer k.mu.RUnlock()
	switch {
	case k.closed:
		return ErrClosed
	case k.readOnly:
		return ErrReadOnly
	case k.broken != nil:
		return fmt.Errorf("%w: %w", ErrBroken, k.broken)
	}
	return nil
}

// put writes slots and syncs them. After a failure the file is in doubt and stays untouched.
func (k *Keys) put(number int, data []byte) error {
	_, err := k.file.WriteAt(data, int64(number)*slotSize)
	if err == nil {
		err = k.file.Sync()
	}
	if err != nil {
		k.broken = err
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return nil
}

// Has tells whether the person has a key.
func (k *Keys) Has(p id.Person) bool {
	_, err := k.wrapped(p)
	return err == nil
}

// Len counts the people who have a key.
func (k *Keys) Len() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.table.live
}

// People lists the people who have a key, in the order in which they got it.
func (k *Keys) People() []id.Person {
	k.mu.RLock()
	defer k.mu.RUnlock()
	people := make([]id.Person, 0, k.table.live)
	for i := 1; i < k.table.slots.n; i++ {
		if s := k.table.slots.at(i); slotValid(i, s) && slotState(s) == slotLive {
			people = append(people, slotPerson(s))
		}
	}
	return people
}

// Gone lists the people whose keys were erased.
func (k *Keys) Gone() []id.Person {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var people []id.Person
	for i := 1; i < k.table.slots.n; i++ {
		if s := k.table.slots.at(i); slotValid(i, s) && slotState(s) == slotErased {
			people = append(people, slotPerson(s))
		}
	}
	return people
}

// Torn counts the slots of an unfinished write that were dropped when the keys were opened.
func (k *Keys) Torn() int { return k.torn }

// Secret derives 32 bytes for a purpose of the organisation's own, such as the keyed hashes of its
// directory. The same purpose always gives the same bytes; nobody without kek.json can compute them.
func (k *Keys) Secret(purpose string) []byte {
	b, err := hkdf.Key(sha256.New, k.secret, nil, "attune secret v1\x00"+string(k.prefix)+purpose, 32)
	if err != nil {
		panic(err) // only for more than 8,160 bytes
	}
	return b
}

// Close releases the files. Everything but Secret, Torn and Len fails afterwards.
func (k *Keys) Close() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	k.opened.clear()
	return closeAll(k.open)
}

func closeAll(open []io.Closer) error {
	var errs []error
	for _, c := range open {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// lockFolder makes the folder if need be and keeps other writers out of it until the answer is
// closed or this process dies.
func lockFolder(dir string) (io.Closer, error) {
	if there, err := exists(dir); err != nil {
		return nil, err
	} else if !there {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		if err := syncDir(filepath.Dir(dir)); err != nil {
			return nil, err
		}
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lock(d); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// wrapped returns a copy of the person's wrapped key.
func (k *Keys) wrapped(p id.Person) ([]byte, error) {
	w, err := k.lookUp(p)
	if k.readOnly && errors.Is(err, ErrNoKey) {
		if err := k.refresh(); err != nil {
			return nil, err
		}
		return k.lookUp(p)
	}
	return w, err
}

func (k *Keys) lookUp(p id.Person) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	i, ok := k.table.find(p)
	if !ok {
		return nil, ErrNoKey
	}
	s := k.table.slots.at(i)
	if slotState(s) != slotLive {
		return nil, ErrNoKey
	}
	return bytes.Clone(slotWrapped(s)), nil // a copy, since Erase overwrites it
}

// refresh takes in what another process added, as far as it is complete.
func (k *Keys) refresh() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	t := k.table
	more, _, err := readSlab(io.NewSectionReader(k.file, int64(t.slots.n)*slotSize, 1<<40))
	if err != nil {
		return fmt.Errorf("read new keys: %w", err)
	}
	for i := range more.n {
		s := more.at(i)
		if !slotValid(t.slots.n, s) {
			return nil
		}
		t.slots.add(s)
		if err := t.index(t.slots.n - 1); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keys) keyAAD(p id.Person) []byte {
	return append(append([]byte("attune key v1\x00"), k.prefix...), p[:]...)
}

func secretAAD(org string) []byte { return appendPart([]byte("attune secret v1\x00"), org) }

// appendPart adds a part with its length, so that no two lists of parts read the same.
func appendPart[T string | []byte](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}
