package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"attune/core/instant"
	"attune/internal/audit"
	"attune/internal/backup"
	"attune/internal/erasure"
	"attune/internal/eventlog/sqlitelog"
	"attune/internal/store/sqlite"
)

const keysIn = "keys"

// copyOrder is in what order the parts of a data folder are copied while a server goes on writing it. What says that something
// is done comes before what it was done in; so a copy may do something again, which changes nothing, and never leaves it out.
//
//   - audit before the history, which its checkpoints speak of;
//   - the state and the chunks before the history, the history before the log: each has taken what the next one has;
//   - what sources' records told, what people wrote, and what was carried, before the log, to which they gave it;
//   - addresses that may not be used after the log: the newest word counts, and those to be told are told again;
//   - the directory after the log, and the keys after all: everybody who is spoken of is known, and has a key;
//   - releases and models after the history, which was made with them, and the library after the models, which name its files.
func copyOrder() []string {
	return []string{
		"audit", "proposals.json", "state.db", "chunks.db", "history.db", "records.db", "inbox.db", "log.db",
		"contacts.db", "finder.db", "capture.db", "tasks.db", "quarantine.db", "directory.db",
		"releases", draftsName, "models", libraryName, "guardrails.json", "reputation.json", "delivery.json", "sources.json", "links.json", "staff.db", "answers.db", shownName, glassName, fenceName, pinName,
	}
}

// Backup copies a data folder, beside a server that may run on it.
func Backup(ctx context.Context, data, to, keys string) (*backup.Manifest, error) {
	if _, ok, err := readPin(data); err != nil || !ok {
		return nil, errors.Join(err, notUsed(data))
	}
	return backup.Take(ctx, backup.Job{
		Data: data, KeysIn: keysIn, To: to, Keys: keys, Order: copyOrder(), Ignored: []string{"attune.sock", "demo.json", uploadsName, factsName}, Check: belong, Now: time.Now,
	})
}

// belong looks whether state, history and log in a folder can be of one server, as its runner does at start.
func belong(ctx context.Context, data string) (err error) {
	people, err := sqlite.OpenPeople(data, sqlite.Config{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	history, err := sqlite.OpenHistory(data, sqlite.Config{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, history.Close()) }()
	mark, err := people.Mark(ctx)
	if err != nil {
		return err
	}
	last, err := history.Last(ctx)
	if err != nil {
		return err
	}
	first, end, err := sqlitelog.Ends(ctx, data)
	if err != nil {
		return err
	}
	if mark.Frame > last.Frame || last.Log > int64(end) || last.Log < int64(first)-1 {
		return fmt.Errorf("the state is at frame %d, the history at %d with events up to %d, and the log has %d to %d", mark.Frame, last.Frame, last.Log, first, end)
	}
	return nil
}

// Restoration is what came of restoring.
type Restoration struct {
	Made time.Time `json:"made"`
	// Erased are how many people were erased again, because the ledger names them.
	Erased int `json:"erased"`
}

// Restore puts a backup into a new folder. The newest ledger of erasures, if it is named, takes the place of the backup's; who
// it names is erased before Restore returns. Around the folder stands a fence.
func Restore(ctx context.Context, from, keys, ledger, data string) (out Restoration, err error) {
	m, err := backup.Put(from, keys, data, keysIn)
	if err != nil {
		return out, err
	}
	out.Made = m.Made
	// The fence first: whatever happens after, nothing goes out.
	f := Fence{Made: instant.Of(m.Made).String(), Restored: instant.Of(time.Now()).String()}
	if err := f.write(data); err != nil {
		return out, err
	}
	if ledger != "" {
		if err := adopt(ledger, filepath.Join(data, keysIn, erasure.Name)); err != nil {
			return out, err
		}
	}
	n, err := Open(ctx, Options{Data: data})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	out.Erased = n.erasedAgain
	return out, n.audit.record(ctx, audit.BackupRestored, about{outcome: audit.Done})
}

// adopt puts a newer ledger in the place of an older one, of which it has to be the continuation.
func adopt(newer, older string) error {
	text, err := os.ReadFile(newer)
	if err != nil {
		return err
	}
	if _, _, err := erasure.Parse(text); err != nil {
		return fmt.Errorf("%s: %w", newer, err)
	}
	had, err := os.ReadFile(older)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(text) < len(had) || string(text[:len(had)]) != string(had) {
		return fmt.Errorf("%s does not go on where the backup's own ledger ends: it is older than the backup, or of another folder; name the newest one", newer)
	}
	return writeDurably(older, text)
}
