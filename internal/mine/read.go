package mine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/source"
)

// Reading says how a log is read.
type Reading struct {
	// Case, Activity and Timestamp name the columns that every log has.
	Case, Activity, Timestamp string
	// Resource names the column that tells who did it. Empty means "resource", where there is one.
	Resource string
	// Order names a column of numbers that tells which of the events of a case at the same time came
	// first. Empty means the order of rows.
	Order string
	// Lifecycle reads only rows with this value in the column LifecycleColumn, in whatever case. Empty
	// reads all.
	Lifecycle, LifecycleColumn string
	// By names a column by whose values answers are taken apart.
	By string
	// Zone is that of times without one; nil is UTC.
	Zone *instant.Zone
	// Incomplete passes over rows without a case, an activity or a time, which are an error otherwise.
	Incomplete bool
	// Progress hears how many rows were read. Nil is fine. It is called by one goroutine at a time.
	Progress func(rows int)

	hasWho bool
	piece  int // how much of a file is read at a time
}

func (r *Reading) defaults() {
	for name, to := range map[string]*string{"case_id": &r.Case, "activity": &r.Activity, "timestamp": &r.Timestamp, "lifecycle": &r.LifecycleColumn} {
		if *to == "" {
			*to = name
		}
	}
	if r.piece == 0 {
		r.piece = defaultPiece
	}
}

// mostProblems is after how many a file is not read any further.
const mostProblems = 20

// mostActivities is how many may be told apart.
const mostActivities = 1 << 16

// Read reads a log. Problems are faults in the file or in what was asked for, in the order of lines;
// the log is nil then. An error is a file that could not be read.
func Read(ctx context.Context, path string, how Reading) (*Log, []source.Problem, error) {
	how.defaults()
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the log: %w", err)
	}
	defer f.Close()
	magic := make([]byte, 4)
	n, err := io.ReadFull(f, magic)
	if err != nil && n == 0 && err != io.EOF {
		return nil, nil, fmt.Errorf("read the log: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("read the log: %w", err)
	}
	var l *Log
	var problems source.Problems
	if bytes.Equal(magic, []byte("PAR1")) {
		l, err = readParquet(ctx, f, path, &how, &problems)
	} else {
		l, err = readCSV(ctx, f, path, bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}), &how, &problems)
	}
	if err != nil {
		return nil, nil, err
	}
	if !problems.Empty() {
		return nil, problems.List(), nil
	}
	if l.Events() == 0 {
		what, hint := "there are no events after the header", ""
		if how.Lifecycle != "" {
			what, hint = fmt.Sprintf("no row has %q in the column %q", how.Lifecycle, how.LifecycleColumn), "leave --lifecycle out, or name another value"
		}
		problems.Add(source.Pos{File: path, Line: 1, Column: 1}, hint, "%s", what)
		return nil, problems.List(), nil
	}
	return l, nil, nil
}

// roles are the places of the columns that are read; -1 is none.
type roles struct{ kase, activity, timestamp, who, lifecycle, order, by int }

// find looks up the columns, and notes those that are not there.
func (r *Reading) find(file string, header []string, problems *source.Problems) roles {
	at := func(name string) int { return slices.Index(header, name) }
	need := func(name, what, flag string) int {
		i := at(name)
		if i < 0 {
			hint := fmt.Sprintf("name the column that has %s with --%s", what, flag)
			if near := source.Suggest(name, header); near != "" {
				hint += "; " + near
			}
			problems.Add(source.Pos{File: file, Line: 1, Column: 1}, hint, "there is no column %q", name)
		}
		return i
	}
	c := roles{who: -1, order: -1, by: -1, lifecycle: at(r.LifecycleColumn)}
	c.kase = need(r.Case, "the case", "case")
	c.activity = need(r.Activity, "the activity", "activity")
	c.timestamp = need(r.Timestamp, "the time", "timestamp")
	if r.Resource != "" {
		c.who = need(r.Resource, "who did it", "resource")
	} else {
		c.who = at("resource")
	}
	if r.Order != "" {
		c.order = need(r.Order, "the order of events at the same time", "order")
	}
	if r.Lifecycle != "" && c.lifecycle < 0 {
		need(r.LifecycleColumn, "the stage of an activity", "lifecycle-column")
	}
	if r.By != "" {
		c.by = need(r.By, "the attribute", "by")
	}
	r.hasWho = c.who >= 0
	for i, name := range header {
		if j := at(name); j < i && slices.Contains([]int{c.kase, c.activity, c.timestamp, c.who, c.lifecycle, c.order, c.by}, j) {
			problems.Add(source.Pos{File: file, Line: 1, Column: 1}, "leave one out, or call it otherwise", "there are two columns %q", name)
		}
	}
	return c
}

// row is what of a row is used.
type row struct{ kase, activity, timestamp, who, lifecycle, order, by []byte }

// wrong is a fault in a row.
type wrong struct {
	column int // of the file, from 0
	what   string
	hint   string
}

// take adds a row to a batch.
func (w *worker) take(b *batch, r *row, c *roles, how *Reading, k *clock) *wrong {
	if how.Lifecycle != "" {
		if !bytes.EqualFold(r.lifecycle, []byte(how.Lifecycle)) {
			return nil
		}
	}
	if len(r.kase) == 0 || len(r.activity) == 0 || len(r.timestamp) == 0 {
		if how.Incomplete {
			w.incomplete++
			return nil
		}
		hint := "fill it in, or pass over such rows with --skip-incomplete"
		switch {
		case len(r.kase) == 0:
			return &wrong{c.kase, "there is no case", hint}
		case len(r.activity) == 0:
			return &wrong{c.activity, "there is no activity", hint}
		}
		return &wrong{c.timestamp, "there is no time", hint}
	}
	at, bare, ok := k.read(r.timestamp)
	if !ok {
		return &wrong{c.timestamp, "this is no time", "write it as 2026-11-23T10:04:05Z; without a zone it is taken as --zone says"}
	}
	var order float64
	if how.Order != "" {
		if order, ok = number(r.order); !ok {
			return &wrong{c.order, "this is no number", "an order is told by numbers"}
		}
	}
	act := w.activities.of(r.activity)
	if act >= mostActivities {
		return &wrong{c.activity, fmt.Sprintf("there are more than %d activities", mostActivities), "is this the column of the activity? Name it with --activity"}
	}
	if bare {
		w.zoneless++
	}
	if how.Lifecycle == "" && c.lifecycle >= 0 && len(r.lifecycle) > 0 {
		if w.lifecycles.of(r.lifecycle) > 64 {
			w.lifecycles = names{}
		}
	}
	b.cases = append(b.cases, w.cases.of(r.kase))
	b.act = append(b.act, uint16(act))
	b.at = append(b.at, at)
	if c.who >= 0 {
		b.who = append(b.who, w.who.of(r.who))
	}
	if c.by >= 0 {
		b.is = append(b.is, w.is.of(r.by))
	}
	if c.order >= 0 {
		b.order.add(order)
	}
	return nil
}

// called is a column's name in an error.
func called(header []string, i int) string {
	if i < 0 || i >= len(header) {
		return "?"
	}
	return strings.TrimSpace(header[i])
}
