// Command fonts makes the fonts of internal/fonts out of npm's packages of free fonts, unpacked
// beforehand: TrueType as it is or in WOFF, without the tables for kerning and alternates. The wall
// measures its texts without them, so a viewer that has them would draw lines of another length.
//
//	go run ./tools/fonts OUT=IN ...
//
// Where the fonts come from stands in internal/fonts/README.md.
package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

func main() {
	for _, arg := range os.Args[1:] {
		if err := convert(arg); err != nil {
			fmt.Fprintln(os.Stderr, "fonts:", err)
			os.Exit(1)
		}
	}
}

func convert(arg string) error {
	out, in, ok := strings.Cut(arg, "=")
	if !ok {
		return fmt.Errorf("%q is not OUT=IN", arg)
	}
	b, err := os.ReadFile(in) // #nosec G304 -- a developer names the file
	if err != nil {
		return err
	}
	tables, err := read(b)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	return os.WriteFile(out, write(tables), 0o644) // #nosec G306 -- fonts are read by everybody
}

// kept are the tables that drawing outlines needs.
func kept(tag string) bool {
	return strings.Contains(" OS/2 cmap cvt  fpgm gasp glyf head hhea hmtx loca maxp name post prep ", " "+tag+" ")
}

// read takes a font apart into its tables.
func read(b []byte) (map[string][]byte, error) {
	if len(b) < 44 {
		return nil, errors.New("too short for a font")
	}
	woff := string(b[:4]) == "wOFF"
	n, at, size := int(binary.BigEndian.Uint16(b[4:])), 12, 16
	if woff {
		n, at, size = int(binary.BigEndian.Uint16(b[12:])), 44, 20
	}
	tables := map[string][]byte{}
	for i := range n {
		e := b[at+i*size:]
		tag, u := string(e[:4]), func(k int) int { return int(binary.BigEndian.Uint32(e[k:])) }
		if !kept(tag) {
			continue
		}
		if !woff {
			tables[tag] = b[u(8) : u(8)+u(12)]
			continue
		}
		data := b[u(4) : u(4)+u(8)]
		if u(8) < u(12) {
			z, err := zlib.NewReader(bytes.NewReader(data))
			if err != nil {
				return nil, err
			}
			if data, err = io.ReadAll(io.LimitReader(z, int64(u(12)))); err != nil {
				return nil, err
			}
		}
		tables[tag] = data
	}
	for _, tag := range []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
		if tables[tag] == nil {
			return nil, fmt.Errorf("has no table %q: only TrueType outlines can be used", tag)
		}
	}
	return tables, nil
}

// write puts tables together to a TrueType font, with its sums.
func write(tables map[string][]byte) []byte {
	var tags []string
	for tag := range tables {
		tags = append(tags, tag)
	}
	sort.Strings(tags)
	head := bytes.Clone(tables["head"])
	binary.BigEndian.PutUint32(head[8:], 0)
	tables["head"] = head
	n := len(tags)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	u16 := func(b []byte, v int) []byte { return binary.BigEndian.AppendUint16(b, uint16(v)) } // #nosec G115 -- few tables
	u32 := binary.BigEndian.AppendUint32
	out := u16(u16(u16(u16(u32(nil, 0x00010000), n), power*16), log), (n-power)*16)
	at, headAt := 12+16*n, 0
	for _, tag := range tags {
		if tag == "head" {
			headAt = at
		}
		out = append(out, tag...)
		out = u32(u32(u32(out, sum(tables[tag])), uint32(at)), uint32(len(tables[tag]))) // #nosec G115 -- fonts are small
		at += (len(tables[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, tables[tag]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum(out))
	return out
}

func sum(b []byte) uint32 {
	var s uint32
	for i := 0; i < len(b); i += 4 {
		var w [4]byte
		copy(w[:], b[i:])
		s += binary.BigEndian.Uint32(w[:])
	}
	return s
}
