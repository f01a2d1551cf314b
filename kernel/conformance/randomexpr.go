package main

import (
	"fmt"
	"slices"
	"strings"
)

// atom is a variable of a type, or a literal.
func (g *maker) atom(t string) string {
	var list []string
	for _, v := range g.scope {
		if v.typ == t {
			list = append(list, v.name)
		}
	}
	if len(list) > 0 && g.n(5) > 0 {
		if len(list) > 3 && g.n(2) == 0 {
			list = list[len(list)-3:]
		}
		return g.one(list...)
	}
	return g.literal(t)
}

// typed is an expression that has the type also where nothing else says so.
func (g *maker) typed(t string, depth int) string {
	if strings.HasPrefix(t, "*") || strings.HasPrefix(t, "func") {
		return "(" + t + ")(" + g.expr(t, depth) + ")"
	}
	return t + "(" + g.expr(t, depth) + ")"
}

func (g *maker) literal(t string) string {
	switch t {
	case "int", "N":
		return g.one("0", "1", "2", "-1", "7", "100", "-3", "1<<20", "0x7f")
	case "int8":
		return g.one("0", "1", "-128", "127", "-5", "50")
	case "uint8":
		return g.one("0", "1", "255", "128", "7", "'a'")
	case "int32", "rune":
		return g.one("0", "'x'", "'é'", "-2147483648", "65", "2147483647")
	case "uint16":
		return g.one("0", "65535", "300", "2")
	case "int64":
		return g.one("0", "-1", "9223372036854775807", "1<<40", "-5")
	case "uint64":
		return g.one("0", "1", "18446744073709551615", "1<<63", "12")
	case "float64":
		return g.one("0", "1", "0.1", "-2.5", "1e6", "3", "7.0/2", "1<<3")
	case "float32":
		return g.one("0", "1", "0.1", "-2.5", "16777216", "1.0/3")
	case "bool":
		return g.one("true", "false")
	case "string":
		return g.one(`""`, `"a"`, `"héllo"`, `"b"`, `"xyz"`, "`raw`", `("a" + "b")`)
	case "[]int":
		return g.one("[]int{1, 2, 3}", "[]int(nil)", "[]int{}", "[]int{5}", "make([]int, 2, 5)", "[]int{2: 9}")
	case "[]string":
		return g.one(`[]string{"a", "b"}`, "[]string(nil)", `[]string{""}`)
	case "[]S":
		return g.one("[]S{{A: 1}, {B: \"x\"}}", "[]S(nil)", "[]S{{1, \"y\", nil, 3}}")
	case "map[string]int":
		return g.one(`map[string]int{"a": 1, "b": 2}`, "map[string]int{}", "make(map[string]int)")
	case "map[int]string":
		return g.one(`map[int]string{1: "a", -1: "b"}`, "map[int]string{}")
	case "[3]int":
		return g.one("[3]int{1, 2, 3}", "[3]int{}", "[3]int{2: 5}", "[...]int{7, 8, 9}")
	case "*int":
		return "new(int)"
	case "S":
		return g.one("S{}", "S{A: 1, B: \"s\"}", "S{2, \"t\", []int{1}, 4}", "S{d: 9}")
	case "*S":
		return g.one("&S{}", "&S{A: 3}", "new(S)", "&S{d: 2, B: \"p\"}")
	case "I":
		return g.one("I(S{A: 1})", "I(&S{A: 2})")
	case "any":
		return g.one("any(1)", "any(\"s\")", "any(nil)", "any(N(3))", "any(2.5)", "any(uint8(4))", "any(errPlain)", "any(&S{A: 8})")
	case "error":
		return g.one("errPlain", "error(nil)", "error(&E{5})", "errors.New(\"e\")", "fmt.Errorf(\"w %d: %w\", 1, errPlain)")
	case "func(int) int":
		return g.one("func(x int) int { return x + 1 }", "func(x int) int { return -x }", "double")
	}
	panic("no literal of " + t)
}

