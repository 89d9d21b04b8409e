package why

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/program"
)

// Letter is why a message came, or that none did, for the person whom it is about.
type Letter struct {
	// Language is that of its words: the one that was asked for where there are words of it, and English otherwise.
	Language, Title, Greeting string
	// Says are its sentences, a paragraph each.
	Says []string
	// Foot says which decision it is about, and when it was written.
	Foot string
}

// Letter tells the decision to the person, in their language and by the name they like; empty where nobody knows it. What a program
// calls things, and what the person said, stands as it was written.
func (d *Decision) Letter(language, name string, written instant.Time) Letter {
	t := tongueOf(language)
	out := Letter{Language: t.language, Title: t.none, Greeting: t.hello, Says: d.paragraphs(t)}
	if slices.ContainsFunc(d.Candidates, func(c Candidate) bool { return c.Touch != "" }) {
		out.Title = t.title
	}
	if name != "" {
		out.Greeting = fmt.Sprintf(t.dear, name)
	}
	out.Foot = fmt.Sprintf(t.foot, d.ID[:min(8, len(d.ID))], t.day(written))
	return out
}

// tongue is what a letter is made of, in one language.
type tongue struct {
	language                  string
	title, none, dear, hello  string
	wrote, nothing            string // on which day, about what, by which channel
	because, stage, chance    string
	told, helps, other, moves string
	end, foot                 string
	// about puts what a program calls something into a sentence.
	about  string
	months []string
	// date is of day, month and year, as Sprintf takes them.
	date string
	// names are channels and stages.
	names map[string]string
}

func tongueOf(language string) *tongue {
	if own, _, _ := strings.Cut(language, "-"); own == "es" {
		return spanish()
	}
	return english()
}

func english() *tongue {
	return &tongue{
		language: "en", title: "Why you got this message", none: "Why you got no message", dear: "Dear %s,", hello: "Hello,",
		wrote: "On %s it was decided to write to you about %s by %s.", nothing: "On %s it was decided to send you nothing.",
		because: "The reason was: %s.",
		stage:   "From what you told us and did, we think you are in the stage we call %s. You can tell us if that is wrong.",
		chance:  "What is sent, how, and when is partly left to chance, so that we find out what helps.",
		told:    "On %s you told us: “%s”. %s", helps: "This message is meant to help with that.",
		other: "This message is not about that. You can tell us what would help.",
		moves: "You told us what matters to you: “%s”. We keep it in mind.",
		end:   "You can say at any time that you want no messages, or other ones.",
		foot:  "Decision %s. Written on %s.", about: "%s", date: "%d %s %d",
	}
}

func spanish() *tongue {
	return &tongue{
		language: "es", title: "Por qué recibió este mensaje", none: "Por qué no recibió ningún mensaje", dear: "Hola, %s:", hello: "Hola:",
		wrote: "El %s se decidió escribirle sobre %s por %s.", nothing: "El %s se decidió no enviarle nada.",
		because: "El motivo fue, como lo llama el programa: %s.",
		stage:   "Por lo que nos ha contado y ha hecho, creemos que está en la etapa que llamamos %s. Puede decirnos si no es así.",
		chance:  "Qué se envía, cómo y cuándo se deja en parte al azar, para averiguar qué ayuda.",
		told:    "El %s nos dijo: «%s». %s", helps: "Este mensaje quiere ayudarle con eso.",
		other: "Este mensaje no trata de eso. Puede decirnos qué le ayudaría.",
		moves: "Nos dijo lo que le importa: «%s». Lo tenemos presente.",
		end:   "Puede decir en cualquier momento que no quiere mensajes, o que quiere otros.",
		foot:  "Decisión %s. Escrita el %s.", about: "«%s»", date: "%d de %s de %d",
		months: []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		names: map[string]string{
			"email": "correo electrónico", "sms": "mensaje de texto", "push": "aviso en el teléfono", "letter": "carta", "portal": "el portal", "call": "teléfono", "visit": "una visita",
			"precontemplation": "precontemplación", "contemplation": "contemplación", "preparation": "preparación", "action": "acción", "maintenance": "mantenimiento", "relapse": "recaída",
		},
	}
}

// day writes a day as the language does.
func (t *tongue) day(at instant.Time) string {
	y, m, d := at.Std().Date()
	month := m.String()
	if len(t.months) > 0 {
		month = t.months[m-1]
	}
	return fmt.Sprintf(t.date, d, month, y)
}

// named is a channel or a stage.
func (t *tongue) named(word string) string {
	if says := t.names[word]; says != "" {
		return says
	}
	return plain(word)
}

// called is what a program calls something.
func (t *tongue) called(word string) string { return fmt.Sprintf(t.about, plain(word)) }

// paragraphs say why a message came, or that none did, in plain words and without numbers of the program.
func (d *Decision) paragraphs(t *tongue) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if c.Touch == "" {
			continue
		}
		add(t.wrote, t.day(d.at), t.called(c.Engagement), t.named(c.Channel))
		if c.Because != "" {
			add(t.because, t.called(c.Because))
		}
		if r, o := d.roundOf(i); o != nil {
			if o.Stage != "" {
				add(t.stage, t.named(o.Stage))
			}
			out = append(out, d.heardBack(t, r, o)...)
			if r.Policy != "ranked" && r.Policy != "fallback" {
				add("%s", t.chance)
			}
		}
	}
	if len(out) == 0 {
		add(t.nothing, t.day(d.at))
	}
	return append(out, t.end)
}

// heardBack tells the person what they said, and whether a message is meant to help with it.
func (d *Decision) heardBack(t *tongue, r *Round, o *Option) (out []string) {
	for _, word := range r.Barriers {
		said := find(d.told, program.BarrierFact, word)
		if said == nil || said.Text == "" {
			continue
		}
		then := t.other
		if slices.Contains(o.Eases, word) {
			then = t.helps
		}
		out = append(out, fmt.Sprintf(t.told, t.day(said.At), said.Text, then))
	}
	for i := range d.told {
		if said := &d.told[i]; said.Fact != program.BarrierFact && said.Text != "" {
			out = append(out, fmt.Sprintf(t.moves, said.Text))
		}
	}
	return out
}
