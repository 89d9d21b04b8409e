// Command exprdocs writes docs/reference/expressions.md from the functions of the language, so that the
// document says what the code does. It is run by go generate; its tests hold the committed file to it
// and compile every example.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"attune/core/expr"
)

//go:generate go run . ../../docs/reference/expressions.md

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: exprdocs FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], render(expr.Functions()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "exprdocs:", err)
		os.Exit(1)
	}
}

const preface = `# Expressions

<!-- Written by "make docs" from core/expr/functions.go and internal/exprdocs; change those and run it again. -->

What can be asked in a [trigger](program.md#triggers). Expressions are [CEL](https://cel.dev) with the functions below
and no others. Names of events and fields are those of [the catalogue](events.md).

There are two kinds. A **state** asks about the person: it stands by itself or in ` + "`when`" + `. A **filter** asks about one
event, in ` + "`where`, `after_where`" + ` and in the last argument of a function that takes a variable; it may read nothing but
that event and constants, so that it is decided once, when the event arrives. ` + "`count`, `since`, `last`, `has_happened`," + `
` + "`sum` and `trend`" + ` take such a filter: ` + "`since(\"observation.recorded\", o, o.code == \"4548-4\") > days(90)`" + `.

| write | is |
|---|---|
| ` + "`event.field`" + ` | in ` + "`where`, `after_where` and `for`" + `: a field of the event at hand |
| ` + "`has(event.field)`" + ` | whether the field is there |
| ` + "`event.codes.exists(c, c == \"a\")`, `\"a\" in event.codes`, `event.code in [\"a\", \"b\"]`" + ` | looking through lists |
| ` + "`==` `!=` `<` `<=` `>` `>=` `&&` `\\|\\|` `!` `+` `-` `*` `( )`" + ` | as usual; whole and decimal numbers mix |
| ` + "`\"7d\"`, `days(7)`" + ` | durations: a whole number and one of s, m, h, d, w in quotes, or a function |

There is no clock, no ` + "`? :`" + `, no division and no ` + "`null`" + `.

**Unknown.** An answer is true, false or *unknown*: what is missing is unknown. ` + "`false && unknown`" + ` is false,
` + "`true || unknown`" + ` is true, everything else with unknown is unknown, and unknown does not fire. A value of
another type than the function gives, or than the catalogue says, is missing.

**Time.** What changes with time, ` + "`count`, `since`, `sum`, `trend`, `age` and `day_part`" + `, is compared with a constant, by
itself: so Attune knows the very instant at which the answer can next change, and asks again then. A window of 7 days
ends now and begins right after the instant 7 days ago. Events of one instant are ordered by their source's version,
then by their id: when they arrived makes no difference.

**Units.** Durations are not numbers: ` + "`since(\"event.name\") > days(3)`, `days(event.days_supply + 5)`" + `. A field that
counts days cannot be given to ` + "`hours`" + `.

**Cost.** An expression has at most 4,096 bytes and 32 levels, and looks at no more than 2,000 values to answer. What the
expressions of one program have remembered of each person is at most 10,000 values: a ` + "`count`" + ` compared with
n keeps n or n + 1 instants, ` + "`sum` and `trend`" + ` keep 64 readings, an absence with a key 32 keys, everything else one value.
Expressions that ask for the same events, with the same filter, share what they keep.
`

// render writes the whole document.
func render(functions []expr.Function) []byte {
	var b bytes.Buffer
	b.WriteString(preface)
	b.WriteString("\n## Functions\n")
	for _, f := range functions {
		where := ""
		if f.Where == expr.InFilters {
			where = " (a filter of `message.received`)"
		}
		fmt.Fprintf(&b, "\n### %s\n\n`%s`: %s.\n\nFor example%s:\n\n```cel\n%s\n```\n", f.Name, strings.ReplaceAll(f.Usage, " or ", "` or `"), f.Says, where, f.Example)
	}
	return b.Bytes()
}
