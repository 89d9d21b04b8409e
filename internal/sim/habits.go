package sim

import (
	"math"
	"math/rand/v2"

	"attune/core/instant"
)

// Every number of this file is made up, so that a demonstration has something to show: people who
// manage and people who do not, and messages that help some of them.
const (
	shareDiabetes   = 0.72 // of everybody; the others have prediabetes
	shareSpanish    = 0.24
	shareNoEmail    = 0.06
	shareGranted    = 0.62 // said yes when asked; most others were never asked
	shareDenied     = 0.05
	dailyDeath      = 0.004 / 180
	dailyWithdrawal = 0.004 / 180
	shareOpens      = 0.55 // opens a message at all
	shareClicks     = 0.35 // of those who open
	annoyance       = 0.012
	supplyDays      = 30
	bornFrom        = 1938
	bornTo          = 1996
	shareFemale     = 0.52
	shareMale       = 0.47 // the others are of another sex

	// Who says what of themselves, and of how many it is over later.
	shareNoWay     = 0.18
	shareForgets   = 0.22
	shareDoubts    = 0.12
	shareAlone     = 0.06
	shareFamily    = 0.3
	shareSupported = 0.15
	shareOver      = 0.4

	// What the team, other clinics and people make of what they are asked; the days are means.
	shareTasksDone         = 0.85
	taskDays               = 0.2
	shareReached           = 0.7
	shareReferralsAnswered = 0.8
	shareDeclined          = 0.2
	referralDays           = 4
	shareAsksAnswered      = 0.5
	askDays                = 1.2
)

// habits are what one person tends to do.
type habits struct {
	// adherence is the chance of fetching the next supply in time.
	adherence float64
	// responsive is the chance that a refill reminder is acted upon.
	responsive float64
	// portal is the mean number of days between visits to the portal; keeps is how many days the
	// habit lasts before it slips away.
	portal, keeps float64
	// comes is the chance of keeping an appointment.
	comes float64
}

func drawHabits(g *rand.Rand) habits {
	return habits{
		adherence:  clamp(0.74+0.2*g.NormFloat64(), 0.15, 0.98),
		responsive: clamp(0.45+0.2*g.NormFloat64(), 0.02, 0.95),
		portal:     4 + 22*g.Float64()*g.Float64(),
		keeps:      25 + 240*g.ExpFloat64(),
		comes:      clamp(0.9+0.07*g.NormFloat64(), 0.5, 1),
	}
}

func clamp(x, low, high float64) float64 { return math.Max(low, math.Min(high, x)) }

// days is a span drawn around a mean number of days.
func days(d float64) instant.Duration { return instant.Duration(d * float64(instant.Day)) }

// about spreads a mean exponentially.
func about(g *rand.Rand, mean float64) instant.Duration { return days(mean * g.ExpFloat64()) }

// waking moves an instant into the hours in which people do things: 07:00 to 22:00 of their clock.
func waking(z *instant.Zone, t instant.Time, g *rand.Rand) instant.Time {
	ofDay, _, _ := z.Local(t)
	if ofDay >= 7*instant.Hour && ofDay < 22*instant.Hour {
		return t
	}
	wait := 7*instant.Hour - ofDay
	if wait < 0 {
		wait += instant.Day
	}
	return t.Add(wait + instant.Duration(g.Int64N(int64(4*instant.Hour))))
}
