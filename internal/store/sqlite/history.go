package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/store"
)

var _ store.History = (*History)(nil)

// History is the frames, in history.db.
type History struct {
	*base
	put, newest, whole   *sql.Stmt // nil when only reading
	last, page, who, one *sql.Stmt
	rolls                rolls
	kept                 newest
}

const (
	putFrame     = "INSERT INTO frame (number, log, at, people_crc, crc, people, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
	newestFrame  = "SELECT number, log FROM frame ORDER BY number DESC LIMIT 1"
	wholeFrame   = "SELECT number, log, at, people_crc, crc, people, body FROM frame WHERE number = ?"
	pageOfFrames = "SELECT number, log, at, people_crc, crc, people, body FROM frame WHERE number > ? ORDER BY number LIMIT ?"
	pageOfPeople = "SELECT number, people_crc, people FROM frame WHERE number > ? ORDER BY number LIMIT ?"
)

// OpenHistory opens the history in dir, making it when there is none.
func OpenHistory(dir string, cfg Config) (*History, error) {
	b, err := openBase(dir, HistoryName, "migrations/history", 0, cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", HistoryName, dir, err)
	}
	h := &History{base: b}
	if err := h.prepare(); err != nil {
		_ = b.close()
		return nil, fmt.Errorf("open %s in %s: %w", HistoryName, dir, err)
	}
	return h, nil
}

func (h *History) prepare() (err error) {
	for query, into := range map[string]**sql.Stmt{newestFrame: &h.last, pageOfFrames: &h.page, pageOfPeople: &h.who, wholeFrame: &h.one} {
		if *into, err = h.file.PrepareRead(query); err != nil {
			return err
		}
	}
	if h.file.Write == nil {
		return nil
	}
	for query, into := range map[string]**sql.Stmt{putFrame: &h.put, newestFrame: &h.newest, wholeFrame: &h.whole} {
		if *into, err = h.file.PrepareWrite(query); err != nil {
			return err
		}
	}
	return nil
}

// packed is a frame as its row has it.
type packed struct {
	number, log, at int64
	peopleSum, sum  int64
	people, body    []byte
	begins          []uint32 // where each entry begins in body; not part of the row
}

func pack(f store.Frame) packed {
	p := packed{number: f.Number, log: f.Log, at: int64(f.At)}
	size := 0
	for _, e := range f.Entries {
		size += len(e.Body) + binary.MaxVarintLen32
	}
	p.people, p.body = make([]byte, 0, len(f.Entries)*len(id.Person{})), make([]byte, 0, size)
	p.begins = make([]uint32, 0, len(f.Entries))
	for _, e := range f.Entries {
		p.begins = append(p.begins, uint32(len(p.body)))
		p.people = append(p.people, e.Person[:]...)
		p.body = binary.AppendUvarint(p.body, uint64(len(e.Body)))
		p.body = append(p.body, e.Body...)
	}
	p.peopleSum, p.sum = peopleSum(p.number, p.people), frameSum(p)
	return p
}

func peopleSum(number int64, people []byte) int64 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(number))
	return int64(crc32.Update(crc32.Update(0, table, b[:]), table, people))
}

func frameSum(p packed) int64 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var b [24]byte
	binary.BigEndian.PutUint64(b[:8], uint64(p.number))
	binary.BigEndian.PutUint64(b[8:16], uint64(p.log))
	binary.BigEndian.PutUint64(b[16:], uint64(p.at))
	return int64(crc32.Update(crc32.Update(0, table, b[:]), table, p.body))
}

// view reads the current row; people and body are good until the rows go on.
func (p *packed) view(rows *sql.Rows) error {
	var people, body sql.RawBytes
	if err := rows.Scan(&p.number, &p.log, &p.at, &p.peopleSum, &p.sum, &people, &body); err != nil {
		return err
	}
	p.people, p.body = people, body
	return nil
}

// scan takes over the current row.
func (p *packed) scan(rows *sql.Rows) error {
	if err := p.view(rows); err != nil {
		return err
	}
	p.people, p.body = bytes.Clone(p.people), bytes.Clone(p.body)
	return nil
}

