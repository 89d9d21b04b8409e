package wall

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pngMost bounds a picture, in dots: A0 at 150 to the inch, in 140 MB of memory.
const pngMost = 36_000_000

// PNG draws a layout as a picture of so many dots to the inch; 0 means 150, or fewer where that would be too many.
func PNG(l Layout, dpi int) ([]byte, error) {
	m, err := Picture(l, dpi)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&out, m); err != nil {
		return nil, fmt.Errorf("write the poster as PNG: %w", err)
	}
	return out.Bytes(), nil
}

// Picture is the poster in dots, before it is written.
func Picture(l Layout, dpi int) (*image.RGBA, error) {
	if l.Size.Tiled() {
		return nil, errTiles("PNG")
	}
	most := int(math.Sqrt(pngMost / (l.Size.W / 25.4 * l.Size.H / 25.4)))
	if dpi == 0 {
		dpi = min(150, most)
	}
	if dpi < 10 || dpi > most {
		return nil, fmt.Errorf("a picture of %s can have 10 to %d dots to the inch, not %d: for finer print choose pdf", l.Size.Name, most, dpi)
	}
	k := float64(dpi) / 25.4
	s := &pixels{k: k, m: image.NewRGBA(image.Rect(0, 0, int(math.Round(l.Size.W*k)), int(math.Round(l.Size.H*k)))), t: newTypesetter()}
	Draw(l, s)
	return s.m, nil
}

// pixels is a surface of dots.
type pixels struct {
	k float64 // dots to the millimetre
	m *image.RGBA
	t *typesetter
	r vector.Rasterizer
}

// Open does nothing: a picture has no parts.
func (s *pixels) Open(Box) {}

// Close does nothing.
func (s *pixels) Close() {}

// fill fills pieces of straight lines, all of which turn the same way where they overlap.
func (s *pixels) fill(pieces [][]point, ink Ink) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, piece := range pieces {
		for _, p := range piece {
			x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
		}
	}
	box := image.Rect(int(math.Floor(x0*s.k)), int(math.Floor(y0*s.k)), int(math.Ceil(x1*s.k))+1, int(math.Ceil(y1*s.k))+1).Intersect(s.m.Bounds())
	if len(pieces) == 0 || box.Empty() {
		return
	}
	// The paper itself is as large as the picture; measuring how much of each dot it covers would take as much again.
	if box == s.m.Bounds() && len(pieces) == 1 && upright(pieces[0]) {
		draw.Draw(s.m, box, image.NewUniform(ink), image.Point{}, draw.Src)
		return
	}
	s.r.Reset(box.Dx(), box.Dy())
	at := func(p point) (float32, float32) {
		return float32(p.x*s.k - float64(box.Min.X)), float32(p.y*s.k - float64(box.Min.Y))
	}
	for _, piece := range pieces {
		s.r.MoveTo(at(piece[0]))
		for _, p := range piece[1:] {
			s.r.LineTo(at(p))
		}
		s.r.ClosePath()
	}
	s.paint(box, ink)
}

// upright tells whether a piece is a rectangle that stands straight.
func upright(piece []point) bool {
	for i := 1; i < len(piece); i++ {
		if piece[i].x != piece[i-1].x && piece[i].y != piece[i-1].y {
			return false
		}
	}
	return len(piece) <= 6
}

func (s *pixels) paint(box image.Rectangle, ink Ink) {
	s.r.DrawOp = draw.Over
	s.r.Draw(s.m, box, image.NewUniform(ink), image.Point{})
}

// Area fills a path.
func (s *pixels) Area(p Path, ink Ink) { s.fill(flatten(p), ink) }

