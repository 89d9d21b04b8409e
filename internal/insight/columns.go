package insight

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"

	"attune/core/instant"
	"attune/core/person"
)

// Columns hold the facts of all programs in memory, a few bytes each, sorted by person and instant. Many may read while one adds. What is
// added of somebody is inserted into rows of their own; when there are many such rows all of them are laid into the columns.
type Columns struct {
	mu       sync.RWMutex
	programs map[string]*columns
	// walks are passages through journeys, by program: apart, so that questions about maps do not go over them.
	walks map[string]*columns
	// limited are those of whom something may not be done: a right they used.
	limited map[Pseudonym]limits
	// arms are the parts that were drawn across programs.
	arms map[Pseudonym]arm
	// version counts changes, so that an answer knows whether it still holds.
	version uint64
}

// limits are instants at which a right was used and given back; the newest stands.
type limits struct{ restricted, resumed, objected, allowed instant.Time }

// arm is a part of the trial across programs that was drawn for somebody, and when.
type arm struct {
	layer, arm string
	at         instant.Time
}

func (l limits) withheld() bool { return l.restricted > l.resumed }

// NewColumns makes columns with nothing in them.
func NewColumns() *Columns {
	return &Columns{programs: map[string]*columns{}, walks: map[string]*columns{}, limited: map[Pseudonym]limits{}, arms: map[Pseudonym]arm{}}
}

// row is one fact of one person in one program, in 24 bytes.
type row struct {
	at    instant.Time
	known uint32 // seconds since 1970
	value uint32 // bits of a float32, or of the number of a touch or of a promise's key
	level uint16 // place among columns.levels
	what  uint16 // place among columns.whats
	rank  uint8  // of one instant, what stands before what
}

type what struct {
	kind Kind
	name string
}

type level struct{ level, code string }

// columns are one program's.
type columns struct {
	whats  dictionary[what]
	levels dictionary[level]
	who    []Pseudonym
	cases  map[Pseudonym]int32
	// first is where a case's rows begin in rows; those of case i end where those of i+1 begin.
	first []int64
	rows  []row
	// own are the rows of cases that changed since they were laid; nil for the others. They stand in the place of those in rows.
	own     [][]row
	changed int
	total   int
}

type dictionary[T comparable] struct {
	all []T
	at  map[T]uint16
}

// others is where a dictionary puts what there is no place for any more.
const others = math.MaxUint16

func (d *dictionary[T]) place(x T) uint16 {
	if i, known := d.at[x]; known {
		return i
	}
	if len(d.all) >= others {
		return others
	}
	if d.at == nil {
		d.at = map[T]uint16{}
	}
	i := uint16(len(d.all))
	d.all, d.at[x] = append(d.all, x), i
	return i
}

func (d *dictionary[T]) get(i uint16) (x T) {
	if int(i) < len(d.all) {
		x = d.all[i]
	}
	return x
}

func seconds(t instant.Time) uint32 {
	return uint32(min(max(int64(t)/1000, 0), math.MaxUint32))
}

// rank is what stands before what of one instant: of entering a phase and leaving it at once, leaving stands.
func (k Kind) rank() uint8 {
	switch k { //nolint:exhaustive // the order of the others does not matter
	case Ended:
		return 1
	case Exited:
		return 2
	case Quit:
		return 3
	}
	return 0
}

func (c *columns) caseOf(who Pseudonym) int32 {
	if i, known := c.cases[who]; known {
		return i
	}
	i := int32(len(c.who))
	c.cases[who] = i
	c.who = append(c.who, who)
	c.own = append(c.own, nil)
	return i
}

// of are a case's rows, by instant; of one instant as they became known.
func (c *columns) of(i int32) []row {
	if c.own[i] != nil {
		return c.own[i]
	}
	if int(i)+1 < len(c.first) {
		return c.rows[c.first[i]:c.first[i+1]]
	}
	return nil
}

// Add takes in what one commit says of somebody.
func (c *Columns) Add(p Part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(p)
}

func (c *Columns) add(p Part) {
	c.version++
	if p.Fresh {
		for _, cs := range c.programs {
			cs.fresh(p.Who)
		}
	}
	for i := range p.Facts {
		f := &p.Facts[i]
		switch {
		case f.Kind == Limit:
			c.limit(f)
		case f.Kind == Arm && f.Program == "":
			if was, drawn := c.arms[f.Who]; !drawn || f.At < was.at { // people are of the part that was drawn first
				c.arms[f.Who] = arm{f.Name, f.Level, f.At}
			}
		case f.Program != "":
			of := c.part(f.Kind)
			cs := of[f.Program]
			if cs == nil {
				cs = &columns{cases: map[Pseudonym]int32{}}
				of[f.Program] = cs
			}
			cs.insert(f)
		case f.Touch != 0:
			for _, cs := range c.programs {
				if cs.tried(f.Who, f.Touch) {
					cs.insert(f)
				}
			}
		}
	}
}

// part is where facts of a kind are.
func (c *Columns) part(k Kind) map[string]*columns {
	if k == Walked {
		return c.walks
	}
	return c.programs
}

func (c *Columns) limit(f *Fact) {
	l := c.limited[f.Who]
	at := map[bool]*instant.Time{true: &l.restricted, false: &l.resumed}
	if f.Name == person.Profiling {
		at = map[bool]*instant.Time{true: &l.objected, false: &l.allowed}
	}
	t := at[f.Value != 0]
	*t = max(*t, f.At)
	c.limited[f.Who] = l
}

// fresh takes away what is derived of somebody.
func (c *columns) fresh(who Pseudonym) {
	i, known := c.cases[who]
	if !known {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(c.of(i)), func(r row) bool { return c.whats.get(r.what).kind.Derived() })
	c.put(i, kept)
}

