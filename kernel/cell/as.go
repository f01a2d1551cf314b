package cell

import "unsafe"

// As is x as a struct T with the same fields, or as a pointer to one. Where T was written in another cell, Go itself takes its
// unexported fields for others. Only lowered source calls it, after the type checker found the fields to be the same.
func As[T, X any](x X) T { return *(*T)(unsafe.Pointer(&x)) }
