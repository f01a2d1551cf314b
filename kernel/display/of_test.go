package display

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

type point struct{ X, Y int }

type node struct {
	Val  int
	Next *node
}

type named string

type stringer struct{ s string }

func (s stringer) String() string { return "S:" + s.s }

type ptrStringer struct{ n int }

func (s *ptrStringer) String() string { return fmt.Sprint("P", s.n) }

type panicker struct{}

func (panicker) String() string { panic("no text today") }

type onlyHTML struct{ s string }

func (h onlyHTML) HTML() string { return "<b>" + h.s + "</b>" }

type ptrHTML struct{ s string }

func (h *ptrHTML) HTML() string { return "<i>" + h.s + "</i>" }

type badHTML struct{ N int }

func (badHTML) HTML() string { panic(errors.New("broken pipe dream")) }

type figure struct{ svg, png string }

func (f figure) SVG() string { return f.svg }
func (f figure) PNG() []byte { return []byte(f.png) }

type own struct{}

func (own) MIMEBundle() map[string]string {
	return map[string]string{"application/x-own+json": "{}", "image/png": "P"}
}
func (own) MIMEMetadata() map[string]any {
	return map[string]any{"image/png": map[string]int{"width": 300}, "bad": func() {}}
}
func (own) HTML() string { return "never asked" }

func TestGoText(t *testing.T) {
	loop := &node{Val: 1}
	loop.Next = &node{2, loop}
	selfSlice := []any{1, nil}
	selfSlice[1] = selfSlice
	selfMap := map[string]any{}
	selfMap["me"] = selfMap
	var nilPoint *point
	var nilErr error
	var nilStringer *ptrStringer
	p := &point{1, 2}
	pp := &p
	x := 7
	for _, c := range []struct {
		v      any
		static string
		want   string
		why    string
	}{
		{2, "int", "2", "a number is itself"},
		{-1.5e300, "float64", "-1.5e+300", "as %v"},
		{2.0, "float64", "2", "as %v"},
		{float32(0.1), "float32", "0.1", "not the float64 nearest to it"},
		{math.NaN(), "float64", "NaN", ""},
		{complex(1, -2), "complex128", "(1-2i)", ""},
		{true, "bool", "true", ""},
		{"a\"b\n", "string", `"a\"b\n"`, "strings are quoted, as a REPL does"},
		{named("x"), "main.named", `"x"`, "named strings too"},
		{'a', "rune", "97 'a'", "a rune by its static type"},
		{int32(97), "int32", "97", "an int32 is no rune"},
		{nil, "error", "<nil>", ""},
		{nilErr, "error", "<nil>", ""},
		{nilPoint, "*main.point", "<nil>", ""},
		{nilStringer, "*main.ptrStringer", "<nil>", "its String would panic; as fmt"},
		{point{1, 2}, "", "{X:1 Y:2}", ""},
		{p, "", "&{X:1 Y:2}", ""},
		{pp, "", "&&{X:1 Y:2}", "an address would tell nothing"},
		{&x, "", "&7", ""},
		{[]int(nil), "", "[]", "as fmt"},
		{map[string]int(nil), "", "map[]", "as fmt"},
		{[]string{"a b", "c"}, "", `["a b" "c"]`, "quotes tell where one ends"},
		{[2]bool{true, false}, "", "[true false]", ""},
		{map[string]int{"b": 2, "a": 1, "c": 3}, "", `map["a":1 "b":2 "c":3]`, "in the order of keys"},
		{map[float64]int{2: 2, -1: 1, math.Inf(1): 3}, "", "map[-1:1 2:2 +Inf:3]", ""},
		{map[any]int{"a": 1, 3: 2, 1: 3, true: 4}, "", `map[true:4 1:3 3:2 "a":1]`, "kinds apart"},
		{map[point]int{{2, 1}: 1, {1, 5}: 2}, "", "map[{X:1 Y:5}:2 {X:2 Y:1}:1]", ""},
		{map[float64]int{math.NaN(): 5}, "", "map[NaN:5]", "NaN cannot be looked up"},
		{[]any{1, "a", nil, point{}}, "", `[1 "a" <nil> {X:0 Y:0}]`, ""},
		{[]*point{{1, 2}, nil}, "", "[&{X:1 Y:2} <nil>]", ""},
		{struct{}{}, "", "{}", ""},
		{errors.New("boom"), "error", "boom", ""},
		{fmt.Errorf("outer: %w", errors.New("in")), "error", "outer: in", ""},
		{[]error{errors.New("a")}, "", "[a]", ""},
		{stringer{"x"}, "", "S:x", ""},
		{&ptrStringer{3}, "", "P3", ""},
		{[]stringer{{"x"}}, "", "[S:x]", "inside values too"},
		{struct{ S stringer }{stringer{"q"}}, "", "{S:S:q}", ""},
		{struct{ s stringer }{stringer{"q"}}, "", `{s:{s:"q"}}`, "methods of unexported fields may not be called"},
		{panicker{}, "", "%!v(PANIC=String method: no text today)", ""},
		{[]panicker{{}}, "", "[%!v(PANIC=String method: no text today)]", ""},
		{big.NewInt(12345678901234567), "", "12345678901234567", "a fmt.Formatter"},
		{1500 * time.Millisecond, "", "1.5s", ""},
		{time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC), "", "2024-02-29 01:02:03 +0000 UTC", ""},
		{[]byte("hi\n"), "", `[]byte("hi\n")`, "text is shown as text"},
		{[]byte{0, 1, 255}, "", "[0 1 255]", ""},
		{[]byte{}, "", "[]", ""},
		{math.Sin, "func(x float64) float64", "func(x float64) float64", "with the parameters' names"},
		{math.Sin, "", "func(float64) float64", ""},
		{(func())(nil), "func()", "<nil>", ""},
		{make(chan int, 3), "", "chan int (len 0, cap 3)", ""},
		{loop, "", "&{Val:1 Next:&{Val:2 Next:&{…cycle}}}", ""},
		{selfSlice, "", "[1 […cycle]]", ""},
		{selfMap, "", `map["me":map[…cycle]]`, ""},
		{[]any{p, p}, "", "[&{X:1 Y:2} &{X:1 Y:2}]", "twice is no cycle"},
		{reflect.ValueOf(3), "", "3", "what it holds, as fmt"},
		{reflect.Value{}, "", "<invalid reflect.Value>", ""},
		{reflect.TypeOf(3), "", "int", ""},
		{uintptr(255), "", "255", ""},
	} {
		if got := Of(c.v, c.static).Data["text/plain"]; got != c.want {
			t.Errorf("%T: got %q, want %q (%s)", c.v, got, c.want, c.why)
		}
	}
}

