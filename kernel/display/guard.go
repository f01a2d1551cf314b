package display

import (
	"fmt"
	"io"
	"reflect"
)

// guard calls f, which runs code of the value being shown, and returns what it panicked with as text ("" when it did not).
// runtime.Goexit, by which an interrupt ends a cell, passes through.
func guard(method string, f func()) (panicked string) {
	defer func() {
		if r := recover(); r != nil {
			panicked = fmt.Sprintf("%%!v(PANIC=%s method: %s)", method, panicText(r))
		}
	}()
	f()
	return ""
}

// panicText describes a recovered value without running more of its code than an Error or a String method, guarded.
func panicText(r any) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("a %T that panics when printed", r)
		}
	}()
	s, _ = cut(fmt.Sprint(r), maxNestedString)
	return s
}

// ownText is the text that a value gives of itself: its Format, Error or String method in the order of fmt. ok is false when it
// has none of them. A nil pointer whose method panics reads <nil>, as in fmt.
func ownText(v any) (text string, ok bool) {
	var method string
	var call func()
	switch x := v.(type) {
	case fmt.Formatter:
		method = "Format"
		call = func() {
			w := &capped{max: maxOwnText}
			fmt.Fprintf(w, "%v", x) // fmt itself catches a panic
			text = string(w.buf)
		}
	case error:
		method, call = "Error", func() { text = x.Error() }
	case fmt.Stringer:
		method, call = "String", func() { text = x.String() }
	default:
		return "", false
	}
	if p := guard(method, call); p != "" {
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return "<nil>", true
		}
		text = p
	}
	return text, true
}

// capped is a writer that keeps the first max bytes.
type capped struct {
	buf []byte
	max int
}

func (w *capped) Write(p []byte) (int, error) {
	if room := w.max - len(w.buf); room > 0 {
		w.buf = append(w.buf, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

var _ io.Writer = (*capped)(nil)
