package wall

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func printed(t testing.TB, l Layout) []byte {
	t.Helper()
	b, err := PDF(l)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pages are the sizes of a PDF's pages, in millimetres.
func pages(b []byte) []string {
	var out []string
	box := regexp.MustCompile(`/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]`).FindSubmatch(b)
	own := regexp.MustCompile(`(?s)/Type /Page\n(.*?)/Contents`).FindAllSubmatch(b, -1)
	for _, p := range own {
		size := box
		if s := regexp.MustCompile(`/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]`).FindSubmatch(p[1]); s != nil {
			size = s
		}
		var w, h float64
		if _, err := fmt.Sscan(string(size[1]), &w); err != nil {
			return nil
		}
		if _, err := fmt.Sscan(string(size[2]), &h); err != nil {
			return nil
		}
		out = append(out, fmt.Sprintf("%.0fx%.0f", w*25.4/72, h*25.4/72))
	}
	return out
}

func TestPrintIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model, size, page string
		pages             int
	}{{"rheumatoid", "a0", "1189x841", 1}, {"languages", "a3", "420x297", 1}, {"empty", "a1", "841x594", 1}, {"rheumatoid", "a4-tiles", "297x210", 9}} {
		a, b := printed(t, Lay(model(t, c.model), size(t, c.size))), printed(t, Lay(model(t, c.model), size(t, c.size)))
		if !bytes.Equal(a, b) {
			t.Errorf("%s on %s is another file each time", c.model, c.size)
		}
		got := pages(a)
		if len(got) != c.pages {
			t.Errorf("%s on %s has pages %v", c.model, c.size, got)
		}
		for _, p := range got {
			if p != c.page {
				t.Errorf("%s on %s has a page of %s", c.model, c.size, p)
			}
		}
		if !bytes.HasPrefix(a, []byte("%PDF-")) || !bytes.HasSuffix(a, []byte("%%EOF\n")) {
			t.Errorf("%s on %s is not a whole PDF", c.model, c.size)
		}
	}
	dated := printed(t, Lay(model(t, "rheumatoid"), size(t, "a3")))
	if !bytes.Contains(dated, []byte("/CreationDate (D:20261121204500")) {
		t.Error("the file's date is not that of its numbers")
	}
}

func TestAPictureIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	l := Lay(model(t, "rheumatoid"), size(t, "a3"))
	a, err := PNG(l, 60)
	if err != nil {
		t.Fatal(err)
	}
	b, err := PNG(l, 60)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the picture is another one each time")
	}
	m, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Bounds().Size(); got != image.Pt(992, 702) {
		t.Error(got)
	}
	at := func(x, y float64) uint32 {
		r, g, b, _ := m.At(int(x*60/25.4), int(y*60/25.4)).RGBA()
		return r>>8<<16 | g>>8<<8 | b>>8
	}
	if got := at(1, 1); got != Paper.rgb() {
		t.Errorf("the corner is #%06x", got)
	}
	for _, x := range l.Boxes {
		if x.ID == "waits" && x.Kind == "moment" {
			if got := at(x.X+x.W/2, x.Bottom()-1); got != heat(5).rgb() {
				t.Errorf("the hottest card is #%06x", got)
			}
		}
	}
}

func TestLinesAreDrawnFullWhereTheirPiecesMeet(t *testing.T) {
	t.Parallel()
	var p Path
	p.move(5, 20)
	p.curve(5, 5, 35, 5, 35, 20)
	l := Layout{Size: Size{W: 40, H: 30}, Marks: []Mark{{Shape: &Shape{Path: p, Stroke: Ink1, Width: 3}}}}
	m, err := Picture(l, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range flatten(p)[0] {
		r, _, _, _ := m.At(int(q.x*200/25.4), int(q.y*200/25.4)).RGBA()
		if r>>8 != Ink1.rgb()>>16 {
			t.Fatalf("at %v the line has a hole", q)
		}
	}
}

func TestAPictureIsBounded(t *testing.T) {
	t.Parallel()
	l := Lay(model(t, "empty"), size(t, "a0"))
	for _, dpi := range []int{-1, 5, 300, 1 << 30} {
		if _, err := PNG(l, dpi); err == nil || !strings.Contains(err.Error(), "10 to 152 dots") {
			t.Errorf("%d: %v", dpi, err)
		}
	}
}

func TestSheetsMakeAPosterAgain(t *testing.T) {
	t.Parallel()
	s := size(t, "a4-tiles")
	for r := range s.Rows {
		for c := range s.Columns {
			at := s.sheet(r, c)
			if c > 0 && s.sheet(r, c-1).Right()-at.X != sheetOverlap || r > 0 && s.sheet(r-1, c).Bottom()-at.Y != sheetOverlap {
				t.Errorf("sheet %d %d does not share a strip with its neighbours", r, c)
			}
			if at.W+2*sheetMargin != 297 || at.H+2*sheetMargin != 210 {
				t.Errorf("sheet %d %d does not fit on A4", r, c)
			}
		}
	}
	first, last := s.sheet(0, 0), s.sheet(s.Rows-1, s.Columns-1)
	if first.X != 0 || first.Y != 0 || last.Right() != s.W || last.Bottom() != s.H {
		t.Error("the sheets do not cover the poster")
	}
	l := Lay(model(t, "empty"), s)
	if _, err := SVG(l); err == nil || !strings.Contains(err.Error(), "choose pdf") {
		t.Error(err)
	}
	if _, err := PNG(l, 0); err == nil || !strings.Contains(err.Error(), "choose pdf") {
		t.Error(err)
	}
}

// The same layout is drawn everywhere: each surface is asked for the same texts, in the same order.
func TestSurfacesAreToldTheSame(t *testing.T) {
	t.Parallel()
	l := Lay(model(t, "rheumatoid"), size(t, "a3"))
	heard := &listener{}
	Draw(l, heard)
	if heard.depth != 0 || heard.boxes != len(l.Boxes) {
		t.Errorf("boxes are not closed: %d open, %d of %d told", heard.depth, heard.boxes, len(l.Boxes))
	}
	s := drawn(t, l)
	for _, x := range heard.texts {
		if !strings.Contains(s, ">"+escaped(x)+"</text>") {
			t.Errorf("the drawing lacks %q", x)
		}
	}
}

type listener struct {
	depth, boxes int
	texts        []string
}

func (h *listener) Open(Box)                             { h.depth++; h.boxes++ }
func (h *listener) Close()                               { h.depth-- }
func (h *listener) Area(Path, Ink)                       {}
func (h *listener) Stroke(Path, Ink, float64, []float64) {}
func (h *listener) Text(t Text)                          { h.texts = append(h.texts, t.S) }

// TestLookAtThem writes posters to look at into the folder that ATTUNE_WALL_LOOK names.
func TestLookAtThem(t *testing.T) {
	folder := os.Getenv("ATTUNE_WALL_LOOK")
	if folder == "" {
		t.Skip("set ATTUNE_WALL_LOOK to a folder to look at the posters")
	}
	for _, name := range models() {
		for _, s := range Sizes() {
			l := Lay(model(t, name), s)
			t.Log(name, s.Name, l.Warnings)
			put(t, filepath.Join(folder, name+"-"+s.Name+".pdf"), printed(t, l))
			if s.Tiled() {
				continue
			}
			put(t, filepath.Join(folder, name+"-"+s.Name+".svg"), []byte(drawn(t, l)))
			b, err := PNG(l, map[string]int{"a0": 75, "a1": 85, "a3": 150}[s.Name])
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(folder, name+"-"+s.Name+".png"), b)
		}
	}
}

func put(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
