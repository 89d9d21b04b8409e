// Package chart draws numbers small: bars and columns of letters for a terminal, and drawings for pages that
// need nothing else. Reports put them together.
//
// It knows nothing of what the numbers mean, and every drawing says in words or beside it what it shows.
package chart
