package importer

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"attune/internal/fhir"
)

// Format is how a file says things.
type Format string

// The formats there are.
const (
	FHIR  Format = "FHIR"
	Calls Format = "Segment"
	CSV   Format = "CSV"
)

// File is one file to read.
type File struct {
	// Path is where it is, and Name how it is called in reports: as it was given, or within the folder that was.
	Path, Name string
	// Size is in bytes as it lies there, packed or not.
	Size   int64
	Format Format
	// mixed tells that resources of any types may be in the file; first that it is a Bundle which begins with what others
	// point to.
	mixed, first bool

	// remote is the export that the file is of, and url where it lies; nil for files of this machine.
	remote *Export
	url    string
}

// open opens the file, wherever it is.
func (f *File) open(ctx context.Context, read, unpacked *atomic.Int64) (io.ReadCloser, error) {
	if f.remote != nil {
		return f.remote.open(ctx, f.url, read, unpacked)
	}
	return Open(f.Path, read, unpacked)
}

// Files finds what there is to read at paths, which are files or folders. What can be read of a folder is by name: .json,
// .ndjson, .jsonl and .csv, each plain or .gz; everything else in it is left out. It comes in the order in which it
// is to be read.
func Files(paths []string) ([]File, error) {
	var out []File
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", path, without(err))
		}
		if !info.IsDir() {
			f, err := fileOf(path, filepath.Base(path), info.Size())
			if err != nil {
				return nil, err
			}
			out = append(out, f)
			continue
		}
		found, err := within(path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("import %s: nothing in this folder can be read: it needs files that end in .json, .ndjson, .jsonl or .csv, or in one of these and .gz", path)
		}
		out = append(out, found...)
	}
	slices.SortStableFunc(out, func(a, b File) int { return cmp.Compare(rank(&a), rank(&b)) })
	return out, nil
}

// without is an error without the path, which is told already.
func without(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func within(folder string) (out []File, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || kindOf(path) == "" {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(filepath.Clean(folder)), path)
		if err != nil {
			return err
		}
		f, err := fileOf(path, name, info.Size())
		if errors.Is(err, errUnknown) {
			return nil // a manifest or a log beside the records
		}
		out = append(out, f)
		return err
	})
	return out, err
}

// kindOf is a name's ending without .gz, or nothing if it cannot be read.
func kindOf(path string) string {
	ending := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(path), ".gz")))
	switch ending {
	case ".json", ".ndjson", ".jsonl", ".csv":
		return ending
	}
	return ""
}

var errUnknown = errors.New("this is neither FHIR nor calls of the Segment protocol: an object with resourceType, or with type, was expected first")

// fileOf looks into a file to see what it is.
func fileOf(path, name string, size int64) (File, error) {
	f := File{Path: path, Name: name, Size: size, Format: CSV}
	if kindOf(path) == ".csv" {
		return f, nil
	}
	r, err := Open(path, nil, nil)
	if err != nil {
		return f, err
	}
	defer r.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f, fmt.Errorf("import %s: %w", name, err)
	}
	line, _, _ := bytes.Cut(bytes.TrimLeft(head[:n], " \t\r\n"), []byte("\n"))
	if len(line) < 3 { // a document over several lines
		line = head[:n]
	}
	switch {
	case bytes.Contains(line, []byte(`"resourceType"`)) || bytes.Contains(head[:n], []byte(`"resourceType"`)):
		f.Format = FHIR
		f.mixed, f.first = contents(head[:n], base(path))
	case bytes.Contains(line, []byte(`"type"`)) && (bytes.Contains(line, []byte(`"userId"`)) || bytes.Contains(line, []byte(`"anonymousId"`))):
		f.Format = Calls
	default:
		return f, fmt.Errorf("import %s: %w", name, errUnknown)
	}
	return f, nil
}

// base is a file's name up to the first dot: in exports that is the type of what is in it.
func base(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}

// contents tells by the beginning of a file what is in it.
func contents(head []byte, named string) (mixed, first bool) {
	types := regexp.MustCompile(`"resourceType"\s*:\s*"([A-Za-z]+)"`).FindAllSubmatch(head, 2)
	switch {
	case len(types) == 0:
		return true, false
	case string(types[0][1]) == "Bundle":
		return true, len(types) > 1 && slices.Contains(fhir.First(), string(types[1][1]))
	}
	return string(types[0][1]) != named, false
}

// rank is when a file is to be read: what others point to first, then the rest.
func rank(f *File) int {
	if i := slices.Index(fhir.First(), base(f.Path)); i >= 0 {
		return i
	}
	if f.first {
		return len(fhir.First())
	}
	return len(fhir.First()) + 1
}

// Open opens a file, unpacking it if it is packed. read and unpacked, if not nil, count its bytes as they lie there and as
// they are.
func Open(path string, read, unpacked *atomic.Int64) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", path, without(err))
	}
	return unpack(f, path, read, unpacked)
}

// unpack reads what is packed, or is not.
func unpack(f io.ReadCloser, name string, read, unpacked *atomic.Int64) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(counting(f, read), 1<<20)
	head, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("import %s: %w", name, err), f.Close())
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return &opened{counting(buffered, unpacked), f}, nil
	}
	packed, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("import %s: it is packed and cannot be unpacked: %w", name, err), f.Close())
	}
	return &opened{counting(packed, unpacked), f}, nil
}

func counting(in io.Reader, n *atomic.Int64) io.Reader {
	if n == nil {
		return in
	}
	return &counted{in, n}
}

type opened struct {
	io.Reader
	from io.Closer
}

func (o *opened) Close() error { return o.from.Close() }

type counted struct {
	in io.Reader
	n  *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}
