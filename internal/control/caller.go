package control

import (
	"context"
	"net"
	"net/http"
)

// Caller is who makes a call.
type Caller struct {
	// User is the operating system's user whose process called, as the system says; empty where it does not say.
	User string
	// Says is what the caller says of itself, unchecked.
	Says string
}

type (
	saysKey struct{}
	peerKey struct{}
)

const saysHeader = "Attune-Caller"

// Saying returns a context in which calls say this of their caller. It has no line breaks.
func Saying(ctx context.Context, says string) context.Context {
	return context.WithValue(ctx, saysKey{}, says)
}

// Peer notes whose process a connection is from: it is a server's ConnContext.
func Peer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, userOf(c))
}

// CallerOf is who makes the call that is answered in this context.
func CallerOf(ctx context.Context) Caller {
	user, _ := ctx.Value(peerKey{}).(string)
	says, _ := ctx.Value(saysKey{}).(string)
	return Caller{user, says}
}

func heard(r *http.Request) context.Context { return Saying(r.Context(), r.Header.Get(saysHeader)) }
