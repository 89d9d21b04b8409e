package stage

import (
	"fmt"
	"math"

	"attune/core/instant"
)

// Problem is one thing wrong with the settings of a model, worded for its author.
type Problem struct {
	// Path leads to the place: "prior", "evidence[2].bands[0].says".
	Path string
	// What says what is wrong, Hint what to write instead.
	What, Hint string
}

// String is the problem on one line.
func (p Problem) String() string { return p.Path + ": " + p.What + " (" + p.Hint + ")" }

// The bounds of what a model may say. With them no product of likelihoods leaves the range of a
// float64, and rounding never decides which stage is shown.
const (
	leastPrior  = .001
	leastHalf   = instant.Day
	mostHalf    = 36500 * instant.Day
	leastMargin = .01
	mostMargin  = .5
	mostWeight  = 1000
	mostKept    = 64
)

func (s Settings) problems() (out []Problem) {
	bad := func(path, what, hint string, args ...any) {
		out = append(out, Problem{path, fmt.Sprintf(what, args...), hint})
	}
	sum := 0.0
	for i, p := range s.Prior {
		if !(p >= leastPrior && p <= 1) {
			bad("prior", "the share of %s is %v", "give every stage a share between .001 and 1: what has none could never be believed", All()[i], p)
		}
		sum += p
	}
	if !(math.Abs(sum-1) <= 1e-6) {
		bad("prior", "the shares of the stages add up to %.6g", "make them add up to 1", sum)
	}
	if s.HalfLife < leastHalf || s.HalfLife > mostHalf {
		bad("half_life", "the half-life is %s", "write a duration from 1d to 36500d, such as 60d", s.HalfLife)
	}
	if !(s.Margin >= leastMargin && s.Margin <= mostMargin) {
		bad("margin", "the margin is %v", "write a probability from .01 to .5, such as .05", s.Margin)
	}
	if s.Keep < 1 {
		bad("keep", "%d pieces of evidence are kept of each kind", "keep at least 1", s.Keep)
	}
	kept := 0
	for i, e := range s.Evidence {
		out = append(out, e.problems(fmt.Sprintf("evidence[%d]", i))...)
		kept += max(1, e.ready(s.Keep).keep)
	}
	if len(s.Evidence) == 0 {
		bad("evidence", "there is no evidence", "name at least one event that tells something about the stage")
	}
	if kept > mostKept {
		bad("keep", "%d pieces of evidence would be kept for each person, and 64 are the most", "keep fewer of each kind, or of the weak ones", kept)
	}
	return out
}

func (e Evidence) problems(path string) (out []Problem) {
	bad := func(field, what, hint string, args ...any) {
		out = append(out, Problem{path + field, fmt.Sprintf(what, args...), hint})
	}
	if e.Label == "" {
		bad(".label", "the evidence has no label", "say in a few words what it is, for the people who read why")
	}
	if e.Keep < 0 {
		bad(".keep", "%d pieces are kept", "keep at least 1", e.Keep)
	}
	ways := 0
	if e.Says != (Likelihood{}) {
		ways++
		out = append(out, e.Says.problems(path+".says")...)
	}
	if len(e.Bands) > 0 {
		ways++
		out = append(out, e.bandProblems(path)...)
	}
	if e.Names != 0 {
		ways++
		out = append(out, Says(e.Names, Action).problems(path+".names")...)
	}
	if ways != 1 {
		bad("", "the evidence says what it means in %d ways", "write one of: a likelihood, bands for a score, or a weight for the stage it names", ways)
	}
	return out
}

func (e Evidence) bandProblems(path string) (out []Problem) {
	bad := func(field, what, hint string, args ...any) {
		out = append(out, Problem{path + field, fmt.Sprintf(what, args...), hint})
	}
	if !(e.From < e.To) || math.IsInf(e.From, 0) || math.IsInf(e.To, 0) {
		bad(".range", "scores range from %v to %v", "write the lowest and the highest score there is", e.From, e.To)
	}
	start, last := e.From, len(e.Bands)-1
	for i, b := range e.Bands {
		out = append(out, b.Says.problems(fmt.Sprintf("%s.bands[%d].says", path, i))...)
		field := fmt.Sprintf(".bands[%d].below", i)
		switch {
		case i == last && b.Below != 0:
			bad(field, "the last band ends below %v", "leave it out: the last band takes all higher scores", b.Below)
		case i < last && !(b.Below > start && b.Below <= e.To):
			bad(field, "the band is empty: it starts at %v and ends below %v", "let the ends of bands ascend inside the range of scores", start, b.Below)
		}
		start = b.Below
	}
	return out
}

func (l Likelihood) problems(path string) (out []Problem) {
	least, most := math.Inf(1), 0.0
	for i, x := range l {
		if !(x >= 1./mostWeight && x <= mostWeight) {
			out = append(out, Problem{path, fmt.Sprintf("the weight of %s is %v", All()[i], x), "write a number from .001 to 1000; 1 says nothing"})
		}
		least, most = min(least, x), max(most, x)
	}
	if len(out) == 0 && most > mostWeight*least {
		out = append(out, Problem{path, fmt.Sprintf("the weights lie a factor of %.3g apart", most/least), "stay within a factor of 1000: any answer can be wrong"})
	}
	if len(out) == 0 && least == most {
		out = append(out, Problem{path, "the weights of all stages are the same", "give the stages that it speaks for a larger weight than the others"})
	}
	return out
}
