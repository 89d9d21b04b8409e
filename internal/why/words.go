package why

import (
	"strconv"
	"strings"

	"attune/core/voice"
)

// Words says what a feature is, for people: "writing by sms".
func Words(feature string) string {
	levels := map[string]string{}
	var first string
	for i, pair := range strings.Split(feature, "|") {
		factor, level, _ := strings.Cut(pair, "=")
		levels[factor] = level
		if i == 0 {
			first = factor
		}
	}
	own := func(s string) string { return strings.ReplaceAll(s, "_", " ") }
	last := func(s string) string { return own(s[strings.LastIndex(s, "/")+1:]) }
	switch first {
	case "engage":
		return "that something is said at all"
	case "program":
		return "the program"
	case "engagement":
		return "what " + last(levels["engagement"]) + " does by itself"
	case "process":
		return own(levels["process"]) + " as a way to help"
	case "stage":
		switch {
		case levels["process"] != "":
			return own(levels["process"]) + " for somebody in the stage " + levels["stage"]
		case levels["engagement"] != "":
			return last(levels["engagement"]) + " for somebody in the stage " + levels["stage"]
		}
		return "being in the stage " + levels["stage"]
	case "strategy":
		return "the strategy " + own(levels["strategy"])
	case "frame":
		return "putting it as a " + own(levels["frame"])
	case "call to action":
		return "asking to " + own(levels["call to action"])
	case "technique":
		return "the technique " + levels["technique"]
	case "reading":
		return "words that are " + map[string]string{voice.Easy: "easy", voice.Plain: "neither easy nor hard", voice.Hard: "hard"}[levels["reading"]] + " to read"
	case "variant":
		return "the words " + last(levels["variant"])
	case "channel":
		return "the channel " + own(levels["channel"])
	case "answers":
		return "how often the person answers by " + own(levels["answers"])
	case "further down":
		return "that it is not the first channel in line"
	case "part":
		return "the time of day, " + levels["part"]
	case "rhythm":
		return "that the person answers more, or less, at this time of day"
	case "barrier":
		if levels["barrier"] == "eased" {
			return "that it answers something that keeps the person from it"
		}
		return "that it answers nothing of what keeps the person from it"
	case "eases":
		if strings.Contains(levels["eases"], "/") {
			return "that it answers " + last(levels["eases"])
		}
		return "that it answers a lack of " + own(levels["eases"])
	case "moves":
		with := "the strategy " + own(levels["strategy"])
		if levels["frame"] != "" {
			with = "putting it as a " + own(levels["frame"])
		}
		return with + " for somebody moved by " + last(levels["moves"])
	case "dose":
		if levels["dose"] != "" {
			return "how much was said in the last days, to somebody in the stage " + levels["dose"]
		}
		return "how much was said in the last days"
	case "today":
		return "what was said that day already"
	case "same":
		return "having heard the same before"
	}
	return own(feature)
}

// number writes a number as short as it can be read: 12, 0.5, 0.031.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// points writes a change of a chance in points of a hundred: 6.1.
func points(v float64) string { return strconv.FormatFloat(v*100, 'f', 1, 64) }

// chance writes a probability as people say it: "72 in 100".
func chance(p float64) string {
	switch {
	case p >= .9995:
		return "certain"
	case p >= .0995:
		return strconv.FormatFloat(p*100, 'f', 0, 64) + " in 100"
	}
	return strconv.FormatFloat(p*1000, 'f', 0, 64) + " in 1,000"
}
