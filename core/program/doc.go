// Package program is what a team writes, made into values the engine can live: the forms of
// program.yaml, map.yaml, signals.yaml, engagements, journeys, policy.yaml and content, read from a
// tree of text with places.
//
// It opens no file and knows no YAML syntax; a [Folder] is handed to it. Expressions are only carried
// here; core/release compiles them. Every mistake becomes a problem with its place and what to type
// instead, many at once. Start at [Read].
package program
