// Package outbound is the one place from which Attune calls others over HTTP: services, the carrier of texts, servers of
// records. Addresses come from configuration, from what people type and from what other servers answer, and whatever they
// say, nothing inside the network is reached that was not named for it.
//
// What counts is the address that is dialled, after names were resolved, so neither a spelling nor a name whose answer
// changes gets around it. Of what is not named only https on port 443 at public addresses is called. What a machine's
// cloud tells about the machine, links and groups are never called, named or not.
//
// It follows no redirect unless asked, takes no proxy from the environment, and bounds the time and the size of answers.
// It must not know who calls or why. Start at [New].
package outbound
