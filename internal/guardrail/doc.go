// Package guardrail counts whom programs lose by what they say: who takes consent back, complains, or comes into
// a crisis within 30 days of a message. It says when that is more than a team accepts; pausing the program is
// others' business.
//
// A [Tally] takes what commits say, in their order, and comes to the same from the history after a restart. It
// keeps no words and no addresses. What is counted and why the evidence holds however often one looks is argued
// in docs/adr/0022.
package guardrail
