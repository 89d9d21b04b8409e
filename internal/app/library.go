package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/core/approval"
	"attune/core/instant"
	"attune/core/program"
	"attune/internal/api"
	"attune/internal/control"
	"attune/internal/learn"
	"attune/internal/pattern"
	"attune/internal/programdir"
	"attune/internal/seal"
)

const (
	callLibraryExport = "library-export"
	callLibraryTrust  = "library-trust"
	callLibraryKeys   = "library-keys"
)

// libraryName is the folder of a data folder that holds what was told to others, whose keys are trusted, and what
// others told.
const (
	libraryName  = "library"
	releasedName = "released.json"
	trustedName  = "trusted.json"
)

// librarySecret is what the key that signs libraries is made from: the installation's own secret, so that there is no
// other one to keep, and a restored folder goes on signing with the same.
const librarySecret = "pattern library signature"

// LibraryExport says what to tell others.
type LibraryExport struct {
	// Program is the one to tell of; all where it is empty.
	Program string `json:"program"`
	// WithProgram takes the programs' files along, for others to begin from.
	WithProgram bool `json:"with_program"`
}

// LibraryFile is a library as it leaves.
type LibraryFile struct {
	ID   string `json:"id"`
	Body []byte `json:"body"`
	// Patterns is how many it tells, and Withheld what it does not.
	Patterns int                `json:"patterns"`
	Withheld []pattern.Withheld `json:"withheld"`
	// Starters are the programs that go along, and Left what was left out of each.
	Starters []string            `json:"starters"`
	Left     map[string][]string `json:"left"`
}

// TrustWord says whose a key is, or that it is nobody's any more.
type TrustWord struct {
	Key          string `json:"key"`
	Organisation string `json:"organisation"`
}

// Trusted is a key and whose it is said to be.
type Trusted struct {
	Key          string `json:"key"`
	Fingerprint  string `json:"fingerprint"`
	Organisation string `json:"organisation"`
	Since        string `json:"since"`
}

// LibraryKeys are this installation's public key, and those that it trusts.
type LibraryKeys struct {
	Organisation string    `json:"organisation"`
	Key          string    `json:"key"`
	Fingerprint  string    `json:"fingerprint"`
	Trusted      []Trusted `json:"trusted"`
}

// Whose says who is trusted to own a key; empty where nobody is.
func (k *LibraryKeys) Whose(key string) string {
	for _, t := range k.Trusted {
		if t.Key == key {
			return t.Organisation
		}
	}
	if key == k.Key {
		return k.Organisation
	}
	return ""
}

// shelf is the library of a data folder. One that writes it holds the folder's keys.
type shelf struct {
	dir  string
	keys *seal.Keys
}

func (n *Node) shelf() *shelf {
	return &shelf{dir: filepath.Join(n.Data, libraryName), keys: n.Keys}
}

// key signs what this organisation tells.
func (s *shelf) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.keys.Secret(librarySecret)) }

// read reads one of the library's own files; a missing one leaves into as it is.
func (s *shelf) read(name string, into any) error {
	path := filepath.Join(s.dir, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("read the library: %w; restore %s from a backup", err, path)
	}
	return nil
}

func (s *shelf) write(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the library: %w", err)
	}
	return writeDurably(filepath.Join(s.dir, name), append(text, '\n'))
}

func (s *shelf) trusted() (list []Trusted, err error) {
	list = []Trusted{}
	err = s.read(trustedName, &list)
	return list, err
}

