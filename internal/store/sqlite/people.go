package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
)

var _ store.People = (*People)(nil)

// People is the present state of everyone, in state.db.
type People struct {
	*base
	put, count, touch, forward, unforward, advance, last *sql.Stmt // nil when only reading
	load, page, notable, wakes, touched, forwards        *sql.Stmt
}

// writeCache is how many bytes of pages the committing connection keeps: a row is changed in the page
// it is in, and a page that is not in memory is read for it.
const writeCache = 64 << 20

// loadWidth is how many people one statement loads.
const loadWidth = 32

const (
	putRow = `INSERT INTO people (row, person, version, wake, due, notable, blob) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (row) DO UPDATE SET version = excluded.version, wake = excluded.wake, due = excluded.due, notable = excluded.notable, blob = excluded.blob
		WHERE person = excluded.person`
	addTouch    = "INSERT INTO touch (start, row) VALUES (?, ?) ON CONFLICT (start) DO NOTHING"
	touchedBy   = "SELECT people.row, people.person FROM touch JOIN people ON people.row = touch.row WHERE touch.start BETWEEN ? AND ? ORDER BY touch.start LIMIT ?"
	addTally    = "INSERT INTO tally (key, sum) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sum = sum + excluded.sum"
	addForward  = "INSERT INTO forward (row, person, into_id) VALUES (?, ?, ?) ON CONFLICT (row) DO UPDATE SET into_id = excluded.into_id"
	dropForward = "DELETE FROM forward WHERE row = ?"
	allForwards = "SELECT row, person, into_id FROM forward ORDER BY row"
	advanceMark = "UPDATE mark SET frame = ?, log = ?, from_frame = frame, from_log = log, digest = ? WHERE frame = ? AND log = ?"
	lastCommit  = "SELECT frame, log, from_frame, from_log, digest FROM mark"
	pageOfRows  = "SELECT row, person, version, wake, due, blob FROM people WHERE row > ? ORDER BY row LIMIT ?"
	notableRows = "SELECT row, person, version, wake, due, blob FROM people WHERE notable = 1 AND row > ? ORDER BY row LIMIT ?"
	pageOfWakes = "SELECT row, person, wake, due FROM people WHERE row > ? AND row <= ? ORDER BY row LIMIT ?"
)

// OpenPeople opens the state in dir, making it when there is none.
func OpenPeople(dir string, cfg Config) (*People, error) {
	b, err := openBase(dir, StateName, "migrations/people", writeCache, cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", StateName, dir, err)
	}
	p := &People{base: b}
	if err := p.prepare(); err != nil {
		_ = b.close()
		return nil, fmt.Errorf("open %s in %s: %w", StateName, dir, err)
	}
	return p, nil
}

func (s *People) prepare() (err error) {
	many := "SELECT row, person, version, wake, due, blob FROM people WHERE row IN (?" + strings.Repeat(", ?", loadWidth-1) + ")"
	for query, into := range map[string]**sql.Stmt{many: &s.load, pageOfRows: &s.page, notableRows: &s.notable, pageOfWakes: &s.wakes, touchedBy: &s.touched, allForwards: &s.forwards} {
		if *into, err = s.file.PrepareRead(query); err != nil {
			return err
		}
	}
	if s.file.Write == nil {
		return nil
	}
	for query, into := range map[string]**sql.Stmt{putRow: &s.put, addTally: &s.count, addTouch: &s.touch, addForward: &s.forward, dropForward: &s.unforward, advanceMark: &s.advance, lastCommit: &s.last} {
		if *into, err = s.file.PrepareWrite(query); err != nil {
			return err
		}
	}
	return nil
}

// Load implements [store.People]. Many people are split among the reading connections, each taking
// neighbours.
func (s *People) Load(ctx context.Context, people []id.Person) ([]store.Row, error) {
	rows := make([]store.Row, len(people))
	for i, p := range people {
		rows[i] = store.Row{Person: p, Wake: instant.Never, Due: instant.Never}
	}
	if err := s.loadInto(ctx, rows); err != nil {
		return nil, fmt.Errorf("load %d people: %w", len(people), s.failed(err))
	}
	return rows, nil
}

