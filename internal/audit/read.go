package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Filter says which records are wanted; what is empty says nothing.
type Filter struct {
	// People are pseudonyms of one person: a record that concerns any of them is wanted.
	People []string
	// Actor is an actor's id or name, as it is written or how it begins.
	Actor string
	// What is a verb, or how it begins, such as person.
	What     string
	From, To time.Time
	// Own takes in the log's own records.
	Own bool
}

func (f *Filter) fits(r *Record) bool {
	if !f.Own && r.What.Sort() == Own {
		return false
	}
	if f.What != "" && string(r.What) != f.What && !strings.HasPrefix(string(r.What), f.What+".") {
		return false
	}
	if f.Actor != "" && (r.Actor == nil || !strings.EqualFold(r.Actor.ID, f.Actor) && !strings.EqualFold(r.Actor.Name, f.Actor) && string(r.Actor.Kind) != f.Actor) {
		return false
	}
	if len(f.People) > 0 && !slices.ContainsFunc(r.People, func(p string) bool { return slices.Contains(f.People, p) }) {
		return false
	}
	at, err := r.Time()
	return err == nil && (f.From.IsZero() || !at.Before(f.From)) && (f.To.IsZero() || at.Before(f.To))
}

// Each calls f with the records of a log that are wanted, the oldest first. A line that is damaged is an error: Verify tells where.
func Each(ctx context.Context, path string, want Filter, f func(*Record) error) error {
	all, err := settled(path)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := eachOf(ctx, s, &want, f); err != nil {
			return err
		}
	}
	return nil
}

func eachOf(ctx context.Context, s segment, want *Filter, f func(*Record) error) error {
	file, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	defer file.Close()
	lines := bufio.NewReaderSize(io.LimitReader(file, s.size), 1<<20)
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // half a line is nobody's record
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
		if !want.mayFit(line) {
			continue
		}
		r, err := Parse(line[:len(line)-1])
		if err != nil {
			return fmt.Errorf("%s, line %d: %w; attune audit verify tells what is wrong with the log", s.path, n+1, err)
		}
		if !want.fits(&r) {
			continue
		}
		if err := f(&r); err != nil {
			return err
		}
	}
}

// mayFit passes by most lines that are about others, without parsing them.
func (f *Filter) mayFit(line []byte) bool {
	return len(f.People) == 0 || slices.ContainsFunc(f.People, func(p string) bool { return bytes.Contains(line, []byte(p)) })
}

// NewestFrame is the last commit of the history that a checkpoint speaks for; 0 before the first.
func (l *Log) NewestFrame(ctx context.Context) (int64, error) {
	all, err := settled(l.cfg.Dir)
	if err != nil {
		return 0, err
	}
	for _, s := range slices.Backward(all) {
		data, err := os.ReadFile(s.path)
		if err != nil {
			return 0, fmt.Errorf("read the audit log: %w", err)
		}
		for end := len(data); ctx.Err() == nil; {
			at := bytes.LastIndex(data[:end], []byte(`,"frames":{"from":`))
			if at < 0 {
				break
			}
			end = at
			start, stop := bytes.LastIndexByte(data[:at], '\n')+1, bytes.IndexByte(data[at:], '\n')
			if stop < 0 {
				continue
			}
			if r, err := Parse(data[start : at+stop]); err == nil && r.Frames != nil {
				return r.Frames.To, nil
			}
		}
	}
	return 0, ctx.Err()
}

// Newest are what Over tells, from its end: up to so many, the newest first, and whether there are more. With after it goes on behind the
// record of that hash. It reads from the log's end, so a log of years answers as fast as one of a day.
func Newest(ctx context.Context, path string, want Filter, after string, most int) (out []Record, more bool, err error) {
	all, err := settled(path)
	if err != nil {
		return nil, false, err
	}
	skip := after != ""
	ended := map[string]bool{} // what was begun before, and is told by how it ended
	for _, s := range slices.Backward(all) {
		err := backwards(ctx, s, func(line []byte) (bool, error) {
			if !want.mayFit(line) && !(skip && bytes.Contains(line, []byte(after))) {
				return true, nil
			}
			r, err := Parse(line)
			if err != nil {
				return false, fmt.Errorf("%s: %w; attune audit verify tells what is wrong with the log", s.path, err)
			}
			key := r.Request + " " + string(r.What)
			told := r.Outcome == Begun && ended[key]
			if fits := want.fits(&r); fits && r.Outcome != Begun {
				ended[key] = true
			} else if told {
				delete(ended, key)
			}
			if skip {
				skip = r.Hash != after
				return true, nil
			}
			if told {
				return true, nil
			}
			if !want.fits(&r) {
				// Times hardly go back: an hour before the first one that is wanted there is nothing more.
				at, err := r.Time()
				return err != nil || want.From.IsZero() || at.After(want.From.Add(-time.Hour)), nil
			}
			if more = len(out) == most; more {
				return false, nil
			}
			out = append(out, r)
			return true, nil
		})
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			return nil, false, err
		}
	}
	if skip {
		return nil, false, fmt.Errorf("there is no record %.12s to go on from", after)
	}
	return out, more, nil
}

var errEnough = errors.New("enough")

// backwards calls f with a segment's lines, the last first, until it says no; errEnough is that.
func backwards(ctx context.Context, s segment, f func(line []byte) (bool, error)) error {
	file, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	defer file.Close()
	const block = 64 << 10
	var rest []byte // what stands before the lines that were told
	half := true    // what stands behind the last line break is nobody's record
	for end := s.size; end > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(end, block)
		part := make([]byte, int(n)+len(rest))
		if _, err := file.ReadAt(part[:n], end-n); err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
		copy(part[n:], rest)
		end -= n
		for {
			i := bytes.LastIndexByte(part, '\n')
			if i < 0 && end > 0 {
				break
			}
			line := part[i+1:]
			part = part[:max(0, i)]
			if !half && len(line) > 0 {
				on, err := f(line)
				if err != nil {
					return err
				}
				if !on {
					return errEnough
				}
			}
			half = false
			if i < 0 {
				break
			}
		}
		rest = part
	}
	return nil
}
