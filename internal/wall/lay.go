package wall

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// plan is how the paper is divided.
type plan struct {
	page    Rect
	margin  float64
	grid    Rect // columns alone, from the phases' heads to the end of the lanes
	gutter  Rect // names of lanes, left of the grid
	panel   Rect // flags and quotes, right of it; no width where there are none
	column  float64
	head    Rect
	cycle   Rect
	loops   Rect
	phases  Rect
	ribbon  Rect
	lanes   Rect
	feel    Rect
	legend  Rect
	channel float64 // where arrows of hand-offs run, at the right of each column
}

// Lay gives everything on the wall its place. What refers to a phase, lane or moment that is not there is left out,
// and told in the warnings, like all that had no room.
//
// A map with little on it gets larger type, as long as everything fits: it is read from further away.
func Lay(m Model, size Size) Layout {
	if size.Type <= 0 {
		size.Type = size.W / 1189
	}
	t := newTypesetter()
	for grow := 1.5; grow > 1.02; grow -= 0.1 {
		if out, roomy := lay(m, size, t, grow); roomy {
			return out
		}
	}
	out, _ := lay(m, size, t, 1)
	return out
}

// lay lays once, with type so much larger, and tells whether everything had room.
func lay(m Model, size Size, t *typesetter, grow float64) (Layout, bool) {
	out := Layout{Size: size, Lang: m.Lang}
	if out.Lang == "" {
		out.Lang = "en"
	}
	if !m.AsOf.IsZero() {
		out.Made = m.AsOf.Unix()
	}
	p := &pen{m: &m, t: t, out: &out, k: size.Type * grow, warned: map[string]bool{}, laneLines: 3}
	p.sound()
	out.Title = spoken(m.Title)
	out.Says = p.summary()
	d := p.divide(size)
	p.open("poster", m.Program, out.Title, d.page)
	p.rect(d.page, 0, Shape{Fill: Paper})
	for _, part := range []func(plan){p.head, p.cycle, p.columns, p.loops, p.phases, p.ribbon, p.lanes, p.feelings, p.panel, p.legend} {
		if part(d); p.squeezed && grow > 1 {
			return out, false
		}
	}
	p.close()
	p.glyphWarning()
	return out, !p.squeezed
}

// sound leaves out what refers to nothing.
func (p *pen) sound() {
	m := p.m
	m.Moments = kept(m.Moments, func(x Moment) bool {
		if p.m.phase(x.Phase) < 0 || p.m.lane(x.Lane) < 0 {
			p.warn("Left out, since its phase or its lane is not on the map: moment " + quoted(spoken(x.ID)))
			return false
		}
		return true
	})
	m.HandOffs = kept(m.HandOffs, func(h HandOff) bool {
		at := p.m.moment(h.Moment)
		if at < 0 || p.m.lane(h.To) < 0 || m.Moments[at].Lane == h.To {
			p.warn("Left out, since it does not lead from a moment to another lane: hand-off of " + quoted(spoken(h.Moment)))
			return false
		}
		return true
	})
	for i := range m.HandOffs {
		h := &m.HandOffs[i]
		for _, v := range []**float64{&h.Median, &h.Low, &h.High, &h.Target} {
			if *v != nil && !finite(**v) {
				*v = nil
			}
		}
	}
	m.Flags = slices.Clone(m.Flags)
	for i, f := range m.Flags {
		if f.Gain != nil && !(finite(f.Gain.Value) && finite(f.Gain.Low) && finite(f.Gain.High)) {
			m.Flags[i].Gain = nil
		}
	}
	if len(m.Flags) > 7 {
		p.warn(fmt.Sprintf("Left out: %d flags after the seventh", len(m.Flags)-7))
		m.Flags = m.Flags[:7]
	}
	for _, list := range []*[]Feeling{&m.Planned, &m.Asked} {
		*list = slices.Clone(*list)
		for i, f := range *list {
			if at := m.moment(f.Moment); at >= 0 {
				(*list)[i].Phase = m.Moments[at].Phase
			}
		}
		*list = kept(*list, func(f Feeling) bool {
			if m.phase(f.Phase) < 0 {
				p.warn("Left out, since its phase or moment is not on the map: feeling " + quoted(spoken(f.Word)))
				return false
			}
			return true
		})
	}
}

