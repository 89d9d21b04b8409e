// Package eventlogtest says what every event log must do: [Run] it over each implementation.
package eventlogtest