// unpack checks the sums and returns the frame; its bodies are parts of p.
func (p *packed) unpack() (store.Frame, error) {
	f := store.Frame{Number: p.number, Log: p.log, At: instant.Time(p.at), Entries: make([]store.FrameEntry, 0, len(p.people)/len(id.Person{}))}
	return f, p.each(func(e store.FrameEntry) { f.Entries = append(f.Entries, e) })
}

// each checks the sums and calls f with every entry; the bodies are parts of p. When it returns an
// error f may have been called with some.
func (p *packed) each(f func(store.FrameEntry)) error {
	const size = len(id.Person{})
	bad := fmt.Errorf("frame %d: %w", p.number, store.ErrCorrupt)
	if len(p.people)%size != 0 || peopleSum(p.number, p.people) != p.peopleSum || frameSum(*p) != p.sum {
		return bad
	}
	rest := p.body
	for people := p.people; len(people) > 0; people = people[size:] {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return bad
		}
		end := n + int(length)
		f(store.FrameEntry{Person: id.Person(people[:size]), Body: rest[n:end:end]})
		rest = rest[end:]
	}
	if len(rest) != 0 {
		return bad
	}
	return nil
}

// of returns copies of the bodies of a person's entries, of what was packed and never left the memory.
func (p *packed) of(who id.Person) (bodies [][]byte) {
	for i, begin := range p.begins {
		if id.Person(p.people[i*len(who):][:len(who)]) == who {
			length, n := binary.Uvarint(p.body[begin:])
			bodies = append(bodies, append([]byte{}, p.body[int(begin)+n:][:length]...))
		}
	}
	return bodies
}

// Append implements [store.History].
func (h *History) Append(ctx context.Context, frame store.Frame) error {
	if err := h.append(ctx, frame); err != nil {
		return fmt.Errorf("append frame %d: %w", frame.Number, h.failed(err))
	}
	return nil
}

