package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Path is where the console lies.
const Path = "/console/"

//go:embed all:dist
var built embed.FS

// part is one file, and how it is sent.
type part struct {
	kind, tag, keep string
	// plain is the file, and gzip and br the same pressed, where that is smaller.
	plain, gzip, br []byte
}

// Handler answers what lies under Path.
type Handler struct {
	parts map[string]*part
	page  *part
}

// New makes a handler of the console that is part of the binary.
func New() (*Handler, error) {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, err
	}
	return Of(files)
}

// hashed is the name of a part that has a hash of its content: another content has another name.
var hashed = regexp.MustCompile(`^assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$`)

// Of makes a handler of a console that was built into files. Without an index.html there it is one that says that there is none.
func Of(files fs.FS) (*Handler, error) {
	h := &Handler{parts: map[string]*part{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "README.md" || name == ".built" || strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br") {
			return err
		}
		p := &part{kind: kind(name), keep: "no-cache"}
		if hashed.MatchString(name) {
			p.keep = "public, max-age=31536000, immutable"
		}
		for suffix, into := range map[string]*[]byte{"": &p.plain, ".gz": &p.gzip, ".br": &p.br} {
			if *into, err = fs.ReadFile(files, name+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
				return fmt.Errorf("read a part of the console: %w", err)
			}
		}
		sum := sha256.Sum256(p.plain)
		p.tag = hex.EncodeToString(sum[:12])
		h.parts[name] = p
		return nil
	})
	h.page = h.parts["index.html"]
	return h, err
}

// kind is what a file is, by its name alone: a machine's own table of kinds makes no difference.
func kind(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".json":
		return "application/json"
	}
	if k := mime.TypeByExtension(path.Ext(name)); k != "" {
		return k
	}
	return "application/octet-stream"
}

// Built tells whether there is a console in this binary.
func (h *Handler) Built() bool { return h.page != nil }

// IsPage tells whether a path is a screen's, and not a part's: what has a dot in its last part is a file.
func (h *Handler) IsPage(p string) bool { return !strings.Contains(path.Base(p), ".") }

// ServeHTTP sends a part by its name, and the page for every other path, as each of its screens has an address of its own.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Path)
	p := h.parts[name]
	if p == nil && h.IsPage(r.URL.Path) {
		if !h.Built() {
			notBuilt(w)
			return
		}
		p = h.page
	}
	if p == nil {
		http.Error(w, "The console has no such file. Load the page again: it may be of a newer version.", http.StatusNotFound)
		return
	}
	head := w.Header()
	body, tag := p.plain, p.tag
	head.Set("Vary", "Accept-Encoding")
	switch takes := r.Header.Get("Accept-Encoding"); {
	case p.br != nil && accepts(takes, "br"):
		body, tag = p.br, tag+"-br"
		head.Set("Content-Encoding", "br")
	case p.gzip != nil && accepts(takes, "gzip"):
		body, tag = p.gzip, tag+"-gz"
		head.Set("Content-Encoding", "gzip")
	}
	head.Set("ETag", strconv.Quote(tag))
	head.Set("Cache-Control", p.keep)
	head.Set("Content-Type", p.kind)
	for _, has := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(has), "W/") == strconv.Quote(tag) {
			head.Del("Content-Encoding")
			head.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = bytes.NewReader(body).WriteTo(w)
	}
}

// accepts tells whether a browser takes a way of pressing. One that is refused has the weight 0.
func accepts(header, way string) bool {
	for _, one := range strings.Split(header, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.TrimSpace(name) != way {
			continue
		}
		weight, said := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q=")
		if !said {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

// notBuilt is what a binary says that was made without Node.
func notBuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>No console · Attune</title><link rel="stylesheet" href="/page.css"></head>
<body><header class="top"><h1>Attune</h1></header><main class="narrow"><section><h2>This Attune was built without its console</h2>
<p>All else works: the <a href="/">first page</a>, the API and the command line. To have the console, build with Node 20 or newer:</p><p><code>make build</code></p></section></main></body></html>
`))
}
