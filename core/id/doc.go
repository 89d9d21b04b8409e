// Package id names what Attune keeps: people, touches, attempts and releases.
//
// A person's id is random, so it says nothing about anyone. Everything else is derived from its
// cause by [Derive], never counted or drawn, so that the same cause always has the same name and a
// redelivered input is recognised instead of repeated.
package id
