package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	keysName   = "keys.dat"
	kekName    = "kek.json"
	kekNewName = "kek.json.new"
)

// prepare makes both files of a folder that has neither. The new KEK waits under another name until
// the keys file exists, so that afterwards a missing file is always a loss to report, never a
// reason to make another and leave everything sealed before unreadable.
func prepare(dir, org string) error {
	keys, err := exists(filepath.Join(dir, keysName))
	if err != nil {
		return err
	}
	kek, err := exists(filepath.Join(dir, kekName))
	if err != nil {
		return err
	}
	waiting, err := exists(filepath.Join(dir, kekNewName))
	if err != nil {
		return err
	}
	switch {
	case keys && kek:
		return nil
	case keys && waiting: // stopped just before the end
		return adoptKEK(dir)
	case keys:
		return fmt.Errorf("%s is missing beside %s: %w", kekName, keysName, ErrDamaged)
	case kek:
		return fmt.Errorf("%s is missing beside %s: %w", keysName, kekName, ErrDamaged)
	}

	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var text bytes.Buffer
	// In the clear, as the file's mode is what protects it; an operator may keep it on a device of
	// its own.
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return err
	}
	if err := writeWhole(dir, kekNewName, text.Bytes()); err != nil {
		return err
	}
	wrap, err := aead.New(handle)
	if err != nil {
		return err
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return err
	}
	wrapped, err := wrap.Encrypt(secret[:], secretAAD(org))
	if err != nil {
		return err
	}
	header, err := newHeader(org, wrapped)
	if err != nil {
		return err
	}
	if err := writeWhole(dir, keysName, header[:]); err != nil {
		return err
	}
	return adoptKEK(dir)
}

func adoptKEK(dir string) error {
	if err := os.Rename(filepath.Join(dir, kekNewName), filepath.Join(dir, kekName)); err != nil {
		return err
	}
	return syncDir(dir)
}

func readKEK(dir string) (tink.AEAD, error) {
	text, err := os.ReadFile(filepath.Join(dir, kekName))
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("%s is not a keyset: %w", kekName, ErrDamaged)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("%s is not a keyset for wrapping keys: %w", kekName, ErrDamaged)
	}
	return a, nil
}

// writeWhole puts the file there completely, durably and for its owner only, or not at all.
func writeWhole(dir, name string, data []byte) error {
	f, err := os.CreateTemp(dir, name+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
