package words

// unsureLists may have meant that no more messages are wanted, or that the number is somebody else's.
func unsureLists() []List {
	return []List{
		{
			Language: "en",
			Messages: []string{"enough", "stopped", "go away", "i want to stop", "want to stop", "i would like to stop", "id like to stop", "please cancel", "cancel please", "not interested", "im not interested", "no longer interested", "stop or not", "can i stop", "can i opt out", "no more please", "im done", "i am done"},
			Phrases: []string{
				"too many messages", "too many texts", "so many messages", "so many texts", "too much texting", "fewer messages", "less messages", "fewer texts", "less texts", "not so often", "less often",
				"wrong number", "wrong person", "not my number", "i dont know you", "never signed up", "did not sign up", "didnt sign up", "never agreed to", "who gave you my number", "how did you get my number",
				"not interested in your", "not interested in these", "how do i stop these", "how do i stop these messages", "how do i stop these texts", "how can i stop these messages", "how can i stop these texts", "how to stop these messages", "how to stop these texts", "how do i stop the messages", "how do i stop the texts", "how do i stop getting", "how do i stop receiving", "how to stop these", "how to stop getting", "how can i stop these", "how can i stop getting", "can i stop these", "can i stop getting", "can i stop receiving", "how do i unsubscribe", "how to unsubscribe", "how can i unsubscribe", "how do i opt out", "how to opt out", "how can i opt out", "maybe i should unsubscribe", "should i unsubscribe", "might unsubscribe", "might opt out",
				"have to keep getting", "have to get these", "keep getting these", "texts are annoying", "messages are annoying", "annoying texts", "annoying messages", "tired of these messages", "tired of these texts", "tired of your", "sick of these messages", "sick of these texts", "sick of your", "spam",
			},
		},
		{
			Language: "es",
			Messages: []string{"ya no", "dejen", "terminar", "salir", "no me interesa", "no estoy interesado", "no estoy interesada", "no interesado", "quiero parar", "quiero cancelar", "puedo cancelar"},
			Phrases: []string{
				"demasiados mensajes", "muchos mensajes", "tantos mensajes", "menos mensajes", "numero equivocado", "se equivoco de numero", "se equivocaron de numero", "se ha equivocado de numero", "se han equivocado de numero", "no es mi numero", "no soy esa persona", "persona equivocada",
				"como cancelo los mensajes", "como cancelo estos mensajes", "como paro los mensajes", "como paro estos mensajes", "como dejo de recibir", "como me doy de baja", "como puedo darme de baja", "como darme de baja", "como darse de baja", "puedo darme de baja", "cansado de estos mensajes", "cansada de estos mensajes", "cansado de tantos", "molestos mensajes", "quien les dio mi numero",
			},
		},
		{
			Language: "fr",
			Messages: []string{"assez", "plus rien", "pas interesse", "pas interessee", "je ne suis pas interesse", "je ne suis pas interessee", "ca ne minteresse pas", "je veux arreter", "je voudrais arreter"},
			Phrases: []string{
				"trop de messages", "trop de sms", "tant de messages", "moins de messages", "moins de sms", "moins souvent", "mauvais numero", "faux numero", "vous trompez de numero", "erreur de numero", "vous trompez de personne", "pas mon numero", "mauvaise personne",
				"comment arreter ces messages", "comment arreter les messages", "comment arreter vos messages", "comment arreter ces sms", "comment arreter les sms", "comment me desabonner", "comment se desabonner", "comment me desinscrire", "comment se desinscrire", "puis je me desabonner", "marre de ces messages", "marre de vos messages", "marre de ces sms",
			},
		},
		{
			Language: "de",
			Messages: []string{"genug", "nicht mehr", "kein interesse", "nicht interessiert", "ich habe kein interesse", "kein interesse mehr", "ich will aufhoren", "ich mochte aufhoren"},
			Phrases: []string{
				"zu viele nachrichten", "zu viele sms", "so viele nachrichten", "so viele sms", "weniger nachrichten", "weniger sms", "nicht so oft", "falsche nummer", "falschen nummer", "falsche person", "nicht meine nummer", "falsch verbunden", "verwahlt", "woher haben sie meine nummer",
				"kann ich die nachrichten", "kann ich diese nachrichten", "kann ich mich abmelden", "wie melde ich mich ab", "wie kann ich mich abmelden", "wie bestelle ich", "wie stoppe ich", "wie kann ich das stoppen", "diese nachrichten nerven", "die nachrichten nerven", "nervige nachrichten",
			},
		},
		{
			Language: "it",
			Messages: []string{"non piu", "non mi interessa", "non sono interessato", "non sono interessata", "voglio smettere", "vorrei smettere"},
			Phrases: []string{
				"troppi messaggi", "troppi sms", "tanti messaggi", "meno messaggi", "meno sms", "numero sbagliato", "sbagliato numero", "sbagliato persona", "persona sbagliata", "non e il mio numero", "chi vi ha dato il mio numero",
				"come faccio a non ricevere", "come faccio a cancellarmi", "come mi cancello", "come mi disiscrivo", "come disiscrivermi", "come posso disiscrivermi", "come posso cancellarmi", "come fermo i messaggi", "come fermare i messaggi", "come fermare questi messaggi", "stufo di questi messaggi", "stufa di questi messaggi",
			},
		},
		{
			Language: "pt",
			Messages: []string{"nao quero mais", "terminar", "nao tenho interesse", "nao estou interessado", "nao estou interessada", "sem interesse", "quero parar", "quero cancelar", "posso cancelar"},
			Phrases: []string{
				"mensagens demais", "mensagem demais", "demasiadas mensagens", "muitas mensagens", "tantas mensagens", "menos mensagens", "numero errado", "numero enganado", "enganou se no numero", "pessoa errada", "nao e o meu numero", "nao e meu numero", "quem deu meu numero",
				"como cancelo as mensagens", "como cancelo estas mensagens", "como cancelo essas mensagens", "como paro as mensagens", "como paro de receber", "como faco para sair", "como faco para cancelar as mensagens", "como faco para parar as mensagens", "como saio da lista", "como saio desta lista", "cansado dessas mensagens", "cansada dessas mensagens", "farto destas mensagens", "farta destas mensagens",
			},
		},
		{
			Language: "nl",
			Messages: []string{"genoeg", "niet meer", "geen interesse", "niet geinteresseerd", "ik heb geen interesse", "ik wil stoppen", "ik ben niet geinteresseerd"},
			Phrases: []string{
				"te veel berichten", "teveel berichten", "zo veel berichten", "zoveel berichten", "minder berichten", "minder vaak", "verkeerd nummer", "verkeerde nummer", "verkeerde persoon", "niet mijn nummer", "hoe komt u aan mijn nummer", "hoe kom je aan mijn nummer",
				"hoe stop ik deze", "hoe stop ik de berichten", "hoe stop ik die", "hoe meld ik me af", "hoe meld ik mij af", "hoe kan ik me afmelden", "hoe kan ik mij afmelden", "hoe schrijf ik me uit", "kan ik me afmelden", "kan ik mij afmelden", "vervelende berichten", "berichten zijn vervelend",
			},
		},
		{
			Language: "pl",
			Messages: []string{"wystarczy", "nie chce", "nie jestem zainteresowany", "nie jestem zainteresowana", "nie interesuje mnie to", "to pomylka", "pomylka", "chce zrezygnowac", "chce przestac"},
			Phrases: []string{
				"za duzo wiadomosci", "za duzo sms", "zbyt wiele wiadomosci", "zbyt duzo wiadomosci", "tyle wiadomosci", "mniej wiadomosci", "mniej sms", "rzadziej", "zly numer", "nie ten numer", "bledny numer", "pomylka numeru", "nie ta osoba", "to nie moj numer", "skad macie moj numer",
				"jak zrezygnowac z wiadomosci", "jak zrezygnowac z sms", "jak sie wypisac", "jak wypisac sie", "jak wylaczyc wiadomosci", "jak wylaczyc te wiadomosci", "jak zatrzymac wiadomosci", "czy moge sie wypisac", "mam dosc tych wiadomosci", "dosc tych sms",
			},
		},
		{
			Language: "tr",
			Messages: []string{"istemiyorum", "artik istemiyorum", "birak", "birakin", "ilgilenmiyorum", "ilgimi cekmiyor", "nasil iptal ederim", "birakmak istiyorum", "iptal etmek istiyorum"},
			Phrases: []string{
				"cok fazla mesaj", "cok mesaj", "bu kadar mesaj", "daha az mesaj", "cok fazla sms", "cok sik mesaj", "yanlis numara", "yanlis kisi", "benim numaram degil", "numarami nereden", "numarami kim verdi",
				"mesajlari nasil durdurabilirim", "mesajlari nasil durdururum", "nasil durdurabilirim", "nasil abonelikten", "aboneligi nasil iptal", "aboneligimi nasil iptal", "mesajlari nasil iptal", "nasil ayrilabilirim", "mesajlardan biktim",
			},
		},
		{
			Language: "ar",
			Messages: []string{"خلاص", "بس", "لا اريد", "حذف", "غير مهتم", "غير مهتمه", "لست مهتما", "لست مهتمه", "مش مهتم", "مش مهتمه", "اريد التوقف"},
			Phrases: []string{
				"رسائل كثيره", "الكثير من الرسائل", "كثير من الرسائل", "رسائل كتيره", "رسائل اقل", "رقم خطا", "الرقم خطا", "رقم غلط", "الرقم غلط", "الرقم الخطا", "النمره غلط", "نمره غلط", "الشخص الخطا", "ليس رقمي", "هذا ليس رقمي", "من اعطاكم رقمي",
				"كيف اوقف هذه الرسائل", "كيف اوقف الرسائل", "كيف اوقف رسائلكم", "كيف يمكنني ايقاف", "كيف الغي الاشتراك", "كيف يمكنني الغاء الاشتراك", "كيف الغاء الاشتراك", "مللت من الرسائل", "تعبت من الرسائل", "رسائل مزعجه", "الرسائل مزعجه",
			},
		},
	}
}

