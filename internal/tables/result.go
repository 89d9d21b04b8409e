package tables

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// whole is the table of what stands in no list.
const whole = "whole"

// Of makes tables of a result that is written as JSON. What stands in no list is in the table "whole", a line each; a result that is a list itself is called list. A list of objects is a
// table, which is called as the way to it; what an object in it has inside stands in its columns, with the ways to it joined by _. A list
// within such an object is a table of its own, whose lines begin with the texts of the object and with its number in its own list, from 1
// on (NAME_row). A list of numbers or of texts is a table of them with their places, from 0 on (n). Nothing is left out but null.
func Of(result []byte) ([]*Table, error) {
	d := json.NewDecoder(bytes.NewReader(result))
	d.UseNumber()
	v, err := read(d)
	if err != nil {
		return nil, fmt.Errorf("read the result: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the result: something stands behind it")
	}
	m := &maker{by: map[string]*making{}}
	var lines []line
	switch root := v.(type) {
	case object:
		err = m.flat(root, "", &lines, nil)
	case []any:
		err = m.list(root, "list", nil)
	default:
		err = errors.New("read the result: it is neither an object nor a list")
	}
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		m.add(whole, line{{"what", Cell{Text: l[0].name}, true}, {"value", l[0].Cell, l[0].text}})
	}
	return m.done(), nil
}

// object is an object of JSON with its fields in their order; what is read is one, a []any, a json.Number, a string, a bool or nil.
type object []member

type member struct {
	name  string
	value any
}

func read(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := read(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), v})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		l := []any{}
		for d.More() {
			v, err := read(d)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		_, err = d.Token()
		return l, err
	}
	return t, nil
}

// named is a cell of a column.
type named struct {
	name string
	Cell
	text bool
}

type line []named

type making struct {
	Table
	lines []line
}

type maker struct {
	by    map[string]*making
	order []string
}

func (m *maker) add(table string, l line) {
	t := m.by[table]
	if t == nil {
		t = &making{Table: Table{ID: table}}
		m.by[table], m.order = t, append(m.order, table)
	}
	t.lines = append(t.lines, l)
}

func join(way, name string) string {
	if way == "" {
		return name
	}
	return way + "_" + name
}

func cellOf(name string, v any) (named, error) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return named{name, Cell{Number: &f}, false}, err
	case bool:
		return named{name, Cell{Text: strconv.FormatBool(v)}, true}, nil
	case string:
		return named{name, Cell{Text: v}, true}, nil
	}
	return named{}, fmt.Errorf("%s is of a kind that no table has", name)
}

// flat says what an object has that stands in no list, a line each, and makes tables of its lists, whose lines begin with lead.
func (m *maker) flat(o object, way string, lines *[]line, lead line) error {
	for _, f := range o {
		at := join(way, f.name)
		switch v := f.value.(type) {
		case nil:
		case object:
			if err := m.flat(v, at, lines, lead); err != nil {
				return err
			}
		case []any:
			if err := m.list(v, at, lead); err != nil {
				return err
			}
		default:
			c, err := cellOf(at, v)
			if err != nil {
				return err
			}
			*lines = append(*lines, line{c})
		}
	}
	return nil
}

// list makes tables of a list.
func (m *maker) list(all []any, table string, lead line) error {
	for n, x := range all {
		switch x := x.(type) {
		case nil:
		case object:
			if err := m.row(x, table, n, lead); err != nil {
				return err
			}
		case []any:
			inner := float64(n + 1)
			if err := m.list(x, join(table, "of"), append(slices.Clip(lead), named{"row", Cell{Number: &inner}, false})); err != nil {
				return err
			}
		default:
			place := float64(n)
			c, err := cellOf("value", x)
			if err != nil {
				return err
			}
			m.add(table, append(slices.Clip(lead), named{"n", Cell{Number: &place}, false}, c))
		}
	}
	return nil
}

// row adds an object of a list to its table, and its own lists to theirs.
func (m *maker) row(o object, table string, n int, lead line) error {
	own := &maker{by: map[string]*making{}}
	var cells []line
	if err := own.flat(o, "", &cells, nil); err != nil {
		return err
	}
	row := slices.Clip(lead)
	number := float64(n + 1)
	next := append(slices.Clip(lead), named{table + "_row", Cell{Number: &number}, false})
	for _, c := range cells {
		row = append(row, distinct(row, c[0]))
		if c[0].text {
			next = append(next, distinct(next, c[0]))
		}
	}
	if len(cells) > 0 {
		m.add(table, row)
	}
	for _, name := range own.order {
		for _, l := range own.by[name].lines {
			full := slices.Clip(next)
			for _, c := range l {
				full = append(full, distinct(next, c))
			}
			m.add(join(table, name), full)
		}
	}
	return nil
}

// distinct gives a cell another name where what leads its line has one of that name already.
func distinct(lead line, c named) named {
	for slices.ContainsFunc(lead, func(x named) bool { return x.name == c.name }) {
		c.name = "its_" + c.name
	}
	return c
}

// done are the tables: their columns are all that any line has, in the order in which they came first.
func (m *maker) done() (out []*Table) {
	for _, id := range m.order {
		t := m.by[id]
		at := map[string]int{}
		for _, l := range t.lines {
			for _, c := range l {
				if _, known := at[key(c)]; !known {
					at[key(c)] = len(t.Columns)
					t.Columns = append(t.Columns, Column{c.name, c.text})
				}
			}
		}
		for i := range t.Columns { // a value may be a text here and a number there
			c := &t.Columns[i]
			for c.Text && slices.ContainsFunc(t.Columns, func(o Column) bool { return o != *c && o.Name == c.Name }) {
				c.Name += "_text"
			}
		}
		for _, l := range t.lines {
			row := make([]Cell, len(t.Columns))
			for _, c := range l {
				row[at[key(c)]] = c.Cell
			}
			t.Rows = append(t.Rows, row)
		}
		out = append(out, &t.Table)
	}
	return out
}

func key(c named) string {
	if c.text {
		return c.name + "\x00"
	}
	return c.name
}
