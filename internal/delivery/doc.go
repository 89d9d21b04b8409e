// Package delivery carries out what was decided: it asks the gate for every touch that falls due,
// hands over what the gate let through, and reports what became of it.
//
// It is a state machine like the runner: [Delivery.Tick] is told the time and returns the hand-overs
// to make; whoever drives it makes them, at once or on goroutines, and each reports back. Nothing is
// handed over that is not an attempt committed in the person's own order, and nothing whose outcome is
// unknown is handed over again. It decides nothing itself.
package delivery
