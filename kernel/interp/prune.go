package interp

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

// What the interpreter makes of a function is closures, which call each other. Few of them look at the tree that they were made of,
// and at few of its nodes; but every node leads to all others, and they are most of what a function costs. So the links between
// them are cut where nothing follows them at run time. These are followed (run.go and value.go, inside of what they return):
//
//   - from a function, declared or literal, to its name and its first step, and from a literal to what is around it,
//   - from an assignment or a type assertion to its operands, and from a call to the assignment that it belongs to,
//   - from a step to its scope, and from there to the function: for the name of a frame.

// A tree says where the nodes and scopes of the interpreter's trees have their links, and which nodes are looked at.
type tree struct {
	child, anc, param, start, tnext, fnext, meta, scope, kind, action uintptr // in a node

	scopeAnc, scopeChild, loop, loopRestart, types, sym, global uintptr // in a scope

	function, literal, call, operands, assigns []uint // kinds; assigns are actions
}

// newTree finds out about trees of nodes of a type; nil when they are not as they should be.
func newTree(node reflect.Type) *tree {
	t, ok := &tree{}, true
	place := func(of reflect.Type, name string, kind reflect.Kind, to *uintptr) reflect.Type {
		f, found := of.FieldByName(name)
		if ok = ok && found && f.Type.Kind() == kind; !ok {
			return nil
		}
		*to = f.Offset
		return f.Type
	}
	place(node, "child", reflect.Slice, &t.child)
	place(node, "anc", reflect.Pointer, &t.anc)
	place(node, "param", reflect.Slice, &t.param)
	place(node, "start", reflect.Pointer, &t.start)
	place(node, "tnext", reflect.Pointer, &t.tnext)
	place(node, "fnext", reflect.Pointer, &t.fnext)
	place(node, "meta", reflect.Interface, &t.meta)
	kinds, actions := place(node, "kind", reflect.Uint, &t.kind), place(node, "action", reflect.Uint, &t.action)
	scope := place(node, "scope", reflect.Pointer, &t.scope)
	if !ok {
		return nil
	}
	scope = scope.Elem()
	place(scope, "anc", reflect.Pointer, &t.scopeAnc)
	place(scope, "child", reflect.Slice, &t.scopeChild)
	place(scope, "loop", reflect.Pointer, &t.loop)
	place(scope, "loopRestart", reflect.Pointer, &t.loopRestart)
	place(scope, "types", reflect.Slice, &t.types)
	place(scope, "sym", reflect.Map, &t.sym)
	place(scope, "global", reflect.Bool, &t.global)
	called := func(values reflect.Type, names ...string) (list []uint) {
		for i := range uint(256) {
			v := reflect.New(values)
			v.Elem().SetUint(uint64(i))
			if text, is := v.Interface().(fmt.Stringer); is && slices.Contains(names, text.String()) {
				list = append(list, i)
			}
		}
		ok = ok && len(list) == len(names)
		return list
	}
	t.function, t.literal, t.call = called(kinds, "funcDecl", "funcLit"), called(kinds, "funcLit"), called(kinds, "callExpr")
	t.operands = called(kinds, "typeAssertExpr", "assignStmt", "assignXStmt", "defineStmt", "defineXStmt", "valueSpec")
	t.assigns = called(actions, "=", "X=")
	if !ok {
		return nil
	}
	return t
}

// at is a field of what p points to.
func at[T any](p unsafe.Pointer, offset uintptr) *T { return (*T)(unsafe.Add(p, offset)) }

// prune cuts the links below n, and those of n, that nothing follows any more. first tells a node that is the body of a function.
func (t *tree) prune(n unsafe.Pointer, first bool) {
	kind, action := *at[uint](n, t.kind), *at[uint](n, t.action)
	function := slices.Contains(t.function, kind)
	children := at[[]unsafe.Pointer](n, t.child)
	for i, c := range *children {
		if c != nil {
			t.prune(c, function && i == 3)
		}
	}
	if !function && !slices.Contains(t.operands, kind) && !slices.Contains(t.assigns, action) {
		*children = nil
	}
	if !slices.Contains(t.call, kind) && !slices.Contains(t.literal, kind) {
		*at[unsafe.Pointer](n, t.anc) = nil
	}
	if !first {
		*at[unsafe.Pointer](n, t.start) = nil
	}
	*at[unsafe.Pointer](n, t.tnext), *at[unsafe.Pointer](n, t.fnext) = nil, nil
	*at[[]unsafe.Pointer](n, t.param) = nil
	*at[any](n, t.meta) = nil
	for s := *at[unsafe.Pointer](n, t.scope); s != nil && !*at[bool](s, t.global); s = *at[unsafe.Pointer](s, t.scopeAnc) {
		if *at[unsafe.Pointer](s, t.sym) == nil {
			break // it was here before, and so were those around it
		}
		*at[unsafe.Pointer](s, t.sym) = nil
		*at[[]unsafe.Pointer](s, t.scopeChild), *at[[]unsafe.Pointer](s, t.types) = nil, nil
		*at[unsafe.Pointer](s, t.loop), *at[unsafe.Pointer](s, t.loopRestart) = nil, nil
	}
}
