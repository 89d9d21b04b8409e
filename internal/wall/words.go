package wall

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Languages are those in which a poster's own words can be. What the map says stays in the language in which it was written.
func Languages() []string { return append([]string{"en"}, slices.Sorted(maps.Keys(table()))...) }

// Say is one of a poster's own words in a language; the word itself, which is English, where the language is not one of [Languages].
func Say(lang, word string) string {
	if said, known := table()[base(lang)][word]; known {
		return said
	}
	return word
}

// base is a language without its country.
func base(lang string) string {
	lang, _, _ = strings.Cut(lang, "-")
	return strings.ToLower(lang)
}

// Sayf is one with something put in.
func Sayf(lang, format string, args ...any) string { return fmt.Sprintf(Say(lang, format), args...) }

func (p *pen) say(word string) string { return Say(p.m.Lang, word) }

func (p *pen) sayf(format string, args ...any) string { return Sayf(p.m.Lang, format, args...) }

// grouped is a number as the language groups it: in Spanish a comma is a decimal one.
func grouped(lang, s string) string {
	if base(lang) == "es" {
		return strings.ReplaceAll(s, ",", " ")
	}
	return s
}

func decimal(lang, s string) string {
	if base(lang) == "es" {
		return strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// table is all that a poster says by itself, by the English words. A test holds it against the calls.
func table() map[string]map[string]string {
	return map[string]map[string]string{"es": {
		// the head and the columns
		"as of %s": "a %s", "January": "enero", "February": "febrero", "March": "marzo", "April": "abril", "May": "mayo", "June": "junio", "July": "julio", "August": "agosto",
		"September": "septiembre", "October": "octubre", "November": "noviembre", "December": "diciembre", "%d %s %d": "%d de %s de %d",
		"Who is in the phase now": "Quién está ahora en la fase", "here now": "ahora aquí", "entered": "entraron", "median": "mediana", "expected": "previsto", "skipped it": "la saltaron",
		"This map has no phases yet.": "Este mapa aún no tiene fases.", "no data yet": "aún sin datos", "%s came back": "%s volvieron", "%s came back to %s": "%s volvieron a %s",
		"%s: %s here now, %s entered": "%s: %s ahora aquí, %s entraron", "hidden": "oculto", "no data": "sin datos", "hidden, since it would tell of few people": "oculto, porque hablaría de pocas personas",
		// how people move
		"Moving through": "El recorrido", "each phase to its own scale": "cada fase a su propia escala", "went on": "siguieron", "wait": "esperan", "left": "salieron", "left %d%%": "salieron %d %%",
		"%s: %s entered, %s went on, %s wait, %s left": "%s: %s entraron, %s siguieron, %s esperan, %s salieron", "not drawn: numbers are hidden": "sin dibujar: hay números ocultos", "nobody entered": "nadie entró",
		// cards
		"+%d more": "+%d más", "%d moments": "%d momentos", "Not shown here: %s": "No se muestra aquí: %s", "here": "aquí", "people": "personas", "%s late": "%s tarde", "a guess": "una suposición",
		"%s here": "%s aquí", "leverage %s": "palanca %s", "flag %d": "marca %d", "low": "baja", "some": "algo", "raised": "media", "high": "alta", "highest": "máxima",
		"wait not shown": "espera no mostrada", "over target %s": "supera la meta %s", "target %s": "meta %s", "Hand-off to %s: %s": "Traspaso a %s: %s",
		"line of interaction": "línea de interacción", "line of visibility": "línea de visibilidad",
		// how it feels
		"How it feels": "Cómo se siente", "as people say": "según dicen", "as planned": "según lo previsto", "%s asked": "%s respuestas", "%s: %s (%s asked).": "%s: %s (%s respuestas).",
		// beside the map
		"Where to act first": "Dónde actuar primero", "In patients' words": "En palabras de pacientes", "Flag %d: %s": "Marca %d: %s", "Gain: %s": "Ganancia: %s", "a guess, no data yet": "una suposición, aún sin datos",
		"two lists agree": "dos listas coinciden",
		// the legend and the foot
		"What the signs mean": "Qué significan los signos", "leverage, low to highest": "palanca, de baja a máxima", "dashed: a guess or no data": "línea discontinua: una suposición o sin datos",
		"something said": "algo dicho", "something done": "algo hecho", "still in the phase": "siguen en la fase", "hatched: left the map": "rayado: salieron del mapa",
		"hand-off: median wait and its interval against the target; red when surely over": "traspaso: mediana de la espera y su intervalo frente a la meta; rojo si la supera con seguridad",
		"flag: where to act first": "marca: dónde actuar primero", "a patient said it": "lo dijo un paciente", "Definition %s": "Definición %s", "%s still on the way (censored)": "%s aún en camino (censurados)",
		"entered: over %s": "entraron: %s", "filter: %s": "filtro: %s", "a printed number does not change: look at the date": "un número impreso no cambia: mire la fecha", "Version %s": "Versión %s",
		"all who ever came": "todos los que han llegado", "everybody": "todas las personas", "1 day": "1 día", "%s days": "%s días",
		"Rounded to %d. Numbers about fewer than %d people are hidden, and others from which they could be computed.": "Redondeado a %d. Se ocultan los números de menos de %d personas y otros de los que podrían calcularse.",
		// the customer's life cycle
		"need": "necesidad", "research": "búsqueda", "selection": "elección", "contract": "acuerdo", "use": "uso", "maintain": "mantenimiento", "recommend": "recomendación",
		// the poster in sentences
		"Journey map with %d phases, %d lanes and %d moments.": "Mapa de viaje con %d fases, %d filas y %d momentos.", "%s: %s here now": "%s: %s ahora aquí",
		", %s entered, %s went on, %s wait, %s left": ", %s entraron, %s siguieron, %s esperan, %s salieron", "Numbers are as of %s.": "Los números son a %s.",
	}}
}
