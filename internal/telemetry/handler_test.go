package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"attune/internal/telemetry"
)

func TestHandlerLetsKnownKeysThrough(t *testing.T) {
	var buf bytes.Buffer
	l := telemetry.New(&buf, slog.LevelInfo, true)
	l.With("partition", 7).Info("committed", "position", 12, slog.Group("step", "count", 3))
	var got map[string]any
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["msg"] != "committed" || got["partition"] != 7.0 || got["position"] != 12.0 || got["step"].(map[string]any)["count"] != 3.0 {
		t.Errorf("the line is %s", buf.String())
	}
	if n := l.Handler().(*telemetry.Handler).Dropped(); n != 0 {
		t.Errorf("%d attributes were dropped", n)
	}
}

func TestHandlerDropsUnknownKeys(t *testing.T) {
	group := func(k string, v any) slog.Attr { return slog.Group(k, "name", v) }
	for name, c := range map[string]struct {
		log  func(*slog.Logger)
		want uint64
	}{
		"an attribute":                    {func(l *slog.Logger) { l.Info("x", "name", canary, "count", 1) }, 1},
		"two attributes":                  {func(l *slog.Logger) { l.Info("x", "name", canary, "email", canary) }, 2},
		"a key made of data":              {func(l *slog.Logger) { l.Info("x", canary, 1) }, 1},
		"an attribute of With":            {func(l *slog.Logger) { l.With("name", canary).Info("x") }, 1},
		"a member of a known group":       {func(l *slog.Logger) { l.Info("x", group("step", canary)) }, 1},
		"an unknown group":                {func(l *slog.Logger) { l.Info("x", group("patient", canary)) }, 1},
		"a member of a nameless group":    {func(l *slog.Logger) { l.Info("x", group("", canary)) }, 1},
		"an unknown WithGroup":            {func(l *slog.Logger) { l.WithGroup(canary).Info("x", "count", 1) }, 1},
		"an attribute within WithGroup":   {func(l *slog.Logger) { l.WithGroup("step").Info("x", "name", canary) }, 1},
		"what a LogValuer resolves to":    {func(l *slog.Logger) { l.Info("x", "step", valuer{}) }, 1},
		"a LogValuer under an empty key":  {func(l *slog.Logger) { l.Info("x", "", valuer{}) }, 1},
		"a lone value without a key":      {func(l *slog.Logger) { l.Info("x", []any{canary}...) }, 1},
		"an attribute shadowing the text": {func(l *slog.Logger) { l.Info("x", "msg", canary) }, 1},
	} {
		for _, asJSON := range []bool{false, true} {
			var buf bytes.Buffer
			l := telemetry.New(&buf, slog.LevelDebug, asJSON)
			c.log(l)
			clean(t, name, buf.String())
			if !strings.Contains(buf.String(), telemetry.Dropped) {
				t.Errorf("%s: nothing tells that something was dropped: %s", name, buf.String())
			}
			if n := l.Handler().(*telemetry.Handler).Dropped(); n != c.want {
				t.Errorf("%s: counted %d, want %d", name, n, c.want)
			}
		}
	}
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.GroupValue(slog.String("name", canary)) }

func TestHandlerObeysTheLevel(t *testing.T) {
	var buf bytes.Buffer
	l := telemetry.New(&buf, slog.LevelWarn, false)
	l.Info("quiet")
	if buf.Len() != 0 {
		t.Errorf("a line below the level was written: %s", buf.String())
	}
}

func TestHandlerServesManyAtOnce(t *testing.T) {
	var buf bytes.Buffer
	l := telemetry.New(&buf, slog.LevelInfo, true)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				l.With("count", 1).Info("x", "name", canary)
			}
		})
	}
	wg.Wait()
	if n := l.Handler().(*telemetry.Handler).Dropped(); n != 800 {
		t.Errorf("counted %d dropped attributes, want 800", n)
	}
	if lines := strings.Count(buf.String(), "\n"); lines != 800 {
		t.Errorf("%d lines", lines)
	}
}
