package tables

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func TestAListOfAResultIsATable(t *testing.T) {
	t.Parallel()
	all, err := Of([]byte(`{"note":"n","days":30,"rate":{"low":0.5},"none":null,
		"phases":[{"program":"a","entered":3,"stay":{"median":2}},{"program":"b","entered":4,"late":true}],
		"hours":[7,8],
		"weeks":[{"day":"d1","messages":[{"name":"sms","count":1},{"name":"email","count":2,"day":"x"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"phases":         "program,entered,stay_median,late\na,3,2,\nb,4,,true\n",
		"hours":          "n,value\n0,7\n1,8\n",
		"weeks":          "day\nd1\n",
		"weeks_messages": "weeks_row,day,name,count,its_day\n1,d1,sms,1,\n1,d1,email,2,x\n",
		"whole":          "what,value_text,value\nnote,n,\ndays,,30\nrate_low,,0.5\n",
	}
	if len(all) != len(want) {
		t.Errorf("%d tables, not %d", len(all), len(want))
	}
	for _, x := range all {
		var b bytes.Buffer
		if err := x.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		if b.String() != want[x.ID] {
			t.Errorf("%s is\n%s\nnot\n%s", x.ID, b.String(), want[x.ID])
		}
	}
	for _, bad := range []string{``, `1`, `{"a":1} 2`, `{"a":`, `{"a":1e999}`} {
		if _, err := Of([]byte(bad)); err == nil {
			t.Errorf("%q makes tables", bad)
		}
	}
}

// Whatever a result is, each of its numbers is in the tables once, and CSV and Parquet have the same.
func TestNoNumberIsLeftOut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 300 {
		result, err := json.Marshal(anything(random, 3))
		if err != nil {
			t.Fatal(err)
		}
		sameNumbers(t, fmt.Sprintf("round %d", round), result)
		sameNumbers(t, fmt.Sprintf("a list, round %d", round), append(append([]byte("["), result...), ']'))
	}
}

// anything is an object at random.
func anything(r *rand.Rand, deep int) map[string]any {
	out := map[string]any{}
	for k := range 1 + r.IntN(5) {
		name := string(rune('a' + k))
		switch kind := r.IntN(7); {
		case kind == 0:
			out[name] = fmt.Sprint("text ", r.IntN(9))
		case kind == 1:
			out[name] = r.IntN(2) == 0
		case kind == 2:
			out[name] = nil
		case kind == 3 && deep > 0:
			out[name] = anything(r, deep-1)
		case kind == 4 && deep > 0:
			list := []any{}
			for range r.IntN(4) {
				list = append(list, anything(r, deep-1))
			}
			out[name] = list
		case kind == 5:
			out[name] = []any{r.Float64(), []any{r.Float64(), "x"}}
		default:
			out[name] = r.NormFloat64()
		}
	}
	return out
}

func sameNumbers(t *testing.T, what string, result []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(result, &v); err != nil {
		t.Fatal(err)
	}
	var want, got, parqueted []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case float64:
			want = append(want, fmt.Sprint(v))
		}
	}
	walk(v)
	var b bytes.Buffer
	if err := ZipResult(&b, result); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, result)
	}
	all, err := Of(result)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if !bytes.Equal(file("result.json"), result) {
		t.Errorf("%s: the result is not beside its tables", what)
	}
	own := func(c string) bool {
		return c != "n" && c != "row" && !strings.HasSuffix(c, "_row") && c != "its_row" && c != "its_n"
	}
	for _, x := range all {
		lines, err := csv.NewReader(bytes.NewReader(file(x.ID + ".csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != len(x.Rows)+1 {
			t.Fatalf("%s: %s has %d lines of %d", what, x.ID, len(lines)-1, len(x.Rows))
		}
		for i, row := range x.Rows {
			for k, c := range x.Columns {
				if !c.Text && lines[i+1][k] != "" && own(c.Name) {
					got = append(got, fmt.Sprint(*row[k].Number))
				}
			}
		}
		text := file(x.ID + ".parquet")
		f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatalf("%s, %s: %v", what, x.ID, err)
		}
		for _, g := range f.RowGroups() {
			rows := g.Rows()
			buffer := make([]parquet.Row, 1)
			for {
				n, err := rows.ReadRows(buffer)
				for _, r := range buffer[:n] {
					for _, v := range r {
						if v.Kind() == parquet.Double && own(f.Schema().Columns()[v.Column()][0]) {
							parqueted = append(parqueted, fmt.Sprint(v.Double()))
						}
					}
				}
				if err != nil {
					break
				}
			}
			_ = rows.Close()
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	slices.Sort(parqueted)
	if !slices.Equal(want, got) || !slices.Equal(want, parqueted) {
		t.Errorf("%s: numbers %d, in CSV %d, in Parquet %d:\n%s", what, len(want), len(got), len(parqueted), result)
	}
}

// Whatever is given for a result is refused, or makes tables in which each line has a cell for each column, and no two columns one name.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `[{"a":[{"a":1},{"a":"x"}]}]`, `{"a":[1,[2,"x"]],"b":{"c":true}}`, `[[[1]]]`, `{"a":[{"a_row":1,"b":[{"c":2}]}]}`, `{"a":1e999}`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, result []byte) {
		all, err := Of(result)
		if err != nil {
			return
		}
		for _, x := range all {
			names := map[string]bool{}
			for _, c := range x.Columns {
				if names[c.Name] {
					t.Errorf("%q has two columns %q", x.ID, c.Name)
				}
				names[c.Name] = true
			}
			for _, row := range x.Rows {
				if len(row) != len(x.Columns) {
					t.Errorf("%q has %d columns and a line of %d", x.ID, len(x.Columns), len(row))
				}
			}
			if err := x.WriteCSV(io.Discard); err != nil {
				t.Error(err)
			}
		}
	})
}
