package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// eventTypes shows the catalogue to the type checker: one type for each event, under a name that
// cannot be written.
type eventTypes struct{ schema Schema }

var _ types.Provider = eventTypes{}

func typeName(event string) string { return "@" + event }

func celType(t Type) *cel.Type {
	switch t {
	case Text:
		return cel.StringType
	case Number:
		return cel.DoubleType
	case Integer:
		return cel.IntType
	case Flag:
		return cel.BoolType
	case List:
		return cel.ListType(cel.StringType)
	case Moment:
		return cel.TimestampType
	case Missing:
	}
	return types.ErrorType
}

func (p eventTypes) FindStructType(name string) (*types.Type, bool) {
	if len(name) < 2 || name[0] != '@' {
		return nil, false
	}
	if _, known := p.schema.Fields(name[1:]); !known {
		return nil, false
	}
	return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
}

func (p eventTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if len(name) < 2 {
		return nil, false
	}
	t, found := fieldType(p.schema, name[1:], field)
	return &types.FieldType{Type: celType(t)}, found
}

func (p eventTypes) FindStructFieldNames(name string) ([]string, bool) {
	if len(name) < 2 {
		return nil, false
	}
	fields, known := p.schema.Fields(name[1:])
	return namesOf(fields), known
}

// EnumValue, FindIdent and NewValue have nothing to give: the language has no enumerations and no
// global names, and cel-go never evaluates what it checks for us.
func (eventTypes) EnumValue(name string) ref.Val    { return types.NewErr("no enumeration %s", name) }
func (eventTypes) FindIdent(string) (ref.Val, bool) { return nil, false }
func (eventTypes) NewValue(t string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("no value of %s", t)
}
