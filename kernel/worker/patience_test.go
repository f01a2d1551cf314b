package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/kerneltest"
)

// doubling is a cell whose check takes twice as long with each line: about 6 s here, hours with a few lines more.
func doubling(lines int) string {
	var b strings.Builder
	b.WriteString("type D0 struct{ a, b int }\n")
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&b, "type D%d struct{ a, b D%d }\n", i, i-1)
	}
	fmt.Fprintf(&b, "var d D%d\nd == d", lines)
	return b.String()
}

// TestACheckIsInterrupted: Go's type checker cannot be stopped, so the kernel leaves it behind, with the session as it was.
func TestACheckIsInterrupted(t *testing.T) {
	e := engine(t)
	out := &kerneltest.Recorder{}
	ctx := context.Background()
	run := func(ctx context.Context, n int, code string) kernel.Result {
		return e.Execute(ctx, kernel.Cell{Code: code, Number: n}, out)
	}
	if r := run(ctx, 1, "x := 40\nfunc two() int { return 2 }"); r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, magic := range []string{"", "%%bench\n"} { // which checks what it measures once more
		stopped, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		if r := run(stopped, 2, magic+doubling(22)); r.Err == nil || r.Err.Name != "Interrupted" {
			t.Fatalf("%q: %+v after %v", magic, r.Err, time.Since(began))
		}
	}
	r := run(ctx, 3, "func two() int { return 3 }\nx + two()")
	if r.Err != nil || r.Value == nil || r.Value.Data["text/plain"] != "43" {
		t.Fatalf("%+v %+v", r.Value, r.Err)
	}
	if r = run(ctx, 4, "var d D0"); r.Err == nil {
		t.Error("a cell that was given up has declared a type")
	}
}
