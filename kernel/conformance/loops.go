package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"joule/kernel/conformance/cells"
)

// The loops suite makes loops up, from a seed, that count and sum in variables of the session, in cells that are compiled. What the
// compiled code keeps of a variable must never be seen: the loops are left in every way there is, and what else may look at a
// variable or change it is between them. Every cell shows all variables afterwards.

// loopTests are the notebooks of the seeds from o.seed on.
func loopTests(ctx context.Context, l *lab, o options) (tests []test, err error) {
	var scripts []cells.Script
	for i := range o.count {
		scripts = append(scripts, loopScript(o.seed+uint64(i)))
	}
	if err := golden(ctx, l, "loops", scripts, o); err != nil {
		return nil, err
	}
	for _, s := range scripts {
		for i := range s.Cells {
			s.Cells[i].Code = "%%native\n" + s.Cells[i].Code
		}
		tests = append(tests, scriptTest("loops", s))
	}
	return tests, nil
}

const loopPreamble = `import ("fmt"; "math")
type node struct { v int; next *node }
type pair struct { X int; Y float64; a [3]int }
type grade int8
func (g grade) plus(n int) grade { return g + grade(n) }
func (g *grade) add(n int) { *g += grade(n) }
var i, j, n, fuel, depth int
var u uint8
var w int64
var c grade
var f, g float64
var z complex128
var s, t string
var xs, ys []int
var fs []float64
var arr [4]int
var m map[int]int
var st pair
var list, p *node
var q *int
var on bool
var ch chan int
func reset() {
	i, j, n, fuel, u, w, c, f, g, z, s, t = 1, 2, 3, 60, 250, -5, 3, 0.5, 2, 1, "añb", "zy"
	xs, ys, fs, arr, m = []int{4, 5, 6}, []int{1, 2, 3, 4, 5}, []float64{0.1, 0.2}, [4]int{1, 2, 3, 4}, map[int]int{1: 2}
	st, list, on, ch, q = pair{1, 2, [3]int{1, 2, 3}}, &node{1, &node{2, &node{3, nil}}}, true, make(chan int, 100), &n
	p, depth = list, 0
}
func show(why any) {
	at := -1
	if p != nil { at = p.v }
	fmt.Println(why, i, j, n, fuel, u, w, c, f, g, z, s, t, xs, cap(xs) >= len(xs), ys, fs, arr, m, st, at, *q, on, len(ch))
}
func touch() int { n++; f = -f; xs = append(xs, 9); return n + i }
func two() (int, float64) { i++; return j, f }
func seq(yield func(int) bool) { for k := range 3 { n++; if !yield(k) { return } } }
func later() { show("deferred") }
func try(name string, run func()) {
	reset()
	defer func() {
		if r := recover(); r != nil { show(r) } else { show("done") }
	}()
	fmt.Println(name)
	run()
}
var _ = math.Pi`

// loopScript is the notebook of a seed.
func loopScript(seed uint64) cells.Script {
	s := cells.Script{Name: fmt.Sprint("seed ", seed), Why: "made up"}
	s.Cells = append(s.Cells, cells.Cell{Code: loopPreamble})
	g := &looper{maker: maker{r: rand.New(rand.NewPCG(seed, 11))}}
	for i := range 4 {
		g.b.Reset()
		for k := range 12 {
			name := fmt.Sprintf("run%d_%d", i, k)
			fmt.Fprintf(&g.b, "func %s() {\n", name)
			if g.n(4) == 0 {
				g.line("defer later()")
			}
			for range 1 + g.n(2) {
				g.loop(2)
			}
			fmt.Fprintf(&g.b, "}\ntry(%q, %s)\n", name, name)
		}
		g.line("reset()")
		g.top = true
		g.loop(2) // of the statements of the cell
		g.top = false
		g.line(`show("end")`)
		s.Cells = append(s.Cells, cells.Cell{Code: g.filled(g.b.String())})
	}
	return s
}

// filled writes expressions in the places that wait for one.
func (g *looper) filled(text string) string {
	for strings.Contains(text, "$") {
		text = strings.Replace(text, "$I", g.one("i", "j", "n", "2", "i+j", "n-1", "len(xs)", "int(u)", "arr[i&3]", "m[n]", "j*2", "int(w%7)", "st.X", "*q", "fuel", "i/(n|1)"), 1)
		text = strings.Replace(text, "$F", g.one("f", "g", "f+g", "0.25*g", "float64(n)", "st.Y", "-f", "fs[0]", "float64(i)/3"), 1)
		text = strings.Replace(text, "$A", g.one("0", "1", "i", "len(xs)-1", "n&1"), 1)
	}
	return text
}

// looper makes loops up.
type looper struct {
	maker
	labels []string // of the loops around, innermost last
	top    bool     // not in a function
}

func (g *looper) line(format string, a ...any) { fmt.Fprintf(&g.b, format+"\n", a...) }

// loop writes a loop, its label only if something goes there.
func (g *looper) loop(deep int) {
	label := g.fresh("L")
	g.labels = append(g.labels, label)
	outer := g.b.String()
	g.b.Reset()
	head, first, _ := strings.Cut(g.one(heads...), "|")
	g.line("for %s {", head)
	g.line("%s", first)
	leave := "return"
	if g.top {
		leave = g.one("break", "break "+label)
	}
	g.line("if fuel--; fuel < 0 { %s }", g.one(leave, leave, "panic(fuel)"))
	if g.top {
		text := strings.ReplaceAll(g.b.String(), "panic(fuel)", leave)
		g.b.Reset()
		g.b.WriteString(text)
	}
	for range 1 + g.n(4) {
		g.step(deep)
	}
	g.line("}")
	body := g.b.String()
	g.b.Reset()
	g.b.WriteString(outer)
	g.labels = g.labels[:len(g.labels)-1]
	if strings.Contains(body, " "+label+" ") || strings.Contains(body, " "+label+"\n") {
		g.line("%s:", label)
	}
	g.b.WriteString(body)
}

// heads are the heads of loops, each with what uses the variables that it declares.
var heads = []string{"", "n < 40", "i = 0; i < len(xs); i++", "i = 0; i < 5; i, j = i+1, j+i", "i, j = 0, 9; i < j; i += 2", "u = 200; u > 5; u += 3", "i = range 4",
	"i = range xs", "i, j = range ys", "_, f = range fs", "i, st.X = range ys", "range 3", "k, x := range xs|n += k - x", "x := range 5|j -= x", "i, j = range map[int]int{n: 3}",
	"p = list; p != nil; p = p.next", "on", "n = touch(); n < 20; n++", "k := i; k < 9; k++|w += int64(k)", "; i < 6; i++", "len(xs) < 9", "i, arr[1] = range xs",
	"c = 0; c < 7; c++", "f = 0; f < 3; f += 0.5", "i = range len(s)", "o, r := range s|w += int64(r) + int64(o)", "j = i; j < 9; j = touch()",
	"w = 1; w < 500; w <<= 1+u%2", "k := touch(); k < 9; k += n|w += int64(k)", "x := range seq|n += x", "i = range arr", "i, *q = range ys", "(i) = range 3"}

// steps are what loops do. $I is an integer expression, $F one of floats.
var steps = []string{"i++", "n--", "n += $I", "i, j = j, i", "n = $I", "j = $I % 7", "f = 0.5*f + float64($I)", "g -= $F", "f, g = g, f", "f = math.Sqrt(math.Abs($F))", "u += uint8($I)",
	"u++", "w ^= int64($I) << (u % 5)", "w /= int64($I)", "c += grade($I)", "c = c.plus(n)", "c.add(2)", "z = z*complex(0, 1) + complex(f, 0)", "s += \"x\"", "s = s[1:]",
	"s, t = t, s", "xs = append(xs, $I)", "xs = xs[1:]", "xs[$A] = $I", "xs[$A], n = $I, xs[$A]", "n, xs[$I] = $I, 7", "xs, ys = ys, xs", "xs[$A], ys[$A] = ys[$A], xs[$A]",
	"xs[$I]++", "fs = append(fs, $F)", "arr[$I&3] += i", "arr[$I] = n", "i, arr[$I] = 5, n", "m[$I] += n", "st.X += $I", "st.Y, f = $F, st.Y", "st.a[i&1]++", "st = pair{X: $I}", "p = p.next",
	"p, n = p.next, p.v", "p.v++", "n /= $I", "n = i / j", "i %= n", "*q += 2", "q = &n; *q *= 2", "q = &i; i++; *q = 1 + *q", "func() { n++; f *= 2 }()", "touch()", "n = touch() + n",
	"n, f = two()", "xs = append(xs, touch())", "select { case ch <- n: default: }", "select { case n = <-ch: default: }", "defer later()", "on = false", "on = n < i", "(n)++", "(f) = f / 3", "copy(xs, ys)", "clear(ys)", "m = map[int]int{n: i}",
	"if n++; n > 9 { j = n }", "if i = j; i < 3 { n = i }", "if n > i { f++ } else { g++ }", "switch n % 3 { case 0: i = n; case 1: j, i = i, j; default: f /= 2 }",
	"switch i++; { case i > n: n = i }", "{ k := n; n = k + i; s += t[:k&1] }", "{ h := func() int { return n + i }; n++; j = h() }", "for i = range 2 { n += i }", "delete(m, n)",
	"n = max(n, len(xs), min(i, j))", "n <<= 1", "n &^= i", "n -= -n", "{ var k int = n; j = k }", "t = string(rune('a' + i&7))", "ys = ys[:$I]", "ys = ys[$I:n]"}

// leaves leave a loop.
var leaves = []string{"break", "continue", "break $L", "continue $L", "return", "panic(n)", "goto $L"}

// step writes something that a loop does.
func (g *looper) step(deep int) {
	switch k := g.n(12); {
	case k < 3 && deep > 0:
		g.loop(deep - 1)
	case k == 3:
		leave := g.one(leaves...)
		if g.top && (leave == "return" || leave[0] == 'p') {
			leave = "break"
		}
		g.line("if %s { %s }", g.one("$I > 9", "i == 3", "f > 4", "fuel < 30", "len(xs) > 7"), strings.ReplaceAll(leave, "$L", g.one(g.labels...)))
	default:
		st := g.one(steps...)
		for g.top && (strings.ContainsAny(st, "[/%") || strings.Contains(st, "p.") || strings.HasPrefix(st, "defer")) { // a panic would end the cell
			st = g.one(steps...)
		}
		g.line("%s", st)
	}
}
