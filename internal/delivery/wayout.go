package delivery

import (
	"math"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/person"
	"attune/core/program"
)

// tell gives the message what it is, what reports about it carry and, where its reader may take back
// consent, how.
func (d *Delivery) tell(m *Message, send effect.Send, of *program.Program) {
	m.Number, m.Purpose, m.Class = number(send.Touch, send.Attempt), send.Purpose, send.Class
	m.Program, m.Engagement, m.Value, m.Expires = send.Program, send.Engagement, send.Value, send.Expires.Std()
	if d.cfg.Ticket != nil {
		m.Ticket = d.cfg.Ticket(*m)
	}
	if d.cfg.Unsubscribe != nil && !mustBeSaid(send, of) {
		m.Unsubscribe = d.cfg.Unsubscribe(*m)
	}
}

// mustBeSaid tells a contact that nobody unsubscribes from: a recall, or another about safety.
func mustBeSaid(send effect.Send, of *program.Program) bool {
	en := of.Engagement(send.Engagement)
	return send.Class == channel.Safety || en != nil && en.Coordination == program.MustSend
}

// number finds which of the touch's attempts this one is; 0 when there are more than tickets can name.
func number(touch, attempt id.Key) uint8 {
	t := person.Touch{ID: touch}
	for t.Attempts = 1; t.Attempts <= math.MaxUint8; t.Attempts++ {
		if t.Attempt() == attempt {
			return uint8(t.Attempts)
		}
	}
	return 0
}
