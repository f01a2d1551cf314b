package main

import (
	"context"
	"fmt"
	"strings"

	"joule/kernel/conformance/cells"
)

// The generated suite puts every way to make a value into every place that takes one, for the basic types and some composed
// ones, each in a function of its own, and compares what the functions return with what the compiler's functions return.
// Interpreters go wrong at such seams: an operator's result that goes into an interface, a constant in a place of another type.

// kind is a type with two values and the operators that give a value of it again.
type kind struct {
	name, a, b string
	ops        []string
	comparable bool
}

var arithmetic = []string{"a+b", "a-b", "b-a", "a*b", "a/b", "-a", "a+a*b", "(a+b)*(a-b)", "a+1", "2*b"}

var integer = append([]string{"a%b", "a&b", "a|b", "a^b", "a&^b", "^a", "a%b+a/b", "a-1&b"}, arithmetic...)

var kinds = []kind{
	{"int", "7", "3", integer, true},
	{"int8", "100", "27", integer, true},
	{"uint8", "200", "100", integer, true},
	{"int64", "1<<40", "-12345", integer, true},
	{"uint32", "4000000000", "77", integer, true},
	{"rune", "'x'", "'é'", integer, true},
	{"float64", "2.5", "0.1", arithmetic, true},
	{"float32", "16777216", "0.3", arithmetic, true},
	{"bool", "true", "false", []string{"!a", "a && b", "a || b", "a == b", "a != b", "!(a && !b)", "a && b || !b"}, true},
	{"string", `"héllo"`, `"b"`, []string{"a+b", "a[1:]", "a[:1]+b", `a+"x"`, "b+b+a"}, true},
	{"time.Duration", "1500*time.Millisecond", "time.Second", []string{"a+b", "a/2", "2*b", "-a", "a%b", "time.Duration(7)*b"}, true},
	{"[]int", "[]int{1, 2, 3}", "[]int{9}", []string{"a[1:]", "append(a, 4)", "append(b, a...)", "a[:2:2]"}, false},
	{"map[string]int", `map[string]int{"x": 1}`, `map[string]int{"y": 2}`, nil, false},
	{"error", `errors.New("a")`, "io.EOF", []string{`fmt.Errorf("w: %w", b)`, "error(nil)"}, true},
	{"any", "1", `"s"`, []string{"any(2.5)", "any(nil)"}, true},
	{"*int", "new(int)", "(*int)(nil)", []string{"&xs0"}, true},
	{"[2]int", "[2]int{1, 2}", "[2]int{3, 4}", nil, true},
	{"func(int) int", "func(n int) int { return n + 1 }", "func(n int) int { return 2 * n }", nil, false},
	{"image.Point", "image.Point{X: 1, Y: 2}", "image.Pt(3, 4)", []string{"a.Add(b)", "a.Mul(3)"}, true},
	{"[]string", `[]string{"p", "q"}`, "[]string(nil)", []string{`append(a, "r")`, `strings.Fields("s t")`}, false},
}

// sources are ways to make a value of type T from a and b.
var sources = []string{
	"a", "b", "$A", "(a)", "xs[1]", `m["k"]`, "*p", "arr[1]", "id(a)", "ident(a)", "($T)(a)", "func() $T { return a }()", "pick(a, b)", "<-ch", "s2[1][0]",
	`func(x $T, _ ...int) $T { return x }(b)`, "gv",
}

// sinks are places that take a value E of type T; they return what they got as text.
var sinks = []string{
	"x := $E\nreturn show(x)",
	"var x $T = $E\nreturn show(x)",
	"var x any = $E\nreturn show(x)",
	"var x $T\nx = $E\nreturn show(x)",
	"var x any\nx = $E\nreturn show(x)",
	"f := func() $T { return $E }\nreturn show(f())",
	"f := func() any { return $E }\nreturn show(f())",
	"f := func() ($T, error) { return $E, nil }\nx, err := f()\nreturn show(x) + show(err)",
	"f := func() (any, $T) { return $E, $E }\nx, y := f()\nreturn show(x) + show(y)",
	"f := func() (x $T) { x = $E; return }\nreturn show(f())",
	"f := func() (x any) { defer func() { x = $E }(); return nil }\nreturn show(f())",
	"f := func(x $T) string { return show(x) }\nreturn f($E)",
	"f := func(x any) string { return show(x) }\nreturn f($E)",
	"f := func(x ...$T) string { return show(x) }\nreturn f($E, $E)",
	"f := func(n int, x ...any) string { return show(x) }\nreturn f(1, $E, $E)",
	"return show($E)",
	"return show(fmt.Sprint($E, $E))",
	"return show([]$T{$E, a, $E})",
	"return show([]any{$E, a})",
	`return show(map[string]$T{"k": $E})`,
	`return show(map[string]any{"k": $E})`,
	"return show([2]$T{$E})",
	"return show([3]any{$E, nil, $E})",
	"c := make(chan $T, 1)\nc <- $E\nreturn show(<-c)",
	"xs[0] = $E\nreturn show(xs)",
	`m["z"] = $E` + "\nreturn show(len(m)) + show(m[\"z\"])",
	"*p = $E\nreturn show(*p)",
	"arr[0] = $E\nreturn show(arr)",
	"xs = append(xs, $E)\nreturn show(xs)",
	"var x $T\nfunc() { x = $E }()\nreturn show(x)",
	"for x := $E; ; {\nreturn show(x)\n}",
	"if x := $E; true {\nreturn show(x)\n}\nreturn \"\"",
	"gv = $E\nreturn show(gv)",
	"ga = $E\nreturn show(ga)",
	"l := []any{nil}\nl[0] = $E\nreturn show(l)",
	"k := map[string]any{}\nk[\"a\"] = $E\nreturn show(k)",
	"var e any = a\ne = $E\nvar f any = e\nreturn show(f)",
	"x, y := $E, a\nreturn show(x) + show(y)",
	"_ = $E\nreturn \"\"",
}

