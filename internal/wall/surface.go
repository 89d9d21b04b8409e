package wall

import (
	"math"
	"slices"
)

// Surface is something to draw on: SVG, PDF or pixels. It is given what a layout holds, in its order, in millimetres.
type Surface interface {
	// Open begins a box, and Close ends the one begun last. They draw nothing.
	Open(Box)
	Close()
	// Area fills a path, and Stroke draws along it; neither is called for an ink of None.
	Area(Path, Ink)
	Stroke(path Path, ink Ink, width float64, dash []float64)
	Text(Text)
}

// Draw plays a layout on a surface.
func Draw(l Layout, on Surface) {
	for _, m := range l.Marks {
		switch {
		case m.Open != nil:
			on.Open(*m.Open)
		case m.End:
			on.Close()
		case m.Text != nil:
			on.Text(*m.Text)
		case m.Shape != nil:
			s := *m.Shape
			path := s.Path
			if s.Box != nil {
				path = rounded(*s.Box, s.Radius)
			}
			if s.Fill != None {
				on.Area(path, s.Fill)
			}
			if s.Hatch != None {
				if lines := hatch(path, s.Apart); len(lines) > 0 {
					on.Stroke(lines, s.Hatch, s.Apart*0.3, nil)
				}
			}
			if s.Stroke != None {
				on.Stroke(path, s.Stroke, s.Width, s.Dash)
			}
		}
	}
}

// point is a place on the paper.
type point struct{ x, y float64 }

// flatten makes lines of curves, each within a twentieth of a millimetre. A closed piece ends where it began.
func flatten(path Path) [][]point {
	var out [][]point
	var at []point
	flush := func() {
		if len(at) > 1 {
			out = append(out, at)
		}
		at = nil
	}
	for _, s := range path {
		switch s.Op {
		case 'M':
			flush()
			at = []point{{s.P[0], s.P[1]}}
		case 'L':
			at = append(at, point{s.P[0], s.P[1]})
		case 'C':
			a := at[len(at)-1]
			long := math.Hypot(s.P[0]-a.x, s.P[1]-a.y) + math.Hypot(s.P[2]-s.P[0], s.P[3]-s.P[1]) + math.Hypot(s.P[4]-s.P[2], s.P[5]-s.P[3])
			n := min(max(4, int(math.Sqrt(long)*5)), 96)
			for i := 1; i <= n; i++ {
				t := float64(i) / float64(n)
				u := 1 - t
				c0, c1, c2, c3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
				at = append(at, point{c0*a.x + c1*s.P[0] + c2*s.P[2] + c3*s.P[4], c0*a.y + c1*s.P[1] + c2*s.P[3] + c3*s.P[5]})
			}
		case 'Z':
			if len(at) > 0 {
				at = append(at, at[0])
			}
			flush()
		}
	}
	flush()
	return out
}

// hatch are slanting lines within a path, the same on every surface.
func hatch(path Path, apart float64) Path {
	if apart <= 0 {
		return nil
	}
	// In coordinates turned by 45 degrees the lines are level: along runs with them, across counts them.
	type edge struct{ a, b point }
	var edges []edge
	low, high := math.Inf(1), math.Inf(-1)
	for _, piece := range flatten(path) {
		for i := 1; i < len(piece); i++ {
			a, b := turned(piece[i-1]), turned(piece[i])
			edges = append(edges, edge{a, b})
			low, high = min(low, a.y, b.y), max(high, a.y, b.y)
		}
	}
	var out Path
	for k := math.Ceil(low/apart) + 0.5; k*apart < high; k++ {
		across := k * apart
		var cuts []float64
		for _, e := range edges {
			if (e.a.y < across) != (e.b.y < across) {
				cuts = append(cuts, e.a.x+(across-e.a.y)/(e.b.y-e.a.y)*(e.b.x-e.a.x))
			}
		}
		slices.Sort(cuts)
		for i := 0; i+1 < len(cuts); i += 2 {
			a, b := back(point{cuts[i], across}), back(point{cuts[i+1], across})
			out.move(a.x, a.y)
			out.line(b.x, b.y)
		}
	}
	return out
}

func turned(p point) point { return point{(p.x - p.y) / math.Sqrt2, (p.x + p.y) / math.Sqrt2} }
func back(p point) point   { return point{(p.x + p.y) / math.Sqrt2, (p.y - p.x) / math.Sqrt2} }
