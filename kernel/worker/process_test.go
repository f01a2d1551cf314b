package worker

import "testing"

// TestFatal: the beginning of a dying process's last words is known again in what it has printed.
func TestFatal(t *testing.T) {
	for _, c := range []struct {
		why  string
		text []string
		want string
	}{
		{"nothing special", []string{"1\n2\n"}, ""},
		{"half a line", []string{"1\nunexpected fault address 0x1\nfatal error: "}, "fatal error: "},
		{"the line in two parts", []string{"fatal error: ", "fau"}, "fatal error: fau"},
		{"all of it", []string{"x\n", "fatal error: fault\n"}, "fatal error: fault\n"},
		{"it was no last word", []string{"fatal error: of mine\n", "more\n"}, ""},
		{"within a line", []string{"no fatal error: here"}, ""},
	} {
		got := ""
		for _, text := range c.text {
			got = fatal(got, text)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
