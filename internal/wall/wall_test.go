package wall

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden posters anew")

// model reads one of testdata: rheumatoid (as a team would have it), empty (no data yet), dense (12 phases, 10 lanes) and
// languages (four alphabets, hidden numbers, a band to each phase's own scale). All numbers are made up.
func model(t testing.TB, name string) Model {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var m Model
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func models() []string { return []string{"rheumatoid", "empty", "dense", "languages"} }

func size(t testing.TB, name string) Size {
	t.Helper()
	s, err := SizeOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// golden holds something against its file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is drawn differently: look at it, and if that is meant, run go test ./internal/wall -update", file)
	}
}

func drawn(t testing.TB, l Layout) string {
	t.Helper()
	b, err := SVG(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheRheumatoidMapIsDrawnAsBefore(t *testing.T) {
	t.Parallel()
	s := drawn(t, Lay(model(t, "rheumatoid"), size(t, "a0")))
	// The letters it carries are the fonts' business.
	s = regexp.MustCompile(`base64,[A-Za-z0-9+/=]+`).ReplaceAllString(s, "base64,")
	golden(t, "rheumatoid-a0.svg", []byte(s))
}

// What a screen shows has to lie where the poster has it; these are the cases that it is held against.
func TestBoxesLieWhereTheyLay(t *testing.T) {
	t.Parallel()
	for _, name := range models() {
		for _, s := range []string{"a0", "a3"} {
			var b strings.Builder
			for _, x := range Lay(model(t, name), size(t, s)).Boxes {
				line, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				b.Write(append(line, '\n'))
			}
			golden(t, "boxes-"+name+"-"+s+".jsonl", []byte(b.String()))
		}
	}
}

func TestTheRichMapFitsWholeOnA0(t *testing.T) {
	t.Parallel()
	if w := Lay(model(t, "rheumatoid"), size(t, "a0")).Warnings; len(w) > 0 {
		t.Error(w)
	}
}

func TestNothingIsSmallerThanOneCanReadOnA0(t *testing.T) {
	t.Parallel()
	const point = 25.4 / 72
	for _, name := range models() {
		l := Lay(model(t, name), size(t, "a0"))
		for _, m := range l.Marks {
			if m.Text != nil && m.Text.Size < 18*point-0.01 {
				t.Errorf("%s: %q has %.1f points", name, m.Text.S, m.Text.Size/point)
			}
		}
	}
	// The counts of phases and moments are for who stands two metres away.
	rich := model(t, "rheumatoid")
	largest := map[string]float64{}
	var in Box
	for _, m := range Lay(rich, size(t, "a0")).Marks {
		if m.Open != nil {
			in = *m.Open
		}
		if m.Text != nil {
			key := in.Kind + " " + in.ID + " " + m.Text.S
			largest[key] = max(largest[key], m.Text.Size/point)
		}
	}
	for _, f := range rich.Phases {
		if got := largest["phase "+f.ID+" "+rich.figure(f.Here)]; got < 36 {
			t.Errorf("the count of %s has %.1f points", f.ID, got)
		}
	}
	for _, f := range rich.Moments {
		if got := largest["moment "+f.ID+" "+rich.figure(f.Count)]; got < 36 {
			t.Errorf("the count of %s has %.1f points", f.ID, got)
		}
	}
}

func TestAHiddenNumberIsNowhere(t *testing.T) {
	t.Parallel()
	secret := func() *Count { return &Count{N: 987654, Hidden: true} }
	m := model(t, "rheumatoid")
	f := &m.Phases[2]
	f.Here, f.Left, f.Waiting, f.Skipped, f.Loops = secret(), secret(), secret(), secret(), secret()
	for i := range m.Moments {
		m.Moments[i].Count, m.Moments[i].Late = secret(), secret()
	}
	m.Asked[1].N, m.Footer.N, m.Footer.Censored = secret(), secret(), secret()
	l := Lay(m, size(t, "a0"))
	laid, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	told, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]string{"drawing": drawn(t, l), "layout": string(laid), "model": string(told), "table": fmt.Sprint(Table(m))} {
		if strings.Contains(strings.ReplaceAll(s, ",", ""), "987654") {
			t.Errorf("the %s has the hidden number", what)
		}
	}
	// A band drawn to scale could be measured.
	other := m
	other.Phases = slices.Clone(m.Phases)
	other.Phases[2].Waiting, other.Phases[2].Left = Hidden(), Hidden()
	again, err := json.Marshal(Lay(other, size(t, "a0")))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(laid, again) {
		t.Error("the layout depends on a hidden number")
	}
}

// Whoever does not see the poster reads all its numbers in the table.
func TestTheTableHasEveryNumberOfThePoster(t *testing.T) {
	t.Parallel()
	m := model(t, "rheumatoid")
	m.Phases[2].Left = Hidden()
	var all []string
	for _, row := range Table(m) {
		if len(row) != 6 {
			t.Fatalf("%q", row)
		}
		all = append(all, strings.Join(row, "|"))
	}
	has := func(row string) {
		t.Helper()
		if !slices.Contains(all, row) {
			t.Errorf("no row %q", row)
		}
	}
	for i, f := range m.Phases {
		for what, c := range map[string]*Count{"here now": f.Here, "entered": f.Entered, "went on": f.On, "wait": f.Waiting, "left": f.Left} {
			n := fmt.Sprint(c.N)
			if i == 2 && what == "left" {
				n = "hidden"
			}
			has("phase|" + f.Name + "||" + f.Name + "|" + what + "|" + n)
		}
	}
	for _, x := range m.Moments {
		if x.Count != nil && !x.Count.Hidden {
			has("moment|" + m.Phases[m.phase(x.Phase)].Name + "|" + m.Lanes[m.lane(x.Lane)].Name + "|" + x.Name + "|people|" + fmt.Sprint(x.Count.N))
		}
	}
}

func TestCountsArePrintedAlike(t *testing.T) {
	t.Parallel()
	m := Model{}
	for _, c := range []struct {
		c              *Count
		figure, spoken string
	}{{nil, "–", "no data"}, {Hidden(), "hidden", "hidden, since it would tell of few people"}, {N(0), "0", "0"}, {N(12345), "12,345", "12,345"}} {
		if m.figure(c.c) != c.figure || m.spoken(c.c) != c.spoken {
			t.Errorf("%q and %q instead of %q and %q", m.figure(c.c), m.spoken(c.c), c.figure, c.spoken)
		}
	}
}

func TestAHandOffIsRedOnlyWhenItIsSurelyLate(t *testing.T) {
	t.Parallel()
	v := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		name string
		h    HandOff
		red  bool
	}{
		{"the interval is over the target", HandOff{Median: v(33), Low: v(28), High: v(40), Target: v(14)}, true},
		{"the interval has the target in it", HandOff{Median: v(33), Low: v(12), High: v(40), Target: v(14)}, false},
		{"it is quick", HandOff{Median: v(3), Low: v(2), High: v(4), Target: v(14)}, false},
		{"nobody promised anything", HandOff{Median: v(33), Low: v(28), High: v(40)}, false},
		{"there are too few to have an interval", HandOff{Median: v(33), Target: v(14)}, false},
	} {
		m := model(t, "rheumatoid")
		c.h.Moment, c.h.To = "letter", "specialist"
		m.HandOffs = []HandOff{c.h}
		red := false
		for _, x := range Lay(m, size(t, "a0")).Marks {
			red = red || x.Shape != nil && x.Shape.Fill == Bad
		}
		if red != c.red {
			t.Errorf("%s: red is %v", c.name, red)
		}
	}
}

