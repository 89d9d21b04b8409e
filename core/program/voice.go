package program

import (
	"slices"

	"attune/core/content"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/source"
	"attune/core/voice"
)

const voiceFile = "voice.yaml"

// formulas lists the languages whose texts can be measured, by a grade or by an ease.
func formulas(ease bool) []string {
	var out []string
	for _, f := range voice.Formulas() {
		if f.Ease == ease {
			out = append(out, f.Language)
		}
	}
	return out
}

func voiceForm() form.Form {
	language := form.Field{Name: "language", Required: true, Type: form.Language{}, Example: "en", Says: "The language it belongs to."}
	avoid := form.Form{Title: "a term to avoid", Says: "A word or phrase that texts do without.", Fields: []form.Field{
		{Name: "term", Required: true, Type: form.Text{}, Example: "diabetic", Says: "The word or phrase, whole words only, in small letters or capitals."},
		language,
		{Name: "instead", Type: form.Text{}, Example: "person with diabetes", Says: "What to write instead."},
	}}
	use := form.Form{Title: "a term to use", Says: "A word or phrase that stands for others.", Fields: []form.Field{
		{Name: "term", Required: true, Type: form.Text{}, Example: "blood sugar", Says: "The word or phrase to use."},
		language,
		{Name: "not", Required: true, Type: form.List{Of: form.Text{}, Alone: true, Least: 1}, Example: "[glycaemia, glucose level]", Says: "What it is used instead of."},
	}}
	tone := form.Form{Title: "tone", Says: "The tone: what can be counted of it, and the rest in words.", Fields: []form.Field{
		{Name: "says", Tighten: form.Own, Type: form.Text{}, Example: "Warm and plain; never scolds", Says: "The tone in words, for those who write. Nothing checks it."},
		{Name: "exclamation_marks", Tighten: form.Lower, Type: form.Number{Most: 100}, Example: "1", Says: "How many exclamation marks a text may have, with its subject."},
		{Name: "capitals", Tighten: form.Lower, Type: form.Number{Most: 100}, Example: "0", Says: "How many words of four or more letters may be in capitals."},
	}}
	address := form.Form{Title: "a form of address", Says: "How people are addressed in a language.", Fields: []form.Field{
		language,
		{Name: "say", Required: true, Type: form.Text{}, Example: "usted", Says: "The form of address."},
		{Name: "not", Required: true, Type: form.List{Of: form.Text{}, Alone: true, Least: 1}, Example: "[tú, tu, te, ti, contigo]", Says: "Words that belong to another one."},
	}}
	grade := form.Form{Title: "a grade", Says: "How hard texts may be to read.", Fields: []form.Field{
		{Name: "target", Type: form.Number{Most: 20}, Example: "6", Says: "The grade to aim at; a text above it gets a warning."},
		{Name: "most", Type: form.Number{Most: 20}, Example: "8", Says: "The highest grade; a text above it is a problem."},
	}}
	ease := form.Form{Title: "an ease", Says: "How easy texts have to be to read.", Fields: []form.Field{
		{Name: "target", Type: form.Number{Most: 120}, Example: "65", Says: "The ease to aim at; a text below it gets a warning."},
		{Name: "least", Type: form.Number{Most: 120}, Example: "55", Says: "The lowest ease; a text below it is a problem."},
	}}
	claim := form.Form{Title: "a claim", Says: "A phrase that says something is so.", Fields: []form.Field{
		{Name: "claim", Required: true, Type: form.Text{}, Example: "lowers your blood sugar", Says: "The phrase."},
		language,
		{Name: "reference", Type: form.Ref{To: "reference"}, Example: "ukpds", Says: "What shows it. A text with a claim without a reference is a problem."},
	}}
	reference := form.Form{Title: "a reference", Says: "What shows that a claim is so.", Fields: []form.Field{
		{Name: "text", Required: true, Type: form.Text{}, Example: "UKPDS 33. Lancet 1998;352:837-853", Says: "The reference, as one would cite it."},
		{Name: "expires", Type: form.Date{}, Example: "2028-01-31", Says: "The last day on which it may be used: attune validate refuses texts with its claims after it."},
	}}
	length := form.Form{Title: "a length", Says: "How long texts may be, for people with long names too.", Fields: []form.Field{
		{Name: "subject", Type: form.Count{}, Example: "60", Says: "The most characters of a subject."},
		{Name: "characters", Type: form.Count{}, Example: "2000", Says: "The most characters of the text."},
		{Name: "segments", Type: form.Count{}, Example: "2", Says: "The most text messages that an sms may take: one holds 160 characters, or 70 with a character outside the GSM alphabet."},
	}}
	perChannel := func(of form.Type) form.Map { return form.Map{Key: form.Word{Of: Channels()}, Value: of} }
	return form.Form{
		Name: "voice", Title: "the voice", Says: "How texts are worded: terms, tone, how hard they are to read, claims, opt-out, length.",
		Fields: []form.Field{
			{Name: "avoid", Tighten: form.More, Type: form.List{Of: avoid}, Example: "[{term: diabetic, language: en, instead: person with diabetes}]", Says: "Terms to avoid."},
			{Name: "use", Tighten: form.More, Type: form.List{Of: use}, Example: "[{term: blood sugar, language: en, not: [glycaemia]}]", Says: "Terms to use instead of others."},
			{Name: "tone", Tighten: form.Each, Type: tone, Example: "{exclamation_marks: 1, capitals: 0}", Says: "The tone."},
			{Name: "address", Tighten: form.More, Type: form.List{Of: address}, Example: "[{language: es, say: usted, not: [tú, tu, te, ti, contigo]}]", Says: "The form of address in each language that has several."},
			{
				Name: "grade", Tighten: form.Lower, Type: form.Map{Key: form.Word{Of: formulas(false)}, Of: "the grade in", Value: grade}, Example: "{en: {target: 6, most: 8}}",
				Says: "The reading grade of texts of 20 words or more, by language: Flesch-Kincaid for English. No formula is known for other languages than those of grade and ease.",
			},
			{
				Name: "ease", Tighten: form.Higher, Type: form.Map{Key: form.Word{Of: formulas(true)}, Of: "the ease in", Value: ease}, Example: "{es: {target: 65, least: 55}}",
				Says: "The reading ease of texts of 20 words or more, by language: INFLESZ for Spanish, where 55 to 65 is normal and from 65 quite easy.",
			},
			{Name: "claims", Tighten: form.More, Type: form.List{Of: claim}, Example: "[{claim: lowers your blood sugar, language: en, reference: ukpds}]", Says: "Phrases that may only be said with a reference."},
			{
				Name: "references", Tighten: form.More, Type: form.Map{Key: form.Name{Of: "a reference"}, Of: "reference", Value: reference},
				Example: `{ukpds: {text: "UKPDS 33. Lancet 1998;352:837-853", expires: 2028-01-31}}`, Says: "Each reference's name and what it is.",
			},
			{
				Name: "opt_out", Tighten: form.Also, Type: perChannel(form.Map{Key: form.Language{}, Of: "opt_out in", Value: form.List{Of: form.Text{}, Alone: true, Least: 1}}),
				Example: `{sms: {en: "Reply STOP to end"}}`, Says: "For each channel and language, the phrases of which each text has one: how to stop messages.",
			},
			{Name: "length", Tighten: form.Lower, Type: perChannel(length), Example: "{sms: {segments: 2}, email: {subject: 60}}", Says: "For each channel, how long texts may be."},
		},
	}
}