func (s *People) loadInto(ctx context.Context, rows []store.Row) error {
	if err := s.readable(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	order := make([]*store.Row, len(rows))
	for i := range rows {
		order[i] = &rows[i]
	}
	slices.SortFunc(order, func(a, b *store.Row) int { return cmp.Compare(a.Person.Row(), b.Person.Row()) })

	// No more readers than have two statements each to do.
	shares := min(s.readers, (len(order)+2*loadWidth-1)/(2*loadWidth))
	if shares <= 1 {
		return s.loadShare(ctx, order)
	}
	errs := make([]error, shares)
	var wg sync.WaitGroup
	for i := range shares {
		from, to := i*len(order)/shares, (i+1)*len(order)/shares
		wg.Go(func() { errs[i] = s.loadShare(ctx, order[from:to]) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// loadShare fills in the rows, which are in key order, some at a time.
func (s *People) loadShare(ctx context.Context, order []*store.Row) error {
	args := make([]any, loadWidth)
	for part := range slices.Chunk(order, loadWidth) {
		for i := range args {
			args[i] = part[min(i, len(part)-1)].Person.Row() // asking for the last one again is harmless
		}
		if err := s.loadPart(ctx, part, args); err != nil {
			return err
		}
	}
	return nil
}

func (s *People) loadPart(ctx context.Context, part []*store.Row, args []any) error {
	defer s.file.Reading()()
	found, err := s.load.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		row, key, err := scanRow(found)
		if err != nil {
			return err
		}
		i, _ := slices.BinarySearchFunc(part, key, func(r *store.Row, key int64) int { return cmp.Compare(r.Person.Row(), key) })
		for first := i; i < len(part) && part[i].Person.Row() == key; i++ {
			if part[i].Person != row.Person {
				return fmt.Errorf("%s: %w", part[i].Person, store.ErrRowTaken)
			}
			*part[i] = row
			if i > first { // asked for twice
				part[i].Blob = bytes.Clone(row.Blob)
			}
		}
	}
	return found.Err()
}

// scanRow reads row, person, version, wake, due and blob.
func scanRow(rows *sql.Rows) (r store.Row, key int64, err error) {
	var person, blob sql.RawBytes
	var version int64
	var wake, due sql.NullInt64
	if err := rows.Scan(&key, &person, &version, &wake, &due, &blob); err != nil {
		return r, 0, err
	}
	if r.Person, err = personOf(key, person); err != nil {
		return r, 0, err
	}
	r.Version, r.Wake, r.Due = uint64(version), timeOf(wake), timeOf(due)
	r.Blob = append(make([]byte, 0, len(blob)), blob...)
	return r, key, nil
}

func personOf(key int64, b []byte) (p id.Person, err error) {
	if copy(p[:], b) != len(p) || len(b) != len(p) || p.Row() != key {
		return p, fmt.Errorf("row %d holds no person of that row: %w", key, store.ErrCorrupt)
	}
	return p, nil
}

func timeOf(v sql.NullInt64) instant.Time {
	if !v.Valid {
		return instant.Never
	}
	return instant.Time(v.Int64)
}

func nullOf(t instant.Time) any {
	if t == instant.Never {
		return nil
	}
	return int64(t)
}

// Commit implements [store.People].
func (s *People) Commit(ctx context.Context, batch store.Batch) error {
	if err := s.commit(ctx, batch); err != nil {
		return fmt.Errorf("commit from %s to %s: %w", batch.From, batch.To, s.failed(err))
	}
	return nil
}

func (s *People) commit(ctx context.Context, batch store.Batch) error {
	if err := s.writable(); err != nil {
		return err
	}
	if err := batch.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	order, err := inKeyOrder(batch.Rows)
	if err != nil {
		return err
	}
	tallies := sumTallies(batch.Tallies)
	sum := digest(order, tallies)
	return s.file.Writing(func(ctx context.Context) error {
		moved, err := affected(s.advance.ExecContext(ctx, batch.To.Frame, batch.To.Log, sum, batch.From.Frame, batch.From.Log))
		if err != nil {
			return err
		}
		if moved == 0 {
			return s.isLast(ctx, batch, sum)
		}
		for _, r := range order {
			n, err := affected(s.put.ExecContext(ctx, r.Person.Row(), r.Person[:], int64(r.Version), nullOf(r.Wake), nullOf(r.Due), r.Notable, r.Blob))
			if err != nil {
				return fmt.Errorf("row of %s: %w", r.Person, err)
			}
			if n != 1 {
				return fmt.Errorf("row of %s: %w", r.Person, store.ErrRowTaken)
			}
		}
		for _, t := range tallies {
			if _, err := s.count.ExecContext(ctx, t.Key, t.Add); err != nil {
				return fmt.Errorf("tally %q: %w", t.Key, err)
			}
		}
		for _, t := range batch.Touches {
			if _, err := s.touch.ExecContext(ctx, signed(t.Start()), t.Person.Row()); err != nil {
				return fmt.Errorf("touch %s: %w", t.ID, err)
			}
		}
		for _, f := range batch.Forwards {
			put, args := s.forward, []any{f.From.Row(), f.From[:], f.To[:]}
			if f.To.IsZero() {
				put, args = s.unforward, args[:1]
			}
			if _, err := put.ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("forward of %s: %w", f.From, err)
			}
		}
		return nil
	})
}

// Forget implements [store.People].
func (s *People) Forget(ctx context.Context, people []id.Person, tallies []store.Tally) error {
	err := s.writable()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = s.file.Writing(func(ctx context.Context) error { return s.remove(ctx, people, tallies) })
	}
	if err != nil {
		return fmt.Errorf("forget %d people: %w", len(people), s.failed(err))
	}
	return nil
}

func (s *People) remove(ctx context.Context, people []id.Person, tallies []store.Tally) error {
	for _, p := range people {
		for _, do := range []string{
			"DELETE FROM touch WHERE row = ?1 AND EXISTS (SELECT 1 FROM people WHERE row = ?1 AND person = ?2)",
			"DELETE FROM people WHERE row = ?1 AND person = ?2",
			"DELETE FROM forward WHERE row = ?1 AND person = ?2 OR into_id = ?2",
		} {
			if _, err := s.file.Write.ExecContext(ctx, do, p.Row(), p[:]); err != nil {
				return err
			}
		}
	}
	for _, t := range sumTallies(tallies) {
		if _, err := s.count.ExecContext(ctx, t.Key, t.Add); err != nil {
			return err
		}
	}
	return nil
}

// Forwards implements [store.People].
func (s *People) Forwards(ctx context.Context) ([]store.Forward, error) {
	out, err := s.allForwards(ctx)
	if err != nil {
		return nil, fmt.Errorf("load forwards: %w", s.failed(err))
	}
	return out, nil
}

func (s *People) allForwards(ctx context.Context) (out []store.Forward, err error) {
	if err := s.readable(); err != nil {
		return nil, err
	}
	defer s.file.Reading()()
	rows, err := s.forwards.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		var from, to []byte
		if err := rows.Scan(&row, &from, &to); err != nil {
			return nil, err
		}
		f := store.Forward{}
		if f.From, err = personOf(row, from); err != nil {
			return nil, err
		}
		if copy(f.To[:], to) != len(f.To) || len(to) != len(f.To) {
			return nil, fmt.Errorf("the forward of %s leads to nobody: %w", f.From, store.ErrCorrupt)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// isLast returns nil when the batch is the one committed last.
func (s *People) isLast(ctx context.Context, batch store.Batch, sum int64) error {
	var from, to store.Mark
	var had int64
	if err := s.last.QueryRowContext(ctx).Scan(&to.Frame, &to.Log, &from.Frame, &from.Log, &had); err != nil {
		return err
	}
	if to == batch.To && from == batch.From && had == sum {
		return nil
	}
	return fmt.Errorf("state is at %s: %w", to, store.ErrConflict)
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func inKeyOrder(rows []store.Row) ([]*store.Row, error) {
	order := make([]*store.Row, len(rows))
	for i := range rows {
		order[i] = &rows[i]
	}
	slices.SortFunc(order, func(a, b *store.Row) int { return cmp.Compare(a.Person.Row(), b.Person.Row()) })
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1].Person, order[i].Person; a == b {
			return nil, fmt.Errorf("%s is in the batch twice", a)
		} else if a.Row() == b.Row() {
			return nil, fmt.Errorf("%s and %s: %w", a, b, store.ErrRowTaken)
		}
	}
	return order, nil
}

// sumTallies adds up what is counted more than once and sorts by key.
func sumTallies(tallies []store.Tally) []store.Tally {
	sorted := slices.Clone(tallies)
	slices.SortFunc(sorted, func(a, b store.Tally) int { return strings.Compare(a.Key, b.Key) })
	summed := sorted[:0]
	for _, t := range sorted {
		if n := len(summed); n > 0 && summed[n-1].Key == t.Key {
			summed[n-1].Add += t.Add
		} else {
			summed = append(summed, t)
		}
	}
	return summed
}

// digest tells two batches between the same marks apart.
func digest(rows []*store.Row, tallies []store.Tally) int64 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var b []byte
	sum := crc32.Update(0, table, binary.AppendUvarint(nil, uint64(len(rows))))
	for _, r := range rows {
		b = append(b[:0], r.Person[:]...)
		b = binary.BigEndian.AppendUint64(b, r.Version)
		b = binary.BigEndian.AppendUint64(b, uint64(r.Wake))
		b = binary.BigEndian.AppendUint64(b, uint64(r.Due))
		b = binary.BigEndian.AppendUint64(b, uint64(len(r.Blob)))
		sum = crc32.Update(crc32.Update(sum, table, b), table, r.Blob)
	}
	for _, t := range tallies {
		b = binary.AppendUvarint(b[:0], uint64(len(t.Key)))
		b = append(b, t.Key...)
		b = binary.BigEndian.AppendUint64(b, uint64(t.Add))
		sum = crc32.Update(sum, table, b)
	}
	return int64(sum)
}

// Mark implements [store.People].
func (s *People) Mark(ctx context.Context) (store.Mark, error) {
	defer s.file.Reading()()
	var m store.Mark
	err := s.readable()
	if err == nil {
		err = s.file.Read.QueryRowContext(ctx, "SELECT frame, log FROM mark").Scan(&m.Frame, &m.Log)
	}
	if err != nil {
		return m, fmt.Errorf("read mark: %w", s.failed(err))
	}
	return m, nil
}

// Reading all rows goes by pages, so that no reader keeps the WAL from being emptied for long.
const (
	rowsPerPage  = 500
	wakesPerPage = 4000
)

// Each implements [store.People].
func (s *People) Each(ctx context.Context, f func(store.Row) error) error {
	for at := int64(-1); ; {
		page, err := s.Page(ctx, at, rowsPerPage)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := f(r); err != nil {
				return err
			}
			at = r.Person.Row()
		}
		if len(page) < rowsPerPage {
			return nil
		}
	}
}

// Page implements [store.People].
func (s *People) Page(ctx context.Context, after int64, most int) ([]store.Row, error) {
	page, err := s.pageAfter(ctx, s.page, after, most)
	if err != nil {
		return nil, fmt.Errorf("read rows after %d: %w", after, s.failed(err))
	}
	return page, nil
}

// Notable implements [store.People].
func (s *People) Notable(ctx context.Context, after int64, most int) ([]store.Row, error) {
	page, err := s.pageAfter(ctx, s.notable, after, most)
	if err != nil {
		return nil, fmt.Errorf("read notable rows after %d: %w", after, s.failed(err))
	}
	return page, nil
}

func (s *People) pageAfter(ctx context.Context, of *sql.Stmt, after int64, most int) (page []store.Row, err error) {
	if err := s.readable(); err != nil {
		return nil, err
	}
	defer s.file.Reading()()
	rows, err := of.QueryContext(ctx, after, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r, _, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// signed keeps the order of unsigned numbers in the signed ones that SQLite has.
func signed(n uint64) int64 { return int64(n ^ 1<<63) }

// Touched implements [store.People].
func (s *People) Touched(ctx context.Context, from, to uint64, most int) ([]id.Person, error) {
	out, err := s.touchedBetween(ctx, from, to, most)
	if err != nil {
		return nil, fmt.Errorf("find whose a touch is: %w", s.failed(err))
	}
	return out, nil
}

func (s *People) touchedBetween(ctx context.Context, from, to uint64, most int) (out []id.Person, err error) {
	if err := s.readable(); err != nil {
		return nil, err
	}
	defer s.file.Reading()()
	rows, err := s.touched.QueryContext(ctx, signed(from), signed(to), most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		var person sql.RawBytes
		if err := rows.Scan(&key, &person); err != nil {
			return nil, err
		}
		p, err := personOf(key, person)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

type waking struct {
	person    id.Person
	wake, due instant.Time
}

// Waking implements [store.People]. The reading connections share the keys among them.
func (s *People) Waking(ctx context.Context, f func(p id.Person, wake, due instant.Time) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make(chan []waking) // unbuffered: a share that has ended has been taken in
	errs := make(chan error, s.readers)
	share := uint64(1<<63) / uint64(s.readers)
	for i := range s.readers {
		from, to := int64(uint64(i)*share)-1, int64(uint64(i+1)*share-1)
		if i == s.readers-1 {
			to = 1<<63 - 1
		}
		go func() { errs <- s.wakingIn(ctx, from, to, found) }()
	}
	var failed error
	for ended := 0; ended < s.readers; {
		select {
		case ws := <-found:
			for _, w := range ws {
				if failed == nil {
					if failed = f(w.person, w.wake, w.due); failed != nil {
						cancel()
					}
				}
			}
		case err := <-errs:
			ended++
			if err != nil && failed == nil {
				failed = fmt.Errorf("read who wakes: %w", s.failed(err))
				cancel()
			}
		}
	}
	return failed
}

func (s *People) wakingIn(ctx context.Context, from, to int64, found chan<- []waking) error {
	for {
		page, last, n, err := s.wakesAfter(ctx, from, to)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			// Sent before this share's end is reported, and received unless f failed.
			select {
			case found <- page:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if n < wakesPerPage {
			return nil
		}
		from = last
	}
}

func (s *People) wakesAfter(ctx context.Context, from, to int64) (page []waking, last int64, n int, err error) {
	if err := s.readable(); err != nil {
		return nil, 0, 0, err
	}
	defer s.file.Reading()()
	rows, err := s.wakes.QueryContext(ctx, from, to, wakesPerPage)
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var person sql.RawBytes
		var wake, due sql.NullInt64
		if err := rows.Scan(&last, &person, &wake, &due); err != nil {
			return nil, 0, 0, err
		}
		if !wake.Valid && !due.Valid {
			continue
		}
		p, err := personOf(last, person)
		if err != nil {
			return nil, 0, 0, err
		}
		page = append(page, waking{p, timeOf(wake), timeOf(due)})
	}
	return page, last, n, rows.Err()
}

// Tallies implements [store.People].
func (s *People) Tallies(ctx context.Context, prefix string) ([]store.Tally, error) {
	tallies, err := s.tallies(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("read tallies under %q: %w", prefix, s.failed(err))
	}
	return tallies, nil
}

func (s *People) tallies(ctx context.Context, prefix string) (tallies []store.Tally, err error) {
	if err := s.readable(); err != nil {
		return nil, err
	}
	defer s.file.Reading()()
	rows, err := s.file.Read.QueryContext(ctx, "SELECT key, sum FROM tally WHERE key >= ? ORDER BY key", prefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t store.Tally
		if err := rows.Scan(&t.Key, &t.Add); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(t.Key, prefix) {
			break
		}
		tallies = append(tallies, t)
	}
	return tallies, rows.Err()
}

// Close implements [store.People].
func (s *People) Close() error {
	if err := s.close(); err != nil {
		return fmt.Errorf("close %s: %w", StateName, err)
	}
	return nil
}
