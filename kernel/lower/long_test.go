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
		if got := Long(c); got != test.want {
			t.Errorf("%s\n%v", test.src, got)
		}
	}
}
