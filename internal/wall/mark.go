package wall

import (
	"fmt"
	"math"
	"strings"
)

// Layout is where everything is, in millimetres from the top left corner. The same layout is drawn on every surface.
type Layout struct {
	Size  Size   `json:"size"`
	Title string `json:"title"`
	// Says is the poster in a few sentences, for who cannot see it.
	Says string `json:"says"`
	Lang string `json:"lang"`
	// Made is the model's as-of time in seconds, and stands in files as their date.
	Made int64 `json:"made"`
	// Boxes are what can be pointed at, outer ones first.
	Boxes []Box  `json:"boxes"`
	Marks []Mark `json:"marks"`
	// Warnings tell what was cut, left out or could not be drawn.
	Warnings []string `json:"warnings,omitempty"`
}

// Box is a thing on the poster.
type Box struct {
	// Kind is poster, head, phase, ribbon, lane, moment, more, hand-off, feelings, flag, quote, legend, footer or lifecycle.
	Kind string `json:"kind"`
	// ID is the thing's own where it has one.
	ID string `json:"id,omitempty"`
	// Label is what is read out.
	Label string `json:"label,omitempty"`
	Rect
}

// Rect is a place.
type Rect struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Inset is the place without a border.
func (r Rect) Inset(d float64) Rect { return Rect{r.X + d, r.Y + d, r.W - 2*d, r.H - 2*d} }

// Right and Bottom are its other edges.
func (r Rect) Right() float64 { return r.X + r.W }

// Bottom is its lower edge.
func (r Rect) Bottom() float64 { return r.Y + r.H }

// Mark is one step of drawing: exactly one of its fields is set.
type Mark struct {
	// Open begins a box, which ends at the next End of the same depth.
	Open  *Box   `json:"open,omitempty"`
	End   bool   `json:"end,omitempty"`
	Shape *Shape `json:"shape,omitempty"`
	Text  *Text  `json:"text,omitempty"`
}

// Shape is an area or a line.
type Shape struct {
	// Box is a rectangle with round corners; Path is anything else.
	Box    *Rect     `json:"box,omitempty"`
	Radius float64   `json:"radius,omitempty"`
	Path   Path      `json:"path,omitempty"`
	Fill   Ink       `json:"fill,omitempty"`
	Stroke Ink       `json:"stroke,omitempty"`
	Width  float64   `json:"width,omitempty"`
	Dash   []float64 `json:"dash,omitempty"`
	// Hatch are slanting lines of this ink over the area, so far apart.
	Hatch Ink     `json:"hatch,omitempty"`
	Apart float64 `json:"apart,omitempty"`
}

// Text is a piece of a line in one face. Y is its baseline.
type Text struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Size float64 `json:"size"`
	// Width is what it measures; a surface with other fonts has to keep to it.
	Width float64 `json:"width"`
	Face  Face    `json:"face"`
	Ink   Ink     `json:"ink"`
	S     string  `json:"s"`
}

// Path is written as in SVG.
type Path []Seg

// Seg is a piece of a path: M and L have one point, C has three, Z none.
type Seg struct {
	Op byte
	P  [6]float64
}

// MarshalText writes it as SVG does.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String writes it as SVG does.
func (p Path) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte(s.Op)
		for i := range s.points() * 2 {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(mm(s.P[i]))
		}
	}
	return b.String()
}

func (s Seg) points() int {
	switch s.Op {
	case 'C':
		return 3
	case 'Z':
		return 0
	default:
		return 1
	}
}

func (p *Path) move(x, y float64) { *p = append(*p, Seg{'M', [6]float64{round(x), round(y)}}) }
func (p *Path) line(x, y float64) { *p = append(*p, Seg{'L', [6]float64{round(x), round(y)}}) }
func (p *Path) close()            { *p = append(*p, Seg{Op: 'Z'}) }
func (p *Path) curve(c ...float64) { // two handles and where to
	*p = append(*p, Seg{'C', [6]float64{round(c[0]), round(c[1]), round(c[2]), round(c[3]), round(c[4]), round(c[5])}})
}

// arcHandle is how long a handle is for a quarter of a circle.
const arcHandle = 0.5522847498

// circle is a closed path.
func circle(x, y, r float64) Path {
	var p Path
	k := r * arcHandle
	p.move(x+r, y)
	p.curve(x+r, y+k, x+k, y+r, x, y+r)
	p.curve(x-k, y+r, x-r, y+k, x-r, y)
	p.curve(x-r, y-k, x-k, y-r, x, y-r)
	p.curve(x+k, y-r, x+r, y-k, x+r, y)
	p.close()
	return p
}

// rounded is a rectangle as a path.
func rounded(b Rect, r float64) Path {
	r = min(r, b.W/2, b.H/2)
	k := r * (1 - arcHandle)
	x0, y0, x1, y1 := b.X, b.Y, b.Right(), b.Bottom()
	var p Path
	p.move(x0+r, y0)
	p.line(x1-r, y0)
	if r > 0 {
		p.curve(x1-k, y0, x1, y0+k, x1, y0+r)
	}
	p.line(x1, y1-r)
	if r > 0 {
		p.curve(x1, y1-k, x1-k, y1, x1-r, y1)
	}
	p.line(x0+r, y1)
	if r > 0 {
		p.curve(x0+k, y1, x0, y1-k, x0, y1-r)
	}
	p.line(x0, y0+r)
	if r > 0 {
		p.curve(x0, y0+k, x0+k, y0, x0+r, y0)
	}
	p.close()
	return p
}

// round keeps hundredths of a millimetre, which no printer shows.
func round(x float64) float64 { return math.Round(x*100) / 100 }

// mm writes a length.
func mm(x float64) string {
	s := fmt.Sprintf("%.2f", x)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
