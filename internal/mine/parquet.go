package mine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"attune/core/source"
)

// readParquet reads a Parquet file, groups of rows side by side.
func readParquet(ctx context.Context, f *os.File, file string, how *Reading, problems *source.Problems) (*Log, error) {
	here := source.Pos{File: file, Line: 1, Column: 1}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true), parquet.ReadBufferSize(1<<20))
	if err != nil {
		problems.Add(here, "write or copy it again", "this Parquet file cannot be read: %v", err)
		return nil, nil
	}
	var header []string
	var leaves []*parquet.Column
	for _, c := range p.Root().Columns() {
		header, leaves = append(header, c.Name()), append(leaves, c)
	}
	col := how.find(file, header, problems)
	if !problems.Empty() {
		return nil, nil
	}
	var used []int
	for _, i := range []int{col.kase, col.activity, col.timestamp, col.who, col.lifecycle, col.order, col.by} {
		if i >= 0 && (!leaves[i].Leaf() || leaves[i].Repeated()) {
			problems.Add(here, "name a column of plain values", "the column %q is a list or a structure", header[i])
			return nil, nil
		}
		used = append(used, i)
	}

	groups := p.RowGroups()
	count := max(1, min(runtime.GOMAXPROCS(0), len(groups), 16))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		mu      sync.Mutex
		next    int
		read    int
		failed  error
		workers = make([]*worker, count)
		batches = make([]*batch, len(groups))
		wrongs  int
		wg      sync.WaitGroup
	)
	first := make([]int, len(groups)) // the number of each group's first row
	for i := 1; i < len(groups); i++ {
		first[i] = first[i-1] + int(groups[i-1].NumRows())
	}
	for i := range workers {
		w := newWorker(how)
		workers[i] = w
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				n := next
				next++
				mu.Unlock()
				if n >= len(groups) {
					return
				}
				g := group{worker: w, index: i, how: how, col: &col, clock: clock{zone: how.Zone}}
				err := g.read(ctx, groups[n], leaves, used)
				mu.Lock()
				batches[n] = g.batch
				for _, x := range g.wrong {
					if wrongs++; wrongs <= mostProblems {
						problems.Add(source.Pos{File: file, Line: first[n] + x.line, Column: x.column + 1}, x.hint, "%s: %s", called(header, x.column), x.what)
					}
				}
				if err != nil {
					failed = err
				}
				if err != nil || wrongs >= mostProblems {
					stop()
				}
				if read += int(groups[n].NumRows()); how.Progress != nil {
					how.Progress(read)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if !problems.Empty() {
		return nil, nil
	}
	if failed != nil {
		if errors.Is(failed, context.Canceled) {
			return nil, failed
		}
		problems.Add(here, "write or copy it again", "this Parquet file cannot be read: %v", failed)
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return assemble(workers, batches, how), nil
}

// group reads a group of rows.
type group struct {
	*worker
	index int
	how   *Reading
	col   *roles
	clock clock
	batch *batch
	wrong []placedWrong
}

// chunk is how many values of each column are looked at at once.
const chunk = 4096

func (g *group) read(ctx context.Context, rg parquet.RowGroup, leaves []*parquet.Column, used []int) error {
	n := int(rg.NumRows())
	b := &batch{worker: g.index, cases: make([]uint32, 0, n), act: make([]uint16, 0, n), at: make([]int64, 0, n)}
	g.batch = b
	columns := make([]*column, len(used))
	for i, c := range used {
		if c < 0 {
			continue
		}
		columns[i] = newColumn(rg.ColumnChunks()[leaves[c].Index()], leaves[c])
		defer columns[i].close()
	}
	for done := 0; done < n; {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := min(chunk, n-done)
		for _, c := range columns {
			if c == nil {
				continue
			}
			if err := c.fill(m); err != nil {
				return err
			}
		}
		text := func(i, j int) []byte {
			if columns[i] == nil {
				return nil
			}
			return columns[i].text(j)
		}
		for j := range m {
			r := row{text(0, j), text(1, j), text(2, j), text(3, j), text(4, j), text(5, j), text(6, j)}
			if w := g.take(b, &r, g.col, g.how, &g.clock); w != nil {
				if g.wrong = append(g.wrong, placedWrong{done + j + 1, *w}); len(g.wrong) >= mostProblems {
					return nil
				}
			}
		}
		done += m
	}
	return nil
}

// column reads the values of one column.
type column struct {
	pages  parquet.Pages
	values parquet.ValueReader
	page   parquet.Page
	have   []parquet.Value
	print  func(parquet.Value, []byte) []byte // nil where values are texts already
	spare  []byte
}

func newColumn(c parquet.ColumnChunk, leaf *parquet.Column) *column {
	return &column{pages: c.Pages(), print: written(leaf), have: make([]parquet.Value, 0, chunk)}
}

func (c *column) close() {
	parquet.Release(c.page)
	_ = c.pages.Close()
}

// fill reads n values. Texts stay as they are until the next call.
func (c *column) fill(n int) error {
	c.have = c.have[:0]
	c.spare = c.spare[:0]
	for len(c.have) < n {
		if c.values == nil {
			if c.page != nil && len(c.have) > 0 { // its values are still in use
				for i := range c.have {
					c.have[i] = c.have[i].Clone()
				}
			}
			parquet.Release(c.page)
			c.page = nil
			page, err := c.pages.ReadPage()
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			c.page, c.values = page, page.Values()
		}
		m, err := c.values.ReadValues(c.have[len(c.have):n])
		c.have = c.have[:len(c.have)+m]
		switch {
		case errors.Is(err, io.EOF):
			c.values = nil
		case err != nil:
			return err
		}
	}
	return nil
}

// text is a value as it would stand in a CSV file. Nothing is empty.
func (c *column) text(i int) []byte {
	v := c.have[i]
	if v.IsNull() {
		return nil
	}
	if c.print == nil {
		return v.ByteArray()
	}
	at := len(c.spare)
	c.spare = c.print(v, c.spare)
	return c.spare[at:]
}

// written tells how a column's values are written. Days and times are those of UTC, unless the file says
// that they name no zone.
func written(leaf *parquet.Column) func(parquet.Value, []byte) []byte {
	t := leaf.Type()
	kind := t.Kind()
	switch l := annotation(t).(type) {
	case *format.TimestampType:
		unit := time.Millisecond
		if l.Unit.Value != nil {
			unit = l.Unit.Value.Duration()
		}
		layout := "2006-01-02T15:04:05.999999999"
		if l.IsAdjustedToUTC {
			layout += "Z"
		}
		return func(v parquet.Value, b []byte) []byte {
			n, each := v.Int64(), int64(time.Second/unit)
			return time.Unix(n/each, n%each*int64(unit)).UTC().AppendFormat(b, layout)
		}
	case *format.DateType:
		return func(v parquet.Value, b []byte) []byte {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(b, "2006-01-02")
		}
	case *format.DecimalType:
		if kind != parquet.Int32 && kind != parquet.Int64 {
			break
		}
		one := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(l.Scale)), nil)
		return func(v parquet.Value, b []byte) []byte {
			n := v.Int64()
			if kind == parquet.Int32 {
				n = int64(v.Int32())
			}
			return append(b, new(big.Rat).SetFrac(big.NewInt(n), one).FloatString(int(l.Scale))...)
		}
	}
	switch kind {
	case parquet.ByteArray, parquet.FixedLenByteArray:
	case parquet.Boolean:
		return func(v parquet.Value, b []byte) []byte { return strconv.AppendBool(b, v.Boolean()) }
	case parquet.Int32:
		return func(v parquet.Value, b []byte) []byte { return strconv.AppendInt(b, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(v parquet.Value, b []byte) []byte { return strconv.AppendInt(b, v.Int64(), 10) }
	case parquet.Int96:
		return func(v parquet.Value, b []byte) []byte {
			n := v.Int96() // nanoseconds of the day, and the Julian day
			nano := int64(n[1])<<32 | int64(n[0])
			return time.Unix((int64(n[2])-2440588)*86400, nano).UTC().AppendFormat(b, "2006-01-02T15:04:05.999999999Z")
		}
	case parquet.Float:
		return func(v parquet.Value, b []byte) []byte {
			return strconv.AppendFloat(b, float64(v.Float()), 'g', -1, 32)
		}
	case parquet.Double:
		return func(v parquet.Value, b []byte) []byte { return strconv.AppendFloat(b, v.Double(), 'g', -1, 64) }
	}
	return nil
}

// annotation is what a column's values mean, also where an older writer said it in the older way.
func annotation(t parquet.Type) format.LogicalTypeValue {
	if l := t.LogicalType(); l != nil {
		return l.Value
	}
	old := t.ConvertedType()
	switch {
	case old == nil:
	case *old == deprecated.TimestampMillis:
		return &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.MilliSeconds{}}}
	case *old == deprecated.TimestampMicros:
		return &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.MicroSeconds{}}}
	case *old == deprecated.Date:
		return &format.DateType{}
	}
	return nil
}
