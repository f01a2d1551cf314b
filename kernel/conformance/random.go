package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"joule/kernel/conformance/cells"
)

// The random suite makes notebooks up: typed cells of functions and statements over variables of every common type, from a seed,
// and compares what they print with the compiler. Each statement shows what it changed, so a difference is seen where it arises.
// A notebook holds some hundred statements, so that one build of the compiler tells about all of them.

// randomTests are the notebooks of the seeds from o.seed on. Every other one recovers from panics, which other cells do not
// have: what a recover may see is interpreted with more care.
func randomTests(ctx context.Context, l *lab, o options) (tests []test, err error) {
	var scripts []cells.Script
	for i := range o.count {
		scripts = append(scripts, randomScript(o.seed+uint64(i)))
	}
	if err := golden(ctx, l, "random", scripts, o); err != nil {
		return nil, err
	}
	for _, s := range scripts {
		tests = append(tests, scriptTest("random", s))
	}
	return tests, nil
}

// randomScript is the notebook of a seed.
func randomScript(seed uint64) cells.Script {
	g := &maker{r: rand.New(rand.NewPCG(seed, 7)), panics: seed%2 == 1}
	s := cells.Script{Name: fmt.Sprint("seed ", seed), Why: "made up"}
	add := func(code string) { s.Cells = append(s.Cells, cells.Cell{Code: code}) }
	add(preambleTypes)
	identities := ""
	for _, t := range append([]string{"rune", "float64", "float32"}, ints...) {
		identities += fmt.Sprintf("\nfunc v_%s(x %s) %s { return x }", t, t, t)
	}
	add(preambleFuncs + identities)
	if g.panics {
		add(preambleTry)
	}
	g.scope = append(g.scope, constants...)
	add(g.globals())
	for i := range 6 {
		g.plain = i > 0
		add(g.functions(3))
		for range 4 {
			add(g.cell())
		}
	}
	return s
}

const preambleTypes = `import ("errors"; "fmt")
type S struct {
	A int
	B string
	C []int
	d uint8
}
func (s S) Get() int { return s.A + int(s.d) }
func (s *S) Set(n int) { s.A = n; s.d++ }
type N int
func (n N) Twice() N { return 2 * n }
func (n N) String() string { return fmt.Sprintf("N<%d>", int(n)) }
type I interface{ Get() int }
type E struct{ code int }
func (e *E) Error() string { return fmt.Sprint("E", e.code) }
var errPlain = errors.New("plain")`

const preambleFuncs = `import ("fmt"; "strconv"; "strings"; "math")
var fuel int
func out() bool { fuel--; return fuel < 0 }
func at(i, n int) int { i %= n; if i < 0 { i += n }; return i }
func pick(xs []int, i int) int { if len(xs) == 0 { return -1 }; return xs[at(i, len(xs))] }
func upTo(s string, i int) string { return s[:at(i, len(s)+1)] }
func short(s string) string { if len(s) > 12 { return s[:12] }; return s }
func few(xs []int) []int { if len(xs) > 6 { return xs[:6] }; return xs }
func small(n int) int { return at(n, 5) }
func sane(f float64) float64 { if math.IsNaN(f) || math.Abs(f) > 1e9 { return 1.5 }; return f }
func show(name string, x any) { fmt.Printf("%s %T %v\n", name, x, x) }
func same(n int) int { return n }
func double(n int) int { return 2 * n }
func kind(x any) string { s := fmt.Sprintf("%T", x); return s[strings.LastIndexByte(s, '.')+1:] }
func text(x any) string { return short(fmt.Sprint(x)) }
var _ = strconv.Itoa
var _ = strings.Repeat`

const preambleTry = `func try(name string, f func()) {
	defer func() {
		r := recover()
		_, isErr := r.(error)
		fmt.Println(name, r, isErr)
	}()
	f()
}`

// named is something that expressions can refer to.
type named struct {
	name, typ string
	fixed     bool // not to be assigned
}

var constants = []named{{"errPlain", "error", true}}

var ints = []string{"int", "int8", "uint8", "int32", "uint16", "int64", "uint64", "N"}

var valueTypes = append([]string{"int", "int", "string", "bool", "float64", "float32", "[]int", "[]int", "map[string]int", "[3]int", "*int", "any", "error",
	"func(int) int", "S", "*S", "[]string", "rune", "I", "[]S", "map[int]string"}, ints[1:]...)

// maker makes code up.
type maker struct {
	r      *rand.Rand
	b      strings.Builder
	scope  []named
	funcs  []function
	next   int
	loops  int
	panics bool
	inFunc bool
	result []string // of the function at hand
	deep   int
	plain  bool // without what is known to be compiled
}

