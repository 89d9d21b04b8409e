package likeness

import (
	"slices"
	"strings"
	"time"

	"attune/core/channel"
	"attune/core/expr"
	"attune/core/person"
)

// Facts are what tells who somebody is, in the one way in which it is compared.
type Facts struct {
	// Given, Called and Family are the words of the first name, the preferred and the last.
	Given, Called, Family []string
	// Joined are names of several words without what is between these: "de la Cruz" is "delacruz" to some.
	Joined []string
	// Generation is what comes after the name of a father and a son of one name: jr, sr, ii and so on.
	Generation string
	// Born is the day of birth, as 1956-04-21, and Sex what the record says; empty where it does not.
	Born, Sex string
	// Phones are the digits of telephone numbers, and Emails addresses in small letters.
	Phones, Emails []string
	// Place is the street and the town, or the postal code where that is missing; empty without a street.
	Place string
	// Kind is the role in which they are engaged. What traits alone tell has none.
	Kind string
	// Numbers are what systems call them, and Common tells that many have their name. Who compares two people fills
	// them in; traits do not tell them.
	Numbers []Number
	Common  bool
}

// Number is what a system calls somebody who has one number there.
type Number struct{ System, Value string }

// None tells that nothing is known by which somebody could be found.
func (f *Facts) None() bool {
	return len(f.Given)+len(f.Called)+len(f.Family)+len(f.Phones) == 0 && f.Born == ""
}

// Names are all words of all names.
func (f *Facts) Names() []string {
	return join(join(join(join(nil, f.Given...), f.Family...), f.Called...), f.Generation)
}

// Of reads who somebody is from their traits.
func Of(traits []person.Trait) Facts {
	text := func(name string) string {
		i, found := slices.BinarySearchFunc(traits, name, func(t person.Trait, n string) int { return strings.Compare(t.Name, n) })
		if !found || traits[i].Value.Type != expr.Text {
			return ""
		}
		return traits[i].Value.Text
	}
	f := Facts{Sex: strings.ToLower(text("sex")), Born: day(text("birth_date"))}
	if f.Sex != "female" && f.Sex != "male" {
		f.Sex = ""
	}
	var after [2]string
	f.Given, after[0] = generation(Words(text("first_name")))
	f.Family, after[1] = generation(Words(text("last_name")))
	f.Called = Words(text("preferred_name"))
	f.Generation = after[1] + after[0]
	for _, words := range [][]string{f.Given, f.Family} {
		if len(words) > 1 {
			f.Joined = append(f.Joined, strings.Join(words, ""))
		}
	}
	for _, trait := range channel.Addresses(channel.SMS) {
		if number := digits(text(trait)); len(number) >= shortest {
			f.Phones = join(f.Phones, number)
		}
	}
	f.Emails = join(nil, strings.ToLower(strings.TrimSpace(text("email"))))
	street, town := strings.Join(Words(text("street")), " "), strings.Join(Words(text("city")), " ")
	if town == "" {
		town = strings.Join(Words(text("postal_code")), " ")
	}
	if street != "" && town != "" {
		f.Place = street + ", " + town
	}
	return f
}

// shortest is how many digits a telephone number has at least.
const shortest = 4

// day is a date of birth that can be one, or nothing.
func day(s string) string {
	if len(s) > len(time.DateOnly) {
		s = s[:len(time.DateOnly)] // an instant begins with its day
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

// SamePhone tells that two numbers are one, the country left out of one of them or not.
func SamePhone(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	a = strings.TrimLeft(a, "0")
	return len(a) >= 7 && strings.HasSuffix(b, a)
}

// Swapped is a date of birth with its day and month in each other's place; "" where that is no other date.
func Swapped(born string) string {
	if len(born) != len(time.DateOnly) {
		return ""
	}
	other := born[:5] + born[8:] + "-" + born[5:7]
	if other == born {
		return ""
	}
	return day(other)
}
