package session

import (
	"fmt"
	"strings"
	"testing"
)

// told is a session in which a person has declared a few things.
func told(t testing.TB) *Session {
	t.Helper()
	s := New(cat, map[string]string{"ebm": "joule/ebm"})
	for i, src := range []string{
		`import "strings"

// Ring is a circular valley.
type Ring struct {
	// Radius is where the valley lies.
	Radius float64
	Width  float64 // how wide it is
	hidden int
	strings.Builder
}

// Energy is low in the valley.
//
// It has no unit.
func (r *Ring) Energy(x ...float64) float64 { return r.Radius }`,
		`// ring is the one that we sample.
ring := Ring{Radius: 2}
count := 3 // how many
plain := "a"

// Half halves.
func Half(x float64) (half float64) {
	return x / 2
}

// Limits of the search.
const (
	Low  = -1 // the lower one
	High = 1
)

// A Pair is two of a kind.
type Pair[T any] struct{ A, B T }

func (p Pair[T]) Swap() Pair[T] { return Pair[T]{p.B, p.A} }
pair := Pair[int]{1, 2}`,
	} {
		c, ds := s.Check(i+1, src)
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		s.Commit(c)
	}
	return s
}

// TestComplete marks the cursor with ‸. want lists the first matches in order, and with - what must not be there.
func TestComplete(t *testing.T) {
	s := told(t)
	for _, test := range []struct{ code, want, why string }{
		{"ring.‸", "Radius Width Builder Energy", "in the order of the declaration; fields before methods, what is promoted later"},
		{"ring.Wr‸", "Write WriteByte WriteRune WriteString -Energy", ""},
		{"Ring{‸}", "Radius:  Width:  Builder:  hidden: ", "fields of the literal"},
		{"Ring{Radius: 1, ‸}", "Width:  Builder:  -Radius: ", "those that are set are left out"},
		{"Ring{\n\tRadius: 1,\n\tW‸\n}", "Width: ", "over several lines"},
		{"Ring{W‸: 1}", "Width", "the colon is there already"},
		{"Ring{Radius: ‸}", "count Half High Low Pair pair plain Ring ring -Radius: ", "a value is no key"},
		{"rs := []Ring{{‸}}", "Radius: ", "an elided type"},
		{"m := map[string]*Ring{\"a\": {R‸}}", "Radius: ", "an elided pointer in a map"},
		{"x := &Ring{R‸", "Radius: ", "nothing closed"},
		{"pair.‸", "A B Swap", "an instance of a generic type"},
		{"pair.Swap().‸", "A B Swap", "what a method returns"},
		{"strings.Sp‸", "Split SplitAfter SplitAfterN SplitAfterSeq SplitN SplitSeq", "imported earlier"},
		{"math.Sq‸", "Sqrt Sqrt2 SqrtE SqrtPhi SqrtPi", "known, not imported"},
		{"rand.In‸", "Int Int31 Int31n Int63 Int63n Intn", "the shortest path of several"},
		{"ma‸", "make max map math", "builtins, keywords, then packages that would be imported"},
		{"htt‸", "http", ""},
		{"‸", "count Half High Low Pair pair plain Ring ring ebm", "names of the session, whatever their case"},
		{"cou‸", "count", ""},
		{"pla‸in + 1", "plain", "in the middle of a name all of it is replaced"},
		{"import \"enc‸", "encoding/json", "an import path"},
		{"import \"js‸\"", "encoding/json", "by any of its elements"},
		{"import (\n\t\"fmt\"\n\t\"ran‸\n)", "math/rand math/rand/v2", "in a group"},
		{"import str‸", "\"strings\"", "without a quote"},
		{"fmt.Println(\"str‸", "-strings", "in a string nothing is offered"},
		{"// str‸", "-strings", "in a comment neither"},
		{"x := 1.‸", "-Radius", "a number has no members"},
		{"func f(radius float64) { ra‸ }", "radius rand", "a parameter is nearest"},
		{"func f(n int) {\n\tinner := n\n\tif in‸ {", "inner int int16 int32 int64 int8", "an unfinished header"},
		{"for i := range 3 { i‸", "i", "the variable of a loop"},
		{"func(abc int) { ab‸ }(1)", "abc", "of a literal"},
		{"later := 1\nfunc g() { lat‸ }", "later", "a variable of the cell in a function of the cell"},
		{"type Box struct{ Side int }\nvar b Box\nb.‸", "Side", "of a type of this cell"},
		{"type Box struct{ Side int }\nfunc (b Box) Area() int { return b.‸ }", "Side Area", "in a method"},
		{"x := Half(ring.‸", "Radius Width", "an unfinished call"},
		{"if ring.Ra‸ {", "Radius", "in a condition"},
		{"ring.Radius = Half(ring.Wi‸)\nnosuch.Thing(", "Width", "errors behind the cursor"},
		{"x := \"open\ny := ring.Ra‸", "Radius", "errors before it"},
		{"outer:\n\tfor {\n\t\tfor { break o‸ }\n\t}", "outer -count", "a label"},
		{"return‸", "return", ""},
		{"x := ra‸", "range rand", "range may follow :="},
		{"ring.Radius + fo‸", "-for", "no statement inside an expression"},
		{"func ne‸", "-net -new", "a name that the code gives"},
		{"var st‸", "-strings -string", ""},
		{"var x st‸", "strings string", "a type"},
		{"package m‸", "main", ""},
		{"ebm.Defi‸", "Define DefineModel DefineModelXY DefineXY", "predeclared"},
		{"ring.RADI‸", "Radius", "case does not matter"},
		{"ring.\n\tRad‸", "Radius", "a chain over lines"},
		{"Ring.‸", "-Radius", "of a type only its methods"},
		{"(&ring).En‸", "Energy", ""},
		{"xs := []Ring{ring}\nxs[0].‸", "Radius", ""},
		{"switch x := any(ring).(type) {\ncase Ring:\n\tx.Ra‸\n}", "Radius", "the type that a case tells"},
		{"ring.Radius.‸", "-Radius", "a number"},
		{"http.Get(\"http://x\")\nresp, err := http.Get(\"u\")\nresp.Bo‸", "Body", "a result of an imported function"},
		{"héé := 1\nhé‸", "héé", "letters of any script"},
	} {
		at := strings.Index(test.code, "‸")
		code := test.code[:at] + test.code[at+len("‸"):]
		c := s.Complete(code, at)
		var got []string
		has := map[string]bool{}
		for _, m := range c.Matches {
			got = append(got, m.Text)
			has[m.Text] = true
			if m.Kind == "" {
				t.Errorf("%q: %s is of no kind", test.code, m.Text)
			}
		}
		i := 0
		for _, want := range strings.Split(test.want, " ") {
			want = strings.ReplaceAll(want, ":", ": ")
			if no, ok := strings.CutPrefix(want, "-"); ok {
				if has[no] {
					t.Errorf("%q (%s): %s is offered", test.code, test.why, no)
				}
				continue
			}
			if want == "" {
				continue
			}
			if i >= len(got) || got[i] != want {
				t.Errorf("%q (%s):\n got %q\nwant %s at %d", test.code, test.why, got[:min(len(got), 12)], want, i)
				break
			}
			i++
		}
		if c.Start > at || c.End < at || c.End > len(code) {
			t.Errorf("%q: replaces %d:%d", test.code, c.Start, c.End)
		}
	}
	if c := s.Complete("pla‸in"[:3]+"in + 1", 3); c.Start != 0 || c.End != 5 {
		t.Errorf("in the middle of a name %d:%d is replaced, want all of it", c.Start, c.End)
	}
}

