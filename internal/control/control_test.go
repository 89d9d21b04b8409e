package control_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"attune/internal/control"
)

type question struct{ Name string }

type reply struct{ Says string }

func greet(_ context.Context, q question) (reply, error) {
	if q.Name == "" {
		return reply{}, errors.New("whom?")
	}
	return reply{"hello " + q.Name}, nil
}

func serve(t *testing.T, dir string) *http.Server {
	t.Helper()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	control.Handle(mux, "greet", greet)
	control.Handle(mux, "whoami", func(ctx context.Context, _ question) (control.Caller, error) { return control.CallerOf(ctx), nil })
	s := &http.Server{Handler: mux, ConnContext: control.Peer}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestACallIsAnswered(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"a short path": t.TempDir(),
		"a long path":  filepath.Join(t.TempDir(), strings.Repeat("long", 30)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			s := serve(t, dir)
			out, err := control.Call[question, reply](t.Context(), dir, "greet", question{"Ana"})
			if err != nil || out.Says != "hello Ana" {
				t.Error(out, err)
			}
			if _, err := control.Call[question, reply](t.Context(), dir, "greet", question{}); err == nil || err.Error() != "whom?" {
				t.Error("what went wrong is told as", err)
			}
			if _, err := control.Call[question, reply](t.Context(), dir, "dance", question{}); err == nil || errors.Is(err, control.ErrNobody) {
				t.Error("an unknown call gave", err)
			}
			if _, err := control.Call[[]int, reply](t.Context(), dir, "greet", []int{1}); err == nil || !strings.Contains(err.Error(), "not what this call takes") {
				t.Error("a wrong question gave", err)
			}
			info, err := os.Stat(filepath.Join(dir, control.Name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Error("others may speak:", info, err)
			}
			_ = s.Close()
			if _, err := control.Call[question, reply](t.Context(), dir, "greet", question{"Ana"}); !errors.Is(err, control.ErrNobody) {
				t.Error("after the end:", err)
			}
		})
	}
}

// The system says whose process called, whatever that says of itself.
func TestACallerIsKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve(t, dir)
	me, err := user.Current()
	if err != nil {
		t.Skip("the system does not say who runs this:", err)
	}
	ctx := control.Saying(t.Context(), `{"name":"Kim"}`)
	out, err := control.Call[question, control.Caller](ctx, dir, "whoami", question{})
	if err != nil || out.Says != `{"name":"Kim"}` || runtime.GOOS == "linux" && out.User != me.Username {
		t.Error(out, err)
	}
}

// What a killed process left is no process, and does not keep the next one out.
func TestALeftOverSocketIsNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := control.Call[question, reply](t.Context(), dir, "greet", question{"Ana"}); !errors.Is(err, control.ErrNobody) {
		t.Fatal("in an empty folder:", err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, control.Name))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := control.Call[question, reply](t.Context(), dir, "greet", question{"Ana"}); !errors.Is(err, control.ErrNobody) {
		t.Fatal("with a left-over socket:", err)
	}
	serve(t, dir)
	if out, err := control.Call[question, reply](t.Context(), dir, "greet", question{"Ben"}); err != nil || out.Says != "hello Ben" {
		t.Error(out, err)
	}
}
