// Package explain says in plain English what a program and each thing in it means: from the checked
// expressions ([expr.Tree]), never from their text, so that what is said is what is asked.
//
// Start at [New] and [Explainer.Find]. [Wording] makes sentences of conditions; program.go and its neighbours put
// the sentences together for what a program is made of; counts.go adds what a simulation counted.
package explain
