package expr_test

import "attune/core/expr"

// retract takes one event of the history back: what is remembered is folded anew from all the others,
// since a list of the newest that merely loses one does not know the next older.
func retract(p *expr.Plan, f *expr.Facts, history []happening, gone int) {
	is := p.New(len(f.Signals), len(f.Choices))
	is.Signals, is.Choices, is.Zone = f.Signals, f.Choices, f.Zone
	for i, h := range history {
		if i != gone {
			p.Fold(&is, h.name, h.props, h.at, h.order)
		}
	}
	*f = is
}