// tell writes what may be told now. What was told before is kept before anybody sees it, so that what is told next can
// be held against it.
func (s *shelf) tell(ctx context.Context, from *school, organisation string, in LibraryExport) (out LibraryFile, err error) {
	if in.Program != "" && !slices.ContainsFunc(from.release.Programs, func(p *program.Program) bool { return p.ID == in.Program }) {
		return out, api.NotFound("program", "no live program is called %q", in.Program)
	}
	tally := pattern.NewTally()
	if from.release.Learning != nil { // else nothing is drawn by chance, and there is nothing to tell
		of, err := from.lessons(ctx)
		if err != nil {
			return out, err
		}
		of.Life = tally.Life
		if _, err := learn.Gather(ctx, of); err != nil {
			return out, err
		}
	}
	var ledger pattern.Ledger
	if err := s.read(releasedName, &ledger); err != nil {
		return out, err
	}
	f := pattern.New(organisation, from.now)
	f.Patterns, f.Withheld, ledger = tally.Release(from.release, in.Program, ledger, from.now)
	if in.WithProgram {
		if f.Starters, err = startersIn(from.data, in.Program); err != nil {
			return out, err
		}
	}
	if out.Body, err = pattern.Sign(f, s.key()); err != nil {
		return out, err
	}
	if err := s.write(releasedName, ledger); err != nil {
		return LibraryFile{}, err
	}
	signed, err := pattern.Parse(out.Body)
	if err != nil {
		return LibraryFile{}, fmt.Errorf("read what was just written: %w", err)
	}
	out.ID, out.Patterns, out.Withheld = signed.ID, len(f.Patterns), f.Withheld
	out.Starters, out.Left = []string{}, map[string][]string{}
	for _, x := range f.Starters {
		out.Starters, out.Left[x.Program] = append(out.Starters, x.Program), x.Left
	}
	return out, nil
}

