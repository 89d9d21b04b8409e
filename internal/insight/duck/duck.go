//go:build cgo && !noduckdb

package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"attune/core/instant"
	"attune/internal/insight"
)

// Built tells whether this binary has DuckDB.
const Built = true

// base is a file with the table facts and the table mark, which has one row.
//
// Nothing that DuckDB is asked is broken off: who stops waits for what is under way, which is short. A question that is interrupted keeps its
// database from closing, and the next who opens the file in the same process waits for that for ever.
type base struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

const schema = `
CREATE TABLE IF NOT EXISTS facts (
  who BLOB NOT NULL, happened BIGINT NOT NULL, known BIGINT NOT NULL, program VARCHAR NOT NULL, kind UTINYINT NOT NULL, name VARCHAR NOT NULL,
  level VARCHAR NOT NULL, code VARCHAR NOT NULL, value DOUBLE NOT NULL, touch UBIGINT NOT NULL, frame BIGINT NOT NULL, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS mark (frame BIGINT NOT NULL);
INSERT INTO mark SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM mark);
CREATE TABLE IF NOT EXISTS form (number INTEGER NOT NULL);`

// form is which facts are kept: a file of an earlier one lacks some, and is filled anew from the history. Since 2 passages through journeys are.
const form = 2

// Open opens the file, or makes it. Nothing is ever loaded from anywhere else.
func Open(ctx context.Context, path string) (insight.Base, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &base{path: path}
	if err := b.open(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("open the facts in %s: %w", path, err)
	}
	return b, nil
}

func (b *base) open(ctx context.Context) error {
	connector, err := duckdb.NewConnector(b.path+"?autoinstall_known_extensions=false&autoload_known_extensions=false&threads=2&memory_limit=1GB", nil)
	if err != nil {
		return err
	}
	b.db = sql.OpenDB(connector)
	if b.conn, err = b.db.Conn(ctx); err == nil {
		if _, err = b.conn.ExecContext(ctx, schema); err == nil {
			err = b.renew(ctx)
		}
	}
	if err != nil {
		_ = b.Close()
	}
	return err
}

// renew empties a file in which facts are missing that are kept now.
func (b *base) renew(ctx context.Context) error {
	var is int
	if err := b.conn.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM form").Scan(&is); err != nil || is == form {
		return err
	}
	return b.within(ctx, func() error {
		_, err := b.conn.ExecContext(ctx, fmt.Sprintf("DELETE FROM facts; UPDATE mark SET frame = 0; DELETE FROM form; INSERT INTO form VALUES (%d)", form))
		return err
	})
}

// Close implements insight.Base.
func (b *base) Close() (err error) {
	if b.conn != nil {
		err = b.conn.Close()
	}
	if b.db != nil {
		err = errors.Join(err, b.db.Close())
	}
	b.conn, b.db = nil, nil
	return err
}

// Mark implements insight.Base.
func (b *base) Mark(ctx context.Context) (frame int64, err error) {
	ctx = context.WithoutCancel(ctx)
	err = b.conn.QueryRowContext(ctx, "SELECT frame FROM mark").Scan(&frame)
	return frame, err
}

// Append implements insight.Base.
func (b *base) Append(ctx context.Context, parts []insight.Part, mark int64) error {
	ctx = context.WithoutCancel(ctx)
	facts, fresh := insight.Settle(parts)
	return b.within(ctx, func() error {
		if len(fresh) > 0 {
			if _, err := b.conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE fresh (who BLOB)"); err != nil {
				return err
			}
			if err := b.insert("temp", "fresh", len(fresh), func(i int) []driver.Value { return []driver.Value{fresh[i][:]} }); err != nil {
				return err
			}
			if _, err := b.conn.ExecContext(ctx, "DELETE FROM facts WHERE kind <= ? AND who IN (SELECT who FROM fresh)", int(insight.Seen)); err != nil {
				return err
			}
		}
		err := b.insert("", "facts", len(facts), func(i int) []driver.Value {
			f := &facts[i]
			return []driver.Value{f.Who[:], int64(f.At), int64(f.Known), f.Program, uint8(f.Kind), f.Name, f.Level, f.Code, f.Value, f.Touch, f.Frame, f.N}
		})
		if err != nil {
			return err
		}
		_, err = b.conn.ExecContext(ctx, "UPDATE mark SET frame = ?", mark)
		return err
	})
}

// within does something in one transaction.
func (b *base) within(ctx context.Context, do func() error) error {
	if _, err := b.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := do(); err != nil {
		_, undone := b.conn.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, undone)
	}
	_, err := b.conn.ExecContext(ctx, "COMMIT")
	return err
}