// expr is an expression of a type.
func (g *maker) expr(t string, depth int) string {
	if depth <= 0 {
		return g.atom(t)
	}
	if g.n(25) == 0 && !(g.plain && g.loops > 0) {
		return fmt.Sprintf("func() %s { return %s }()", t, g.expr(t, depth-1))
	}
	switch {
	case slices.Contains(ints, t) || t == "rune":
		return g.integer(t, depth)
	case t == "float64" || t == "float32":
		return g.float(t, depth)
	}
	e := func(t string) string { return g.expr(t, depth-1) }
	switch t {
	case "bool":
		switch g.n(9) {
		case 0:
			return fmt.Sprintf("(%s && %s)", e("bool"), e("bool"))
		case 1:
			return fmt.Sprintf("(%s || %s)", e("bool"), e("bool"))
		case 2:
			return "!" + e("bool")
		case 3:
			return fmt.Sprintf("(%s %s %s)", g.atom("string"), g.one("==", "!=", "<", ">="), e("string"))
		case 4:
			return fmt.Sprintf("(%s %s nil)", g.atom(g.one("error", "any", "*int", "[]int", "func(int) int")), g.one("==", "!="))
		case 5:
			k := g.one("any", "error", "[3]int", "*S")
			if g.plain {
				k = g.one("any", "error", "*S")
			}
			x, y := g.atom(k), g.atom(k)
			return fmt.Sprintf("((%s) %s (%s))", x, g.one("==", "!="), y)
		case 6:
			return fmt.Sprintf("(any(%s) == any(%s))", e(g.one("int", "error", "bool", "string")), e(g.one("int", "error", "any", "string")))
		default:
			k := g.one("int", "int8", "uint8", "int64", "uint64", "float64", "N", "rune", "float32")
			return fmt.Sprintf("(%s %s %s)", e(k), g.one("==", "!=", "<", "<=", ">", ">="), g.variableOr(k, depth-1))
		}
	case "string":
		switch g.n(9) {
		case 0, 1:
			return fmt.Sprintf("short(%s + %s)", e("string"), e("string"))
		case 2:
			return fmt.Sprintf("upTo(%s, %s)", e("string"), e("int"))
		case 3:
			return fmt.Sprintf("short(fmt.Sprint(%s))", e(g.one("int", "bool", "N", "float64", "[]int", "uint8", "rune", "float32", "error", "[3]int", "S")))
		case 4:
			return fmt.Sprintf("strconv.Itoa(%s)", e("int"))
		case 5:
			return fmt.Sprintf("string(rune('a'+small(%s)))", e("int"))
		case 6:
			return fmt.Sprintf("strings.Repeat(%s, small(%s))", g.literal("string"), e("int"))
		case 7:
			return fmt.Sprintf("kind(%s)", g.typed(g.kind(), depth-1))
		}
		return fmt.Sprintf("%s[%s]", g.atom("map[int]string"), e("int"))
	case "[]int":
		switch g.n(6) {
		case 0:
			return fmt.Sprintf("few(append(%s, %s))", e("[]int"), e("int"))
		case 1:
			return fmt.Sprintf("append(few(%s), few(%s)...)", e("[]int"), e("[]int"))
		case 2:
			return fmt.Sprintf("[]int{%s, %s}", e("int"), e("int"))
		case 3:
			if g.panics && g.plain {
				break
			}
			x := g.atom("[]int")
			return fmt.Sprintf("few(%s)[:small(%s)*0]", x, e("int"))
		case 4:
			return g.atom("S") + ".C"
		}
		return g.atom("[]int")
	case "[]string":
		switch g.n(3) {
		case 0:
			return fmt.Sprintf("[]string{%s, %s}", e("string"), e("string"))
		case 1:
			return fmt.Sprintf("strings.Fields(%s)", e("string"))
		}
	case "[3]int":
		if g.n(2) == 0 {
			return fmt.Sprintf("[3]int{%s, %s}", e("int"), e("int"))
		}
	case "map[string]int":
		if g.n(2) == 0 {
			return fmt.Sprintf("map[string]int{%s: %s}", e("string"), e("int"))
		}
	case "map[int]string":
		if g.n(2) == 0 {
			return fmt.Sprintf("map[int]string{%s: %s}", e("int"), e("string"))
		}
	case "*int":
		if v := g.variable("int"); v != "" && g.n(2) == 0 && !(g.plain && g.loops > 0) {
			return "&" + v
		}
	case "*S":
		if v := g.variable("S"); v != "" && g.n(2) == 0 && !(g.plain && g.loops > 0) {
			return "&" + v
		}
		return fmt.Sprintf("&S{A: %s, d: %s}", e("int"), e("uint8"))
	case "S":
		switch g.n(3) {
		case 0:
			return fmt.Sprintf("S{%s, %s, %s, %s}", e("int"), e("string"), e("[]int"), e("uint8"))
		case 1:
			return "*" + g.expr("*S", 0)
		}
	case "[]S":
		return fmt.Sprintf("[]S{%s, {A: %s}}", e("S"), e("int"))
	case "I":
		return "I(" + e(g.one("S", "*S")) + ")"
	case "any":
		// What is in an interface may be compared, so it has to be comparable.
		return "any(" + g.typed(g.one("int", "string", "bool", "float64", "N", "uint8", "[3]int", "rune", "int64", "float32", "error"), depth-1) + ")"
	case "error":
		switch g.n(3) {
		case 0:
			return fmt.Sprintf("error(&E{%s})", e("int"))
		case 1:
			return fmt.Sprintf("fmt.Errorf(\"%%v: %%w\", %s, errPlain)", e(g.one("int", "string", "bool", "N")))
		}
	case "func(int) int":
		return fmt.Sprintf("func(x int) int { return x %s %s }", g.one("+", "*", "^"), g.variableOr("int", 0)) // no calls: it could call itself
	}
	return g.atom(t)
}

