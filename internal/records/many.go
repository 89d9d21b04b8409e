package records

import (
	"context"
	"database/sql"
	"strings"
)

// width is how many rows one statement writes, and how many tokens one looks up.
const width = 16

// many writes rows, width of them with one statement.
type many struct {
	columns   int
	wide, one *sql.Stmt
}

// prepareMany prepares rows' insertion. What cannot be written ends the whole transaction, so that SQLite need not keep what
// each page was before each statement.
func prepareMany(ctx context.Context, db *sql.DB, into string, columns int, conflict string) (m many, err error) {
	insert := "INSERT OR ROLLBACK " + into
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	m.columns = columns
	if m.wide, err = db.PrepareContext(ctx, insert+row+strings.Repeat(", "+row, width-1)+conflict); err != nil {
		return m, err
	}
	m.one, err = db.PrepareContext(ctx, insert+row+conflict)
	return m, err
}

// put writes n rows, the values of which row appends.
func (m *many) put(ctx context.Context, tx *sql.Tx, n int, row func(i int, to []any) ([]any, error)) (err error) {
	wide, one := tx.StmtContext(ctx, m.wide), tx.StmtContext(ctx, m.one)
	args := make([]any, 0, width*m.columns)
	for i := 0; i < n; {
		s, rows := one, 1
		if n-i >= width {
			s, rows = wide, width
		}
		args = args[:0]
		for range rows {
			if args, err = row(i, args); err != nil {
				return err
			}
			i++
		}
		if _, err := s.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// prepareLook prepares a question about width tokens.
func prepareLook(ctx context.Context, db *sql.DB, ask string) (*sql.Stmt, error) {
	return db.PrepareContext(ctx, ask+" IN (?"+strings.Repeat(", ?", width-1)+")")
}

// look asks about tokens and calls found with each row.
func look(ctx context.Context, s *sql.Stmt, tokens []token, found func(*sql.Rows) error) error {
	args := make([]any, width)
	for from := 0; from < len(tokens); from += width {
		for i := range args {
			args[i] = tokens[min(from+i, len(tokens)-1)][:] // asking for the last one again is harmless
		}
		rows, err := s.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := found(rows); err != nil {
				rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
