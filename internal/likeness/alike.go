package likeness

import (
	"slices"
	"strings"
)

// Reason is something that speaks for two records being of one person, or against it. It holds no value of either.
type Reason string

// What speaks for one person.
const (
	SameName       Reason = "name_same"
	HeardName      Reason = "name_heard"
	SameFirst      Reason = "first_alike"
	SameBorn       Reason = "born_same"
	SwappedBorn    Reason = "born_swapped"
	SamePhones     Reason = "phone_same"
	SameEmail      Reason = "email_same"
	SamePlace      Reason = "place_same"
	SameIdentifier Reason = "identifier_same"
)

// What speaks against it.
const (
	OtherFirst      Reason = "first_other"
	OtherLast       Reason = "last_other"
	OtherBorn       Reason = "born_other"
	OtherSex        Reason = "sex_other"
	OtherGeneration Reason = "generation_other"
	OtherNumber     Reason = "number_other"
	OtherKind       Reason = "kind_other"
	CommonName      Reason = "name_common"
)

// String says it in words.
func (r Reason) String() string {
	switch r {
	case SameName:
		return "same name: first and last"
	case HeardName:
		return "names sound alike: first and last"
	case SameFirst:
		return "first names are alike"
	case SameBorn:
		return "same birth date"
	case SwappedBorn:
		return "same birth date with day and month swapped"
	case SamePhones:
		return "same telephone number"
	case SameEmail:
		return "same e-mail address"
	case SamePlace:
		return "same street address"
	case SameIdentifier:
		return "a record gives both an identifier that only one person has"
	case OtherFirst:
		return "first names differ"
	case OtherLast:
		return "last names differ"
	case OtherBorn:
		return "birth dates differ"
	case OtherSex:
		return "sex differs"
	case OtherGeneration:
		return "one is called junior, senior or the like, and the other is not, or otherwise"
	case OtherNumber:
		return "both have a record number from the same source, and they differ"
	case OtherKind:
		return "one is a patient and the other is not, or both are not in the same role"
	case CommonName:
		return "many people have this name"
	}
	return string(r)
}

// Likeness is what speaks for and against two records being of one person.
type Likeness struct {
	For, Against []Reason
	// Ask tells that a human should look at it.
	Ask bool
}

// Compare tells whether two records may be of one person; identified tells that a record gives both an identifier that
// only one person has.
//
// The rules, each of which is reason enough to ask:
//
//  1. names alike and the same birth date
//  2. names alike and the same telephone number, where one birth date is not known
//  3. the same telephone number and birth date, and first names that do not differ
//  4. the same name, and the same birth date with day and month swapped
//  5. an identifier that only one person has
//
// People who share a household share more than strangers do: surname, telephone, street, and twins the birth date. So
// whatever agrees, who differs in the first name, the birth date, the generation or the role is somebody else (rules 1
// to 4). Another sex, and two numbers of one source, are each outweighed only by one thing more that agrees:
// telephone, e-mail or street. So is, in rules 1 and 4, a name that many have: some of them were born on one day. There
// are no weights: without a population with known answers they would be invented.
func Compare(a, b *Facts, identified bool) Likeness {
	var l Likeness
	say := func(to *[]Reason, so bool, r Reason) bool {
		if so {
			*to = append(*to, r)
		}
		return so
	}
	names := whole(a, b)
	first := given(a, b)
	alike := say(&l.For, names == written, SameName) || say(&l.For, names == heard, HeardName)
	if !alike {
		say(&l.For, first >= heard, SameFirst)
	}
	otherFirst := say(&l.Against, first == other, OtherFirst)
	say(&l.Against, match(a.Family, b.Family, soundsLike) == other, OtherLast)

	born := say(&l.For, a.Born != "" && a.Born == b.Born, SameBorn)
	swapped := say(&l.For, !born && b.Born != "" && Swapped(a.Born) == b.Born, SwappedBorn)
	unborn := a.Born == "" || b.Born == ""
	otherBorn := say(&l.Against, !unborn && !born && !swapped, OtherBorn)

	phone := say(&l.For, shares(a.Phones, b.Phones, SamePhone), SamePhones)
	equal := func(x, y string) bool { return x == y }
	more := 0
	for _, so := range []bool{
		phone,
		say(&l.For, shares(a.Emails, b.Emails, equal), SameEmail),
		say(&l.For, a.Place != "" && a.Place == b.Place, SamePlace),
	} {
		if so {
			more++
		}
	}
	say(&l.For, identified, SameIdentifier)

	otherGeneration := say(&l.Against, a.Generation != b.Generation, OtherGeneration)
	bothGenerations := a.Generation != "" && b.Generation != "" // a record may leave it out
	otherKind := say(&l.Against, a.Kind != b.Kind, OtherKind)
	if say(&l.Against, a.Sex != "" && b.Sex != "" && a.Sex != b.Sex, OtherSex) {
		more--
	}
	if say(&l.Against, otherNumber(a.Numbers, b.Numbers), OtherNumber) {
		more--
	}
	strangers := 0
	if say(&l.Against, alike && (a.Common || b.Common), CommonName) {
		strangers = 1
	}
	somebodyElse := otherFirst || otherBorn || otherKind || otherGeneration && (bothGenerations || !born)
	l.Ask = identified || !somebodyElse && (alike && born && more >= strangers ||
		alike && phone && unborn && more >= 1 ||
		phone && born && more >= 1 ||
		names == written && swapped && more >= strangers)
	return l
}

