package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyName is the signing key's file in the folder of keys, and PublicName the file with its public half.
const (
	KeyName    = "audit.json"
	PublicName = "audit.pub"
)

// signer is what signs checkpoints.
type signer struct {
	// Seed is the key that signs; Next is the one that the next checkpoint names, and that signs from then on.
	Seed string `json:"seed"`
	Next string `json:"next,omitempty"`
}

func public(seed string) string {
	b, err := hex.DecodeString(seed)
	if err != nil || len(b) != ed25519.SeedSize {
		return ""
	}
	return hex.EncodeToString(ed25519.NewKeyFromSeed(b).Public().(ed25519.PublicKey))
}

func newSeed() string {
	b := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}

func (s *signer) sign(message []byte) string {
	b, _ := hex.DecodeString(s.Seed) // read checked it
	return hex.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(b), message))
}

func signedBy(key string, message []byte, signature string) bool {
	k, err := hex.DecodeString(key)
	s, err2 := hex.DecodeString(signature)
	return err == nil && err2 == nil && len(k) == ed25519.PublicKeySize && ed25519.Verify(k, message, s)
}

// readSigner reads the key, or makes one where there is none. The log's lock is held.
func readSigner(dir string) (*signer, error) {
	path := filepath.Join(dir, KeyName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		s := &signer{Seed: newSeed()}
		return s, s.write(dir)
	}
	s := &signer{}
	if err == nil {
		err = json.Unmarshal(data, s)
	}
	if err == nil && (public(s.Seed) == "" || s.Next != "" && public(s.Next) == "") {
		err = errors.New("it holds no Ed25519 key")
	}
	if err != nil {
		return nil, fmt.Errorf("read the audit log's key %s: %w", path, err)
	}
	return s, nil
}

// write replaces the key's file, and then that of its public half.
func (s *signer) write(dir string) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = replace(filepath.Join(dir, KeyName), append(data, '\n'), 0o600)
	}
	if err == nil {
		err = replace(filepath.Join(dir, PublicName), []byte(public(s.Seed)+"\n"), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the audit log's key: %w", err)
	}
	return nil
}

// replace writes a small file so that a crash leaves either the old one or the new one.
func replace(path string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadPublicKey reads the public half of a key, as attune audit key prints it.
func ReadPublicKey(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the public key: %w", err)
	}
	key := strings.TrimSpace(string(data))
	if b, err := hex.DecodeString(key); err != nil || len(b) != ed25519.PublicKeySize {
		return "", fmt.Errorf("%s holds no public key: it is 64 hexadecimal digits, as attune audit key prints them", path)
	}
	return strings.ToLower(key), nil
}
