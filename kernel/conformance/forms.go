package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"joule/kernel/conformance/cells"
)

// The forms suite makes functions up, from a seed, out of the forms of the Go specification: every way to define, to assign, to copy,
// to capture and to take an address, over variables of every kind. The functions are short, so that most are interpreted, and each
// shows all its variables whenever something may have changed.

// formTests are the notebooks of the seeds from o.seed on.
func formTests(ctx context.Context, l *lab, o options) (tests []test, err error) {
	var scripts []cells.Script
	for i := range o.count {
		scripts = append(scripts, formScript(o.seed+uint64(i)))
	}
	if err := golden(ctx, l, "forms", scripts, o); err != nil {
		return nil, err
	}
	for _, s := range scripts {
		tests = append(tests, scriptTest("forms", s))
	}
	return tests, nil
}

const formPreamble = `import ("errors"; "fmt"; "regexp"; "strconv"; "strings")
type P struct { X int; S string; A [2]int; L []int }
func (p P) sum() int { return p.X + p.A[0] + len(p.L) }
func (p *P) bump(n int) *P { p.X += n; p.A[1]++; return p }
func (p P) with(n int) P { p.X = n; p.A[0] = n; return p }
type T struct { P; N *T; M map[string]int; F func(int) int; E any }
type N int8
func (n N) twice() N { return 2 * n }
func (n *N) up() { *n++ }
type Word string
func (w Word) loud() Word { return Word(strings.ToUpper(string(w))) }
type Bad struct { N int }
func (b Bad) Error() string { return fmt.Sprint("bad ", b.N) }
type Em struct{}
func (Em) Error() string { return "em" }
type Ints []int
func (x Ints) Error() string { return fmt.Sprint("ints ", len(x)) }
func fail(n int) error { switch mod(n) { case 0: return Bad{n % 10}; case 1: return &Bad{n % 9}; }; return nil }
func two(n int) (int, string) { return n % 97 + 1, strconv.Itoa(n % 7) }
func parse(s string) (int, error) { return strconv.Atoi(s) }
func mk(n int) P { return P{X: n, A: [2]int{n, 1}} }
func arr(n int) [3]int { return [3]int{n, n + 1, 2} }
func all(s string, xs ...int) int { return len(s)*10 + len(xs) }
func either(c bool, x, y any) any { if c { return x }; return y }
func mod(n int) int { return (n%3 + 3) % 3 }
func cut(s string) string { if len(s) > 9 { return s[:9] }; return s }
func few(xs []int) []int { if len(xs) > 5 { return xs[:5] }; return xs }
func tame(n int) int { return n % 1000 }
func try(name string, run func()) {
	defer func() { if r := recover(); r != nil { fmt.Println(name, r) } }()
	run()
}
var address = regexp.MustCompile("0x[0-9a-f]+")
func no(x any) string { return address.ReplaceAllString(fmt.Sprint(x), "0x") }
var errHere = errors.New("here")
var calls int
func next() int { calls++; return calls % 5 }`

