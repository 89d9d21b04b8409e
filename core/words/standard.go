package words

// standardVersion names the table below. Change it with every change of the table, since releases are
// named by it.
const standardVersion = "attune-words-2"

// Standard is the table that comes with Attune. It is a net, not a diagnosis: it catches plain words for
// danger, in English and Spanish, so that a person looks at the message, and in ten languages the usual
// ways of saying that one wants no more messages. It misses what is said in other words.
//
// "crisis" is not deniable: "I don't want to kill myself" is reason enough to look. "stop" is, and its
// single words count only where they are the whole message, since "I can't stop coughing" asks for no
// such thing. "unsure_stop" may have meant the same, or that the number is somebody else's: a person has
// to read it before anything more is sent. "start" asks for messages again.
func Standard() *Table {
	t, err := New(standardVersion, []Category{
		{Name: "crisis", Lists: []List{
			{Language: "en", Phrases: []string{
				"suicide", "suicidal", "kill myself", "killing myself", "end my life", "ending my life", "take my own life",
				"taking my own life", "end it all", "ending it all", "want to die", "wanna die", "wish i was dead",
				"wish i were dead", "wish i wasnt alive", "better off dead", "better off without me", "dont want to live", "do not want to live", "dont want to be alive",
				"do not want to be alive", "no reason to live", "nothing to live for", "cant go on", "cannot go on", "hurt myself", "hurting myself",
				"harm myself", "harming myself", "self harm", "selfharm", "cut myself", "cutting myself",
				"overdose", "overdosed", "took too many pills", "taken too many pills",
				"chest pain", "chest pains", "pain in my chest", "tightness in my chest", "pressure on my chest", "heart attack", "cant breathe", "cannot breathe",
				"can not breathe", "cant catch my breath", "struggling to breathe", "stroke", "face is drooping", "cant move my arm",
				"passed out", "unconscious", "bleeding heavily", "bleeding a lot", "wont stop bleeding",
				"call an ambulance", "emergency", "call 911", "call 999", "call 112",
			}},
			{Language: "es", Phrases: []string{
				"suicidio", "suicidarme", "suicidar", "matarme", "me quiero matar", "quitarme la vida", "acabar con mi vida",
				"terminar con mi vida", "acabar con todo", "quiero morir", "quiero morirme", "me quiero morir", "quisiera morir", "quisiera estar muerto",
				"quisiera estar muerta", "ojala estuviera muerto", "ojala estuviera muerta", "estarian mejor sin mi", "no quiero vivir", "no quiero seguir viviendo",
				"sin razon para vivir", "no puedo mas", "hacerme dano", "lastimarme", "cortarme", "autolesion", "autolesionarme", "sobredosis",
				"tome demasiadas pastillas", "dolor de pecho", "dolor en el pecho", "me duele el pecho", "opresion en el pecho",
				"infarto", "ataque al corazon", "no puedo respirar", "no respira", "me falta el aire", "me ahogo", "derrame cerebral",
				"ictus", "desmaye", "inconsciente", "sangrando mucho", "no para de sangrar", "ambulancia", "emergencia", "urgencia",
			}},
		}},
		{Name: "stop", Deniable: true, Lists: stopLists()},
		{Name: "unsure_stop", Deniable: true, Lists: unsureLists()},
		{Name: "start", Lists: startLists()},
	})
	if err != nil {
		panic("words: the standard table is wrong: " + err.Error()) //nolint:forbidigo // no input leads here
	}
	return t
}
