package wall

import (
	"math"
	"strings"
)

// pen lays marks one after the other. Sizes of type are given in points and lengths in millimetres, as they are on A0;
// pt and u shrink them for smaller paper.
type pen struct {
	m   *Model
	t   *typesetter
	out *Layout
	k   float64
	// dry measures without laying.
	dry bool
	// laneLines is on how many lines names of lanes stand.
	laneLines int
	// nameLines is on how many lines a name of a moment may stand.
	nameLines int
	warned    map[string]bool
	// squeezed tells that something was cut, left out or shown with less detail.
	squeezed bool
}

const lineHeight = 1.2

func (p *pen) pt(points float64) float64 { return points * 25.4 / 72 * p.k }
func (p *pen) u(mm float64) float64      { return mm * p.k }

// warn tells something once.
func (p *pen) warn(s string) {
	if !p.dry && !p.warned[s] {
		p.warned[s] = true
		p.out.Warnings = append(p.out.Warnings, s)
	}
}

// short tells that there was too little room.
func (p *pen) short(s string) {
	if !p.dry {
		p.squeezed = true
	}
	p.warn(s)
}

func (p *pen) lay(m Mark) {
	if !p.dry {
		p.out.Marks = append(p.out.Marks, m)
	}
}

// open begins a box, and close ends it.
func (p *pen) open(kind, id, label string, r Rect) {
	if p.dry {
		return
	}
	b := Box{Kind: kind, ID: id, Label: spoken(label), Rect: Rect{round(r.X), round(r.Y), round(r.W), round(r.H)}}
	p.out.Boxes = append(p.out.Boxes, b)
	p.lay(Mark{Open: &b})
}

func (p *pen) close() { p.lay(Mark{End: true}) }

// shape lays a path.
func (p *pen) shape(path Path, s Shape) {
	s.Path = path
	p.finish(&s)
	p.lay(Mark{Shape: &s})
}

// rect lays a rectangle with round corners.
func (p *pen) rect(r Rect, radius float64, s Shape) {
	s.Box, s.Radius = &Rect{round(r.X), round(r.Y), round(r.W), round(r.H)}, round(min(radius, r.W/2, r.H/2))
	p.finish(&s)
	p.lay(Mark{Shape: &s})
}

func (p *pen) finish(s *Shape) {
	s.Width = round(s.Width)
	for i := range s.Dash {
		s.Dash[i] = round(s.Dash[i])
	}
	if s.Hatch != None {
		s.Apart = round(p.u(3))
	}
}

// stroke lays a line through points.
func (p *pen) stroke(ink Ink, width float64, dash []float64, points ...float64) {
	var path Path
	for ; len(points) >= 2; points = points[2:] {
		if len(path) == 0 {
			path.move(points[0], points[1])
		} else {
			path.line(points[0], points[1])
		}
	}
	p.shape(path, Shape{Stroke: ink, Width: width, Dash: dash})
}

// dashes are those of a guess.
func (p *pen) dashes() []float64 { return []float64{p.u(3.2), p.u(2.4)} }

// write lays one clean line whose top is at y, and gives its width.
func (p *pen) write(x, y, size float64, face Face, ink Ink, s string) float64 {
	at := x
	for _, r := range p.t.runs(s, face) {
		w := r.width * size
		// An accent alone, whose letter another face has, would lie anywhere.
		if strings.TrimSpace(r.text) != "" && round(w) > 0 {
			p.lay(Mark{Text: &Text{X: round(at), Y: round(y + ascent*size), Size: round(size), Width: round(w), Face: r.face, Ink: ink, S: r.text}})
		}
		at += w
	}
	return at - x
}

// line cleans and cuts a text to the room there is and writes it; it gives the width.
func (p *pen) line(x, y, room, size float64, face Face, ink Ink, s string) float64 {
	return p.write(x, y, size, face, ink, p.fit(s, face, size, room))
}

// fit is a text cleaned and cut to the room there is.
func (p *pen) fit(s string, face Face, size, room float64) string {
	s = p.t.clean(s, face)
	out := p.t.cut(s, face, room/size)
	if out != s {
		p.short("Cut for want of room: " + quoted(s))
	}
	return out
}

// wide is how wide a text would be.
func (p *pen) wide(s string, face Face, size float64) float64 {
	return p.t.width(p.t.clean(s, face), face) * size
}

// para writes a text in at most so many lines and gives the height they take.
func (p *pen) para(x, y, room, size float64, face Face, ink Ink, s string, most int) float64 {
	lines := p.t.wrap(s, face, room/size, most)
	for i, l := range lines {
		p.write(x, y+float64(i)*size*lineHeight, size, face, ink, l)
	}
	if n := len(lines); n > 0 && strings.HasSuffix(lines[n-1], "…") && !strings.HasSuffix(strings.TrimSpace(s), "…") {
		p.short("Cut for want of room: " + quoted(p.t.clean(s, face)))
	}
	return float64(len(lines)) * size * lineHeight
}

// figure writes a number, smaller where there is no room: a number is never cut. It gives the width.
func (p *pen) figure(x, y, room, size float64, ink Ink, s string) float64 {
	s = p.t.clean(s, Bold)
	fits := p.fitting(s, room, size)
	return p.write(x, y+(size-fits)*ascent, fits, Bold, ink, s)
}

// fitting is the size at which a number has room.
func (p *pen) fitting(s string, room, size float64) float64 {
	if w := p.t.width(s, Bold); w*size > room {
		return math.Floor(room/w*100) / 100
	}
	return size
}

// middle writes a line around x.
func (p *pen) middle(x, y, room, size float64, face Face, ink Ink, s string) {
	s = p.fit(s, face, size, room)
	p.write(x-p.t.width(s, face)*size/2, y, size, face, ink, s)
}

// ending writes a line that ends at x.
func (p *pen) ending(x, y, room, size float64, face Face, ink Ink, s string) float64 {
	s = p.fit(s, face, size, room)
	w := p.t.width(s, face) * size
	p.write(x-w, y, size, face, ink, s)
	return w
}

// quoted is a text in a warning, shortened where it is long.
func quoted(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:57]) + "…"
	}
	return "“" + s + "”"
}
