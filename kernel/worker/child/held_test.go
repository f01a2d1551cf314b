package child

import (
	"container/list"
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"joule/kernel/cell"
	"joule/kernel/worker/pipe"
)

type old struct{ N int }

func (old) String() string { return "old" }

type oldOf[T any] struct{ V T }

type other struct {
	next *other
	any  any
}

// TestHolds: a former type is found wherever Go lets a value hide, and nowhere else.
func TestHolds(t *testing.T) {
	former := cell.NewFormers(map[reflect.Type]cell.Former{reflect.TypeFor[old](): {}, reflect.TypeFor[oldOf[int]](): {}}, nil)
	l := list.New()
	l.PushBack(1)
	l.PushBack(old{})
	none := list.New()
	none.PushBack(1)
	var m, empty sync.Map
	m.Store("a", 1)
	m.Store("b", &old{})
	empty.Store("a", 1)
	var p atomic.Pointer[other]
	p.Store(&other{any: old{}})
	var v atomic.Value
	v.Store(old{})
	ring := &other{}
	ring.next = &other{next: ring}
	full, drained := make(chan any, 1), make(chan any, 1)
	full <- 1
	long := &other{any: old{}}
	for range 100000 {
		long = &other{next: long}
	}
	for _, test := range []struct {
		name  string
		value any // a pointer to a variable
		want  finding
	}{
		{"an interface", ptr[any](old{}), yes},
		{"a pointer in an interface", ptr[fmt.Stringer](&old{}), yes},
		{"another value in an interface", ptr[any](other{}), no},
		{"nil", ptr[any](nil), no},
		{"a slice of it in an interface", ptr[any]([]old{}), yes},
		{"a map of it", ptr[any](map[string]*old{}), yes},
		{"a function that takes it", ptr[any](func(old) {}), yes},
		{"a channel of it", ptr[any](make(chan old)), yes},
		{"an instance of a generic type", ptr[any](oldOf[int]{}), yes},
		{"a struct without a name", ptr[any](struct{ a old }{}), yes},
		{"a slice", &[]any{1, "a", old{}}, yes},
		{"a slice without", &[]any{1, "a"}, no},
		{"an array", &[2]any{1, old{}}, yes},
		{"a map's value", &map[string]any{"a": 1, "b": old{}}, yes},
		{"a map's key", &map[any]int{old{}: 1}, yes},
		{"a map without", &map[any]any{1: 2}, no},
		{"slices in maps in slices", &[]map[string][]any{{"a": {old{}}}}, yes},
		{"an unexported field", &other{any: old{}}, yes},
		{"a list", &l, yes},
		{"a list without", &none, no},
		{"a sync.Map", &m, yes},
		{"a sync.Map without", &empty, no},
		{"an atomic.Pointer", &p, yes},
		{"an atomic.Value", &v, yes},
		{"a context", ptr(context.WithValue(context.Background(), old{}, 1)), yes},
		{"an error that wraps", ptr(fmt.Errorf("x: %w", error(&wrapped{old{}}))), yes},
		{"a ring", &ring, no},
		{"the end of a long list", &long, yes},
		{"a channel with something in it", &full, perhaps},
		{"an empty channel", &drained, no},
		{"a closure, into which nobody can see", ptr(func() any { return old{} }), no},
		{"numbers", ptr(make([]float64, 10*mostLooks)), no},
		{"more than one wants to look at", ptr(make([]any, 2*mostLooks)), perhaps},
		{"one among more than one wants to look at", ptr(append(make([]any, 2*mostLooks), old{})), perhaps},
	} {
		got, looks := holds(reflect.ValueOf(test.value), former, mostLooks, nil)
		if got != test.want || looks > mostLooks {
			t.Errorf("%s: %v after %d", test.name, got, looks)
		}
	}
}

type wrapped struct{ v any }

func (*wrapped) Error() string { return "wrapped" }

func ptr[T any](v T) *T { return &v }

// TestHeldTogether: all variables share one limit, of which a large one leaves enough for those after it; and an interrupt ends the
// search where it is.
func TestHeldTogether(t *testing.T) {
	former := cell.NewFormers(map[reflect.Type]cell.Former{reflect.TypeFor[old](): {}}, nil)
	_, looks := holds(reflect.ValueOf(ptr(make([]any, 2*mostLooks))), former, mostLooks/2, nil)
	if looks > mostLooks/2 {
		t.Errorf("a search of %d places looked at %d", mostLooks/2, looks)
	}
	stop := make(chan struct{})
	close(stop)
	if got, looks := holds(reflect.ValueOf(ptr(make([]any, mostLooks/2))), former, mostLooks, stop); got != perhaps || looks > 2*stride {
		t.Errorf("an interrupted search found %v after %d places", got, looks)
	}
	w := &worker{slots: map[string]reflect.Value{}}
	if w.alone() {
		t.Error("a goroutine of the tests is taken for one of the worker's")
	}
	w.slots["a"] = reflect.ValueOf(ptr[any](old{}))
	told := &pipe.Told{}
	if w.held(nil, &pipe.Ask{Behind: []string{"a"}}, told); !told.Unseen || len(told.Held) > 0 {
		t.Errorf("it looked beside a goroutine that may write: %+v", told)
	}
}
