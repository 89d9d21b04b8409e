package program

import (
	"attune/core/channel"
	"attune/core/consent"
	"attune/core/event"
	"attune/core/form"
	"attune/core/policy"
)

// telling are the words for how much a text tells, the least first.
func telling() []string {
	return namesOf([]event.Sensitivity{event.Plain, event.Personal, event.Clinical})
}

// carried are the channels that people carry.
func carried() (out []string) {
	for _, name := range Channels() {
		if channel.Human(name) {
			out = append(out, name)
		}
	}
	return out
}

func classes() []string { return namesOf(channel.Classes()) }

func kinds() []string {
	var out []string
	for _, k := range consent.Kinds() {
		out = append(out, string(k))
	}
	return out
}

func hoursForm(title string) form.Form {
	return form.Form{Title: title, Says: "At least ten minutes within one day.", Fields: []form.Field{
		{Name: "from", Required: true, Type: form.Clock{}, Example: `"08:00"`, Says: "When it begins."},
		{Name: "to", Required: true, Type: form.Clock{}, Example: `"21:00"`, Says: `When it ends; "24:00" is midnight.`},
	}}
}

func digestForm() form.Form {
	return form.Form{Title: "a digest", Says: "A time at which what may wait goes out together.", Fields: []form.Field{
		{Name: "at", Required: true, Type: form.Clock{}, Example: `"08:00"`, Says: "The time of day on the person's own clock; where contact hours have not begun, when they do."},
		{Name: "on", Type: form.List{Of: form.Word{Of: weekdays()}, Alone: true, Least: 1}, Example: "[mon, thu]", Says: "On which days; on every day without it."},
	}}
}

func capForm() form.Form {
	f := limitForm("a cap").With(
		form.Field{Name: "channel", Type: form.Word{Of: Channels()}, Example: "sms", Says: "Only what goes by this channel."},
		form.Field{Name: "purpose", Type: form.Name{Of: "a purpose"}, Example: "offers", Says: "Only what is for this purpose."},
		form.Field{Name: "theme", Type: form.Name{Of: "a theme"}, Example: "refills", Says: "Only what is about this theme."},
		form.Field{
			Name: "each", Type: form.Word{Of: []string{policy.EachChannel.String(), policy.EachPurpose.String(), policy.EachTheme.String()}}, Example: "theme",
			Says: "Every channel, purpose or theme has the cap for itself.",
		},
	)
	f.Name = "cap"
	return f
}