// grade is how far names agree.
type grade int

const (
	unknown grade = iota // one has none
	other
	heard
	written
)

// whole compares names, first and last. Who has only one name that is not said to be either is compared by all words.
func whole(a, b *Facts) grade {
	if len(a.Given) == 0 && len(a.Called) == 0 || len(b.Given) == 0 && len(b.Called) == 0 || len(a.Family) == 0 || len(b.Family) == 0 {
		x, y := slices.Concat(a.Given, a.Family), slices.Concat(b.Given, b.Family)
		if len(x) < 2 || len(y) < 2 {
			return unknown
		}
		return match(x, y, soundsLike)
	}
	return min(given(a, b), match(a.Family, b.Family, soundsLike))
}

// given compares first names; what somebody is called counts as one.
func given(a, b *Facts) grade {
	return max(match(a.Given, b.Given, sameFirst), match(a.Called, b.Given, sameFirst), match(a.Given, b.Called, sameFirst), match(a.Called, b.Called, sameFirst))
}

// match compares the words of two names: each word of the shorter one has to be in the longer. "García" may be "García
// Márquez", and "Juan Carlos" is not "Juan Pedro".
func match(a, b []string, word func(a, b string) bool) grade {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return unknown
	}
	is := written
	if len(a) != len(b) {
		is = heard
	}
	left := slices.Clone(b)
	for _, w := range a {
		i := slices.Index(left, w)
		if i < 0 {
			is = heard
			i = slices.IndexFunc(left, func(o string) bool { return word(w, o) })
		}
		if i < 0 {
			return other
		}
		left = slices.Delete(left, i, i+1)
	}
	return is
}

// soundsLike tells that two words are heard alike.
func soundsLike(a, b string) bool {
	return shares(Heard(a), Heard(b), func(x, y string) bool { return x == y })
}

// sameFirst tells that two first names are one name, or one is the other's initial. Consonants alone are not enough:
// Mario is not María, and Marta is not Mirta.
func sameFirst(a, b string) bool {
	if len(a) == 1 || len(b) == 1 {
		return a[0] == b[0]
	}
	return soundsLike(a, b) && stressed(a) == stressed(b) && ending(a) == ending(b)
}

// stressed is the first vowel of a word as it is heard, which is where names of one consonants' frame differ.
func stressed(w string) string {
	w = spanish(w)
	if i := strings.IndexAny(w, "aeiou"); i >= 0 {
		return w[i : i+1]
	}
	return ""
}

// ending tells by which vowel a name is a woman's or a man's in Spanish and Italian; nothing of any other end.
func ending(w string) string {
	if last := w[len(w)-1:]; last == "a" || last == "o" {
		return last
	}
	return ""
}

// shares tells that something of one list is in the other.
func shares(a, b []string, same func(x, y string) bool) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.ContainsFunc(b, func(y string) bool { return same(x, y) }) })
}

// otherNumber tells that one system calls two people otherwise, and knows neither by the other's number.
func otherNumber(a, b []Number) bool {
	differ := false
	for _, x := range a {
		both := false
		for _, y := range b {
			if y.System == x.System {
				both = true
				if y.Value == x.Value {
					return false
				}
			}
		}
		differ = differ || both
	}
	return differ
}