func (h *History) append(ctx context.Context, frame store.Frame) error {
	if err := h.writable(); err != nil {
		return err
	}
	for i, e := range frame.Entries {
		if e.Person.IsZero() {
			return fmt.Errorf("entry %d of %d has no person", i+1, len(frame.Entries))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p := pack(frame)
	err := h.file.Writing(func(ctx context.Context) error {
		last, err := scanMark(h.newest.QueryRowContext(ctx))
		if err != nil {
			return err
		}
		if frame.Number == last.Frame && frame.Number > 0 {
			same, err := h.has(ctx, p)
			if same || err != nil {
				return err
			}
		}
		if frame.Number != last.Frame+1 {
			return fmt.Errorf("history ends with frame %d: %w", last.Frame, store.ErrConflict)
		}
		_, err = h.put.ExecContext(ctx, p.number, p.log, p.at, p.peopleSum, p.sum, p.people, p.body)
		return err
	})
	if err == nil {
		h.rolls.keep([]roll{{p.number, p.people}})
		h.kept.keep(p)
	}
	return err
}

// has tells whether the frame of this number is this one.
func (h *History) has(ctx context.Context, p packed) (bool, error) {
	rows, err := h.whole.QueryContext(ctx, p.number)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	var had packed
	if err := had.scan(rows); err != nil {
		return false, err
	}
	return had.log == p.log && had.at == p.at && bytes.Equal(had.people, p.people) && bytes.Equal(had.body, p.body), nil
}

func scanMark(row *sql.Row) (m store.Mark, err error) {
	err = row.Scan(&m.Frame, &m.Log)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return m, err
}

// Last implements [store.History].
func (h *History) Last(ctx context.Context) (store.Mark, error) {
	defer h.file.Reading()()
	var m store.Mark
	err := h.readable()
	if err == nil {
		m, err = scanMark(h.last.QueryRowContext(ctx))
	}
	if err != nil {
		return m, fmt.Errorf("read newest frame: %w", h.failed(err))
	}
	return m, nil
}

// Reading goes by pages, so that no reader keeps the WAL from being emptied for long.
const (
	framesPerPage = 16
	peoplePerPage = 256
)

// Frames implements [store.History].
func (h *History) Frames(ctx context.Context, after int64, f func(store.Frame) error) error {
	after = max(after, 0)
	for {
		page, err := h.framesAfter(ctx, after)
		if err != nil {
			return fmt.Errorf("read frames after %d: %w", after, h.failed(err))
		}
		for _, p := range page {
			frame, err := p.unpack()
			if err == nil && frame.Number != after+1 {
				err = fmt.Errorf("frame %d is missing: %w", after+1, store.ErrCorrupt)
			}
			if err != nil {
				return fmt.Errorf("read frames: %w", err)
			}
			if err := f(frame); err != nil {
				return err
			}
			after = frame.Number
		}
		if len(page) < framesPerPage {
			return nil
		}
	}
}

func (h *History) framesAfter(ctx context.Context, after int64) (page []packed, err error) {
	if err := h.readable(); err != nil {
		return nil, err
	}
	defer h.file.Reading()()
	rows, err := h.page.QueryContext(ctx, after, framesPerPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p packed
		if err := p.scan(rows); err != nil {
			return nil, err
		}
		page = append(page, p)
	}
	return page, rows.Err()
}

// Tail implements [store.History]. It looks at who is in the frames, mostly from memory, and opens only
// those with this person.
func (h *History) Tail(ctx context.Context, p id.Person, after int64, f func(frame int64, at instant.Time, body []byte) error) error {
	for after = max(after, 0); ; {
		page, err := h.rollsAfter(ctx, after)
		if err != nil {
			return fmt.Errorf("read history of %s: %w", p, h.failed(err))
		}
		if len(page) == 0 {
			return nil
		}
		for _, r := range page {
			if after = r.number; !r.has(p) {
				continue
			}
			at, bodies, err := h.entriesOf(ctx, r.number, p)
			if err != nil {
				return fmt.Errorf("read history of %s: %w", p, h.failed(err))
			}
			for _, body := range bodies {
				if err := f(r.number, at, body); err != nil {
					return err
				}
			}
		}
	}
}

// rollsAfter returns some of the rolls after the number; none when there is no newer frame.
func (h *History) rollsAfter(ctx context.Context, after int64) ([]roll, error) {
	if err := h.readable(); err != nil {
		return nil, err
	}
	known, limit := h.rolls.after(after)
	if len(known) > 0 {
		return known, ctx.Err()
	}
	page, err := h.readRolls(ctx, after, min(limit, peoplePerPage))
	if err != nil {
		return nil, err
	}
	h.rolls.keep(page)
	return page, nil
}

func (h *History) readRolls(ctx context.Context, after, most int64) (page []roll, err error) {
	defer h.file.Reading()()
	rows, err := h.who.QueryContext(ctx, after, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for last := after; rows.Next(); {
		var number, sum int64
		var people sql.RawBytes
		if err := rows.Scan(&number, &sum, &people); err != nil {
			return nil, err
		}
		if last++; number != last {
			return nil, fmt.Errorf("frame %d is missing: %w", last, store.ErrCorrupt)
		}
		if len(people)%len(id.Person{}) != 0 || peopleSum(number, people) != sum {
			return nil, fmt.Errorf("frame %d: %w", number, store.ErrCorrupt)
		}
		page = append(page, roll{number, bytes.Clone(people)})
	}
	return page, rows.Err()
}

// entriesOf returns this person's entries in a frame, and the frame's time.
func (h *History) entriesOf(ctx context.Context, number int64, who id.Person) (at instant.Time, bodies [][]byte, err error) {
	if p, known := h.kept.get(number); known {
		return instant.Time(p.at), p.of(who), nil
	}
	defer h.file.Reading()()
	rows, err := h.one.QueryContext(ctx, number)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, nil, errors.Join(rows.Err(), fmt.Errorf("frame %d is missing: %w", number, store.ErrCorrupt))
	}
	var p packed
	if err := p.view(rows); err != nil {
		return 0, nil, err
	}
	err = p.each(func(e store.FrameEntry) {
		if e.Person == who {
			bodies = append(bodies, append([]byte{}, e.Body...))
		}
	})
	return instant.Time(p.at), bodies, err
}

// Close implements [store.History].
func (h *History) Close() error {
	if err := h.close(); err != nil {
		return fmt.Errorf("close %s: %w", HistoryName, err)
	}
	return nil
}
