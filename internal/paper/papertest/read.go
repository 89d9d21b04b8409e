// Package papertest reads back what stands in a PDF that [paper] made. It is for tests.
package papertest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

var (
	stream = regexp.MustCompile(`(?s)\nstream\n(.*?)\nendstream`)
	shown  = regexp.MustCompile(`(?s)\(((?:[^\\()]|\\.)*)\) ?Tj`)
)

// Read gives the text of each page, a line for each piece that was set. It fails the test where b is no PDF.
func Read(t testing.TB, b []byte) (pages []string) {
	t.Helper()
	if !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.Contains(b, []byte("%%EOF")) {
		t.Fatalf("this is no PDF: %.60q", b)
	}
	for _, m := range stream.FindAllSubmatch(b, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // what is not pressed is no page
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("a part of this PDF cannot be read: %v", err)
		}
		if !bytes.Contains(plain, []byte(" Tj")) {
			continue
		}
		var page []string
		for _, line := range shown.FindAllSubmatch(plain, -1) {
			page = append(page, letters(line[1]))
		}
		pages = append(pages, strings.Join(page, "\n"))
	}
	if len(pages) == 0 {
		t.Fatal("nothing stands in this PDF")
	}
	return pages
}

// Words are all words of a PDF, each behind a single space, so that it does not matter where lines break.
func Words(t testing.TB, b []byte) string {
	t.Helper()
	return strings.Join(strings.Fields(strings.Join(Read(t, b), " ")), " ")
}

// letters are a string of a PDF: UTF-16, with its brackets and backslashes escaped.
func letters(s []byte) string {
	var plain []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			if c = s[i]; c == 'r' {
				c = '\r'
			}
		}
		plain = append(plain, c)
	}
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, binary.BigEndian.Uint16(plain[i:]))
	}
	return string(utf16.Decode(units))
}
