package wall

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// detail is how much of a moment its card shows. Rows that are too high for the paper give up detail, the highest first.
type detail int

const (
	whole  detail = iota // name on three lines, numbers, note, the wait of its hand-off
	plain                // note on one
	brief                // no note, the wait in one line
	tight                // the wait on one line, and the name too where others would be left out
	single               // count beside the name
)

const (
	cardPt  = 25
	countPt = 50
	smallPt = 20
	lanePt  = 27
)

// row is one lane, as it was fitted.
type row struct {
	cells  [][]int // moments by phase
	detail detail
	most   int // cards a cell shows; the others are counted
	height float64
}

// cell is the space inside a column, beside the channel of hand-offs.
func (p *pen) cell(d plan) (pad, width float64) {
	pad = p.u(5)
	return pad, d.column - 2*pad - d.channel
}

// rows fits the lanes into the height there is. Names have up to three lines, whatever else a card gives up. Only where moments would have to be
// left out even so, names get fewer.
func (p *pen) rows(d plan) []row {
	for p.nameLines = 3; p.nameLines > 1; p.nameLines-- {
		lines := p.laneLines
		if rows := p.fitted(d); !slices.ContainsFunc(rows, func(r row) bool { return r.most < r.moments() }) && p.laneLines == lines {
			return rows
		}
		p.laneLines = lines
	}
	return p.fitted(d)
}

func (p *pen) fitted(d plan) []row {
	rows := make([]row, len(p.m.Lanes))
	for l := range rows {
		rows[l] = row{cells: make([][]int, len(p.m.Phases)), most: 1}
		for i, m := range p.m.Moments {
			if p.m.lane(m.Lane) == l {
				c := p.m.phase(m.Phase)
				rows[l].cells[c] = append(rows[l].cells[c], i)
				rows[l].most = max(rows[l].most, len(rows[l].cells[c]))
			}
		}
		rows[l].height = p.rowHeight(d, l, rows[l])
	}
	// weight says how much it costs to take more from a row that has so little already.
	weight := func(r row) float64 { return r.height * []float64{1, 0.85, 0.7, 0.5, 0.3}[r.detail] }
	for {
		sum, tallest := 0.0, -1
		for l, r := range rows {
			sum += r.height
			if (r.detail < single || r.most > 0 && r.moments() > 0) && (tallest < 0 || weight(r) > weight(rows[tallest])) {
				tallest = l
			}
		}
		if spare := d.lanes.H - sum; spare >= 0 {
			spare = p.giveBack(d, rows, spare)
			for l := range rows {
				rows[l].height += spare / float64(len(rows))
			}
			return rows
		}
		if tallest < 0 && p.laneLines > 1 {
			p.laneLines--
			for l := range rows {
				rows[l].height = p.rowHeight(d, l, rows[l])
			}
			continue
		}
		if tallest < 0 { // nothing is left to give up
			if p.nameLines == 1 {
				p.short("The paper is too small for so many lanes, which run over each other: choose a larger size")
			}
			for l := range rows {
				rows[l].height *= d.lanes.H / sum
			}
			return rows
		}
		r := &rows[tallest]
		if r.detail < single {
			r.detail++
		} else {
			r.most--
		}
		r.height = p.rowHeight(d, tallest, *r)
	}
}

// moments is how many moments the row's fullest cell has.
func (r row) moments() int {
	n := 0
	for _, c := range r.cells {
		n = max(n, len(c))
	}
	return n
}

// giveBack gives detail back to rows for which there is room after all, those with the least first, and tells what
// is left.
func (p *pen) giveBack(d plan, rows []row, spare float64) float64 {
	for level := single; level > whole; level-- {
		for l := range rows {
			if rows[l].detail != level {
				continue
			}
			richer := rows[l]
			richer.detail--
			richer.height = p.rowHeight(d, l, richer)
			if more := richer.height - rows[l].height; more <= spare {
				rows[l], spare = richer, spare-more
			}
		}
	}
	return spare
}

// rowHeight is the least height of a lane.
func (p *pen) rowHeight(d plan, l int, r row) float64 {
	was := p.dry
	p.dry = true
	defer func() { p.dry = was }()
	h := p.laneName(d, l, 0)
	for c := range r.cells {
		h = max(h, p.stack(d, c, 0, 0, r, nil))
	}
	return h
}

// laneName writes a lane's name and picture and gives the height it takes.
func (p *pen) laneName(d plan, l int, y float64) float64 {
	lane := p.m.Lanes[l]
	top := y
	y += p.u(5)
	if lane.Rule != "" {
		y += p.para(d.gutter.X, y, d.gutter.W-p.u(4), p.pt(18), Italic, Ink2, lane.Rule, min(2, p.laneLines)) + p.u(2)
	}
	icon := p.u(12)
	p.icon(lane.Kind, d.gutter.X, y, icon*0.92)
	h := p.para(d.gutter.X+icon+p.u(4), y+p.u(0.6), d.gutter.W-icon-p.u(8), p.pt(lanePt), Bold, Ink1, lane.Name, p.laneLines)
	return y + max(h, icon) + p.u(4) - top
}

