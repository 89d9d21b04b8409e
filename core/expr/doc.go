// Package expr gives programs their questions: "no visit for 7 days after four in 28", "the refill is
// late", "this event's code is one of these". It checks an expression against the catalogue of events,
// compiles it to closures, and keeps for each person only what the compiled expressions need.
//
// It owns the language (CEL's syntax and type checker, our functions), the [Plan] of what must be
// remembered of a history, and the folding of events into [Facts].
//
// It promises three things. An answer depends on the set of a person's events and the instant alone,
// never on the order in which events arrived. An answer comes with its horizon, and cannot change
// before it unless there is news. And asking allocates nothing.
//
// It never looks at a clock, never lets an expression see the time, and never keeps an event.
//
// Start at [Compiler]: it turns sources into a [Rule], a [Filter] or an [Amount]; then read
// Rule.Ask and Plan.Fold. How an expression becomes closures is told in compiler.go.
package expr
