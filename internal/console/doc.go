// Package console serves the staff console: a page and its parts, which are built from the folder console/ and are part of the binary.
//
// It promises that every part is sent as it was built, pressed where the browser takes that; that a part whose name has a hash of
// its content is kept by browsers for good, and that the page itself is asked for each time, and sent only where it changed; and
// that a binary without a console says so in plain words. It knows nobody and holds no data: the page asks the API, as whoever is
// signed in. Start at [New].
package console