// edge is where a hand-off begins or ends.
type edge struct{ x, y float64 }

// places is where cards came to lie: from which edge each moment's hand-off leaves, and where arrows reach a cell.
type places struct {
	from map[int]edge
	to   map[[2]int]edge // lane and phase
}

// stack lays the cards of one cell and gives their height.
func (p *pen) stack(d plan, phase int, x, y float64, r row, at *places) float64 {
	pad, w := p.cell(d)
	cells := r.cells[phase]
	if len(cells) == 0 {
		return 0
	}
	top := y
	y += p.u(5)
	show := min(len(cells), r.most)
	for n, i := range cells[:show] {
		if n > 0 {
			y += p.u(3.5)
		}
		box := Rect{x + pad, y, w, 0}
		was := p.dry
		p.dry = true
		box.H = p.card(i, box, r.detail, nil)
		p.dry = was
		if !p.dry {
			p.card(i, box, r.detail, at)
		}
		y += box.H
	}
	if more := cells[show:]; len(more) > 0 {
		size := p.pt(smallPt)
		var names []string
		for _, i := range more {
			names = append(names, p.m.Moments[i].Name)
		}
		word := p.sayf("+%d more", len(more))
		if show == 0 {
			word = p.sayf("%d moments", len(more))
		}
		y += p.u(1.5)
		box := Rect{x + pad, y, w, size * lineHeight}
		p.open("more", "", p.sayf("Not shown here: %s", strings.Join(names, "; ")), box)
		p.line(box.X+p.u(2), box.Y, box.W-p.u(2), size, Regular, Ink2, word)
		p.close()
		p.short("Not shown for want of room: " + quoted(spoken(strings.Join(names, "; "))))
		y += box.H
	}
	return y + p.u(5) - top
}

// handOff is the hand-off that begins at a moment.
func (m *Model) handOff(moment string) *HandOff {
	for i := range m.HandOffs {
		if m.HandOffs[i].Moment == moment {
			return &m.HandOffs[i]
		}
	}
	return nil
}

// card lays one moment and gives the height it takes; box.H is what dry told.
func (p *pen) card(i int, box Rect, level detail, at *places) float64 {
	m := p.m.Moments[i]
	pad, ink := p.u(5), onHeat(m.Heat)
	p.open("moment", m.ID, p.cardLabel(m), box)
	defer p.close()
	shape := Shape{Fill: heat(m.Heat), Stroke: Line2, Width: p.u(0.6)}
	if m.Heat >= 5 {
		shape.Stroke = shape.Fill
	}
	if m.Guess || m.Count == nil {
		shape.Stroke, shape.Dash, shape.Width = Ink3, p.dashes(), p.u(0.9)
	}
	p.rect(box, p.u(5), shape)
	x, y, room := box.X+pad, box.Y+pad, box.W-2*pad
	badge := 0.0
	if n := p.m.flagOf(m.ID); n > 0 {
		badge = p.u(16)
		p.badge(box.Right()-p.u(3.5)-badge/2, box.Y+p.u(3.5)+badge/2, badge/2, n, m.Heat >= 4)
	}
	sign := p.pt(cardPt) * 0.62
	p.sign(m, x, y+p.pt(cardPt)*0.2, sign, ink)
	nameX, nameRoom := x+sign+p.u(3), room-sign-p.u(3)-badge
	if level > whole && !p.dry {
		p.squeezed = true
	}
	if level == single {
		return p.cardLine(m, box, nameX, y, nameRoom, badge, ink, at, i)
	}
	lines := p.nameLines
	if lines < 3 {
		lines = []int{3, 2, 2, 1}[level]
	}
	h := p.para(nameX, y, nameRoom, p.pt(cardPt), Bold, ink, m.Name, lines)
	y += max(h, badge-p.u(1.2)) + p.u(1.5)
	y += p.numbers(m, x, y, room, ink)
	if m.Note != "" && level < brief {
		y += p.u(2)
		p.stroke(ink, p.u(0.35), nil, x, y, x+room, y)
		y += p.u(1.5)
		y += p.para(x, y, room, p.pt(smallPt), Regular, ink, m.Note, 3-int(level))
	}
	if m.Note != "" && level >= brief {
		p.short("Not shown for want of room: " + quoted(spoken(m.Note)))
	}
	leave := y - p.u(8)
	if off := p.m.handOff(m.ID); off != nil {
		y += p.u(2.5)
		leave = y + p.u(7)
		y += p.wait(*off, Rect{box.X + p.u(2.5), y, box.W - p.u(5), 0}, level)
		y -= pad - p.u(2.5)
	}
	p.lies(m, i, box, leave, at)
	return y + pad - box.Y
}

