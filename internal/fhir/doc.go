// Package fhir reads FHIR R4 and says what each resource holds: a Bundle, Bulk-Data NDJSON or a single resource
// becomes entries of a record (internal/clinical), one resource at a time.
//
// It promises that
//   - reading is strict and nothing is guessed: decimals stay as written, a name that occurs twice, broken UTF-8 or
//     a value of another type than FHIR's refuses the resource, and not its neighbours;
//   - memory is bounded by the largest resource, or by the largest Bundle, since its entries may refer to each other
//     forwards; a larger one is refused, by name;
//   - no error repeats anything of the content but names of elements that FHIR has.
//
// It does no I/O but reading, keeps nothing, and knows no engine. What happened is not told here: see
// clinical.Tell.
//
// Start at [Reader].
package fhir
