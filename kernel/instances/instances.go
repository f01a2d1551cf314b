// Package instances says which instances of the standard library's generic functions are linked into the worker, so that
// interpreted code can call slices.Sort(xs) of an []int. The interpreter cannot instantiate, and instances of other types are
// compiled with the cell that uses them.
//
//	Symbol  what an instance is called in package symbols, where they are
//	All     every instance, for the generator of that package
package instances

import (
	"go/types"
	"strings"
)

// Path is the import path under which the interpreter finds them.
const Path = "joule/kernel/instances"

// The types of elements, keys and values. Functions of ordered elements have no instance for bool.
var (
	elements = []string{"int", "string", "float64", "float32", "int32", "int64", "uint8", "uint64", "bool"}
	keys     = []string{"string", "int", "int32"}
	values   = []string{"int", "string", "float64", "bool", "[]int", "[]string"}
)

// The functions, by what their type parameters are.
var (
	ordered = map[string]string{ // a slice and its elements, which have an order
		"slices": "Sort BinarySearch Max Min IsSorted Compare",
	}
	ofSlices = map[string]string{ // a slice and its elements
		"slices": "SortFunc SortStableFunc Contains ContainsFunc Index IndexFunc MaxFunc MinFunc Reverse Equal Clone Compact CompactFunc " +
			"Insert Delete DeleteFunc Replace Concat Repeat Grow Clip IsSortedFunc AppendSeq Values All Backward Chunk",
	}
	orderedElements = map[string]string{ // elements alone, which have an order
		"slices": "Sorted", "cmp": "Compare Less",
	}
	ofElements = map[string]string{
		"slices": "Collect SortedFunc", "cmp": "Or",
	}
	ofMaps = map[string]string{ // a map, its keys and its values
		"maps": "Keys Values All Clone DeleteFunc Insert",
	}
	ofTwoMaps = map[string]string{
		"maps": "Copy Equal",
	}
	ofPairs = map[string]string{ // keys and values
		"maps": "Collect",
	}
)

// An Instance is a generic function with type arguments.
type Instance struct {
	Package, Function string
	Args              []string
	Symbol            string
}

// All are the instances that there are.
func All() (list []Instance) {
	add := func(table map[string]string, args ...string) {
		for pkg, functions := range table {
			for _, f := range strings.Fields(functions) {
				if pkg == "maps" && f == "Equal" && strings.HasPrefix(args[len(args)-1], "[]") {
					continue // slices cannot be compared
				}
				list = append(list, Instance{pkg, f, args, symbol(pkg, f, args)})
			}
		}
	}
	for _, e := range elements {
		if e != "bool" {
			add(ordered, "[]"+e, e)
			add(orderedElements, e)
		}
		add(ofSlices, "[]"+e, e)
		add(ofElements, e)
	}
	for _, k := range keys {
		for _, v := range values {
			m := "map[" + k + "]" + v
			add(ofMaps, m, k, v)
			add(ofTwoMaps, m, m, k, v)
			add(ofPairs, k, v)
		}
	}
	return list
}

var known = func() map[string]bool {
	m := map[string]bool{}
	for _, i := range All() {
		m[i.Symbol] = true
	}
	return m
}()

// Symbol is the name of an instance of f; "" when it is not linked in.
func Symbol(f *types.Func, args *types.TypeList) string {
	if f.Pkg() == nil {
		return ""
	}
	var names []string
	for t := range args.Types() {
		n := name(t)
		if n == "" {
			return ""
		}
		names = append(names, n)
	}
	if s := symbol(f.Pkg().Path(), f.Name(), names); known[s] {
		return s
	}
	return ""
}

// name is how the tables write a type; "" for one that they do not have.
func name(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		if t.Kind() > types.Invalid && t.Kind() < types.UnsafePointer {
			return types.Typ[t.Kind()].Name() // not byte or rune
		}
	case *types.Slice:
		if e := name(t.Elem()); e != "" {
			return "[]" + e
		}
	case *types.Map:
		k, v := name(t.Key()), name(t.Elem())
		if k != "" && v != "" {
			return "map[" + k + "]" + v
		}
	}
	return ""
}

var identifier = strings.NewReplacer("map[", "map_", "[]", "slice_", "]", "_")

func symbol(pkg, f string, args []string) string {
	s := strings.ToUpper(pkg[:1]) + pkg[1:] + f
	for _, a := range args {
		s += "__" + identifier.Replace(a)
	}
	return s
}