// startersIn are the live programs of a folder as others may begin from them, or one of them.
func startersIn(data, only string) (out []pattern.Starter, err error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	live := a.live()
	all, err := a.files(live)
	if err != nil {
		return nil, err
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	for k, p := range live.Programs {
		if only != "" && p.ID != only {
			continue
		}
		texts, left, err := programdir.Starter(zones, all[k])
		if err != nil {
			return nil, api.Refused("with_program", err.Error(), "export without the program, or make it stand by itself")
		}
		if left == nil {
			left = []string{}
		}
		out = append(out, pattern.Starter{Program: p.ID, Hash: p.Hash, Files: texts, Left: left})
	}
	slices.SortFunc(out, func(a, b pattern.Starter) int { return strings.Compare(a.Program, b.Program) })
	return out, nil
}

// trust notes whose a key is.
func (s *shelf) trust(in TrustWord, now instant.Time) (out Trusted, err error) {
	key, ok := approval.ParseKey(strings.TrimSpace(in.Key))
	if !ok {
		return out, api.Refused("key", "that is no public key", "give it as attune library keys prints it there: ed25519: and 44 letters")
	}
	in.Organisation = strings.TrimSpace(in.Organisation)
	if in.Organisation == "" || !pattern.Plain(in.Organisation) {
		return out, api.Refused("organisation", "the organisation's name is empty, too long, or has characters that cannot be shown", "say whose key it is, as your colleagues call them")
	}
	if key.Equal(s.key().Public()) {
		return out, api.Refused("key", "that is this installation's own key", "give the other organisation's")
	}
	list, err := s.trusted()
	if err != nil {
		return out, err
	}
	out = Trusted{Key: approval.KeyText(key), Fingerprint: pattern.Fingerprint(key), Organisation: in.Organisation, Since: now.String()}
	for _, t := range list {
		if t.Key != out.Key && t.Organisation == out.Organisation {
			return Trusted{}, api.Refused("organisation", out.Organisation+" has another key already", "give this one a name of its own, or take what is there out with attune library forget first")
		}
	}
	list = slices.DeleteFunc(list, func(t Trusted) bool { return t.Key == out.Key })
	list = append(list, out)
	slices.SortFunc(list, func(a, b Trusted) int { return strings.Compare(a.Organisation, b.Organisation) })
	return out, s.write(trustedName, list)
}

func (s *shelf) keysOf(organisation string) (out LibraryKeys, err error) {
	key := s.key().Public().(ed25519.PublicKey)
	out = LibraryKeys{Organisation: organisation, Key: approval.KeyText(key), Fingerprint: pattern.Fingerprint(key)}
	out.Trusted, err = s.trusted()
	return out, err
}

func (n *Node) handleLibrary(mux *http.ServeMux) {
	answer(n, mux, callLibraryExport, func(ctx context.Context, in LibraryExport) (LibraryFile, error) {
		n.learning.Lock()
		defer n.learning.Unlock()
		if err := n.Compact(ctx); err != nil {
			return LibraryFile{}, err
		}
		return n.tellLibrary(ctx, n.school(), in)
	})
	answer(n, mux, callLibraryTrust, func(_ context.Context, in TrustWord) (Trusted, error) {
		n.learning.Lock()
		defer n.learning.Unlock()
		return n.shelf().trust(in, n.Now())
	})
	changes := func(ctx context.Context, f func(s *school) (*Library, error)) (*Library, error) {
		n.learning.Lock()
		defer n.learning.Unlock()
		if n.live().Learning != nil {
			if err := n.Compact(ctx); err != nil { // people's histories are read one by one
				return nil, err
			}
		}
		return f(n.school())
	}
	answer(n, mux, callLibraryImport, func(ctx context.Context, in LibraryImport) (*Library, error) {
		return changes(ctx, func(s *school) (*Library, error) { return n.importLibrary(ctx, s, in) })
	})
	answer(n, mux, callLibraryForget, func(ctx context.Context, in ForgetWord) (*Library, error) {
		return changes(ctx, func(s *school) (*Library, error) { return n.forgetLibrary(ctx, s, in) })
	})
	answer(n, mux, callLibrary, func(context.Context, nothing) (*Library, error) { return n.shelf().state(n.live(), n.models) })
	answer(n, mux, callLibraryKeys, func(context.Context, nothing) (LibraryKeys, error) { return n.libraryKeys() })
}

func (n *Node) tellLibrary(ctx context.Context, from *school, in LibraryExport) (LibraryFile, error) {
	pinned, _, err := readPin(n.Data)
	if err != nil {
		return LibraryFile{}, err
	}
	return n.shelf().tell(ctx, from, pinned.Organisation, in)
}

func (n *Node) libraryKeys() (LibraryKeys, error) {
	pinned, _, err := readPin(n.Data)
	if err != nil {
		return LibraryKeys{}, err
	}
	return n.shelf().keysOf(pinned.Organisation)
}

// besideOrIn asks the server that runs on a folder, or does it in the folder that nobody serves.
func besideOrIn[In, Out any](ctx context.Context, data, call string, in In, aside func(ctx context.Context, n *Node, in In) (Out, error)) (out Out, err error) {
	out, err = ask[In, Out](ctx, data, call, in)
	if !errors.Is(err, control.ErrNobody) {
		return out, err
	}
	pinned, ok, err := readPin(data)
	if err != nil || !ok {
		return out, errors.Join(err, notUsed(data))
	}
	keys, err := seal.Open(filepath.Join(data, "keys"), pinned.Organisation)
	if err != nil {
		return out, err
	}
	defer keys.Close() // until then nobody else writes the folder
	n := &Node{Options: Options{Data: data}, Keys: keys}
	defer n.Close()
	return auditedAside(ctx, data, call, in, func(ctx context.Context, in In) (Out, error) { return aside(ctx, n, in) })
}

// ExportLibrary tells others what worked, in the folder's server or, where none runs, in the folder.
func ExportLibrary(ctx context.Context, data string, in LibraryExport) (LibraryFile, error) {
	return besideOrIn(ctx, data, callLibraryExport, in, func(ctx context.Context, n *Node, in LibraryExport) (LibraryFile, error) {
		s, err := n.schoolAside(ctx)
		if err != nil {
			return LibraryFile{}, err
		}
		return n.tellLibrary(ctx, s, in)
	})
}

// TrustLibraryKey notes whose a key is.
func TrustLibraryKey(ctx context.Context, data string, in TrustWord) (Trusted, error) {
	return besideOrIn(ctx, data, callLibraryTrust, in, func(_ context.Context, n *Node, in TrustWord) (Trusted, error) {
		return n.shelf().trust(in, instant.Of(time.Now()))
	})
}

// LibraryKeysIn are a folder's own public key, and those that it trusts.
func LibraryKeysIn(ctx context.Context, data string) (LibraryKeys, error) {
	return besideOrIn(ctx, data, callLibraryKeys, nothing{}, func(_ context.Context, n *Node, _ nothing) (LibraryKeys, error) { return n.libraryKeys() })
}
