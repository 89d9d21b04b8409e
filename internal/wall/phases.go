package wall

import (
	"math"
	"slices"
)

const (
	phasePt = 33
	saysPt  = 25
	herePt  = 74
	factPt  = 21
)

// fact is a number with its word in a phase's head.
type fact struct{ value, word string }

// facts are the slots of a phase's head. Each slot that any phase uses has its place in all of them, so that the eye learns
// where to look.
func (p *pen) facts(f Phase) []fact {
	const most = 15 // ems of what is said in words; a number would be made smaller instead
	words := func(s string) string {
		if s == "" {
			return "–"
		}
		return p.t.cut(p.t.clean(s, Bold), Bold, most)
	}
	var all []fact
	slot := func(used func(Phase) bool, value, word string) {
		for _, x := range p.m.Phases {
			if used(x) {
				all = append(all, fact{value, word})
				return
			}
		}
	}
	slot(func(x Phase) bool { return x.Entered != nil }, p.m.figure(f.Entered), p.say("entered"))
	slot(func(x Phase) bool { return x.Median != "" }, words(f.Median), p.say("median"))
	slot(func(x Phase) bool { return x.Expected != "" }, words(f.Expected), p.say("expected"))
	slot(func(x Phase) bool { return x.Skipped != nil }, p.m.figure(f.Skipped), p.say("skipped it"))
	return all
}

// empty tells that nobody has any number for the phase.
func (f Phase) empty() bool { return f.Here == nil && f.Entered == nil }

// factsBeside tells whether facts stand right of the large number in every column, rather than under it.
func (p *pen) factsBeside(d plan) bool {
	room := d.column - 2*p.pad()
	for _, f := range p.m.Phases {
		if f.empty() {
			continue
		}
		for _, x := range p.facts(f) {
			if p.hereWidth(f, room)+p.u(8)+p.wide(x.value, Bold, p.pt(factPt))+p.u(2)+p.wide(x.word, Regular, p.pt(factPt)) > room {
				return false
			}
		}
	}
	return true
}

// hereWidth is how wide the large number is with its caption.
func (p *pen) hereWidth(f Phase, room float64) float64 {
	return min(max(p.wide(p.m.figure(f.Here), Bold, p.pt(herePt)), p.wide(p.say("here now"), Regular, p.pt(factPt))), room)
}

// pad is the space beside a column's lines.
func (p *pen) pad() float64 { return p.u(6) }

// nameHeights are how high names and words are in all columns.
func (p *pen) nameHeights(d plan) (names, says float64) {
	was := p.dry
	p.dry = true
	defer func() { p.dry = was }()
	for _, f := range p.m.Phases {
		names = max(names, p.para(0, 0, d.column-2*p.pad(), p.pt(phasePt), Bold, Ink1, f.Name, 3))
		says = max(says, p.para(0, 0, d.column-2*p.pad(), p.pt(saysPt), Serif, Ink2, said(f.Says), 3))
	}
	return names, says
}

