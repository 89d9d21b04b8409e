package decision

// PriorOf is what is expected of the features of a group before anything was learned. Numbers are changes of
// the chance of the behaviour within its time, per message (docs/decide.md argues each): effects of one
// message are a few points, and fade with every further one ([Fresh]).
func PriorOf(g Group) (effect, loss Prior) {
	switch g {
	case Baseline:
		return Prior{0, 1}, Prior{0, .05}
	case Whether:
		return Prior{.01, .02}, Prior{.004, .004}
	case Stage:
		return Prior{0, .02}, Prior{0, .003}
	case Match:
		return Prior{0, .03}, Prior{0, .003} // the matrix gives the means
	case Process:
		return Prior{0, .02}, Prior{0, .002}
	case Intervention:
		return Prior{0, .03}, Prior{0, .003}
	case Channel:
		return Prior{0, .02}, Prior{0, .003}
	case Reach:
		return Prior{.02, .03}, Prior{0, .003}
	case Strategy:
		return Prior{0, .02}, Prior{0, .002}
	case Barrier:
		return Prior{0, .01}, Prior{0, .002} // what is eased and what is not have means of their own
	case Variant:
		return Prior{0, .01}, Prior{0, .001}
	case Timing:
		return Prior{0, .01}, Prior{0, .001}
	case Dose:
		return Prior{0, .003}, Prior{.001, .002} // beside what fades as a share: [Fresh]
	}
	return Prior{0, .01}, Prior{0, .001}
}

// Matched and Mismatched are what the matrix of stages and processes adds to the effect of a message: that
// stage theory holds is expected, not known, and is unlearned where it does not. Losses are the other way round.
const (
	Matched        = .06
	Mismatched     = -.03
	matchedLoss    = -.002
	mismatchedLoss = .002
)

// MatchOf is the prior of a process, or a kind of intervention, in a stage.
func MatchOf(matched bool) (effect, loss Prior) {
	effect, loss = PriorOf(Match)
	effect.Mean, loss.Mean = Mismatched, mismatchedLoss
	if matched {
		effect.Mean, loss.Mean = Matched, matchedLoss
	}
	return effect, loss
}

// BarrierOf is the prior of a message that answers something that keeps the person from it, or nothing of what
// does. That COM-B finds what to answer is theory (Michie, van Stralen and West 2011), and tailoring as a whole
// moves little (d = .14; Lustria and others 2013), so each is as unsure as it is large.
func BarrierOf(eased bool) (effect, loss Prior) {
	_, loss = PriorOf(Barrier)
	if eased {
		return Prior{.02, .02}, loss
	}
	return Prior{-.01, .01}, loss
}

// DoseIn is the prior of each message of the dose in a stage of change, beside what it does in any: who has
// kept it up for long needs less contact, which the table of processes has as a lower frequency.
func DoseIn(stage string) (effect, loss Prior) {
	_, loss = PriorOf(Dose)
	effect.SD = .003
	if stage == "maintenance" {
		effect.Mean = -.003
	}
	loss.Mean = 0
	return effect, loss
}

// Feature makes a feature of a group, with the group's prior.
func (g Group) Feature(pairs ...string) Known {
	effect, loss := PriorOf(g)
	return Known{Name: Name(pairs...), Group: g, Effect: effect, Loss: loss}
}

// Processes are the processes of change that move people on in each stage (Prochaska, DiClemente and
// Norcross 1992; the table of doi 10.1002/14651858.CD004492 and PMC6873582), by the stage's name.
func Processes(stage string) []string {
	switch stage {
	case "precontemplation":
		return []string{"consciousness_raising", "dramatic_relief", "environmental_reevaluation"}
	case "contemplation":
		return []string{"self_reevaluation"}
	case "preparation":
		return []string{"self_liberation"}
	case "action":
		return []string{"reinforcement", "helping_relationships", "counter_conditioning", "stimulus_control"}
	case "maintenance":
		return []string{"stimulus_control", "helping_relationships"}
	case "relapse":
		return []string{"consciousness_raising", "self_liberation"}
	}
	return nil
}
