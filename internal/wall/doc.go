// Package wall draws a journey map as a poster: a [Model] says what is on the wall, [Lay] gives every box and line of
// text its place, and a [Surface] draws what was laid as SVG, PDF or PNG.
//
// It promises that the same model gives the same bytes, that no text leaves its box or lies on another, that whatever
// does not fit is counted ("+2 more") or cut with "…" and told in the warnings, and that a number that is hidden is not
// in what it writes. It never counts, rounds or hides anything itself: the caller decides what may be shown. It
// reads no file, no clock and no network; the fonts are part of it.
//
// Start at [Model], then [Lay], then [Draw].
package wall