// formVariables are the variables of every function. Each line is there in one of its ways.
var formVariables = [][]string{
	{"i, j, n := 1, 2, 3", "i := 1\nj, n := 2, 3", "var i, j, n int = 1, 2, 3", "var i = 1\nvar j, n = 2, 3", "i, j := 1, 0\nj, n := 2, 3"},
	{"s, w := \"añb\", Word(\"w\")", "var s string = \"añb\"\nvar w Word = \"w\"", "var s, w = \"añb\", Word(\"w\")"},
	{"xs, ys := []int{4, 5, 6}, []int{1, 2, 3, 4}", "xs := []int{4, 5, 6}\nys := append([]int{}, 1, 2, 3, 4)", "var xs, ys []int = []int{4, 5, 6}, []int{1, 2, 3, 4}"},
	{"a, b := [3]int{1, 2, 3}, [...]int{2: 9}", "var a, b [3]int\na, b[2] = [3]int{1, 2, 3}, 9", "a := arr(1)\nvar b [3]int = [3]int{2: 9}"},
	{"p, q := P{1, \"p\", [2]int{1, 2}, nil}, P{X: 2}", "p := P{1, \"p\", [2]int{1, 2}, nil}\nvar q P\nq.X = 2", "var p, q = P{1, \"p\", [2]int{1, 2}, nil}, mk(2)"},
	{"pp, pi, pa, px := &p, &n, &a, &xs", "pp := &p\npi, pa := &n, &a\npx := &xs", "var pp *P = &p\npi := &n\npa, px := &a, &xs", "pp, pi := &P{X: 8}, new(int)\npa := &b\npx := &ys"},
	{"m, mp := map[string]int{\"a\": 1}, map[int]P{1: {X: 5}}", "m := make(map[string]int)\nm[\"a\"] = 1\nvar mp = map[int]P{1: {X: 5}}"},
	{"ps, ms := []P{{X: 1}, {S: \"s\"}}, map[string][]int{\"a\": {1}}", "var ps = []P{{X: 1}, mk(3)}\nms := map[string][]int{}"},
	{"var v any = 1\nvar err error", "var v any = P{X: 4}\nvar err error = Em{}", "var v, err = any(Ints{1}), error(Bad{2})", "v, err := any(p), error(nil)", "var v, err = any(\"v\"), errHere"},
	{"k, u, c := N(100), uint8(250), int16(-9)", "var k N = 100\nvar u uint8 = 250\nc := int16(-9)"},
	{"on, f := true, 0.5", "var on = true\nf := 1 / 2.0"},
	{"tt := T{P: P{X: 3}, M: map[string]int{}}\nt := &tt", "t := &T{P: mk(3), M: map[string]int{}}\ntt := *t", "t := new(T)\nt.M = map[string]int{\"t\": 1}\nvar tt T = *t"},
}

const formShown = `i, j, n, s, w, xs, ys, a, b, p, q, *pp, *pi, *pa, *px, m, mp, ps, ms, no(v), err, k, u, c, on, f, tt.P, t.P, tt.M, t.M, t.N == nil, no(t.E)`