type function struct {
	name            string
	params, results []string
}

func (g *maker) n(n int) int { return g.r.IntN(n) }

// kind picks a type of a value.
func (g *maker) kind() string {
	for {
		if t := g.one(valueTypes...); t != "I" || !g.plain {
			return t
		}
	}
}

func (g *maker) one(list ...string) string { return list[g.n(len(list))] }
func (g *maker) fresh(prefix string) string {
	g.next++
	return fmt.Sprint(prefix, g.next)
}
func (g *maker) line(format string, args ...any) { fmt.Fprintf(&g.b, format+"\n", args...) }

// take returns what was written since the last call.
func (g *maker) take() string {
	s := g.b.String()
	g.b.Reset()
	return s
}

// globals declares a session variable of each type.
func (g *maker) globals() string {
	seen := map[string]bool{}
	for _, t := range valueTypes {
		if seen[t] {
			continue
		}
		seen[t] = true
		name := g.fresh("g")
		switch {
		case g.n(2) == 0:
			g.line("var %s %s = %s", name, t, g.expr(t, 1))
		case g.n(2) == 0 && t != "any" && t != "error" && t != "I":
			g.line("%s := %s", name, g.typed(t, 1))
		default:
			g.line("var %s %s", name, t)
			if t == "*int" || t == "*S" || t == "map[string]int" || t == "map[int]string" || t == "func(int) int" || t == "I" {
				g.line("%s = %s", name, g.expr(t, 0))
			}
		}
		g.scope = append(g.scope, named{name, t, false})
	}
	return g.take()
}

// functions declares n functions.
func (g *maker) functions(n int) string {
	for range n {
		f := function{name: g.fresh("f")}
		outer := len(g.scope)
		var params []string
		for range g.n(4) {
			p := named{g.fresh("p"), g.kind(), false}
			f.params = append(f.params, p.typ)
			params = append(params, p.name+" "+p.typ)
			g.scope = append(g.scope, p)
		}
		for range 1 + g.n(2) {
			f.results = append(f.results, g.kind())
		}
		results := strings.Join(f.results, ", ")
		isNamed := g.n(3) == 0
		if isNamed {
			var list []string
			for _, t := range f.results {
				v := named{g.fresh("r"), t, false}
				list = append(list, v.name+" "+t)
				if t != "*int" && t != "*S" && t != "I" && t != "func(int) int" && !strings.HasPrefix(t, "map") {
					g.scope = append(g.scope, v)
				}
			}
			results = strings.Join(list, ", ")
		}
		g.line("func %s(%s) (%s) {", f.name, strings.Join(params, ", "), results)
		g.result, g.inFunc = f.results, true
		g.line("if out() { return %s }", g.list(f.results, 0))
		g.block(4 + g.n(5))
		g.line("return %s", g.list(f.results, 2))
		g.line("}")
		g.result, g.inFunc = nil, false
		g.scope = g.scope[:outer]
		g.funcs = append(g.funcs, f)
	}
	return g.take()
}

func (g *maker) list(types []string, depth int) string {
	var list []string
	for _, t := range types {
		list = append(list, g.expr(t, depth))
	}
	return strings.Join(list, ", ")
}

// cell is a cell of statements at top level.
func (g *maker) cell() string {
	g.line("fuel = 60")
	for range 6 {
		if g.panics && g.n(3) == 0 && !g.plain {
			g.risk()
			continue
		}
		g.statement()
	}
	for _, v := range g.scope {
		if g.n(3) == 0 && !(g.plain && v.typ == "I") && !v.fixed && v.typ != "func(int) int" {
			g.line("show(%q, %s)", v.name, g.shown(v))
		}
	}
	if g.n(2) == 0 {
		t := g.one("int", "string", "bool", "float64", "[]int", "uint8", "N", "S")
		g.line("%s", g.typed(t, 2))
	} else {
		g.line("fuel = 0")
	}
	return g.take()
}

// shown is what of a variable is printed: not addresses.
func (g *maker) shown(v named) string {
	switch v.typ {
	case "*int", "*S":
		return "*" + v.name
	case "any", "error", "I":
		return "text(" + v.name + ")"
	}
	return v.name
}

// block is statements in a scope of their own.
func (g *maker) block(n int) {
	outer := len(g.scope)
	g.deep++
	for range n {
		g.statement()
	}
	g.deep--
	g.scope = g.scope[:outer]
}

