package cell

import (
	"reflect"
	"strings"
	"unsafe"
)

// The bounds of interpreted code are checked by lowered source. What is out of bounds is done again here, on nothing, so that
// the runtime says what it says of compiled code.

// IndexFault panics as an index i into n elements does.
func IndexFault(i, n int) { _ = make([]struct{}, n)[i] }

// At returns i, or panics as an index into n elements does.
func At(i, n int) int {
	if uint(i) >= uint(n) {
		IndexFault(i, n)
	}
	return i
}

// NilFault panics as the use of a nil pointer does.
func NilFault() {
	var p *int
	*p = 0
}

// Element is x[i] for a slice or string x.
func Element(x any, i int) any {
	v := reflect.ValueOf(x)
	At(i, v.Len())
	return v.Index(i).Interface()
}

// SliceFault panics as x[low:high:max] does on something of the given length and capacity. kind is "slice", "string" or "array",
// followed by the first letters of the bounds that are given; the others are ignored.
func SliceFault(kind string, length, capacity, low, high, max int) {
	given := kind[strings.LastIndexAny(kind, "egy")+1:] // after slice, string, array
	if kind[:2] == "sl" {
		s := make([]struct{}, length, capacity)
		switch given {
		case "l":
			_ = s[low:]
		case "h":
			_ = s[:high]
		case "lh":
			_ = s[low:high]
		case "hm":
			_ = s[:high:max]
		case "lhm":
			_ = s[low:high:max]
		}
		return
	}
	var none byte
	s := unsafe.String(&none, length) // whose bytes nobody reads
	switch given {
	case "l":
		_ = s[low:]
	case "h":
		_ = s[:high]
	case "lh":
		_ = s[low:high]
	case "hm", "lhm": // of an array, whose capacity is its length
		_ = make([]struct{}, length)[low:high:max]
	}
}

// SliceAt returns the bound whose first letter is given, or panics as SliceFault.
func SliceAt(which, kind string, length, capacity, low, high, max int) int {
	SliceFault(kind, length, capacity, low, high, max)
	switch which {
	case "h":
		return high
	case "m":
		return max
	}
	return low
}
