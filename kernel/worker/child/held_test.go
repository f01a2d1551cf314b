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
		want  bool
	}{
		{"an interface", ptr[any](old{}), true},
		{"a pointer in an interface", ptr[fmt.Stringer](&old{}), true},
		{"another value in an interface", ptr[any](other{}), false},
		{"nil", ptr[any](nil), false},
		{"a slice of it in an interface", ptr[any]([]old{}), true},
		{"a map of it", ptr[any](map[string]*old{}), true},
		{"a function that takes it", ptr[any](func(old) {}), true},
		{"a channel of it", ptr[any](make(chan old)), true},
		{"an instance of a generic type", ptr[any](oldOf[int]{}), true},
		{"a struct without a name", ptr[any](struct{ a old }{}), true},
		{"a slice", &[]any{1, "a", old{}}, true},
		{"a slice without", &[]any{1, "a"}, false},
		{"an array", &[2]any{1, old{}}, true},
		{"a map's value", &map[string]any{"a": 1, "b": old{}}, true},
		{"a map's key", &map[any]int{old{}: 1}, true},
		{"a map without", &map[any]any{1: 2}, false},
		{"slices in maps in slices", &[]map[string][]any{{"a": {old{}}}}, true},
		{"an unexported field", &other{any: old{}}, true},
		{"a list", &l, true},
		{"a list without", &none, false},
		{"a sync.Map", &m, true},
		{"a sync.Map without", &empty, false},
		{"an atomic.Pointer", &p, true},
		{"an atomic.Value", &v, true},
		{"a context", ptr(context.WithValue(context.Background(), old{}, 1)), true},
		{"an error that wraps", ptr(fmt.Errorf("x: %w", error(&wrapped{old{}}))), true},
		{"a ring", &ring, false},
		{"the end of a long list", &long, true},
		{"a channel with something in it", &full, true},
		{"an empty channel", &drained, false},
		{"a closure, into which nobody can see", ptr(func() any { return old{} }), false},
		{"numbers", ptr(make([]float64, 10*mostLooks)), false},
		{"more than one wants to look at", ptr(make([]any, 2*mostLooks)), true},
	} {
		if got := holds(reflect.ValueOf(test.value), former); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

type wrapped struct{ v any }

func (*wrapped) Error() string { return "wrapped" }

func ptr[T any](v T) *T { return &v }
