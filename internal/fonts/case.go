package fonts

import (
	"fmt"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Instead are the fonts that are asked in turn for a letter, the font itself first.
func Instead(name string) []string {
	switch name {
	case "bold":
		return []string{name, "greek-bold", "cyrillic-bold", "vietnamese-bold", "latin-bold"}
	case "serif", "regular", "italic":
		return []string{name, "greek", "cyrillic", "vietnamese", "latin"}
	}
	return []string{name}
}

// Case finds letters, and how wide they are. It is for one use at a time.
type Case struct {
	parsed map[string]*sfnt.Font
	found  map[letterKey]Letter
	buf    sfnt.Buffer
}

type letterKey struct {
	font string
	r    rune
}

// Letter is which font has a letter, and how wide it is there, in ems.
type Letter struct {
	Font  string
	Width float64
	// OK tells that any font has it.
	OK bool
}

// NewCase makes a case of all fonts.
func NewCase() *Case { return &Case{parsed: map[string]*sfnt.Font{}, found: map[letterKey]Letter{}} }

// Font is a font, read.
func (c *Case) Font(name string) *sfnt.Font {
	if known := c.parsed[name]; known != nil {
		return known
	}
	parsed, err := sfnt.Parse(File(name))
	if err != nil {
		panic(fmt.Sprintf("the font %s cannot be read: %v", name, err))
	}
	c.parsed[name] = parsed
	return parsed
}

// Find is where a letter of a font is taken from.
func (c *Case) Find(name string, r rune) Letter {
	key := letterKey{name, r}
	if at, ok := c.found[key]; ok {
		return at
	}
	at := Letter{Font: name}
	for _, from := range Instead(name) {
		// Atkinson has a few Greek letters, as signs; among others of another font they would look odd.
		if atkinson := from == "regular" || from == "bold" || from == "italic"; atkinson && unicode.In(r, unicode.Greek) {
			continue
		}
		parsed := c.Font(from)
		i, err := parsed.GlyphIndex(&c.buf, r)
		if err != nil || i == 0 {
			continue
		}
		em := parsed.UnitsPerEm()
		wide, err := parsed.GlyphAdvance(&c.buf, i, fixed.I(int(em)), font.HintingNone)
		if err != nil {
			continue
		}
		at = Letter{Font: from, Width: float64(wide) / 64 / float64(em), OK: true}
		break
	}
	c.found[key] = at
	return at
}

// Run is a piece of a line that one font has.
type Run struct {
	Font, Text string
	// Width is in ems.
	Width float64
}

// Runs takes a line apart by fonts.
func (c *Case) Runs(name, line string) []Run {
	var out []Run
	for _, r := range line {
		at := c.Find(name, r)
		// A space belongs to what stands before it.
		if len(out) > 0 && (out[len(out)-1].Font == at.Font || r == ' ') {
			last := &out[len(out)-1]
			if own := c.Find(last.Font, r); own.OK && own.Font == last.Font {
				last.Text += string(r)
				last.Width += own.Width
				continue
			}
		}
		out = append(out, Run{at.Font, string(r), at.Width})
	}
	return out
}

// Width is how wide a line is, in ems.
func (c *Case) Width(name, line string) float64 {
	sum := 0.0
	for _, r := range line {
		sum += c.Find(name, r).Width
	}
	return sum
}

// Plain tells whether a letter may stand on paper: controls of direction would turn a line around in one viewer and not in another.
func Plain(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Variation_Selector)
}
