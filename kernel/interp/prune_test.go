package interp

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"joule/kernel/cell"
)

// TestPruned runs what looks at its tree while it runs, after the tree was cut down and the rest of it collected.
func TestPruned(t *testing.T) {
	const head = `package main
import ("errors"; "fmt"; "strconv"; "strings")
var _, _, _, _ = errors.New, fmt.Sprint, strconv.Itoa, strings.Cut
`
	for _, c := range []struct{ why, decls, want string }{
		{"results of a compiled function are assigned", `func run() string { a, err := strconv.Atoi("12"); b, err := strconv.Atoi("x")
			return fmt.Sprint(a, b, err != nil) }`,
			"12 0 true"},
		{"in a loop, each step's its own", `func run() string { var fs []func() string
			for _, s := range []string{"a=1", "b=2"} { k, v, ok := strings.Cut(s, "=")
			fs = append(fs, func() string { return fmt.Sprint(k, v, ok) }) }; return fs[0]() + fs[1]() }`,
			"a1trueb2true"},
		{"results of an interpreted one", `func two() (int, string) { return 1, "x" }; func run() string { a, _ := two(); _, b := two()
			return fmt.Sprint(a, b) }`,
			"1x"},
		{"variables of a function declared by results", `func two() (int, string) { return 1, "x" }; func run() string { var a, b = two(); return fmt.Sprint(a, b) }`,
			"1x"},
		{"several at once", `func run() string { a, b, c := 1, 2, 3; a, b, _ = b, a, c; xs := []int{1, 2}; xs[0], xs[1] = xs[1], xs[0]
			return fmt.Sprint(a, b, c, xs) }`,
			"2 1 3 [2 1]"},
		{"a type assertion", `func run() string { var x any = 2.5; f, ok := x.(float64); _, no := x.(int); return fmt.Sprint(f, ok, no) }`,
			"2.5 true false"},
		{"a wrong one", `func run() string { defer func() { recover() }(); var x any = 2.5; return fmt.Sprint(x.(string)) }`,
			""},
		{"a function literal that calls itself", `func run() string { var f func(int) int; f = func(n int) int { if n < 2 { return 1 }; return n * f(n-1) }
			return fmt.Sprint(f(5)) }`,
			"120"},
		{"a literal given away", `func run() string { n := 0; add := func(k int) { n += k }; strings.Map(func(r rune) rune { add(int(r - '0'))
			return r }, "123"); return fmt.Sprint(n) }`,
			"6"},
		{"literals in literals", `func run() string { return func(a int) string { return func(b int) string { return fmt.Sprint(a + b) }(2) }(1) }`,
			"3"},
		{"switches and labels", `func run() (s string) { out: for i := 0; i < 9; i++ { switch { case i == 1: continue out; case i > 3: break out
			default: s += fmt.Sprint(i) } }; return s }`,
			"023"},
		{"a type switch", `func run() (s string) { for _, x := range []any{1, "a", nil} { switch v := x.(type) { case int: s += fmt.Sprint(v + 1)
			case string: s += v; default: s += "-" } }; return s }`,
			"2a-"},
		{"channels", `func run() (s string) { ch := make(chan int, 2); ch <- 1; select { case v, ok := <-ch: s = fmt.Sprint(v, ok)
			default: s = "none" }; close(ch); v, ok := <-ch; return s + fmt.Sprint(v, ok) }`,
			"1 true0 false"},
		{"deferred calls", `func run() (s string) { defer func(x int) { s += fmt.Sprint(x) }(1); defer func() { s += "d" }(); return "r" }`,
			"rd1"},
		{"recursion", `func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
			func run() string { return fmt.Sprint(fib(10)) }`,
			"55"},
		{"maps and strings", `func run() (s string) { m := map[string]int{"a": 1}; if v, ok := m["a"]; ok { s = fmt.Sprint(v) }
			for i, r := range "hé" { s += fmt.Sprint(i, r) }; return s }`,
			"10 1041 233"},
		{"conditions with calls", `func yes() bool { return true }
			func run() (s string) { if yes() && !strings.Contains("ab", "c") || yes() { s = "y" }; for i := 0
			yes() && i < 2; i++ { s += "l" }; return s }`,
			"yll"},
		{"errors", `func run() string { err := fmt.Errorf("w: %w", errors.New("e")); return fmt.Sprint(errors.Unwrap(err), err) }`,
			"e w: e"},
	} {
		in, err := New()
		if err != nil {
			t.Fatal(err)
		}
		funcs, err := in.Define(head+c.decls, nil, []string{"run"})
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		runtime.GC()
		rec := cell.New(context.Background(), 1, nil)
		out := rec.Run(func() {
			for range 2 {
				if got := funcs["run"].Interface().(func() string)(); got != c.want {
					t.Errorf("%s: %q, want %q", c.why, got, c.want)
				}
			}
		})
		if out.Fault != nil {
			t.Errorf("%s: %v", c.why, out.Fault.Value)
		}
	}
}

// TestPrunedFrames: a panic still says where it was. (That the interpreter calls the function around a literal so is its own.)
func TestPrunedFrames(t *testing.T) {
	in, err := New()
	if err != nil {
		t.Fatal(err)
	}
	funcs, err := in.Define(`//line unit:1
package main

func inner(xs []int) int {
	return xs[3]
}

func outer() {
	func() {
		n := inner(nil)
		n++
	}()
}
`, nil, []string{"outer"})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	rec := cell.New(context.Background(), 1, nil)
	if out := rec.Run(funcs["outer"].Interface().(func())); out.Fault == nil {
		t.Fatal("no panic")
	}
	var got []string
	for _, f := range rec.Frames() {
		got = append(got, fmt.Sprint(f.Position, " ", f.Function))
	}
	want := []string{"unit:4 inner", "unit:9 outer.func", "unit:8 outer.func"}
	for i, f := range got { // the columns are not ours
		name, where := f[strings.LastIndex(f, " "):], strings.SplitN(f, ":", 3)
		got[i] = where[0] + ":" + strings.Fields(where[1])[0] + name
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the frames are %q, want %q", got, want)
	}
}
