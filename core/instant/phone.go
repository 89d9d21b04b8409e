package instant

import (
	_ "embed" // the table
	"fmt"
	"slices"
	"strings"
)

//go:generate go run ../../tools/phonezones

//go:embed phonezones.txt
var phonezones string

// phones are the zones of telephone numbers by how they begin.
type phones struct {
	of      map[string][]*Zone
	longest int
}

// OfPhone are the zones in which somebody may be who has a telephone number, written with its country's code (+1 202 …):
// those of its area, sorted by name, or nil where nothing is known of it. Who took a number along when they moved is elsewhere.
func (z *Zones) OfPhone(number string) []*Zone {
	rest, international := strings.CutPrefix(strings.TrimSpace(number), "+")
	if !international {
		return nil
	}
	var digits [16]byte
	n := 0
	for i := 0; i < len(rest) && n < z.phones.longest; i++ {
		if c := rest[i]; c >= '0' && c <= '9' {
			digits[n] = c
			n++
		}
	}
	for ; n > 0; n-- {
		if zones, known := z.phones.of[string(digits[:n])]; known {
			return zones
		}
	}
	return nil
}

// mostZones is in how many zones numbers of one beginning may be. Those that are anywhere between Saint John's and Guam, or between
// Kaliningrad and Kamchatka, tell nothing.
const mostZones = 6

// readPhones reads the table.
func (z *Zones) readPhones() error {
	z.phones.of = map[string][]*Zone{}
	for line := range strings.Lines(phonezones) {
		names, prefixes, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		var zones []*Zone
		for name := range strings.FieldsSeq(names) {
			zone, known := z.Find(name)
			if !known {
				return fmt.Errorf("telephone numbers are in %s, and there is no such zone", name)
			}
			if !slices.Contains(zones, zone) {
				zones = append(zones, zone)
			}
		}
		if len(zones) > mostZones {
			continue
		}
		for prefix := range strings.FieldsSeq(prefixes) {
			z.phones.of[prefix] = zones
			z.phones.longest = max(z.phones.longest, len(prefix))
		}
	}
	return nil
}
