package app

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"attune/core/event"
	"attune/internal/intake"
	"attune/internal/request"
)

// Sources keeps who may send events, in sources.json of the data folder: names, and hashes of write
// keys, never a key. A running server takes in changes that a command makes, within a second.
type Sources struct {
	path string

	mu     sync.Mutex
	looked time.Time
	stamp  time.Time
	list   []source
	keys   intake.WriteKeys
}

// source is one entry of the file.
type source struct {
	Name   string    `json:"name"`
	System string    `json:"system"`
	Key    string    `json:"key_sha256"`
	Since  time.Time `json:"since"`
	// Origins are the web origins whose pages may send with this key.
	Origins []string `json:"origins,omitempty"`
	// Events are those that it may send with this key; none means all.
	Events []string `json:"events,omitempty"`
	// Purposes are the kinds of purposes that they may be for; none means all.
	Purposes []string `json:"purposes,omitempty"`
}

// OpenSources reads the file; there may be none yet.
func OpenSources(dir string) (*Sources, error) {
	s := &Sources{path: filepath.Join(dir, "sources.json")}
	return s, s.load()
}

func (s *Sources) load() error {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	if info.ModTime().Equal(s.stamp) {
		return nil
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	var list []source
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	var keys intake.WriteKeys
	for _, entry := range list {
		hash, err := hex.DecodeString(entry.Key)
		if err != nil || len(hash) != len(intake.WriteKeyHash{}) {
			return fmt.Errorf("read %s: the key of %q is not a SHA-256 in hexadecimal", s.path, entry.Name)
		}
		kinds, err := kindsOf(entry.Purposes)
		if err != nil {
			return fmt.Errorf("read %s: the key of %q: %w", s.path, entry.Name, err)
		}
		keys = append(keys, intake.WriteKey{Hash: intake.WriteKeyHash(hash), Source: intake.Source{Name: entry.Name, System: entry.System, Origins: entry.Origins, Events: entry.Events, For: kinds}})
	}
	s.list, s.keys, s.stamp = list, keys, info.ModTime()
	return nil
}

// ByWriteKey returns the source of a key.
func (s *Sources) ByWriteKey(key string) (intake.Source, bool) { return s.current().ByWriteKey(key) }

// Admits tells whether pages of that origin may send with any key.
func (s *Sources) Admits(origin string) bool { return s.current().Admits(origin) }

// current returns the keys as the file has them, or had them a second ago.
func (s *Sources) current() intake.WriteKeys {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.looked) > time.Second {
		s.looked = time.Now()
		_ = s.load() // what was read before stands while the file cannot be read
	}
	return s.keys
}

// Listed is a source as people may see it: everything but its key.
type Listed struct {
	Name   string    `json:"name"`
	System string    `json:"system"`
	Since  time.Time `json:"since"`
	// Origins are the web origins whose pages may send; none means that no browser may.
	Origins []string `json:"origins,omitempty"`
	// Events are those that it may send; none means all.
	Events []string `json:"events,omitempty"`
	// Purposes are the kinds of purposes that they may be for; none means all.
	Purposes []string `json:"purposes,omitempty"`
}

// List tells the sources, in the file's order; one with two keys stands there twice.
func (s *Sources) List() []Listed {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Listed{}
	for _, e := range s.list {
		out = append(out, Listed{e.Name, e.System, e.Since, e.Origins, e.Events, e.Purposes})
	}
	return out
}

// SourceKey is what a write key lets its holder do.
type SourceKey struct {
	// Source is the source's name, and System what its identifiers of people belong to; empty means the name.
	Source, System string
	// Origins are the web origins whose pages may send; none means that no browser may.
	Origins []string
	// Events are those that it may send, and Purposes the kinds of purposes that they may be for; none means all.
	Events, Purposes []string
}

// Add makes a write key for a source and returns it: the only time that it can be seen. Pages of the origins may send
// with it.
func (s *Sources) Add(name, system string, origins ...string) (key string, err error) {
	return s.AddKey(SourceKey{Source: name, System: system, Origins: origins})
}

// AddKey makes a write key that may do this much, and returns it: the only time that it can be seen.
func (s *Sources) AddKey(k SourceKey) (key string, err error) {
	name, system, origins := k.Source, k.System, k.Origins
	if err := checkSource(name, k.Events); err != nil {
		return "", err
	}
	if _, err := kindsOf(k.Purposes); err != nil {
		return "", err
	}
	origins = slices.Clone(origins)
	for i := range origins {
		if origins[i], err = originOf(origins[i]); err != nil {
			return "", err
		}
	}
	if system == "" {
		system = name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return "", err
	}
	key, hash := intake.NewWriteKey()
	list := append(slices.Clone(s.list), source{Name: name, System: system, Key: hex.EncodeToString(hash[:]), Since: time.Now().UTC().Truncate(time.Second), Origins: origins, Events: k.Events, Purposes: k.Purposes})
	return key, s.save(list)
}

// checkSource tells why nobody can send as this source, or these events.
func checkSource(name string, events []string) error {
	for _, e := range events {
		if e == "" || len(e) > intake.MaxName || strings.IndexFunc(e, unicode.IsControl) >= 0 {
			return fmt.Errorf("%q cannot be an event's name: write it as in appointment.booked", e)
		}
	}
	if name == event.Own { // whoever had it could say what only people's own orders may say to each other
		return fmt.Errorf("%q is Attune's own name: give the source another", name)
	}
	if !isSourceName(name) {
		return fmt.Errorf("%q cannot be a source's name: use small letters, digits, - and _, at most 40", name)
	}
	if name == request.Source {
		return fmt.Errorf("%q is the source of answers that Attune takes in itself: choose another name", name)
	}
	return nil
}

// Revoke takes away every key of a source.
func (s *Sources) Revoke(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return err
	}
	list := slices.DeleteFunc(slices.Clone(s.list), func(e source) bool { return e.Name == name })
	if len(list) == len(s.list) {
		return fmt.Errorf("there is no source %q", name)
	}
	return s.save(list)
}

// RevokeOlder takes away the keys of a source but the newest, which stands last.
func (s *Sources) RevokeOlder(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return err
	}
	newest := -1
	for i := range s.list {
		if s.list[i].Name == name {
			newest = i
		}
	}
	if newest < 0 {
		return fmt.Errorf("there is no source %q", name)
	}
	var list []source
	for i := range s.list {
		if s.list[i].Name != name || i == newest {
			list = append(list, s.list[i])
		}
	}
	if len(list) == len(s.list) {
		return fmt.Errorf("the source %q has no older key", name)
	}
	return s.save(list)
}

// anyOf is a source by one of its keys, to read whose events are; one that has no key any more is known by its name.
func (s *Sources) anyOf(name string) intake.Source {
	for _, k := range s.current() {
		if k.Source.Name == name {
			return k.Source
		}
	}
	return intake.Source{Name: name}
}

func (s *Sources) save(list []source) error {
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("write sources: %w", err)
	}
	if err := writeDurably(s.path, append(data, '\n')); err != nil {
		return err
	}
	s.stamp = time.Time{}
	return s.load()
}

func isSourceName(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// originOf writes an origin as browsers send it: in small letters, without a port that goes without saying.
func originOf(s string) (string, error) {
	if s == intake.AnyOrigin {
		return s, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(u.Host, "*") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not an origin: give scheme and host as in https://app.example, or * for all", s)
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + strings.TrimSuffix(host, ":"), nil
}
