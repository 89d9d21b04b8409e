// Package sim lets people who do not exist live under a clock that is not the wall's: a synthetic
// population that goes to the doctor, fetches or forgets its medicine, reads or ignores what it is
// sent, and answers for it in events; and a team and other clinics that answer what programs ask of them.
// Everything they do goes in through the same intake as anybody's events, and the same runner and delivery
// act on it.
//
// A [Crowd] is people of another kind: they live as a written world says (internal/simulate), beside the population.
//
// A population is a function of its seed: the same seed lives the same lives as long as the same
// messages reach it. The numbers behind its habits are made up for demonstration; nothing may be
// concluded from them about patients (habits.go lists them all).
package sim
