package wall

import (
	"math"
)

const feelPt = 24

func (p *pen) feelingsHeight() float64 {
	if len(p.m.Planned)+len(p.m.Asked) == 0 {
		return 0
	}
	return p.u(80)
}

// dot is a feeling with its place.
type dot struct {
	Feeling
	x, y, room float64
	gap        bool // nothing may be drawn here
}

// feelings is the strip that tells how it should feel, in grey, and how people say it does, in colour.
func (p *pen) feelings(d plan) {
	if d.feel.H == 0 {
		return
	}
	p.stroke(Line2, p.u(0.6), nil, d.gutter.X, d.feel.Y, d.grid.Right(), d.feel.Y)
	p.open("feelings", "", p.feelingsLabel(), Rect{d.gutter.X, d.feel.Y, d.grid.Right() - d.gutter.X, d.feel.H})
	defer p.close()
	y := d.feel.Y + p.u(6)
	room := d.gutter.W - p.u(4)
	y += p.para(d.gutter.X, y, room, p.pt(28), Bold, Ink1, p.say("How it feels"), 2)
	key := func(ink Ink, dash []float64, word string) {
		p.stroke(ink, p.u(1.6), dash, d.gutter.X, y+p.pt(20)*0.55, d.gutter.X+p.u(12), y+p.pt(20)*0.55)
		p.line(d.gutter.X+p.u(15), y, room-p.u(15), p.pt(20), Regular, Ink2, word)
		y += p.pt(20) * lineHeight
	}
	if len(p.m.Asked) > 0 {
		key(Brand, nil, p.say("as people say"))
	}
	if len(p.m.Planned) > 0 {
		key(Ink3, p.dashes(), p.say("as planned"))
	}
	inner := Rect{d.grid.X, d.feel.Y + p.u(16), d.grid.W, d.feel.H - p.u(32)}
	p.stroke(Line2, p.u(0.5), []float64{p.u(0.8), p.u(2.4)}, inner.X, inner.Y+inner.H/2, inner.Right(), inner.Y+inner.H/2)
	planned, asked := p.dots(d, p.m.Planned, inner), p.dots(d, p.m.Asked, inner)
	p.curve(planned, Ink3, p.u(1.1), p.dashes())
	p.curve(asked, Brand, p.u(2.2), nil)
	p.feelingWords(planned, asked, d)
}

func (p *pen) feelingsLabel() string {
	s := p.say("How it feels") + "."
	for _, f := range p.m.Asked {
		s += " " + p.sayf("%s: %s (%s asked).", p.m.Phases[p.m.phase(f.Phase)].Name, f.Word, p.m.spoken(f.N))
	}
	return s
}

// dots gives each feeling its place; several of one phase share its column.
func (p *pen) dots(d plan, list []Feeling, r Rect) []dot {
	var out []dot
	for i := range p.m.Phases {
		var here []Feeling
		for _, f := range list {
			if f.Phase == p.m.Phases[i].ID {
				here = append(here, f)
			}
		}
		c := d.col(i, r)
		for j, f := range here {
			share := c.W / float64(len(here))
			v := f.Value
			gap := f.N != nil && f.N.Hidden || math.IsNaN(v)
			out = append(out, dot{f, c.X + share*(float64(j)+0.5), r.Y + r.H*(1-min(max(v, -1), 1))/2, share - p.u(4), gap})
		}
	}
	return out
}

// curve joins dots without swinging beyond them, and leaves a gap where one is hidden.
func (p *pen) curve(dots []dot, ink Ink, width float64, dash []float64) {
	for start := 0; start < len(dots); {
		if dots[start].gap {
			start++
			continue
		}
		end := start
		for end+1 < len(dots) && !dots[end+1].gap {
			end++
		}
		if piece := dots[start : end+1]; len(piece) > 1 {
			slopes := monotone(piece)
			var c Path
			c.move(piece[0].x, piece[0].y)
			for i := 1; i < len(piece); i++ {
				a, b := piece[i-1], piece[i]
				h := (b.x - a.x) / 3
				c.curve(a.x+h, a.y+h*slopes[i-1], b.x-h, b.y-h*slopes[i], b.x, b.y)
			}
			p.shape(c, Shape{Stroke: ink, Width: width, Dash: dash})
		}
		start = end + 1
	}
	for _, d := range dots {
		if !d.gap {
			p.shape(circle(d.x, d.y, width*1.5), Shape{Fill: Paper, Stroke: ink, Width: width * 0.8})
		}
	}
}

