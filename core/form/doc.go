// Package form describes what may be written: which fields a value has, of which types, what each says
// and how it looks. From one description come the checks of what was written ([Form.Check]), the JSON
// Schema that editors use ([Document.Schema]) and the reference documentation.
//
// It knows shapes only. What names refer to, and what expressions say, is checked by whoever reads the
// values. The forms themselves stand in core/program.
package form
