// Package rights makes what a person is given who asks what is held of them: a FHIR R4 Bundle, tables, and one page that
// they can read without help. It is told everything that is held and works it up; it reads no file, knows no key, and decides
// nothing.
//
// It promises that each text of [Held] stands in a table and on the page, and in the Bundle where FHIR has a place for it. It
// never shortens what was said or sent. Whoever fills Held leaves out what is another person's.
//
// Start at [Export].
package rights
