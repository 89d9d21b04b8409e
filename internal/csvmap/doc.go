// Package csvmap reads tables of a source's record: CSV files, by a map that says what their rows are.
//
// A map is a YAML file. It says for each table whom a row is about, which entry of the record or which event it is,
// and which column says what of it. One description of its form ([Form]) gives the checks, the reference and the
// schema. Maps for widely used exports come along ([Shipped]), and one for files of another make can be proposed
// ([Suggest]).
//
// Rows are read one by one, in constant memory. A row that cannot be read is told with its line, its column and a remedy,
// never with what stands in it; its neighbours are read. It knows nothing of how entries are kept or told: that is internal/records.
//
// Start at [Read] and [NewReader].
package csvmap
