package visible

import "reflect"

// All is a copy of a value in which every string is Text, also those that are keys of a map or lie behind pointers and interfaces.
// The value has no cycles. Unexported fields are as they were.
func All[T any](v T) T {
	in := reflect.ValueOf(&v).Elem()
	out := reflect.New(in.Type()).Elem()
	out.Set(in)
	all(out)
	return out.Interface().(T)
}

// all replaces what v holds, without touching what it shares with others.
func all(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(Text(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all(v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			all(v.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			inner := fresh(v.Elem())
			if v.Kind() == reflect.Pointer {
				inner = inner.Addr()
			}
			v.Set(inner)
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		inner := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(inner, v)
		for i := range inner.Len() {
			all(inner.Index(i))
		}
		v.Set(inner)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		inner := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			inner.SetMapIndex(fresh(each.Key()), fresh(each.Value()))
		}
		v.Set(inner)
	}
}

// fresh is a copy of v in which every string is Text.
func fresh(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	all(out)
	return out
}
