// Package paper sets what is read on paper: sheets of A4 with headings, paragraphs, facts, tables, drawings, messages and numbers of
// pages, as PDF; and the documents that are made of them: [Walkthrough], [Letter] and [Review].
//
// It promises that the same document gives the same bytes: it looks at no clock, so a document brings its date along. Only the letters that
// are used are in a file. It draws what it is given, and knows of no program, person or store: who fills a document decides what may stand in it.
// Its sheets have no tags for screen readers, as the library has none; what stands in them is told on screens too.
//
// Start at [New].
package paper