// said is a text in quotation marks.
func said(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

func (p *pen) phasesHeight(d plan) float64 {
	if len(p.m.Phases) == 0 {
		return p.pt(phasePt) * 2
	}
	names, says := p.nameHeights(d)
	return p.u(5) + names + says + p.u(4) + p.hereHeight(d) + p.u(5)
}

// hereHeight is how high the numbers of a phase's head are.
func (p *pen) hereHeight(d plan) float64 {
	n := 0.0
	for _, f := range p.m.Phases {
		n = max(n, float64(len(p.facts(f))))
	}
	here, facts := p.pt(herePt)*1.06+p.pt(factPt)*lineHeight, n*p.pt(factPt)*lineHeight
	if p.factsBeside(d) {
		return max(here, facts)
	}
	return here + facts
}

// phases are the heads of the columns.
func (p *pen) phases(d plan) {
	if len(p.m.Phases) == 0 {
		p.line(d.gutter.X, d.phases.Y, d.gutter.W+d.grid.W, p.pt(phasePt), Regular, Ink2, p.say("This map has no phases yet."))
		return
	}
	names, says := p.nameHeights(d)
	beside := p.factsBeside(d)
	p.stroke(Ink1, p.u(0.9), nil, d.gutter.X, d.phases.Y, d.grid.Right(), d.phases.Y)
	p.para(d.gutter.X, d.phases.Y+p.u(5)+names+says+p.u(4)+p.pt(herePt)*0.35, d.gutter.W-p.u(4), p.pt(factPt), Regular, Ink2, p.say("Who is in the phase now"), 2)
	for i, f := range p.m.Phases {
		c := d.col(i, d.phases)
		p.open("phase", f.ID, p.sayf("%s: %s here now, %s entered", f.Name, p.m.spoken(f.Here), p.m.spoken(f.Entered)), c)
		x, room := c.X+p.pad(), c.W-2*p.pad()
		y := c.Y + p.u(5)
		p.para(x, y, room, p.pt(phasePt), Bold, Ink1, f.Name, 3)
		p.para(x, y+names, room, p.pt(saysPt), Serif, Ink2, said(f.Says), 3)
		y += names + says + p.u(4)
		p.here(f, Rect{x, y, room, c.Bottom() - y}, beside)
		p.close()
	}
}

// here is the large number and the facts beside or under it.
func (p *pen) here(f Phase, r Rect, beside bool) {
	size := p.pt(herePt)
	if f.empty() {
		box := Rect{r.X, r.Y + size*0.06, r.W, size * 0.9}
		p.rect(box, p.u(4), Shape{Stroke: Ink3, Width: p.u(0.6), Dash: p.dashes()})
		p.middle(box.X+box.W/2, box.Y+box.H/2-p.pt(factPt)*0.55, box.W-p.u(4), p.pt(factPt), Italic, Ink2, p.say("no data yet"))
		return
	}
	p.figure(r.X, r.Y, r.W, size, Ink1, p.m.figure(f.Here))
	p.line(r.X, r.Y+size*1.06, r.W, p.pt(factPt), Regular, Ink2, p.say("here now"))
	x, y, room := r.X, r.Y+size*1.06+p.pt(factPt)*lineHeight, r.W
	if beside {
		x, y = r.X+p.hereWidth(f, r.W)+p.u(8), r.Y+size*0.1
		room = r.Right() - x
	}
	for _, t := range p.facts(f) {
		v := p.figure(x, y, room, p.pt(factPt), Ink1, t.value)
		if left := room - v - p.u(2); left > p.pt(factPt) {
			p.line(x+v+p.u(2), y, left, p.pt(factPt), Regular, Ink2, t.word)
		}
		y += p.pt(factPt) * lineHeight
	}
}

// loops are arcs above phases to which people came back.
func (p *pen) loops(d plan) {
	for i, f := range p.m.Phases {
		if f.Loops == nil || d.loops.H == 0 {
			continue
		}
		c := d.col(i, d.loops)
		size := p.pt(20)
		label := p.sayf("%s came back", p.m.figure(f.Loops))
		p.open("loop", f.ID, p.sayf("%s came back to %s", p.m.spoken(f.Loops), f.Name), c)
		w := p.wide(label, Regular, size)
		room := c.W - 2*p.pad() - p.u(16)
		w = min(w, room)
		x0, x1 := c.X+p.pad(), c.Right()-p.pad()
		top, foot := c.Y+p.u(6), c.Bottom()-p.u(1)
		var a Path
		a.move(x1, foot)
		a.curve(x1, top, x1-p.u(6), top, x1-p.u(10), top)
		a.line(x0+p.u(10), top)
		a.curve(x0+p.u(6), top, x0, top, x0, foot-p.u(3.5))
		p.shape(a, Shape{Stroke: Ink3, Width: p.u(0.9)})
		p.head3(x0, foot, 0, 1, Ink3)
		mid := (x0 + x1) / 2
		p.rect(Rect{mid - w/2 - p.u(2), top - size*0.6, w + p.u(4), size * 1.2}, 0, Shape{Fill: Paper})
		p.middle(mid, top-size*0.55, room, size, Regular, Ink2, label)
		p.close()
	}
}

// head3 is an arrow's head at a point, in a direction.
func (p *pen) head3(x, y, dx, dy float64, ink Ink) {
	l, w := p.u(4.2), p.u(2.2)
	var h Path
	h.move(x, y)
	h.line(x-dx*l-dy*w, y-dy*l+dx*w)
	h.line(x-dx*l+dy*w, y-dy*l-dx*w)
	h.close()
	p.shape(h, Shape{Fill: ink})
}

const (
	bandMost = 48.0 // how thick the band of the phase is that most entered
	dropMost = 18.0 // how far those who left fall
	slotPt   = 22
)

// slots are the numbers under the band: how it divides.
func (p *pen) slots(f Phase) []fact {
	left := p.say("left")
	if f.Left.known() && f.Entered.known() && f.Entered.N > 0 {
		left = p.sayf("left %d%%", int(math.Round(100*float64(f.Left.N)/float64(f.Entered.N))))
	}
	return []fact{{p.m.figure(f.On), p.say("went on")}, {p.m.figure(f.Waiting), p.say("wait")}, {p.m.figure(f.Left), left}}
}

// slotsBeside tells whether the three stand beside each other in every column.
func (p *pen) slotsBeside(d plan) bool {
	size, room := p.pt(slotPt), (d.column-2*p.pad())/3-p.u(9)
	for _, f := range p.m.Phases {
		for _, s := range p.slots(f) {
			if max(p.wide(s.value, Bold, size), p.wide(s.word, Regular, size)) > room {
				return false
			}
		}
	}
	return true
}

func (p *pen) ribbonHeight(d plan) float64 {
	if len(p.m.Phases) == 0 {
		return 0
	}
	if !p.moving() {
		return p.u(38)
	}
	h := p.u(6+bandMost+dropMost+3) + p.u(4)
	if p.slotsBeside(d) {
		return h + 2*p.pt(slotPt)*lineHeight
	}
	return h + 3*p.pt(slotPt)*lineHeight
}

// moving tells whether anybody has numbers of who moved.
func (p *pen) moving() bool {
	return slices.ContainsFunc(p.m.Phases, func(f Phase) bool {
		return f.Entered != nil || f.On != nil || f.Waiting != nil || f.Left != nil
	})
}

// divided tells whether a phase's band can be drawn to scale: a part that is hidden would otherwise be measured.
func (f Phase) divided() bool {
	return f.Entered.known() && f.On.known() && f.Waiting.known() && f.Left.known() && f.On.N >= 0 && f.Waiting.N >= 0 && f.Left.N >= 0 &&
		f.On.N+f.Waiting.N+f.Left.N > 0
}

// ribbon is the band of people, as thick as those who entered, and how it divides in each phase.
func (p *pen) ribbon(d plan) {
	if d.ribbon.H == 0 {
		return
	}
	p.stroke(Line2, p.u(0.6), nil, d.gutter.X, d.ribbon.Y, d.grid.Right(), d.ribbon.Y)
	y := d.ribbon.Y + p.u(7)
	y += p.para(d.gutter.X, y, d.gutter.W-p.u(4), p.pt(28), Bold, Ink1, p.say("Moving through"), 2)
	if p.m.Window != "" && p.moving() {
		y += p.para(d.gutter.X, y, d.gutter.W-p.u(4), p.pt(20), Regular, Ink2, p.m.Window, 2)
	}
	if p.m.EachScale && p.moving() {
		p.para(d.gutter.X, y, d.gutter.W-p.u(4), p.pt(20), Italic, Ink2, p.say("each phase to its own scale"), 2)
	}
	most := 1
	for _, f := range p.m.Phases {
		if f.divided() {
			most = max(most, f.On.N+f.Waiting.N+f.Left.N)
		}
	}
	beside := p.slotsBeside(d)
	for i, f := range p.m.Phases {
		c := d.col(i, d.ribbon)
		p.open("ribbon", f.ID, p.sayf("%s: %s entered, %s went on, %s wait, %s left", f.Name, p.m.spoken(f.Entered), p.m.spoken(f.On), p.m.spoken(f.Waiting), p.m.spoken(f.Left)), c)
		scale := most
		if p.m.EachScale && f.divided() {
			scale = f.On.N + f.Waiting.N + f.Left.N
		}
		p.band(f, c, float64(scale), i == len(p.m.Phases)-1)
		if !p.moving() {
			p.close()
			continue
		}
		p.divisions(f, Rect{c.X + p.pad(), c.Y + p.u(6+bandMost+dropMost+3), c.W - 2*p.pad(), 0}, beside)
		p.close()
	}
}

// band is one phase's part of the ribbon.
func (p *pen) band(f Phase, c Rect, scale float64, last bool) {
	y, full := c.Y+p.u(6), p.u(bandMost)
	if !f.divided() {
		box := Rect{c.X + p.u(1), y + p.u(1), c.W - p.u(2), full * 0.36}
		p.rect(box, 0, Shape{Stroke: Ink3, Width: p.u(0.6), Dash: p.dashes()})
		p.middle(box.X+box.W/2, box.Y+box.H/2-p.pt(factPt)*0.55, box.W-p.u(4), p.pt(factPt), Italic, Ink2, p.noBand(f))
		return
	}
	thick := func(n *Count) float64 { return full * float64(n.N) / scale }
	on, wait, left := thick(f.On), thick(f.Waiting), thick(f.Left)
	gap := 0.0
	if p.m.EachScale && !last {
		gap = p.u(3)
	}
	if on > 0 {
		p.rect(Rect{c.X, y, c.W - gap, max(on, p.u(0.4))}, 0, Shape{Fill: Flow2})
	}
	if wait > 0 {
		h := max(wait, p.u(0.4))
		r := Rect{c.X, y + on, c.W * 0.6, h}
		k := min(h/2, p.u(5))
		var b Path
		b.move(r.X, r.Y)
		b.line(r.Right()-k, r.Y)
		b.curve(r.Right()-k*(1-arcHandle), r.Y, r.Right(), r.Y+k*(1-arcHandle), r.Right(), r.Y+k)
		b.line(r.Right(), r.Bottom()-k)
		b.curve(r.Right(), r.Bottom()-k*(1-arcHandle), r.Right()-k*(1-arcHandle), r.Bottom(), r.Right()-k, r.Bottom())
		b.line(r.X, r.Bottom())
		b.close()
		p.shape(b, Shape{Fill: Flow})
	}
	if left > 0 {
		p.drop(Rect{c.X, y + on + wait, c.W, max(left, p.u(0.5))}, y+full+p.u(dropMost))
	}
}

// noBand says why a phase has no band.
func (p *pen) noBand(f Phase) string {
	for _, c := range []*Count{f.Entered, f.On, f.Waiting, f.Left} {
		if c != nil && c.Hidden {
			return p.say("not drawn: numbers are hidden")
		}
	}
	if f.Entered.known() && f.Entered.N == 0 {
		return p.say("nobody entered")
	}
	return p.say("no data yet")
}

// drop is those who leave: they turn down and out of the band, getting no wider than a fifth of the column.
func (p *pen) drop(r Rect, foot float64) {
	turn := r.X + r.W*0.5
	end := r.X + r.W*0.78
	w := max(min(r.H, r.W*0.2), p.u(0.6))
	var b Path
	b.move(r.X, r.Y)
	b.line(turn, r.Y)
	b.curve(turn+(end-turn)*0.62, r.Y, end, r.Y+(foot-r.Y)*0.3, end, foot)
	b.line(end-w, foot)
	inner := min(r.Bottom(), foot)
	b.curve(end-w, inner+(foot-inner)*0.4, turn+(end-w-turn)*0.55, inner, min(turn, end-w), inner)
	b.line(r.X, inner)
	b.close()
	p.shape(b, Shape{Fill: LostWash, Stroke: Lost, Width: p.u(0.45), Hatch: Lost})
}

// divisions are the numbers under the band, each with its sample.
func (p *pen) divisions(f Phase, r Rect, beside bool) {
	size := p.pt(slotPt)
	samples := []Shape{{Fill: Flow2, Stroke: Line2, Width: p.u(0.3)}, {Fill: Flow}, {Fill: LostWash, Stroke: Lost, Width: p.u(0.45), Hatch: Lost}}
	for i, s := range p.slots(f) {
		x, y, room := r.X, r.Y+float64(i)*size*lineHeight, r.W
		if beside {
			x, y, room = r.X+float64(i)*r.W/3, r.Y, r.W/3
		}
		box := Rect{x, y + size*0.22, p.u(5), size * 0.58}
		p.rect(box, p.u(0.8), samples[i])
		x, room = x+p.u(7.5), room-p.u(8.5)
		w := p.figure(x, y, room, size, Ink1, s.value)
		if beside {
			p.line(x, y+size*lineHeight, room, size, Regular, Ink2, s.word)
		} else if left := room - w - p.u(2); left > p.wide(s.word, Regular, size) { // the sample says it, too
			p.line(x+w+p.u(2), y, left, size, Regular, Ink2, s.word)
		}
	}
}
