package proposal

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
)

// made begins an event whose id derives from what it is about, so that one that comes again is known.
func made(name, about string, at instant.Time) event.Event {
	return event.Event{ID: event.Own + "/" + about, Name: name, Source: event.Own, OccurredAt: at}
}

func proposed(about id.Person, x *effect.Propose) event.Event {
	e := made("engagement.proposed", x.ID.String(), x.At)
	e = words(e, "about", about.String(), "program", x.Program, "engagement", x.Engagement, "purpose", x.Purpose, "relation", short(x.Relation), "name", short(x.Name),
		"origin", origin(x.Origin), "release", fmt.Sprintf("%016x", x.Release))
	return e.With("hops", expr.IntegerOf(int64(x.Hops)))
}

func recalled(about id.Person, x *effect.Recall) event.Event {
	e := made("engagement.recalled", x.ID.String(), x.At)
	e = words(e, "about", about.String(), "with", x.To, "recall", x.ID.String(), "program", x.Program, "engagement", x.Engagement, "purpose", x.Purpose,
		"origin", origin(x.Origin), "reason", x.Why)
	if x.Ends {
		e = e.With("ends", expr.FlagOf(true))
	}
	return e
}

// undelivered tells a person's own order that nobody is known by the identifier with which they share.
func undelivered(x *effect.Propose) event.Event {
	return words(made("engagement.undelivered", x.ID.String()+"/undelivered", x.At),
		"with", x.To, "program", x.Program, "engagement", x.Engagement, "purpose", x.Purpose, "reason", "nobody is known by that identifier")
}

func ended(recall id.Key, with, purpose string, said, at instant.Time) event.Event {
	e := words(made("sharing.ended", recall.String()+"/ended", at), "with", with, "purpose", purpose, "recall", recall.String())
	return e.With("said", expr.MomentOf(said))
}

// words sets those of the fields that say something: name, value, name, value.
func words(e event.Event, fields ...string) event.Event {
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] != "" {
			e = e.With(fields[i], expr.TextOf(fields[i+1]))
		}
	}
	return e
}

func origin(hash uint64) string {
	if hash == 0 {
		return ""
	}
	return strconv.FormatUint(hash, 16)
}

// longest is how much of a name or relation is told, in bytes, so that no proposal is more than an event
// may be.
const longest = 256

func short(s string) string {
	if len(s) <= longest {
		return s
	}
	n := longest
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
