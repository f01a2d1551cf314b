package cell

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
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

// In is the former type that t is, or is made with; nil for none. The types that follow them are not there yet, so that every
// instance of a generic one is former.
func (f *Formers) In(t reflect.Type) *Former {
	if found, ok := f.made.Load(t); ok {
		return found.(*Former)
	}
	found := f.in(t, map[reflect.Type]bool{})
	f.made.Store(t, found)
	return found
}

func (f *Formers) in(t reflect.Type, seen map[reflect.Type]bool) *Former {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if x, ok := f.types[t]; ok {
		return &x
	}
	if x, ok := f.generic[base(t)]; ok {
		return &x
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return f.in(t.Elem(), seen)
	case reflect.Map:
		if x := f.in(t.Key(), seen); x != nil {
			return x
		}
		return f.in(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if x := f.in(t.Field(i).Type, seen); x != nil {
				return x
			}
		}
	case reflect.Func:
		for i := range t.NumIn() {
			if x := f.in(t.In(i), seen); x != nil {
				return x
			}
		}
		for i := range t.NumOut() {
			if x := f.in(t.Out(i), seen); x != nil {
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

// NotFormer is x, which something asks for types that may have been declared anew; wanted are nil pointers to what it asks for, in
// order. A value that would be of such a type, had it not been declared anew, does not answer no: it panics with a *FormerValue.
func NotFormer[I any](x I, wanted ...any) I {
	f := formers.Load()
	if f == nil {
		return x
	}
	t := reflect.TypeOf(x)
	if t == nil {
		return x
	}
	for _, w := range wanted {
		want := reflect.TypeOf(w).Elem()
		if want == t || want.Kind() == reflect.Interface && t.Implements(want) {
			return x // which is the answer
		}
		if old := f.was(t, want); old != nil {
			panic(&FormerValue{*old})
		}
	}
	return x
}

// was is the former type because of which t is not now; nil when they are different for other reasons.
func (f *Formers) was(t, now reflect.Type) (old *Former) {
	var alike func(t, now reflect.Type) bool
	alike = func(t, now reflect.Type) bool {
		if t == now {
			return true
		}
		if t.Kind() != now.Kind() && t.Name() == "" || (t.Name() == "") != (now.Name() == "") {
			return false
		}
		if t.Name() != "" {
			x := f.replaced(t, now)
			if old == nil {
				old = x
			}
			return x != nil
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			return alike(t.Elem(), now.Elem())
		case reflect.Array:
			return t.Len() == now.Len() && alike(t.Elem(), now.Elem())
		case reflect.Chan:
			return t.ChanDir() == now.ChanDir() && alike(t.Elem(), now.Elem())
		case reflect.Map:
			return alike(t.Key(), now.Key()) && alike(t.Elem(), now.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if i >= now.NumField() || t.Field(i).Name != now.Field(i).Name || t.Field(i).Tag != now.Field(i).Tag || !alike(t.Field(i).Type, now.Field(i).Type) {
					return false
				}
			}
			return t.NumField() == now.NumField()
		case reflect.Func:
			if t.NumIn() != now.NumIn() || t.NumOut() != now.NumOut() || t.IsVariadic() != now.IsVariadic() {
				return false
			}
			for i := range t.NumIn() {
				if !alike(t.In(i), now.In(i)) {
					return false
				}
			}
			for i := range t.NumOut() {
				if !alike(t.Out(i), now.Out(i)) {
					return false
				}
			}
			return true
		}
		return false
	}
	if !alike(t, now) {
		return nil
	}
	return old
}

// replaced is the former type because of which t, a type with a name, is another than now; nil when these have nothing to do with
// each other. Instances have their arguments in their names, of which each may have been declared anew.
func (f *Formers) replaced(t, now reflect.Type) *Former {
	if t.PkgPath() != "main" || now.PkgPath() != "main" || t.Name() != now.Name() {
		return nil
	}
	if x, ok := f.types[t]; ok {
		return &x
	}
	if x, ok := f.generic[base(t)]; ok {
		return &x
	}
	if base(t) == "" {
		return nil
	}
	var latest *Former
	consider := func(x Former) {
		if says(t.Name(), "main."+x.Name) && (latest == nil || latest.Now < x.Now) {
			latest = &x
		}
	}
	for _, x := range f.types {
		consider(x)
	}
	for _, x := range f.generic {
		consider(x)
	}
	return latest
}

// says tells whether an identifier is in a text.
func says(text, id string) bool {
	for {
		_, after, ok := strings.Cut(text, id)
		if !ok {
			return false
		}
		if r, _ := utf8.DecodeRuneInString(after); r != '_' && r != '·' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return true
		}
		text = after
	}
}

// FormerValue is what asking a value of a former type for the type that has its name now panics with.
type FormerValue struct{ Former }

// RuntimeError makes it an error of the runtime, as that of a failing assertion is.
func (e *FormerValue) RuntimeError() {}

func (e *FormerValue) Error() string {
	return fmt.Sprintf("this is a value of the type %s of cell %d, which cell %d has declared anew since: make the value again", e.Name, e.Cell, e.Now)
}
