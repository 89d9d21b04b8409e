// Package likeness tells who somebody is from what is known of them, and whether two records may be of one person.
//
// Names are compared as they are written, whatever the case, accents, hyphens and apostrophes ([Words]), and as they
// are heard by who speaks English or Spanish ([Heard]). [Compare] goes by a plain table of rules and says what speaks
// for one person and what against, in codes that hold nothing of either. Twins, and parents and children who share a
// name and a telephone, are not one person; whatever it says is a question to a human and never an answer.
//
// It is pure: no files, no clock. Finding and keeping such pairs is for package finder.
package likeness
