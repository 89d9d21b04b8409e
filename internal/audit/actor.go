package audit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
)

// Kind is what an actor is.
type Kind string

// The kinds of actors.
const (
	// User is a user of the operating system, at a command line.
	User Kind = "user"
	// Session is whoever signed in by a link, which names nobody.
	Session Kind = "session"
	// Account is a member of staff who signed in as themselves.
	Account Kind = "account"
	// Key is an API key, Service a system with an account of its own.
	Key     Kind = "key"
	Service Kind = "service"
	// Anybody is whoever is not signed in: at a demonstration's page, which asks for no sign-in, or at the door.
	Anybody Kind = "anybody"
	// Attune is Attune itself.
	Attune Kind = "attune"
)

func (k Kind) known() bool {
	switch k {
	case User, Session, Account, Key, Service, Anybody, Attune:
		return true
	}
	return false
}

// Actor is who did something.
type Actor struct {
	Kind Kind `json:"kind"`
	// ID is by what the kind tells its members apart: a user's name, a session's or an account's id.
	ID string `json:"id,omitempty"`
	// Name is the name that they gave, with --by for instance. Nobody checked it.
	Name string `json:"name,omitempty"`
	// How tells how it is known who they are: "socket" is by the operating system, which told the server, "process" by the process
	// that read the folder itself, "cookie" by a session, "passkey" by a device, "assertion" by a word that a system signed, "bearer" by a token, "ended" by one that lets nobody in any more. Empty is by nothing.
	How string `json:"how,omitempty"`
}

// Caller is who asks for something, by what, and under which number.
type Caller struct {
	Actor Actor
	// Via is the door they came through: a command, a call, a route.
	Via string
	// Request tells what belongs together.
	Request string
	// Purpose is a word for what they do it for, where they said one.
	Purpose string
}

type callerKey struct{}

// With returns a context in which this caller acts.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Of is who acts in a context: Attune itself, where nobody else does.
func Of(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(Caller); ok {
		return c
	}
	return Caller{Actor: Actor{Kind: Attune}}
}

// NewRequest draws a number under which what somebody asks for is recorded.
func NewRequest() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}
