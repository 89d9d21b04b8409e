// Package segment speaks the Segment HTTP API, so that apps which already have one of its SDKs can
// send Attune events by changing the host: POST /v1/identify, track, page, screen, group, alias,
// batch and import, and the first letters of these that browsers use.
//
// What its clients do decides how it answers. They take every status below 400 for success, so it
// never redirects and says 200 only when the events are durable; they drop events on 400 and 413, so
// 400 is only for a body that cannot be read at all, and a single bad event goes into quarantine
// while its neighbours are taken; they send again on 429 and 503, after Retry-After, with the same
// messageId, which makes a second delivery the same event.
//
// A write key comes as the user name of Basic authentication, and is looked at before the body is.
// Clients that cannot send that header put writeKey into the body; for them alone up to 500 KB of
// body are read, bounded in time, size, depth and number of values, before anybody is known.
//
// A browser's page may send with the keys that name its origin (origin.go), and with no other.
//
// No log line and no answer of this package repeats anything of a body.
//
// Start at [Handler]; what becomes of each call is in call.go.
package segment
