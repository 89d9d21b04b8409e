package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// witness copies the newest checkpoint to the file kept elsewhere. That it cannot be reached keeps nobody from working: the next
// checkpoint speaks for all before it.
func (l *Log) witness() {
	if l.cfg.Witness == "" || len(l.tail.mark) == 0 {
		return
	}
	if err := testify(l.cfg.Witness, l.tail.mark); err != nil {
		l.cfg.Report(fmt.Errorf("the audit log's witness was not written; the next checkpoint is for this one too: %w", err))
	}
}

// testify adds a line to the witness, unless it is the last there.
func testify(path string, line []byte) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	from := max(size-maxLine, 0)
	end := make([]byte, size-from)
	if _, err := f.ReadAt(end, from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasSuffix(end, append(bytes.Clone(line), '\n')) {
		return nil
	}
	out := append(bytes.Clone(line), '\n')
	if len(end) > 0 && end[len(end)-1] != '\n' { // a crash left half a line
		out = append([]byte("\n"), out...)
	}
	if _, err := f.WriteAt(out, size); err != nil {
		return err
	}
	return f.Sync()
}

// readWitness reads checkpoints from a witness, and passes by what a crash left of one.
func readWitness(path string) (lines [][]byte, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the witness: %w", err)
	}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		if l, ok := linkOf(line); !ok || !l.is(Checkpoint) || !whole(line, &l) {
			continue
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		err = fmt.Errorf("%s holds no checkpoint: is it the witness of an audit log?", path)
	}
	return lines, err
}
