package cell

import (
	"reflect"
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

// IndexFaultUnsigned panics as an unsigned index does.
func IndexFaultUnsigned(i uint64, n int) { _ = make([]struct{}, n)[i] }

// AtUnsigned is At for an unsigned index.
func AtUnsigned(i uint64, n int) int {
	if i >= uint64(n) {
		IndexFaultUnsigned(i, n)
	}
	return int(i)
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

// SliceFault panics as x[low:high:max] does on a "slice", "string" or "array" of the given length and capacity. given are the first
// letters of the bounds that are there; the others are ignored.
func SliceFault(kind, given string, length, capacity, low, high, max int) {
	if kind == "slice" {
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
	case "hm", "lhm":
		sliceArray(length, low, high, max)
	}
}

// boundsError has the fields of the runtime's own.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   uint8
}

// The runtime's codes for a third bound above the length of an array and above the capacity of a slice.
const (
	slice3Length   = 4
	slice3Capacity = 5
)

// sliceArray panics as x[low:high:max] of an array does, which differs from a slice in one word.
func sliceArray(length, low, high, max int) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if t := reflect.TypeOf(r); t.String() == "runtime.boundsError" && t.Size() == unsafe.Sizeof(boundsError{}) {
			v := reflect.New(t)
			v.Elem().Set(reflect.ValueOf(r))
			if e := (*boundsError)(v.UnsafePointer()); e.code == slice3Capacity {
				e.code = slice3Length
			}
			r = v.Elem().Interface()
		}
		panic(r)
	}()
	_ = make([]struct{}, length)[low:high:max]
}

// SliceAt returns the bound whose first letter is given, or panics as SliceFault.
func SliceAt(which, kind, given string, length, capacity, low, high, max int) int {
	SliceFault(kind, given, length, capacity, low, high, max)
	switch which {
	case "h":
		return high
	case "m":
		return max
	}
	return low
}