func policyForm() form.Form {
	consents := form.Form{Title: "consent", Says: "What may be said to people who never gave a word on it.", Fields: []form.Field{
		{
			Name: "jurisdiction", Required: true, Tighten: form.Own, Type: form.Text{}, Example: "US",
			Says: "The law: US, GB, EU or a member state by its code, whose pack Attune has; or another, with a reading of your own in the next line.",
		},
		{
			Name: "without_record", Tighten: form.Fewer, Type: form.Map{Key: form.Name{Of: "a purpose"}, Value: form.List{Of: form.Word{Of: Channels()}, Alone: true}},
			Example: "{treatment_support: [email]}",
			Says:    "For each purpose, the channels that are allowed for people who never said anything. Where there is a pack, it can only be less than the pack allows; left out, all that the pack allows for the purposes in purposes.",
		},
		{Name: "actor", Tighten: form.Own, Type: form.Text{}, Example: "green_lane", Says: "The name by which a person's word can be for your team and no other."},
	}}
	follow := form.Form{Title: "a channel that follows", Says: "It is used only after another was.", Fields: []form.Field{
		{Name: "after", Required: true, Type: form.Word{Of: Channels()}, Example: "sms", Says: "The channel that has to have been used for the same engagement."},
		{Name: "wait", Required: true, Type: form.Duration{}, Example: "2d", Says: "How long that has to have been ago at least."},
	}}
	capacity := form.Form{Title: "a capacity", Says: "Who carries it, and how much of it in a day.", Fields: []form.Field{
		{Name: "team", Required: true, Type: form.Name{Of: "a team"}, Example: "nurses", Says: "Who does it. One team has one number for all that it does, in all programs: of several the lowest holds."},
		{Name: "per_day", Required: true, Type: form.Count{}, Example: "20", Says: "How many the team does in a day of its zone at most. The best by class, then value, then how long they are due are handed over; the others wait for another day, or expire with the reason not_taken."},
	}}
	minors := form.Form{Title: "minors", Says: "From which age people are written to themselves.", Fields: []form.Field{
		{Name: "under", Required: true, Tighten: form.Higher, Type: form.Count{}, Example: "18", Says: "The age in years below which they are not; whoever cares for them is."},
		{Name: "unknown", Tighten: form.Own, Type: form.Word{Of: []string{"write", "refuse"}}, Example: "refuse", Says: "What holds for people whose age is not known; write without it."},
	}}
	hold := form.Form{Title: "a hold", Says: "Something for which people are left alone, by all programs.", Fields: []form.Field{
		{Name: "when", Required: true, Type: triggerType(), Example: `{on: message.received, where: classify(event.text) == "crisis"}`, Says: "What begins it."},
		{Name: "for", Type: form.Duration{}, Example: "14d", Says: "How long it lasts; without it, until an event hold.lifted with its name."},
		{Name: "says", Type: form.Text{}, Example: "May be in danger; a nurse calls first", Says: "The hold in a few words."},
		{Name: "but", Type: form.List{Of: form.Word{Of: classes()}, Alone: true, Least: 1}, Example: "[safety]", Says: "The classes of contacts that go on nevertheless."},
	}}
	bundle := form.Form{Title: "a bundle", Says: "What is due at once becomes one message.", Fields: []form.Field{
		{Name: "frame", Required: true, Type: form.Ref{To: "template"}, Example: "bundle", Says: "The text of the channel that holds them together; it says {{ parts }} where they stand."},
		{Name: "most", Type: form.Count{}, Example: "3", Says: "How many texts one message holds; 3 without it."},
	}}
	return form.Form{
		Name: "policy", Title: "the policy", Says: "How far the program may go.",
		Fields: []form.Field{
			{Name: "sender", Required: true, Tighten: form.Own, Type: form.Text{}, Example: "Green Lane Diabetes Team", Says: "The name that signs messages: {{ organisation }}."},
			{Name: "zone", Required: true, Tighten: form.Own, Type: form.Text{Looks: "time zone"}, Example: "Europe/Berlin", Says: "The IANA name of your time zone, for people whose own is unknown."},
			{Name: "contact_hours", Required: true, Tighten: form.Inside, Type: hoursForm("contact_hours"), Example: `{from: "08:00", to: "21:00"}`, Says: "When people may be contacted, on their own clock."},
			{
				Name: "channel_hours", Tighten: form.Inside, Type: form.Map{Key: form.Word{Of: Channels()}, Of: "the hours of", Value: hoursForm("the hours of a channel")},
				Example: `{call: {from: "09:00", to: "17:00"}}`, Says: "Hours of single channels, inside contact_hours.",
			},
			{Name: "caps", Required: true, Tighten: form.Together, Type: form.List{Of: capForm()}, Example: "[{count: 3, within: 7d}]", Says: "How many messages a person gets at most, from all programs; all hold at once, and [] is none."},
			{Name: "spacing", Tighten: form.Higher, Type: form.Duration{}, Example: "4h", Says: "The time that lies between two messages to a person at least; what would come sooner waits."},
			{
				Name: "purposes", Tighten: form.More, Type: form.Map{Key: form.Name{Of: "a purpose"}, Of: "the kind of", Value: form.Word{Of: kinds()}},
				Example: "{treatment_support: treatment, offers: marketing}", Says: "What the law takes each purpose for. It decides what the pack allows, and how contacts rank: treatment before service before marketing.",
			},
			{Name: "consent", Required: true, Tighten: form.Each, Type: consents, Example: "{jurisdiction: US}", Says: "What holds for people of whom no consent is on record."},
			{
				Name: "ceilings", Tighten: form.Less, Type: form.Map{Key: form.Word{Of: Channels()}, Of: "the ceiling of", Value: form.Word{Of: telling()}},
				Example: "{sms: plain, letter: clinical}", Says: "The most that a text on a channel may tell about a person; without it personal by email, sms and push, and clinical by the others.",
			},
			{Name: "order", Tighten: form.Own, Type: form.List{Of: form.Word{Of: Channels()}, Alone: true, Least: 1}, Example: "[sms, email, letter]", Says: "Which channel is tried first for people who prefer none (their trait preferred_channel); without it, as each variant lists them."},
			{
				Name: "follow", Tighten: form.More, Type: form.Map{Key: form.Word{Of: Channels()}, Of: "what goes before", Value: follow},
				Example: "{call: {after: sms, wait: 2d}}", Says: "Channels that are used only after another was tried.",
			},
			{
				Name: "bundles", Tighten: form.Own, Type: form.Map{Key: form.Word{Of: Channels()}, Of: "the bundle of", Value: bundle},
				Example: "{email: {frame: bundle}}", Says: "Channels over which texts that are due at once go out as one message. Caps count it once.",
			},
			{
				Name: "capacity", Tighten: form.Lower, Type: form.Map{Key: form.Word{Of: carried()}, Of: "the capacity of", Value: capacity},
				Example: "{call: {team: nurses, per_day: 20}}", Says: "How much people do in a day of what they carry; without it, as much as there is.",
			},
			{
				Name: "digest", Tighten: form.Own, Type: digestForm(), Example: `{at: "08:00", on: [mon]}`,
				Says: "When texts go out that wait for it (digest: true in the engagement). With bundles, they are one message.",
			},
			{Name: "minors", Tighten: form.Each, Type: minors, Example: "{under: 18, unknown: refuse}", Says: "From which age people are written to themselves; any without it."},
			{
				Name: "holds", Tighten: form.More, Type: form.Map{Key: form.Name{Of: "a hold"}, Of: "hold", Value: hold},
				Example: `{crisis: {when: {on: message.received, where: classify(event.text) == "crisis"}, but: [safety]}}`, Says: "What people are left alone for. What waits meanwhile goes on afterwards, unless it has expired; journeys pause.",
			},
			{
				Name: "one_channel_a_day", Tighten: form.Kept, Type: form.Flag{}, Example: "true",
				Says: "Whether what one channel said keeps the others silent for the rest of that day, but for the same engagement: what would come over another waits for the next day.",
			},
			{Name: "learning", Type: learningForm(), Example: "{explore: 0.05, reach: 20}", Says: "How the program finds out what is best to say, and what is left to chance for that. Without it nothing is: the best by value and stage is said, always."},
			{Name: "approvals", Tighten: form.Each, Type: approvalRulesForm(), Example: "{require: true, roles: [medical]}", Says: "What texts need before they may be sent."},
		},
	}
}
