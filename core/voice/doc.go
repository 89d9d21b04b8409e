// Package voice checks how a program speaks: terms, tone, how hard a text is to read, claims and their
// references, how to stop messages, and length. It looks at each text as sample people would get it,
// with and without a name, and tells for each finding the line of the template and what to change.
//
// It judges words and never people; what a text says about somebody's health is content's concern. Start
// at [Voice.Check].
package voice
