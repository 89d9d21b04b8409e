// Package api is what people and programs see of a running Attune over HTTP: the first page, which
// shows the whole of it alive, sign-in by link, and a health check. Events do not come in here; that
// is intake's part.
//
// It knows what it shows only through [View], which it declares itself, and changes nothing.
package api
