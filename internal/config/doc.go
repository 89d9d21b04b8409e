// Package config reads how one installation of Attune is set up: a small file, attune.yaml, and the
// environment, which wins over the file.
//
// It owns the list of fields with their meaning, defaults and limits, in fields.go; the commented
// example file is made from the same list. It is strict: an unknown field, a wrong type or an
// impossible value is a [Problem] with file, line, column, field and what was probably meant, and all
// of them are reported at once. No file at all is a good set-up: it shows Attune with the capture box.
//
// It never takes a password from the file, only from a file of its own or the environment, never
// opens anything but those two files, and never changes after it was read. Start at [Load].
package config
