package child

import (
	"fmt"
	"plugin"
	"reflect"
)

// opened is a plugin with its tables, which package lower writes.
type opened struct {
	slots   map[string]any // ID → pointer to the package's pointer
	methods map[string]any // ID → the slot itself
	funcs   map[string]any // ID → function
	home    string
	types   map[string]reflect.Value
	entry   func()
	at      *int
}

// open loads a plugin, or finds it among those that are loaded: a plugin is never unloaded, and its path tells its content.
func (w *worker) open(path string) (*opened, error) {
	if p := w.plugins[path]; p != nil {
		return p, nil
	}
	lib, err := plugin.Open(path)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	p := &opened{}
	var home *string
	var types *map[string]reflect.Value
	var entry func() (func(), *int)
	for _, look := range []struct {
		name string
		into func(v any) bool
	}{
		{"Slots", func(v any) bool { m, ok := v.(*map[string]any); p.slots = *m; return ok }},
		{"Methods", func(v any) bool { m, ok := v.(*map[string]any); p.methods = *m; return ok }},
		{"Funcs", func(v any) bool { m, ok := v.(*map[string]any); p.funcs = *m; return ok }},
		{"Home", func(v any) (ok bool) { home, ok = v.(*string); return ok }},
		{"Types", func(v any) (ok bool) { types, ok = v.(*map[string]reflect.Value); return ok }},
		{"Entry", func(v any) (ok bool) { entry, ok = v.(func() (func(), *int)); return ok }},
	} {
		v, err := lib.Lookup(look.name)
		if err != nil {
			return nil, fmt.Errorf("worker: %w", err)
		}
		if !look.into(v) {
			return nil, fmt.Errorf("worker: plugin %s has a %T called %s", path, v, look.name)
		}
	}
	p.home, p.types = *home, *types
	p.entry, p.at = entry()
	w.plugins[path] = p
	return p, nil
}

// connect points the plugin's packages at the slots, makes those that are new, and puts its functions into theirs.
func (w *worker) connect(p *opened) error {
	if p.home != "" {
		if err := w.interp.Export(p.home, p.types); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
	for id, m := range p.methods {
		w.slots[id] = reflect.ValueOf(m)
	}
	for id, x := range p.slots {
		ref := reflect.ValueOf(x).Elem() // a *T in the plugin
		slot := w.slots[id]
		if !slot.IsValid() {
			slot = reflect.New(ref.Type().Elem())
			w.slots[id] = slot
		}
		if !same(slot.Type(), ref.Type()) {
			return fmt.Errorf("worker: slot %s holds a %v where the compiled cell expects a %v", id, slot.Type(), ref.Type())
		}
		ref.Set(reflect.NewAt(ref.Type().Elem(), slot.UnsafePointer()))
	}
	for id, f := range p.funcs {
		v := reflect.ValueOf(f)
		slot := w.slots[id]
		if !slot.IsValid() {
			slot = reflect.New(v.Type())
			w.slots[id] = slot
		}
		if !same(v.Type(), slot.Type().Elem()) {
			return fmt.Errorf("worker: slot %s holds a %v where the compiled cell has a %v", id, slot.Type().Elem(), v.Type())
		}
		reflect.NewAt(v.Type(), slot.UnsafePointer()).Elem().Set(v)
	}
	return nil
}

// same tells whether two types are one type to Go. They may differ to reflection: a type like **T that the interpreter made at
// run time is not the one that a plugin brings along later.
func same(a, b reflect.Type) bool {
	if a == b {
		return true
	}
	if a.Name() != "" || b.Name() != "" || a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice:
		return same(a.Elem(), b.Elem())
	case reflect.Array:
		return a.Len() == b.Len() && same(a.Elem(), b.Elem())
	case reflect.Chan:
		return a.ChanDir() == b.ChanDir() && same(a.Elem(), b.Elem())
	case reflect.Map:
		return same(a.Key(), b.Key()) && same(a.Elem(), b.Elem())
	case reflect.Func:
		if a.NumIn() != b.NumIn() || a.NumOut() != b.NumOut() || a.IsVariadic() != b.IsVariadic() {
			return false
		}
		for i := range a.NumIn() {
			if !same(a.In(i), b.In(i)) {
				return false
			}
		}
		for i := range a.NumOut() {
			if !same(a.Out(i), b.Out(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		if a.NumField() != b.NumField() {
			return false
		}
		for i := range a.NumField() {
			x, y := a.Field(i), b.Field(i)
			if x.Name != y.Name || x.PkgPath != y.PkgPath || x.Tag != y.Tag || x.Anonymous != y.Anonymous || !same(x.Type, y.Type) {
				return false
			}
		}
		return true
	}
	return a.String() == b.String() // interfaces without a name: their methods are in the string
}
