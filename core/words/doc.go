// Package words sorts what people write into a few categories, by a table of words and phrases that
// people can read and check: no model, nothing learned, nothing remote.
//
// A text is brought into a plain form first: small letters, no accents, no apostrophes, and anything
// that is neither letter nor digit parts words. A phrase is found where all its words stand beside each
// other in that form, so "stop" is not found in "nonstop". The categories stand in the order in which
// they are looked for; the first one that is found is the answer.
//
// A category may be deniable: then a phrase does not count after a word of its language such as "not",
// "no" or "never" among the three words before it, unless a comma or a full stop is between them, nor
// where it is part of a longer phrase of another category. That is all the grammar there is. A category
// in which a miss is worse than a false alarm, such as a person in danger, should not be deniable.
//
// It promises that the same table gives the same answer everywhere. Start at [New] and
// [Table.Classify]; [Standard] is the table that comes with Attune.
package words
