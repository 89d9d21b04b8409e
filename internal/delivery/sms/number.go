package sms

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// maxNumber is more than any way of writing a telephone number needs.
const maxNumber = 40

var errNumber = errors.New("the address is not a telephone number such as +34600111222")

// Normal writes a telephone number in the international form, E.164. A number without a country's code
// is one of the given country (ISO 3166, such as ES); without a country it has to have its code. What is
// more than a number, such as an extension or a line break, is refused. Errors repeat nothing of it.
func Normal(number, country string) (string, error) {
	if len(number) > maxNumber || !utf8.ValidString(number) {
		return "", errNumber
	}
	for i, r := range number {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0, strings.ContainsRune(" -.()/\u00a0\u202f\u2010\u2011\u2013", r):
		default:
			return "", errNumber
		}
	}
	if country == "" {
		country = "ZZ" // no country, as the library writes it
	}
	parsed, err := phonenumbers.Parse(number, country)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return "", errNumber
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// IsCountry tells whether numbers of a country are known, by its code in ISO 3166.
func IsCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }
