package voice

import "strings"

// The alphabet of text messages (3GPP TS 23.038, the default alphabet and its extension). A text with
// any other character is sent in UCS-2, where fewer fit.
const (
	gsm  = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm2 = "^{}\\[~]|€" // each takes the place of two
)

// Segments is how many text messages a text takes, and the first character that is not in their
// alphabet, if any. One alone holds 160 characters, or 70 in UCS-2; parts of a longer text hold 153, or
// 67, since each says which part it is (3GPP TS 23.040).
func Segments(text string) (n int, stranger rune) {
	units, wide := 0, 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsm, r):
			units++
		case strings.ContainsRune(gsm2, r):
			units += 2
		case stranger == 0:
			stranger = r
		}
		wide++
		if r > 0xFFFF {
			wide++ // two units of UTF-16
		}
	}
	alone, part := 160, 153
	if stranger != 0 {
		units, alone, part = wide, 70, 67
	}
	if units <= alone {
		return 1, stranger
	}
	return (units + part - 1) / part, stranger
}
