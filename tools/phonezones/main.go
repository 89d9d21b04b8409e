// Phonezones writes core/instant/phonezones.txt: in which zones the telephone numbers are that begin with some digits.
// It takes them from the timezone metadata of Google's libphonenumber (Apache License 2.0), in the packing of the Go module
// github.com/nyaruka/phonenumbers, and leaves out what a shorter beginning says already. Use it as
//
//	go generate ./core/instant
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/nyaruka/phonenumbers"

func main() {
	log.SetFlags(0)
	var out bytes.Buffer
	prefixes, version, err := read()
	if err != nil {
		log.Fatal(err)
	}
	byZones := map[string][]string{}
	for _, p := range slices.Sorted(maps.Keys(prefixes)) {
		if zones := prefixes[p]; zones != shorter(prefixes, p) {
			byZones[zones] = append(byZones[zones], p)
		}
	}
	fmt.Fprintf(&out, "# In which zones telephone numbers are that begin so, of libphonenumber's timezone metadata (Apache License 2.0), as in %s %s.\n# Made by tools/phonezones: go generate ./core/instant\n", module, version)
	for _, zones := range slices.Sorted(maps.Keys(byZones)) {
		fmt.Fprintf(&out, "%s: %s\n", zones, strings.Join(byZones[zones], " "))
	}
	if err := os.WriteFile("phonezones.txt", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// shorter is what a shorter beginning of a prefix says.
func shorter(prefixes map[string]string, p string) string {
	for n := len(p) - 1; n > 0; n-- {
		if zones, known := prefixes[p[:n]]; known {
			return zones
		}
	}
	return ""
}

// read reads the module's table: zones, joined by spaces, by prefix.
func read() (prefixes map[string]string, version string, err error) {
	said, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", module).Output()
	if err != nil {
		return nil, "", err
	}
	dir, version, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
	data, err := os.ReadFile(filepath.Join(dir, "data", "prefix_to_timezone.xml.gz"))
	if err != nil {
		return nil, "", err
	}
	if plain, err := base64.StdEncoding.DecodeString(string(data)); err == nil {
		data = plain
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, "", err
	}
	prefixes, err = table(bufio.NewReader(unzipped))
	return prefixes, version, err
}

// table reads the names of zones, each ended by a line, after their length; then how many prefixes there are, and each as what it
// is more than the one before, and the places of its zones' names.
func table(r *bufio.Reader) (map[string]string, error) {
	var size, count uint32
	if err := binary.Read(r, binary.LittleEndian, &size); err != nil {
		return nil, err
	}
	names := make([]byte, size)
	if _, err := io.ReadFull(r, names); err != nil {
		return nil, err
	}
	of := strings.Split(string(names), "\n")
	if err := binary.Read(r, binary.LittleEndian, &count); err != nil {
		return nil, err
	}
	out, prefix := map[string]string{}, uint64(0)
	for range count {
		more, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, err
		}
		prefix += more
		n, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		places := make([]uint16, n)
		if err := binary.Read(r, binary.LittleEndian, places); err != nil {
			return nil, err
		}
		var zones []string
		for _, p := range places {
			if int(p) >= len(of) {
				return nil, fmt.Errorf("the prefix %d has a zone that there is not", prefix)
			}
			zones = append(zones, of[p])
		}
		out[strconv.FormatUint(prefix, 10)] = strings.Join(zones, " ")
	}
	return out, nil
}
