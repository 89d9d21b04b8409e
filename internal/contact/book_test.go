package contact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/seal"
)

const now = instant.Time(1_800_000_000_000)

// world is a book in a folder, with real keys, that can be closed, killed and opened again.
type world struct {
	tb interface {
		Fatal(...any)
		Helper()
	}
	dir    string
	keys   *seal.Keys
	book   *Book
	config Config
	frame  int64
	// taken are the events that were taken in.
	taken []Told
}

func newWorld(tb interface {
	Fatal(...any)
	Helper()
}, dir string,
) *world {
	tb.Helper()
	keys, err := seal.Open(filepath.Join(dir, "keys"), "org")
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{tb: tb, dir: dir, keys: keys, frame: 1}
	w.config = Config{Path: filepath.Join(dir, "contacts.db"), Secret: keys.Secret("contacts"), Keys: keys}
	w.open()
	return w
}

func (w *world) open() {
	w.tb.Helper()
	var err error
	if w.book, err = Open(context.Background(), w.config); err != nil {
		w.tb.Fatal(err)
	}
}

// reopen opens the book anew, as after a kill: what was only in memory is lost.
func (w *world) reopen() {
	w.tb.Helper()
	if err := w.book.db.Close(); err != nil {
		w.tb.Fatal(err)
	}
	w.open()
}

func (w *world) close() {
	if err := errors.Join(w.book.Close(), w.keys.Close()); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) uses(who id.Person, addresses ...Address) {
	w.tb.Helper()
	w.must(w.keys.Ensure(who))
	w.frame++
	w.must(w.book.Uses(context.Background(), who, w.frame, addresses))
}

func (w *world) users(of Address) []id.Person {
	w.tb.Helper()
	people, err := w.book.Users(context.Background(), of)
	w.must(err)
	return people
}

func (w *world) suppress(of Address, why Why, cause string) {
	w.tb.Helper()
	w.must(w.book.Suppress(context.Background(), of, Suppression{Why: why, At: now, Cause: cause}))
}

func (w *world) release(of Address, cause string, own bool) bool {
	w.tb.Helper()
	released, err := w.book.Release(context.Background(), of, Release{At: now, Cause: cause, By: "nurse Kim", Own: own})
	w.must(err)
	return released
}

func (w *world) deliver() {
	w.tb.Helper()
	w.must(w.book.Deliver(context.Background(), func(_ context.Context, told []Told) error {
		w.taken = append(w.taken, told...)
		return nil
	}))
}

// says are the events that were taken in, each once, in words.
func (w *world) says() (out []string) {
	seen := map[string]bool{}
	for _, t := range w.taken {
		if seen[t.Event.ID] {
			continue
		}
		seen[t.Event.ID] = true
		if strings.HasSuffix(t.Event.Name, "shared") {
			continue // they have tests of their own
		}
		says := fmt.Sprintf("%d %s %s %s", t.Person[0], t.Event.Name, t.Event.Field("channel"), t.Event.Field("address"))
		if why := t.Event.Field("why"); why.Type != expr.Missing {
			says += " " + why.String()
		}
		out = append(out, says)
	}
	slices.Sort(out)
	return out
}

var (
	ana, ben, eva = id.Person{1}, id.Person{2}, id.Person{3}
	phone         = Address{"sms", "+12025550143"}
)

func TestOneNumberIsOnePointHoweverItIsWritten(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	for _, c := range []struct {
		one, other Address
		same       bool
	}{
		{phone, Address{"sms", "+1 (202) 555-0143"}, true},
		{phone, Address{"call", "001-202-555-0143"}, true},
		{phone, Address{"sms", "+12025550144"}, false},
		{phone, Address{"email", "+12025550143"}, false},
		{Address{"email", "Ana@Patients.Example "}, Address{"email", "ana@patients.example"}, true},
		{Address{"email", "ana@patients.example"}, Address{"email", "anna@patients.example"}, false},
		{Address{"letter", "12  Green Lane"}, Address{"letter", "12 green lane"}, true},
	} {
		x, _ := w.book.points(c.one)
		y, _ := w.book.points(c.other)
		if (x == y) != c.same {
			t.Errorf("%v and %v are one point: %v", c.one, c.other, x == y)
		}
	}
}

