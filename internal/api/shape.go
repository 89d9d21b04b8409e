package api

import (
	"reflect"

	"attune/internal/access"
)

// Masked is a value that knows itself what of it belongs to which class.
type Masked interface {
	Mask(sees func(access.Class) bool)
}

// shape makes an answer as the contract has it: lists that are nothing are empty, and what whoever asks does not see is taken out, that is
// fields with class:"…" of a class that their roles do not see. Nil sees everything. It works on a copy of what it changes.
func shape(v any, sees func(access.Class) bool) any {
	if v == nil {
		return nil
	}
	in := reflect.ValueOf(v)
	out := reflect.New(in.Type()).Elem()
	out.Set(in)
	shapeValue(out, sees)
	return out.Interface()
}

func shapeValue(v reflect.Value, sees func(access.Class) bool) {
	if isText(v.Type()) {
		return
	}
	switch v.Kind() { //nolint:exhaustive // what holds nothing has nothing to take out
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			shapeValue(fresh.Elem(), sees)
			v.Set(fresh)
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			shapeValue(fresh.Index(i), sees)
		}
		v.Set(fresh)
	case reflect.Struct:
		if v.CanAddr() && sees != nil {
			if m, is := v.Addr().Interface().(Masked); is {
				m.Mask(sees)
			}
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if class, ok := f.Tag.Lookup("class"); ok && sees != nil && !sees(access.Class(class)) {
				v.Field(i).SetZero()
			}
			shapeValue(v.Field(i), sees)
		}
	}
}
