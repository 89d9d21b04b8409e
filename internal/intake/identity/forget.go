package identity

import (
	"context"
	"fmt"

	"attune/core/id"
	"attune/internal/sqlitefile"
)

// Forget takes a person and their identifiers out of the directory. Whoever comes with one of them later is somebody new.
func (d *Directory) Forget(ctx context.Context, who id.Person) error {
	if d.readOnly {
		return ErrReadOnly
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	err := d.remove(ctx, who)
	d.mu.Lock()
	if d.gone == nil {
		d.gone = map[id.Person]bool{}
	}
	d.gone[who] = true
	d.known.drop(who)
	d.mu.Unlock()
	if err == nil {
		err = sqlitefile.Empty(ctx, d.db)
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}

func (d *Directory) remove(ctx context.Context, who id.Person) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, do := range []string{
		`DELETE FROM identifier WHERE person IN (SELECT row FROM person WHERE id = ?)`,
		`DELETE FROM anonymous WHERE row IN (SELECT row FROM person WHERE id = ?)`,
		`DELETE FROM person WHERE id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, do, who[:]); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// drop forgets which identifiers mean somebody.
func (m *memory) drop(who id.Person) {
	for _, of := range []map[token]id.Person{m.young, m.old} {
		for t, p := range of {
			if p == who {
				delete(of, t)
			}
		}
	}
}