// simpleForms are statements of a line.
var simpleForms = []string{
	"i = $I", "j, n = $I, $I", "i, j = j, i", "i, j, n = n, i, j", "i += $I", "n -= $I", "*pi = $I", "*pi += $I", "i++", "n--", "i ^= $I", "n &^= $I", "i %= 7", "n *= -1",
	"s = $S", "s += $S", "s, w = string(w), Word(s)", "w = w.loud()", "w += Word($S)", "xs = $X", "xs, ys = ys, xs", "xs = append(xs, $I)", "xs = append(xs, $X...)", "xs[$0] = $I",
	"xs[$0] += $I", "xs[$0]++", "xs[$0], xs[0] = xs[0], xs[$0]", "ys = append(xs[:1], $I)", "ys = xs[:1]", "ys = xs[:1:1]", "xs = append(ys[:0], xs...)", "copy(ys, xs)", "copy(xs[1:], xs)",
	"*px = append(*px, $I)", "(*px)[0] = $I", "*px = $X", "a = $A", "a, b = b, a", "b = a", "a[$3] = $I", "a[$3] += $I", "a[$3], b[$3] = $I, $I", "pa[$3] = $I", "pa[$3]--", "*pa = $A", "*pa = *pa",
	"p = $P", "p, q = q, p", "q = p", "p.X = $I", "p.X += $I", "p.A[$2] = $I", "p.A[$2]++", "q.A = p.A", "q.L = append(q.L, $I)", "pp.X = $I", "pp.A[$2] += $I", "*pp = $P", "pp = &q",
	"pp = &ps[0]", "pi = &p.X", "pi = &a[$3]", "pi = &xs[$0]", "pi = &pp.A[$2]", "pi = &i", "pa = &b", "px = &ys", "pp = &P{X: $I}", "*pp, i = $P, pp.X", "i, p = p.X, P{X: i}",
	"m[$S] = $I", "m[$S] += $I", "m[s]++", "m = map[string]int{s: $I}", "delete(m, $S)", "mp[i] = $P", "mp[j] = mp[1]", "q = mp[$I]", "ps[0] = $P", "ps[0].X += $I", "ps[1].A[$2] = $I",
	"ps[0], ps[1] = ps[1], ps[0]", "ps = append(ps[:1], $P, p)", "ms[$S] = append(ms[$S], $I)", "ms[s] = $X", "v = $V", "v = p", "v = xs", "v = *pp", "v, err = $V, errHere", "err = nil", "err = errHere", "err = Bad{$I % 10}", "err = Em{}", "err = &Bad{3}", "err = Ints{1, 2}", "v = Em{}", "v = Ints{$I}", "v = []int{1}", "v = Bad{1}", "v, err = Em{}, Em{}", "err = fail($I)",
	"_, on = v.(Ints)", "_, on = err.(Em)", "_, on = err.(*Bad)", "on = err == error(Em{})", "t.E = Em{}", "t.E = v", "t.E, v = v, t.E",
	"k += N($I)", "k++", "k = k.twice()", "k *= k", "k.up()", "u += uint8($I)", "u--", "u = -u", "u *= 3", "c = int16($I) * 300", "c -= int16(u)", "u = uint8(c)", "k = N(u)", "on = !on", "on = i < j && on",
	"on = on || n > 3", "f = f*2 - 1", "f /= 3", "f = float64($I) / 2", "i = int(f)", "tt = *t", "*t = tt", "tt.X = $I", "t.X += $I", "t.P = $P", "tt.P = p", "t = &tt", "t.M[$S]++", "tt.M = m",
	"t.N = &T{P: p}", "t.E = $V", "t.E = i", "p.bump($I)", "pp.bump(1).X++", "p = p.with($I)", "q = pp.with(4)", "t.bump(2)", "i = p.sum() + t.sum()", "tt = T{P: $P, M: m}", "i, s = two($I)",
	"n, err = parse($S)", "_, s = two($I)", "v, on = m[$S]", "i, on = m[$S]", "q, on = mp[$I]", "n, on = v.(int)", "s, on = v.(string)", "p, on = v.(P)", "_, on = m[s]", "i, _ = m[$S]", "n, _ = v.(int)",
	"xs = few(xs)", "i = all(s, xs...)", "i = all(s)", "i = all(s, i, j)", "xs[$0] = next()", "a[next()%3] += next()", "m[s+cut(s)] = next() + next()*10", "xs = []int{xs[len(xs)-1], xs[0]}",
	"p = P{p.A[0], p.S + \"x\", [2]int{p.A[1], p.X}, p.L}", "a = [3]int{a[2], a[0], a[1]}", "*pp = P{pp.A[1], s, pp.A, nil}", "i, n = n, i+n", "s, i = s[:len(s)/2], len(s)",
}

// headForms are those that may stand in the head of an if.
var headForms = func() []string {
	list := []string{"p = ($P)", "a = ($A)", "xs = ($X)", "i, p = $I, ($P)", "*pp = ($P)", "ps[0] = ($P)"}
	for _, form := range simpleForms {
		if !strings.ContainsAny(form, "{") && !strings.Contains(form, "$P") && !strings.Contains(form, "$A") && !strings.Contains(form, "$X") {
			list = append(list, form)
		}
	}
	return list
}()

