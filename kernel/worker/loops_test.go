package worker_test

import (
	"strings"
	"testing"
)

// TestInterruptedLoop: an order to stop ends a compiled loop between two steps, and the variables are what they were then.
func TestInterruptedLoop(t *testing.T) {
	nb := newNotebook(t)
	nb.run("%%native\nimport \"fmt\"\nvar n, squares int\nvar xs = make([]int, 3)\nvar sum float64\nfunc forever() {\n\tfmt.Println(\"running\")\n\tfor n = 0; ; n++ {\n\t\t" +
		"squares += 2*n + 1\n\t\tsum += 0.5\n\t\txs = xs[:1+n%3]\n\t}\n}")
	for _, code := range []string{"forever()", "defer fmt.Println(\"left\")\nforever()"} {
		if _, r := nb.interrupted(code); r.Err == nil || r.Err.Name != "Interrupted" {
			t.Fatalf("%s: %v", code, r.Err)
		}
		got := nb.run("func same() bool {\n\treturn n > 0 && squares == n*n && sum == float64(n)/2 && len(xs) == 1+(n+2)%3\n}\nfmt.Sprint(same(), n, squares, sum, len(xs))")
		if !strings.HasPrefix(got, "=> \"true ") {
			t.Errorf("%s: after the interrupt: %s", code, got)
		}
		nb.run("squares, sum = 0, 0")
	}
}
