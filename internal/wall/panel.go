package wall

import (
	"fmt"
	"strconv"
)

// panel is where to act first, and what patients said.
func (p *pen) panel(d plan) {
	if d.panel.W == 0 {
		return
	}
	// The type grows to what there is room for: what it says is what the poster is for.
	k := p.k
	defer func() { p.k = k }()
	for grow := 1.3; ; grow -= 0.05 {
		p.k = k * grow
		if grow <= 1.02 || p.panelHeight(d) <= d.panel.H {
			break
		}
	}
	y, end := d.panel.Y, d.panel.Bottom()
	if len(p.m.Flags) > 0 {
		y = p.flags(d, y, end)
	}
	p.quotes(d, y, end)
}

// panelHeight is what everything in the panel would take.
func (p *pen) panelHeight(d plan) float64 {
	was := p.dry
	p.dry = true
	defer func() { p.dry = was }()
	h := 0.0
	if len(p.m.Flags) > 0 {
		h += p.pt(32)*lineHeight + p.u(4+3)
		for _, f := range p.m.Flags {
			h += p.flagHeight(f, d.panel.W, 6) + p.u(5)
		}
	}
	if len(p.m.Quotes) > 0 {
		h += p.pt(28)*lineHeight + p.u(3)
		for _, q := range p.m.Quotes {
			h += p.quote(q, Rect{W: d.panel.W}) + p.u(6)
		}
	}
	return h
}

// flags are laid with as many lines of their sentences as there is room for all of them.
func (p *pen) flags(d plan, y, end float64) float64 {
	room := end - y - p.pt(32)*lineHeight - p.u(4)
	reserve := 0.0
	if len(p.m.Quotes) > 0 {
		reserve = p.u(62) // for one of them at least
	}
	most := 6
	for ; most > 1; most-- {
		sum := 0.0
		for _, f := range p.m.Flags {
			sum += p.flagHeight(f, d.panel.W, most) + p.u(5)
		}
		if sum <= room-reserve || most <= 3 && sum <= room {
			break
		}
	}
	p.line(d.panel.X, y, d.panel.W, p.pt(32), Bold, Ink1, p.say("Where to act first"))
	y += p.pt(32)*lineHeight + p.u(4)
	for i, f := range p.m.Flags {
		h := p.flagHeight(f, d.panel.W, most)
		if y+h > end {
			p.short(fmt.Sprintf("Left out for want of room: %d flags", len(p.m.Flags)-i))
			return end
		}
		p.flag(f, Rect{d.panel.X, y, d.panel.W, h}, most)
		y += h + p.u(5)
	}
	return y + p.u(3)
}

func (p *pen) flagHeight(f Flag, w float64, most int) float64 {
	was := p.dry
	p.dry = true
	defer func() { p.dry = was }()
	return p.flag(f, Rect{W: w}, most)
}

// where is the place a flag stands at, in words.
func (p *pen) where(f Flag) string {
	s := ""
	if i := p.m.phase(f.Phase); i >= 0 {
		s = p.m.Phases[i].Name
	}
	if i := p.m.moment(f.Moment); i >= 0 {
		if s == "" {
			s = p.m.Phases[p.m.phase(p.m.Moments[i].Phase)].Name
		}
		s += " · " + p.m.Moments[i].Name
	}
	return s
}

// words are a gain in a line: "41 (22–63) more diagnoses a year".
func (g Gain) words(lang string) string {
	return decimal(lang, number(g.Value)+" ("+number(g.Low)+"–"+number(g.High)+") ") + g.Of
}

