package paper

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"attune/internal/fonts"
)

// Sizes of a page, in millimetres.
const (
	short, long = 210.0, 297.0 // A4
	leading     = 1.35
	// measure is how wide a line of running words may be, so that the eye finds the next one.
	measure = 230.0
)

// noLetter stands for a letter that no font has.
const noLetter = '¤'

// Style is how words are set.
type Style int

// The styles.
const (
	Title Style = iota
	Heading
	Minor
	Body
	Soft
	Strong
	Small
	// Cell and Head are those of tables.
	Cell
	Head
	// Quote and QuoteHead are words as somebody gets them, Running those of a letter, and Foot what stands below each sheet.
	Quote
	QuoteHead
	Running
	Foot
)

// font is how a style's letters are cut, how large they are in points, and their colour.
func (t Style) font() (name string, size float64, ink int) {
	switch t {
	case Title:
		return "bold", 18, 0x16211f
	case Heading:
		return "bold", 13, 0x0b5f63
	case Minor:
		return "bold", 10.5, 0x16211f
	case Soft:
		return "regular", 9.5, 0x45524f
	case Strong:
		return "bold", 9.5, 0x45524f
	case Small:
		return "regular", 8, 0x45524f
	case Cell:
		return "regular", 8, 0x16211f
	case Head:
		return "bold", 8, 0x45524f
	case Quote:
		return "regular", 10.5, 0x16211f
	case QuoteHead:
		return "bold", 10.5, 0x16211f
	case Running:
		return "regular", 12, 0x16211f
	case Foot:
		return "regular", 8, 0x5f6c69
	case Body:
	}
	return "regular", 9.5, 0x16211f
}

// Of says what sheets are of.
type Of struct {
	// Title and Language are the file's, Foot stands at the foot of each sheet.
	Title, Language, Foot string
	// Made is the document's date, and the only one in it.
	Made time.Time
	// Lying turns the sheets, for wide tables.
	Lying bool
}

// Sheets are sheets of A4, and where on the last of them the next line goes.
type Sheets struct {
	f       *fpdf.Fpdf
	of      Of
	letters *fonts.Case
	has     map[string]bool
	wide    float64
	high    float64
	marginX float64
	y, in   float64
	lost    map[rune]bool
}

// New begins sheets of A4.
func New(of Of) *Sheets {
	s := &Sheets{of: of, letters: fonts.NewCase(), has: map[string]bool{}, wide: short, high: long, marginX: 20, lost: map[rune]bool{}}
	if of.Lying {
		s.wide, s.high, s.marginX = long, short, 14
	}
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: s.wide, Ht: s.high}})
	f.SetCreationDate(of.Made.UTC())
	f.SetModificationDate(of.Made.UTC())
	f.SetCatalogSort(true)
	f.SetProducer("Attune", true)
	f.SetTitle(of.Title, true)
	f.SetLang(of.Language)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetCellMargin(0)
	s.f = f
	s.page()
	return s
}

// Write ends the sheets: their feet, and a word about letters that could not be set.
func (s *Sheets) Write(w io.Writer) error {
	if len(s.lost) > 0 {
		s.Space(4)
		s.Words(Small, fmt.Sprintf("%c stands for a letter that is in none of the fonts of this document. The screen shows these words whole.", noLetter))
	}
	all := s.f.PageCount()
	for n := 1; n <= all; n++ {
		s.f.SetPage(n)
		number := fmt.Sprintf("%d / %d", n, all)
		right := s.wide - s.marginX - s.width(Foot, number)
		s.at(Foot, s.marginX, s.high-9, s.fitting(Foot, s.of.Foot, right-s.marginX-6))
		s.at(Foot, right, s.high-9, number)
	}
	return s.f.Output(w)
}

func (s *Sheets) page() {
	s.f.AddPage()
	s.y = s.top()
}

// Page begins another sheet.
func (s *Sheets) Page() { s.page() }

func (s *Sheets) top() float64 { return s.marginX }

func (s *Sheets) bottom() float64 { return s.high - 16 }

// inside is how wide what stands on a sheet may be.
func (s *Sheets) inside() float64 { return s.wide - 2*s.marginX - s.in }

func (s *Sheets) left() float64 { return s.marginX + s.in }

// mm is how large a style's letters are, in millimetres.
func (t Style) mm() float64 {
	_, size, _ := t.font()
	return size * 25.4 / 72
}

// high is how high a line is.
func (t Style) high() float64 { return t.mm() * leading }

// Need begins a sheet where there is not so much room any more, in millimetres.
func (s *Sheets) Need(room float64) {
	if s.y+min(room, s.bottom()-s.top()) > s.bottom() {
		s.page()
	}
}

// Space leaves room, in millimetres.
func (s *Sheets) Space(room float64) { s.y += room }

