// Package control lets commands speak to the process that holds a data folder, over a socket in that
// folder. Whoever may write the folder may speak; there is no other sign-in.
//
// A call is HTTP: POST /NAME with a JSON value, answered by a JSON value, or by {"error": "…"} with a
// status of 400 or above.
package control