func (b *base) insert(catalog, table string, n int, row func(int) []driver.Value) error {
	if n == 0 {
		return nil
	}
	return b.conn.Raw(func(c any) error {
		a, err := duckdb.NewAppender(c.(driver.Conn), catalog, "", table)
		if err != nil {
			return err
		}
		for i := range n {
			if err := a.AppendRow(row(i)...); err != nil {
				return errors.Join(err, a.Close())
			}
		}
		return a.Close()
	})
}

// Forget implements insight.Base. A deleted row's bytes stay in the file until they are written over, so that the file is written anew.
func (b *base) Forget(ctx context.Context, who insight.Pseudonym) error {
	ctx = context.WithoutCancel(ctx)
	out, err := b.conn.ExecContext(ctx, "DELETE FROM facts WHERE who = ?", who[:])
	if err != nil {
		return fmt.Errorf("forget somebody's facts: %w", err)
	}
	if n, err := out.RowsAffected(); err == nil && n == 0 {
		return nil
	}
	next := b.path + ".next"
	_ = os.Remove(next)
	for _, q := range []string{"ATTACH '" + quoted(next) + "' AS next", "COPY FROM DATABASE " + b.name() + " TO next", "DETACH next"} {
		if _, err := b.conn.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("write the facts anew: %w", err)
		}
	}
	if err := b.Close(); err != nil {
		return err
	}
	_ = os.Remove(b.path + ".wal")
	if err := os.Rename(next, b.path); err != nil {
		return err
	}
	return b.open(ctx)
}

// name is what DuckDB calls the file: its own without the ending.
func (b *base) name() string {
	name := filepath.Base(b.path)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func quoted(path string) string { return strings.ReplaceAll(path, "'", "''") }

// Load implements insight.Base.
func (b *base) Load(ctx context.Context, f func(*insight.Fact) error) error {
	rows, err := b.conn.QueryContext(context.WithoutCancel(ctx), `SELECT who, happened, known, program, kind, name, level, code, value, touch, frame, n FROM facts
		ORDER BY who, happened, CASE kind WHEN 4 THEN 1 WHEN 5 THEN 2 WHEN 2 THEN 3 ELSE 0 END, frame, n`)
	if err != nil {
		return fmt.Errorf("read the facts: %w", err)
	}
	defer rows.Close()
	var x insight.Fact
	var who []byte
	var kind uint8
	for rows.Next() {
		if err := rows.Scan(&who, (*int64)(&x.At), (*int64)(&x.Known), &x.Program, &kind, &x.Name, &x.Level, &x.Code, &x.Value, &x.Touch, &x.Frame, &x.N); err != nil {
			return fmt.Errorf("read the facts: %w", err)
		}
		x.Kind = insight.Kind(kind)
		copy(x.Who[:], who)
		if err := f(&x); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Clear implements insight.Base.
func (b *base) Clear(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	return b.within(ctx, func() error {
		_, err := b.conn.ExecContext(ctx, "DELETE FROM facts; UPDATE mark SET frame = 0")
		return err
	})
}

// Export implements insight.Base.
func (b *base) Export(ctx context.Context, dir string, o insight.ExportOf) (int64, error) {
	ctx = context.WithoutCancel(ctx)
	if _, err := os.Stat(dir); err == nil {
		return 0, fmt.Errorf("%s is there already: name a folder that is not", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	if _, err := b.conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE fresh (who BLOB)"); err != nil {
		return 0, err
	}
	if err := b.insert("temp", "fresh", len(o.Except), func(i int) []driver.Value { return []driver.Value{o.Except[i][:]} }); err != nil {
		return 0, err
	}
	kinds := "CASE kind"
	for i, k := range insight.Kinds() {
		kinds += fmt.Sprintf(" WHEN %d THEN '%s'", i+1, k)
	}
	from, to := o.From, o.To
	if from == 0 {
		from = -instant.Never
	}
	if to == 0 {
		to = instant.Never
	}
	where := fmt.Sprintf("program <> '' AND happened >= %d AND happened < %d AND who NOT IN (SELECT who FROM fresh)", int64(from), int64(to))
	if o.Program != "" {
		where += " AND program = '" + quoted(o.Program) + "'"
	}
	out, err := b.conn.ExecContext(ctx, fmt.Sprintf(`COPY (SELECT lower(hex(who)) AS person, epoch_ms(happened) AS instant, epoch_ms(known) AS known, program, strftime(epoch_ms(happened), '%%Y-%%m') AS month,
		%s END AS kind, name, level, code, value, CASE WHEN touch = 0 THEN NULL ELSE lower(printf('%%016x', touch)) END AS touch, frame
		FROM facts WHERE %s ORDER BY program, month, person, facts.happened, frame, n) TO '%s' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (program, month))`, kinds, where, quoted(dir)))
	if err != nil {
		return 0, fmt.Errorf("export the facts: %w", err)
	}
	return out.RowsAffected()
}
