package rights

import (
	"strings"
	"unicode/utf8"

	"attune/internal/clinical"
)

// Held is all that is held of one person, in texts that people can read. Instants are as RFC 3339 has them; lists are in
// order of time, the oldest first.
type Held struct {
	// Person is their id, Records those that became part of theirs, and Kind what they are here.
	Person  string
	Records []string
	Kind    string
	Died    string
	// Organisation is who holds it, and Made when it was written down.
	Organisation, Made string

	Identifiers []Named
	Traits      []Named
	Events      []Event
	Entries     []Entry
	Messages    []Message
	Consents    []Consent
	Decisions   []Decision
	Looks       []Look
	Tasks       []Task
	Standing    []Standing
	Unusable    []Unusable
}

// Named is one fact with its name: a trait, or what a system calls them.
type Named struct{ Name, Value string }

// Event is something that a source told of them.
type Event struct {
	// At is when it happened, Taken when it came.
	At, Taken, Name, Source, ID string
	// Says are its fields.
	Says []Named
	// Ignored tells why nothing followed from it.
	Ignored string
}

// Entry is one version of something that a source's record says.
type Entry struct {
	Source string
	// Newest tells that it is the version that stands.
	Newest bool
	Is     clinical.Entry
}

// Message is something that was said to them, or that they wrote.
type Message struct {
	At, ID, Channel, About, To, From, Subject, Text, Outcome string
	// Theirs tells that they wrote it.
	Theirs bool
}

// Consent is something they said about a purpose.
type Consent struct {
	At, ID, Purpose, Answer, Channel, Topic, Actor, From, Until, Source, Text, Version, Via, Jurisdiction string
}

// Decision is what became of one thing that could have been said.
type Decision struct {
	At, Program, Engagement string
	// Because is what led to it, Outcome what became of it, and Why the reason where nothing was said.
	Because, Outcome, Reason, Why string
	// How is by what it was chosen among others.
	How string
}

// Look is one look at their record, or change of it. Members of staff are not named.
type Look struct{ At, Who, What, Says, Purpose, Reason, Outcome string }

// Task is work that is or was to be done for them.
type Task struct{ At, ID, What, Due, Ended, Why, Text string }

// Standing is where they stand: in a program, an audience, a journey, a stage; or what keeps something from being done.
type Standing struct{ Kind, Name, Says, Since, Until, Why string }

// Unusable is something a source sent of them that could not be used.
type Unusable struct{ At, Source, Reason, Text string }

// File is one file of an export.
type File struct {
	Name string `json:"name" doc:"Its name, such as record.fhir.json."`
	Type string `json:"type" doc:"Its media type."`
	Text string `json:"text" doc:"What is in it."`
}

// Export works up all that is held: a page, a Bundle, and tables. The page is the first.
func Export(h *Held) ([]File, error) {
	page, err := page(h)
	if err != nil {
		return nil, err
	}
	bundle, err := bundle(h)
	if err != nil {
		return nil, err
	}
	files := []File{{"index.html", "text/html", page}, {"record.fhir.json", "application/fhir+json", bundle}}
	for _, t := range tables(h) {
		files = append(files, File{t.file + ".csv", "text/csv", t.csv()})
	}
	for i := range files {
		if !utf8.ValidString(files[i].Text) {
			files[i].Text = strings.ToValidUTF8(files[i].Text, "\uFFFD")
		}
	}
	return files, nil
}
