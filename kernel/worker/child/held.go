package child

import (
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"unsafe"

	"joule/kernel/cell"
	"joule/kernel/worker/pipe"
)

// mostLooks is how many places a search looks at, behind all variables together: some hundred and fifty milliseconds' worth.
const mostLooks = 400_000

// held are the variables behind which there are values of former types, and those behind which there may be some.
//
// A search reads memory that nobody may write meanwhile. What it reads torn could be wrong, and there is one thing that it could not
// survive: the runtime ends the process when a map is written while somebody iterates over it, nobody can recover from that, and there is
// no other way to the elements of a map whose keys are not known than to iterate. So the search begins only when no goroutine is there
// that could run code of a cell or a library, and functions that cells gave to timers and contexts wait until it is over. What remains
// are a library's own timers, finalizers and C threads that write a map of the session in these milliseconds.
func (w *worker) held(stop <-chan struct{}, q *pipe.Ask, told *pipe.Told) {
	defer cell.HoldCallbacks()()
	if !w.alone() {
		told.Unseen = true
		return
	}
	former, left := w.formers(q.Former), mostLooks
	for i, id := range q.Behind {
		w.mu.Lock()
		v, ok := w.slots[id]
		w.mu.Unlock()
		if !ok {
			continue
		}
		share := left / (len(q.Behind) - i) // a large value does not keep the search from those after it
		found, looks := holds(v, former, share, stop)
		left -= looks
		switch found {
		case yes:
			told.Held = append(told.Held, id)
		case perhaps:
			told.Doubt = append(told.Doubt, id)
		}
	}
}

// formers are the types that the kernel calls former.
func (w *worker) formers(list []pipe.Former) *cell.Formers {
	w.mu.Lock()
	defer w.mu.Unlock()
	exact, generic := map[reflect.Type]cell.Former{}, map[string]cell.Former{}
	for _, f := range list {
		said := cell.Former{Name: f.Name, Cell: f.Cell, Now: f.Now}
		if f.Generic {
			generic[f.Name] = said
			continue
		}
		for _, p := range w.plugins {
			if v := p.types[f.Symbol]; p.home == f.Home && v.IsValid() {
				exact[v.Type().Elem()] = said
			}
		}
	}
	return cell.NewFormers(exact, generic)
}

// A search looks for a value of a former type.
type search struct {
	former *cell.Formers
	opaque map[reflect.Type]bool // whether a value of that type can lead to one whose type it does not tell
	seen   map[place]bool
	todo   []reflect.Value
	left   int
	unseen bool // there is something that nobody can look at
}

// What a search finds out.
type finding int

const (
	no finding = iota
	perhaps
	yes
)

type place struct {
	at  unsafe.Pointer
	typ reflect.Type
	n   int
}

// holds tells whether a value of a former type is to be found behind a variable, and how many places it has looked at. Where there are
// more than most, or memory that is not the collector's and gone, or where stop is closed, there may be one.
func holds(variable reflect.Value, former *cell.Formers, most int, stop <-chan struct{}) (found finding, looks int) {
	s := &search{former: former, opaque: map[reflect.Type]bool{}, seen: map[place]bool{}, left: most}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			found = perhaps
		}
		looks = most - max(s.left, 0)
	}()
	s.todo = append(s.todo, variable)
	for len(s.todo) > 0 {
		v := s.todo[len(s.todo)-1]
		s.todo = s.todo[:len(s.todo)-1]
		if s.look(v) {
			return yes, 0
		}
		if s.left--; s.left < 0 || s.left%stride == 0 && closed(stop) {
			return perhaps, 0
		}
	}
	if s.unseen {
		return perhaps, 0
	}
	return no, 0
}

// stride is how many places are looked at between two looks at whether to stop.
const stride = 1 << 10

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// look tells whether v is what is looked for, and notes where it leads.
func (s *search) look(v reflect.Value) bool {
	t := v.Type()
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return false
		}
		if v = v.Elem(); s.former.In(v.Type()) != nil {
			return true
		}
		s.follow(v)
	case reflect.Pointer:
		if !v.IsNil() && s.leads(t.Elem()) && s.first(v.UnsafePointer(), t, 1) {
			s.follow(v.Elem())
		}
	case reflect.Slice:
		if s.leads(t.Elem()) && v.Len() > 0 && s.first(v.UnsafePointer(), t, v.Len()) {
			s.elements(v)
		}
	case reflect.Array:
		s.elements(v)
	case reflect.Map:
		if v.IsNil() || !s.first(v.UnsafePointer(), t, 1) {
			return false
		}
		for it := v.MapRange(); it.Next() && len(s.todo) <= s.left; {
			s.follow(it.Key())
			s.follow(it.Value())
		}
	case reflect.Chan:
		s.unseen = s.unseen || v.Len() > 0 && s.leads(t.Elem()) // nobody can see what is on its way
	case reflect.Struct:
		return s.fields(v)
	}
	return false
}

// elements follows the elements of a list, and no more of them than will be looked at.
func (s *search) elements(v reflect.Value) {
	for i := 0; i < v.Len() && len(s.todo) <= s.left; i++ {
		s.follow(v.Index(i))
	}
}

// fields follows the fields of a struct. Some of the library's keep what they have behind unsafe pointers.
func (s *search) fields(v reflect.Value) bool {
	t := v.Type()
	switch {
	case t == reflect.TypeFor[sync.Map]() && v.CanAddr():
		found := false
		(*sync.Map)(unsafe.Pointer(v.UnsafeAddr())).Range(func(key, value any) bool {
			s.left--
			found = s.look(reflect.ValueOf(&key).Elem()) || s.look(reflect.ValueOf(&value).Elem())
			return !found && s.left > 0
		})
		return found
	case t.PkgPath() == "sync/atomic" && strings.HasPrefix(t.Name(), "Pointer["):
		if p := v.FieldByName("v"); p.Kind() == reflect.UnsafePointer && !p.IsNil() {
			s.follow(reflect.NewAt(t.Field(0).Type.Elem().Elem(), p.UnsafePointer()))
		}
		return false
	}
	for i := range v.NumField() {
		s.follow(v.Field(i))
	}
	return false
}

// follow notes a place to look at, if it can lead anywhere.
func (s *search) follow(v reflect.Value) {
	if s.leads(v.Type()) {
		s.todo = append(s.todo, v)
	}
}

// first tells whether a place has not been seen.
func (s *search) first(at unsafe.Pointer, t reflect.Type, n int) bool {
	p := place{at, t, n}
	if s.seen[p] {
		return false
	}
	s.seen[p] = true
	return true
}

// leads tells whether a value of type t can lead to one whose type t does not tell.
func (s *search) leads(t reflect.Type) bool {
	if known, ok := s.opaque[t]; ok {
		return known
	}
	visited := map[reflect.Type]bool{}
	var in func(t reflect.Type) bool
	in = func(t reflect.Type) bool {
		if known, ok := s.opaque[t]; ok || visited[t] {
			return known
		}
		visited[t] = true
		switch t.Kind() {
		case reflect.Interface, reflect.UnsafePointer:
			return true
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			return in(t.Elem())
		case reflect.Map:
			return in(t.Key()) || in(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if in(t.Field(i).Type) {
					return true
				}
			}
		}
		return false
	}
	leads := in(t)
	if !leads {
		for u := range visited {
			s.opaque[u] = false
		}
	}
	s.opaque[t] = leads
	return leads
}