// definingForms define $v, and others anew in an inner block; each is followed by what uses them.
var definingForms = []string{
	"$v := $I", "$v := i + $I", "$v, i := $I, $I", "i, $v := $I, $S", "j, n, $v := n, j, xs", "s, $v := $S, $P", "xs, $v := $X, $A", "a, $v := $A, $I", "p, $v := $P, &q", "p, q, $v := q, p, $V",
	"m, $v := map[string]int{s: $I}, $X", "v, $v := $V, $V", "$v := &p", "$v := &xs", "$v := a", "$v := &a", "$v := *pp", "$v := p.A", "$v := tt.P", "$v := t.P", "$v := xs[:1]", "$v := ps[0]", "$v := &ps[0]",
	"$v := mp[i]", "var $v int", "var $v, $w = $I, $S", "var $v, $w []int = $X, nil", "var $v P", "var $v any = $I", "var $v any = p", "var $v error", "var $v []P", "$v := k", "$v := k.twice() + 1",
	"$v := u * 2", "$v := c / 2", "$v := string(w)", "$v := []byte(s)", "$v := []rune(s)", "$v := float32(f) / 3", "$v := uint16($I)", "$v := either(on, $V, $V)", "$v := struct{ A, B int }{$I, $I}",
	"$v := map[N]int{k: $I}", "$v := [][]int{$X, {$I}}", "$v := [2][2]int{{1, $I}, {$I}}", "$v := []*int{&i, &j}", "$v := map[string]*P{s: &p}", "$v := []any{$V, $I, nil}", "i, $v := two($I)", "$v, err := parse($S)",
	"$v, on := m[$S]", "$v, on := mp[$I]", "i, $v := m[$S]", "$v, on := v.(int)", "n, $v := v.(int)", "$v, on := v.(P)", "q, $v := mp[$I]", "$v, $w := ms[$S]", "$v, _ := m[$S]", "$v, _ := v.(string)",
	"$v := p.sum", "$v := func() int { return i + n }()", "const $v = 1 << 4", "$v := len(s) + cap(ys[:1:2])", "$v := i == n", "$v := err == nil && on", "$v := T{P: p, M: m}", "$v := []P{p, q, *pp}",
	"$v := [...]P{1: p}", "$v := append([]P(nil), ps...)", "$v := append(xs[:1:1], $I)", "$v, $w := *pp, pp", "$v, on := err.(Bad)", "$v, on := err.(Em)", "$v, on := v.(Ints)", "$v, on := v.(Em)", "$v, _ := err.(*Bad)", "$v := error(Em{})", "var $v error = Bad{$I % 10}", "$v := []error{Em{}, err, nil}",
	"$v := map[string]any{\"e\": Em{}, \"p\": p}", "$v, err := error(Em{}), fail(i)", "$v, $w := any(Em{}), err", "$v, $w := a, &a", "_, $v := $I, $S",
}

// uses of what was defined, which may be anything.
var formUses = []string{"fmt.Println(no($v))", "v = $v", "fmt.Printf(\"%T;\", $v)", "_ = $v", "t.E = $v"}

// bigForms are statements with blocks; $B is a block's statements.
var bigForms = []string{
	"if $C {\n$B} else {\n$B}", "if $C {\n$B}", "if $s; $C {\n$B}", "if $s; $C {\n$B} else if $s; $C {\n$B} else {\n$B}", "if $v, ok := m[$S]; ok {\n_ = $v\n$B} else {\nfmt.Print($v, ok, \" \")\n$B}",
	"if $v, ok := v.(int); !ok {\nfmt.Print($v, \" \")\n$B}", "for $v := 0; $v < 3; $v++ {\n$B}", "for $v := range 3 {\ni += $v\n$B}", "for $v, $w := range few(xs) {\nn += $v - $w\n$B}", "for _, $v := range ps {\n$v.X++\n$v.A[0] = 7\nfmt.Print($v, \" \")\n$B}",
	"for $v, $w := range cut(s) {\nn += $v + int($w)%9\n$B}", "for $v := range few(xs) {\nxs[$v]++\n$B}", "for $v, $w := 0, 9; $v < $w; $v, $w = $v+1, $w-3 {\n$B}", "for range 2 {\n$B}",
	"for $v := 0; $v < 4; $v++ {\nif $v == mod(i) { continue }\n$B\nif on { break }\n}", "switch mod(i) {\ncase 0:\n$Bcase 1, 5:\n$Bdefault:\n$B}", "switch {\ncase $C:\n$Bcase $C, on:\n$B}", "switch $s; {\ncase on:\n$Bdefault:\n$B}",
	"switch $v := $I; $v {\ncase 1, 2, 3:\nn = $v\n$Bcase 4:\n$B\nfallthrough\ncase 5:\n$B}", "switch $v := v.(type) {\ncase int:\n$v++\nn = $v\n$Bcase string, nil:\nfmt.Print(no($v), \" \")\n$Bcase P:\n$v.X = 99\nfmt.Print($v, \" \")\n$B}", "{\n$B}",
	"func() {\n$B}()", "$v := func(x int) int {\n$Breturn x + i\n}\nn = tame($v($I) + $v(2))", "$v := func(p P, xs ...int) (s string, a [3]int) {\np.X = 5\na[1] = len(xs)\ns = cut(p.S)\nreturn\n}\ns, a = $v(p)\nfmt.Println($v(q, xs...))",
	"$v := func() func() int { $w := i; return func() int { $w++; i = $w; return $w } }()\nfmt.Print($v(), $v(), i, \" \")", "$v, $w := func() { i, s = two(i + 1) }, func() string { return fmt.Sprint(i, s) }\n$v()\nfmt.Print($w(), \" \")\n$B\nfmt.Print($w(), \" \")",
	"{\ni, s := $I, $S\n_, _ = i, s\n$B}", "{\np, xs := $P, $X\np.X++\nxs = append(xs, 3)\n$Bfmt.Print(p, xs, \" \")\n}", "{\na := a\na[0] = 77\nfmt.Print(a, \" \")\n$B}", "{\nlen, string := 1, \"s\"\nfmt.Print(len, string, \" \")\n}",
	"$v := []func() int{}\nfor i := range 3 {\n$v = append($v, func() int { i += 10; n++; return i })\n}\nfmt.Print($v[0](), $v[0](), $v[2](), \" \")", "$v := map[string]func(int) int{\"a\": func(x int) int { return x + n }}\nn = tame($v[\"a\"](i))\n$v[\"b\"] = $v[\"a\"]\nfmt.Print($v[\"b\"](1), \" \")",
	"var $v func(int) int\n$v = func(x int) int { if x < 2 { return x }; return $v(x-1) + $v(x-2) }\nfmt.Print($v(7), \" \")", "t.F = func(x int) int { return x*2 + p.X }\nfmt.Print(t.F(i), \" \")", "$v := p.bump\n$v(2)\n$B$v(1)",
}

