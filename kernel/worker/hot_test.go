package worker_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"joule/kernel"
	"joule/kernel/worker"
)

// A listener is a log that waits for a message.
type listener struct {
	message string
	once    sync.Once
	heard   chan string // the values that came with it
}

func (l *listener) Enabled(context.Context, slog.Level) bool { return true }

func (l *listener) Handle(_ context.Context, r slog.Record) error {
	if r.Message != l.message {
		return nil
	}
	var values []string
	r.Attrs(func(a slog.Attr) bool { values = append(values, a.Value.String()); return true })
	l.once.Do(func() { l.heard <- strings.Join(values, " ") })
	return nil
}

func (l *listener) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *listener) WithGroup(string) slog.Handler      { return l }

// heard is a notebook whose log is listened to.
func heard(t *testing.T, message string) (*notebook, *listener) {
	l := installed(t)
	log := &listener{message: message, heard: make(chan string, 1)}
	e, err := worker.New(worker.Options{Worker: l.Worker(), Lib: l.Lib(), Catalog: l.Catalog(), Dir: t.TempDir(), Version: "test", Log: slog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(false) })
	return &notebook{t: t, e: e}, log
}

// TestHot: the functions and methods that keep the interpreter busy are compiled while they are called, through a variable too,
// and go on with what they had.
func TestHot(t *testing.T) {
	nb, log := heard(t, "hot functions were compiled")
	nb.run("type point struct{ x, y int }\nfunc (p *point) step(by int) { p.x = p.moved(by) }\nfunc (p point) moved(by int) int { return p.x + by }\nunused := 0")
	nb.run("func walk(p *point) {\n\tp.step(1)\n\tp.y++\n}\np := &point{}")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		if names := <-log.heard; names != "[point.moved point.step walk]" {
			t.Errorf("compiled: %s", names)
		}
		cancel()
	}()
	nb.n++
	r := nb.e.Execute(ctx, kernel.Cell{Code: "for {\n\twalk(p)\n}", Number: nb.n}, &transcript{})
	if r.Err == nil || r.Err.Name != "Interrupted" {
		t.Fatalf("the endless loop: %+v", r)
	}
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatal("nothing was compiled")
	}
	// The order to stop may come between the two lines of walk.
	if got := nb.run("import \"fmt\"\nfmt.Sprint(p.x > 0, p.x-p.y == 0 || p.x-p.y == 1)"); got != "=> \"true true\"\n" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestHeatBefore: what is measured is compiled before it is, so that no call of the measurement is interpreted.
func TestHeatBefore(t *testing.T) {
	nb, log := heard(t, "hot functions were compiled")
	nb.run("func inner(n int) int { return n + 1 }")
	nb.run("func double(n int) int { return inner(n) + n - 1 }")
	for _, c := range []struct{ code, compiled string }{
		{"%timeit -n 1 -r 1 double(2)", "[double inner]"},
		{"%timeit -n 1 -r 1 double(2)", ""}, // it is already
		{"%timeit -n 1 -r 1 absent(2)", ""}, // what is wrong is said by the magic
		{"func third(n int) int { return n * 3 }", ""},
		{"%%bench\nthird(double(2))", "[third]"},
	} {
		log.once = sync.Once{}
		nb.run(c.code)
		got := ""
		select {
		case got = <-log.heard:
		default:
		}
		if got != c.compiled {
			t.Errorf("%s: compiled %q before, want %q", c.code, got, c.compiled)
		}
	}
	if got := nb.run("double(20) + third(1)"); got != "=> 43\n" {
		t.Errorf("then: %q", got)
	}
}