// lightness is L* of CIE, which is what is left in grey.
func lightness(i Ink) float64 {
	y := luminance(i)
	if y > 0.008856 {
		return 116*math.Cbrt(y) - 16
	}
	return 903.3 * y
}

func luminance(i Ink) float64 {
	c := i.rgb()
	lin := func(b uint32) float64 {
		v := float64(b&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c>>16) + 0.7152*lin(c>>8) + 0.0722*lin(c)
}

func TestHeatIsReadInGrey(t *testing.T) {
	t.Parallel()
	for n := 1; n < 5; n++ {
		if apart := lightness(heat(n)) - lightness(heat(n+1)); apart < 8 {
			t.Errorf("heat %d and %d are %.1f apart in grey", n, n+1, apart)
		}
	}
	for n := 1; n <= 5; n++ {
		a, b := luminance(heat(n)), luminance(onHeat(n))
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("text on heat %d has a contrast of %.1f", n, ratio)
		}
		if heatWord(n) == "" {
			t.Errorf("heat %d has no word", n)
		}
	}
	for _, pair := range [][2]Ink{{Ink1, Paper}, {Ink2, Paper}, {Ink2, Surfaced}, {Ink2, Sunken}, {Brand, Surfaced}, {Bad, Surfaced}} {
		a, b := luminance(pair[0]), luminance(pair[1])
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%s on %s has a contrast of %.1f", pair[0], pair[1], ratio)
		}
	}
}