// startLists ask for messages again. They count only where they are all of a message, since people start
// treatments too.
func startLists() []List {
	return []List{
		{Language: "en", Messages: []string{"start", "unstop", "subscribe", "resume", "start again", "resubscribe"}},
		{Language: "es", Messages: []string{"inicio", "iniciar", "empezar", "alta", "comenzar", "reanudar", "suscribir", "suscribirme"}},
		{Language: "fr", Messages: []string{"commencer", "debut", "debuter", "demarrer", "reprendre", "abonner", "inscrire"}},
		{Language: "de", Messages: []string{"anmelden", "starten", "beginnen", "fortsetzen", "wieder anmelden"}},
		{Language: "it", Messages: []string{"inizia", "iniziare", "inizio", "iscrivimi", "iscriviti", "riprendi", "attiva"}},
		{Language: "pt", Messages: []string{"comecar", "iniciar", "voltar", "retomar", "inscrever"}},
		{Language: "nl", Messages: []string{"aanmelden", "starten", "beginnen", "hervatten", "inschrijven"}},
		{Language: "pl", Messages: []string{"wznow", "zacznij", "zapisz mnie", "zapisz", "rozpocznij", "subskrybuj"}},
		{Language: "tr", Messages: []string{"basla", "baslat", "abone ol"}},
		{Language: "ar", Messages: []string{"ابدا", "ابدء", "بدء", "اشتراك", "اشترك", "استئناف", "تفعيل"}},
	}
}
