// Package person holds the state of one person we engage: who they are, what is remembered of their
// history, where they stand on maps and journeys, what they consented to, and what was or will be
// said to them.
//
// A person has two parts. The derived part (facts, rules, memberships' phases) is always equal to a
// fold of their history under one release. The kept part (consents, enrollments, touches) is never
// folded again. The package knows how to write a person down and read them back, and nothing of what
// any of it means: core/engine decides that.
package person
