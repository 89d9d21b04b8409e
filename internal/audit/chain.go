package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// link is what a line says of its place in the chain, read without parsing the rest.
type link struct {
	number     int64
	prev, hash []byte
	what       []byte // begins with the verb
}

const (
	numberMark = `{"n":`
	prevMark   = `,"prev":"`
	atMark     = `","at":"`
	whatMark   = `","what":"`
	whatAt     = len(atMark) + len(timeForm) + len(whatMark)
)

// linkOf reads a line without its newline; ok is false if it is none of the log's.
func linkOf(line []byte) (l link, ok bool) {
	if len(line) < len(numberMark)+2+len(prevMark)+hexSize+whatAt+tailSize || len(line) > maxLine || !bytes.HasPrefix(line, []byte(numberMark)) {
		return l, false
	}
	i := len(numberMark)
	for ; i < len(numberMark)+18 && line[i] >= '0' && line[i] <= '9'; i++ {
		l.number = 10*l.number + int64(line[i]-'0')
	}
	if !bytes.HasPrefix(line[i:], []byte(prevMark)) || line[len(numberMark)] == '0' {
		return l, false
	}
	i += len(prevMark)
	tail := line[len(line)-tailSize:]
	if i+hexSize+whatAt > len(line)-tailSize || string(tail[:len(hashMark)]) != hashMark || string(tail[tailSize-2:]) != `"}` {
		return l, false
	}
	l.prev, l.what = line[i:i+hexSize], line[i+hexSize+whatAt:]
	for _, c := range l.prev {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return l, false
		}
	}
	if at := line[i+hexSize:]; string(at[:len(atMark)]) != atMark || string(at[whatAt-len(whatMark):whatAt]) != whatMark {
		return l, false
	}
	l.hash = tail[len(hashMark) : tailSize-2]
	return l, true
}

// whole tells that a line's own hash is that of the line.
func whole(line []byte, l *link) bool {
	sum := sha256.Sum256(line[:len(line)-tailSize])
	var text [hexSize]byte
	hex.Encode(text[:], sum[:])
	return bytes.Equal(text[:], l.hash)
}

func (l *link) is(w What) bool {
	return len(l.what) > len(w) && string(l.what[:len(w)]) == string(w) && l.what[len(w)] == '"'
}

// nothing stands before the first record.
func nothing() string { return strings.Repeat("0", hexSize) }
