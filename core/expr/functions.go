package expr

// Function is one function of the language, as its reference tells it.
type Function struct {
	Name string
	// Usage is how it is written, Says what it gives, and Example a whole condition that has it.
	Usage, Says, Example string
	// Where tells what the example is a condition on.
	Where Place
	// Takes is what each argument stands for: event, field (of an event), signal, audience, behavior, valueset, or nothing that has a name.
	Takes []string
}

// Place is where a function may stand.
type Place uint8

// A state asks about the person, a filter about one event. Some functions serve both.
const (
	Anywhere Place = iota
	InStates
	InFilters
)

// Functions returns what authors can call, in the order of the reference. The forms that the syntax
// has of itself, has(event.field) and list.exists(x, …), are not among them.
func Functions() []Function {
	var all []Function
	for _, f := range functions() {
		all = append(all, Function{f.name, f.usage, f.says, f.example, f.of, namedBy(f.takes)})
	}
	return all
}

// namedBy are the kinds of names that parameters stand for, empty for those that stand for none.
func namedBy(all []parameter) []string {
	kinds := map[parameter]string{anEvent: "event", aField: "field", aNumberField: "field", aSignal: "signal", anAudience: "audience", aBehavior: "behavior", aValueSet: "valueset"}
	out := make([]string, len(all))
	for k, p := range all {
		out[k] = kinds[p]
	}
	return out
}

// function is one of our functions with what vetting must know of it.
type function struct {
	name, usage, says, example string
	takes                      []parameter
	// optional is how many of the last parameters may be left out.
	optional int
	of       Place
	member   bool
	// made are the parameters of what macros make of the function, by the name it then has in the
	// syntax tree. Names with @ cannot be written.
	made map[string][]parameter
}

const (
	anywhere   = Anywhere
	thePerson  = InStates
	justEvents = InFilters
)

func taking(p ...parameter) []parameter { return p }

