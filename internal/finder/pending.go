package finder

import (
	"maps"
	"sync"

	"attune/core/id"
	"attune/internal/likeness"
)

// pending is what was said of people and is not in the file yet. It may wait: who searches looks here too, and after a
// crash it is found again in their states.
type pending struct {
	mu sync.Mutex
	// people were gathered, and leaving are those of them that are being written.
	people, leaving map[id.Person]likeness.Facts
	// frame is the newest commit of which everything was said, written the one that the file knows of.
	frame, written int64
	// seen is how many were gathered when it was last asked whether more is coming.
	seen int
}

// many is how many people are gathered before they are written; hashes go everywhere in the file, so that few large
// writes touch each page seldom. few is how many between two questions are no import. lag is how many commits without
// any people may go by, and longLag how many with some.
const (
	many    = 50_000
	few     = 100
	lag     = 5000
	longLag = 50_000
)

// due tells that it is time to write.
func (p *pending) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	behind := p.frame - p.written
	return len(p.people) >= many || behind >= longLag || len(p.people) == 0 && behind >= lag
}

// rests tells that there is something to write and that few came since it was asked last: no import is under way.
func (p *pending) rests() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.seen
	p.seen = len(p.people)
	return len(p.people) > 0 && len(p.people)-was < few
}

func (p *pending) empty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.people) == 0 && p.frame == p.written
}

// take begins to write the gathered, and tells up to which commit nothing is missing then.
func (p *pending) take() (people map[id.Person]likeness.Facts, frame int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people, p.leaving, p.seen = map[id.Person]likeness.Facts{}, p.people, 0
	return p.leaving, p.frame
}

// wrote notes that the file knows of all commits up to one.
func (p *pending) wrote(frame int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written, p.leaving = frame, nil
}

// giveBack puts back what could not be written, unless something newer was said meanwhile.
func (p *pending) giveBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for who, is := range p.leaving {
		if _, newer := p.people[who]; !newer {
			p.people[who] = is
		}
	}
	p.leaving = nil
}

// forget drops the gathered, and how far it came.
func (p *pending) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people, p.leaving, p.frame, p.written = map[id.Person]likeness.Facts{}, nil, 0, 0
}

// drop drops somebody.
func (p *pending) drop(who id.Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.people, who)
}

// now is what was said and may not be in the file.
func (p *pending) now() map[id.Person]likeness.Facts {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := maps.Clone(p.people)
	for who, is := range p.leaving {
		if _, newer := out[who]; !newer {
			out[who] = is
		}
	}
	return out
}