func TestTextIsBounded(t *testing.T) {
	deep := &node{}
	for range 100_000 {
		deep = &node{1, deep}
	}
	accents, angles := strings.Repeat("é", 5000), strings.Repeat("<", 3000)
	grid := make([][]string, 1000)
	for i := range grid {
		grid[i] = make([]string, 1000)
		for j := range grid[i] {
			grid[i][j] = accents
		}
	}
	table := make([]map[string]string, 1000)
	for i := range table {
		table[i] = map[string]string{}
		for j := range 500 {
			table[i][fmt.Sprint("k", j)] = angles
		}
	}
	huge := map[int]int{}
	for i := range 200_000 {
		huge[i] = i
	}
	for _, v := range []any{
		strings.Repeat("x", 10<<20), stringer{strings.Repeat("y", 10<<20)}, errors.New(strings.Repeat("z", 10<<20)),
		make([]int, 1e6), make([][4]float64, 1e6), make([]byte, 1e6), []byte(strings.Repeat("é", 1e6)), deep, grid, table, huge,
		make([]point, 1e5), [1e5]int{}, mat.NewDense(1000, 1000, nil), Text(strings.Repeat("q", 10<<20)), []any{deep, grid, table},
	} {
		b := Of(v, "")
		for mime, s := range b.Data {
			if len(s) > 512<<10 || mime == "text/plain" && len(s) > 100<<10 {
				t.Errorf("%T: %d bytes of %s", v, len(s), mime)
			}
			if !strings.ContainsAny(s, "…×⋮") && !strings.Contains(s, "the first 60 of") {
				t.Errorf("%T: %s does not say that it was cut: …%q", v, mime, s[max(0, len(s)-50):])
			}
			if !utf8.ValidString(s) {
				t.Errorf("%T: a rune was split", v)
			}
		}
	}
}

