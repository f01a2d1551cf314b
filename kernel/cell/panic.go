package cell

import (
	"go/token"
	"reflect"
	"runtime"
	"strings"
	"unsafe"
)

// Panic is the builtin panic of interpreted code: a panic with v itself, where the interpreter's would be with a reflected one.
func Panic(v any) { panic(v) }

// Recovered gives what a panic was with the form that Go's compiler gives it. Interpreted code that does what is not allowed
// panics in reflection's words: that is a runtime.Error here, as in compiled code, though without the numbers.
func Recovered(v any) any {
	if r := Current(); r != nil && v != nil {
		r.Frames() // of a panic that ends here
	}
	if r, ok := v.(reflect.Value); ok && r.IsValid() && r.CanInterface() {
		v = r.Interface()
	}
	said := ""
	switch x := v.(type) {
	case *runtime.TypeAssertionError:
		return asWritten(x)
	case string:
		said = x
	case *reflect.ValueError:
		said = x.Error()
	default:
		return v
	}
	if rest, ok := strings.CutPrefix(said, "reflect: cannot convert slice with length "); ok {
		return RuntimeError("cannot convert slice with length " + strings.Replace(rest, "to array with", "to array or pointer to array with", 1))
	}
	if said == "reflect.MakeChan: negative buffer size" {
		return channelFault()
	}
	for _, w := range words {
		if strings.HasPrefix(said, w.prefix) && strings.HasSuffix(said, w.suffix) {
			return RuntimeError(w.words)
		}
	}
	return v
}

// asWritten gives the missing method of a failed assertion the name that it has in the cell: unexported methods are compiled
// under an exported one.
func asWritten(e *runtime.TypeAssertionError) any {
	f, ok := reflect.TypeFor[runtime.TypeAssertionError]().FieldByName("missingMethod")
	if !ok || f.Type.Kind() != reflect.String {
		return e
	}
	c := *e
	name := (*string)(unsafe.Add(unsafe.Pointer(&c), f.Offset))
	if short, ok := strings.CutPrefix(*name, "X_"); ok && !token.IsExported(short) {
		*name = short
		return &c
	}
	return e
}

// words are Go's for what reflection says.
var words = []struct{ prefix, suffix, words string }{
	{"reflect: slice index out of range", "", "index out of range"},
	{"reflect: array index out of range", "", "index out of range"},
	{"reflect: string index out of range", "", "index out of range"},
	{"reflect.Value.Slice: ", "out of bounds", "slice bounds out of range"},
	{"reflect.Value.Slice3: ", "out of bounds", "slice bounds out of range"},
	{"reflect.MakeSlice: negative len", "", "makeslice: len out of range"},
	{"reflect.MakeSlice: ", "", "makeslice: cap out of range"},
	{"reflect.Value.Call: call of nil function", "", "invalid memory address or nil pointer dereference"},
	{"reflect: call of reflect.Value.", "on zero Value", "invalid memory address or nil pointer dereference"},
	{"reflect: indirection through nil pointer", "", "invalid memory address or nil pointer dereference"},
	{"reflect: Call using zero Value argument", "", "invalid memory address or nil pointer dereference"},
	{"reflect: Method on nil interface value", "", "invalid memory address or nil pointer dereference"},
}

// channelFault is what a channel with less than no room panics with, which the runtime says in other words than most.
func channelFault() (fault any) {
	defer func() { fault = recover() }()
	n := -1
	_ = make(chan struct{}, n)
	return nil
}

// A RuntimeError is a run-time error of interpreted code. It implements runtime.Error.
type RuntimeError string

// Error is the message, as the runtime's own begins.
func (e RuntimeError) Error() string { return "runtime error: " + string(e) }

// RuntimeError makes it a runtime.Error.
func (RuntimeError) RuntimeError() {}
