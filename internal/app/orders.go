package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"attune/internal/seal"
)

// orders are what people said about delivery: what is paused, which ceilings are raised, and by whom. They are kept in
// delivery.json of the data folder, and what is over stays there.
type orders struct {
	path string
	mu   sync.Mutex
	ordersFile
}

type ordersFile struct {
	Pauses []Pause `json:"pauses"`
	Raises []Raise `json:"raises,omitempty"`
}

func openOrders(dir string) (*orders, error) {
	o := &orders{path: filepath.Join(dir, "delivery.json")}
	data, err := os.ReadFile(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &o.ordersFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was ordered about delivery: %w: restore %s from a backup, since what it pauses would go out", err, o.path)
	}
	return o, nil
}

// change lets f change the orders, and keeps them.
func (o *orders) change(f func(*ordersFile) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	data, err := json.Marshal(o.ordersFile)
	if err != nil {
		return fmt.Errorf("keep what was ordered about delivery: %w", err)
	}
	var next ordersFile
	if err := json.Unmarshal(data, &next); err != nil {
		return fmt.Errorf("keep what was ordered about delivery: %w", err)
	}
	if err := f(&next); err != nil {
		return err
	}
	if data, err = json.MarshalIndent(next, "", "  "); err != nil {
		return fmt.Errorf("keep what was ordered about delivery: %w", err)
	}
	if err := writeDurably(o.path, append(data, '\n')); err != nil {
		return err
	}
	o.ordersFile = next
	return nil
}

// aside lets f work on the orders of a data folder that no server holds.
func ordersAside(data string, f func(*orders) error) error {
	pinned, ok, err := readPin(data)
	if err != nil || !ok {
		return errors.Join(err, notUsed(data))
	}
	keys, err := seal.Open(filepath.Join(data, "keys"), pinned.Organisation)
	if err != nil {
		return err
	}
	defer keys.Close() // until then nobody else writes the folder
	o, err := openOrders(data)
	if err != nil {
		return err
	}
	return f(o)
}
