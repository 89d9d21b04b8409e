package expr

import (
	"strconv"

	"cel.dev/cel-go/common/ast"
)

// storyTold is the event in which somebody says a fact of the person's story: its name and its text.
const storyTold = "story.told"

// story watches the tellings of one fact, as last("story.told.text", e, e.fact == "goal") does, and
// shares its memory.
func (u *unit) story(fact ast.Expr) watched {
	u.mentions = append(u.mentions, storyTold)
	name := textOf(fact)
	return watched{event: storyTold, filter: "event.fact == " + strconv.Quote(name), match: func(e Fields) Tri {
		v := e.Field("fact")
		if v.Type != Text {
			return Unknown
		}
		return triOf(v.Text == name)
	}}
}

// hasStory lowers has_story("fact").
func (u *unit) hasStory(fact ast.Expr) ask { return happened(u.plan.counter(u.story(fact), 1, "")) }
