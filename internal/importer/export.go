package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"attune/internal/outbound"
)

// Export asks a FHIR server for all that it has, as the Bulk Data Access guide says (HL7 FHIR Bulk Data Access 2.0.0): it
// starts an export, waits until it is done, and reads the files that it names one after the other.
type Export struct {
	// URL is the server's address, or that of a group of patients; $export is put after it where it is not there.
	URL string
	// Token lets its holder in; empty where nobody is asked for one.
	Token  string
	client *outbound.Client
}

// The bounds of waiting for an export.
const (
	firstPoll = time.Second
	lastPoll  = 30 * time.Second
)

const (
	// redirects is how many are followed: servers send on to where files lie.
	redirects = 3
	// mostFile is how many bytes one file of an export may have.
	mostFile = 1 << 40
)

// IsURL tells whether what is to be imported is a server and no path.
func IsURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// Check refuses addresses over which records would travel in the open.
func (e *Export) Check() error {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return fmt.Errorf("import %q: this is no address: write it as https://fhir.example/r4", e.URL)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("import from %s: records travel over https:// only, but on this machine itself", u.Hostname())
	}
	if u.User != nil {
		return fmt.Errorf("import from %s: take the password out of the address, and give a token in a file: --token-file", u.Hostname())
	}
	return nil
}

// manifest is what an export came to.
type manifest struct {
	Output  []exported `json:"output"`
	Deleted []exported `json:"deleted"`
	Error   []exported `json:"error"`
}

type exported struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// Files starts an export and returns its files when they are there.
func (e *Export) Files(ctx context.Context) ([]File, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	e.client = outbound.New(outbound.Config{Allow: []string{e.server()}, Redirects: redirects, Wait: 5 * time.Minute, Answer: mostFile, Timeout: -1})
	status, err := e.start(ctx)
	if err != nil {
		return nil, err
	}
	m, err := e.wait(ctx, status)
	if err != nil {
		return nil, err
	}
	if len(m.Error) > 0 {
		return nil, fmt.Errorf("import from %s: the server could not export %d of its files: look into its export's errors", e.host(), len(m.Error))
	}
	var out []File
	for _, x := range slices.Concat(m.Output, m.Deleted) {
		out = append(out, File{Name: x.Type + " of " + e.host(), Path: x.Type + ".ndjson", Format: FHIR, remote: e, url: x.URL})
	}
	slices.SortStableFunc(out, func(a, b File) int { return cmp.Compare(rank(&a), rank(&b)) })
	return out, nil
}

func (e *Export) host() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return "the server"
	}
	return u.Host
}

// server is the one that was named, which may be inside the network. The files that it names may lie there with it, and
// elsewhere only on the internet.
func (e *Export) server() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme]))
}

// start kicks the export off and returns where it tells how it does.
func (e *Export) start(ctx context.Context) (string, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return "", err
	}
	if path.Base(u.Path) != "$export" {
		u = u.JoinPath("$export")
	}
	got, err := e.get(ctx, u.String(), "application/fhir+json", "respond-async")
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	where := got.Header.Get("Content-Location")
	if got.StatusCode != http.StatusAccepted || where == "" {
		return "", fmt.Errorf("import from %s: it did not begin an export: it answered %s, and 202 with a Content-Location was expected", e.host(), got.Status)
	}
	at, err := u.Parse(where)
	if err != nil {
		return "", fmt.Errorf("import from %s: its Content-Location is no address", e.host())
	}
	return at.String(), nil
}

// wait asks until the export is done.
func (e *Export) wait(ctx context.Context, status string) (m manifest, err error) {
	pause := firstPoll
	for {
		got, err := e.get(ctx, status, "application/json", "")
		if err != nil {
			return m, err
		}
		switch got.StatusCode {
		case http.StatusOK:
			err := json.NewDecoder(io.LimitReader(got.Body, 16<<20)).Decode(&m)
			if err = errors.Join(err, got.Body.Close()); err != nil {
				return m, fmt.Errorf("import from %s: its manifest cannot be read: %w", e.host(), err)
			}
			return m, nil
		case http.StatusAccepted, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		default:
			return m, errors.Join(fmt.Errorf("import from %s: the export failed: it answered %s", e.host(), got.Status), got.Body.Close())
		}
		after := pause
		if s, err := strconv.Atoi(got.Header.Get("Retry-After")); err == nil && s >= 0 {
			after = min(time.Duration(s)*time.Second, 10*time.Minute)
		}
		if err := got.Body.Close(); err != nil {
			return m, err
		}
		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-time.After(after):
		}
		pause = min(2*pause, lastPoll)
	}
}

func (e *Export) get(ctx context.Context, where, accept, prefer string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, fmt.Errorf("import from %s: an address that it names cannot be used", e.host())
	}
	request.Header.Set("Accept", accept)
	if prefer != "" {
		request.Header.Set("Prefer", prefer)
	}
	if e.Token != "" && e.same(request.URL) {
		request.Header.Set("Authorization", "Bearer "+e.Token)
	}
	got, err := e.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("import from %s: %w", e.host(), unaddressed(err))
	}
	return got, nil
}

// same tells whether an address is on the server itself: nobody else is shown the token. Files that lie elsewhere carry
// what lets them be read in their address.
func (e *Export) same(u *url.URL) bool {
	own, err := url.Parse(e.URL)
	return err == nil && own.Scheme == u.Scheme && own.Host == u.Host
}

// unaddressed is an error of a request without its address, which may let its holder in.
func unaddressed(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// open reads one of the files.
func (e *Export) open(ctx context.Context, where string, read, unpacked *atomic.Int64) (io.ReadCloser, error) {
	got, err := e.get(ctx, where, "application/fhir+ndjson", "")
	if err != nil {
		return nil, err
	}
	if got.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("import from %s: it answered %s for a file of its export", e.host(), got.Status), got.Body.Close())
	}
	return unpack(got.Body, "a file of "+e.host(), read, unpacked)
}
