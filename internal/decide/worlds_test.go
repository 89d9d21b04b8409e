package decide

import (
	"context"
	"errors"
	"io"
	"testing"

	"attune/internal/population"
)

// live lets an engine decide in a world, over the very lines that attune decide speaks. After is called with
// the engine when each day's rewards are in.
func live(t testing.TB, world population.Config, cfg Config, after func(e *Engine)) (*population.Result, *Engine) {
	t.Helper()
	fromWorld, toEngine := io.Pipe()
	fromEngine, toWorld := io.Pipe()
	s := newServer(cfg, toWorld, io.Discard)
	s.after = after
	done := make(chan error, 1)
	go func() {
		err := s.serve(context.Background(), fromWorld)
		done <- errors.Join(err, toWorld.CloseWithError(err))
	}()
	r, err := population.Run(t.Context(), world, fromEngine, toEngine)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return r, s.engine
}
