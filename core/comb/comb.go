// Package comb names what a behavior needs, by COM-B (Michie, van Stralen and West 2011, doi
// 10.1186/1748-5908-6-42): a person has to be capable of it, have the opportunity, and be moved to it. Each
// of the three has two halves. A barrier lacks one of them; what moves somebody is one.
//
// It is a closed list of words and no more: what a team calls its barriers stands in programs.
package comb

import "slices"

// halves are the three parts, and the halves of each.
func halves() [3][3]string {
	return [3][3]string{
		{"capability", "physical_capability", "psychological_capability"},
		{"opportunity", "physical_opportunity", "social_opportunity"},
		{"motivation", "reflective_motivation", "automatic_motivation"},
	}
}

// Kinds are all words: each part, and then its halves.
func Kinds() []string {
	var out []string
	for _, part := range halves() {
		out = append(out, part[:]...)
	}
	return out
}

// Known tells whether a word is one of Kinds.
func Known(kind string) bool { return slices.Contains(Kinds(), kind) }

// Within tells whether a kind is another, or a half of it.
func Within(kind, of string) bool {
	if kind == of {
		return Known(kind)
	}
	for _, part := range halves() {
		if part[0] == of {
			return slices.Contains(part[1:], kind)
		}
	}
	return false
}
