package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"joule/kernel/catalog"
)

var cat *catalog.Catalog

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "catalog")
	if err == nil {
		err = catalog.Write(filepath.Join(dir, "c"), ".", nil, "fmt", "strings", "math", "context", "errors", "sort", "time", "os", "bytes", "slices", "encoding/json",
			"io", "math/rand", "math/rand/v2", "net/http", "sync", "builtin", "joule/ebm")
	}
	if err == nil {
		cat, err = catalog.Open(filepath.Join(dir, "c"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// summary says in a line what a cell would do: the objects it declares with their types, what it shows, and its notes.
func summary(c *Cell) string {
	var parts []string
	for _, t := range c.Types {
		parts = append(parts, "type "+t.Object.Name)
	}
	for _, f := range c.Funcs {
		name := f.Decl.Name.Name
		if r := receiver(f.Decl); r != "" {
			name = r + "." + name
		}
		parts = append(parts, "func "+name)
	}
	for _, v := range c.Vars {
		s := "var " + v.Name + " " + v.Obj.Type().String()
		if !c.New[v] {
			s += " again"
		}
		parts = append(parts, s)
	}
	if c.Last != nil {
		parts = append(parts, "show "+c.Static)
	}
	for _, path := range c.Imported {
		parts = append(parts, fmt.Sprintf("import %q", path))
	}
	parts = append(parts, c.Notes...)
	return strings.Join(parts, "; ")
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name  string
		cells []string // each: source, then after "=>" the summary, or after "!>" the first error
	}{
		{"declarations and statements mix", []string{
			"import \"fmt\"\nfunc f() int { return 1 }\nx := f()\nfmt.Println(x)\nx => func f; var x int; show int",
			"fmt.Sprint(x) => show string",
		}},
		{"a function uses a variable of its cell", []string{
			"x := 5\nfunc f() int { return x }\ny := f() => func f; var x int; var y int",
			"type P struct{ a int }\np := P{1}\nfunc g() P { return p } => type P; func g; var p main.P",
		}},
		{"the same type is the same variable", []string{
			"x := 1 => var x int",
			"x := 2 => var x int again",
			"x := x + 1 => var x int again",
			"x := \"a\" => var x string",
		}},
		{"dependents of a variable of another type are checked again", []string{
			"x := 1\nfunc f() int { return x + 1 } => func f; var x int",
			"x := 2.5 => var x float64; f (cell 1) no longer fits: cannot use x + 1 (value of type float64) as int value in return statement",
			"f() !> cell[3]:1:1: f no longer fits what it uses: cannot use x + 1 (value of type float64) as int value in return statement; run cell 1 again",
			"func f() float64 { return x } => func f",
			"f() => show float64",
		}},
		{"what did not fit for a while fits again", []string{
			"x := 1\nfunc f() int { return x + 1 }\nfunc g() int { return f() } => func f; func g; var x int",
			"x := 2.5 => var x float64; f (cell 1) no longer fits: cannot use x + 1 (value of type float64) as int value in return statement; g (cell 1) no longer fits: f no longer fits",
			"x := \"a\" => var x string",
			"f() !> cell[4]:1:1: f no longer fits what it uses: invalid operation: x + 1 (mismatched types string and untyped int); run cell 1 again",
			"x := 3 => func f; func g; var x int; f (cell 1) fits again; g (cell 1) fits again",
			"f() + g() => show int",
			"x := \"b\" => var x string; f (cell 1) no longer fits: invalid operation: x + 1 (mismatched types string and untyped int); g (cell 1) no longer fits: f no longer fits",
			"x := 4\ng() => func f; func g; var x int; show int; f (cell 1) fits again; g (cell 1) fits again",
			"type T struct{ n int }\nfunc h(t T) int { return t.n } => type T; func h",
			"type T struct{ m int } => type T; h (cell 9) no longer fits: t.n undefined (type T has no field or method n)",
			"type T struct{ n int } => type T; func h; h (cell 9) fits again",
			"h(T{1}) => show int",
		}},
		{"dependents of a function with another signature", []string{
			"func f() int { return 1 }\nfunc g() { println(f()) } => func f; func g",
			"func f() string { return \"\" } => func f; func g",
		}},
		{"a new body changes nobody", []string{
			"func f() int { return 1 }\nfunc g() { println(f()) } => func f; func g",
			"func f() int { return 2 } => func f",
		}},
		{"a type run again stays the type", []string{
			"type T struct{ n int }\nfunc (t T) N() int { return t.n }\nt := T{1} => type T; func T.N; var t main.T",
			"type T struct { n int }\nfunc (t T) N() int { return t.n + 1 } => func T.N",
			"t.N() => show int",
			"func (t T) N() int { return 7 } => func T.N",
		}},
		{"a new method makes a new type, and its values get it", []string{
			"type T struct{ n int }\nt := T{1} => type T; var t main.T",
			"func (t T) N() int { return t.n } => type T; func T.N",
			"t.N() => show int",
			"t := T{2} => var t main.T again",
		}},
		{"values of types that look the same in memory stay", []string{
			"type T struct{ n int }\ntype L[K any] struct{ k K; next *L[K] }\ntype A = []T => type T; type L; type A",
			"var a A\nvar l L[T]\nvar b struct{ N T }\nvar c struct{ n T }\nvar d func(T)\nvar e map[string]chan *T => var a main.A; var l main.L[main.T]; var b struct{N main.T}; " +
				"var c struct{n main.T}; var d func(main.T); var e map[string]chan *main.T",
			"func (t T) N() int { return t.n }\na[0].N() + l.next.k.N() + b.N.N() => type T; type A; func T.N; show int; c, d still hold values of the old type: run cell 2 again",
			"type S string\ns := S(\"a\") => type S; var s main.S",
			"type S []byte\nfunc (s S) N() int { return len(s) } => type S; func S.N; s still holds a value of the old type: run cell 4 again",
			"s := 1\nfunc (t T) M() int { return s } => type T; type A; func T.M; func T.N; var s int",
			"func f() int { return a[0].M() } => func f",
			"a := 2\nfunc (t T) O() int { return a } => type T; type A; func T.O; func T.M; func T.N; var a int; f (cell 7) no longer fits: cannot index a (variable of type int)",
		}},
		{"types that use a changed type change", []string{
			"type A struct{ n int }\ntype B struct{ a A }\nfunc f(b B) int { return b.a.n } => type A; type B; func f",
			"type A struct{ n, m int } => type A; type B; func f",
		}},
		{"the package on the right of a variable of its name", []string{
			"strings := strings.NoSuch(\"a\") !> cell[1]:1:12: undefined: strings",
			"import \"strings\" => ",
			"strings := strings.ToUpper(\"a\") => var strings string",
			"strings := strings.ToUpper(\"a\") => var strings string again",
			"strings => show string",
		}},
		{"ctx", []string{
			"ctx.Err() => show error",
			"func f() error { return ctx.Err() } !> cell[2]:1:25: ctx belongs to the running cell: inside a function make it a parameter, ctx context.Context",
			"import \"context\"\nfunc f(ctx context.Context) error { return ctx.Err() }\nf(ctx) => func f; show error",
		}},
		{"what is not shown", []string{
			"import \"fmt\"\nfmt.Println(1) => ",
			"1;  => ",
			"func() {}() => ",
			"1 + 1 => show int",
			"x, y := 1, 2\nfunc f() (int, error) { return x, nil } => func f; var x int; var y int",
			"f() => show (int, error)",
		}},
		{"errors", []string{
			"x := 1\ny := undefd\nz := 1 + \"a\" !> cell[1]:2:6: undefined: undefd",
			"x !> cell[2]:1:1: undefined: x",
			"func f( !> cell[3]:1:7: syntax error: this ( is not closed before the cell ends",
			"x := 1 } !> cell[4]:1:8: syntax error: unexpected }",
			"import \"no/such\" !> cell[5]:1:8: there is no package \"no/such\"",
			"if x := 1; x > 0 { y := 2 } !> cell[6]:1:20: declared and not used: y",
		}},
		{"what is not imported", []string{
			"math.Sqrt(2) => show float64; import \"math\"",
			"math.Pi => show float64",
			"strngs.ToUpper(\"a\") !> cell[3]:1:1: undefined: strngs (did you mean strings?)",
			"s := strings.ToUpper(\"a\") => var s string; import \"strings\"",
			"lenn(s) !> cell[5]:1:1: undefined: lenn (did you mean len?)",
			"func f(json int) int { return json.X } !> cell[6]:1:36: json.X undefined (type int has no field or method X)",
		}},
		{"messages", []string{
			"math.MaxInt64 + 1 !> cell[1]:1:1: cannot use math.MaxInt64 + 1 (untyped int constant 9223372036854775808) as int value (overflows)",
			"for i := 0; i < 3; i++ {\n\tfmt.Println(i\n} !> cell[2]:2:15: syntax error: missing ',' before newline in argument list",
			"fmt.Printn(1) !> cell[3]:1:5: undefined: fmt.Printn (did you mean fmt.Print?)",
			"import \"fmt\"\nfmt.Printn(1) !> cell[4]:2:5: undefined: fmt.Printn (did you mean fmt.Print?)",
			"me !> cell[5]:1:1: undefined: me",
			"type Q struct{ X int }\nq := Q{1}\nr := &q => type Q; var q main.Q; var r *main.Q",
			"type Q struct{ X, Y int } => type Q; q, r still hold values of the old type: run cell 6 again",
			"q = Q{2, 3} !> cell[8]:1:1: q holds a value of a type that was declared anew since; run cell 6 again",
		}},
		{"constants", []string{
			"const (\n\ta = iota\n\tb\n)\nconst pi = 3.14 => ",
			"func f() int { return b } => func f",
			"const b = 7 => func f",
			"const b = 7 => ",
		}},
		{"a pasted program", []string{
			"package main\nimport \"fmt\"\nfunc main() { fmt.Println(1) } => func main",
		}},
		{"variables of nothing but declarations depend on each other", []string{
			"var a = b + f()\nvar b = 2\nfunc f() int { return c }\nvar c = 3 => func f; var b int; var c int; var a int",
			"var (\n\tx, y = z, 1\n\tz = \"z\"\n)\nvar w int => var w int; var z string; var x string; var y int",
			"var p = q\nx = \"\"\nvar q = 1 !> cell[3]:1:9: undefined: q",
		}},
		{"generics", []string{
			"func Map[T, U any](xs []T, f func(T) U) (r []U) { for _, x := range xs { r = append(r, f(x)) }; return }\nMap([]int{1}, func(i int) string { return \"\" }) => func Map; show []string",
			"type Stack[T any] struct{ xs []T }\nfunc (s *Stack[T]) Push(x T) { s.xs = append(s.xs, x) } => type Stack",
			"var s Stack[int]\ns.Push(1) => var s main.Stack[int]",
			"type Stack[T any] struct{ xs []T }\nfunc (s *Stack[T]) Push(x T) { s.xs = append(s.xs, x) } => ",
			"s.xs => show []int",
		}},
		{"an embedded interface and its users", []string{
			"type Shape interface{ area() float64 }\ntype Sq struct{ s float64 } => type Shape; type Sq",
			"func (q Sq) area() float64 { return q.s * q.s }\nvar x Shape = Sq{2}\nx.area() => type Sq; func Sq.area; var x main.Shape; show float64",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := New(cat, map[string]string{})
			for i, cell := range test.cells {
				src, want, ok := strings.Cut(cell, " => ")
				if !ok {
					src, want, _ = strings.Cut(cell, " !> ")
				}
				c, ds := s.Check(i+1, src)
				got := ""
				if len(ds) > 0 {
					got = ds[0].Error()
				} else {
					got = summary(c)
					s.Commit(c)
				}
				if got != want {
					t.Errorf("cell %d %q\n got %s\nwant %s", i+1, src, got, want)
				}
			}
		})
	}
}

func TestCellsOfOneNumber(t *testing.T) {
	s := New(cat, nil)
	for _, c := range []struct {
		n         int
		src, fail string
	}{
		{1, "func f() int { return 1 }\nx := f()", ""},
		{1, "\n\nfunc g() string { return x }", "cell[1]:3:26: cannot use x (variable of type int) as string value in return statement"},
		{1, "\n\nfunc g() int { return x }", ""},
		{2, "x := \"a\"\nfunc h() int { return g() }", ""}, // g no longer fits
	} {
		cell, ds := s.Check(c.n, c.src)
		if len(ds) > 0 {
			if ds[0].Error() != c.fail {
				t.Errorf("%q: %v, want %q", c.src, ds[0], c.fail)
			}
			continue
		}
		s.Commit(cell)
	}
	g := s.Lookup("g")
	if g.Cell != 1 || !strings.Contains(g.Stale, "run cell 1 again") {
		t.Errorf("g is of cell %d, %q", g.Cell, g.Stale)
	}
}
