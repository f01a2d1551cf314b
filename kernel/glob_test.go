package kernel

import (
	"strings"
	"testing"
	"time"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
		reason     string
	}{
		{"", "", true, "nothing is nothing"},
		{"", "a", false, "the whole text must match"},
		{"*", "", true, "* is any text, none too"},
		{"*", "a\nb/c", true, "also lines and slashes"},
		{"a*c", "abc", true, ""},
		{"a*c", "abcd", false, ""},
		{"*b*b*", "abab", true, "* goes back"},
		{"*ab", "aab", true, "* goes back by one"},
		{"?", "世", true, "? is one character, not one byte"},
		{"??", "世", false, ""},
		{"[a-c]x", "bx", true, "a range"},
		{"[^a-c]x", "bx", false, "not in the range"},
		{"[]]", "]", true, "a ] first stands for itself"},
		{"[a-]", "-", true, "a - last stands for itself"},
		{"[é-ü]", "ö", true, "ranges of characters"},
		{"[a", "[a", true, "a [ that is not closed stands for itself"},
		{"x[", "x", false, ""},
		{"*\xff", "a\xff", true, "bytes that are no characters"},
	} {
		if got := Glob(c.pattern, c.s); got != c.want {
			t.Errorf("Glob(%q, %q) is %v: %s", c.pattern, c.s, got, c.reason)
		}
	}
}

// TestGlobTime: a pattern of many stars takes no exponential time.
func TestGlobTime(t *testing.T) {
	began := time.Now()
	Glob(strings.Repeat("*a", 50)+"b", strings.Repeat("a", 10_000))
	if d := time.Since(began); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*[b-d]?", "abcd")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		Glob(pattern, s) // must not panic, nor run for ever
		if !Glob("*", s) {
			t.Errorf("* does not match %q", s)
		}
		if !strings.ContainsAny(s, "*?[") && strings.ToValidUTF8(s, "") == s && !Glob(s, s) {
			t.Errorf("%q does not match itself", s)
		}
	})
}
