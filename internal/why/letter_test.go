package why

import (
	"slices"
	"strings"
	"testing"
)

// A letter is in the patient's language where there are words of it, and says each thing that the plain words say, in their order.
func TestALetterIsInThePatientsLanguage(t *testing.T) {
	t.Parallel()
	d := Decision{
		ID: "5f0c2a9100000000", at: begin, Candidates: []Candidate{{Engagement: "refill_reminder", Channel: "sms", Touch: "t1", Because: "refill_late"}},
		Rounds: []Round{{Policy: "learned", Barriers: []string{"no_bus", "doubts"}, Options: []Option{{Engagement: "refill_reminder", Stage: "action", Eases: []string{"no_bus"}}}}},
		told:   []Told{{Fact: "barrier", Name: "no_bus", Text: "There is no bus", At: begin}, {Fact: "barrier", Name: "doubts", Text: "I feel no different", At: begin}, {Fact: "goal", Text: "To dance"}},
	}
	for language, want := range map[string]Letter{
		"en": {Language: "en", Title: "Why you got this message", Greeting: "Dear Ana,", Foot: "Decision 5f0c2a91. Written on 15 January 2027.", Says: []string{
			"On 15 January 2027 it was decided to write to you about refill reminder by sms.", "The reason was: refill late.",
			"From what you told us and did, we think you are in the stage we call action. You can tell us if that is wrong.",
			"On 15 January 2027 you told us: “There is no bus”. This message is meant to help with that.",
			"On 15 January 2027 you told us: “I feel no different”. This message is not about that. You can tell us what would help.",
			"You told us what matters to you: “To dance”. We keep it in mind.", "What is sent, how, and when is partly left to chance, so that we find out what helps.",
			"You can say at any time that you want no messages, or other ones.",
		}},
		"es-MX": {Language: "es", Title: "Por qué recibió este mensaje", Greeting: "Hola, Ana:", Foot: "Decisión 5f0c2a91. Escrita el 15 de enero de 2027.", Says: []string{
			"El 15 de enero de 2027 se decidió escribirle sobre «refill reminder» por mensaje de texto.", "El motivo fue, como lo llama el programa: «refill late».",
			"Por lo que nos ha contado y ha hecho, creemos que está en la etapa que llamamos acción. Puede decirnos si no es así.",
			"El 15 de enero de 2027 nos dijo: «There is no bus». Este mensaje quiere ayudarle con eso.",
			"El 15 de enero de 2027 nos dijo: «I feel no different». Este mensaje no trata de eso. Puede decirnos qué le ayudaría.",
			"Nos dijo lo que le importa: «To dance». Lo tenemos presente.", "Qué se envía, cómo y cuándo se deja en parte al azar, para averiguar qué ayuda.",
			"Puede decir en cualquier momento que no quiere mensajes, o que quiere otros.",
		}},
	} {
		is := d.Letter(language, "Ana", begin)
		if is.Language != want.Language || is.Title != want.Title || is.Greeting != want.Greeting || is.Foot != want.Foot || !slices.Equal(is.Says, want.Says) {
			t.Errorf("in %s:\n%+v\nnot\n%+v", language, is, want)
		}
	}
	if is := d.Letter("fr", "", begin); is.Language != "en" || is.Greeting != "Hello," || strings.Join(is.Says, "\n")+"\n" != d.Text(Patient, "") {
		t.Errorf("%+v", is)
	}
	none := Decision{ID: "5f0c2a9100000000", at: begin, Candidates: []Candidate{{Engagement: "refill_reminder", Reason: "cap"}}}
	if is := none.Letter("es", "", begin); is.Title != "Por qué no recibió ningún mensaje" || is.Greeting != "Hola:" || is.Says[0] != "El 15 de enero de 2027 se decidió no enviarle nada." {
		t.Errorf("%+v", is)
	}
}
