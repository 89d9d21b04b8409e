// Package channeltest holds every [delivery.Channel] to what the interface promises and to what the
// channel itself claims in its Capabilities.
//
// A channel's own tests open a [Subject], the channel together with a carrier that can be made to
// misbehave, and call [Run]. What a carrier cannot be made to do is declared with a reason in
// Subject.Cannot, and shows as a skipped test; what is neither arranged nor declared fails.
//
// The suite never looks at a channel's inside, never relies on the order in which messages arrive,
// and never asks for more than the interface says. Start at [Run].
package channeltest
