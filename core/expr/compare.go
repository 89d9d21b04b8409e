package expr

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// relation is a set of outcomes of a comparison: <= is {less, equal}.
type relation uint8

const (
	less relation = 1 << iota
	equal
	greater
)

func relationOf(operator string) (relation, bool) {
	switch operator {
	case operators.Less:
		return less, true
	case operators.LessEquals:
		return less | equal, true
	case operators.Equals:
		return equal, true
	case operators.NotEquals:
		return less | greater, true
	case operators.GreaterEquals:
		return greater | equal, true
	case operators.Greater:
		return greater, true
	}
	return 0, false
}

// holds takes what cmp.Compare gives.
func (r relation) holds(order int) bool { return r>>(order+1)&1 == 1 }

// flipped is the same relation seen from the other side: 3 < n is n > 3.
func (r relation) flipped() relation { return r&equal | r&less<<2 | r&greater>>2 }

// compare lowers a comparison of two values of one type; the checker has seen to that.
func (u *unit) compare(r relation, a, b ast.Expr) test {
	switch u.kind(a) {
	case types.StringKind:
		if u.kind(b) == types.StringKind {
			return compareTexts(r, u.text(a), u.text(b))
		}
		return compareNumbers(r, u.number(a), u.number(b)) // a duration written as text
	case types.BoolKind:
		return compareFlags(r, u.test(a), u.test(b))
	default:
		return compareNumbers(r, u.number(a), u.number(b))
	}
}

func compareTexts(r relation, a, b textual) test {
	return func(in input) Tri {
		x, ok := a(in)
		if !ok {
			return Unknown
		}
		y, ok := b(in)
		if !ok {
			return Unknown
		}
		if r == equal {
			return triOf(x == y)
		}
		return triOf(r.holds(cmp.Compare(x, y)))
	}
}

func compareNumbers(r relation, a, b numeric) test {
	return func(in input) Tri {
		x, ok := a(in)
		if !ok {
			return Unknown
		}
		y, ok := b(in)
		if !ok {
			return Unknown
		}
		return triOf(r.holds(cmp.Compare(x, y)))
	}
}

func compareFlags(r relation, a, b test) test {
	return func(in input) Tri {
		x, y := a(in), b(in)
		if x == Unknown || y == Unknown {
			return Unknown
		}
		return triOf((x == y) == (r == equal))
	}
}

// in lowers membership: of a value in a list of constants, or of a text in a list.
func (u *unit) in(item, list ast.Expr) test {
	if list.Kind() == ast.ListKind {
		texts, numbers := u.constants(list)
		isText := u.kind(item) == types.StringKind
		if wrong := isText && len(numbers) > 0 || !isText && len(texts) > 0; wrong && !u.faulty[list.ID()] {
			// The checker lets lists of whole and decimal numbers pass as lists of anything.
			u.report(list, "", "%s is never in this list: the types differ", describe(item, asWritten))
		}
		slices.Sort(texts)
		slices.Sort(numbers)
		if isText {
			return within(u.text(item), texts)
		}
		return within(u.number(item), numbers)
	}
	if codes, ok := u.codes(list); ok {
		return within(u.text(item), codes)
	}
	wanted, items := u.text(item), u.list(list)
	return func(in input) Tri {
		x, ok := wanted(in)
		if !ok {
			return Unknown
		}
		all, ok := items(in)
		if !ok {
			return Unknown
		}
		return triOf(slices.Contains(all, x))
	}
}

// within looks among sorted constants, so that a long list of codes costs little.
func within[T cmp.Ordered](read func(input) (T, bool), constants []T) test {
	return func(in input) Tri {
		x, ok := read(in)
		if !ok {
			return Unknown
		}
		_, found := slices.BinarySearch(constants, x)
		return triOf(found)
	}
}