func TestDescribe(t *testing.T) {
	s := told(t)
	for _, test := range []struct {
		code   string
		detail int
		want   []string // what must be in the text, in this order; with - what must not
	}{
		{"strings.Spl‸it(\"a\", \"b\")", 0, []string{"func Split(s, sep string) []string", "Split slices s into all substrings"}},
		{"strings.Split(‸", 0, []string{"func Split(s, sep string) []string", "Split slices"}},
		{"strings.Split(\"a\", ‸)", 0, []string{"func Split("}},
		{"strings.Split(\"a‸b\", \"c\")", 0, []string{"func Split("}},
		{"strings.Split(\"a‸", 0, []string{"func Split("}},
		{"strings.Repeat(strings.ToUpper(‸), 2)", 0, []string{"func ToUpper(s string) string"}},
		{"strings.Repeat(strings.ToUpper(\"a\"),‸ 2)", 0, []string{"func Repeat("}},
		{"strings.Repeat(\"a\", 1‸2)", 0, []string{"func Repeat("}},
		{"Half(count‸)", 0, []string{"var count int", "how many"}},
		{"math.Sq‸rt", 0, []string{"func Sqrt(x float64) float64", "square root"}},
		{"ma‸th.Sqrt(2)", 0, []string{"package math // import \"math\"", "basic constants and mathematical functions"}},
		{"math‸", 0, []string{"package math"}},
		{"math.P‸i", 0, []string{"const Pi = 3.14159", "A000796"}},
		{"time.Tues‸day", 0, []string{"const Tuesday time.Weekday = 2"}},
		{"io.E‸OF", 0, []string{"var EOF error", "no more input"}},
		{"var r io.Rea‸der", 0, []string{"type Reader interface {", "Read(p []byte) (n int, err error)", "Reader is the interface that wraps"}},
		{"var r io.Reader\nr.Rea‸d(nil)", 0, []string{"Read(p []byte) (n int, err error)"}},
		{"var b strings.Builder\nb.WriteSt‸ring(\"\")", 0, []string{"func (b *Builder) WriteString(s string) (int, error)", "appends the contents of s"}},
		{"var b strings.Buil‸der", 0, []string{"type Builder struct", "func (b *Builder) WriteString(", "efficiently build a string"}},
		{"var s http.Server\ns.Add‸r", 0, []string{"field Server.Addr string", "TCP address for the server to listen on"}},
		{"http.Server{Add‸r: \"\"}", 0, []string{"field Server.Addr string", "TCP address"}},
		{"var s http.Serv‸er", 0, []string{"-optionally specifies", "A Server defines parameters"}},
		{"var s http.Serv‸er", 1, []string{"optionally specifies the TCP address"}},
		{"rin‸g", 0, []string{"var ring Ring", "ring is the one that we sample.", "Declared in cell 2."}},
		{"ring.Ener‸gy(1)", 0, []string{"func (r *Ring) Energy(x ...float64) float64", "low in the valley.", "It has no unit.", "-return"}},
		{"ring.Ener‸gy(1)", 1, []string{"// Energy is low", "{ return r.Radius }"}},
		{"ring.Energy(‸", 0, []string{"func (r *Ring) Energy("}},
		{"ring.Rad‸ius", 0, []string{"field Radius float64", "where the valley lies"}},
		{"Ring{Wid‸th: 1}", 0, []string{"field Width float64", "how wide it is"}},
		{"Ring{‸}", 0, []string{"type Ring struct", "circular valley"}},
		{"Rin‸g{}", 0, []string{"type Ring struct {", "Radius float64", "func (r *Ring) Energy(x ...float64) float64", "Ring is a circular valley", "cell 1"}},
		{"Rin‸g{}", 1, []string{"// Ring is a circular valley", "Radius float64", "// Energy is low", "func (r *Ring) Energy(x ...float64) float64 { return r.Radius }"}},
		{"func (r Ring) Area() float64 {\n\treturn 1\n}\nRin‸g{}", 0, []string{"func (r *Ring) Energy(", "func (r Ring) Area() float64", "-return"}},
		{"func (r Ring) Area() float64 {\n\treturn 1\n}\nRin‸g{}", 1, []string{"{ return r.Radius }", "func (r Ring) Area() float64 {\n\treturn 1\n}"}},
		{"// Area is how large it is.\nfunc (r Ring) Area() float64 {\n\treturn 1\n}\nRing{}.Are‸a()", 0, []string{"func (r Ring) Area() float64", "Area is how large it is.", "-return"}},
		{"func (r Ring) Area() float64 {\n\treturn 1\n}\nnew(Ring).Ener‸gy()", 0, []string{"func (r *Ring) Energy(", "low in the valley", "cell 1"}},
		{"Pai‸r[int]{}", 1, []string{"type Pair[T any] struct{ A, B T }", "Swap() Pair[T] {"}},
		{"Ha‸lf(1)", 0, []string{"func Half(x float64) (half float64)", "Half halves.", "cell 2", "-return"}},
		{"Ha‸lf(1)", 1, []string{"// Half halves.", "return x / 2"}},
		{"Half(‸)", 0, []string{"Half halves."}},
		{"Lo‸w", 0, []string{"const Low = -1", "the lower one"}},
		{"Hig‸h", 0, []string{"const High = 1", "Limits of the search."}},
		{"Pai‸r[int]{}", 0, []string{"type Pair[T any] struct{ A, B T }", "A Pair is two of a kind."}},
		{"pair.Swa‸p()", 0, []string{"func (p Pair[T]) Swap() Pair[T]"}},
		{"plai‸n", 0, []string{"var plain string", "cell 2"}},
		{"ap‸pend", 0, []string{"func append(slice []Type, elems ...Type) []Type", "appends elements to the end"}},
		{"len(‸", 0, []string{"func len(v Type) int", "length of v"}},
		{"var x in‸t", 0, []string{"type int int", "signed integer"}},
		{"var e error\ne.Err‸or()", 0, []string{"Error() string"}},
		{"de‸fer f()", 0, []string{"defer f(x)", "surrounding function ends"}},
		{"ran‸ge", 0, []string{"range"}},
		{"ebm.Def‸ine", 0, []string{"func Define(dim int, f func(x Tensor) Tensor)", "returns the model of an energy"}},
		{"e‸bm", 0, []string{"package ebm // import \"joule/ebm\""}},
		{"// local is of this cell\nfunc local() {}\nlo‸cal()", 0, []string{"func local()", "local is of this cell", "-Declared"}},
		{"func f(\n\tn int, // how often\n) { n‸++ }", 0, []string{"var n int", "how often"}},
		{"// v is new\nv := 1\nv‸++", 0, []string{"var v int", "v is new"}},
		{"wg := sync.WaitGroup{}\nw‸g.Wait()", 0, []string{"var wg sync.WaitGroup", "counting semaphore"}},
		{"func f() {\n\tx := 1 // inner\n\t_ = x‸\n}", 0, []string{"var x int", "inner"}},
		{"ring.Energy(1) +‸", 0, nil},
		{"if true { ‸ }", 0, nil},
		{"// strings.Sp‸lit", 0, nil},
		{"nosuch‸", 0, nil},
		{"ring.NoSuch‸", 0, nil},
		{"Half(func() float64 { ‸ }())", 0, nil},
	} {
		at := strings.Index(test.code, "‸")
		code := test.code[:at] + test.code[at+len("‸"):]
		d, ok := s.Describe(code, at, test.detail)
		if ok != (test.want != nil) {
			t.Errorf("%q: found is %v: %s", test.code, ok, d.Text())
			continue
		}
		text, rest := d.Text(), d.Text()
		for _, want := range test.want {
			if no, neg := strings.CutPrefix(want, "-"); neg {
				if strings.Contains(text, no) {
					t.Errorf("%q: %q is in\n%s", test.code, no, text)
				}
				continue
			}
			i := strings.Index(rest, want)
			if i < 0 {
				t.Errorf("%q: %q is not in\n%s", test.code, want, text)
				break
			}
			rest = rest[i+len(want):]
		}
		if ok && !strings.HasPrefix(d.Markdown(), "```go\n") {
			t.Errorf("%q: %s", test.code, d.Markdown())
		}
	}
}

// BenchmarkComplete is how long a person waits in a session of 200 declarations.
func BenchmarkComplete(b *testing.B) {
	s := told(b)
	for i := range 200 {
		c, ds := s.Check(i+3, fmt.Sprintf("func fun%d(x float64) float64 { return Half(x) }\nval%d := fun%d(1)", i, i, i))
		if len(ds) > 0 {
			b.Fatal(ds)
		}
		s.Commit(c)
	}
	for _, code := range []string{"val1.", "ring.", "Half(val", "http.", "Ring{"} {
		b.Run(code, func(b *testing.B) {
			for b.Loop() {
				s.Complete(code, len(code))
			}
		})
		b.Run("describe "+code, func(b *testing.B) {
			for b.Loop() {
				s.Describe(code, len(code)-1, 0)
			}
		})
	}
}
