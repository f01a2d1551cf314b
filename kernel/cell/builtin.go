package cell

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
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

// builtin writes a value as the runtime does.
func builtin(a any) string {
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
		return builtinFloat(v.Float())
	case reflect.Complex64, reflect.Complex128:
		return "(" + builtinFloat(real(v.Complex())) + builtinFloat(imag(v.Complex())) + "i)"
	case reflect.String:
		return v.String()
	case reflect.Slice:
		return fmt.Sprintf("[%d/%d]0x%x", v.Len(), v.Cap(), v.Pointer())
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return fmt.Sprintf("0x%x", v.Pointer())
	}
	return fmt.Sprint(a)
}

// builtinFloat has a sign and three digits of exponent: +1.500000e+000.
func builtinFloat(f float64) string {
	s := strconv.FormatFloat(f, 'e', 6, 64)
	if s == "NaN" || strings.HasSuffix(s, "Inf") {
		return s
	}
	if s[0] != '-' {
		s = "+" + s
	}
	mantissa, exponent, _ := strings.Cut(s, "e")
	return mantissa + "e" + exponent[:1] + strings.Repeat("0", 4-len(exponent)) + exponent[1:]
}
