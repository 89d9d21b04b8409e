package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func ask(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func house(t *testing.T) *Handler {
	t.Helper()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	h, err := Of(fstest.MapFS{
		"README.md":                  file("not sent"),
		"index.html":                 file("<!DOCTYPE html>"),
		"index.html.br":              file("page by br"),
		"assets/main-B1x_9Zq-.js":    file("plain"),
		"assets/main-B1x_9Zq-.js.gz": file("by gzip"),
		"assets/main-B1x_9Zq-.js.br": file("by br"),
		"icon.svg":                   file("<svg/>"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestEveryScreenHasAnAddress(t *testing.T) {
	t.Parallel()
	h := house(t)
	for _, path := range []string{"/console/", "/console/programs/ra/map", "/console/nothing/of/the/kind"} {
		if w := ask(h, path); w.Code != http.StatusOK || w.Body.String() != "<!DOCTYPE html>" || w.Header().Get("Cache-Control") != "no-cache" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s %v", path, w.Code, w.Body, w.Header())
		}
	}
	for _, path := range []string{"/console/assets/main-of-another-version.js", "/console/README.md", "/console/index.html.br"} {
		if w := ask(h, path); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "DOCTYPE") {
			t.Errorf("%s is no screen and no part: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestPartsArePressedAndKept(t *testing.T) {
	t.Parallel()
	h := house(t)
	for takes, want := range map[string][2]string{
		"":                        {"plain", ""},
		"gzip, deflate, br, zstd": {"by br", "br"},
		"gzip":                    {"by gzip", "gzip"},
		"br;q=0, gzip;q=0.5":      {"by gzip", "gzip"},
		"br; q=0, gzip; q=0":      {"plain", ""},
		"brotli":                  {"plain", ""},
	} {
		w := ask(h, "/console/assets/main-B1x_9Zq-.js", "Accept-Encoding", takes)
		if w.Body.String() != want[0] || w.Header().Get("Content-Encoding") != want[1] || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %s %v", takes, w.Body, w.Header())
		}
		if w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%q: %v", takes, w.Header())
		}
	}
	if w := ask(h, "/console/icon.svg"); w.Header().Get("Cache-Control") != "no-cache" {
		t.Error("what keeps its name when it changes is not kept for good")
	}
}

func TestThePageIsSentOnlyWhereItChanged(t *testing.T) {
	t.Parallel()
	h := house(t)
	first := ask(h, "/console/", "Accept-Encoding", "br")
	tag := first.Header().Get("ETag")
	if w := ask(h, "/console/programs/ra/map", "Accept-Encoding", "br", "If-None-Match", `"older", W/`+tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := ask(h, "/console/", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("the page as pressed is not the page as it is: %d", w.Code)
	}
}

// A binary that was made without Node says so, and keeps working.
func TestABinaryWithoutAConsoleSaysSo(t *testing.T) {
	t.Parallel()
	h, err := Of(fstest.MapFS{"README.md": &fstest.MapFile{}})
	if err != nil || h.Built() {
		t.Fatal(h.Built(), err)
	}
	if w := ask(h, "/console/programs/ra/map"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What is part of this very binary can be sent, whether a console was built or not.
func TestWhatIsBuiltInIsWhole(t *testing.T) {
	t.Parallel()
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(h, "/console/"); h.Built() != (w.Code == http.StatusOK) {
		t.Errorf("%d", w.Code)
	}
}
