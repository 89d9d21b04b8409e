package decision

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"

	"attune/core/id"
)

const (
	// Draws is how many parameter vectors a bank holds: a probability read off a bank is a multiple of 1/64.
	Draws = 64
	// Banks is how many banks there are. People are spread over them, so that the chance of one bank's draws
	// is not shared by all.
	Banks = 16
)

// Model is what was learned, in a form that decides: immutable, named by the hash of its bytes.
type Model struct {
	// ID is the SHA-256 of the model's bytes in hexadecimal, Short its first 64 bits.
	ID    string
	Short uint64
	Space *Space
	// Mean and SD are, for each feature, what it adds to the chance of the behaviour and how sure that is;
	// Loss what it adds to the chance that the person is lost; Seen how much of it was drawn so far.
	Mean, SD, Loss, Seen []float64
	Hyper                Hyper
	// Rows is how many decisions it learned from, and Weight what they weigh by their age.
	Rows   int
	Weight float64
	// Retired are the variants that are not said any more, since others of the same engagement were shown to do
	// better, in order.
	Retired []Feature
	// Library are the files of other organisations that what was expected before anything was learned comes from
	// in part: the SHA-256 of each in hexadecimal, in order. Empty where there are none.
	Library []string
	// banks holds the draws: for each bank and feature 64 numbers side by side.
	banks []float32
}

// Fit learns a model: the belief of both heads and the banks drawn from it. The key sets which draws.
func Fit(s *Space, e *Evidence, h Hyper, key id.Seed) (*Model, error) {
	effect, err := e.Posterior(s, Effect, h)
	if err != nil {
		return nil, err
	}
	loss, err := e.Posterior(s, Loss, h)
	if err != nil {
		return nil, err
	}
	m := &Model{Space: s, Mean: effect.Mean, SD: effect.SD(), Loss: loss.Mean, Seen: slices.Clone(e.seen), Hyper: h, Rows: e.rows, Weight: e.weight}
	m.banks = effect.banks(key)
	m.name()
	return m, nil
}

// banks draws from the posterior. Each feature's 64 draws within a bank are one from each 64th of the normal
// distribution, in an order of its own (Latin hypercube sampling, McKay, Beckman and Conover 1979), so that a
// bank's mean is the posterior's and its spread too.
func (p *Posterior) banks(key id.Seed) []float32 {
	d := len(p.Mean)
	out := make([]float32, Banks*d*Draws)
	z := make([]float64, Draws*d)
	var order [Draws]uint8
	for b := range Banks {
		bank := out[b*d*Draws : (b+1)*d*Draws]
		for i := range d {
			shuffle(&order, id.Derive(key, "bank", uint64(b), uint64(i)))
			for n, q := range order {
				z[n*d+i] = quantile(int(q))
			}
		}
		for n := range Draws {
			x := z[n*d : (n+1)*d]
			solveUpper(p.factor, x, d)
			for i, v := range x {
				bank[i*Draws+n] = float32(p.Mean[i] + v)
			}
		}
	}
	return out
}

// shuffle puts 0 to 63 into an order that the key gives (Fisher and Yates).
func shuffle(order *[Draws]uint8, key id.Key) {
	for i := range order {
		order[i] = uint8(i)
	}
	state := key.Short()
	for i := Draws - 1; i > 0; i-- {
		// SplitMix64 (Steele, Lea and Flood 2014).
		state += 0x9e3779b97f4a7c15
		x := state
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
		j := int(x % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}

// quantile is the i-th of 64 quantiles of the normal distribution, each in the middle of its part, stretched
// by a hundredth so that their variance is 1.
func quantile(i int) float64 {
	upper := [...]float64{
		0.019779970046254355, 0.05937029107837616, 0.09905208261638625, 0.13888742649587446, 0.17894008952269266, 0.2192762647290273, 0.2599653843145825,
		0.30108103151043436, 0.3427019845156102, 0.38491343396546496, 0.42780842697903965, 0.4714896070170945, 0.5160713415465928, 0.5616823618771327,
		0.608469086206083, 0.6565998653136463, 0.7062704925124436, 0.7577114753296081, 0.811197810020719, 0.8670623913084118, 0.9257148380177151,
		0.9876686281965606, 1.0535814281442637, 1.124317236966745, 1.201046397691991, 1.285415357509796, 1.379854829899419, 1.488190363520953,
		1.6170058321314094, 1.7792728985967816, 2.007286127160291, 2.441715097809587,
	}
	if i < Draws/2 {
		return -upper[Draws/2-1-i]
	}
	return upper[i-Draws/2]
}

// magic begins the bytes of a model; the last byte is the version of the form. A model with a library has a form of
// its own, so that the bytes and names of all others stay what they were.
const (
	magic        = "attune model\x00\x02"
	magicLibrary = "attune model\x00\x03"
	// mostFiles bounds the files of a library.
	mostFiles = 1000
)

// Encode writes the model's bytes. They are the same wherever the model was made.
func (m *Model) Encode() []byte {
	b := []byte(magic)
	if len(m.Library) > 0 {
		b = []byte(magicLibrary)
	}
	number := func(v float64) { b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v)) }
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Space.known)))
	for i := range m.Space.known {
		k := &m.Space.known[i]
		b = binary.LittleEndian.AppendUint16(b, uint16(len(k.Name)))
		b = append(b, k.Name...)
		b = append(b, byte(k.Group))
		for _, v := range [...]float64{k.Effect.Mean, k.Effect.SD, k.Loss.Mean, k.Loss.SD, m.Mean[i], m.SD[i], m.Loss[i], m.Seen[i]} {
			number(v)
		}
	}
	for _, v := range m.Hyper.Noise {
		number(v)
	}
	number(m.Hyper.Match)
	for _, v := range m.Hyper.Scale {
		number(v)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(m.Rows))
	number(m.Weight)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Retired)))
	for _, f := range m.Retired {
		b = binary.LittleEndian.AppendUint32(b, uint32(f))
	}
	if len(m.Library) > 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Library)))
		for _, file := range m.Library {
			sum, _ := hex.DecodeString(file)
			b = append(b, sum...)
		}
	}
	for _, v := range m.banks {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// Decode reads what Encode wrote.
func Decode(b []byte) (*Model, error) {
	r := reader{b: b}
	form := string(r.take(len(magic)))
	if form != magic && form != magicLibrary {
		return nil, errors.New("this is no model, or one that another version of Attune made")
	}
	d := int(r.u32())
	if d > Most {
		return nil, errors.New("the model has more features than a model may have")
	}
	m := &Model{Mean: make([]float64, d), SD: make([]float64, d), Loss: make([]float64, d), Seen: make([]float64, d)}
	known := make([]Known, d)
	for i := range known {
		k := &known[i]
		k.Name = string(r.take(int(r.u16())))
		if g := r.take(1); len(g) == 1 {
			k.Group = Group(g[0])
		}
		for _, v := range [...]*float64{&k.Effect.Mean, &k.Effect.SD, &k.Loss.Mean, &k.Loss.SD, &m.Mean[i], &m.SD[i], &m.Loss[i], &m.Seen[i]} {
			*v = r.f64()
		}
		if int(k.Group) >= groups {
			return nil, errors.New("the model has a kind of feature that this version of Attune does not know")
		}
	}
	for h := range m.Hyper.Noise {
		m.Hyper.Noise[h] = r.f64()
	}
	m.Hyper.Match = r.f64()
	for g := range m.Hyper.Scale {
		m.Hyper.Scale[g] = r.f64()
	}
	m.Rows, m.Weight = int(r.u64()), r.f64()
	for n := int(r.u32()); n > 0 && !r.short; n-- {
		m.Retired = append(m.Retired, Feature(r.u32()))
	}
	if !slices.IsSorted(m.Retired) {
		return nil, errors.New("what the model retired is not in order")
	}
	if form == magicLibrary {
		if err := m.readLibrary(&r); err != nil {
			return nil, err
		}
	}
	if r.short || len(r.b) != 4*Banks*d*Draws {
		return nil, errors.New("the model's file is cut off, or longer than it should be")
	}
	m.banks = make([]float32, Banks*d*Draws)
	for i := range m.banks {
		m.banks[i] = math.Float32frombits(r.u32())
	}
	space, err := NewSpace(known)
	if err != nil {
		return nil, err
	}
	for i := range space.known {
		if i >= len(known) || space.known[i].Name != known[i].Name {
			return nil, errors.New("the features of the model are not in order")
		}
	}
	if len(space.known) != d {
		return nil, errors.New("the model has a feature twice")
	}
	if !m.finite() {
		return nil, errors.New("the model holds a number that is none")
	}
	m.Space = space
	m.name()
	return m, nil
}

// readLibrary reads which files a model comes from.
func (m *Model) readLibrary(r *reader) error {
	n := int(r.u32())
	if n == 0 || n > mostFiles {
		return errors.New("the model names no library, or too many files of one")
	}
	for range n {
		m.Library = append(m.Library, hex.EncodeToString(r.take(sha256.Size)))
	}
	if !slices.IsSorted(m.Library) {
		return errors.New("the files of the model's library are not in order")
	}
	return nil
}

// From is the model with the name of the files that its space was moved by ([Space.Moved]): each the SHA-256 of
// one in hexadecimal. A name of another form is an error, as are more files than a model can name.
func (m *Model) From(files []string) (*Model, error) {
	out := *m
	out.Library = slices.Compact(slices.Sorted(slices.Values(files)))
	for _, f := range out.Library {
		if sum, err := hex.DecodeString(f); err != nil || hex.EncodeToString(sum) != f || len(sum) != sha256.Size {
			return nil, errors.New("a file of a library is named by its SHA-256")
		}
	}
	if len(out.Library) > mostFiles {
		return nil, errors.New("a model cannot name so many files of a library")
	}
	out.name()
	return &out, nil
}

// Retire is the model with these variants retired.
func (m *Model) Retire(variants []Feature) *Model {
	out := *m
	out.Retired = slices.Clone(variants)
	slices.Sort(out.Retired)
	out.Retired = slices.Compact(out.Retired)
	out.name()
	return &out
}

// IsRetired tells whether a variant is retired.
func (m *Model) IsRetired(variant Feature) bool {
	_, found := slices.BinarySearch(m.Retired, variant)
	return found
}

// SeenOf is how much of a feature was drawn so far; 0 for one that the model does not have.
func (m *Model) SeenOf(f Feature) float64 {
	if i := m.Space.Index(f); i >= 0 {
		return m.Seen[i]
	}
	return 0
}

func (m *Model) finite() bool {
	for _, list := range [][]float64{m.Mean, m.SD, m.Loss, m.Seen, m.Hyper.Noise[:], m.Hyper.Scale[:], {m.Hyper.Match, m.Weight}} {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(m.banks, func(v float32) bool { return v != v || v-v != 0 })
}

func (m *Model) name() {
	sum := sha256.Sum256(m.Encode())
	m.ID, m.Short = hex.EncodeToString(sum[:]), binary.BigEndian.Uint64(sum[:8])
}

// reader takes numbers off bytes; short tells that there were too few.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.short, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) f64() float64 { return math.Float64frombits(r.u64()) }