// lies notes where a card is, for arrows.
func (p *pen) lies(m Moment, i int, box Rect, leave float64, at *places) {
	if at == nil {
		return
	}
	at.from[i] = edge{box.Right(), leave}
	key := [2]int{p.m.lane(m.Lane), p.m.phase(m.Phase)}
	if _, ok := at.to[key]; !ok {
		at.to[key] = edge{box.Right(), box.Y + p.u(12)}
	}
}

// cardLine is a card without more than its name and count: the count at the right of the name, or under it where the name needs the room.
func (p *pen) cardLine(m Moment, box Rect, x, y, room, badge float64, ink Ink, at *places, i int) float64 {
	size, name := p.pt(36), p.pt(21)
	lines := p.nameLines
	if lines < 3 {
		lines = 1
	}
	s, figure, below := "", 0.0, false
	if m.Count != nil {
		s = p.m.figure(m.Count)
		figure = p.wide(s, Bold, size) + p.u(3)
		switch beside := room - figure; {
		case lines == 3 && (beside < 0 || !p.stands(m.Name, name, beside, lines)): // a moment without a name still has a number
			figure, below = 0, true
		case beside <= min(7*name, p.wide(m.Name, Bold, name)) && lines == 1: // a number without its name says nothing
			figure = 0
			p.short("Not shown for want of room: the number of " + quoted(spoken(m.Name)))
		default:
			p.write(box.Right()-p.u(5)-badge-figure+p.u(3), y-p.u(2), size, Bold, ink, s)
		}
	}
	high := p.para(x, y+p.u(2), room-figure, name, Bold, ink, m.Name, lines)
	if below {
		p.figure(x, y+p.u(2)+high, room, size, ink, s)
		high += size * 1.06
	}
	p.lies(m, i, box, box.Y+p.u(8), at)
	return y + max(high+p.u(2), size-p.u(2)) + p.u(3) - box.Y
}

// stands tells whether a text stands on so many lines of that room, with no word broken.
func (p *pen) stands(s string, size, room float64, lines int) bool {
	for _, w := range strings.Fields(p.t.clean(s, Bold)) {
		if p.t.width(w, Bold)*size > room {
			return false
		}
	}
	wrapped := p.t.wrap(s, Bold, room/size, lines)
	return len(wrapped) == 0 || !strings.HasSuffix(wrapped[len(wrapped)-1], "…")
}

func (p *pen) cardLabel(m Moment) string {
	var b strings.Builder
	b.WriteString(m.Name)
	if m.Guess {
		b.WriteString(", " + p.say("a guess"))
	}
	here := p.m.spoken(m.Count)
	if m.Count != nil {
		here = p.sayf("%s here", here)
	}
	b.WriteString(": " + here)
	if m.Late != nil {
		b.WriteString(", " + p.sayf("%s late", p.m.spoken(m.Late)))
	}
	if w := heatWord(m.Heat); w != "" {
		b.WriteString(", " + p.sayf("leverage %s", p.say(w)))
	}
	if n := p.m.flagOf(m.ID); n > 0 {
		b.WriteString(", " + p.sayf("flag %d", n))
	}
	return b.String()
}

// sign is a circle for what is said and a square for what is done.
func (p *pen) sign(m Moment, x, y, s float64, ink Ink) {
	style := Shape{Stroke: ink, Width: p.u(0.9)}
	if m.Kind == "action" {
		p.rect(Rect{x + s*0.06, y + s*0.06, s * 0.88, s * 0.88}, p.u(0.8), style)
		return
	}
	p.shape(circle(x+s/2, y+s/2, s*0.47), style)
}

// badge is a flag's number.
func (p *pen) badge(x, y, r float64, n int, onDark bool) {
	fill, ink := Ink1, Paper
	if onDark {
		fill, ink = Paper, Ink1
	}
	p.shape(circle(x, y, r), Shape{Fill: fill})
	size := r * 1.35
	p.middle(x, y-size*0.55, 2*r, size, Bold, ink, strconv.Itoa(n))
}