// Whoever prints in grey still sees who left: their band is the only one with lines across.
func TestOnlyThoseWhoLeftAreHatched(t *testing.T) {
	t.Parallel()
	n := 0
	for _, m := range Lay(model(t, "rheumatoid"), size(t, "a0")).Marks {
		if m.Shape == nil || m.Shape.Hatch == None {
			continue
		}
		n++
		if m.Shape.Hatch != Lost || m.Shape.Fill != LostWash {
			t.Error("something else is hatched")
		}
	}
	if n != 6+6+1 { // bands, samples under them, the legend's
		t.Errorf("%d areas are hatched", n)
	}
}

func TestTheBandIsAsThickAsItsPeople(t *testing.T) {
	t.Parallel()
	m := model(t, "rheumatoid")
	on := func(each bool) (thick []float64) {
		m.EachScale = each
		l := Lay(m, size(t, "a0"))
		var in string
		for _, x := range l.Marks {
			if x.Open != nil {
				in = x.Open.Kind
			}
			if in == "ribbon" && x.Shape != nil && x.Shape.Fill == Flow2 && x.Shape.Stroke == None {
				thick = append(thick, x.Shape.Box.H)
			}
		}
		return thick
	}
	one := on(false)
	if len(one) != 5 { // nobody goes on from the last phase
		t.Fatal(one)
	}
	for i := 1; i < len(one); i++ {
		want := float64(m.Phases[i].On.N) / float64(m.Phases[0].On.N)
		if got := one[i] / one[0]; math.Abs(got-want) > 0.01 {
			t.Errorf("phase %d has %.3f of the first one's thickness, and %.3f of its people", i, got, want)
		}
	}
	each := on(true)
	for i := range each {
		if want := bandMost * float64(m.Phases[i].On.N) / float64(m.Phases[i].Entered.N); math.Abs(each[i]-want) > 0.1 {
			t.Errorf("to its own scale phase %d is %.2f thick instead of %.2f", i, each[i], want)
		}
	}
}

func TestCurvesStayBetweenTheirPoints(t *testing.T) {
	t.Parallel()
	d := []dot{{x: 0, y: 10}, {x: 10, y: 10}, {x: 20, y: 60}, {x: 30, y: 61}, {x: 40, y: 0}}
	s := monotone(d)
	for i := 1; i < len(d); i++ {
		h := (d[i].x - d[i-1].x) / 3
		var p Path
		p.move(d[i-1].x, d[i-1].y)
		p.curve(d[i-1].x+h, d[i-1].y+h*s[i-1], d[i].x-h, d[i].y-h*s[i], d[i].x, d[i].y)
		low, high := min(d[i-1].y, d[i].y), max(d[i-1].y, d[i].y)
		for _, q := range flatten(p)[0] {
			if q.y < low-0.05 || q.y > high+0.05 {
				t.Errorf("between %v and %v the curve goes to %.2f", d[i-1], d[i], q.y)
			}
		}
	}
}

