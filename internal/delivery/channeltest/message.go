package channeltest

import (
	"strings"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
)

// message writes the n-th message of a test. The same n gives the same message.
func (s Subject) message(n int, subject, body string) delivery.Message {
	seed := id.Seed{'c', 'h', 'a', 'n'}
	return delivery.Message{
		Person: id.Person{byte(n), byte(n >> 8), 1}, Touch: id.Derive(seed, "touch", uint64(n)), Attempt: id.Derive(seed, "attempt", uint64(n)),
		Channel: s.Channel.Can().Name, To: s.address(n), Language: "en",
		Subject: subject, Body: body, At: time.Date(2027, 3, 1, 22, 30, 0, 0, time.UTC),
	}
}

func (s Subject) plain(n int) delivery.Message {
	return s.message(n, "How are you feeling?", "Dear Ana,\n\nyou have a message.\n")
}

type text struct{ name, subject, body string }

// texts are what real messages contain and carriers have been seen to spoil.
func texts() []text {
	return []text{
		{"plain words", "How are you feeling?", "Dear Ana,\n\nyou have a message.\n"},
		{"a Polish name", "Dzień dobry, Żaneta", "Droga Żaneto,\n\nżyczymy zdrowia: zażółć gęślą jaźń.\n"},
		{"a Spanish name", "Ana María, ¿cómo está?", "Querida Ana María:\n\n¿Cómo está después de la operación? ¡Ánimo!\n"},
		{"other scripts and an emoji", "Ελίφ, 小林さん, नमस्ते 🌿", "مرحبا فريد\nこんにちは\n🌿👩🏽‍⚕️\n"},
		{"a combining mark and a dotless i", "I\u0307ncı and cafe\u0301", "ı İ e\u0301 ﬁ\u00a0x\u200bz\n"},
		{"long lines", "A long line follows", strings.Repeat("one two three ", 200) + "\n" + strings.Repeat("x", 3000) + "\n" + strings.Repeat("ż", 1500) + "\n"},
		{"dots at the start of lines", "Dots", ".\n..\n.hidden\n...\n.\nafter the dots\n.\n"},
		{"a long subject", strings.Repeat("An unusually long subject ", 12) + "ends", "x\n"},
		{"a long subject without spaces", strings.Repeat("Donaudampfschifffahrtsgesellschaft", 8), "x\n"},
		{"a long subject of wide letters", strings.Repeat("Żółć ", 40) + "koniec", "x\n"},
		{"a subject with doubled spaces", "two  spaces   and    four", "x\n"},
		{"a long subject with doubled spaces", strings.Repeat("two  spaces  ", 12) + "end", "x\n"},
		{"a subject that looks encoded", "=?utf-8?q?caf=C3=A9?= and =?x?=", "=?utf-8?q?caf=C3=A9?=\n=3D = =\n"},
		{"a subject with special signs", `"quoted", <angled>; (bracketed): 50% \ off @home`, "x\n"},
		{"trailing spaces in lines", "Spaces", "ends in space \nends in tab\t\n \n\t\nlast\n"},
		{"blank lines at both ends", "Blank", "\n\n\nmiddle\n\n\n"},
		{"no newline at the end", "End", "the text just stops"},
		{"an empty body", "Nothing more", ""},
		{"an empty subject", "", "A body without a subject.\n"},
		{"a line that looks like a command", "Commands", "From here\nQUIT\nDATA\nRSET\n.\nMAIL FROM:<x@example.org>\n"},
		{"a header in the body", "Headers", "Bcc: someone@example.org\n\nSubject: another\n"},
		{"a large body", "Large", strings.Repeat("The same line again, with an é in it.\n", 4000)},
	}
}

// injections are texts that must not reach a carrier as a header, a recipient or a command.
func injections(plain string) map[string]string {
	return map[string]string{
		"a line feed":                 plain + "\nBcc: other@example.org",
		"a carriage return":           plain + "\rBcc: other@example.org",
		"both":                        plain + "\r\nBcc: other@example.org",
		"both at the start":           "\r\n" + plain,
		"both at the end":             plain + "\r\n",
		"a line feed at the end":      plain + "\n",
		"a folded line":               plain + "\r\n other",
		"the end of the header":       plain + "\r\n\r\nAnother body",
		"another recipient's command": plain + ">\r\nRCPT TO:<other@example.org",
	}
}
