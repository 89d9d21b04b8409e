// Package app puts Attune together: it opens a data folder, wires intake, log, runner, delivery and
// channels, and runs them as a server or as a demonstration. It is the only package that names
// concrete implementations; everything else knows the interfaces it declared itself.
package app
