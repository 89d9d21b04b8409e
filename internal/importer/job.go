package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"attune/internal/clinical"
	"attune/internal/csvmap"
	"attune/internal/intake"
	"attune/internal/records"
)

// Book takes entries in, and passes events on that come as they are. *records.Book is one.
type Book interface {
	Take(ctx context.Context, s records.Source, entries []clinical.Entry) (records.Took, error)
	Pass(ctx context.Context, s records.Source, arrivals []intake.Arrival) (records.Took, error)
}

// Item is what one piece of a file says: a resource, a row, a call.
type Item struct {
	// Type is what the piece is, such as Encounter.
	Type string
	// Entries are what it says about people, and Arrivals events that are to be taken as they are.
	Entries  []clinical.Entry
	Arrivals []intake.Arrival
	// Skipped tells that nothing is told of such pieces.
	Skipped bool
	// Problem is why it cannot be read; the others can.
	Problem *Problem
}

// Problem is what is wrong with a piece of a file. It repeats nothing of the content.
type Problem struct {
	File string `json:"file"`
	// Place is where in the file: a line, or an entry of a Bundle.
	Place  string `json:"place"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// Reader reads a file piece by piece; after the last it returns io.EOF. Any other error ends the file.
type Reader interface {
	Next() (Item, error)
}

// Job is one import.
type Job struct {
	Source records.Source
	Book   Book
	// Resources reads FHIR.
	Resources *Resources
	// Tables says how CSV files are read; nil where none can be.
	Tables *csvmap.Map
	// Exports are servers that are asked for what they have.
	Exports []Export
	// Doubts is told of people who share an identifier by which people are recognised; may be nil.
	Doubts func([]records.Doubt) error
	// Progress is told after each batch; may be nil.
	Progress func(Progress)
	// Now is the clock of the report's durations.
	Now func() time.Time
}

// Progress is how far a job has come.
type Progress struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	Of    int64  `json:"of"`
	Items int    `json:"items"`
	records.Counts
}

// batchSize is how many entries are given to the book at a time.
const batchSize = 4000

// Run reads the files and returns what became of them. What was given before an error stays; running the job again
// goes on from there.
func (j *Job) Run(ctx context.Context, files []File) (*Report, error) {
	began := j.Now()
	r := newReport(j.Source.Name)
	p := Progress{}
	for i := range j.Exports {
		more, err := j.Exports[i].Files(ctx)
		if err != nil {
			return r, err
		}
		files = append(files, more...)
	}
	for _, f := range files {
		p.Of += f.Size
	}
	if err := j.recall(ctx, files); err != nil {
		return r, err
	}
	var read, unpacked atomic.Int64
	for _, f := range files {
		p.File = f.Name
		if err := j.file(ctx, f, r, &p, &read, &unpacked); err != nil {
			return r, err
		}
	}
	r.Codes, r.MoreCodes = j.Resources.Unknown()
	r.Notes = j.Resources.Notes()
	r.Bytes, r.Seconds = unpacked.Load(), j.Now().Sub(began).Seconds()
	return r, nil
}

// recall goes through the files in which resources of all types may be in any order, for those that others point to.
func (j *Job) recall(ctx context.Context, files []File) error {
	for again, rounds := true, 0; again && rounds < 2; rounds++ {
		again = false
		for i := range files {
			if !files[i].mixed {
				continue
			}
			content, err := files[i].open(ctx, nil, nil)
			if err != nil {
				return err
			}
			again = j.Resources.recall(content) || again
			if err := errors.Join(content.Close(), ctx.Err()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *Job) file(ctx context.Context, f File, r *Report, p *Progress, read, unpacked *atomic.Int64) error {
	content, err := f.open(ctx, read, unpacked)
	if err != nil {
		return err
	}
	defer content.Close()
	in, err := j.open(f, content)
	if err != nil {
		return err
	}
	r.Files++
	var entries []clinical.Entry
	var arrivals []intake.Arrival
	give := func() error {
		if err := j.give(ctx, r, entries, arrivals); err != nil {
			return fmt.Errorf("import %s: %w", f.Name, err)
		}
		entries, arrivals = entries[:0], arrivals[:0]
		p.Bytes, p.Items, p.Counts = read.Load(), r.Items, r.Counts
		if j.Progress != nil {
			j.Progress(*p)
		}
		return ctx.Err()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for some := range ahead(ctx, in) {
		for i := range some.items {
			item := &some.items[i]
			r.item(f.Name, item)
			entries, arrivals = append(entries, item.Entries...), append(arrivals, item.Arrivals...)
		}
		if len(entries)+len(arrivals) >= batchSize || some.err != nil {
			if err := give(); err != nil {
				return err
			}
		}
		if some.err != nil && !errors.Is(some.err, io.EOF) {
			return fmt.Errorf("import %s: %w", f.Name, some.err)
		}
	}
	return ctx.Err()
}

// some are pieces that were read, and why no more come.
type some struct {
	items []Item
	err   error
}

// ahead reads a file while what was read before is taken in.
func ahead(ctx context.Context, in Reader) <-chan some {
	out := make(chan some, 2)
	go func() {
		defer close(out)
		for {
			var s some
			for len(s.items) < 256 && s.err == nil {
				var item Item
				if item, s.err = in.Next(); s.err == nil {
					s.items = append(s.items, item)
				}
			}
			select {
			case out <- s:
			case <-ctx.Done():
				return
			}
			if s.err != nil {
				return
			}
		}
	}()
	return out
}

// give hands a batch over, waiting for as long as too much waits to be lived through.
func (j *Job) give(ctx context.Context, r *Report, entries []clinical.Entry, arrivals []intake.Arrival) error {
	taking := func(take func() (records.Took, error)) error {
		return patiently(ctx, func() error {
			took, err := take()
			if err != nil {
				return err
			}
			r.took(&took)
			if len(took.Doubts) > 0 && j.Doubts != nil {
				return j.Doubts(took.Doubts)
			}
			return nil
		})
	}
	if len(entries) > 0 {
		if err := taking(func() (records.Took, error) { return j.Book.Take(ctx, j.Source, entries) }); err != nil {
			return err
		}
	}
	if len(arrivals) == 0 {
		return nil
	}
	return taking(func() (records.Took, error) { return j.Book.Pass(ctx, j.Source, arrivals) })
}

// patiently tries again for as long as somebody is busy.
func patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		var busy *intake.BusyError
		if !errors.As(err, &busy) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(busy.RetryAfter, 100*time.Millisecond)):
		}
	}
}
