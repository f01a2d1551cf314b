package cell

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// Builtinprint is the builtin print of a cell.
func Builtinprint(args ...any) {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(builtin(a))
	}
	toStderr(b.String())
}

// Builtinprintln is the builtin println of a cell.
func Builtinprintln(args ...any) {
	var parts []string
	for _, a := range args {
		parts = append(parts, builtin(a))
	}
	toStderr(strings.Join(parts, " ") + "\n")
}

func toStderr(s string) {
	if r := Current(); r != nil {
		r.Sink().Stream("stderr", []byte(s))
		return
	}
	os.Stderr.WriteString(s)
}

// Interface is an interface value as the builtins print it: its two words.
type Interface struct{ typ, data unsafe.Pointer }

// Builtininterface is what lowered source gives to the builtins for an argument of an interface type.
func Builtininterface(x any) Interface { return *(*Interface)(unsafe.Pointer(&x)) }

// builtin writes a value as the runtime does.
func builtin(a any) string {
	if x, ok := a.(Interface); ok {
		return fmt.Sprintf("(0x%x,0x%x)", uintptr(x.typ), uintptr(x.data))
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.Invalid:
		return "nil"
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	case reflect.Complex64, reflect.Complex128:
		return strconv.FormatComplex(v.Complex(), 'g', -1, v.Type().Bits())
	case reflect.String:
		return v.String()
	case reflect.Slice:
		return fmt.Sprintf("[%d/%d]0x%x", v.Len(), v.Cap(), v.Pointer())
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return fmt.Sprintf("0x%x", v.Pointer())
	}
	return fmt.Sprint(a)
}
