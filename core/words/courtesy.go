package words

// bareOf takes words of courtesy off both ends of a message, so that "Hello, please stop. Thank you!" is
// the message "stop".
func bareOf(words []string) []string {
	for len(words) > 0 && courtesy(words[0]) {
		words = words[1:]
	}
	for len(words) > 0 && courtesy(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}

// courtesy tells words that say nothing by themselves at the ends of a message, in plain form.
func courtesy(word string) bool {
	switch word {
	case "please", "pls", "plz", "thanks", "thank", "you", "thx", "ty", "ok", "okay", "hi", "hello", "hey", "now", "just", "sorry", "sir",
		"immediately", "today", "again", "really",
		"por", "favor", "porfavor", "gracias", "hola", "ya", "ahora", //nolint:misspell // it is Spanish
		"svp", "stp", "sil", "vous", "te", "plait", "merci", "bonjour", "maintenant",
		"bitte", "danke", "hallo", "jetzt", "sofort", "mal",
		"per", "favore", "piacere", "grazie", "ciao", "subito", "adesso",
		"obrigado", "obrigada", "ola", "agora",
		"alsjeblieft", "alstublieft", "aub", "svpl", "bedankt", "dank", "je", "u", "nu", "hoi",
		"prosze", "dziekuje", "dzien", "dobry", "teraz", "natychmiast",
		"lutfen", "tesekkurler", "artik", "hemen", "merhaba",
		"من", "فضلك", "رجاء", "لو", "سمحت", "سمحتم", "شكرا", "الان", "مرحبا", "ارجوك":
		return true
	}
	return false
}
