package consent

import (
	"slices"

	"attune/core/channel"
)

// Kind is what the law takes a purpose for. Programs name purposes of their own and say of each which
// kind it is.
type Kind string

// The kinds (45 CFR 164.501 tells treatment, operations, marketing and research apart; service is what
// a person asked for themselves, such as the time of an appointment).
const (
	Treatment  Kind = "treatment"
	Operations Kind = "operations"
	Service    Kind = "service"
	Research   Kind = "research"
	Marketing  Kind = "marketing"
)

// Kinds are all kinds of purposes.
func Kinds() []Kind { return []Kind{Treatment, Operations, Service, Research, Marketing} }

// Class ranks contacts of the kind where they compete for what carries them.
func (k Kind) Class() channel.Class {
	switch k {
	case Treatment:
		return channel.Clinical
	case Marketing:
		return channel.Promotional
	case Operations, Service, Research:
	}
	return channel.Service
}

// Pack is the reading of one jurisdiction's law: what may be said to people who never gave a word on
// it. It is a careful reading and no legal advice; whoever deploys answers for it, and may allow less.
type Pack struct {
	// ID is the ISO 3166 code, or EU. Version changes whenever the reading does, and is named by every
	// contact that rests on it.
	ID, Name, Version string
	// Defaults tell, by kind of purpose, the channels allowed without a record, and why. A kind that is
	// not there has no default: it needs the person's word.
	Defaults []PackDefault
	// DecidesAt is the age in years from which people decide on their own care.
	DecidesAt int
}

// PackDefault is the reading for one kind of purpose.
type PackDefault struct {
	Kind     Kind
	Channels []string
	// Basis is the law it rests on.
	Basis string
}

// Default returns what the pack says of a kind.
func (p *Pack) Default(k Kind) (PackDefault, bool) {
	i := slices.IndexFunc(p.Defaults, func(d PackDefault) bool { return d.Kind == k })
	if i < 0 {
		return PackDefault{}, false
	}
	return p.Defaults[i], true
}

// Packs are the jurisdictions that Attune knows, sorted by id.
func Packs() []Pack {
	return []Pack{
		{
			ID: "EU", Name: "The European Union", Version: "2026-11", DecidesAt: 18,
			Defaults: []PackDefault{
				{Treatment, []string{channel.Letter, channel.Call, channel.Visit, channel.Portal, channel.Email, channel.SMS, channel.Push}, "GDPR Art. 6(1)(b) or (e) with Art. 9(2)(h); Directive 2002/58/EC Art. 13 asks for consent to direct marketing only"},
				{Operations, []string{channel.Letter, channel.Portal, channel.Email}, "GDPR Art. 6(1)(e) or (f), with the right to object of Art. 21"},
				{Service, []string{channel.Letter, channel.Call, channel.Portal, channel.Email, channel.SMS, channel.Push}, "GDPR Art. 6(1)(b): what the person asked for"},
			},
		},
		{
			ID: "GB", Name: "The United Kingdom", Version: "2026-11", DecidesAt: 16,
			Defaults: []PackDefault{
				{Treatment, []string{channel.Letter, channel.Call, channel.Visit, channel.Portal, channel.Email, channel.SMS, channel.Push}, "UK GDPR Art. 6(1)(e) with Art. 9(2)(h); messages about care are no direct marketing under PECR reg. 22"},
				{Operations, []string{channel.Letter, channel.Portal, channel.Email}, "UK GDPR Art. 6(1)(e) or (f), with the right to object of Art. 21"},
				{Service, []string{channel.Letter, channel.Call, channel.Portal, channel.Email, channel.SMS, channel.Push}, "UK GDPR Art. 6(1)(b) or (e): what the person asked for"},
			},
		},
		{
			ID: "US", Name: "The United States", Version: "2026-11", DecidesAt: 18,
			Defaults: []PackDefault{
				{Treatment, []string{channel.Letter, channel.Call, channel.Visit, channel.Portal, channel.Email}, "45 CFR 164.506 and 164.522(b); texts by a machine need prior express consent (47 CFR 64.1200(a)(1))"},
				{Operations, []string{channel.Letter, channel.Portal, channel.Email}, "45 CFR 164.506(c)"},
				{Service, []string{channel.Letter, channel.Call, channel.Portal, channel.Email}, "45 CFR 164.506; texts by a machine need prior express consent (47 CFR 64.1200(a)(1))"},
			},
		},
	}
}

// FindPack returns the pack of a jurisdiction: by its id, or EU for a member state.
func FindPack(jurisdiction string) (Pack, bool) {
	if slices.Contains(memberStates(), jurisdiction) {
		jurisdiction = "EU"
	}
	all := Packs()
	i := slices.IndexFunc(all, func(p Pack) bool { return p.ID == jurisdiction })
	if i < 0 {
		return Pack{}, false
	}
	return all[i], true
}

// memberStates are the states of the European Union by their ISO 3166 codes.
func memberStates() []string {
	return []string{
		"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
	}
}
