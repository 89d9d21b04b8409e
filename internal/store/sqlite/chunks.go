package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
)

var _ store.Chunks = (*Chunks)(nil)

// Chunks is the history by person, in chunks.db: a file of its own, so that a run of the compactor is
// one transaction that the commits of history.db do not wait for.
type Chunks struct {
	*base
	put, over, move     *sql.Stmt // nil when only reading
	mark, of, end, from *sql.Stmt
}

const (
	chunkColumns = "id, person, nth, count, size, first, last, from_at, to_at, crc, body"
	putChunk     = "INSERT INTO chunk (person, nth, count, size, first, last, from_at, to_at, crc, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	overChunks   = "DELETE FROM chunk WHERE person = ? AND nth >= ?"
	moveMark     = "UPDATE mark SET frame = ?, log = ?, digest = ?"
	chunkMark    = "SELECT frame, log, digest FROM mark"
	// Somebody's chunks and the mark, in one statement and therefore of one moment.
	chunksOf   = "SELECT m.frame, m.log, c.* FROM mark m LEFT JOIN (SELECT " + chunkColumns + " FROM chunk WHERE person = ?) c ORDER BY c.nth"
	endsOf     = "SELECT nth, count, size FROM chunk WHERE person = ? ORDER BY nth DESC LIMIT 12"
	chunksFrom = "SELECT " + chunkColumns + " FROM chunk WHERE person = ? AND nth >= ? ORDER BY nth"
)

// OpenChunks opens the chunks in dir, making them when there are none.
func OpenChunks(dir string, cfg Config) (*Chunks, error) {
	b, err := openBase(dir, ChunksName, "migrations/chunks", 0, cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", ChunksName, dir, err)
	}
	s := &Chunks{base: b}
	if err := s.prepare(); err != nil {
		_ = b.close()
		return nil, fmt.Errorf("open %s in %s: %w", ChunksName, dir, err)
	}
	return s, nil
}

func (s *Chunks) prepare() (err error) {
	for query, into := range map[string]**sql.Stmt{chunkMark: &s.mark, chunksOf: &s.of, endsOf: &s.end, chunksFrom: &s.from} {
		if *into, err = s.file.PrepareRead(query); err != nil {
			return err
		}
	}
	if s.file.Write == nil {
		return nil
	}
	for query, into := range map[string]**sql.Stmt{putChunk: &s.put, overChunks: &s.over, moveMark: &s.move} {
		if *into, err = s.file.PrepareWrite(query); err != nil {
			return err
		}
	}
	return nil
}

func chunkSum(c *store.Chunk) int64 {
	table := crc32.MakeTable(crc32.Castagnoli)
	b := append(make([]byte, 0, 128), c.Person[:]...)
	for _, n := range []int64{c.Nth, c.Count, c.Size, c.First, c.Last, int64(c.From), int64(c.To)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return int64(crc32.Update(crc32.Update(0, table, b), table, c.Body))
}

// chunkRow is a row as it is read; all of it is NULL for nobody's chunk.
type chunkRow struct {
	id, nth, count, size, first, last, from, to, sum sql.Null[int64]
	person, body                                     sql.RawBytes
}

func (r *chunkRow) into() []any {
	return []any{&r.id, &r.person, &r.nth, &r.count, &r.size, &r.first, &r.last, &r.from, &r.to, &r.sum, &r.body}
}

// chunk checks the row and takes it over.
func (r *chunkRow) chunk() (store.Chunk, error) {
	c := store.Chunk{
		Nth: r.nth.V, Count: r.count.V, Size: r.size.V, First: r.first.V, Last: r.last.V,
		From: instant.Time(r.from.V), To: instant.Time(r.to.V), Body: append([]byte{}, r.body...),
	}
	if n := copy(c.Person[:], r.person); n != len(c.Person) || n != len(r.person) || chunkSum(&c) != r.sum.V || c.Check() != nil {
		return c, fmt.Errorf("chunk %d: %w", r.id.V, store.ErrCorrupt)
	}
	return c, nil
}

// Mark implements [store.Chunks].
func (s *Chunks) Mark(ctx context.Context) (m store.ChunkMark, err error) {
	if err = s.readable(); err == nil {
		defer s.file.Reading()()
		m, err = scanChunkMark(s.mark.QueryRowContext(ctx))
	}
	if err != nil {
		return m, fmt.Errorf("read the chunks' mark: %w", s.failed(err))
	}
	return m, nil
}

func scanChunkMark(row *sql.Row) (m store.ChunkMark, err error) {
	var digest []byte
	if err := row.Scan(&m.Frame, &m.Log, &digest); err != nil {
		return m, err
	}
	if copy(m.Digest[:], digest) != len(digest) || len(digest) != len(m.Digest) {
		return m, fmt.Errorf("mark: %w", store.ErrCorrupt)
	}
	return m, nil
}

// Of implements [store.Chunks].
func (s *Chunks) Of(ctx context.Context, p id.Person) ([]store.Chunk, store.Mark, error) {
	chunks, mark, err := s.chunksOf(ctx, p)
	if err != nil {
		return nil, mark, fmt.Errorf("read chunks of %s: %w", p, s.failed(err))
	}
	return chunks, mark, nil
}

func (s *Chunks) chunksOf(ctx context.Context, p id.Person) (chunks []store.Chunk, mark store.Mark, err error) {
	if err := s.readable(); err != nil {
		return nil, mark, err
	}
	defer s.file.Reading()()
	rows, err := s.of.QueryContext(ctx, p[:])
	if err != nil {
		return nil, mark, err
	}
	defer rows.Close()
	next, last := int64(0), int64(0)
	for rows.Next() {
		var r chunkRow
		if err := rows.Scan(append([]any{&mark.Frame, &mark.Log}, r.into()...)...); err != nil {
			return nil, mark, err
		}
		if !r.id.Valid {
			continue
		}
		c, err := r.chunk()
		if err != nil {
			return nil, mark, err
		}
		if c.Nth != next || c.First < last || c.Last > mark.Frame {
			return nil, mark, fmt.Errorf("entry %d is missing before frame %d: %w", next+1, c.First, store.ErrCorrupt)
		}
		next, last = c.Nth+c.Count, c.Last
		chunks = append(chunks, c)
	}
	return chunks, mark, rows.Err()
}

// Newest implements [store.Chunks].
func (s *Chunks) Newest(ctx context.Context, p id.Person, take func(size int64) bool) (next int64, chunks []store.Chunk, err error) {
	from, next, err := s.ends(ctx, p, take)
	if err == nil && from < next {
		chunks, err = s.chunksFrom(ctx, p, from)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read the newest chunks of %s: %w", p, s.failed(err))
	}
	return next, chunks, nil
}

// ends looks at sizes only, which the index has.
func (s *Chunks) ends(ctx context.Context, p id.Person, take func(size int64) bool) (from, next int64, err error) {
	if err := s.readable(); err != nil {
		return 0, 0, err
	}
	defer s.file.Reading()()
	rows, err := s.end.QueryContext(ctx, p[:])
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for first := true; rows.Next(); first = false {
		var nth, count, size int64
		if err := rows.Scan(&nth, &count, &size); err != nil {
			return 0, 0, err
		}
		if first {
			next, from = nth+count, nth+count
		}
		if !take(size) {
			break
		}
		from = nth
	}
	return from, next, rows.Err()
}

func (s *Chunks) chunksFrom(ctx context.Context, p id.Person, nth int64) (chunks []store.Chunk, err error) {
	defer s.file.Reading()()
	rows, err := s.from.QueryContext(ctx, p[:], nth)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r chunkRow
		if err := rows.Scan(r.into()...); err != nil {
			return nil, err
		}
		c, err := r.chunk()
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, c)
	}
	return chunks, rows.Err()
}