// variableOr keeps an operand from being a constant, beside which another constant might not fit.
func (g *maker) variableOr(t string, depth int) string {
	if v := g.variable(t); v != "" {
		return v
	}
	return fmt.Sprintf("v_%s(%s)", t, g.expr(t, depth))
}

// value is an expression of a type that is all of a statement's right side: the only place for a call of a function that
// changes variables, because Go does not say whether what stands beside the call is read before it or after.
func (g *maker) value(t string, depth int) string {
	if g.n(4) > 0 {
		return g.expr(t, depth)
	}
	for _, i := range g.r.Perm(len(g.funcs)) {
		if f := g.funcs[i]; len(f.results) == 1 && f.results[0] == t {
			return fmt.Sprintf("%s(%s)", f.name, g.list(f.params, depth-2))
		}
	}
	return g.expr(t, depth)
}

func (g *maker) integer(t string, depth int) string {
	e := func(t string) string { return g.expr(t, depth-1) }
	v := func() string { return g.variableOr(t, 0) } // constants alone could overflow
	switch g.n(14) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", e(t), g.one("+", "-", "*"), v())
	case 3:
		return fmt.Sprintf("(%s %s %s)", e(t), g.one("&", "|", "^", "&^"), v())
	case 4:
		return fmt.Sprintf("(%s %s (%s | 1))", e(t), g.one("/", "%"), v())
	case 5:
		if g.plain {
			return g.atom(t)
		}
		return fmt.Sprintf("(%s %s (%s & 15))", v(), g.one("<<", ">>"), e("uint8"))
	case 6:
		return fmt.Sprintf("%s%s", g.one("-", "^"), v())
	case 7:
		other := g.one("int", "int8", "uint8", "int32", "uint16", "int64", "uint64", "N", "rune")
		return fmt.Sprintf("%s(%s)", t, g.variableOr(other, 0))
	}
	if t == "N" {
		if g.n(2) == 0 {
			return v() + ".Twice()"
		}
		return g.atom(t)
	}
	if t != "int" {
		if g.n(4) == 0 && !g.plain {
			return fmt.Sprintf("%s(%s(%s, %s))", t, g.one("min", "max"), v(), v())
		}
		return g.atom(t)
	}
	switch g.n(12) {
	case 0:
		return "len(" + e(g.one("string", "[]int", "map[string]int", "[]string")) + ")"
	case 1:
		return fmt.Sprintf("pick(%s, %s)", e("[]int"), e("int"))
	case 2:
		return fmt.Sprintf("%s[%s]", g.atom("map[string]int"), e("string"))
	case 3:
		if w := g.variable("*int"); w != "" {
			return "*" + w
		}
	case 4:
		if w := g.variable(g.one("S", "*S")); w != "" {
			return w + g.one(".A", ".Get()")
		}
	case 5:
		if w := g.variable("func(int) int"); w != "" {
			return fmt.Sprintf("%s(%s)", w, e("int"))
		}
	case 6:
		if w := g.variable("[3]int"); w != "" && !(g.panics && g.plain) {
			return fmt.Sprintf("%s[at(%s, 3)]", w, e("int"))
		}
	case 7:
		return fmt.Sprintf("int(%s)", e(g.one("uint8", "rune", "int64", "N")))
	case 8:
		return fmt.Sprintf("strings.Index(%s, %s)", e("string"), e("string"))
	case 9:
		if w := g.variable("I"); w != "" && !g.plain {
			return w + ".Get()"
		}
	}
	return g.atom(t)
}

func (g *maker) float(t string, depth int) string {
	e := func(t string) string { return g.expr(t, depth-1) }
	v := func() string { return g.variableOr(t, 0) }
	wrap := func(s string) string {
		if t == "float64" {
			return "sane(" + s + ")"
		}
		return "float32(sane(float64(" + s + ")))"
	}
	switch g.n(6) {
	case 0, 1:
		return wrap(fmt.Sprintf("%s %s %s", e(t), g.one("+", "-", "*"), v()))
	case 2:
		return wrap(fmt.Sprintf("%s / (%s*%s + 1)", e(t), v(), v()))
	case 3:
		return fmt.Sprintf("%s(%s)", t, g.variableOr(g.one("int", "int8", "uint8", "N", "float32", "float64"), 0))
	case 4:
		return fmt.Sprintf("%s(math.%s(float64(%s)))", t, g.one("Floor", "Abs", "Ceil"), e(t))
	}
	return "-" + v()
}