func TestTraitsSayWhereSomebodyIsReached(t *testing.T) {
	p := person.New(ana)
	for name, value := range map[string]expr.Value{
		"email": expr.TextOf("ana@patients.example"), "phone": expr.TextOf("1"), "mobile": expr.TextOf("2"), "street": expr.TextOf("12 Green Lane"),
		"push": expr.TextOf(""), "sms": expr.NumberOf(3), "language": expr.TextOf("es"),
	} {
		p.SetTrait(person.Trait{Name: name, Value: value})
	}
	want := []Address{{"email", "ana@patients.example"}, {"sms", "2"}, {"sms", "1"}, {"letter", "12 Green Lane"}, {"call", "1"}, {"call", "2"}}
	if got := Of(p.Traits); !slices.Equal(got, want) {
		t.Errorf("she is reached at %v, want %v", got, want)
	}
}

func TestASuppressionReachesEverybodyWhoSharesTheNumber(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone, Address{"email", "ana@patients.example"})
	w.uses(ben, Address{"call", "(202) 555-0143"}, Address{"sms", "+1 202 555 0143"})
	w.uses(eva, Address{"sms", "+12025550199"})
	w.suppress(phone, Stop, "word-1")
	for _, of := range []Address{phone, {"call", "+1-202-555-0143"}} {
		if s, is := w.book.Suppressed(of); !is || s.Why != Stop {
			t.Errorf("%v is not suppressed", of)
		}
	}
	if _, is := w.book.Suppressed(Address{"email", "ana@patients.example"}); is {
		t.Error("another point is suppressed")
	}
	w.deliver()
	want := []string{"1 contact.suppressed sms +12025550143 stop", "2 contact.suppressed sms +1 202 555 0143 stop"}
	if got := w.says(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	for _, e := range w.taken {
		d, known := event.Standard().Find(e.Event.Name)
		for _, p := range e.Event.Props {
			if !known || !slices.ContainsFunc(d.Fields, func(f event.FieldDef) bool { return f.Name == p.Name }) {
				t.Errorf("the catalogue does not know %s of %s", p.Name, e.Event.Name)
			}
		}
	}
}

func TestASuppressionOutlivesTheProcess(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.suppress(phone, Bounce, "report-1")
	w.reopen() // killed before the events were taken in
	if s, is := w.book.Suppressed(phone); !is || s.Why != Bounce {
		t.Error("after a kill it is not suppressed")
	}
	w.must(w.book.Deliver(t.Context(), func(_ context.Context, told []Told) error {
		w.taken = append(w.taken, told...)
		return nil
	}))
	w.deliver()
	if len(w.taken) != 1 {
		t.Errorf("told %q", w.says())
	}
}