// numbers are a card's count, what goes with it, and its heat as bars and a word. They stand beside each other as far
// as there is room, and then below.
func (p *pen) numbers(m Moment, x, y, room float64, ink Ink) float64 {
	size, small := p.pt(countPt), p.pt(smallPt)
	var words []string
	if m.Count == nil {
		words = append(words, p.say("no data yet"))
	} else {
		here := cmp.Or(m.Of, p.say("here"))
		if m.Change != "" {
			here += " (" + m.Change + ")"
		}
		words = append(words, here)
	}
	if m.Late != nil {
		words = append(words, p.sayf("%s late", p.m.figure(m.Late)))
	}
	at, top, tall := x, y, 0.0
	place := func(w, h float64) (float64, float64) {
		if at > x && at+w > x+room {
			top, at, tall = top+tall+p.u(1), x, 0
		}
		left := at
		at += w + p.u(4)
		tall = max(tall, h)
		return left, top
	}
	if m.Count != nil {
		s := p.m.figure(m.Count)
		fits := p.fitting(s, room, size)
		lx, ly := place(p.t.width(s, Bold)*fits, size*1.06)
		p.figure(lx, ly, room, size, ink, s)
	}
	w, face := 0.0, Regular
	if m.Count == nil {
		face = Italic
	}
	faceOf := func(i int) Face {
		if i > 0 {
			return Bold
		}
		return face
	}
	for i, s := range words {
		w = max(w, p.wide(s, faceOf(i), small))
	}
	w = min(w, room)
	lx, ly := place(w, small*lineHeight*float64(len(words))+p.u(1))
	drop := 0.0
	if m.Count != nil && lx > x && len(words) == 1 {
		drop = small * 0.85
	}
	for i, s := range words {
		p.line(lx, ly+drop+float64(i)*small*lineHeight, w+0.05, small, faceOf(i), ink, s)
	}
	if m.Heat > 0 {
		word := p.say(heatWord(m.Heat))
		wide := max(p.u(20), p.wide(word, Regular, p.pt(18)))
		high := p.u(10) + p.pt(18)*lineHeight
		if wide <= room {
			_, my := place(wide, high)
			mx := x + room - wide // at the right end of its row
			p.meter(mx+wide-p.u(19), my, m.Heat, ink)
			p.ending(mx+wide, my+p.u(10), wide, p.pt(18), Regular, ink, word)
		}
	}
	return top + tall - y
}

// meter is a heat as five bars, of which so many are full.
func (p *pen) meter(x, y float64, n int, ink Ink) {
	for b := range 5 {
		h := p.u(3.2 + 1.5*float64(b))
		s := Shape{Stroke: ink, Width: p.u(0.4)}
		if b < n {
			s.Fill = ink
		}
		p.rect(Rect{x + float64(b)*p.u(3.9), y + p.u(9.4) - h, p.u(2.9), h}, p.u(0.6), s)
	}
}

// lanes are the rows with their cards, and the arrows between them.
func (p *pen) lanes(d plan) {
	rows := p.rows(d)
	at := &places{from: map[int]edge{}, to: map[[2]int]edge{}}
	y := d.lanes.Y
	tops := make([]float64, len(rows)+1)
	for l, r := range rows {
		lane := p.m.Lanes[l]
		tops[l] = y
		p.open("lane", lane.ID, lane.Name, Rect{d.gutter.X, y, d.grid.Right() - d.gutter.X, r.height})
		if lane.Rule == "" {
			p.stroke(Line1, p.u(0.5), nil, d.gutter.X, y, d.grid.Right(), y)
		} else {
			p.stroke(Ink3, p.u(0.8), []float64{p.u(7), p.u(2.5), p.u(1.2), p.u(2.5)}, d.gutter.X, y, d.grid.Right(), y)
		}
		p.laneName(d, l, y)
		for c := range r.cells {
			p.stack(d, c, d.col(c, d.lanes).X, y, r, at)
		}
		p.close()
		y += r.height
	}
	tops[len(rows)] = y
	p.arrows(d, tops, at)
}

// arrows lead from a moment to the lane it hands over to, in the channel beside the column's cards.
func (p *pen) arrows(d plan, tops []float64, at *places) {
	used := map[int]int{}
	for _, h := range p.m.HandOffs {
		i := p.m.moment(h.Moment)
		from, ok := at.from[i]
		if !ok {
			continue
		}
		phase, lane := p.m.phase(p.m.Moments[i].Phase), p.m.lane(h.To)
		x := from.x + d.channel*[]float64{0.75, 1.05, 0.45}[used[phase]%3]
		used[phase]++
		to, ok := at.to[[2]int{lane, phase}]
		end := to.x + p.u(0.6)
		if !ok {
			to = edge{from.x, tops[lane] + p.u(12)}
			end = from.x - p.u(6)
		}
		ink := Ink1
		k := p.u(4)
		down := 1.0
		if to.y < from.y {
			down = -1
		}
		var a Path
		a.move(from.x, from.y)
		a.line(x-k*0.6, from.y)
		a.curve(x, from.y, x, from.y, x, from.y+down*k*0.6)
		a.line(x, to.y-down*k*0.6)
		a.curve(x, to.y, x, to.y, x-k*0.6, to.y)
		a.line(end+p.u(3), to.y)
		p.shape(a, Shape{Stroke: ink, Width: p.u(1.1)})
		p.head3(end, to.y, -1, 0, ink)
	}
}
