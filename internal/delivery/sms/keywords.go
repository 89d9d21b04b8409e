package sms

import (
	"fmt"
	"slices"
	"strings"

	"attune/core/words"
)

// keywordsVersion names the table below. Change it with every change of the table.
const keywordsVersion = "attune-sms-keywords-1"

// keywordTable holds the words that mean something only in a text message, and only where they are all
// of it: those that ask for help, and the yes by which carriers let messages through again. The words for
// stop and start are those of [words.Standard], since people write them everywhere.
func keywordTable() (*words.Table, error) {
	list := func(language string, messages ...string) words.List {
		return words.List{Language: language, Messages: messages}
	}
	t, err := words.New(keywordsVersion, []words.Category{
		{Name: "help", Lists: []words.List{
			list("en", "help", "info", "hlep", "help me", "who is this", "who are you"),
			list("es", "ayuda", "informacion", "info", "quien es", "quienes son"), //nolint:misspell // it is Spanish
			list("fr", "aide", "infos", "qui est ce", "cest qui"),
			list("de", "hilfe", "wer ist das", "wer sind sie"),
			list("it", "aiuto", "informazioni", "chi e", "chi siete"),
			list("pt", "ajuda", "informacoes", "quem e", "quem sao"),
			list("nl", "hulp", "wie is dit", "wie bent u"),
			list("pl", "pomoc", "informacje", "kto to", "kto pisze"),
			list("tr", "yardim", "bilgi", "kimsiniz", "bu kim"),
			list("ar", "مساعدة", "معلومات", "من انت", "من هذا"),
		}},
		{Name: "yes", Lists: []words.List{
			list("en", "yes", "yes please"), list("es", "si"), list("fr", "oui"), list("de", "ja"), list("it", "si"),
			list("pt", "sim"), list("nl", "ja"), list("pl", "tak"), list("tr", "evet"), list("ar", "نعم"),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("the keywords are wrong: %w", err)
	}
	return t, nil
}

// verdict finds what a text means. Danger comes before everything, and what may mean stop before what
// does not.
func (h *Handler) verdict(text string) Verdict {
	switch h.words.Classify(text) {
	case "crisis":
		return Crisis
	case "stop":
		return Stop
	case "unsure_stop":
		return Unsure
	case "start":
		return Start
	}
	switch h.keywords.Classify(text) {
	case "help":
		return Help
	case "yes":
		return Start
	}
	return None
}

// carriers tells the words that Twilio knows itself, where they are all of a message: unless it is told
// not to, it answers them, and lets nothing through after those for stop.
func carriers(text string) bool {
	return slices.Contains([]string{
		"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP", "HELP", "INFO",
	}, strings.ToUpper(strings.TrimSpace(text)))
}
