// Package storetest says what every store must do: run [RunPeople] and [RunHistory] over each
// implementation.
package storetest