// voice reads how texts are to be worded, and looks at each.
func (r *folderReader) voice() {
	own := r.optional(voiceFile, voiceForm())
	n := r.fold("voice", own, voiceForm())
	for _, list := range []string{"avoid", "use", "address", "claims"} {
		for _, item := range items(own.Get(list)) {
			if l := form.TextOf(item.Get("language")); l != "" && !slices.Contains(r.p.Languages, l) && len(r.p.Languages) > 0 {
				r.Add(item.Get("language").Pos, source.Suggest(l, r.p.Languages), "the program has no language %q", l)
			}
		}
	}
	v := &r.p.Voice
	for _, item := range items(n.Get("avoid")) {
		v.Phrases = append(v.Phrases, voice.Phrase{
			Text: form.TextOf(item.Get("term")), Language: form.TextOf(item.Get("language")), Instead: form.TextOf(item.Get("instead")), Why: "is a term to avoid",
		})
	}
	for _, item := range items(n.Get("use")) {
		for _, not := range texts(item.Get("not")) {
			v.Phrases = append(v.Phrases, voice.Phrase{
				Text: not, Language: form.TextOf(item.Get("language")), Instead: form.TextOf(item.Get("term")), Why: "has a term that is used instead",
			})
		}
	}
	for _, item := range items(n.Get("address")) {
		for _, not := range texts(item.Get("not")) {
			v.Phrases = append(v.Phrases, voice.Phrase{
				Text: not, Language: form.TextOf(item.Get("language")), Why: "does not address people as " + form.TextOf(item.Get("say")),
			})
		}
	}
	tone := n.Get("tone")
	v.Tone = voice.Tone{Says: form.TextOf(tone.Get("says")), Exclamations: bound(tone.Get("exclamation_marks")), Capitals: bound(tone.Get("capitals"))}
	for _, scale := range []string{"grade", "ease"} {
		for _, f := range fields(n.Get(scale)) {
			v.Reading = append(v.Reading, r.reading(f))
		}
	}
	r.claims(n)
	for _, channel := range fields(n.Get("opt_out")) {
		for _, f := range fields(channel.Value) {
			v.OptOut = append(v.OptOut, voice.OptOut{Channel: channel.Name, Language: f.Name, Phrases: texts(f.Value)})
		}
	}
	for _, f := range fields(n.Get("length")) {
		r.length(f)
	}
	for _, t := range r.p.Content {
		problems, warnings := v.Check(t, r.p.Policy.Sender)
		for _, p := range problems {
			r.Add(p.Pos, p.Hint, "%s", p.What)
		}
		r.p.Warnings = append(r.p.Warnings, warnings...)
	}
}

