package chart

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Look is how a report is drawn in a terminal.
type Look struct {
	// Width is how many columns there are; less than 40 counts as 40.
	Width int
	// Plain draws with ASCII alone.
	Plain bool
}

// Columns is how many columns a report may take.
func (l Look) Columns() int { return max(40, min(l.Width, 160)) }

// Spark draws numbers as columns beside each other, from nothing to the largest.
func (l Look) Spark(numbers []int64) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	if l.Plain {
		levels = []rune(".:-=+*#@")
	}
	top := int64(1)
	for _, n := range numbers {
		top = max(top, n)
	}
	var b strings.Builder
	for _, n := range numbers {
		if n <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(levels[(n*int64(len(levels))-1)/top])
	}
	return b.String()
}

// Bar draws a number as a length of at most width columns, of which top fills all. What is more than
// nothing is never drawn as nothing.
func (l Look) Bar(n, top int64, width int) string {
	full, parts := "█", []rune("▏▎▍▌▋▊▉")
	if l.Plain {
		full, parts = "#", nil
	}
	if n <= 0 || top <= 0 {
		return ""
	}
	eighths := int(n * int64(width) * 8 / top)
	out := strings.Repeat(full, eighths/8)
	if parts != nil && eighths%8 > 0 {
		out += string(parts[eighths%8-1])
	}
	if out == "" {
		if parts == nil {
			return full
		}
		return string(parts[0])
	}
	return out
}

// Squeezed adds neighbours up until there are no more numbers than columns.
func Squeezed(numbers []int64, columns int) []int64 {
	each := (len(numbers) + columns - 1) / max(1, columns)
	if each <= 1 {
		return numbers
	}
	var out []int64
	for i := 0; i < len(numbers); i += each {
		sum := int64(0)
		for _, n := range numbers[i:min(i+each, len(numbers))] {
			sum += n
		}
		out = append(out, sum)
	}
	return out
}

// Grouped writes a whole number with commas: 1,234,567.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Padded fills a text up with spaces to a width in letters; a longer one is cut.
func Padded(s string, width int) string {
	n := utf8.RuneCountInString(s)
	if n > width {
		return string([]rune(s)[:max(0, width-1)]) + "~"
	}
	return s + strings.Repeat(" ", width-n)
}

// Right fills a text up from the left.
func Right(s string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) + s
}