func TestValuesThatSayHowTheyLook(t *testing.T) {
	long := strings.Repeat("<path/>", 100_000)
	for _, c := range []struct {
		v    any
		want map[string]string
		why  string
	}{
		{onlyHTML{"x"}, map[string]string{"text/html": "<b>x</b>", "text/plain": "x"}, "text without tags"},
		{&onlyHTML{"x"}, map[string]string{"text/html": "<b>x</b>"}, "a pointer has the value's methods"},
		{ptrHTML{"x"}, map[string]string{"text/html": "<i>x</i>"}, "methods of the pointer, asked of a value"},
		{&ptrHTML{"x"}, map[string]string{"text/html": "<i>x</i>"}, ""},
		{(*ptrHTML)(nil), map[string]string{"text/html": "", "text/plain": "<nil>"}, "nil is not asked"},
		{badHTML{3}, map[string]string{"text/html": "", "text/plain": "{N:3}\n%!v(PANIC=HTML method: broken pipe dream)"}, "reported"},
		{figure{"<svg/>", "P"}, map[string]string{"image/svg+xml": "<svg/>", "image/png": ""}, "a small drawing stays one"},
		{figure{long, "P"}, map[string]string{"image/svg+xml": "", "image/png": "P"}, "a large one becomes pixels"},
		{figure{long, ""}, map[string]string{"image/svg+xml": long}, "unless there are none"},
		{own{}, map[string]string{"application/x-own+json": "{}", "text/html": "", "text/plain": "image/png, 1 bytes"}, "alone"},
		{Markdown("*a*"), map[string]string{"text/markdown": "*a*", "text/plain": "*a*"}, ""},
		{LaTeX("x^2"), map[string]string{"text/latex": "$$x^2$$"}, "bare formulas are set"},
		{LaTeX("$x$"), map[string]string{"text/latex": "$x$"}, ""},
		{LaTeX(`\begin{aligned}x\end{aligned}`), map[string]string{"text/latex": `\begin{aligned}x\end{aligned}`}, ""},
		{HTML("a<script>no()</script><p>b &lt; c</p><p>d</p>"), map[string]string{"text/plain": "ab < c\nd"}, ""},
		{JSON(map[string]int{"a": 1}), map[string]string{"application/json": `{"a":1}`, "text/plain": "{\n  \"a\": 1\n}"}, ""},
		{JSON(math.NaN()), map[string]string{"text/plain": "display: json: unsupported value: NaN", "application/json": ""}, ""},
		{JSON(`{"a": [1, 2]}`), map[string]string{"application/json": `{"a":[1,2]}`}, "JSON text is taken as such"},
		{JSON("{a"), map[string]string{"application/json": `"{a"`}, "other text is a string"},
		{JS("go()"), map[string]string{"application/javascript": "go()", "text/plain": "go()"}, ""},
		{Text("plain"), map[string]string{"text/plain": "plain"}, "no quotes"},
		{&Bundle{Data: map[string]string{"text/html": "<p>x"}}, map[string]string{"text/html": "<p>x", "text/plain": "x"}, ""},
		{(*Bundle)(nil), map[string]string{"text/plain": "<nil>"}, ""},
		{PNG([]byte("\xff\xd8\xff rubbish")), map[string]string{"image/jpeg": "\xff\xd8\xff rubbish", "image/png": ""}, "by its content"},
	} {
		b := Of(c.v, "")
		if b.Data["text/plain"] == "" {
			t.Errorf("%T: no text", c.v)
		}
		for mime, want := range c.want {
			if got := b.Data[mime]; got != want {
				t.Errorf("%T: %s is %.80q, want %.80q (%s)", c.v, mime, got, want, c.why)
			}
		}
	}
	b := Of(own{}, "")
	if string(b.Metadata["image/png"]) != `{"width":300}` || len(b.Metadata) != 1 {
		t.Errorf("metadata %s", b.Metadata)
	}
	if b := PNG(nil).Sized(200, 0); string(b.Metadata["image/png"]) != `{"width":200}` {
		t.Errorf("Sized gave %s", b.Metadata)
	}
}

// badImage claims a size and fails to deliver it.
type badImage struct{ image.Rectangle }

func (badImage) ColorModel() color.Model   { return color.GrayModel }
func (i badImage) Bounds() image.Rectangle { return i.Rectangle }
func (badImage) At(x, y int) color.Color   { panic("no pixels") }