// Add implements [store.Chunks].
func (s *Chunks) Add(ctx context.Context, from, to store.ChunkMark, chunks iter.Seq2[store.Chunk, error]) error {
	if err := s.add(ctx, from, to, chunks); err != nil {
		return fmt.Errorf("add chunks up to frame %d: %w", to.Frame, s.failed(err))
	}
	return nil
}

func (s *Chunks) add(ctx context.Context, from, to store.ChunkMark, chunks iter.Seq2[store.Chunk, error]) error {
	if err := s.writable(); err != nil {
		return err
	}
	if to.Frame <= from.Frame || to.Log < from.Log {
		return fmt.Errorf("chunks lead from %s to %s", from.Mark, to.Mark)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.file.Writing(func(begun context.Context) error {
		at, err := scanChunkMark(s.file.Write.QueryRowContext(begun, chunkMark))
		if err != nil {
			return err
		}
		if at != from {
			return fmt.Errorf("the chunks are at %s: %w", at.Mark, store.ErrConflict)
		}
		var before id.Person
		for c, err := range chunks {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = s.write(begun, &c, c.Person != before)
			}
			if err != nil {
				return err
			}
			before = c.Person
		}
		_, err = s.move.ExecContext(begun, to.Frame, to.Log, to.Digest[:])
		return err
	})
}

func (s *Chunks) write(ctx context.Context, c *store.Chunk, replace bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	if replace {
		if _, err := s.over.ExecContext(ctx, c.Person[:], c.Nth); err != nil {
			return err
		}
	}
	_, err := s.put.ExecContext(ctx, c.Person[:], c.Nth, c.Count, c.Size, c.First, c.Last, int64(c.From), int64(c.To), chunkSum(c), c.Body)
	return err
}

// Forget implements [store.Chunks].
func (s *Chunks) Forget(ctx context.Context, p id.Person) error {
	err := s.writable()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = s.file.Writing(func(ctx context.Context) error {
			_, err := s.file.Write.ExecContext(ctx, "DELETE FROM chunk WHERE person = ?", p[:])
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("forget the chunks of %s: %w", p, s.failed(err))
	}
	return nil
}

// Reset implements [store.Chunks].
func (s *Chunks) Reset(ctx context.Context) error {
	err := s.writable()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = s.file.Writing(func(ctx context.Context) error {
			_, err := s.file.Write.ExecContext(ctx, "DELETE FROM chunk; UPDATE mark SET frame = 0, log = 0, digest = zeroblob(32)")
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("forget all chunks: %w", s.failed(err))
	}
	return nil
}

// Close implements [store.Chunks].
func (s *Chunks) Close() error {
	if err := s.close(); err != nil {
		return fmt.Errorf("close %s: %w", ChunksName, err)
	}
	return nil
}