// formScript is the notebook of a seed.
func formScript(seed uint64) cells.Script {
	s := cells.Script{Name: fmt.Sprint("seed ", seed), Why: "made up"}
	g := &former{maker: maker{r: rand.New(rand.NewPCG(seed, 13))}}
	s.Cells = append(s.Cells, cells.Cell{Code: formPreamble})
	for i := range 5 {
		var calls strings.Builder
		for j := range 12 {
			name := fmt.Sprintf("f%d_%d", i, j)
			g.function(name)
			fmt.Fprintf(&calls, "try(%q, func() { fmt.Println(%s()) })\n", name, name)
		}
		s.Cells = append(s.Cells, cells.Cell{Code: g.take()}, cells.Cell{Code: calls.String()})
	}
	for i := range 3 { // the same in a literal among the statements of a cell, where a panic may end it
		g.line("try(\"cell %d\", func() {", i)
		g.body("fmt.Println(\"at\", " + formShown + ")")
		g.line("})")
		s.Cells = append(s.Cells, cells.Cell{Code: g.take()})
	}
	return s
}

// former makes functions of forms.
type former struct {
	maker
	show string // shows all variables
}

func (g *former) function(name string) {
	switch g.n(4) {
	case 0: // with a deferred function, and results that it changes
		g.line("func %s() (r int, rs string) {", name)
		g.body("fmt.Println(\"at\", "+formShown+")", "defer func() { r = r*10 + i; rs += cut(s); p.X++; fmt.Println(\"deferred\", "+formShown+") }()")
		g.line("r = i")
		g.line("return %s, rs + %s", g.filled("$I"), g.filled("$S"))
	case 1: // with what captures all of them
		g.line("func %s() string {", name)
		g.body("at()", "at := func() { fmt.Println(\"at\", "+formShown+") }")
		g.line("return no(fmt.Sprint(%s))", formShown)
	case 2: // which returns copies
		g.line("func %s() (P, [3]int, string, []int, error) {", name)
		g.body("fmt.Println(\"at\", " + formShown + ")")
		g.line("return %s, %s, no(%s), xs, err", g.filled("$P"), g.filled("$A"), g.filled("$V"))
	case 3:
		g.line("func %s() (p P) {", name)
		g.line("q0 := &p")
		g.line("func() {")
		g.body("fmt.Println(\"at\", " + formShown + ")")
		g.line("*q0 = q")
		g.line("}()")
		g.line("p = p.with(%d)", g.n(9))
		g.line("return")
	}
	g.line("}")
}

// body declares the variables and does something with them.
func (g *former) body(show string, first ...string) {
	g.show = show
	for _, ways := range formVariables {
		g.line("%s", g.one(ways...))
	}
	for _, st := range first {
		g.line("%s", st)
	}
	g.line("_, _ = fmt.Println(%s)", "i, j, n, s, w, xs, ys, a, b, p, q, *pp, *pi, *pa, *px, m, mp, ps, ms, no(v), err, k, u, c, on, f, tt.P, t.P")
	for range 2 + g.n(4) {
		g.statement(2)
		g.line("%s", g.show)
	}
}

