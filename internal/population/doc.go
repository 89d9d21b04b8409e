// Package population is a world of patients who do not exist, in which a decision engine can be tried: six
// stages of change, six kinds of message on two channels, people who get used to messages, who move from
// stage to stage, whose recorded stage is sometimes wrong, and who opt out. In one world stage theory holds,
// in another it does not matter, misleads, or nothing has any effect.
//
// It is the engine's examiner, so it shares nothing with it: it imports nothing of Attune, speaks with the
// engine over JSON Lines as any world would, knows by itself what may be said, and keeps its own ledger. Its
// numbers are made up, and are no evidence about patients.
//
// Start at [Run]; docs/decide.md describes the lines and the worlds.
package population
