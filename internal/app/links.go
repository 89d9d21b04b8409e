package app

import (
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

	"attune/internal/api"
)

// Links keeps sign-in links in links.json of the data folder, so that a command can make one for a
// running server: hashes and ends, no token.
type Links struct {
	path string
	mu   sync.Mutex
}

// linkTime is how long a link works.
const linkTime = 15 * time.Minute

type link struct {
	Hash string    `json:"token_sha256"`
	Ends time.Time `json:"ends"`
}

// OpenLinks returns the links of a data folder.
func OpenLinks(dir string) *Links { return &Links{path: filepath.Join(dir, "links.json")} }

func (l *Links) read() ([]link, error) {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []link
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read sign-in links: %w", err)
	}
	return list, nil
}

func (l *Links) write(list []link) error {
	data, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("write sign-in links: %w", err)
	}
	return writeDurably(l.path, append(data, '\n'))
}

// New makes a link and returns its token, which is kept nowhere.
func (l *Links) New(now time.Time) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list, err := l.read()
	if err != nil {
		return "", err
	}
	token, hash := api.NewToken()
	list = slices.DeleteFunc(list, func(k link) bool { return now.After(k.Ends) })
	return token, l.write(append(list, link{Hash: hex.EncodeToString(hash[:]), Ends: now.Add(linkTime).UTC()}))
}

// Use implements api.Links.
func (l *Links) Use(token string, now time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list, err := l.read()
	if err != nil {
		return false, err
	}
	for i, k := range list {
		hash, err := hex.DecodeString(k.Hash)
		if err == nil && api.SameToken(token, hash) && now.Before(k.Ends) {
			return true, l.write(slices.Delete(list, i, i+1))
		}
	}
	return false, nil
}
