package app

import (
	"os"
	"runtime/debug"
)

// How much garbage may lie there before it is collected, in percent of what lives: letters cost a server about a tenth less
// CPU than with Go's 100. Who does nothing but import goes further.
const (
	ServerGarbage = 250
	ImportGarbage = 400
	MinerGarbage  = 30 // the other way round: a log of numbers is most of the memory, and cheap to walk past
)

// TradeMemory lets the process use more memory and less CPU until done is called, unless GOGC says otherwise.
func TradeMemory(garbage int) (done func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	was := debug.SetGCPercent(garbage)
	return func() { debug.SetGCPercent(was) }
}
