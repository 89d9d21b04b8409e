package simulate

import (
	"container/heap"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
)

// Crowd is the people of a world without an engine of their own: what they do is handed out as events, and they are told
// what an engine elsewhere did, as in a demonstration. It is for one goroutine at a time.
type Crowd struct {
	source string
	next   nexts
	// who finds people by the id that they were given, once it was heard; sends finds what is on its way.
	who   map[id.Person]*life
	byKey map[string]*life
	sends map[id.Key]sending
	out   []Happening
}

// Happening is an event of somebody's life, by the key that the world knows them by.
type Happening struct {
	Key   string
	Event event.Event
}

type sending struct {
	to *life
	effect.Send
}

// arrives ends the id of the first event of each life.
const arrives = "arrives"

// NewCrowd makes a world's people ready to live from an instant on, for as long as somebody asks. Source is the system that
// their events come from.
func NewCrowd(source string, w *World, rel *release.Release, seed uint64, people int, start instant.Time) (*Crowd, error) {
	s, err := Config{Release: rel, World: w, Seed: seed, Start: start}.setting()
	if err != nil {
		return nil, err
	}
	s.end = instant.Never
	c := &Crowd{source: source, who: map[id.Person]*life{}, byKey: map[string]*life{}, sends: map[id.Key]sending{}}
	for n := range people {
		l := begin(s, arm{rel: rel}, n, nil)
		l.tell = func(e event.Event) {
			e.ID, e.Source = source+"/"+strings.TrimPrefix(e.ID, idPrefix), source
			c.out = append(c.out, Happening{l.key, e})
		}
		c.byKey[l.key] = l
		c.awaits(l)
	}
	return c, nil
}

// Until lets people do what they do up to and including an instant.
func (c *Crowd) Until(now instant.Time) []Happening {
	c.out = nil
	for len(c.next) > 0 && c.next[0].at <= now {
		n := heap.Pop(&c.next).(next)
		if len(n.who.agenda) == 0 || n.who.agenda[0].at != n.at {
			continue // they did it already
		}
		n.who.agenda.pop().do(n.at)
		c.awaits(n.who)
	}
	return c.out
}

// Heard tells the crowd that an event was taken, and whose it is.
func (c *Crowd) Heard(who id.Person, event string) {
	key, found := strings.CutSuffix(strings.TrimPrefix(event, c.source+"/"), "-"+arrives)
	if !found {
		return
	}
	if l := c.byKey[key]; l != nil {
		c.who[who] = l
	}
}

// Did tells the crowd what an engine did about somebody: what is on its way to them, and what is asked of others about them.
func (c *Crowd) Did(who id.Person, e effect.Effect) {
	l := c.who[who]
	if l == nil {
		return
	}
	switch x := e.(type) { //nolint:gochecksumtype // nobody outside sees the others
	case effect.Send:
		c.sends[x.Touch] = sending{l, x}
	case effect.Request:
		l.answer(x)
		c.awaits(l)
	}
}

// Reached tells the crowd that a message was handed over.
func (c *Crowd) Reached(touch id.Key, at instant.Time) {
	s, found := c.sends[touch]
	if !found {
		return
	}
	delete(c.sends, touch)
	s.to.handed(s.Send, at)
	c.awaits(s.to)
}

// awaits notes when somebody does something next.
func (c *Crowd) awaits(l *life) {
	if len(l.agenda) > 0 {
		heap.Push(&c.next, next{l.agenda[0].at, l})
	}
}

// next is when somebody does something next.
type next struct {
	at  instant.Time
	who *life
}

// nexts orders people by when they do something next, then by their number.
type nexts []next

func (n nexts) Len() int { return len(n) }
func (n nexts) Less(i, j int) bool {
	return n[i].at < n[j].at || n[i].at == n[j].at && n[i].who.number < n[j].who.number
}
func (n nexts) Swap(i, j int) { n[i], n[j] = n[j], n[i] }
func (n *nexts) Push(x any)   { *n = append(*n, x.(next)) }
func (n *nexts) Pop() any {
	old := *n
	x := old[len(old)-1]
	*n = old[:len(old)-1]
	return x
}
