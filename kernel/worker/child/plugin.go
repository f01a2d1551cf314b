package child

import (
	"fmt"
	"plugin"
	"reflect"
	"sync/atomic"
	"unsafe"

	"joule/kernel/cell"
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

// connect points the plugin's packages at the slots, makes those that are new, and puts its functions into theirs. If they are
// the same functions, compiled, the interpreted ones learn of them too.
func (w *worker) connect(p *opened, views map[string]string, same bool) error {
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
		if from := w.slots[views[id]]; from.IsValid() {
			slot = reflect.NewAt(ref.Type().Elem(), from.UnsafePointer())
			w.slots[id] = slot
		}
		if !slot.IsValid() {
			slot = reflect.New(ref.Type().Elem())
			w.slots[id] = slot
		}
		if !cell.Same(slot.Type(), ref.Type()) {
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
		if !cell.Same(v.Type(), slot.Type().Elem()) {
			return fmt.Errorf("worker: slot %s holds a %v where the compiled cell has a %v", id, slot.Type().Elem(), v.Type())
		}
		w.hold(id, v)
		if hot := w.slots[w.hot[id]]; same && hot.IsValid() {
			reflect.NewAt(v.Type(), hot.UnsafePointer()).Elem().Set(v)
		}
		delete(w.hot, id)
	}
	return nil
}

// hold puts a function into a slot, and into those of earlier functions that have become this one: they are called with what looks the
// same in memory. Goroutines may be calling through the slots meanwhile, and must find the one function or the other, all of it: a
// function is one word, which is stored after what it points to.
func (w *worker) hold(id string, f reflect.Value) {
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	word := *(*unsafe.Pointer)(p.UnsafePointer())
	for ; id != ""; id = w.echoes[id] {
		if slot := w.slots[id]; slot.IsValid() {
			atomic.StorePointer((*unsafe.Pointer)(slot.UnsafePointer()), word)
		}
	}
}
