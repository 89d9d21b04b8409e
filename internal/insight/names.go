package insight

import (
	"sync"

	"attune/core/id"
)

// names tell for whom pseudonyms stand. They are in memory alone, and only where the key is from which pseudonyms derive: no file and no
// export has them, so that facts which are handed out name nobody.
type names struct {
	mu sync.RWMutex
	of map[Pseudonym]id.Person
	// forgotten are those who were forgotten while everybody was being named.
	forgotten map[Pseudonym]bool
}

// fill names everybody, beside everything else.
func (n *names) fill(secret []byte, people func() []id.Person) {
	n.mu.Lock()
	n.forgotten = map[Pseudonym]bool{}
	n.mu.Unlock()
	all := people()
	of := make(map[Pseudonym]id.Person, len(all))
	derive := pseudonyms(secret)
	for _, who := range all {
		of[derive(who)] = who
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for p, who := range n.of { // those who came meanwhile
		of[p] = who
	}
	for p := range n.forgotten {
		delete(of, p)
	}
	n.of, n.forgotten = of, nil
}

// told says for whom a pseudonym stands of whom something was just told.
func (n *names) told(p Pseudonym, who id.Person) {
	n.mu.RLock()
	_, known := n.of[p]
	n.mu.RUnlock()
	if known {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil {
		n.of = map[Pseudonym]id.Person{}
	}
	n.of[p] = who
}

func (n *names) forget(p Pseudonym) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.of, p)
	if n.forgotten != nil {
		n.forgotten[p] = true
	}
}

// Person tells for whom a pseudonym stands, if it is of this installation and of somebody who was not forgotten. What is known before
// [Tail.CatchUp] is over is not everybody.
func (t *Tail) Person(p Pseudonym) (id.Person, bool) {
	t.names.mu.RLock()
	defer t.names.mu.RUnlock()
	who, known := t.names.of[p]
	return who, known
}