// clean makes of a text what can be set: composed letters, no controls, and a sign for each letter that no font has.
func (s *Sheets) clean(t Style, text string) string {
	font, _, _ := t.font()
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\ufffd")) {
		switch {
		case r == '\n':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case !fonts.Plain(r):
		case r > 0xffff || !s.letters.Find(font, r).OK:
			s.lost[r] = true
			b.WriteRune(noLetter)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// width is how wide a clean line is, in millimetres.
func (s *Sheets) width(t Style, line string) float64 {
	font, _, _ := t.font()
	return s.letters.Width(font, line) * t.mm()
}

// fitting is as much of a line as fits.
func (s *Sheets) fitting(t Style, line string, room float64) string {
	line = s.clean(t, line)
	if s.width(t, line) <= room {
		return line
	}
	letters := []rune(line)
	for len(letters) > 0 && s.width(t, string(letters)+"…") > room {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// Lines breaks a text into lines of that room, in millimetres; where it breaks itself, it is broken too.
func (s *Sheets) lines(t Style, text string, room float64) (out []string) {
	for _, whole := range strings.Split(strings.TrimRight(s.clean(t, text), "\n"), "\n") {
		line := ""
		for _, word := range strings.Fields(whole) {
			if line != "" && s.width(t, line+" "+word) <= room {
				line += " " + word
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for line = word; line != "" && s.width(t, line) > room; {
				head := s.head(t, line, room)
				out, line = append(out, line[:head]), line[head:]
			}
		}
		out = append(out, line)
	}
	return out
}

// head is how many bytes of a word that is too long fit, one letter at least.
func (s *Sheets) head(t Style, word string, room float64) int {
	head := 0
	for i, r := range word {
		next := i + len(string(r))
		if head > 0 && s.width(t, word[:next]) > room {
			break
		}
		head = next
	}
	return head
}

// at sets a clean line at a place.
func (s *Sheets) at(t Style, x, y float64, line string) {
	font, _, ink := t.font()
	s.letter(font, t.mm(), ink, x, y, line)
}

// letter sets a clean line in letters of that size, in millimetres, each run in the font that has it.
func (s *Sheets) letter(font string, mm float64, ink int, x, y float64, line string) {
	for _, run := range s.letters.Runs(font, line) {
		if !s.has[run.Font] {
			s.has[run.Font] = true
			s.f.AddUTF8FontFromBytes(run.Font, "", fonts.File(run.Font))
		}
		s.f.SetFont(run.Font, "", mm*72/25.4)
		s.f.SetTextColor(ink>>16, ink>>8&255, ink&255)
		s.f.Text(x, y, run.Text)
		x += run.Width * mm
	}
}

// set sets lines below what stands there.
func (s *Sheets) set(t Style, lines []string) {
	for _, line := range lines {
		s.Need(t.high())
		s.at(t, s.left(), s.y+t.high()*.75, line)
		s.y += t.high()
	}
}

// Words sets paragraphs.
func (s *Sheets) Words(t Style, text string) { s.set(t, s.lines(t, text, min(s.inside(), measure))) }

// HighOf is how much room a paragraph takes.
func (s *Sheets) HighOf(t Style, text string) float64 {
	return t.high() * float64(len(s.lines(t, text, min(s.inside(), measure))))
}

// Beside sets what is done a little to the right.
func (s *Sheets) Beside(by float64, do func()) {
	s.in += by
	do()
	s.in -= by
}

// Item sets paragraphs behind a mark, such as a number.
func (s *Sheets) Item(t Style, mark, text string) {
	wide := s.width(t, mark) + 2.2
	s.Need(t.high())
	s.at(t, s.left(), s.y+t.high()*.75, s.clean(t, mark))
	s.Beside(wide, func() { s.Words(t, text) })
}

// Rule draws a line across.
func (s *Sheets) Rule() {
	s.line(s.left(), s.y, s.wide-s.marginX, s.y, 0xb9b09c, .3)
	s.y += 2
}

// Section begins a part with a line and its name, not alone at the foot of a sheet.
func (s *Sheets) Section(name string) {
	s.y += 5
	s.Need(2 + Heading.high() + 4*Body.high())
	s.Rule()
	s.Words(Heading, name)
	s.y += .5
}

// Under begins a part of a part.
func (s *Sheets) Under(name string) {
	s.y += 2.5
	s.Need(Minor.high() + 3*Body.high())
	s.Words(Minor, name)
}

// Fact is something with its name.
type Fact struct{ Name, Says string }

// Facts sets what is known, a line each.
func (s *Sheets) Facts(all []Fact) {
	wide := 0.0
	for _, f := range all {
		wide = max(wide, s.width(Strong, s.clean(Strong, f.Name)))
	}
	wide = min(wide+4, s.inside()*.4)
	for _, f := range all {
		name, says := s.lines(Strong, f.Name, wide-2), s.lines(Body, f.Says, min(s.inside()-wide, measure))
		s.Need(Body.high() * float64(min(max(len(name), len(says)), 6)))
		for n := range max(len(name), len(says)) {
			s.Need(Body.high())
			if n < len(name) {
				s.at(Strong, s.left(), s.y+Body.high()*.75, name[n])
			}
			if n < len(says) {
				s.at(Body, s.left()+wide, s.y+Body.high()*.75, says[n])
			}
			s.y += Body.high()
		}
		s.y += .6
	}
}

// Quoted sets words as they are sent, with a bar at their side, so that nobody takes them for the document's own.
func (s *Sheets) Quoted(subject, body string) {
	const gap, pad = 4.0, 1.0
	line := func(t Style, words string) {
		s.Need(t.high())
		s.line(s.left()+.6, s.y-.15, s.left()+.6, s.y+t.high(), 0x7fb3ae, 1.1)
		s.at(t, s.left()+gap, s.y+t.high()*.75, words)
		s.y += t.high()
	}
	s.y += pad
	room := min(s.inside()-gap, 150)
	if subject != "" {
		for _, words := range s.lines(QuoteHead, subject, room) {
			line(QuoteHead, words)
		}
		line(Quote, "")
	}
	for _, words := range s.lines(Quote, strings.TrimSpace(body), room) {
		line(Quote, words)
	}
	s.y += pad + .5
}

func (s *Sheets) line(x0, y0, x1, y1 float64, colour int, width float64) {
	s.f.SetDrawColor(colour>>16, colour>>8&255, colour&255)
	s.f.SetLineWidth(width)
	s.f.Line(x0, y0, x1, y1)
}
