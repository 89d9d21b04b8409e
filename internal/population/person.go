package population

// person is one patient, as the world knows them.
type person struct {
	stage, recorded int
	age             int
	app, gone       bool
	// base is what this person does more or less than others in the stage; responds multiplies all effects.
	base, responds float64
	dose           float64
	// sent are the days of messages within the window, the newest last.
	sent []int
}

func newPerson(c *Config, n int) person {
	u := func(k int) float64 { return draw(c.Seed, drawPerson, n, k) }
	p := person{age: 20 + int(65*u(0)), app: u(1) < .5, base: .08 * (u(2) + u(3) + u(4) - 1.5), responds: .5 + u(5)}
	mix := [stages]float64{.25, .45, .6, .8, .92, 1}
	at := draw(c.Seed, drawStage, n, 0)
	for at >= mix[p.stage] {
		p.stage++
	}
	p.assess(c, n, 0)
	return p
}

// assess records the stage, or a wrong one.
func (p *person) assess(c *Config, n, day int) {
	p.recorded = p.stage
	if draw(c.Seed, drawRecord, n, 2*day) < c.Wrong {
		p.recorded = (p.stage + 1 + int((stages-1)*draw(c.Seed, drawRecord, n, 2*day+1))) % stages
	}
}

// chance is how probable the behaviour is today with an effect.
func (p *person) chance(effect float64) float64 {
	rate := [stages]float64{.12, .18, .28, .48, .58, .2}
	return max(.01, min(.99, rate[p.stage]+p.base-.001*float64(p.age-50)+effect))
}

// moment is what is true of the person today.
func (p *person) moment(day, n int, effects *[actions]float64) Moment {
	m := Moment{Day: day, Patient: n, Effects: effects[:], Nothing: p.chance(0), Chances: make([]float64, actions)}
	for a, e := range effects {
		m.Chances[a] = p.chance(e)
	}
	return m
}

// recent counts the messages of the last days.
func (p *person) recent(day, window int) int {
	n := 0
	for _, d := range p.sent {
		if d > day-window {
			n++
		}
	}
	return n
}

// after lets a day pass: with a message or without, done or not.
func (p *person) after(c *Config, n, day int, said, done bool) {
	p.dose *= keep
	if said {
		p.dose++
		p.sent = append(p.sent, day)
		if len(p.sent) > c.Window {
			p.sent = p.sent[1:]
		}
	}
	p.move(draw(c.Seed, drawMove, n, day), done)
	if draw(c.Seed, drawAssess, n, day) < 1./14 {
		p.assess(c, n, day+1)
	}
}

// move goes on to the next stage now and then, sooner for those who do something, and falls back.
func (p *person) move(at float64, done bool) {
	forth := 1. / 90
	if done {
		forth *= 2
	}
	back := 1. / 120
	switch {
	case p.stage < 4 && at < forth:
		p.stage++
	case p.stage == 5 && at < forth:
		p.stage = 2
	case (p.stage == 3 || p.stage == 4) && at > 1-back:
		p.stage = 5
	case (p.stage == 1 || p.stage == 2) && at > 1-back:
		p.stage--
	}
}
