// Package reputation guards the name of a sending domain with mailbox providers.
//
// It counts, over the last seven days, the letters of the promotional and service classes that were
// handed over, and the complaints about letters. Providers refuse everything from a domain above
// 0.30 %. So staff are told at 0.10 %, and promotional letters stop at 0.20 %, until somebody who knows
// what went wrong lets them go on. Below a sample of 2,000 letters the rate is taken of 2,000, so that
// one complaint of ten stops nothing.
//
// Complaints and pauses are on the disk before they are acknowledged; a crash may lose the count of the
// last minute's letters, which makes the rate look worse and never better. It stops nothing but
// promotional letters, and knows nobody. Start at [Open].
package reputation