func TestWhatRefersToNothingIsLeftOutAndTold(t *testing.T) {
	t.Parallel()
	m := model(t, "rheumatoid")
	m.Moments = append(m.Moments, Moment{ID: "lost", Name: "Lost", Phase: "nowhere", Lane: "patient"})
	m.HandOffs = append(m.HandOffs, HandOff{Moment: "waits", To: "patient"}, HandOff{Moment: "waits", To: "nobody"})
	m.Asked = append(m.Asked, Feeling{Moment: "gone", Word: "Lonely"}, Feeling{Moment: "work", Word: "Proud", Value: 0.9})
	for n := 6; n <= 9; n++ {
		m.Flags = append(m.Flags, Flag{Number: n, Sentence: "More."})
	}
	l := Lay(m, size(t, "a0"))
	told := strings.Join(l.Warnings, "\n")
	for _, want := range []string{"moment “lost”", "hand-off of “waits”", "2 flags after the seventh", "feeling “Lonely”"} {
		if !strings.Contains(told, want) {
			t.Errorf("nothing tells %q:\n%s", want, told)
		}
	}
	if !slices.ContainsFunc(l.Marks, func(x Mark) bool { return x.Text != nil && x.Text.S == "Proud" }) {
		t.Error("a feeling at a moment is not in its phase")
	}
}

func TestLettersThatNoFontHasAreSeenAndTold(t *testing.T) {
	t.Parallel()
	l := Lay(model(t, "languages"), size(t, "a0"))
	if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0], "lack 10 letters") || !strings.Contains(l.Warnings[0], "U+0623") {
		t.Error(l.Warnings)
	}
	s := drawn(t, l)
	for _, want := range []string{">Ŵyr neb", ">Διάγνωση", ">Начало", "¤¤¤¤", `aria-label="العائلة"`} {
		if !strings.Contains(s, want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
}

func TestTheDrawingSaysWhatItIsAndRunsNothing(t *testing.T) {
	t.Parallel()
	m := model(t, "rheumatoid")
	m.Title = `<script>alert(1)</script> & "more"`
	m.Moments[0].ID = `"><script>`
	s := drawn(t, Lay(m, size(t, "a3")))
	for _, want := range []string{`role="document"`, `<title id="wall-title">&lt;script&gt;`, `<desc id="wall-says">Journey map with 6 phases, 5 lanes and 17 moments.`, `xml:lang="en-GB"`,
		`data-id="waits" role="group" aria-label="Waits without news: 300 here, 120 late, leverage highest, flag 1"`} {
		if !strings.Contains(s, want) {
			t.Errorf("the drawing lacks %s", want)
		}
	}
	for _, never := range []string{"<script", "http://", "https://", "javascript:"} {
		if strings.Contains(strings.ReplaceAll(s, `xmlns="http://www.w3.org/2000/svg"`, ""), never) {
			t.Errorf("the drawing has %s", never)
		}
	}
}

func TestSizesHaveNames(t *testing.T) {
	t.Parallel()
	if s := size(t, "A0"); s.W != 1189 || s.H != 841 {
		t.Error(s)
	}
	if _, err := SizeOf("a2"); err == nil || !strings.Contains(err.Error(), "a0, a1, a3, a4-tiles") {
		t.Error(err)
	}
}

func TestALayoutCanBeSent(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(Lay(model(t, "rheumatoid"), size(t, "a3")))
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		Boxes []Box
		Marks []struct {
			Text  *Text
			Shape *struct{ Path string }
		}
	}
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Boxes) < 40 || len(l.Marks) < 400 {
		t.Error(len(l.Boxes), len(l.Marks))
	}
	if !slices.ContainsFunc(l.Boxes, func(b Box) bool { return b.Kind == "moment" && b.ID == "waits" && b.W > 0 }) {
		t.Error("no box for a moment")
	}
}

func ExampleLay() {
	size, err := SizeOf("a3")
	if err != nil {
		panic(err)
	}
	l := Lay(Model{
		Title:   "Asthma",
		Phases:  []Phase{{ID: "home", Name: "At home", Here: N(120)}},
		Lanes:   []Lane{{ID: "patient", Name: "Patient", Kind: "patient"}},
		Moments: []Moment{{ID: "attack", Name: "First attack", Phase: "home", Lane: "patient", Count: Hidden()}},
	}, size)
	for _, b := range l.Boxes {
		if b.Kind == "moment" {
			fmt.Println(b.Label)
		}
	}
	// Output: First attack: hidden, since it would tell of few people here
}
