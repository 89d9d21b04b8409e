package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

const (
	uploadsName = "uploads"
	// maxPart is how many bytes are sent at once; larger files come in parts.
	maxPart = 24 << 20
	// maxUpload is how large a file may become, maxUploads how large all together, and manyUploads how many there are.
	maxUpload   = 8 << 30
	maxUploads  = 32 << 30
	manyUploads = 200
	// uploadKept is how long a file is kept that nobody adds to.
	uploadKept = 24 * time.Hour
)

// Upload is a file that was sent, to be imported or evaluated.
type Upload struct {
	Upload string `json:"upload"`
	// Name tells by its ending what it is.
	Name string `json:"name"`
	// Bytes is how much of it is here, and where the next part begins.
	Bytes int64  `json:"bytes"`
	By    string `json:"by"`
	Until string `json:"until"`
}

// uploads keeps files that were sent, each in a folder of its own, for a day. Nobody knows whose records are in them, so an
// erasure takes all away.
type uploads struct {
	dir string
	now func() time.Time

	mu  sync.Mutex
	all map[string]*uploaded
}

// uploaded is a file that was sent. Nobody else writes it while busy.
type uploaded struct {
	id, name, by, account string
	size                  int64
	touched               time.Time
	busy                  bool
}

// openUploads begins with none: what an earlier server was sent and did not use is taken away.
func openUploads(data string, now func() time.Time) (*uploads, error) {
	dir := filepath.Join(data, uploadsName)
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("take away what was sent before: %w", err)
	}
	return &uploads{dir: dir, now: now, all: map[string]*uploaded{}}, nil
}

// uploadName is what a file may be called: it says what it is, by its ending.
var uploadName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}\.(json|ndjson|jsonl|csv|yaml)(\.gz)?$`)

func (u *uploads) begin(p *access.Principal, name string) (Upload, error) {
	if !uploadName.MatchString(name) || strings.Contains(name, "..") {
		return Upload{}, api.Refused("name", "a file cannot be called that", "let it end in .json, .ndjson, .jsonl, .csv or .yaml, or in one of these and .gz, and have letters, digits, - and _ before that")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.tidy(); err != nil {
		return Upload{}, err
	}
	if len(u.all) >= manyUploads {
		return Upload{}, api.Refused("", fmt.Sprintf("%d files are here already", len(u.all)), "import them, or take some away: DELETE /v1/uploads/{upload}")
	}
	x := &uploaded{id: audit.NewRequest(), name: name, by: p.Name, account: p.Kind + "/" + p.ID, touched: u.now()}
	if err := os.MkdirAll(filepath.Join(u.dir, x.id), 0o700); err != nil {
		return Upload{}, err
	}
	f, err := os.OpenFile(u.path(x), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Upload{}, err
	}
	u.all[x.id] = x
	return u.shown(x), f.Close()
}

func (u *uploads) path(x *uploaded) string { return filepath.Join(u.dir, x.id, x.name) }

func (u *uploads) shown(x *uploaded) Upload {
	return Upload{x.id, x.name, x.size, x.by, x.touched.Add(uploadKept).UTC().Format(time.RFC3339)}
}

// tidy takes away what nobody added to for a day.
func (u *uploads) tidy() error {
	var err error
	for name, x := range u.all {
		if !x.busy && u.now().Sub(x.touched) > uploadKept {
			delete(u.all, name)
			err = errors.Join(err, os.RemoveAll(filepath.Join(u.dir, name)))
		}
	}
	return err
}

// mine finds a file of whoever asks.
func (u *uploads) mine(p *access.Principal, name string) (*uploaded, error) {
	if x := u.all[name]; x != nil && x.account == p.Kind+"/"+p.ID {
		return x, nil
	}
	return nil, api.NotFound("upload", "there is no such file of yours")
}

// add writes a part at the end of a file. It is on the disk when add returns; a part that breaks off is not there.
func (u *uploads) add(p *access.Principal, name string, offset int64, part io.Reader) (Upload, error) {
	u.mu.Lock()
	if err := u.tidy(); err != nil {
		u.mu.Unlock()
		return Upload{}, err
	}
	x, err := u.mine(p, name)
	var total int64
	for _, other := range u.all {
		total += other.size
	}
	switch {
	case err != nil:
	case x.busy:
		err = api.Refused("upload", "it is being written or read", "wait until that is over")
	case offset != x.size:
		err = api.Refused("offset", fmt.Sprintf("%d bytes of it are here", x.size), fmt.Sprintf("go on with the byte %d", x.size))
	case x.size >= maxUpload || total >= maxUploads:
		err = api.Refused("", "there is no more room for what is sent", "take files away that are not needed: DELETE /v1/uploads/{upload}")
	default:
		x.busy = true
	}
	u.mu.Unlock()
	if err != nil {
		return Upload{}, err
	}
	size, err := u.write(x, offset, part)
	u.mu.Lock()
	defer u.mu.Unlock()
	x.busy, x.size, x.touched = false, size, u.now()
	return u.shown(x), err
}

func (u *uploads) write(x *uploaded, offset int64, part io.Reader) (size int64, err error) {
	f, err := os.OpenFile(u.path(x), os.O_WRONLY, 0o600)
	if err != nil {
		return offset, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return offset, err
	}
	n, err := io.Copy(f, part)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return offset, errors.Join(err, f.Truncate(offset))
	}
	return offset + n, nil
}

func (u *uploads) list(p *access.Principal) []Upload {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := []Upload{}
	for _, x := range u.all {
		if x.account == p.Kind+"/"+p.ID {
			out = append(out, u.shown(x))
		}
	}
	slices.SortFunc(out, func(a, b Upload) int { return strings.Compare(a.Upload, b.Upload) })
	return out
}

func (u *uploads) drop(p *access.Principal, name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	x, err := u.mine(p, name)
	if err != nil {
		return err
	}
	if x.busy {
		return api.Refused("upload", "it is being written or read", "wait until that is over")
	}
	delete(u.all, name)
	return os.RemoveAll(filepath.Join(u.dir, name))
}

// take lends files of whoever asks, which nobody changes meanwhile, and tells where they are. What is returned gives them back, and
// takes them away where they were used up.
func (u *uploads) take(p *access.Principal, names []string) (paths []string, back func(used bool), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var taken []*uploaded
	for _, name := range names {
		x, err := u.mine(p, name)
		if err == nil && x.busy {
			err = api.Refused("uploads", "one is being written or read", "wait until that is over")
		}
		if err != nil {
			for _, t := range taken {
				t.busy = false
			}
			return nil, nil, err
		}
		x.busy = true
		taken, paths = append(taken, x), append(paths, u.path(x))
	}
	return paths, func(used bool) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, t := range taken {
			if t.busy = false; used {
				delete(u.all, t.id)
				_ = os.RemoveAll(filepath.Join(u.dir, t.id)) // what stays is taken away at the next start
			}
		}
	}, nil
}

// into puts files of whoever asks into a folder.
func (u *uploads) into(ctx context.Context, dir string, names []string) (err error) {
	paths, back, err := u.take(api.PrincipalOf(ctx), names)
	if err != nil {
		return err
	}
	defer back(false)
	for _, from := range paths {
		if err := copyFile(from, filepath.Join(dir, filepath.Base(from))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return api.Refused("uploads", "two files have the same name", "send them under different ones")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// Forget implements forgetter: nobody knows whose records are in files, so all go.
func (u *uploads) Forget(context.Context, id.Person) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	var err error
	for name := range u.all {
		delete(u.all, name)
		err = errors.Join(err, os.RemoveAll(filepath.Join(u.dir, name)))
	}
	return err
}
