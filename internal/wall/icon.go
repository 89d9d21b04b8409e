package wall

// icon is the picture of a lane's people.
func (p *pen) icon(kind string, x, y, s float64) {
	style := Shape{Stroke: Brand, Width: s * 0.09}
	person := func(x, y, s float64) {
		p.shape(circle(x+s/2, y+s*0.27, s*0.2), style)
		var b Path
		b.move(x+s*0.12, y+s*0.95)
		b.curve(x+s*0.12, y+s*0.55, x+s*0.34, y+s*0.58, x+s*0.5, y+s*0.58)
		b.curve(x+s*0.66, y+s*0.58, x+s*0.88, y+s*0.55, x+s*0.88, y+s*0.95)
		p.shape(b, style)
	}
	switch kind {
	case "patient":
		person(x, y, s)
	case "caregiver": // a heart
		var h Path
		h.move(x+s*0.5, y+s*0.9)
		h.curve(x+s*0.2, y+s*0.66, x+s*0.06, y+s*0.5, x+s*0.06, y+s*0.34)
		h.curve(x+s*0.06, y+s*0.06, x+s*0.4, y+s*0.02, x+s*0.5, y+s*0.28)
		h.curve(x+s*0.6, y+s*0.02, x+s*0.94, y+s*0.06, x+s*0.94, y+s*0.34)
		h.curve(x+s*0.94, y+s*0.5, x+s*0.8, y+s*0.66, x+s*0.5, y+s*0.9)
		h.close()
		p.shape(h, style)
	case "clinician": // a cross on a bag
		p.rect(Rect{x + s*0.08, y + s*0.25, s * 0.84, s * 0.66}, s*0.1, style)
		var b Path
		b.move(x+s*0.34, y+s*0.25)
		b.line(x+s*0.34, y+s*0.08)
		b.line(x+s*0.66, y+s*0.08)
		b.line(x+s*0.66, y+s*0.25)
		p.shape(b, style)
		p.stroke(Brand, style.Width, nil, x+s*0.5, y+s*0.4, x+s*0.5, y+s*0.76)
		p.stroke(Brand, style.Width, nil, x+s*0.32, y+s*0.58, x+s*0.68, y+s*0.58)
	case "staff": // two people
		person(x-s*0.02, y+s*0.02, s*0.62)
		person(x+s*0.42, y+s*0.22, s*0.62)
	case "payer": // a coin
		p.shape(circle(x+s/2, y+s/2, s*0.42), style)
		p.stroke(Brand, style.Width, nil, x+s*0.36, y+s*0.4, x+s*0.64, y+s*0.4)
		p.stroke(Brand, style.Width, nil, x+s*0.36, y+s*0.6, x+s*0.64, y+s*0.6)
	default:
		p.shape(circle(x+s/2, y+s/2, s*0.3), style)
	}
}