func TestImages(t *testing.T) {
	img := image.NewRGBA(image.Rect(-2, -1, 3, 2))
	img.Set(-2, -1, color.RGBA{255, 0, 0, 255})
	b := Of(img, "")
	got, err := png.Decode(strings.NewReader(b.Data["image/png"]))
	if err != nil || got.Bounds().Dx() != 5 || got.Bounds().Dy() != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if r, g, _, _ := got.At(0, 0).RGBA(); r != 0xffff || g != 0 {
		t.Error("the first pixel is not red")
	}
	if b.Data["text/plain"] != "*image.RGBA 5×3" {
		t.Error(b.Data["text/plain"])
	}
	if b := Of(image.NewGray(image.Rect(0, 0, 9000, 10)), ""); !strings.Contains(b.Data["text/plain"], "shown at 3000×3") {
		t.Error(b.Data["text/plain"])
	}
	if b := Of(image.NewGray(image.Rectangle{}), ""); b.Data["image/png"] != "" || !strings.Contains(b.Data["text/plain"], "empty") {
		t.Error(b.Data)
	}
	if b := Of(badImage{image.Rect(0, 0, 4, 4)}, ""); !strings.Contains(b.Data["text/plain"], "no pixels") {
		t.Error(b.Data)
	}
	if b := Of(PNG([]byte(Of(img, "").Data["image/png"])), ""); b.Data["text/plain"] != "image/png 5×3" {
		t.Error(b.Data["text/plain"])
	}
}

func TestGonum(t *testing.T) {
	m := Of(mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5.5, -1e-9}), "")
	if want := "1    2       3\n4  5.5  -1e-09\n"; m.Data["text/plain"] != want {
		t.Errorf("%q", m.Data["text/plain"])
	}
	if n := strings.Count(m.Data["text/html"], "<td"); n != 6 {
		t.Errorf("%d cells", n)
	}
	if v := Of(mat.NewVecDense(3, nil), ""); strings.Count(v.Data["text/html"], "<td") != 3 {
		t.Error("a vector is a matrix of one column")
	}
	big := Of(mat.NewDense(500, 400, nil), "")
	if !strings.Contains(big.Data["text/plain"], "*mat.Dense 500×400") || !strings.Contains(big.Data["text/html"], "⋮") {
		t.Errorf("%.300s", big.Data["text/plain"])
	}
	if f := Of(mat.Formatted(mat.NewDense(1, 1, []float64{3})), ""); f.Data["text/plain"] != "[3]" {
		t.Errorf("%q", f.Data["text/plain"])
	}
	p := plot.New()
	l, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(l)
	if b := Of(p, ""); !strings.Contains(b.Data["image/svg+xml"], "<svg") {
		t.Errorf("a plot is no picture: %.200v", b.Data)
	}
}

func TestOfAll(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	for _, c := range []struct {
		vs   []any
		text string
		mime string
		why  string
	}{
		{[]any{12, nil}, "12 <nil>", "", "as fmt.Println"},
		{[]any{0, errors.New("bad")}, "0 bad", "", ""},
		{[]any{"a", true}, `"a" true`, "", ""},
		{[]any{img, nil}, "*image.Gray 2×2", "image/png", "the error that did not happen is left out"},
		{[]any{img, "gray"}, "*image.Gray 2×2 \"gray\"", "text/html", "both"},
		{nil, "", "", "no result"},
	} {
		b := OfAll(c.vs)
		if got := b.Data["text/plain"]; got != c.text || c.mime != "" && b.Data[c.mime] == "" || c.mime == "" && len(b.Data) != 1 {
			t.Errorf("%v: %q with %d types (%s)", c.vs, got, len(b.Data), c.why)
		}
	}
}

// exiter ends the goroutine that shows it, as an interrupt does.
type exiter struct{}

func (exiter) String() string { runtime.Goexit(); return "" }

func TestGoexitPassesThrough(t *testing.T) {
	returned := true
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { recover() }()
		Of(exiter{}, "")
		returned = false
	}()
	<-done
	if !returned {
		t.Error("showing a value went on after its goroutine was ended")
	}
}

func TestShowingIsSafeFromManyGoroutines(t *testing.T) {
	v := map[string]any{"a": []point{{1, 2}}, "b": &node{1, nil}, "c": stringer{"x"}}
	want := Of(v, "").Data["text/plain"]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := Of(v, "").Data["text/plain"]; got != want {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
}
