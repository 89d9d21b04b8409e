package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
)

// Name is the socket's in its data folder.
const Name = "attune.sock"

// ErrNobody tells that no process answers in the folder.
var ErrNobody = errors.New("no server runs on this data folder")

// maxBody bounds a request, which may carry whole programs.
const maxBody = 256 << 20

// longestPath is what a socket's path may have on every system.
const longestPath = 100

// reach returns a path of the socket that is short enough, and what to close when it was used.
func reach(dir string) (string, io.Closer, error) {
	path := filepath.Join(dir, Name)
	if len(path) <= longestPath {
		return path, io.NopCloser(nil), nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), Name), d, nil
}

// Listen opens the folder's socket. The caller holds the folder, so one that is there is left over.
func Listen(dir string) (net.Listener, error) {
	path, done, err := reach(dir)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	defer done.Close()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // the path may be gone by then; Close takes the file away
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open control socket: %w", err), l.Close())
	}
	return &listener{l, filepath.Join(dir, Name)}, nil
}

type listener struct {
	net.Listener
	path string
}

// Close implements net.Listener.
func (l *listener) Close() error {
	err := l.Listener.Close()
	_ = os.Remove(l.path)
	return err
}

// Handle answers calls of a name with f.
func Handle[In, Out any](mux *http.ServeMux, name string, f func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
			answer(w, http.StatusBadRequest, failure{"the request is not what this call takes: " + err.Error()})
			return
		}
		out, err := f(heard(r), in)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, failure{err.Error()})
			return
		}
		answer(w, http.StatusOK, out)
	})
}

type failure struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who asked may be gone
}

// Call asks the process that holds the folder. It returns ErrNobody when there is none.
func Call[In, Out any](ctx context.Context, dir, name string, in In) (out Out, err error) {
	path, done, err := reach(dir)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer done.Close()
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("ask the server: %w", err)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://attune/"+name, bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("ask the server: %w", err)
	}
	if says := CallerOf(ctx).Says; says != "" {
		request.Header.Set(saysHeader, says)
	}
	response, err := client.Do(request)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return out, ErrNobody
	}
	if err != nil {
		return out, fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var f failure
		if err := json.NewDecoder(response.Body).Decode(&f); err != nil || f.Error == "" {
			return out, fmt.Errorf("ask the server: it answered %s", response.Status)
		}
		return out, errors.New(f.Error)
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("ask the server: %w", err)
	}
	return out, nil
}
