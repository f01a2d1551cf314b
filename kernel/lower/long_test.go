package lower

import (
	"testing"

	"joule/kernel/session"
)

// TestLong: a loop whose constants say that it has many turns, and nothing else, counts.
func TestLong(t *testing.T) {
	for _, test := range []struct {
		src  string
		want bool
	}{
		{"n := 0\nfor i := 0; i < 100_000_000; i++ { n += i }", true},
		{"n := 0\nfor i := 0; i < 100_000; i++ { n += i }", false},
		{"n := 0\nfor i := 0; i <= 10_000; i++ {\n\tfor j := 0; j < 10_000; j += 2 {\n\t\tn += j\n\t}\n}", true},
		{"n := 0\nfor i := 0; i <= 10_000; i++ {\n\tfor j := 0; j < 10_000; j += 20 {\n\t\tn += j\n\t}\n}", false},
		{"n := 0\nfor i := range 50_000_000 { n += i }", true},
		{"const N = 5000\nn := 0\nfor range N {\n\tfor range N {\n\t\tn++\n\t}\n}", true},
		{"m := 100_000_000\nn := 0\nfor i := 0; i < m; i++ { n += i }", false},
		{"n := 0\nfor i := 0; i < 100_000_000; i++ { if i > 3 { break } }", false},
		{"f := func() { for range 100_000_000 { } }\nf()", false},
		{"if n := 3; n > 2 { for range 100_000_000 { n++ } }", true},
		{"for i := 0; i != 100_000_000; i++ { }", true},
		{"for i := 100_000_000; i > 0; i-- { }", false},
	} {
		c, ds := session.New(cat, nil).Check(1, test.src)
		if len(ds) > 0 {
			t.Fatalf("%s\n%v", test.src, ds)
		}
		if got := long(c); got != test.want {
			t.Errorf("%s\n%v", test.src, got)
		}
	}
}

// TestDeep: function literals that may call themselves through the variables that they are given to, and nothing else, count.
func TestDeep(t *testing.T) {
	for _, test := range []struct {
		src  string
		want bool
	}{
		{"var f func(int) int\nf = func(n int) int { if n == 0 { return 0 }; return 1 + f(n-1) }", true},
		{"var f func(int) int\nf = (func(n int) int { if n == 0 { return 0 }; return 1 + (f)(n-1) })", true},
		{"var f func(int) int = func(n int) int { return n }\nf(1)", false},
		{"func solve() {\n\tvar f func(int)\n\tf = func(n int) { for range n { f(n-1) } }\n\tf(3)\n}", true},
		{"func init() {\n\tvar f func(int)\n\tf = func(n int) { for range n { f(n-1) } }\n\tf(3)\n}", true},
		{"type T struct{}\nfunc (T) solve() {\n\tvar f func(int)\n\tf = func(n int) { for range n { f(n-1) } }\n}", true},
		{"var f, g func(int) bool\nf = func(n int) bool { return n == 0 || g(n-1) }\ng = func(n int) bool { return n != 0 && f(n-1) }", true},
		{"var f, g func(int) bool\nf, g = func(n int) bool { return n == 0 || g(n-1) }, func(n int) bool { return n != 0 && f(n-1) }", true},
		{"f := func(n int) int { return n }\ng := func(n int) int { return f(f(n)) }\ng(1)", false},
		{"f := func(n int) int { return n }\n{\n\tf := func(n int) int { return f(n) }\n\tf(1)\n}", false},
		{"var f func(int)\nf = func(n int) { func() { f(n-1) }() }", true},
		{"func f(n int) int { if n == 0 { return 0 }; return f(n-1) }\nf(3)", false},
	} {
		c, ds := session.New(cat, nil).Check(1, test.src)
		if len(ds) > 0 {
			t.Fatalf("%s\n%v", test.src, ds)
		}
		if got := deep(c) != nil; got != test.want {
			t.Errorf("%s\n%v", test.src, got)
		}
	}
}
