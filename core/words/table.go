package words

import (
	"fmt"
	"slices"
	"strings"
)

// None is the answer for a text in which no category was found.
const None = "none"

// longest is how many words a phrase may have.
const longest = 12

// Category is one kind of text.
type Category struct {
	Name string
	// Deniable tells that a phrase does not count after a word such as "not", nor inside a longer phrase
	// of another category.
	Deniable bool
	// Lists hold the phrases of each language. A text is looked up in all of them, since people mix
	// languages.
	Lists []List
}

// List is one category's phrases in one language.
type List struct {
	Language string
	// Phrases are found anywhere in a text.
	Phrases []string
	// Messages are found where they are the whole text, but for words of courtesy around them.
	Messages []string
}

// Table sorts texts. It does not change and may be shared.
type Table struct {
	version    string
	categories []Category
	// They give a phrase's category by its plain form, the first that has it. They are only looked up in.
	phrases, messages map[string]entry
	most              int
}

// entry is a phrase's category, by its place in the table, and its language.
type entry struct {
	category int
	language string
}

// New makes a table. It refuses names and phrases that could never be found.
func New(version string, categories []Category) (*Table, error) {
	t := &Table{version: version, phrases: map[string]entry{}, messages: map[string]entry{}}
	for i, c := range categories {
		if c.Name == "" || c.Name == None || slices.Contains(t.Names(), c.Name) {
			return nil, fmt.Errorf("category %d cannot be called %q", i+1, c.Name)
		}
		t.categories = append(t.categories, c)
		for _, l := range c.Lists {
			for _, p := range l.Phrases {
				if err := t.add(t.phrases, p, entry{i, l.Language}); err != nil {
					return nil, fmt.Errorf("category %s, language %s: %w", c.Name, l.Language, err)
				}
			}
			for _, p := range l.Messages {
				if err := t.add(t.messages, p, entry{i, l.Language}); err != nil {
					return nil, fmt.Errorf("category %s, language %s: %w", c.Name, l.Language, err)
				}
			}
		}
	}
	return t, nil
}

// With makes a table that also knows other phrases: those of a category that is there are added to it,
// and other categories stand before all that are there.
func (t *Table) With(version string, more []Category) (*Table, error) {
	all := slices.Clone(t.categories)
	var own []Category
	for _, c := range more {
		i := slices.IndexFunc(all, func(known Category) bool { return known.Name == c.Name })
		if i < 0 {
			own = append(own, c)
			continue
		}
		all[i].Lists = append(slices.Clone(all[i].Lists), c.Lists...)
	}
	return New(version, append(own, all...))
}

func (t *Table) add(to map[string]entry, phrase string, is entry) error {
	words, _ := plain(phrase)
	if len(words) == 0 || len(words) > longest {
		return fmt.Errorf("phrase %q has %d words: write 1 to %d", phrase, len(words), longest)
	}
	key := strings.Join(words, " ")
	if _, known := to[key]; !known {
		to[key] = is
	}
	t.most = max(t.most, len(words))
	return nil
}

// Version names the table; it changes with what is in it.
func (t *Table) Version() string { return t.version }

// Names are the categories in their order, without None.
func (t *Table) Names() []string {
	names := make([]string, len(t.categories))
	for i, c := range t.categories {
		names[i] = c.Name
	}
	return names
}

// Classify returns the first category, in the table's order, of which a phrase is in the text, or None.
func (t *Table) Classify(text string) string {
	words, parts := plain(text)
	found := t.message(words)
	all := t.find(words)
	for _, f := range all {
		if f.category < found && !(t.categories[f.category].Deniable && (f.within(all) || denied(words[:f.begin], parts, f.language))) {
			found = f.category
		}
	}
	if found == len(t.categories) {
		return None
	}
	return t.categories[found].Name
}

// match is a phrase that stands in a text, from one word up to another.
type match struct {
	entry
	begin, end int
}

// find finds all phrases.
func (t *Table) find(words []string) (all []match) {
	for at := range words {
		for n := 1; n <= t.most && at+n <= len(words); n++ {
			if e, ok := t.phrases[strings.Join(words[at:at+n], " ")]; ok {
				all = append(all, match{e, at, at + n})
			}
		}
	}
	return all
}

// within tells whether the phrase is a part of a longer one of another category, which then says what
// is meant: "stop these messages" in "how do I stop these messages".
func (m match) within(all []match) bool {
	return slices.ContainsFunc(all, func(o match) bool {
		return o.category != m.category && o.begin <= m.begin && o.end >= m.end && o.end-o.begin > m.end-m.begin
	})
}

// message is the category of a text of which all is one phrase, with or without words of courtesy around
// it; without one it is beyond the last.
func (t *Table) message(words []string) int {
	if e, ok := t.messages[strings.Join(words, " ")]; ok {
		return e.category
	}
	if e, ok := t.messages[strings.Join(bareOf(words), " ")]; ok {
		return e.category
	}
	return len(t.categories)
}
