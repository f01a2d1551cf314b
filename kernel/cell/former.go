package cell

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
)

// A Former is a type of the session as it was before a later cell declared it anew. Values of it may live on behind interfaces,
// where the type checker cannot see them, and look like values of the type that has the name now.
type Former struct {
	Name      string
	Cell, Now int // the cells that declared it, and that declared it anew
}

// Formers are the former types that there are.
type Formers struct {
	types   map[reflect.Type]Former
	generic map[string]Former // by name: instances are made by whoever uses them
	made    sync.Map          // reflect.Type → *Former; nil for a type that is not made with any
}

// NewFormers makes a set of former types.
func NewFormers(types map[reflect.Type]Former, generic map[string]Former) *Formers {
	return &Formers{types: types, generic: generic}
}

// In is the former type that t is, or is made with; nil for none. While the types that follow them are not there yet, with also,
// every instance of a generic one is former.
func (f *Formers) In(t reflect.Type, also bool) *Former {
	if found, ok := f.made.Load(t); ok {
		return found.(*Former)
	}
	found := f.in(t, also, map[reflect.Type]bool{})
	f.made.Store(t, found)
	return found
}

func (f *Formers) in(t reflect.Type, also bool, seen map[reflect.Type]bool) *Former {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if x, ok := f.types[t]; ok {
		return &x
	}
	if x, ok := f.generic[base(t)]; ok && also {
		return &x
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return f.in(t.Elem(), also, seen)
	case reflect.Map:
		if x := f.in(t.Key(), also, seen); x != nil {
			return x
		}
		return f.in(t.Elem(), also, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if x := f.in(t.Field(i).Type, also, seen); x != nil {
				return x
			}
		}
	case reflect.Func:
		for i := range t.NumIn() {
			if x := f.in(t.In(i), also, seen); x != nil {
				return x
			}
		}
		for i := range t.NumOut() {
			if x := f.in(t.Out(i), also, seen); x != nil {
				return x
			}
		}
	}
	return nil
}

// base is the name of the generic type of a cell that t is an instance of; "" for other types.
func base(t reflect.Type) string {
	if name, _, instance := strings.Cut(t.Name(), "["); instance && t.PkgPath() == "main" {
		return name
	}
	return ""
}

// formers are those of this process.
var formers atomic.Pointer[Formers]

// SetFormers says which former types there are.
func SetFormers(f *Formers) { formers.Store(f) }

// NotFormer is x, which something asks for types that may have been declared anew; wanted are nil pointers to what it asks for. A
// value of such a type as it was does not answer no: it panics with a *FormerValue.
func NotFormer[I any](x I, wanted ...any) I {
	f := formers.Load()
	if f == nil {
		return x
	}
	t := reflect.TypeOf(x)
	if t == nil {
		return x
	}
	if old := f.In(t, false); old != nil {
		for _, w := range wanted {
			if named(reflect.TypeOf(w).Elem(), old.Name) {
				panic(&FormerValue{*old})
			}
		}
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if old, ok := f.generic[base(t)]; ok {
		for _, w := range wanted {
			want := reflect.TypeOf(w).Elem()
			if want.Kind() == reflect.Pointer {
				want = want.Elem()
			}
			if t != want && t.Name() == want.Name() { // two instances with the same arguments
				panic(&FormerValue{old})
			}
		}
	}
	return x
}

// named tells whether a type is one of the session that is called name, or has it around others, as in []*T.
func named(t reflect.Type, name string) bool {
	if t.Name() != "" {
		return t.PkgPath() == "main" && t.Name() == name
	}
	switch t.Kind() {
	case reflect.Map:
		return named(t.Key(), name) || named(t.Elem(), name)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return named(t.Elem(), name)
	case reflect.Struct, reflect.Func:
		return strings.Contains(t.String(), "main."+name)
	}
	return false
}

// FormerValue is what asking a value of a former type for the type that has its name now panics with.
type FormerValue struct{ Former }

// RuntimeError makes it an error of the runtime, as that of a failing assertion is.
func (e *FormerValue) RuntimeError() {}

func (e *FormerValue) Error() string {
	return fmt.Sprintf("this is a value of the type %s of cell %d, which cell %d has declared anew since: make the value again", e.Name, e.Cell, e.Now)
}
