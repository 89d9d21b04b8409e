package app

import (
	"fmt"

	"attune/core/channel"
	"attune/internal/api"
)

// paused says what is paused, by whom or because of what, and the command that ends it.
func (n *Node) paused() (out []api.Held) {
	for _, p := range n.pauses() {
		out = append(out, api.Held{Says: p.Says(), Command: p.Command()})
	}
	if n.Reputation != nil {
		if _, paused := n.Reputation.Paused(channel.Promotional); paused {
			out = append(out, api.Held{Says: "promotional e-mail, because of complaints", Command: "attune email resume"})
		}
	}
	return out
}

// above says what waits above the ceiling of its engagement, and the command by which two people let it go.
func (n *Node) above() (out []api.Held) {
	for _, x := range n.ceilings() {
		if x.Waiting == 0 {
			continue
		}
		out = append(out, api.Held{
			Says:    fmt.Sprintf("%d of %s of %s wait above its ceiling; the next may go at %s", x.Waiting, x.Engagement, x.Program, x.Opens),
			Command: fmt.Sprintf("attune ceiling raise %s --program %s --to %d --for 24h --asked-by NAME --by ANOTHER", x.Engagement, x.Program, max(x.Hour, x.Day)+x.Waiting),
		})
	}
	return out
}

// Command is what ends the pause of just this.
func (p Paused) Command() string {
	says := "attune resume"
	for _, x := range [][2]string{{"channel", p.Channel}, {"program", p.Program}, {"journey", p.Journey}, {"engagement", p.Engagement}} {
		if x[1] != "" {
			says += " --" + x[0] + " " + x[1]
		}
	}
	if p == (Paused{}) {
		says += " --all"
	}
	return says
}