// functions is the whole list, told in the order of the reference.
func functions() []function {
	return []function{
		{
			name: "count", usage: `count("event.name", "7d") or count("event.name", "7d", e, e.field == "x")`,
			says:    "how many there were in the window that ends now; compared with a whole number up to 1,000",
			example: `count("portal.visited", "7d") < 1 && count("portal.visited", "28d") >= 4`,
			takes:   taking(anEvent, aSpan), of: thePerson,
			made: map[string][]parameter{"@count": taking(anEvent, aSpan, aSieve)},
		},
		{
			name: "since", usage: `since("event.name") > days(3)`,
			says:    "how long ago the newest was; compared with `<`, `<=`, `>` or `>=`; unknown if there was none",
			example: `since("medication.dispensed") > days(40)`,
			takes:   taking(anEvent), of: thePerson,
			made: map[string][]parameter{"@since": taking(anEvent, aSieve)},
		},
		{
			name: "has_happened", usage: `has_happened("event.name")`,
			says:    "whether there was one ever",
			example: `has_happened("order.placed") && !has_happened("course.completed", e, e.course == "foot-care")`,
			takes:   taking(anEvent), of: thePerson,
			made: map[string][]parameter{"@has_happened": taking(anEvent, aSieve)},
		},
		{
			name: "last", usage: `last("event.name.field")`,
			says:    "that field of the newest; unknown if there was none, or if the newest does not have it",
			example: `last("observation.recorded.value", o, o.code == "4548-4") > 7.0`,
			takes:   taking(aField), of: thePerson,
			made: map[string][]parameter{"@last": taking(aField, aHelper), "@last_where": taking(aField, aHelper, aSieve)},
		},
		{
			name: "sum", usage: `sum("event.name.field", "7d") > 10.0`,
			says:    "the sum of that field over the newest 64 in the window, 0 where there are none; compared with a constant",
			example: `sum("activity.recorded.minutes", "7d") < 150`,
			takes:   taking(aNumberField, aSpan), of: thePerson,
			made: map[string][]parameter{"@sum": taking(aNumberField, aSpan, aSieve)},
		},
		{
			name: "trend", usage: `trend("event.name.field", "28d") > 0.0`,
			says:    "by how much that field changes per day: the slope of the straight line that fits the newest 64 in the window best; unknown with fewer than two instants; compared with a constant",
			example: `trend("observation.recorded.value", "28d", o, o.code == "15074-8") > 0.0`,
			takes:   taking(aNumberField, aSpan), of: thePerson,
			made: map[string][]parameter{"@trend": taking(aNumberField, aSpan, aSieve)},
		},
		{
			name: "absent", usage: `absent("event.name", "after.event", days(14))`,
			says:    "whether the first has not come in that time after the newest of the second",
			example: `absent("appointment.booked", "referral.requested", "14d")`,
			takes:   taking(anEvent, anEvent, aSpan), of: thePerson,
		},
		{
			name: "trait", usage: `trait("name") == "x"`,
			says:    "what is known of the person under that name, where it is a text",
			example: `trait("language") == "es"`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "trait_number", usage: `trait_number("name") > 90`,
			says:    "what is known of the person under that name, where it is a number",
			example: `trait_number("weight") > 90.5`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "trait_flag", usage: `trait_flag("name")`,
			says:    "what is known of the person under that name, where it is true or false",
			example: `trait_flag("smoker") && trait("language") != "en"`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "trait_list", usage: `"x" in trait_list("name")`,
			says:    "what is known of the person under that name, where it is a list of texts",
			example: `"walking" in trait_list("interests")`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "age", usage: `age() >= 18`,
			says:    "the age in whole years, from the trait `birth_date` (\"1980-05-17\"), by the person's own calendar; unknown without it; compared with a whole number",
			example: `age() >= 65`,
			of:      thePerson,
		},
		{
			name: "day_part", usage: `day_part() == "morning"`,
			says:    "`night` from midnight, `morning` from 6, `afternoon` from 12, `evening` from 18 o'clock, on the person's own clock",
			example: `day_part() in ["morning", "afternoon"] && signal("slipping")`,
			of:      thePerson,
		},
		{
			name: "signal", usage: `signal("name")`,
			says:    "whether a signal of this program is on",
			example: `signal("slipping") && !signal("refill_late")`,
			takes:   taking(aSignal), of: thePerson,
		},
		{
			name: "stage", usage: `stage("behavior") == "action"`,
			says:    "the stage of change that the person is in; unknown where nothing tells",
			example: `stage("adherence") in ["action", "maintenance"]`,
			takes:   taking(aBehavior), of: thePerson,
		},
		{
			name: "phase", usage: `phase() == "treatment"`,
			says:    "where on this program's map the person is; unknown before the first phase",
			example: `phase() == "treatment" && since("portal.visited") > days(14)`,
			of:      thePerson,
		},
		{
			name: "in_audience", usage: `in_audience("name")`,
			says:    "whether the person belongs to an audience",
			example: `in_audience("newcomers") && !has_happened("course.started")`,
			takes:   taking(anAudience), of: thePerson,
		},
		{
			name: "consented", usage: `consented("purpose"), consented("purpose", "channel") or consented("purpose", "channel", "topic")`,
			says:    "whether the person's word, or the law's default, allows contact for that purpose, on that channel, about that topic",
			example: `consented("treatment_support", "email")`,
			takes:   taking(aName, aName, aName), optional: 2, of: thePerson,
		},
		{
			name: "story", usage: `story("goal") == "x"`,
			says:    "what was told last of a fact of the person's story: `last(\"story.told.text\", e, e.fact == \"goal\")`",
			example: `story("barrier").contains("bus")`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "has_story", usage: `has_story("goal")`,
			says:    "whether that fact was ever told",
			example: `!has_story("goal") && since("course.started") > days(7)`,
			takes:   taking(aName), of: thePerson,
		},
		{
			name: "valueset", usage: `event.code in valueset("name")`,
			says:    "a list of codes of this program",
			example: `last("observation.recorded.code") in valueset("hba1c")`,
			takes:   taking(aValueSet),
		},
		{
			name: "classify", usage: `classify(event.field) == "crisis"`,
			says:    "the category of a text, by a table of words and phrases: `crisis`, `stop` or `none`; in `where` and in filters only",
			example: `classify(event.text) == "crisis"`,
			takes:   taking(anything), of: justEvents,
		},
		{
			name: "days", usage: "days(3)", says: "a duration",
			example: `since("portal.visited") > days(3)`, takes: taking(aNumber),
		},
		{
			name: "hours", usage: "hours(36)", says: "a duration",
			example: `since("portal.visited") <= hours(36)`, takes: taking(aNumber),
		},
		{
			name: "minutes", usage: "minutes(90)", says: "a duration",
			example: `since("portal.visited") < minutes(90)`, takes: taking(aNumber),
		},
		{
			name: "startsWith", usage: `event.field.startsWith("x")`, says: "whether a text begins so",
			example: `last("observation.recorded.code").startsWith("4548")`, takes: taking(anything), member: true,
		},
		{
			name: "endsWith", usage: `event.field.endsWith("x")`, says: "whether a text ends so",
			example: `last("observation.recorded.code").endsWith("-4")`, takes: taking(anything), member: true,
		},
		{
			name: "contains", usage: `event.field.contains("x")`, says: "whether a text has that part, to the letter",
			example: `last("medication.dispensed.display").contains("Metformin")`, takes: taking(anything), member: true,
		},
	}
}

// functionsByName finds a function by the name it has in the syntax tree.
func functionsByName() map[string]function {
	known := map[string]function{}
	for _, f := range functions() {
		known[f.name] = f
		for name, takes := range f.made {
			form := f
			form.takes = takes
			known[name] = form
		}
	}
	return known
}
