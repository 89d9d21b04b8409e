// Package telemetry sets up logging that cannot tell anyone about a patient.
//
// It owns two guards. [Private] wraps a value so that no way of printing it shows it: fmt with any
// verb, slog as text or JSON, encoding/json, templates, and all of these again when the wrapper sits
// in an unexported field, a map or a slice. [Handler] lets through only attributes whose keys are on
// a list, so that an attribute nobody thought about is dropped and counted instead of written.
//
// It promises nothing about the text of a log message, which is therefore always a constant, nor
// about the text of an error, which by the rules of this project names ids and never people.
// It never keeps what it dropped. Start at [New].
package telemetry
