package words

// before is how many words before a phrase a denial is looked for.
const before = 3

// denied tells whether one of the last words denies what follows them, in the same part of the
// sentence. A phrase of a language is denied in that language: "no" before a Spanish verb denies it,
// and "No stop texting me" does not. Phrases of no language are denied in each.
func denied(words []string, parts []int, language string) bool {
	for i := max(0, len(words)-before); i < len(words); i++ {
		if parts[i] != parts[len(words)] || !denies(words[i], language) {
			continue
		}
		if language == "en" && words[i] == "no" && i == len(words)-1 && (i == 0 || parts[i-1] != parts[i]) {
			continue // a no that stands by itself
		}
		return true
	}
	return false
}

// denies tells words that deny what follows, in plain form.
func denies(word, language string) bool {
	in := func(of string) bool { return language == of || language == "" }
	switch word {
	case "not", "never", "dont", "doesnt", "didnt", "wont", "cant", "cannot", "isnt", "without":
		return in("en")
	case "no":
		return in("en") || in("es")
	case "nunca":
		return in("es") || in("pt")
	case "jamas", "sin", "tampoco", "ningun", "ninguna":
		return in("es")
	case "ne", "pas", "jamais", "sans":
		return in("fr")
	case "nicht", "kein", "keine", "niemals", "ohne":
		return in("de")
	case "nie":
		return in("de") || in("pl")
	case "non", "mai", "senza":
		return in("it")
	case "nao", "sem":
		return in("pt")
	case "niet", "geen", "nooit", "zonder":
		return in("nl")
	case "nigdy", "bez":
		return in("pl")
	case "sakin", "asla":
		return in("tr")
	case "لا", "لن", "لم", "ليس", "بدون":
		return in("ar")
	}
	return false
}