func (c *columns) put(i int32, rows []row) {
	before := len(c.of(i))
	if rows == nil {
		rows = []row{}
	}
	c.own[i] = rows
	c.changed += max(len(rows)-before, 0) + 1
	c.total += len(rows) - before
}

// tried tells whether a touch is one of this program's.
func (c *columns) tried(who Pseudonym, touch uint64) bool {
	i, known := c.cases[who]
	return known && slices.ContainsFunc(c.of(i), func(r row) bool { return r.value == uint32(touch) && c.whats.get(r.what).kind == Tried })
}

func (c *columns) row(f *Fact) row {
	r := row{
		at: f.At, known: seconds(f.Known), what: c.whats.place(what{f.Kind, f.Name}), level: c.levels.place(level{f.Level, f.Code}),
		value: math.Float32bits(float32(f.Value)), rank: f.Kind.rank(),
	}
	if f.Touch != 0 {
		r.value = uint32(f.Touch)
	}
	return r
}

func (c *columns) insert(f *Fact) {
	i := c.caseOf(f.Who)
	r := c.row(f)
	rows := c.own[i]
	if rows == nil {
		laid := c.of(i)
		rows = make([]row, len(laid), len(laid)+4)
		copy(rows, laid)
	}
	n := len(rows)
	for n > 0 && (rows[n-1].at > r.at || rows[n-1].at == r.at && rows[n-1].rank > r.rank) {
		n--
	}
	c.own[i] = slices.Insert(rows, n, r)
	c.changed++
	c.total++
	if c.changed > max(1<<17, c.total/8) {
		c.lay()
	}
}

// lay puts all rows into the columns.
func (c *columns) lay() {
	rows := make([]row, 0, c.total+c.total/16)
	first := make([]int64, 1, len(c.who)+1+len(c.who)/16)
	for i := range c.who {
		rows = append(rows, c.of(int32(i))...)
		first = append(first, int64(len(rows)))
	}
	c.rows, c.first = rows, first
	clear(c.own)
	c.changed = 0
}

// Forget takes everything of somebody away.
func (c *Columns) Forget(who Pseudonym) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	delete(c.limited, who)
	delete(c.arms, who)
	for _, of := range []map[string]*columns{c.programs, c.walks} {
		for _, cs := range of {
			cs.forget(who)
		}
	}
}

func (c *columns) forget(who Pseudonym) {
	i, known := c.cases[who]
	if !known {
		return
	}
	c.put(i, nil)
	if int(i)+1 < len(c.first) {
		clear(c.rows[c.first[i]:c.first[i+1]])
	}
	delete(c.cases, who)
	c.who[i] = Pseudonym{}
}

// Load fills columns that are empty with facts sorted by person, instant and order, as a [Base] gives them.
func (c *Columns) Load(facts func(yield func(*Fact) error) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var late []Fact
	err := facts(func(f *Fact) error {
		switch {
		case f.Kind == Limit:
			c.limit(f)
		case f.Program == "":
			late = append(late, *f)
		default:
			of := c.part(f.Kind)
			cs := of[f.Program]
			if cs == nil {
				cs = &columns{cases: map[Pseudonym]int32{}, first: []int64{0}}
				of[f.Program] = cs
			}
			i := cs.caseOf(f.Who)
			cs.rows = append(cs.rows, cs.row(f))
			for len(cs.first) <= int(i)+1 {
				cs.first = append(cs.first, int64(len(cs.rows)))
			}
			cs.first[i+1] = int64(len(cs.rows))
			cs.total++
		}
		return nil
	})
	for i := range late {
		c.add(Part{Who: late[i].Who, Facts: late[i : i+1]})
	}
	for _, of := range []map[string]*columns{c.programs, c.walks} {
		for _, cs := range of {
			cs.lay()
		}
	}
	c.version++
	return err
}

// Version changes with everything that is added.
func (c *Columns) Version() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.version
}

// Size is how many facts and people there are of a program.
func (c *Columns) Size(program string) (facts, people int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if cs := c.programs[program]; cs != nil {
		return cs.total, len(cs.cases)
	}
	return 0, 0
}

// Facts are all that is held of somebody, for tests and for their own copy.
func (c *Columns) Facts(who Pseudonym) (out []Fact) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, of := range []map[string]*columns{c.programs, c.walks} {
		for program, cs := range of {
			i, known := cs.cases[who]
			if !known {
				continue
			}
			for _, r := range cs.of(i) {
				w, l := cs.whats.get(r.what), cs.levels.get(r.level)
				f := Fact{Who: who, At: r.at, Known: instant.Time(r.known) * 1000, Program: program, Kind: w.kind, Name: w.name, Level: l.level, Code: l.code}
				if w.kind == Measured {
					f.Value = float64(math.Float32frombits(r.value))
				}
				out = append(out, f)
			}
		}
	}
	if a, drawn := c.arms[who]; drawn {
		out = append(out, Fact{Who: who, At: a.at, Kind: Arm, Name: a.layer, Level: a.arm})
	}
	sort.SliceStable(out, func(i, j int) bool {
		return cmp.Or(cmp.Compare(out[i].At, out[j].At), cmp.Compare(out[i].Program, out[j].Program)) < 0
	})
	return out
}

// People are those of whom a program has facts, sorted.
func (c *Columns) People(program string) []Pseudonym {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cs := c.programs[program]
	if cs == nil {
		return nil
	}
	out := make([]Pseudonym, 0, len(cs.cases))
	for who := range cs.cases {
		out = append(out, who)
	}
	slices.SortFunc(out, func(a, b Pseudonym) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// withheld are those of whom nothing may be used.
func (c *Columns) withheld() (out []Pseudonym) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for who, l := range c.limited {
		if l.withheld() {
			out = append(out, who)
		}
	}
	return out
}
