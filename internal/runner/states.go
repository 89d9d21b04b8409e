package runner

import (
	"bytes"

	"attune/core/id"
)

// states remembers the encoded states of the people stepped lately, so that somebody active is neither
// read nor unsealed again. It keeps two generations: when the young one is full it becomes the old one,
// and who was not stepped meanwhile is forgotten. Only the runner changes states, so what was committed
// last is what the store has. It is not safe for several goroutines at once.
type states struct {
	young, old map[id.Person]remembered
	// size is that of the young generation in bytes, most what it may have; negative for none.
	size, most int
}

type remembered struct {
	version uint64
	plain   []byte
}

// drop forgets somebody's state.
func (c *states) drop(p id.Person) {
	if was, known := c.young[p]; known {
		c.size -= len(was.plain) + perState
		delete(c.young, p)
	}
	delete(c.old, p)
}

// perState is about what an entry takes besides its bytes.
const perState = 96

func (c *states) get(p id.Person) (remembered, bool) {
	if s, ok := c.young[p]; ok {
		return s, true
	}
	s, ok := c.old[p]
	return s, ok
}

// put remembers a state that was committed. It keeps a copy of the bytes.
func (c *states) put(p id.Person, version uint64, plain []byte) {
	if c.most < 0 {
		return
	}
	if c.young == nil || c.size >= c.most {
		c.young, c.old, c.size = map[id.Person]remembered{}, c.young, 0
	}
	if was, known := c.young[p]; known {
		c.size -= len(was.plain) + perState
	}
	c.young[p] = remembered{version, bytes.Clone(plain)}
	c.size += len(plain) + perState
}