// A crash after the events were taken in and before that was noted gives them again, with the same ids.
func TestEventsThatWereNotTakenAreGivenAgain(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.uses(ben, phone)
	w.suppress(phone, Stop, "word-1")
	broken := errors.New("no disk")
	err := w.book.Deliver(t.Context(), func(_ context.Context, told []Told) error {
		w.taken = append(w.taken, told...)
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.reopen()
	w.deliver()
	if len(w.taken) != 8 || len(w.says()) != 2 { // two are told that they share it, and two that it is not used; each twice
		t.Errorf("%d were given, %q", len(w.taken), w.says())
	}
}

func TestTheSameWordAgainIsNotAnotherWord(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.suppress(phone, Stop, "word-1")
	if !w.release(phone, "word-2", true) {
		t.Error("it was not released")
	}
	w.suppress(phone, Stop, "word-1")
	if _, is := w.book.Suppressed(phone); is {
		t.Error("a repeated stop counts after the start that followed it")
	}
	w.suppress(phone, Stop, "word-3")
	if w.release(phone, "word-2", true) {
		t.Error("a repeated start was taken for another")
	}
	if _, is := w.book.Suppressed(phone); !is {
		t.Error("a repeated start counts after the stop that followed it")
	}
	w.deliver()
	if got := w.says(); len(got) != 3 {
		t.Errorf("told %q", got)
	}
}

func TestWhoHoldsTheAddressCannotMakeItTheRightPersons(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.suppress(phone, WrongPerson, "word-1")
	w.suppress(phone, Stop, "word-2")
	if w.release(phone, "word-3", true) {
		t.Error("the wrong person released it")
	}
	if _, is := w.book.Suppressed(phone); !is {
		t.Error("the wrong person can be written to")
	}
	if !w.release(phone, "staff-1", false) {
		t.Error("staff could not release it")
	}
}

func TestWhoComesToASuppressedNumberIsTold(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.suppress(phone, Complaint, "report-1")
	w.uses(ben, phone)
	w.uses(ana, Address{"sms", "+12025550199"}) // a changed number
	if got := w.users(phone); !slices.Equal(got, []id.Person{ben}) {
		t.Errorf("reached there are %v", got)
	}
	w.release(phone, "staff-1", false)
	w.uses(ana, phone) // and back: her record still says suppressed
	w.deliver()
	want := []string{
		"1 contact.released sms +12025550143", "1 contact.suppressed sms +12025550143 complaint",
		"2 contact.released sms +12025550143", "2 contact.suppressed sms +12025550143 complaint",
	}
	if got := w.says(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestWhoIsForgottenIsInNoFile(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.uses(ana, phone)
	w.uses(ben, phone)
	w.suppress(phone, Stop, "word-1")
	w.must(w.book.Forget(t.Context(), ana))
	w.deliver()
	if got := w.says(); len(got) != 1 || got[0][0] != '2' {
		t.Errorf("told %q", got)
	}
	w.uses(eva, phone)
	w.users(phone)
	w.must(w.keys.Erase(eva))
	if got := w.users(phone); !slices.Equal(got, []id.Person{ben}) {
		t.Errorf("reached there are %v", got)
	}
	w.suppress(phone, Complaint, "report-1") // tells nobody who is not there
	w.uses(ben)
	w.close()
	for _, name := range []string{"contacts.db", "contacts.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err == nil && (bytes.Contains(data, []byte("202555")) || bytes.Contains(data, []byte("555-0143"))) {
			t.Errorf("%s holds an address", name)
		}
	}
}

func TestWhatWasNotWrittenIsKnownToBeMissing(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	if frame, err := w.book.Frame(t.Context()); err != nil || frame != Nothing {
		t.Errorf("a new file is known up to %d, %v", frame, err)
	}
	w.must(w.book.Known(t.Context(), 40))
	w.must(w.keys.Ensure(ana))
	w.must(w.book.Uses(t.Context(), ana, 43, []Address{phone}))
	w.reopen()
	if frame, err := w.book.Frame(t.Context()); err != nil || frame != 40 {
		t.Errorf("it is known up to %d, %v", frame, err)
	}
	w.must(w.book.Uses(t.Context(), ana, 43, []Address{phone}))
	w.must(w.book.Flush(t.Context()))
	w.reopen()
	if frame, err := w.book.Frame(t.Context()); err != nil || frame != 42 || len(w.users(phone)) != 1 {
		t.Errorf("it is known up to %d, %v", frame, err)
	}
	w.must(w.book.Anew(t.Context()))
	if frame, err := w.book.Frame(t.Context()); err != nil || frame != 0 || len(w.users(phone)) != 0 {
		t.Errorf("made anew it is known up to %d, %v", frame, err)
	}
}

func TestAnotherNormaliserFindsWhatWasSuppressedBefore(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	home := Address{"sms", "(202) 555-0143"}
	w.must(w.book.Known(t.Context(), 9))
	w.suppress(home, Bounce, "report-1")
	w.must(w.book.db.Close())
	w.config.Normaliser = Normaliser{Name: "phone numbers of US", Normalise: func(point, address string) string {
		plain := Normal(point, address)
		if point == "phone" && !strings.HasPrefix(plain, "+") {
			return "+1" + plain
		}
		return plain
	}}
	w.open()
	if frame, err := w.book.Frame(t.Context()); err != nil || frame != 0 {
		t.Errorf("it believes to know people up to %d, %v", frame, err)
	}
	if _, is := w.book.Suppressed(home); !is {
		t.Error("what was suppressed before is used again")
	}
	w.uses(ana, home)
	w.uses(ben, phone)
	if got := w.users(Address{"call", "202 555 0143"}); len(got) != 2 {
		t.Errorf("reached there are %v", got)
	}
	if !w.release(home, "staff-1", false) {
		t.Error("it cannot be released")
	}
}

func TestAStopIsConfirmedOnceADay(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	for _, c := range []struct {
		after instant.Duration
		may   bool
	}{{0, true}, {instant.Hour, false}, {23 * instant.Hour, false}, {instant.Day, true}, {instant.Day + 1, false}} {
		if may, err := w.book.Confirm(t.Context(), phone, now.Add(c.after)); err != nil || may != c.may {
			t.Errorf("after %v: %v, %v", c.after, may, err)
		}
		w.reopen()
	}
}

func TestAnotherSecretIsRefused(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.close()
	w.config.Secret = bytes.Repeat([]byte{1}, 32)
	if _, err := Open(t.Context(), w.config); !errors.Is(err, ErrWrongSecret) {
		t.Error(err)
	}
}

func TestTheListSaysWhoIsConcerned(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.uses(ana, phone)
	w.suppress(phone, Stop, "word-1")
	w.suppress(Address{"email", "nobody@x.example"}, Bounce, "report-1")
	list, err := w.book.List(t.Context(), 10)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, l := range list {
		if l.Kind == "phone" && (l.Why != Stop || l.As != phone.Address || !slices.Equal(l.People, []id.Person{ana})) || l.Kind == "email" && (l.As != "" || l.People != nil) {
			t.Errorf("listed as %+v", l)
		}
	}
}

// model is a book as one would write it down by hand.
type model struct {
	uses   map[id.Person][]string
	stands map[string]map[string]Why
	said   map[string]bool
	// told is what everybody's record says of every number they ever had.
	told map[id.Person]map[string]bool
}

func (m *model) closed(number string) bool { return len(m.stands[number]) > 0 }

func (m *model) tell(number string) {
	for who, numbers := range m.uses {
		if slices.Contains(numbers, number) {
			m.told[who][number] = m.closed(number)
		}
	}
}

// Whatever people, carriers and staff do, in any order, through kills: what was suppressed is found
// suppressed until it is released, and in the end everybody's record says of their numbers what the book
// says.
func TestTheBookIsAsOneWouldKeepItByHand(t *testing.T) {
	numbers := []string{"+15550100", "+15550101", "+15550102"}
	people := []id.Person{{1}, {2}, {3}, {4}}
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		w := newWorld(r, dir)
		defer w.close()
		m := model{uses: map[id.Person][]string{}, stands: map[string]map[string]Why{}, said: map[string]bool{}, told: map[id.Person]map[string]bool{}}
		for _, p := range people {
			m.told[p] = map[string]bool{}
		}
		move := func(who id.Person, to []string) {
			was := m.uses[who]
			m.uses[who] = to
			var addresses []Address
			for _, n := range to {
				addresses = append(addresses, Address{"sms", n})
				if !slices.Contains(was, n) {
					m.told[who][n] = m.closed(n)
				}
			}
			w.uses(who, addresses...)
			w.must(w.book.Flush(context.Background()))
		}
		some, anybody := rapid.SampledFrom[[]string], rapid.SampledFrom(people)
		for range rapid.IntRange(1, 30).Draw(r, "moves") {
			number, who := some(numbers).Draw(r, "number"), anybody.Draw(r, "who")
			cause := fmt.Sprint(rapid.IntRange(0, 12).Draw(r, "cause"), number)
			switch some([]string{"use", "suppress", "release", "start", "merge", "kill", "deliver"}).Draw(r, "move") {
			case "use":
				move(who, rapid.SliceOfNDistinct(some(numbers), 0, 2, rapid.ID[string]).Draw(r, "to"))
			case "merge": // the survivor has the numbers of both
				loser := anybody.Draw(r, "loser")
				if loser == who {
					continue
				}
				both := slices.Clone(m.uses[who])
				for _, n := range m.uses[loser] {
					if !slices.Contains(both, n) {
						both = append(both, n)
					}
				}
				move(who, both)
				move(loser, nil)
			case "suppress":
				why := rapid.SampledFrom([]Why{Stop, Bounce, WrongPerson}).Draw(r, "why")
				w.suppress(Address{"sms", number}, why, cause)
				if !m.said[cause] {
					m.said[cause] = true
					if m.stands[number] == nil {
						m.stands[number] = map[string]Why{}
					}
					m.stands[number][cause] = why
					m.tell(number)
				}
			case "release", "start":
				own := rapid.Bool().Draw(r, "own")
				w.release(Address{"sms", number}, cause, own)
				if !m.said[cause] {
					m.said[cause] = true
					before := m.closed(number)
					for c, why := range m.stands[number] {
						if !own || why != WrongPerson {
							delete(m.stands[number], c)
						}
					}
					if before && !m.closed(number) {
						m.tell(number)
					}
				}
			case "kill":
				w.reopen()
			case "deliver":
				w.deliver()
			}
			for _, n := range numbers {
				if _, is := w.book.Suppressed(Address{"call", n}); is != m.closed(n) {
					r.Fatalf("%s is suppressed: %v, by hand %v", n, is, m.closed(n))
				}
				var want []id.Person
				for _, p := range people {
					if slices.Contains(m.uses[p], n) {
						want = append(want, p)
					}
				}
				if got := w.users(Address{"sms", n}); !slices.Equal(got, want) {
					r.Fatalf("%s reaches %v, by hand %v", n, got, want)
				}
			}
		}
		w.deliver()
		is, shares, last := map[id.Person]map[string]bool{}, [5]map[string]bool{}, instant.Time(0)
		seen := map[string]bool{}
		for _, told := range w.taken {
			if seen[told.Event.ID] { // a person's own order passes it over
				continue
			}
			seen[told.Event.ID] = true
			if is[told.Person] == nil {
				is[told.Person] = map[string]bool{}
			}
			of := told.Event.Field("address").Text
			if sharing, is := strings.CutPrefix(told.Event.Name, "contact."); is && strings.HasSuffix(sharing, "shared") {
				newest := &shares[told.Person[0]]
				if *newest == nil {
					*newest = map[string]bool{}
				}
				(*newest)[of] = sharing == "shared"
				if told.Event.OccurredAt <= last {
					r.Fatalf("one word on sharing is as old as another")
				}
				last = told.Event.OccurredAt
				continue
			}
			is[told.Person][of] = told.Event.Name == "contact.suppressed"
		}
		for _, p := range people {
			for _, n := range m.uses[p] {
				if is[p][n] != m.told[p][n] || is[p][n] != m.closed(n) {
					r.Fatalf("the record of %d says of %s: suppressed %v; by hand %v", p[0], n, is[p][n], m.closed(n))
				}
				if others := len(w.users(Address{"sms", n})) > 1; shares[p[0]][n] != others {
					r.Fatalf("the record of %d says of %s: shared %v; by hand %v", p[0], n, shares[p[0]][n], others)
				}
			}
		}
	})
}

// Everybody who is reached at an address knows whether they are alone there, the second and the third, and who stays.
func TestWhoSharesAnAddressIsTold(t *testing.T) {
	w := newWorld(t, t.TempDir())
	defer w.close()
	mail := Address{"email", "ana@patients.example"}
	var told []string
	after := func(what string, want ...string) {
		t.Helper()
		w.must(w.book.Flush(t.Context()))
		w.taken = nil
		w.deliver()
		told = nil
		for _, x := range w.taken {
			told = append(told, fmt.Sprintf("%d %s %s", x.Person[0], x.Event.Name, x.Event.Field("address")))
		}
		if slices.Sort(told); !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", what, told, want)
		}
	}
	w.uses(ana, phone, mail)
	after("Ana is alone")
	w.uses(ben, Address{"call", "001 202 555 0143"})
	after("Ben has her number, written another way", "1 contact.shared +12025550143", "2 contact.shared 001 202 555 0143")
	w.uses(eva, phone)
	after("a third has it", "3 contact.shared +12025550143")
	w.uses(ben, phone)
	after("Ben writes it as she does", "2 contact.shared +12025550143", "2 contact.unshared 001 202 555 0143")
	w.uses(eva)
	after("two are left")
	w.uses(ben, phone, mail)
	after("her mail too", "1 contact.shared ana@patients.example", "2 contact.shared ana@patients.example")
	w.must(w.book.Forget(t.Context(), ben))
	after("Ben is erased", "1 contact.unshared +12025550143", "1 contact.unshared ana@patients.example")
	if shared, err := w.book.Shared(t.Context(), phone); shared || err != nil {
		t.Error("the number is still shared", err)
	}
}
