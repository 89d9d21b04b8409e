package wall

import "strings"

const legendPt = 19

// sample is one entry of the legend: a drawing and its words.
type sample struct {
	wide float64
	draw func(x, y, h float64)
	word string
}

// samples are the entries for what the poster has.
func (p *pen) samples() []sample {
	m := p.m
	has := func(of func(Moment) bool) bool {
		for _, x := range m.Moments {
			if of(x) {
				return true
			}
		}
		return false
	}
	var all []sample
	add := func(wide float64, word string, draw func(x, y, h float64)) {
		all = append(all, sample{p.u(wide), draw, word})
	}
	box := func(s Shape) func(x, y, h float64) {
		return func(x, y, h float64) {
			s := s // its dashes are rounded where they are laid
			p.rect(Rect{x, y + h*0.12, p.u(12), h * 0.76}, p.u(1.5), s)
		}
	}
	if has(func(x Moment) bool { return x.Heat > 0 }) {
		add(44, p.say("leverage, low to highest"), func(x, y, h float64) {
			for i := range 5 {
				p.rect(Rect{x + float64(i)*p.u(8.6), y + h*0.12, p.u(8), h * 0.76}, p.u(1), Shape{Fill: heat(i + 1), Stroke: Line2, Width: p.u(0.3)})
			}
		})
	}
	add(12, p.say("dashed: a guess or no data"), box(Shape{Fill: Surfaced, Stroke: Ink3, Width: p.u(0.8), Dash: p.dashes()}))
	if len(m.Moments) > 0 {
		add(7, p.say("something said"), func(x, y, h float64) { p.sign(Moment{}, x, y+h*0.14, h*0.72, Ink1) })
		add(7, p.say("something done"), func(x, y, h float64) { p.sign(Moment{Kind: "action"}, x, y+h*0.14, h*0.72, Ink1) })
	}
	if p.moving() {
		add(12, p.say("went on"), box(Shape{Fill: Flow2}))
		add(12, p.say("still in the phase"), box(Shape{Fill: Flow}))
		add(12, p.say("hatched: left the map"), box(Shape{Fill: LostWash, Stroke: Lost, Width: p.u(0.45), Hatch: Lost}))
	}
	if len(m.HandOffs) > 0 {
		add(26, p.say("hand-off: median wait and its interval against the target; red when surely over"), func(x, y, h float64) {
			v := func(f float64) *float64 { return &f }
			p.bullet(HandOff{Median: v(60), Low: v(48), High: v(74), Target: v(36)}, Rect{x, y + h*0.2, p.u(26), h * 0.6}, 100, Ink1)
		})
	}
	if len(m.Flags) > 0 {
		add(10, p.say("flag: where to act first"), func(x, y, h float64) { p.badge(x+h*0.6, y+h*0.5, h*0.6, 1, false) })
	}
	says := len(m.Asked)+len(m.Quotes) > 0
	for _, f := range m.Phases {
		says = says || f.Says != ""
	}
	if !says {
		return all
	}
	all = append(all, sample{p.wide("“Aa”", Serif, p.pt(legendPt+2)), func(x, y, _ float64) {
		p.write(x, y-p.u(0.05), p.pt(legendPt+2), Serif, Ink1, "“Aa”")
	}, p.say("a patient said it")})
	return all
}

// legendRows breaks the samples into lines.
func (p *pen) legendRows(room float64) [][]sample {
	var rows [][]sample
	at := 0.0
	for _, s := range p.samples() {
		w := s.wide + p.u(3) + p.wide(s.word, Regular, p.pt(legendPt)) + p.u(10)
		if len(rows) == 0 || at+w > room {
			rows, at = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], s)
		at += w
	}
	return rows
}

func (p *pen) legendHeight(d plan) float64 {
	was := p.dry
	p.dry = true
	defer func() { p.dry = was }()
	room := d.page.W - 2*d.margin
	footer := p.para(0, 0, room, p.pt(18), Regular, Ink2, p.footer(), 3)
	return p.u(4) + float64(len(p.legendRows(room)))*p.legendStep() + p.u(2) + footer
}

func (p *pen) legendStep() float64 { return p.pt(legendPt) * 1.5 }

// legend says what the signs mean, and the footer what the numbers are.
func (p *pen) legend(d plan) {
	r := d.legend
	p.stroke(Line2, p.u(0.6), nil, r.X, r.Y, r.Right(), r.Y)
	size := p.pt(legendPt)
	y := r.Y + p.u(4)
	rows := p.legendRows(r.W)
	p.open("legend", "", p.say("What the signs mean"), Rect{r.X, y, r.W, float64(len(rows)) * p.legendStep()})
	for _, list := range rows {
		x := r.X
		for _, s := range list {
			s.draw(x, y, size*lineHeight)
			x += s.wide + p.u(3)
			x += p.line(x, y, max(r.Right()-x, 0), size, Regular, Ink2, s.word) + p.u(10)
		}
		y += p.legendStep()
	}
	p.close()
	y += p.u(2)
	p.open("footer", "", p.footer(), Rect{r.X, y, r.W, r.Bottom() - y})
	p.para(r.X, y, r.W, p.pt(18), Regular, Ink2, p.footer(), 3)
	p.close()
}

// footer is what every number carries: by which definition, as of when, of how many, with what left out.
func (p *pen) footer() string {
	f, m := p.m.Footer, p.m
	var parts []string
	say := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if f.Version != "" {
		say(p.sayf("Definition %s", f.Version))
	}
	if as := p.asOf(); as != "" {
		say(p.sayf("as of %s", as))
	} else {
		say(p.say("no data yet"))
	}
	if f.N != nil {
		say("n = " + m.figure(f.N))
	}
	if f.Censored != nil {
		say(p.sayf("%s still on the way (censored)", m.figure(f.Censored)))
	}
	if m.Window != "" {
		say(p.sayf("entered: over %s", m.Window))
	}
	if f.Filter != "" {
		say(p.sayf("filter: %s", f.Filter))
	}
	say(f.Note)
	if !m.AsOf.IsZero() {
		say(p.say("a printed number does not change: look at the date"))
	}
	return strings.Join(parts, "  ·  ")
}
