// Package why tells from the record of a decision why it came out as it did: for the person whom it was about,
// for whoever treats them, and for an auditor, all from the same record. It makes the decision again from the
// record and the model, so that what it tells is what happened, and what it says would have changed it was tried.
//
// It reads records; it decides nothing, and reaches nobody.
package why