// equal are sinks of comparable types.
var equal = []string{
	"return show(($E) == b)",
	"return show(($E) != a)",
	"if ($E) == a {\nreturn \"yes\"\n}\nreturn \"no\"",
	"x := ($E) == b\nreturn show(x)",
	"var x any = ($E) != b\nreturn show(x)",
	"f := func() any { return ($E) == b }\nreturn show(f())",
	"n := 0\nfor ($E) == b && n < 2 {\nn++\n}\nreturn show(n)",
	"switch {\ncase ($E) == b, ($E) == a:\nreturn \"one\"\n}\nreturn \"none\"",
	"k := map[$T]int{$E: 1}\nreturn show(k[$E]) + show(k[b])",
	"return show(map[any]int{$E: 1}[$E])",
	"var x any = $E\nreturn show(x == $E)",
	"return show([]bool{($E) == a, !(($E) == b)})",
}

// onSwitch are sinks of types that a switch may have as its tag.
var onSwitch = []string{
	"switch $E {\ncase b:\nreturn \"b\"\ncase a:\nreturn \"a\"\n}\nreturn \"none\"",
	"switch x := $E; x {\ndefault:\nreturn \"none\"\ncase b, a:\nreturn \"one\" + show(x)\n}",
}

// generatedTests are one test per kind: a cell of helpers, cells of functions, and a cell that prints what they return.
func generatedTests(ctx context.Context, l *lab, o options) (tests []test, err error) {
	var scripts []cells.Script
	for _, k := range kinds {
		scripts = append(scripts, cells.Script{Name: k.name, Cells: k.cells()})
	}
	if err := golden(ctx, l, "generated", scripts, o); err != nil {
		return nil, err
	}
	for _, s := range scripts {
		tests = append(tests, scriptTest("generated", s))
	}
	return tests, nil
}

const perCell = 150

func (k kind) cells() (list []cells.Cell) {
	fill := strings.NewReplacer("$T", k.name, "$A", k.a)
	list = append(list, cells.Cell{Code: "import (\"errors\"; \"fmt\"; \"image\"; \"io\"; \"regexp\"; \"strings\"; \"time\")\n" +
		"var _, _, _, _, _ = errors.New, image.Pt, io.EOF, strings.Fields, time.Second\n" +
		fill.Replace("var ga any\nvar gv $T = "+k.b+"\n") +
		"var address = regexp.MustCompile(\"0x[0-9a-f]+\")\n" +
		"func show(x any) string { return address.ReplaceAllString(fmt.Sprintf(\"%T %v;\", x, x), \"0x\") }\n" +
		fill.Replace("func ident(x $T) $T { return x }\nfunc pick(xs ...$T) $T { return xs[len(xs)-1] }\n")})
	var functions []string
	add := func(sink, source string) {
		if source == "$A" {
			source = "($T)($A)"
		}
		functions = append(functions, fill.Replace(strings.ReplaceAll(sink, "$E", source)))
	}
	all := append(append([]string{}, sources...), k.ops...)
	for _, source := range all {
		places := append([]string{}, sinks...)
		if k.comparable {
			places = append(places, equal...)
			if !strings.ContainsAny(k.name, "[*.") && k.name != "any" && k.name != "error" && k.name != "bool" {
				places = append(places, onSwitch...)
			}
		}
		for _, sink := range places {
			add(sink, source)
		}
	}
	for i := 0; i < len(functions); i += perCell {
		var code, calls strings.Builder
		for j := i; j < min(i+perCell, len(functions)); j++ {
			fmt.Fprintf(&code, "func g%d() string {\n%s%s\n}\n", j, k.preamble(functions[j]), functions[j])
			fmt.Fprintf(&calls, "fmt.Println(%d, g%d())\n", j, j)
		}
		list = append(list, cells.Cell{Code: code.String()}, cells.Cell{Code: calls.String()})
	}
	return list
}

// preamble declares what a function uses.
func (k kind) preamble(body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "var a %s = %s\nvar b %s = %s\n", k.name, k.a, k.name, k.b)
	for _, d := range []struct{ use, decl string }{
		{"xs0", "xs0 := 5\n"}, {"xs[", "xs := []$T{b, a}\n"}, {"(xs", "xs := []$T{b, a}\n"}, {"m[", "m := map[string]$T{\"k\": a}\n"}, {"*p", "q := b\np := &q\n"},
		{"arr[", "arr := [2]$T{b, a}\n"}, {"id(", "id := func(x $T) $T { return x }\n"}, {"<-ch", "ch := make(chan $T, 4)\nch <- a\nch <- b\nch <- a\nch <- a\n"},
		{"s2[", "s2 := [][]$T{{b}, {a}}\n"},
	} {
		text := strings.ReplaceAll(d.decl, "$T", k.name)
		if strings.Contains(body, d.use) && !strings.Contains(b.String(), text) {
			b.WriteString(text)
		}
	}
	return b.String() + "_ = a\n_ = b\n"
}
