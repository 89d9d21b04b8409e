package wall

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// SVG draws a layout as one file that needs nothing else: text is text, the letters it uses are in it, and no script
// is. Each box is a group with a name, for who listens to it.
func SVG(l Layout) ([]byte, error) {
	if l.Size.Tiled() {
		return nil, errTiles("SVG")
	}
	s := &svg{used: map[Face]map[rune]bool{}}
	Draw(l, s)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%smm" height="%smm" viewBox="0 0 %s %s" xml:lang="%s" role="document" aria-labelledby="wall-title wall-says">`+"\n",
		mm(l.Size.W), mm(l.Size.H), mm(l.Size.W), mm(l.Size.H), escaped(l.Lang))
	fmt.Fprintf(&b, `<title id="wall-title">%s</title>`+"\n", escaped(l.Title))
	fmt.Fprintf(&b, `<desc id="wall-says">%s</desc>`+"\n", escaped(l.Says))
	b.WriteString("<style>\n" + s.fonts() + "text{white-space:pre}\n</style>\n")
	b.WriteString(s.b.String())
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

type svg struct {
	b    strings.Builder
	used map[Face]map[rune]bool
}

// Open begins a group.
func (s *svg) Open(b Box) {
	fmt.Fprintf(&s.b, `<g data-kind="%s"`, b.Kind)
	if b.ID != "" {
		fmt.Fprintf(&s.b, ` data-id="%s"`, escaped(b.ID))
	}
	if b.Label != "" && b.Kind != "poster" {
		fmt.Fprintf(&s.b, ` role="group" aria-label="%s"`, escaped(b.Label))
	}
	s.b.WriteString(">\n")
}

// Close ends the group.
func (s *svg) Close() { s.b.WriteString("</g>\n") }

// Area fills a path.
func (s *svg) Area(p Path, ink Ink) {
	fmt.Fprintf(&s.b, `<path d="%s" fill="#%06x"/>`+"\n", p, ink.rgb())
}

// Stroke draws along a path.
func (s *svg) Stroke(p Path, ink Ink, width float64, dash []float64) {
	fmt.Fprintf(&s.b, `<path d="%s" fill="none" stroke="#%06x" stroke-width="%s" stroke-linejoin="round"`, p, ink.rgb(), mm(width))
	if len(dash) > 0 {
		var parts []string
		for _, d := range dash {
			parts = append(parts, mm(d))
		}
		fmt.Fprintf(&s.b, ` stroke-dasharray="%s"`, strings.Join(parts, " "))
	}
	s.b.WriteString("/>\n")
}

// Text writes a piece of a line, of exactly its width whatever fonts the viewer has.
func (s *svg) Text(t Text) {
	if s.used[t.Face] == nil {
		s.used[t.Face] = map[rune]bool{}
	}
	for _, r := range t.S {
		s.used[t.Face][r] = true
	}
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" font-size="%s" %s textLength="%s" lengthAdjust="spacingAndGlyphs" fill="#%06x">%s</text>`+"\n",
		mm(t.X), mm(t.Y), mm(t.Size), family(t.Face), mm(t.Width), t.Ink.rgb(), escaped(t.S))
}

// family names the embedded face first, and then what may be installed.
func family(f Face) string {
	name, bold, italic := f.family()
	out, generic := fmt.Sprintf(`font-family="wall-%s,'%s'`, f, name), ",sans-serif"
	if f == Serif {
		generic = ",serif"
	}
	out += generic + `"`
	if bold {
		out += ` font-weight="700"`
	}
	if italic {
		out += ` font-style="italic"`
	}
	return out
}

// fonts are the letters that are used, as TrueType in the style.
func (s *svg) fonts() string {
	var faces []Face
	for f := range s.used {
		faces = append(faces, f)
	}
	slices.Sort(faces)
	var b strings.Builder
	for _, f := range faces {
		var letters []rune
		for r := range s.used[f] {
			letters = append(letters, r)
		}
		slices.Sort(letters)
		_, bold, italic := f.family()
		weight, style := "400", "normal"
		if bold {
			weight = "700"
		}
		if italic {
			style = "italic"
		}
		fmt.Fprintf(&b, "@font-face{font-family:wall-%s;font-weight:%s;font-style:%s;src:url(data:font/ttf;base64,%s)}\n",
			f, weight, style, base64.StdEncoding.EncodeToString(fpdf.UTF8CutFont(fontFile(f), string(letters))))
	}
	return b.String()
}

func errTiles(format string) error {
	return fmt.Errorf("a poster on several sheets is a print job, and %s is one picture: choose pdf, or size a1", format)
}

// escaped is a text in XML; what XML cannot hold at all becomes U+FFFD.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