// monotone are slopes with which cubic pieces stay between their ends (Fritsch and Carlson).
func monotone(d []dot) []float64 {
	n := len(d)
	secant, slope := make([]float64, n-1), make([]float64, n)
	for i := range secant {
		secant[i] = (d[i+1].y - d[i].y) / (d[i+1].x - d[i].x)
	}
	slope[0], slope[n-1] = secant[0], secant[n-2]
	for i := 1; i < n-1; i++ {
		if secant[i-1]*secant[i] > 0 {
			slope[i] = 2 / (1/secant[i-1] + 1/secant[i])
		}
	}
	for i, s := range secant {
		if s == 0 {
			slope[i], slope[i+1] = 0, 0
			continue
		}
		a, b := slope[i]/s, slope[i+1]/s
		if q := a*a + b*b; q > 9 {
			t := 3 / math.Sqrt(q)
			slope[i], slope[i+1] = t*a*s, t*b*s
		}
	}
	return slope
}

// feelingWords stand on the outer side of the two curves, so that they never meet: above the upper one, and
// below the lower.
func (p *pen) feelingWords(planned, asked []dot, d plan) {
	size := p.pt(feelPt)
	var taken []Rect
	free := func(r Rect) bool {
		for _, t := range taken {
			if r.X < t.Right() && t.X < r.Right() && r.Y < t.Bottom() && t.Y < r.Bottom() {
				return false
			}
		}
		return true
	}
	// A word that is wider than its dot's share lies over its neighbours' where they leave room, one line further out if need be, and is cut
	// only where there is none.
	word := func(o dot, above bool, face Face, ink Ink, s string) {
		whole := p.t.clean(s, face)
		for _, s := range []string{whole, p.t.cut(whole, face, o.room/size)} {
			if s == "" {
				return
			}
			w := p.t.width(s, face)*size + p.u(2)
			x := min(max(o.x-w/2, d.grid.X), d.grid.Right()-w)
			if x < d.grid.X {
				continue
			}
			for _, out := range []float64{0, 1.1} {
				for _, up := range []bool{above, !above} {
					r := Rect{x, o.y + p.u(4.5) + out*size, w, size * 1.05}
					if up {
						r.Y = o.y - p.u(4.5) - out*size - r.H
					}
					if r.Y < d.feel.Y || r.Bottom() > d.feel.Bottom() || !free(r) {
						continue
					}
					if s != whole {
						p.short("Cut for want of room: " + quoted(whole))
					}
					taken = append(taken, r)
					p.rect(r, 0, Shape{Fill: Paper})
					p.write(x+p.u(1), r.Y, size, face, ink, s)
					return
				}
			}
		}
		p.short("Not shown for want of room: " + quoted(whole))
	}
	lonely := func(of dot, in []dot) (dot, bool) {
		for _, x := range in {
			if x.Phase == of.Phase && math.Abs(x.x-of.x) < of.room {
				return x, true
			}
		}
		return dot{}, false
	}
	for _, a := range asked {
		if !a.gap || a.N == nil {
			continue
		}
		r := Rect{a.x - a.room/2, d.feel.Y + d.feel.H/2 - size*0.6, a.room, size * 1.2}
		taken = append(taken, r)
		w := min(p.wide(p.sayf("%s asked", p.m.figure(a.N)), Italic, p.pt(20)), a.room)
		p.rect(Rect{a.x - w/2 - p.u(1), r.Y, w + p.u(2), r.H}, 0, Shape{Fill: Paper})
		p.middle(a.x, r.Y, a.room, p.pt(20), Italic, Ink2, p.sayf("%s asked", p.m.figure(a.N)))
	}
	for _, a := range asked {
		if a.gap {
			continue
		}
		other, both := lonely(a, planned)
		above := !both || a.y < other.y || a.y == other.y
		s := a.Word
		if a.N != nil {
			if s != "" {
				s += ", "
			}
			s += p.m.figure(a.N)
		}
		word(a, above, Serif, Ink1, s)
	}
	for _, f := range planned {
		if f.gap {
			continue
		}
		other, both := lonely(f, asked)
		if both && other.gap {
			continue
		}
		above := both && f.y < other.y
		word(f, above, Italic, Ink2, f.Word)
	}
}