func kept[T any](list []T, keep func(T) bool) []T {
	var out []T
	for _, x := range list {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (m *Model) phase(id string) int {
	return slices.IndexFunc(m.Phases, func(x Phase) bool { return x.ID == id })
}

func (m *Model) lane(id string) int {
	return slices.IndexFunc(m.Lanes, func(x Lane) bool { return x.ID == id })
}

func (m *Model) moment(id string) int {
	return slices.IndexFunc(m.Moments, func(x Moment) bool { return x.ID == id })
}

// flagOf is the number of the flag on a moment, or 0.
func (m *Model) flagOf(moment string) int {
	for _, f := range m.Flags {
		if f.Moment == moment && moment != "" {
			return f.Number
		}
	}
	return 0
}

// divide gives each part its place; what is not needed by the others is the lanes'.
func (p *pen) divide(size Size) plan {
	m := p.m
	d := plan{page: Rect{0, 0, size.W, size.H}, margin: size.W * 0.023}
	x0, x1 := d.margin, size.W-d.margin
	if len(m.Flags)+len(m.Quotes) > 0 {
		d.panel.W = min(max(p.u(185), (x1-x0)*0.16), (x1-x0)*0.21)
	}
	gap := 0.0
	if d.panel.W > 0 {
		gap = p.u(14)
	}
	gutter := min(p.u(92), (x1-x0)*0.12)
	d.panel.X = x1 - d.panel.W
	d.grid = Rect{X: x0 + gutter, W: d.panel.X - gap - x0 - gutter}
	d.gutter = Rect{X: x0, W: gutter}
	d.column = d.grid.W / float64(max(1, len(m.Phases)))
	if len(m.HandOffs) > 0 {
		d.channel = min(p.u(11), d.column*0.12)
	}
	y := d.margin
	place := func(h float64) Rect {
		r := Rect{d.grid.X, y, d.grid.W, h}
		y += h
		return r
	}
	d.head = place(p.headHeight())
	d.head.X, d.head.W = x0, x1-x0
	d.panel.Y = y
	if len(m.Lifecycle) > 0 {
		d.cycle = place(p.u(13))
	}
	if slices.ContainsFunc(m.Phases, func(x Phase) bool { return x.Loops != nil }) {
		d.loops = place(p.u(20))
	}
	d.phases = place(p.phasesHeight(d))
	d.ribbon = place(p.ribbonHeight(d))
	legend := p.legendHeight(d)
	feel := p.feelingsHeight()
	d.lanes = place(max(0, size.H-d.margin-legend-p.u(8)-feel-y))
	d.feel = place(feel)
	d.panel.H = y - d.panel.Y
	y += p.u(8)
	d.legend = place(legend)
	d.legend.X, d.legend.W = x0, x1-x0
	d.grid.Y, d.grid.H = d.phases.Y, d.feel.Bottom()-d.phases.Y
	d.gutter.Y, d.gutter.H = d.grid.Y, d.grid.H
	return d
}

// col is the place of a phase's column in a band of the plan.
func (d *plan) col(i int, band Rect) Rect {
	return Rect{d.grid.X + float64(i)*d.column, band.Y, d.column, band.H}
}

const (
	titlePt    = 76
	subtitlePt = 27
)

func (p *pen) headHeight() float64 {
	return p.pt(titlePt)*lineHeight + p.pt(subtitlePt)*lineHeight + p.u(9)
}

// head is title and subtitle, and who made the poster.
func (p *pen) head(d plan) {
	p.open("head", "", p.m.Title, d.head)
	defer p.close()
	mark, size := p.pt(34), p.pt(34)
	word := p.wide("Attune", Bold, size)
	right := d.head.Right() - word
	p.write(right, d.head.Y+p.u(4), size, Bold, Brand, "Attune")
	p.logo(right-mark*1.35, d.head.Y+p.u(4)+size*0.12, mark*1.05)
	p.line(d.head.X, d.head.Y, right-mark*2-d.head.X, p.pt(titlePt), Bold, Ink1, p.m.Title)
	sub := p.m.Subtitle
	if as := p.asOf(); as != "" {
		if sub != "" {
			sub += "  ·  "
		}
		sub += p.sayf("as of %s", as)
	}
	p.line(d.head.X, d.head.Y+p.pt(titlePt)*lineHeight, d.head.W, p.pt(subtitlePt), Regular, Ink2, sub)
}

func (p *pen) asOf() string {
	if p.m.AsOf.IsZero() {
		return ""
	}
	at := p.m.AsOf
	return p.sayf("%d %s %d", at.Day(), p.say(at.Month().String()), at.Year()) + at.Format(", 15:04 MST")
}

// logo is a wave that comes to rest.
func (p *pen) logo(x, y, s float64) {
	var w Path
	w.move(x, y+s*0.55)
	w.curve(x+s*0.18, y+s*0.55, x+s*0.2, y+s*0.1, x+s*0.36, y+s*0.1)
	w.curve(x+s*0.54, y+s*0.1, x+s*0.5, y+s*0.82, x+s*0.68, y+s*0.82)
	w.curve(x+s*0.82, y+s*0.82, x+s*0.82, y+s*0.45, x+s, y+s*0.45)
	p.shape(w, Shape{Stroke: Brand, Width: s * 0.11})
}

// cycle is the customer's life cycle above its phases, a bar for each run of neighbours.
func (p *pen) cycle(d plan) {
	if d.cycle.H == 0 {
		return
	}
	p.open("lifecycle", "", "", d.cycle)
	defer p.close()
	size := p.pt(20)
	taken := make([]bool, len(p.m.Phases))
	for _, b := range p.m.Lifecycle {
		in := make([]bool, len(p.m.Phases))
		for _, id := range b.Phases {
			if i := p.m.phase(id); i >= 0 && !taken[i] {
				in[i], taken[i] = true, true
			}
		}
		for i := 0; i < len(in); i++ {
			if !in[i] {
				continue
			}
			j := i
			for j+1 < len(in) && in[j+1] {
				j++
			}
			a, z := d.col(i, d.cycle), d.col(j, d.cycle)
			bar := Rect{a.X + p.u(1), d.cycle.Y, z.Right() - a.X - p.u(2), size * 1.3}
			p.rect(bar, p.u(3), Shape{Fill: Sunken})
			p.middle(bar.X+bar.W/2, bar.Y+size*0.13, bar.W-p.u(4), size, Regular, Ink2, b.Name)
			i = j
		}
	}
}

// columns are the hair lines between phases.
func (p *pen) columns(d plan) {
	for i := range p.m.Phases {
		x := d.col(i, d.grid).X
		p.stroke(Line1, p.u(0.5), nil, x, d.grid.Y, x, d.grid.Bottom())
	}
	if len(p.m.Phases) > 0 {
		p.stroke(Line1, p.u(0.5), nil, d.grid.Right(), d.grid.Y, d.grid.Right(), d.grid.Bottom())
	}
}

// summary is the poster in a few sentences.
func (p *pen) summary() string {
	m := p.m
	var b strings.Builder
	b.WriteString(p.sayf("Journey map with %d phases, %d lanes and %d moments.", len(m.Phases), len(m.Lanes), len(m.Moments)))
	for _, f := range m.Phases {
		b.WriteString(" " + p.sayf("%s: %s here now", f.Name, m.spoken(f.Here)))
		if f.Entered != nil {
			b.WriteString(p.sayf(", %s entered, %s went on, %s wait, %s left", m.spoken(f.Entered), m.spoken(f.On), m.spoken(f.Waiting), m.spoken(f.Left)))
		}
		b.WriteString(".")
	}
	if as := p.asOf(); as != "" {
		b.WriteString(" " + p.sayf("Numbers are as of %s.", as))
	}
	return spoken(b.String())
}

// glyphWarning tells which letters could not be drawn.
func (p *pen) glyphWarning() {
	if len(p.t.missing) == 0 {
		return
	}
	var letters []rune
	for r := range p.t.missing {
		letters = append(letters, r)
	}
	sort.Slice(letters, func(i, j int) bool { return letters[i] < letters[j] })
	var codes []string
	for i, r := range letters {
		if i == 12 {
			codes = append(codes, "…")
			break
		}
		codes = append(codes, fmt.Sprintf("U+%04X", r))
	}
	p.warn(fmt.Sprintf("The poster's fonts (Latin, Greek, Cyrillic) lack %d letters, which stand as %c: %s", len(letters), noGlyph, strings.Join(codes, " ")))
}
