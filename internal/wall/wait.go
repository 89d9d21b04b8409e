package wall

import (
	"math"
	"strconv"
)

// over tells that a hand-off takes longer than promised, beyond what chance could make.
func (h HandOff) over() bool { return h.Target != nil && h.Low != nil && *h.Low > *h.Target }

// number writes a number as short as it can be said.
func number(x float64) string {
	if math.Abs(x) >= 10 || x == math.Trunc(x) {
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

func (h HandOff) unit() string {
	if h.Unit == "" {
		return "d"
	}
	return h.Unit
}

// words are the wait in a line.
func (h HandOff) words(lang string, long bool) string {
	if h.Median == nil {
		return Say(lang, "wait not shown")
	}
	s := decimal(lang, number(*h.Median)) + " " + h.unit()
	if long && h.Low != nil && h.High != nil {
		s += decimal(lang, " ("+number(*h.Low)+"–"+number(*h.High)+")")
	}
	switch {
	case h.over(): // in words, too, for who prints in grey
		s += ", " + Sayf(lang, "over target %s", decimal(lang, number(*h.Target)))
	case h.Target != nil:
		s += ", " + Sayf(lang, "target %s", decimal(lang, number(*h.Target)))
	}
	if long && h.Late != "" {
		s += " · " + h.Late
	}
	return s
}

// longest is what the bars of all hand-offs are drawn against, so that they compare.
func (m *Model) longest(unit string) float64 {
	top := 0.0
	for _, h := range m.HandOffs {
		if h.unit() != unit {
			continue
		}
		for _, v := range []*float64{h.Median, h.High, h.Target} {
			if v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
				top = max(top, *v)
			}
		}
	}
	return top
}

// wait lays a hand-off's part of its card and gives its height: to whom, the median against the target, and in words.
func (p *pen) wait(h HandOff, r Rect, level detail) float64 {
	size, pad := p.pt(19), p.u(2.2)
	to := p.m.Lanes[p.m.lane(h.To)].Name
	words, ink := h.words(p.m.Lang, level < brief), Ink1
	if h.over() {
		ink = Bad
	}
	inner := r.W - 2*pad - p.u(1)
	top := p.m.longest(h.unit())
	bar := level < brief && top > 0 && h.Median != nil
	lines := 2
	if level >= brief {
		lines = 1
	}
	// How high the words are decides how high the panel is, so they are measured first.
	was := p.dry
	p.dry = true
	text := p.para(0, 0, inner, size, Regular, ink, words, lines)
	p.dry = was
	r.H = pad + size*lineHeight + text + pad
	if bar {
		r.H += p.u(7.5)
	}
	p.open("hand-off", h.Moment, p.sayf("Hand-off to %s: %s", to, words), r)
	defer p.close()
	p.rect(r, p.u(3), Shape{Fill: Surfaced, Stroke: Line2, Width: p.u(0.3)})
	x, y := r.X+pad+p.u(0.5), r.Y+pad
	p.stroke(Ink1, p.u(0.9), nil, x, y+size*0.55, x+p.u(5), y+size*0.55)
	p.head3(x+p.u(7), y+size*0.55, 1, 0, Ink1)
	p.line(x+p.u(9), y, inner-p.u(9), size, Bold, Ink1, to)
	y += size * lineHeight
	if bar {
		p.bullet(h, Rect{x, y + p.u(1), inner, p.u(5)}, top, ink)
		y += p.u(7.5)
	}
	p.para(x, y, inner, size, Regular, ink, words, lines)
	return r.H
}

// bullet is the median as a bar, its interval as a line over it, and the target as a stroke across.
func (p *pen) bullet(h HandOff, r Rect, top float64, ink Ink) {
	at := func(v float64) float64 { return r.X + r.W*0.97*min(max(v/top, 0), 1) }
	p.rect(r, p.u(0.8), Shape{Fill: Sunken})
	fill := Flow
	if ink == Bad {
		fill = Bad
	}
	p.rect(Rect{r.X, r.Y + r.H*0.2, max(at(*h.Median)-r.X, p.u(0.4)), r.H * 0.6}, p.u(0.6), Shape{Fill: fill})
	if h.Low != nil && h.High != nil {
		y := r.Y + r.H/2
		p.stroke(Ink1, p.u(0.6), nil, at(*h.Low), y, at(*h.High), y)
		for _, v := range []float64{*h.Low, *h.High} {
			p.stroke(Ink1, p.u(0.6), nil, at(v), y-p.u(1), at(v), y+p.u(1))
		}
	}
	if h.Target != nil {
		p.stroke(Ink1, p.u(1.1), nil, at(*h.Target), r.Y-p.u(0.6), at(*h.Target), r.Bottom()+p.u(0.6))
	}
}
