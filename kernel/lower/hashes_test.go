package lower

import (
	"go/token"
	"go/types"
	"reflect"
	"testing"
	"unsafe"
)

type (
	compiledElem  int
	reflectedElem int // nothing else has a map of it, so that reflection has to make one
)

// found tells whether a map that reflection makes finds what compiled code has put into it.
func found[K comparable](k K) bool {
	m := map[K]compiledElem{k: 1}
	seen := reflect.NewAt(reflect.MapOf(reflect.TypeFor[K](), reflect.TypeFor[reflectedElem]()), unsafe.Pointer(&m)).Elem()
	return seen.MapIndex(reflect.ValueOf(k)).IsValid()
}

// TestOneHash compares the rule with what the maps of this Go do. It may be wrong in one way only: to refuse what would be found.
func TestOneHash(t *testing.T) {
	apart := 0
	for _, c := range []struct {
		key   any
		found bool
		one   bool
		why   string
	}{
		{1, found(1), true, "a number"},
		{1.5, found(1.5), true, "a floating-point number"},
		{"a", found("a"), true, "a string"},
		{1i, found(1i), true, "a complex number"},
		{struct{ a, b int }{1, 2}, found(struct{ a, b int }{1, 2}), true, "one piece of memory"},
		{[3]int8{1}, found([3]int8{1}), true, "one piece of memory"},
		{struct{}{}, found(struct{}{}), false, "nothing"},
		{[0]string{}, found([0]string{}), false, "nothing, in an array"},
		{struct {
			a string
			b [0]string
		}{a: "a"}, found(struct {
			a string
			b [0]string
		}{a: "a"}), false, "nothing beside a string"},
		{struct {
			a [2]int8
			b *int
		}{}, found(struct {
			a [2]int8
			b *int
		}{}), false, "a gap"},
		{struct{ a, b string }{"a", "b"}, found(struct{ a, b string }{"a", "b"}), true, "part by part"},
		{struct{ a, b float64 }{1, 2}, found(struct{ a, b float64 }{1, 2}), true, "part by part"},
		{struct{ a, b any }{"a", 2}, found(struct{ a, b any }{"a", 2}), true, "values say how"},
		{[2]string{"a", "b"}, found([2]string{"a", "b"}), true, "part by part"},
		{struct {
			a string
			_ int
		}{"a", 1}, found(struct {
			a string
			_ int
		}{"a", 1}), true, "what is not looked at"},
		{struct {
			a string
			b struct{ c, d float64 }
		}{a: "a"}, found(struct {
			a string
			b struct{ c, d float64 }
		}{a: "a"}), true, "part by part, deeper"},
		{struct {
			a string
			b int
		}{"a", 2}, found(struct {
			a string
			b int
		}{"a", 2}), false, "a number beside a string"},
		{struct {
			a string
			b int32
		}{"a", 2}, found(struct {
			a string
			b int32
		}{"a", 2}), false, "a number beside a string"},
		{struct {
			a string
			b *int
		}{"a", nil}, found(struct {
			a string
			b *int
		}{"a", nil}), false, "a pointer beside a string"},
		{struct {
			a    string
			b, c uint8
		}{"a", 1, 2}, found(struct {
			a    string
			b, c uint8
		}{"a", 1, 2}), false, "numbers side by side"},
		{struct {
			a float64
			b int
		}{1, 2}, found(struct {
			a float64
			b int
		}{1, 2}), false, "numbers of both kinds"},
		{struct {
			a any
			b int
		}{1, 2}, found(struct {
			a any
			b int
		}{1, 2}), false, "a number beside an interface"},
		{struct {
			a int8
			b int
		}{1, 2}, found(struct {
			a int8
			b int
		}{1, 2}), false, "a gap"},
		{[1]struct {
			a int8
			b int
		}{{1, 2}}, found([1]struct {
			a int8
			b int
		}{{1, 2}}), false, "a gap, in an array"},
		{struct {
			a string
			b struct {
				c string
				d int
			}
		}{a: "a"}, found(struct {
			a string
			b struct {
				c string
				d int
			}
		}{a: "a"}), false, "deeper"},
	} {
		name := reflect.TypeOf(c.key).String()
		tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, name)
		if err != nil {
			t.Fatal(err)
		}
		one := oneHash(tv.Type)
		if one != c.one {
			t.Errorf("%s (%s): oneHash is %v", name, c.why, one)
		}
		if one && !c.found {
			t.Errorf("%s (%s): reflection does not find what compiled code has put into a map", name, c.why)
		}
		if !c.found {
			apart++
		}
	}
	if apart == 0 {
		t.Log("this Go hashes everything in one way: the rule could go")
	}
}
