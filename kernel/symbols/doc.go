// Package symbols holds what the interpreter can import of Joule, as tables of reflected values. Everything in it but this file
// is generated.
package symbols

import "reflect"

//go:generate go run ./gen

// Symbols maps an import path and package name to the package's exported symbols.
var Symbols = map[string]map[string]reflect.Value{}
