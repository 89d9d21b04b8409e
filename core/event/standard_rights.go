package event

import "slices"

// rightsEvents are what people have a right to ask for, and what is corrected of them.
func rightsEvents() []Definition {
	by, note := text("by", Personal, `"nurse Kim"`), text("note", Clinical, `"Said so on the phone"`)
	fact := text("fact", Personal, `"last_name"`)
	with := func(more ...FieldDef) []FieldDef { return slices.Concat(more, []FieldDef{by, note}) }
	return []Definition{
		define("profiling.objected", "The person objects to being inferred anything of: no groups, no stages, nothing that was learned. Fixed rules alone decide.", with()...),
		define("profiling.allowed", "The person takes that objection back.", with()...),
		define("marketing.objected", "The person objects to what advertises. No consent says otherwise until they take it back.", with()...),
		define("marketing.allowed", "The person takes that objection back. What advertises still needs their consent.", with()...),
		define("processing.restricted", "What is known of the person is to be kept, and nothing done with it.", with(text("ground", Clinical, `"disputes her diagnosis"`))...),
		define("processing.resumed", "The person was told that it ends, and it has. Attune writes it itself, and takes no heed of one that comes from elsewhere, or does not say when they were told.", with(at("told", Plain, `"2027-03-01T09:00:00Z"`))...),
		define("fact.corrected", "Staff correct what is known of the person. Sources do not overrule it. Attune writes it itself, and takes no heed of one that comes from elsewhere.",
			with(fact, text("value", Personal, `"Quispe"`), list("refused", Personal, `["Quisbe"]`), reason())...),
		retraction("fact.uncorrected", "A correction is taken back: what sources say counts again. Attune writes it itself.", by, note),
		define("fact.disputed", "The person says that something recorded is not so. It changes nothing by itself; it stands beside the fact.", with(fact, text("event", Plain, `"ehr/m-17"`))...),
		define("fact.settled", "Somebody looked at what was disputed, and says what came of it. Attune writes it itself, and takes no heed of one that comes from elsewhere.", with(fact)...),
	}
}
