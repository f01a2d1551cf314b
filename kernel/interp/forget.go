package interp

import (
	"go/token"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// The interpreter keeps the syntax trees of everything that it ever compiled: for a debugger, in the scopes of blocks, behind
// every name of its package, and whole files behind each of their functions. No unit of ours refers to another by name (they
// meet in slots), so that a session of ten thousand cells would hold some hundred megabytes for nothing. What is still reachable
// from a function that somebody has stays, and so do the lines of its file, for the frames of its panics.
//
// The fields have no other door. Where a version of the interpreter names them differently, nothing is forgotten, and a test fails.

// forget lets go of what the interpreter keeps of a unit whose file begins at from, and of the slots that it was given. Behind that
// file are those of the names that Define asked for.
func (i *Interpreter) forget(from int, failed bool) {
	set := i.in.FileSet()
	unit := set.File(token.Pos(from))
	for at := from; at < set.Base(); {
		f := set.File(token.Pos(at))
		if f == nil {
			break
		}
		at = f.Base() + f.Size() + 1
		if f != unit || failed {
			set.RemoveFile(f)
		}
	}
	in := reflect.ValueOf(i.in).Elem()
	var declarations []reflect.Value
	if roots := field(in, "roots", reflect.Slice); roots.IsValid() {
		for k := range roots.Len() {
			declarations = append(declarations, apart(roots.Index(k))...)
		}
		roots.SetZero()
		if i.tree != nil && !failed {
			for _, d := range declarations {
				i.tree.prune(d.UnsafePointer(), false)
			}
		}
	}
	if main := entry(in, "scopes", "main"); main.Kind() == reflect.Pointer && !main.IsNil() && main.Elem().Kind() == reflect.Struct {
		if children := field(main.Elem(), "child", reflect.Slice); children.IsValid() {
			children.SetZero()
		}
		if symbols := field(main.Elem(), "sym", reflect.Map); symbols.IsValid() {
			symbols.Clear()
		}
	}
	if slots := entry(in, "binPkg", slotsPath); slots.Kind() == reflect.Map {
		for _, name := range slots.MapKeys() {
			if name.String() != lineName {
				slots.SetMapIndex(name, reflect.Value{})
			}
		}
	}
	if unit == nil || failed {
		return
	}
	left := new(atomic.Int32)
	left.Store(int32(len(declarations)))
	for _, d := range declarations {
		runtime.AddCleanup((*byte)(d.UnsafePointer()), func(unit *token.File) {
			if left.Add(-1) == 0 {
				set.RemoveFile(unit)
			}
		}, unit)
	}
}

// apart cuts the declarations below a root off from it and from each other, and returns them. They have run; only the bodies of
// functions run again.
func apart(root reflect.Value) (declarations []reflect.Value) {
	if root.Kind() != reflect.Pointer || root.IsNil() || root.Elem().Kind() != reflect.Struct {
		return nil
	}
	children := field(root.Elem(), "child", reflect.Slice)
	if !children.IsValid() || children.Type().Elem() != root.Type() {
		return nil
	}
	for k := range children.Len() {
		child := children.Index(k)
		if child.IsNil() {
			continue
		}
		for _, name := range []string{"anc", "tnext", "fnext"} {
			if other := field(child.Elem(), name, reflect.Pointer); other.IsValid() {
				other.SetZero()
			}
		}
		if next := field(child.Elem(), "exec", reflect.Func); next.IsValid() {
			next.SetZero()
		}
		declarations = append(declarations, child)
	}
	return declarations
}

// field is a field of a struct, exported or not; the zero Value when there is none of that kind.
func field(of reflect.Value, name string, kind reflect.Kind) reflect.Value {
	f := of.FieldByName(name)
	if !f.IsValid() || f.Kind() != kind || !f.CanAddr() {
		return reflect.Value{}
	}
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}

// entry is what a map that is a field has under a key; the zero Value when there is none.
func entry(of reflect.Value, name, key string) reflect.Value {
	m := field(of, name, reflect.Map)
	if !m.IsValid() || m.Type().Key().Kind() != reflect.String {
		return reflect.Value{}
	}
	return m.MapIndex(reflect.ValueOf(key))
}
