package display

import (
	"cmp"
	"reflect"
	"slices"
)

// maxSorted bounds how many entries of a map are put in order; a larger map shows whichever entries come first.
const maxSorted = 100_000

// An entry is one key of a map with its value, and the key's text where the order needs it.
type entry struct {
	key, value reflect.Value
	text       string
}

// sortedEntries returns the first n entries of a map in the order fmt prints them: numbers and strings by value, false before
// true, different kinds apart, everything else by its text.
func sortedEntries(m reflect.Value, n int) []entry {
	room := maxSorted
	if m.Len() > maxSorted {
		room = n
	}
	all := make([]entry, 0, min(m.Len(), room))
	for it := m.MapRange(); len(all) < room && it.Next(); {
		e := entry{key: it.Key(), value: it.Value()}
		if k := bare(e.key); !ordered(k) {
			e.text = inline(k)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, compareEntries)
	return all[:min(len(all), n)]
}

// bare is what an interface holds, and any other value itself.
func bare(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

// ordered reports whether Go's < (or, for booleans, custom) orders v.
func ordered(v reflect.Value) bool {
	k := v.Kind()
	return k == reflect.Bool || k == reflect.String || k >= reflect.Int && k <= reflect.Float64
}

func compareEntries(a, b entry) int {
	x, y := bare(a.key), bare(b.key)
	if x.Kind() != y.Kind() {
		return cmp.Compare(x.Kind(), y.Kind())
	}
	switch {
	case !ordered(x):
		return cmp.Compare(a.text, b.text)
	case x.Kind() == reflect.String:
		return cmp.Compare(x.String(), y.String())
	case x.CanInt():
		return cmp.Compare(x.Int(), y.Int())
	case x.CanUint():
		return cmp.Compare(x.Uint(), y.Uint())
	case x.CanFloat():
		return cmp.Compare(x.Float(), y.Float())
	case x.Bool() == y.Bool():
		return 0
	case y.Bool():
		return -1
	}
	return 1
}

// inline is the short text of a value inside a table or a sort.
func inline(v reflect.Value) string {
	p := printer{left: maxNestedString, path: map[visit]bool{}}
	p.value(v, 1)
	return p.b.String()
}