// statement writes a statement.
func (g *former) statement(deep int) {
	switch k := g.n(10); {
	case k < 2 && deep > 0:
		text := g.one(bigForms...)
		for strings.Contains(text, "$B") {
			outer := g.take()
			for range 1 + g.n(2) {
				g.statement(deep - 1)
			}
			if g.n(2) == 0 {
				g.line("%s", g.show)
			}
			text = strings.Replace(text, "$B", strings.ReplaceAll(g.take(), "$", "\x00"), 1)
			g.b.WriteString(outer)
		}
		text = strings.ReplaceAll(g.filled(text), "\x00", "$")
		g.line("%s", text)
	case k < 5:
		text := g.one(definingForms...)
		uses := []string{}
		list, _, define := strings.Cut(text, " := ")
		if define {
			for _, name := range strings.Split(list, ", ") {
				if name != "_" {
					uses = append(uses, "_ = "+name)
				}
			}
		}
		if strings.Contains(text, "$w") {
			uses = append(uses, "_ = $w")
		}
		if strings.Contains(text, "var $v") {
			uses = append(uses, "_ = $v")
		}
		uses = append(uses, g.one(formUses...))
		g.line("%s", g.filled(text+"\n"+strings.Join(uses, "\n")))
	default:
		g.line("%s", g.filled(g.one(simpleForms...)))
	}
}

// filled writes expressions in the places that wait for one, and names in the places of names.
func (g *former) filled(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "$v", g.fresh("x")), "$w", g.fresh("y"))
	for strings.Contains(text, "$") {
		for _, p := range []struct {
			name string
			ways []string
		}{
			{"$s", headForms},
			{"$C", []string{"i < j", "on", "!on && n > 1", "s == \"\" || on", "err != nil", "v != nil", "len(xs) > 2", "p.X == n", "pp == &p", "u > 100", "k < 0", "v == any(1)", "m[\"a\"] > 0"}},
			{"$I", []string{"1", "i", "j", "n", "i + j", "n - 1", "len(xs)", "xs[0]", "a[1]", "a[$3]", "p.X", "pp.X", "*pi", "m[s]", "int(u)", "int(k) * 2", "p.sum()", "next()", "mp[1].X", "ps[0].X", "-i", "tame(i * n)", "len(s) * 2", "t.X", "p.A[$2]", "int(c)"}},
			{"$S", []string{"s", "\"a\"", "\"12\"", "cut(s)", "cut(s + \"x\")", "string(w)", "p.S", "fmt.Sprint(i % 5)", "s[:1]", "strconv.Itoa(tame(n))"}},
			{"$X", []string{"xs", "ys", "[]int{$I, 2}", "[]int{}", "xs[1:]", "few(append(ys, $I))", "[]int(nil)", "a[:]", "pa[1:]", "*px", "[]int{2: i, 5}", "make([]int, 2, 4)", "ms[\"a\"]"}},
			{"$A", []string{"a", "b", "*pa", "[3]int{$I}", "[3]int{1: $I, 5}", "arr(i)", "[...]int{i, j, n}"}},
			{"$P", []string{"p", "q", "*pp", "P{X: $I}", "P{A: [2]int{$I, 1}, S: s}", "mk($I)", "ps[0]", "mp[i]", "p.with(3)", "tt.P", "t.P", "P{i, s, [2]int{j}, xs}", "*p.bump(1)"}},
			{"$V", []string{"any(i)", "any(s)", "any(p)", "any(nil)", "any(k)", "any(a)", "any(2.5)", "any(xs)", "any(w)", "any(u)", "v", "any($I + 1)"}},
			{"$0", []string{"0", "mod(i) % len(xs)", "len(xs) - 1"}}, {"$2", []string{"0", "1", "mod(n) / 2"}}, {"$3", []string{"0", "2", "mod(i)", "mod(next())"}},
		} {
			text = strings.Replace(text, p.name, g.one(p.ways...), 1)
		}
	}
	return text
}