// flag lays one and gives its height.
func (p *pen) flag(f Flag, r Rect, most int) float64 {
	label := p.sayf("Flag %d: %s", f.Number, f.Sentence)
	if f.Gain != nil {
		label += " " + p.sayf("Gain: %s", f.Gain.words(p.m.Lang))
	}
	p.open("flag", strconv.Itoa(f.Number), label, r)
	defer p.close()
	style := Shape{Fill: Surfaced, Stroke: Line2, Width: p.u(0.6)}
	if f.Guess {
		style.Stroke, style.Dash, style.Width = Ink3, p.dashes(), p.u(0.9)
	}
	p.rect(r, p.u(5), style)
	radius := p.u(8.5)
	bar := Rect{r.X + p.u(5), r.Y + p.u(5), 2 * radius, 2 * radius}
	p.shape(circle(bar.X+radius, bar.Y+radius, radius), Shape{Fill: heat(f.Heat), Stroke: Ink1, Width: p.u(0.8)})
	size := radius * 1.3
	p.middle(bar.X+radius, bar.Y+radius-size*0.55, 2*radius, size, Bold, onHeat(f.Heat), strconv.Itoa(f.Number))
	x, y := bar.Right()+p.u(5), r.Y+p.u(5)
	room := r.Right() - p.u(6) - x
	if w := p.where(f); w != "" {
		y += p.para(x, y, room, p.pt(21), Bold, Ink2, w, 2)
	}
	y += p.para(x, y, room, p.pt(23), Regular, Ink1, f.Sentence, most)
	if f.Gain != nil {
		y += p.u(1.5)
		y += p.para(x, y, room, p.pt(23), Bold, Brand, f.Gain.words(p.m.Lang), 2)
		y += p.gain(*f.Gain, Rect{x, y, room, p.u(7)})
	}
	mark := f.Mark
	if f.Guess {
		mark = p.say("a guess, no data yet")
		if f.Mark != "" {
			mark += " · " + f.Mark
		}
	}
	if mark != "" {
		y += p.para(x, y, room, p.pt(19), Italic, Ink2, mark, 2)
	}
	return max(y, bar.Bottom()) + p.u(5) - r.Y
}

// gain is the interval on a scale that all flags share, so that they compare.
func (p *pen) gain(g Gain, r Rect) float64 {
	top, low := 0.0, 0.0
	for _, f := range p.m.Flags {
		if f.Gain != nil && f.Gain.Of == g.Of {
			top, low = max(top, f.Gain.High, f.Gain.Value), min(low, f.Gain.Low)
		}
	}
	if top <= low {
		return 0
	}
	at := func(v float64) float64 { return r.X + p.u(2) + (r.W-p.u(4))*min(max((v-low)/(top-low), 0), 1) }
	y := r.Y + r.H*0.45
	p.stroke(Line2, p.u(0.5), nil, r.X, y, r.Right(), y)
	p.stroke(Brand, p.u(1.6), nil, at(g.Low), y, at(g.High), y)
	p.shape(circle(at(g.Value), y, p.u(2.1)), Shape{Fill: Brand, Stroke: Surfaced, Width: p.u(0.6)})
	return r.H
}

// quotes are as many as have room.
func (p *pen) quotes(d plan, y, end float64) {
	if len(p.m.Quotes) == 0 {
		return
	}
	title := p.pt(28)*lineHeight + p.u(3)
	for i, q := range p.m.Quotes {
		was := p.dry
		p.dry = true
		h := p.quote(q, Rect{d.panel.X, 0, d.panel.W, 0})
		p.dry = was
		need := h
		if i == 0 {
			need += title
		}
		if y+need > end {
			p.short(fmt.Sprintf("Left out for want of room: %d of %d quotes", len(p.m.Quotes)-i, len(p.m.Quotes)))
			return
		}
		if i == 0 {
			p.line(d.panel.X, y, d.panel.W, p.pt(28), Bold, Ink1, p.say("In patients' words"))
			y += title
		}
		p.quote(q, Rect{d.panel.X, y, d.panel.W, h})
		y += h + p.u(6)
	}
}

func (p *pen) quote(q Quote, r Rect) float64 {
	p.open("quote", "", said(q.Text)+" "+q.Who, r)
	defer p.close()
	x, y, room := r.X+p.u(7), r.Y, r.W-p.u(8)
	y += p.para(x, y, room, p.pt(27), Serif, Ink1, said(q.Text), 6)
	if q.Who != "" {
		y += p.para(x, y+p.u(1), room, p.pt(19), Regular, Ink2, q.Who, 2) + p.u(1)
	}
	p.stroke(Brand, p.u(1.4), nil, r.X+p.u(1), r.Y+p.u(1), r.X+p.u(1), y-p.u(1))
	return y - r.Y
}
