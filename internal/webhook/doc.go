// Package webhook performs the calls that programs make: it asks a configured service over HTTPS, once
// for certain and again where it must, until the service answers or nobody waits any more.
//
// It is a state machine like delivery: [Calls.Tick] is told the time and returns what to do now; whoever
// drives it does it on goroutines. It keeps nothing on the disk, since a call is open exactly as long as
// a person's passage waits for it: after a crash it is given the open calls again and makes them again,
// under the same id. So a service hears of a call at least once, and has to recognise the id; what it
// answers is counted once.
//
// Requests are signed as Standard Webhooks are (standardwebhooks.com): see [Sign].
package webhook
