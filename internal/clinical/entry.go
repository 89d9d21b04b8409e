package clinical

import (
	"cmp"

	"attune/core/event"
	"attune/core/instant"
)

// Kind is what an entry is: the name of the FHIR R4 resource type that holds such things.
type Kind string

// Entry is one version of one thing that a source's record holds about somebody.
type Entry struct {
	Kind Kind `json:"kind"`
	// ID is what the source calls it, unique within the kind; empty where it has no name of its own, as rows of tables.
	ID string `json:"id,omitempty"`
	// Alike is what else tells it apart among the person's entries of the kind, such as "e-12 44054006" for a diagnosis
	// of a visit. Entries without an ID are the same where this is. Empty where nothing does.
	Alike string `json:"alike,omitempty"`
	// Parts are, of an entry that holds several measurements, what tells each further one apart as Alike does the first:
	// tables have a row for each.
	Parts []string `json:"parts,omitempty"`
	// Partial tells that it may be silent about what the record holds, as rows of tables are.
	Partial bool `json:"partial,omitempty"`
	// Subject is whom it is about. It may be missing of an entry that is Wrong: a deletion says only what was deleted.
	Subject Reference `json:"subject"`
	// At and Version rank versions of one entry: when the source last changed it, zero where it does not say, and the
	// source's own name of the version.
	At      instant.Time `json:"at,omitempty"`
	Version string       `json:"version,omitempty"`
	// Status is how it stands, in FHIR's words for the kind.
	Status string `json:"status,omitempty"`
	// Wrong tells that it never was so: it was entered in error, or taken out of the record.
	Wrong bool `json:"wrong,omitempty"`
	// Start and End are when it began and ended, or happened; Recorded is when it was written down. Zero is unknown.
	Start    instant.Time `json:"start,omitempty"`
	End      instant.Time `json:"end,omitempty"`
	Recorded instant.Time `json:"recorded,omitempty"`
	// Props are what the entry's events say, named as the catalogue does, sorted by name.
	Props []event.Prop `json:"props,omitempty"`
	// Keys are, of an entry that says who somebody is, all identifiers that it says are theirs.
	Keys []Identifier `json:"keys,omitempty"`
}

// Reference names another thing of the same source: by its id there, or by an identifier.
type Reference struct {
	Kind       Kind       `json:"kind,omitempty"`
	ID         string     `json:"id,omitempty"`
	Identifier Identifier `json:"identifier,omitzero"`
}

// Identifier is what some system calls somebody.
type Identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
	// Old tells that it is not to be used any more; it still means the same person.
	Old bool `json:"old,omitempty"`
}

// Told is one event of an entry. Its ID is the entry's and says what of it is told, and a digest of what it says:
// "Appointment/a-7/booked/5f0c…". So the same ID always is the same event, and what is said otherwise has another ID. It
// may be told again after it was taken back, where versions come out of order; whoever sends it then has to send it
// under another ID, since one that was taken back is never heard again. A source's name goes before it when it is
// sent.
type Told struct {
	event.Event
	// Subject is whom it is told of.
	Subject Reference
}

// Compare ranks versions of one entry as the source does, older first. Of two that the source does not rank, [Tell]
// takes the one whose content sorts first to be older, so that the answer does not depend on which came first.
func Compare(a, b *Entry) int {
	return cmp.Or(cmp.Compare(a.At, b.At), compareVersions(a.Version, b.Version))
}

// compareVersions ranks numbers as numbers, and other names as text.
func compareVersions(a, b string) int {
	return cmp.Or(cmp.Compare(digits(a), digits(b)), cmp.Compare(a, b))
}

// digits is how long a name of digits alone is, so that "10" comes after "9"; zero for other names.
func digits(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
	}
	return len(s)
}
