package cell

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"
)

// What the interpreter asks an interface is answered here where it would be answered wrongly.

// IsNil is x == nil.
func IsNil(x any) bool { return x == nil }

// Only is x if it has the very type that p points to, nil otherwise: where the interpreter asserts that type, a value of another with
// the same structure would do, as it does in an assignment.
func Only(x, p any) any {
	if reflect.TypeOf(x) != reflect.TypeOf(p).Elem() {
		return nil
	}
	return x
}

// AsError is x.(error).
func AsError(x any) (error, bool) {
	e, ok := x.(error)
	return e, ok
}

// AsStringer is x.(fmt.Stringer).
func AsStringer(x any) (fmt.Stringer, bool) {
	s, ok := x.(fmt.Stringer)
	return s, ok
}

// assertion has the fields of a runtime.TypeAssertionError: types as the runtime knows them.
type assertion struct {
	from, concrete, asserted unsafe.Pointer
	missing                  string
}

// AssertFault panics as x.(T) does, for an x of type any that is no T; want is a *T.
func AssertFault(x, want any) {
	fault := &runtime.TypeAssertionError{}
	if unsafe.Sizeof(*fault) != unsafe.Sizeof(assertion{}) {
		panic(fmt.Sprintf("interface conversion: interface {} is %T, not %v", x, reflect.TypeOf(want).Elem()))
	}
	*(*assertion)(unsafe.Pointer(fault)) = assertion{
		from: typePointer(reflect.TypeFor[any]()), concrete: typePointer(reflect.TypeOf(x)), asserted: typePointer(reflect.TypeOf(want).Elem())}
	panic(fault)
}

// typePointer is the runtime's own description of a type, which is what a reflect.Type points at; nil for none.
func typePointer(t reflect.Type) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]
}
