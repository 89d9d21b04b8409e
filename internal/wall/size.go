package wall

import (
	"fmt"
	"strings"
)

// Size is the paper, in millimetres.
type Size struct {
	Name string  `json:"name"`
	W    float64 `json:"w"`
	H    float64 `json:"h"`
	// Type is how large the type is against that of A0. It shrinks less than the paper, since a small poster is read
	// from nearer; what then has no room is left out, and said so.
	Type float64 `json:"type"`
	// Columns and Rows are of how many A4 sheets it is made, where it is made of several.
	Columns int `json:"columns,omitempty"`
	Rows    int `json:"rows,omitempty"`
}

// Tiled tells that the poster is printed on several sheets.
func (s Size) Tiled() bool { return s.Columns > 0 }

// A sheet of a tiled poster is A4 on its long side. What it shows is smaller by a margin all round, which no
// printer needs, and sheets share a strip, by which they are glued.
const (
	sheetW, sheetH = 297.0, 210.0
	sheetMargin    = 12.0
	sheetOverlap   = 10.0
)

// sheet is the part of the poster that a sheet shows.
func (s Size) sheet(row, column int) Rect {
	w, h := sheetW-2*sheetMargin, sheetH-2*sheetMargin
	return Rect{float64(column) * (w - sheetOverlap), float64(row) * (h - sheetOverlap), w, h}
}

// Sizes are all there are. The tiled one is as large as three by three sheets make it, so none is wasted: a little less
// than A1.
func Sizes() []Size {
	across := func(n int, side float64) float64 {
		return float64(n)*(side-2*sheetMargin-sheetOverlap) + sheetOverlap
	}
	return []Size{
		{Name: "a0", W: 1189, H: 841, Type: 1},
		{Name: "a1", W: 841, H: 594, Type: 0.715},
		{Name: "a3", W: 420, H: 297, Type: 0.365},
		{Name: "a4-tiles", W: across(3, sheetW), H: across(3, sheetH), Type: 0.66, Columns: 3, Rows: 3},
	}
}

// SizeOf is the size of that name.
func SizeOf(name string) (Size, error) {
	var names []string
	for _, s := range Sizes() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Size{}, fmt.Errorf("there is no size %q: choose one of %s", name, strings.Join(names, ", "))
}