// variable is a variable of a type that can be assigned; "" for none.
func (g *maker) variable(t string) string {
	var list []string
	for _, v := range g.scope {
		if v.typ == t && !v.fixed {
			list = append(list, v.name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	if len(list) > 2 && g.n(2) == 0 {
		list = list[len(list)-2:] // what is near
	}
	return g.one(list...)
}

// statement writes a statement, and shows what it changed.
func (g *maker) statement() {
	kinds := 17
	if g.deep > 2 {
		kinds = 8
	}
	k := g.n(kinds)
	if g.plain && g.loops > 0 && (k == 12 || k == 16) {
		k = 8 // what keeps a variable of a loop is compiled
	}
	switch k {
	case 0, 1:
		t := g.kind()
		v := named{g.fresh("v"), t, false}
		if g.n(2) == 0 {
			g.line("var %s %s = %s", v.name, t, g.value(t, 3))
		} else {
			g.line("%s := %s", v.name, g.typed(t, 3))
		}
		g.scope = append(g.scope, v)
		g.line("_ = %s", v.name)
	case 2, 3:
		t := g.kind()
		if v := g.variable(t); v != "" {
			g.line("%s = %s", v, g.value(t, 3))
			g.maybeShow(named{v, t, false})
		}
	case 4:
		g.compound()
	case 5:
		g.element()
	case 6:
		a, b := g.kind(), g.kind()
		if v, w := g.variable(a), g.variable(b); v != "" && w != "" && v != w {
			g.line("%s, %s = %s, %s", v, w, g.expr(a, 2), g.expr(b, 2))
			g.maybeShow(named{v, a, false})
		}
	case 7:
		g.call()
	case 8:
		g.line("if %s {", g.expr("bool", 3))
		g.block(1 + g.n(3))
		if g.n(2) == 0 {
			g.line("} else {")
			g.block(1 + g.n(2))
		}
		g.line("}")
	case 9, 10:
		g.loop()
	case 11:
		g.switches()
	case 12:
		g.closure()
	case 13:
		g.line("{")
		g.block(2)
		g.line("}")
	case 14:
		if g.inFunc && g.loops == 0 {
			g.line("defer func() {")
			g.block(1)
			g.line("}()")
		} else {
			g.line("fmt.Println(%s, %s)", g.safe(), g.safe())
		}
	case 15:
		g.line("if v, ok := %s.(%s); ok { fmt.Println(\"is\", text(v)) } else { fmt.Println(\"not\", text(v)) }", g.atom("any"), g.one("int", "string", "N", "uint8", "float64", map[bool]string{true: "bool", false: "error"}[g.plain]))
	case 16:
		g.channel()
	}
}

// safe is an expression whose text has no addresses.
func (g *maker) safe() string {
	return g.expr(g.one("int", "string", "bool", "float64", "[]int", "N", "uint8", "map[string]int", "S", "int64", "float32", "[3]int", "rune", "[]string"), 3)
}

func (g *maker) maybeShow(v named) {
	if g.n(2) == 0 && v.typ != "func(int) int" {
		g.line("show(%q, %s)", v.name, g.shown(v))
	}
}

// compound is an operation with assignment.
func (g *maker) compound() {
	t := g.one("int", "int8", "uint8", "int32", "uint16", "int64", "uint64", "N", "float64", "string", "rune")
	v := g.variable(t)
	switch {
	case v == "":
	case t == "string":
		g.line("%s = short(%s)", v, v)
		g.line("%s += %s", v, g.expr(t, 2))
	case t == "float64":
		g.line("%s %s= %s", v, g.one("+", "-", "*"), g.expr(t, 2))
		g.line("%s = sane(%s)", v, v)
	case g.n(4) == 0:
		g.line("%s%s", v, g.one("++", "--"))
	case g.n(5) == 0 && !g.plain:
		g.line("%s %s= %s & 7", v, g.one("<<", ">>"), g.expr("uint8", 1))
	default:
		g.line("%s %s= %s", v, g.one("+", "-", "*", "&", "|", "^", "&^"), g.expr(t, 2))
	}
	if v != "" {
		g.maybeShow(named{v, t, false})
	}
}

// element assigns to a part of something.
func (g *maker) element() {
	switch g.n(8) {
	case 0:
		if v := g.variable("[]int"); v != "" && !(g.panics && g.plain) {
			g.line("if len(%s) > 0 { %s[at(%s, len(%s))] %s %s }", v, v, g.expr("int", 1), v, g.one("=", "+=", "-="), g.expr("int", 2))
			g.maybeShow(named{v, "[]int", false})
		}
	case 1:
		if v := g.variable("map[string]int"); v != "" {
			g.line("%s[short(%s)] %s %s", v, g.expr("string", 1), g.one("=", "+=", "|="), g.expr("int", 2))
			g.line("if len(%s) > 5 { %s = map[string]int{} }", v, v)
			if !g.plain {
				g.line("if len(%s) > 3 { clear(%s) }", v, v)
			}
		}
	case 2:
		if v := g.variable("[3]int"); v != "" && !(g.panics && g.plain) {
			g.line("%s[%d] = %s", v, g.n(3), g.expr("int", 2))
			g.maybeShow(named{v, "[3]int", false})
		}
	case 3:
		if v := g.variable("*int"); v != "" {
			g.line("*%s %s %s", v, g.one("=", "+=", "^="), g.expr("int", 2))
		}
	case 4:
		if v := g.variable(g.one("S", "*S")); v != "" {
			switch g.n(4) {
			case 0:
				g.line("%s.A %s %s", v, g.one("=", "+="), g.expr("int", 2))
			case 1:
				g.line("%s.C = few(append(%s.C, %s))", v, v, g.expr("int", 1))
			case 2:
				g.line("%s.d = %s", v, g.expr("uint8", 2))
			case 3:
				g.line("%s.Set(%s)", v, g.expr("int", 2))
			}
		}
	case 5:
		if v := g.variable("[]int"); v != "" {
			w := g.variable("[]int")
			g.line("%s = few(append(%s, %s, %s))", v, w, g.expr("int", 1), g.expr("int", 1))
			g.maybeShow(named{w, "[]int", false})
		}
	case 6:
		if v := g.variable("map[string]int"); v != "" {
			g.line("delete(%s, %s)", v, g.expr("string", 1))
		}
	case 7:
		if v := g.variable("[]S"); v != "" && !(g.panics && g.plain) {
			g.line("for i := range %s { %s[i].A += i; %s[i].Set(%s) }", v, v, v, g.expr("int", 1))
		}
	}
}

// call takes the results of a function.
func (g *maker) call() {
	if len(g.funcs) == 0 {
		return
	}
	f := g.funcs[g.n(len(g.funcs))]
	var names []string
	var vars []named
	for _, t := range f.results {
		if g.n(4) == 0 && len(f.results) > 1 && len(vars) > 0 {
			names = append(names, "_")
			continue
		}
		v := named{g.fresh("v"), t, false}
		names = append(names, v.name)
		vars = append(vars, v)
	}
	g.line("%s := %s(%s)", strings.Join(names, ", "), f.name, g.list(f.params, 1))
	for _, v := range vars {
		g.line("_ = %s", v.name)
		g.scope = append(g.scope, v)
	}
}

func (g *maker) loop() {
	g.loops++
	defer func() { g.loops-- }()
	outer := len(g.scope)
	i := g.fresh("i")
	label := ""
	if g.n(6) == 0 && !g.plain {
		label = g.fresh("l")
		g.line("%s:", label)
	}
	switch g.n(6) {
	case 0, 1:
		g.line("for %s := 0; %s < %d; %s++ {", i, i, 1+g.n(4), i)
		g.scope = append(g.scope, named{i, "int", true})
	case 2:
		g.line("for %s := range small(%s) {", i, g.expr("int", 1))
		g.scope = append(g.scope, named{i, "int", true})
	case 3:
		v := g.fresh("e")
		g.line("for %s, %s := range few(%s) {", i, v, g.expr("[]int", 1))
		g.scope = append(g.scope, named{i, "int", true}, named{v, "int", false})
		g.line("_ = %s", v)
	case 4:
		v := g.fresh("e")
		g.line("for %s, %s := range short(%s) {", i, v, g.expr("string", 1))
		g.scope = append(g.scope, named{i, "int", true}, named{v, "rune", false})
		g.line("_ = %s", v)
	case 5:
		g.line("for %s := small(%s); %s > 0 && %s; %s-- {", i, g.expr("int", 1), i, g.expr("bool", 2), i)
		g.scope = append(g.scope, named{i, "int", true})
	}
	g.line("_ = %s", i)
	g.block(1 + g.n(3))
	if g.n(3) == 0 || label != "" {
		g.line("if %s { %s %s }", g.expr("bool", 2), g.one("break", "continue"), label)
		g.block(1)
	}
	g.line("}")
	g.scope = g.scope[:outer]
}

func (g *maker) switches() {
	kinds := 3
	if g.plain {
		kinds = 2
	}
	switch g.n(kinds) {
	case 0:
		g.line("switch {")
		for range 1 + g.n(3) {
			g.line("case %s:", g.expr("bool", 2))
			g.block(1)
		}
	case 1:
		t := g.one("int", "string", "uint8", "rune", "N")
		g.line("switch x := %s; x {", g.typed(t, 2))
		lits := map[string][]string{"int": {"0", "1", "2, 3", "-1", "7"}, "string": {`"a"`, `""`, `"b", "c"`}, "uint8": {"0", "1", "200"}, "rune": {"'a'", "0", "'é', 'x'"}, "N": {"0", "1", "5"}}[t]
		for i, k := range g.r.Perm(len(lits))[:2] {
			g.line("case %s:", lits[k])
			g.block(1)
			if i == 0 && g.n(3) == 0 {
				g.line("fallthrough")
			}
		}
	case 2:
		g.line("switch x := any(%s).(type) {", g.expr(g.one("any", "int", "N", "error", "S", "*S", "string"), 1))
		g.line("case int:\nfmt.Println(\"int\", x+1)\ncase N, *S:\nfmt.Println(\"N or *S\")\ncase error:\nfmt.Println(\"error\", x.Error())\ncase I:\nfmt.Println(\"I\", x.Get())")
		if g.n(2) == 0 {
			g.line("case nil:\nfmt.Println(\"nil\")")
		}
	}
	if g.n(2) == 0 {
		g.line("default:")
		g.block(1)
	}
	g.line("}")
}

// closure makes a function that changes what is around it, and calls it.
func (g *maker) closure() {
	name := g.fresh("c")
	p := named{g.fresh("p"), g.one("int", "string", "[]int", "S", "any"), false}
	result := g.one("int", "bool", "string", "error", "any", "float64")
	outer := len(g.scope)
	g.line("%s := func(%s %s) %s {", name, p.name, p.typ, result)
	g.scope = append(g.scope, p)
	inFunc, loops := g.inFunc, g.loops
	g.inFunc, g.loops = true, 0
	g.block(2)
	g.line("return %s", g.expr(result, 2))
	g.inFunc, g.loops = inFunc, loops
	g.scope = g.scope[:outer]
	g.line("}")
	g.line("fmt.Println(text(%s(%s)))", name, g.expr(p.typ, 1))
	if g.n(2) == 0 {
		g.line("fmt.Println(text(%s(%s)))", name, g.expr(p.typ, 1))
	}
}

// channel sends through a channel, by a goroutine.
func (g *maker) channel() {
	t := g.one("int", "string", "S", "any", "error")
	if g.plain {
		t = g.one("int", "string", "S")
	}
	c, v := g.fresh("ch"), g.fresh("e")
	g.line("%s := make(chan %s, %d)", c, t, g.n(3))
	g.line("go func() {\ndefer close(%s)\nfor i := 0; i < 3; i++ {\n%s <- %s\n}\n}()", c, c, g.expr(t, 0))
	g.line("for %s := range %s {\nfmt.Println(text(%s))\n}", v, c, v)
	if g.n(2) == 0 {
		g.line("if _, ok := <-%s; ok { fmt.Println(\"open\") }", c)
	}
}

// risk is a statement that may panic.
func (g *maker) risk() {
	g.line("try(%q, func() {", g.fresh("t"))
	switch g.n(12) {
	case 0:
		g.line("fmt.Println(%s / small(%s))", g.expr("int", 2), g.expr("int", 2))
	case 1:
		g.line("fmt.Println(%s[same(%s)])", g.atom("[]int"), g.expr("int", 2))
	case 2:
		g.line("fmt.Println(%s[small(%s):])", g.atom("[]int"), g.expr("int", 2))
	case 3:
		g.line("fmt.Println(%s.(%s))", g.atom("any"), g.one("int", "string", "N", "error", "S", "I"))
	case 4:
		g.line("panic(%s)", g.expr(g.one("int", "string", "error", "N", "bool", "float64", "S"), 2))
	case 5:
		g.line("var m map[string]int\nm[%s] = %s", g.expr("string", 1), g.expr("int", 1))
	case 6:
		g.line("var p *S\nfmt.Println(p.A, %s)", g.expr("int", 1))
	case 7:
		g.line("var f func(int) int\nfmt.Println(f(%s))", g.expr("int", 1))
	case 8:
		g.line("var i I\nfmt.Println(i.Get())")
	case 9:
		g.line("fmt.Println(make([]int, same(%s) - 3))", g.expr("int", 1))
	case 10:
		g.line("fmt.Println(%s %% N(small(%s)))", g.expr("N", 1), g.expr("int", 1))
	case 11:
		g.line("defer func() { fmt.Println(\"inner\", recover()) }()")
		g.line("fmt.Println(%s[at(%s, 9)])", g.atom("string"), g.expr("int", 1))
	}
	g.line("})")
}
