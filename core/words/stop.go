package words

// stopLists are the ways to ask for no more messages that leave no doubt. Their single words are those
// that carriers and the rules of the FCC (47 CFR 64.1200(a)(10)) name as a way to revoke consent, the
// words that stand for them in other languages, and the usual slips of the finger.
//
//nolint:misspell // nine of the ten are not English, and some words are misspelt on purpose
func stopLists() []List {
	return []List{
		{
			Language: "en",
			Messages: []string{
				"stop", "stop all", "stopall", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe", "stop it", "stop this", "remove me", "no more",
				"remove", "stpo", "sotp", "tsop", "stopp", "stoop", "sto", "st0p", "s t o p", "stop stop", "stop stop stop", "stop end", "stop quit",
				"unsuscribe", "unsubcribe", "unsubscibe", "unsubscribed", "unsubsribe", "unsubscrib", "un subscribe", "unsub", "cancle", "opt me out", "opting out", "quit it", "end all",
				"stop that", "stop them", "i said stop", "i want out", "i want you to stop", "enough already",
			},
			Phrases: []string{
				"stop texting", "stop messaging", "stop emailing", "stop writing", "stop writing to me", "stop calling", "stop contacting", "stop sending", "stop bothering me", "stop spamming",
				"stop harassing", "stop bugging me", "stop the messages", "stop the texts", "stop these messages", "stop these texts", "stop all messages", "stop all texts", "stop your messages", "stop your texts",
				"stop the emails", "stop these emails", "stop all contact", "stop with the messages", "stop with the texts", "stop with these",
				"why dont you stop texting", "why wont you stop texting", "why dont you stop messaging", "why cant you stop texting", "wont you stop texting", "cant you stop texting", "cant you stop sending", "wont you stop sending", "why dont you stop sending",
				"quit texting", "quit messaging", "quit sending", "quit calling", "quit contacting", "cease and desist", "cease all",
				"unsubscribe me", "want to unsubscribe", "like to unsubscribe", "wish to unsubscribe", "opt me out", "want to opt out", "like to opt out", "wish to opt out", "opting out of",
				"take me off", "take my number off", "take this number off", "remove me from", "remove my number", "remove my phone", "remove this number", "remove my name", "delete my number", "delete this number", "delete me from", "lose my number", "lose this number", "forget my number", "erase my number",
				"do not contact me", "dont contact me", "do not text me", "dont text me", "do not text", "dont txt me", "do not message me", "dont message me", "dont msg me", "do not email me", "dont email me",
				"do not write to me", "dont write to me", "do not write me", "dont write me", "do not call me", "dont call me", "do not send me", "dont send me",
				"never text me", "never contact me", "never message me", "never write to me",
				"no more messages", "no more emails", "no more texts", "no more text messages", "no more sms", "no further messages", "no further contact",
				"do not want these messages", "dont want these messages", "do not want these texts", "dont want these texts", "do not want your messages", "dont want your messages", "do not want your texts", "dont want your texts", "do not want any messages", "dont want any messages", "do not want any texts", "dont want any texts",
				"do not want any more messages", "dont want any more messages", "do not want any more texts", "dont want any more texts", "dont want more messages", "dont want more texts", "do not want more messages", "do not want more texts", "dont want to get messages", "dont want to get texts",
				"do not want to receive", "dont want to receive", "do not wish to receive", "dont wish to receive", "no longer wish to receive", "no longer want to receive", "no longer want messages", "no longer want these", "not want to be contacted", "dont want to be contacted", "do not want to be texted", "dont want to be texted",
				"leave me alone", "revoke my consent", "revoke consent", "withdraw my consent", "withdraw consent", "take back my consent",
			},
		},
		{
			Language: "es",
			Messages: []string{
				"alto", "parar", "pare", "paren", "para", "basta", "baja", "cancelar", "cancele", "cancelen", "darme de baja", "dar de baja", "darse de baja", "no mas", "ya basta", "detener", "detengan", "detenga", "deténganse",
				"cancelar suscripcion", "cancelar la suscripcion", "desuscribir", "desuscribirme", "desuscribirse", "desuscripcion", "eliminar", "fin", "basta ya", "no molesten", "no molestar",
			},
			Phrases: []string{
				"denme de baja", "deme de baja", "dame de baja", "dadme de baja", "quiero darme de baja", "quisiera darme de baja", "deseo darme de baja", "quiero la baja", "quiero cancelar la suscripcion", "quiero cancelar mi suscripcion", "quiero cancelar los mensajes", "cancelen los mensajes", "cancelar los mensajes",
				"dejen de escribirme", "deje de escribirme", "deja de escribirme", "dejen de escribir", "dejen de mandarme", "deje de mandarme", "deja de mandarme", "dejen de mandar", "dejen de enviarme", "deje de enviarme", "deja de enviarme", "dejen de enviar", "deje de enviar", "dejen de molestar", "deje de molestar", "dejen de molestarme", "dejen de contactarme", "paren de escribirme", "paren de mandarme", "paren de enviarme", "paren de mandar", "paren los mensajes", "paren con los mensajes", "basta de mensajes",
				"dejen de llamarme", "deje de llamarme", "no me escriban", "no me escriba", "no me escribas", "no me contacten", "no me contacte", "no me llamen", "no me envien", "no me envie", "no me envies", "no me manden", "no me mande", "no me mandes", "no me molesten", "no me moleste",
				"no mas mensajes", "no mas sms", "no mas mensages", "no quiero mas mensajes", "no quiero mas sms", "no quiero mas mensages", "no quiero sus mensajes", "no quiero estos mensajes", "no quiero mensajes", "no quiero recibir", "no deseo recibir", "no deseo mas mensajes", "ya no quiero mensajes",
				"borren mi numero", "borre mi numero", "borra mi numero", "eliminen mi numero", "elimine mi numero", "elimina mi numero", "quiten mi numero", "quite mi numero", "quitenme de", "quiteme de", "saquenme de", "saqueme de", "eliminenme de", "borrenme de",
				"dejenme en paz", "dejeme en paz", "dejame en paz", "dejenme tranquila", "dejenme tranquilo", "retiro mi consentimiento", "revoco mi consentimiento",
			},
		},
		{
			Language: "fr",
			Messages: []string{
				"arret", "arrett", "arrete", "arreter", "arretez", "arretes", "fin", "stop sms", "stop pub", "stop messages", "stop aux messages", "desabonner", "desabonnement", "desabonnez moi", "me desabonner", "se desabonner", "desinscrire", "desinscription", "me desinscrire", "desinscrivez moi",
				"annuler", "resilier", "resiliation", "ca suffit", "supprimer", "desabonne", "desabonez moi", "cessez",
			},
			Phrases: []string{
				"desabonnez moi", "desinscrivez moi", "veux me desabonner", "voudrais me desabonner", "souhaite me desabonner", "veux me desinscrire", "voudrais me desinscrire", "souhaite me desinscrire",
				"arretez de mecrire", "arrete de mecrire", "arreter de mecrire", "arretez de menvoyer", "arrete de menvoyer", "arreter de menvoyer", "arretez denvoyer", "arretez de me contacter", "arreter de me contacter", "arretez de me deranger", "arretez vos messages", "arretez vos sms", "arretez les messages", "arretez les sms", "arretez ces messages", "arretez ces sms",
				"cessez de menvoyer", "cessez de mecrire", "cessez denvoyer", "cessez de me contacter", "cessez vos messages", "cessez vos sms",
				"ne mecrivez plus", "ne mecris plus", "mecrivez plus", "ne menvoyez plus", "ne menvoie plus", "menvoyez plus", "ne me contactez plus", "me contactez plus", "ne me derangez plus", "ne me contactez pas", "ne mecrivez pas", "ne menvoyez pas", "de ne plus mecrire", "de ne plus menvoyer", "de ne plus me contacter",
				"ne veux plus de messages", "veux plus de messages", "ne veux plus de sms", "veux plus de sms", "ne veux plus recevoir", "veux plus recevoir", "ne souhaite plus recevoir", "souhaite plus recevoir", "ne desire plus recevoir", "ne veux pas de messages", "ne veux pas recevoir", "ne veux plus de vos messages", "ne veux plus vos messages", "plus de messages", "plus de sms", "plus aucun message",
				"retirez moi de", "enlevez moi de", "supprimez moi de", "effacez moi de", "supprimez mon numero", "effacez mon numero", "retirez mon numero", "enlevez mon numero", "laissez moi tranquille", "fichez moi la paix", "foutez moi la paix", "retire mon consentement", "revoque mon consentement",
			},
		},
		{
			Language: "de",
			Messages: []string{
				"stopp", "halt", "abmelden", "abbestellen", "abmeldung", "aufhoren", "aufhoeren", "hort auf", "hor auf", "horen sie auf", "ende", "schluss", "beenden", "kundigen", "kuendigen", "austragen", "loschen", "loeschen", "abbrechen", "es reicht", "schluss damit", "stornieren",
			},
			Phrases: []string{
				"melden sie mich ab", "meldet mich ab", "melde mich ab", "melde mich hiermit ab", "mochte mich abmelden", "will mich abmelden", "moechte mich abmelden", "mochte abbestellen", "nachrichten abbestellen bitte", "bestelle die nachrichten ab", "mich bitte abmelden", "tragen sie mich aus", "tragt mich aus",
				"keine nachrichten mehr", "keine sms mehr", "keine texte mehr", "keine weiteren nachrichten", "keine weiteren sms", "keine mitteilungen mehr", "mochte keine nachrichten", "will keine nachrichten", "moechte keine nachrichten", "mochte keine sms", "will keine sms", "will das nicht mehr bekommen",
				"schreiben sie mir nicht mehr", "schreibt mir nicht mehr", "schreib mir nicht mehr", "schreiben sie mir nicht", "schreibt mir nicht", "schicken sie mir nichts mehr", "schickt mir nichts mehr", "senden sie mir nichts mehr", "schicken sie mir keine", "schickt mir keine", "senden sie mir keine", "sendet mir keine", "kontaktieren sie mich nicht", "kontaktiert mich nicht", "belastigen sie mich nicht",
				"auf mir zu schreiben", "auf mir zu schicken", "auf mir nachrichten", "auf mir sms", "auf mit den nachrichten", "auf mit den sms", "auf mit diesen nachrichten", "auf mich zu belastigen", "stoppen sie die nachrichten", "stoppen sie diese nachrichten", "stoppt die nachrichten",
				"loschen sie meine nummer", "loscht meine nummer", "meine nummer loschen", "nummer loschen", "loeschen sie meine nummer", "meine nummer loeschen", "entfernen sie meine nummer", "streichen sie mich", "streicht mich", "nehmen sie mich aus", "nehmt mich aus", "nehmen sie mich von", "entfernen sie mich", "loschen sie mich",
				"lassen sie mich in ruhe", "lasst mich in ruhe", "lass mich in ruhe", "widerrufe meine einwilligung", "widerrufe die einwilligung", "widerrufe meine zustimmung", "ziehe meine einwilligung zuruck",
			},
		},
		{
			Language: "it",
			Messages: []string{
				"basta", "basta cosi", "basta messaggi", "basta sms", "ferma", "fermate", "fermati", "fermatevi", "annulla", "annullare", "cancella", "cancellami", "cancellatemi", "cancellazione", "cancellarmi", "disiscrivi", "disiscrivimi", "disiscrivetemi", "disiscrizione", "disiscrivermi", "disdire", "disdetta", "rimuovi", "smettila", "smettetela", "smettete",
			},
			Phrases: []string{
				"voglio disiscrivermi", "vorrei disiscrivermi", "voglio cancellarmi", "vorrei cancellarmi", "voglio annullare liscrizione", "cancellate la mia iscrizione", "annullate la mia iscrizione",
				"non scrivetemi", "non scrivermi", "non mi scrivete", "non mi scriva", "non mi scrivere", "non mandatemi", "non mandarmi", "non mi mandate", "non mi mandi", "non inviatemi", "non inviarmi", "non mi inviate", "non contattatemi", "non mi contattate", "non mi contatti", "non disturbatemi", "non mi disturbate", "non disturbate",
				"smettete di scrivermi", "smetti di scrivermi", "smetta di scrivermi", "smettetela di scrivermi", "smettete di mandarmi", "smettetela di mandarmi", "smetti di mandarmi", "smettete di inviarmi", "smettetela di inviarmi", "smettete di mandare", "smettete di disturbarmi", "smettete di contattarmi", "basta con i messaggi", "basta con questi messaggi", "fermate i messaggi",
				"non voglio piu messaggi", "non voglio messaggi", "non voglio altri messaggi", "non voglio i vostri messaggi", "non voglio questi messaggi", "non voglio piu sms", "non voglio altri sms", "non voglio piu ricevere", "non voglio ricevere", "non desidero ricevere", "non desidero piu ricevere", "niente piu messaggi", "niente messaggi", "niente piu sms", "nessun altro messaggio",
				"toglietemi dalla", "toglimi dalla", "rimuovetemi", "cancellatemi dalla", "eliminatemi dalla", "cancellate il mio numero", "cancella il mio numero", "eliminate il mio numero", "togliete il mio numero", "rimuovete il mio numero",
				"lasciatemi in pace", "lasciami in pace", "lasciatemi stare", "revoco il consenso", "revoco il mio consenso", "ritiro il consenso",
			},
		},
		{
			Language: "pt",
			Messages: []string{
				"sair", "parar", "pare", "parem", "cancelar", "cancela", "cancele", "remover", "remova", "chega", "basta", "descadastrar", "descadastro", "descadastre", "cancelar inscricao", "cancelar subscricao", "cancelar assinatura", "encerrar", "desinscrever", "para",
			},
			Phrases: []string{
				"quero cancelar as mensagens", "cancelem as mensagens", "cancele as mensagens", "cancelar as mensagens", "quero cancelar a inscricao", "quero cancelar a subscricao", "quero me descadastrar", "me descadastre", "me descadastrem", "quero sair da lista", "quero sair desta lista",
				"nao me mande", "nao me mandem", "nao me envie", "nao me enviem", "nao me escreva", "nao me escrevam", "nao me contacte", "nao me contactem", "nao me contate", "nao me contatem", "nao me perturbe", "nao me perturbem", "nao me incomodem", "nao me incomode", "nao mandem mais", "nao mande mais", "nao enviem mais", "nao envie mais",
				"parem de me mandar", "pare de me mandar", "para de me mandar", "parem de mandar", "pare de mandar", "parem de me enviar", "pare de me enviar", "parem de enviar", "pare de enviar", "parem de me escrever", "pare de me escrever", "parem de me incomodar", "deixem de me enviar", "deixe de me enviar", "deixem de me mandar", "deixem de enviar", "parem com as mensagens", "pare com as mensagens", "chega de mensagens",
				"nao quero mais mensagens", "nao quero mensagens", "nao quero mais mensagem", "nao quero mais sms", "nao quero mais receber", "nao quero receber", "nao desejo receber", "nao desejo mais receber", "nao quero estas mensagens", "nao quero essas mensagens", "sem mais mensagens", "nada de mensagens",
				"me tire da lista", "me tirem da lista", "tirem me da lista", "tire me da lista", "me tira da lista", "me remova", "me removam", "removam me", "remova meu numero", "remova o meu numero", "removam o meu numero", "removam meu numero", "apague meu numero", "apague o meu numero", "apaguem o meu numero", "apaguem meu numero", "exclua meu numero", "excluam meu numero", "eliminem o meu numero",
				"me deixem em paz", "me deixe em paz", "deixem me em paz", "deixe me em paz", "revogo meu consentimento", "revogo o meu consentimento", "retiro o meu consentimento",
			},
		},
		{
			Language: "nl",
			Messages: []string{
				"stoppen", "stop maar", "afmelden", "afmelding", "uitschrijven", "uitschrijving", "opzeggen", "beeindigen", "beeindig", "annuleren", "einde", "hou op", "houd op", "ophouden", "schei uit", "verwijder", "verwijderen",
			},
			Phrases: []string{
				"wil me afmelden", "wil mij afmelden", "wil mezelf afmelden", "me graag afmelden", "mij graag afmelden", "meld mij af", "meld me af", "wil me uitschrijven", "wil mij uitschrijven", "schrijf mij uit", "schrijf me uit", "wil opzeggen",
				"geen berichten meer", "geen sms meer", "geen smsjes meer", "geen berichtjes meer", "wil geen berichten", "wil geen sms", "geen verdere berichten", "wil niets meer ontvangen", "wil dit niet meer ontvangen", "niet meer ontvangen",
				"stuur me geen", "stuur mij geen", "stuur me niets", "stuur mij niets", "stuur me niet meer", "schrijf mij niet", "schrijf me niet", "app me niet", "sms me niet", "bericht mij niet", "benader mij niet",
				"stop met het sturen", "stop met sturen", "stop met berichten", "stop met smsen", "stop met sms", "stop met appen", "stop met schrijven", "stop met mij", "stop met deze berichten", "stop met die berichten", "stop de berichten", "stop deze berichten", "hou op met", "houd op met", "houdt op met",
				"haal me van de", "haal mij van de", "haal mij uit", "haal me uit", "verwijder mijn nummer", "verwijder mij", "verwijder me", "wis mijn nummer",
				"laat me met rust", "laat mij met rust", "neem geen contact", "val me niet", "val mij niet", "trek mijn toestemming in", "toestemming intrekken",
			},
		},
		{
			Language: "pl",
			Messages: []string{
				"koniec", "rezygnuje", "rezygnacja", "wypisz", "wypisz mnie", "wypisac", "wypisuje sie", "anuluj", "anulowac", "przestan", "przestancie", "przestac", "stopuj", "dosc", "usun", "usun mnie", "zakoncz", "wylacz", "odsubskrybuj", "nie pisac", "zatrzymaj",
			},
			Phrases: []string{
				"prosze mnie wypisac", "wypiszcie mnie", "wypisz mnie z", "chce sie wypisac", "chce zrezygnowac z wiadomosci", "rezygnuje z wiadomosci", "rezygnuje z sms", "mnie wypisac",
				"przestancie do mnie pisac", "przestan do mnie pisac", "przestancie pisac", "przestan pisac", "przestac pisac", "przestac do mnie pisac", "przestancie wysylac", "przestan wysylac", "przestac wysylac", "przestancie mi wysylac", "przestancie przysylac",
				"nie pisac do mnie", "do mnie nie pisac", "nie piszcie do mnie", "nie pisz do mnie", "nie piszcie wiecej", "nie pisz wiecej", "nie wysylajcie", "nie wysylaj", "nie wysylac", "nie przysylajcie", "nie przysylac", "nie przysylaj",
				"nie chce wiecej wiadomosci", "nie chce wiecej sms", "nie chce wiadomosci", "nie chce sms", "nie chce tych wiadomosci", "nie chce waszych wiadomosci", "nie chce dostawac", "nie chce otrzymywac", "nie chce juz otrzymywac", "nie chce juz dostawac", "nie chce juz wiadomosci", "nie zycze sobie", "zadnych wiecej wiadomosci", "zadnych wiadomosci", "zadnych sms",
				"usuncie moj numer", "usunac moj numer", "usun moj numer", "skasujcie moj numer", "skasowac moj numer", "wykasujcie moj numer", "usun mnie z", "usuncie mnie z", "usunac mnie z",
				"dajcie mi spokoj", "daj mi spokoj", "dajcie mi swiety spokoj", "nie kontaktujcie sie", "nie kontaktowac", "sie ze mna nie kontaktowac", "nie kontaktuj sie", "cofam zgode", "wycofuje zgode", "odwoluje zgode",
			},
		},
		{
			Language: "tr",
			Messages: []string{
				"dur", "durdur", "durdurun", "durun", "iptal", "iptal et", "iptal edin", "ret", "red", "reddet", "reddediyorum", "cikis", "cik", "ayril", "ayrilmak istiyorum", "yeter", "yeter artik", "kes", "kesin sunu", "abonelikten cik", "abonelik iptali",
			},
			Phrases: []string{
				"mesaj atmayin", "mesaj atma", "mesaj atmayiniz", "mesaj gondermeyin", "mesaj gonderme", "mesaj gondermeyiniz", "mesaj yollamayin", "mesaj yollama", "sms atmayin", "sms atma", "sms gondermeyin", "sms gonderme", "sms yollamayin", "bana yazmayin", "bana yazma", "bir daha yazmayin", "bir daha yazma", "mesaj yazmayin",
				"mesaj istemiyorum", "mesajlari istemiyorum", "mesajlarinizi istemiyorum", "bu mesajlari istemiyorum", "mesaj almak istemiyorum", "mesaj gelmesini istemiyorum", "sms istemiyorum", "sms almak istemiyorum", "mesajlari almak istemiyorum",
				"mesaj atmayi birakin", "mesaj atmayi birak", "mesaj atmayi kesin", "mesaj gondermeyi birakin", "mesaj gondermeyi birak", "mesaj gondermeyi kesin", "yazmayi birakin", "mesajlari durdurun", "mesajlari durdur", "mesajlari kesin",
				"listeden cikarin", "listeden cikar", "listeden silin", "listenizden cikarin", "listenizden silin", "numarami silin", "numarami sil", "numarami cikarin",
				"rahat birakin", "rahat birak", "rahatsiz etmeyin", "rahatsiz etme", "aramayin beni", "beni aramayin", "aboneligi iptal et", "aboneligi iptal edin", "aboneligimi iptal et", "aboneligimi iptal edin", "abonelikten cikmak istiyorum", "iznimi geri aliyorum", "onayimi geri cekiyorum",
			},
		},
		{
			Language: "ar",
			Messages: []string{
				"توقف", "توقفوا", "توقفي", "وقف", "وقفوا", "قف", "قفوا", "الغاء", "الغاء الاشتراك", "الغوا الاشتراك", "الغ الاشتراك", "ايقاف", "ايقاف الرسائل", "اوقف", "اوقفوا", "كفى", "كفايه", "انهاء", "خروج", "ستوب",
			},
			Phrases: []string{
				"اوقفوا الرسائل", "اوقف الرسائل", "اوقفوا هذه الرسائل", "اوقف هذه الرسائل", "وقفوا الرسائل", "وقف الرسائل", "اوقفوا ارسال", "اوقف ارسال", "توقفوا عن ارسال", "توقف عن ارسال", "توقفوا عن مراسلتي", "توقف عن مراسلتي", "توقفوا عن الكتابه", "توقف عن الكتابه", "توقفوا عن ازعاجي", "كفوا عن ارسال", "كفوا عن مراسلتي", "بطلوا تبعتوا", "بطل تبعت", "بطلوا ترسلوا",
				"لا ترسلوا", "لا ترسل", "لا ترسلي", "لا تراسلوني", "لا تراسلني", "لا تكتبوا لي", "لا تكتب لي", "لا تبعثوا", "لا تبعث", "لا تتصلوا بي", "لا تتصل بي", "لا تتواصلوا معي", "لا تزعجوني", "لا تزعجني", "ما تبعتوا", "ما تبعتولي", "ما ترسلوا", "متبعتوش",
				"لا اريد رسائل", "لا اريد الرسائل", "لا اريد رسائلكم", "لا اريد هذه الرسائل", "لا اريد المزيد من الرسائل", "لا اريد اي رسائل", "لا اريد استلام", "لا اريد تلقي", "لا ارغب في استلام", "لا ارغب في تلقي", "لا ارغب بالرسائل", "ما بدي رسائل", "ما بدي الرسائل", "ما ابي رسائل", "ما ابغي رسائل", "ما اريد رسائل", "مش عايز رسائل", "مش عايزه رسائل", "مش عاوز رسائل", "مش عاوزه رسائل",
				"احذفوا رقمي", "احذف رقمي", "امسحوا رقمي", "امسح رقمي", "ازيلوا رقمي", "ازل رقمي", "شيلوا رقمي", "احذفوني من", "ازيلوني من", "شيلوني من", "اتركوني وشاني", "اتركوني بحالي", "اتركوني في حالي", "سيبوني في حالي", "اريد الغاء الاشتراك", "ارغب في الغاء الاشتراك", "الغوا اشتراكي", "الغ اشتراكي", "اسحب موافقتي",
			},
		},
	}
}
