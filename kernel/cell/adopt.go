package cell

import (
	"reflect"
	"unsafe"
)

// Adopt returns x, as one of the types that the pointers in wanted point to if x has that type in another version: see Same.
func Adopt(x any, wanted ...any) any {
	have := reflect.TypeOf(x)
	if have == nil || have.Name() != "" {
		return x
	}
	for _, w := range wanted {
		want := reflect.TypeOf(w).Elem()
		if have == want {
			return x
		}
		if Same(have, want) {
			p := reflect.New(have)
			p.Elem().Set(reflect.ValueOf(x))
			return reflect.NewAt(want, unsafe.Pointer(p.Pointer())).Elem().Interface()
		}
	}
	return x
}

// Same tells whether two types are one type to Go. They may differ to reflection: a type like **T that the interpreter made at
// run time is not the one that a plugin brings along later.
func Same(a, b reflect.Type) bool {
	if a == b {
		return true
	}
	if a.Name() != "" || b.Name() != "" || a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice:
		return Same(a.Elem(), b.Elem())
	case reflect.Array:
		return a.Len() == b.Len() && Same(a.Elem(), b.Elem())
	case reflect.Chan:
		return a.ChanDir() == b.ChanDir() && Same(a.Elem(), b.Elem())
	case reflect.Map:
		return Same(a.Key(), b.Key()) && Same(a.Elem(), b.Elem())
	case reflect.Func:
		return sameFunc(a, b)
	case reflect.Struct:
		return sameStruct(a, b)
	}
	return a.String() == b.String() // interfaces without a name: their methods are in the string
}

func sameFunc(a, b reflect.Type) bool {
	if a.NumIn() != b.NumIn() || a.NumOut() != b.NumOut() || a.IsVariadic() != b.IsVariadic() {
		return false
	}
	for i := range a.NumIn() {
		if !Same(a.In(i), b.In(i)) {
			return false
		}
	}
	for i := range a.NumOut() {
		if !Same(a.Out(i), b.Out(i)) {
			return false
		}
	}
	return true
}

func sameStruct(a, b reflect.Type) bool {
	if a.NumField() != b.NumField() {
		return false
	}
	for i := range a.NumField() {
		x, y := a.Field(i), b.Field(i)
		if x.Name != y.Name || x.PkgPath != y.PkgPath || x.Tag != y.Tag || x.Anonymous != y.Anonymous || !Same(x.Type, y.Type) {
			return false
		}
	}
	return true
}
