package display

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// byteText writes bytes as text where they are text, as numbers where they are few, and as a hex dump otherwise.
func byteText(v reflect.Value) string {
	n := v.Len()
	if n == 0 {
		return "[]"
	}
	b := make([]byte, min(n, maxText))
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	switch {
	case printable(b, n > len(b)):
		s := strings.ReplaceAll(v.Type().String(), "uint8", "byte") + "(" + strconv.Quote(string(b)) + ")"
		if n > len(b) {
			s += fmt.Sprintf(" … %d bytes in all", n)
		}
		return s
	case n <= 64:
		return fmt.Sprint(b)
	}
	s := hex.Dump(b[:min(len(b), 256)])
	if n > 256 {
		s += fmt.Sprintf("… %d bytes in all", n)
	}
	return strings.TrimSuffix(s, "\n")
}

// printable reports whether b is text; when it was cut, its last rune may be incomplete.
func printable(b []byte, wasCut bool) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return wasCut && len(b) < utf8.UTFMax
		}
		if !unicode.IsPrint(r) && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
		b = b[n:]
	}
	return true
}
