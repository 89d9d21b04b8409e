package email_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// script is a mail server that answers each command with what the test says, word for word, to reach
// the places where a proper server never goes. A command that is not in the script gets a good answer.
type script map[string]string

// What a script may say instead of an answer.
const (
	hangUp  = "(hang up)"
	silence = "(say nothing)"
)

func (s script) start(t *testing.T) (addr *net.TCPAddr, texts func() int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	n := 0
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			_ = c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			go s.serve(c, func() {
				mu.Lock()
				n++
				mu.Unlock()
			})
		}
	}()
	return l.Addr().(*net.TCPAddr), func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

func (s script) serve(c net.Conn, text func()) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	say := func(command, good string) bool {
		answer, ok := s[command]
		if !ok {
			answer = good
		}
		switch answer {
		case hangUp:
			return false
		case silence:
			_, _ = io.Copy(io.Discard, r)
			return false
		}
		_, err := io.WriteString(c, strings.ReplaceAll(answer, "\n", "\r\n")+"\r\n")
		return err == nil
	}
	if !say("greeting", "220 mail.example.org ESMTP") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.ToUpper(strings.TrimSpace(strings.FieldsFunc(line+" ", func(r rune) bool { return r == ' ' || r == ':' })[0]))
		good := "250 2.0.0 Ok"
		switch command {
		case "EHLO":
			good = "250-mail.example.org\n250-8BITMIME\n250 AUTH PLAIN LOGIN"
		case "AUTH":
			good = "235 2.7.0 Welcome"
		case "DATA":
			good = "354 Go on"
		case "QUIT":
			good = "221 2.0.0 Bye"
		}
		if !say(command, good) {
			return
		}
		if answer, ok := s[command]; command != "DATA" || ok && !strings.HasPrefix(answer, "354") {
			continue
		}
		if s["text"] == "(hang up in the middle)" {
			_, _ = r.ReadString('\n')
			return
		}
		if s["text"] == "(refuse in the middle)" {
			_, _ = r.ReadString('\n')
			_, _ = io.WriteString(c, "552 5.3.4 Too big\r\n")
			_, _ = io.Copy(io.Discard, r)
			return
		}
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if line == ".\r\n" {
				break
			}
		}
		text()
		if !say("text", "250 2.0.0 Ok: queued as 4711") {
			return
		}
	}
}
