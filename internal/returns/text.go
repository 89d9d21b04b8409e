package returns

import (
	"fmt"
	"strings"
)

// phrases are what is said at once in one language; %s is who writes.
type phrases struct{ language, stopped, help string }

// said are the phrases, the first those for any other language. Each fits into one text message in its
// alphabet.
func said() []phrases {
	return []phrases{
		{"en", "%s: You will get no more messages here. Reply START to get them again.", "%s writes to you about your care. For help, ask your care team. Reply STOP to get no more messages."},
		{"es", "%s: No recibirá más mensajes aquí. Responda START para volver a recibirlos.", "%s le escribe sobre su atención médica. Para ayuda, hable con su equipo. Responda STOP para no recibir más."},
		{"fr", "%s : vous ne recevrez plus de messages ici. Répondez START pour en recevoir à nouveau.", "%s vous écrit au sujet de vos soins. Pour de l'aide, demandez à votre équipe. Répondez STOP pour arrêter."},
		{"de", "%s: Sie erhalten hier keine Nachrichten mehr. Mit START erhalten Sie sie wieder.", "%s schreibt Ihnen zu Ihrer Behandlung. Hilfe gibt Ihr Behandlungsteam. Mit STOP erhalten Sie nichts mehr."},
		{"it", "%s: non riceverà più messaggi qui. Risponda START per riceverli di nuovo.", "%s le scrive sulle sue cure. Per aiuto, chieda alla sua équipe. Risponda STOP per non ricevere altro."},
		{"pt", "%s: não receberá mais mensagens aqui. Responda START para voltar a recebê-las.", "%s escreve-lhe sobre os seus cuidados. Para ajuda, fale com a sua equipa. Responda STOP para parar."},
		{"nl", "%s: U krijgt hier geen berichten meer. Antwoord START om ze weer te krijgen.", "%s schrijft u over uw zorg. Vraag uw zorgteam om hulp. Antwoord STOP om niets meer te krijgen."},
		{"pl", "%s: nie otrzymasz tu więcej wiadomości. Odpisz START, aby znów je dostawać.", "%s pisze w sprawie Twojej opieki. Pomoc: Twój zespół. Odpisz STOP, by nie dostawać więcej."},
		{"tr", "%s: Buraya artık mesaj gelmeyecek. Yeniden almak için START yazın.", "%s tedaviniz için yazıyor. Yardım için ekibinize sorun. Durdurmak için STOP yazın."},
		{"ar", "%s: لن تصلك رسائل هنا بعد الآن. أرسل START لاستلامها من جديد.", "%s يراسلك بشأن رعايتك. للمساعدة اسأل فريقك. أرسل STOP لإيقاف الرسائل."},
	}
}

// in finds the phrases for a BCP 47 tag.
func in(language string) phrases {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	for _, p := range said() {
		if p.language == base {
			return p
		}
	}
	return said()[0]
}

func (p phrases) sayStopped(organisation string) string { return fmt.Sprintf(p.stopped, organisation) }

func (p phrases) sayHelp(organisation string) string { return fmt.Sprintf(p.help, organisation) }