// bound reads a number that need not be there.
func bound(n *source.Node) *float64 {
	if n == nil {
		return nil
	}
	f := form.NumberOf(n)
	return &f
}

func (r *folderReader) reading(f source.Field) voice.Reading {
	out := voice.Reading{Language: f.Name, Target: bound(f.Value.Get("target")), Most: bound(f.Value.Get("most")), Least: bound(f.Value.Get("least"))}
	switch {
	case out.Target == nil:
	case out.Most != nil && *out.Target > *out.Most:
		r.Add(f.Value.Get("target").Pos, "write a target below most", "the target is above what is allowed at most")
	case out.Least != nil && *out.Target < *out.Least:
		r.Add(f.Value.Get("target").Pos, "write a target above least", "the target is below what is asked at least")
	}
	return out
}

func (r *folderReader) claims(n *source.Node) {
	var known []string
	for _, f := range fields(n.Get("references")) {
		known = append(known, f.Name)
	}
	for _, item := range items(n.Get("claims")) {
		r.known(item.Get("reference"), "reference", known)
		claim := voice.Claim{
			Text: form.TextOf(item.Get("claim")), Language: form.TextOf(item.Get("language")), Reference: form.TextOf(item.Get("reference")), Pos: item.Pos,
		}
		reference := n.Get("references").Get(claim.Reference)
		claim.Source = form.TextOf(reference.Get("text"))
		claim.Expires, _ = instant.ParseDate(form.TextOf(reference.Get("expires")))
		r.p.Voice.Claims = append(r.p.Voice.Claims, claim)
	}
}

func (r *folderReader) length(f source.Field) {
	subject, segments := f.Value.Get("subject"), f.Value.Get("segments")
	if subject != nil && !content.HasSubject(f.Name) {
		r.Add(subject.Pos, "take it out", "a text for %s has no subject", f.Name)
	}
	if segments != nil && f.Name != "sms" {
		r.Add(segments.Pos, "write characters", "only an sms has segments")
	}
	r.p.Voice.Length = append(r.p.Voice.Length, voice.Length{
		Channel: f.Name, Subject: form.CountOf(subject), Characters: form.CountOf(f.Value.Get("characters")), Segments: form.CountOf(segments),
	})
}