// Stroke draws along a path, with round joints, as a union of a bar for each piece and a disc for each joint.
func (s *pixels) Stroke(p Path, ink Ink, width float64, dash []float64) {
	var bars [][]point
	// A line thinner than a dot is drawn as thin as one can see.
	half := max(width, 0.7/s.k) / 2
	for _, piece := range dashed(flatten(p), dash) {
		for i := 1; i < len(piece); i++ {
			a, b := piece[i-1], piece[i]
			long := math.Hypot(b.x-a.x, b.y-a.y)
			if long == 0 {
				continue
			}
			nx, ny := -(b.y-a.y)/long*half, (b.x-a.x)/long*half
			bars = append(bars, []point{{a.x + nx, a.y + ny}, {a.x - nx, a.y - ny}, {b.x - nx, b.y - ny}, {b.x + nx, b.y + ny}})
			closed := i == len(piece)-1 && piece[0] == piece[i]
			if half*s.k > 0.7 && (i < len(piece)-1 || closed) {
				bars = append(bars, disc(b, half))
			}
		}
	}
	s.fill(bars, ink)
}

// disc turns the same way as the bars do.
func disc(c point, r float64) []point {
	out := make([]point, 16)
	for i := range out {
		a := 2 * math.Pi * float64(i) / float64(len(out))
		out[i] = point{c.x + r*math.Cos(a), c.y + r*math.Sin(a)}
	}
	return out
}

// dashed cuts lines into dashes.
func dashed(pieces [][]point, dash []float64) [][]point {
	total := 0.0
	for _, d := range dash {
		total += d
	}
	if total <= 0 {
		return pieces
	}
	var out [][]point
	for _, piece := range pieces {
		n, left, on := 0, dash[0], true
		at := []point{piece[0]}
		for i := 1; i < len(piece); i++ {
			a, b := piece[i-1], piece[i]
			for {
				long := math.Hypot(b.x-a.x, b.y-a.y)
				if long <= left {
					left -= long
					at = append(at, b)
					break
				}
				t := left / long
				a = point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
				if on {
					out = append(out, append(at, a))
				}
				on, at = !on, []point{a}
				n = (n + 1) % len(dash)
				left = dash[n]
			}
		}
		if on && len(at) > 1 {
			out = append(out, at)
		}
	}
	return out
}

// Text draws the outlines of letters.
func (s *pixels) Text(t Text) {
	font := s.t.font(t.Face)
	size := t.Size * s.k
	box := image.Rect(int(t.X*s.k-size), int(t.Y*s.k-size*1.2), int((t.X+t.Width)*s.k+size), int(t.Y*s.k+size*0.6)).Intersect(s.m.Bounds())
	if box.Empty() {
		return
	}
	s.r.Reset(box.Dx(), box.Dy())
	ppem := fixed.Int26_6(math.Round(size * 64))
	scale := size * 64 / float64(ppem)
	x, y := t.X*s.k-float64(box.Min.X), t.Y*s.k-float64(box.Min.Y)
	at := func(p fixed.Point26_6) (float32, float32) {
		return float32(x + float64(p.X)/64*scale), float32(y + float64(p.Y)/64*scale)
	}
	for _, r := range t.S {
		i, err := font.GlyphIndex(&s.t.buf, r)
		if err != nil {
			continue
		}
		segments, err := font.LoadGlyph(&s.t.buf, i, ppem, nil)
		if err != nil {
			continue
		}
		for _, g := range segments {
			ax, ay := at(g.Args[0])
			switch g.Op {
			case sfnt.SegmentOpMoveTo:
				s.r.ClosePath()
				s.r.MoveTo(ax, ay)
			case sfnt.SegmentOpLineTo:
				s.r.LineTo(ax, ay)
			case sfnt.SegmentOpQuadTo:
				bx, by := at(g.Args[1])
				s.r.QuadTo(ax, ay, bx, by)
			case sfnt.SegmentOpCubeTo:
				bx, by := at(g.Args[1])
				cx, cy := at(g.Args[2])
				s.r.CubeTo(ax, ay, bx, by, cx, cy)
			}
		}
		s.r.ClosePath()
		x += s.t.glyph(t.Face, r).width * size
	}
	s.paint(box, t.Ink)
}
