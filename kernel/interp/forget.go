package interp

import (
	"go/ast"
	"reflect"
	"strings"
	"unsafe"
)

// The interpreter keeps the syntax trees of everything that it ever compiled: for a debugger, in the scopes of blocks, and behind
// every name of its package. No unit of ours refers to another by name (they meet in slots), so that a session of ten thousand
// cells would hold some hundred megabytes for nothing. What is still reachable from a function that somebody has stays.
// The fields have no other door; where a version of the interpreter names them differently, nothing is forgotten.

// forget lets go of what the interpreter keeps of a file that was compiled.
func (i *Interpreter) forget(file *ast.File, fileName string) {
	in := reflect.ValueOf(i.in).Elem()
	if roots := field(in, "roots", reflect.Slice); roots.IsValid() {
		roots.SetZero()
	}
	scopes := field(in, "scopes", reflect.Map)
	if !scopes.IsValid() {
		return
	}
	for _, scope := range scopes.Seq2() {
		if scope.Kind() != reflect.Pointer || scope.IsNil() || scope.Elem().Kind() != reflect.Struct {
			return
		}
		if children := field(scope.Elem(), "child", reflect.Slice); children.IsValid() {
			children.SetZero()
		}
		symbols := field(scope.Elem(), "sym", reflect.Map)
		if !symbols.IsValid() {
			continue
		}
		for _, name := range declared(file) {
			symbols.SetMapIndex(reflect.ValueOf(name), reflect.Value{})
		}
		for _, name := range symbols.MapKeys() {
			if strings.HasSuffix(name.String(), "/"+fileName) { // what it imports
				symbols.SetMapIndex(name, reflect.Value{})
			}
		}
	}
}

// field is a field of a struct, exported or not; the zero Value when there is none of that kind.
func field(of reflect.Value, name string, kind reflect.Kind) reflect.Value {
	f := of.FieldByName(name)
	if !f.IsValid() || f.Kind() != kind || !f.CanAddr() {
		return reflect.Value{}
	}
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}

// declared are the names that a file declares.
func declared(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok {
					for _, id := range v.Names {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	return names
}
