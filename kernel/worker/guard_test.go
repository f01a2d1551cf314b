package worker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"joule/kernel"
)

// TestGuards: what recurses or allocates without end is an error of its cell, in either tier, and the session is kept.
func TestGuards(t *testing.T) {
	t.Setenv("JOULE_MEMORY", "1GB")
	nb := newNotebook(t)
	nb.run("kept := 42\nvar values [][]byte")
	const stack, memory = "error RuntimeError: stack overflow: the cell recursed without end", "error RuntimeError: out of memory: "
	for _, c := range []struct{ why, code, want string }{
		{"an interpreted function", "func f(n int) int { return f(n+1) + 1 }\nf(0)", stack},
		{"a function value", "var h func(int) int\nh = func(n int) int { return h(n+1) + 1 }\nh(0)", stack},
		{"two functions", "func even(n int) bool { return !odd(n+1) }\nfunc odd(n int) bool { return !even(n+1) }\neven(0)", stack},
		{"a compiled function", "%%native\nfunc g(n int) int { return g(n+1) + 1 }\ng(0)", stack + "\n"},
		{"through fmt", "import \"fmt\"\ntype S struct{ n int }\nfunc (s S) String() string { return fmt.Sprint(s) }\nfmt.Sprint(S{1})", stack},
		{"while a value is displayed", "S{2}", stack},
		{"through a library", "import \"slices\"\nxs := []int{2, 1}\nfunc by(a, b int) int { slices.SortFunc(xs, by); return a - b }\nby(1, 2)", stack},
		{"in goroutines", "%%native\nimport \"time\"\nfor range 3 {\n\tgo g(0)\n}\ntime.Sleep(time.Hour)", stack},
		{"a slice that is kept", "for {\n\tvalues = append(values, make([]byte, 1<<20))\n}", memory},
		{"a map", "m := map[int][]byte{}\nfor i := 0; ; i++ {\n\tm[i] = make([]byte, 1<<16)\n}", memory},
		{"a string that doubles", "s := \"ab\"\nfor {\n\ts += s\n}", memory},
		{"two strings that do it together", "t := \"cd\"\nfor {\n\ts, t = t[:2], \"\"\n\tbreak\n}\nfor {\n\ts, t = s+t+s, s\n}", memory},
		{"a slice that grows", "grown := []int{}\nfor {\n\tgrown = append(grown, 1, 2, 3, 4, 5, 6, 7, 8)\n}", memory},
		{"a slice that doubles", "list := []int{1, 2, 3}\nfor {\n\tlist = append(list, list...)\n}", memory},
		{"a string that doubles in compiled code", "%%native\ns, t = \"ab\", \"cd\"\nfor {\n\tt += s\n\ts += t\n}", memory},
		{"compiled code", "%%native\nvar more [][]byte\nfor {\n\tmore = append(more, make([]byte, 1<<20))\n}", memory},
	} {
		if got := nb.run(c.code); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
		if got := nb.run("kept"); got != "=> 42\n" {
			t.Fatalf("%s: the session is lost: %q", c.why, got)
		}
	}
}

// TestManyGoroutines: a thousand that recurse without end are stopped. While the collector goes through the stacks of them all the
// watchdog may not get its turn for seconds, in which the cell takes more than it may: then the kernel ends the process from outside,
// says so, and goes on. Which of the two it is depends on the computer.
func TestManyGoroutines(t *testing.T) {
	t.Setenv("JOULE_MEMORY", "1GB")
	nb := newNotebook(t)
	nb.run("kept := 42")
	nb.run("%%native\nfunc g(n int) int { return g(n+1) + 1 }")
	got := nb.run("%%native\nimport \"time\"\nfor range 1000 {\n\tgo g(0)\n}\ntime.Sleep(time.Hour)")
	after := nb.run("kept")
	switch {
	case strings.Contains(got, "error RuntimeError: stack overflow: the cell recursed without end"):
		if after != "=> 42\n" {
			t.Errorf("the session is lost: %q", after)
		}
	case strings.Contains(got, "error WorkerDied: the process that runs the cells ended: out of memory: it took "):
		if !strings.Contains(after, "kept was lost when the worker ended; run cell 1 again") {
			t.Errorf("after the end of the worker: %q", after)
		}
	default:
		t.Errorf("%q", got)
	}
}

// TestDeepRecursion: what is too deep for the interpreter and right waits until it is compiled, and goes on.
func TestDeepRecursion(t *testing.T) {
	nb := newNotebook(t)
	nb.run("func depth(n int) int {\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn depth(n-1) + 1\n}")
	if got := nb.run("depth(2_000_000)"); got != "=> 2000000\n" {
		t.Errorf("%q", got)
	}
}

// TestWhatIsLeftRunningIsGuarded: a goroutine that outlives its cell is stopped too, and its own cell is told.
func TestWhatIsLeftRunningIsGuarded(t *testing.T) {
	t.Setenv("JOULE_MEMORY", "1GB")
	nb := newNotebook(t)
	out := &transcript{seen: make(chan struct{}, 1)}
	r := nb.e.Execute(t.Context(), kernel.Cell{Number: 1, Code: "kept, begin := 42, make(chan bool)\ngo func() {\n\tvar xs [][]byte\n\t<-begin\n\tfor {\n\t\t" +
		"xs = append(xs, make([]byte, 1<<20))\n\t}\n}()"}, out)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	nb.run("close(begin)") // only now, so that the cell to tell is one that has ended
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !strings.Contains(out.String(), "what the cell left running was ended: out of memory") {
		select {
		case <-out.seen:
		case <-ctx.Done():
			t.Fatalf("nobody says that it was ended: %q", out)
		}
	}
	if got := nb.run("kept"); got != "=> 42\n" {
		t.Errorf("the session is lost: %q", got)
	}
}

// TestLastWords: when the process that runs the cells dies, the kernel says why in its own words, and what can be done.
func TestLastWords(t *testing.T) {
	// With one processor the runtime never looks away in the middle of a write to a map, and nobody would notice that there are two.
	t.Setenv("GOMAXPROCS", "4")
	nb := newNotebook(t)
	for _, c := range []struct {
		why, code string
		want      []string
	}{
		{"an error that the runtime does not survive", "import \"sync\"\nvar mu sync.Mutex\nmu.Unlock()",
			[]string{"ended: sync: unlock of unlocked mutex", "fatal error: sync: unlock of unlocked mutex"}},
		{"two goroutines write to a map", "%%native\nm := map[int]int{}\nfor range 4 {\n\tgo func() {\n\t\tfor i := 0; ; i++ {\n\t\t\tm[i%9] = i\n" +
			"\t\t}\n\t}()\n}\nselect {}", []string{"fatal error: concurrent map writes", "cell[2]:"}},
		{"a library exits", "import \"flag\"\nfs := flag.NewFlagSet(\"x\", flag.ExitOnError)\nfs.Parse([]string{\"-absent\"})",
			[]string{"compiled code called os.Exit(2)", "flag provided but not defined: -absent"}},
		{"a signal", "import \"syscall\"\nsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\nselect {}", []string{"signal: killed"}},
		{"a fault in memory that is not Go's", "%%native\nimport \"unsafe\"\np := (*int)(unsafe.Add(nil, 123456789))\n*p = 1",
			[]string{"fatal error: fault", "cell[5]:4", "*p = 1"}},
	} {
		nb.n++
		r := nb.e.Execute(t.Context(), kernel.Cell{Code: c.code, Number: nb.n}, &transcript{})
		if r.Err == nil || r.Err.Name != "WorkerDied" {
			t.Errorf("%s: %+v, want WorkerDied", c.why, r)
			continue
		}
		text := r.Err.Message + "\n" + strings.Join(r.Err.Traceback, "\n")
		for _, want := range append(c.want, "%replay") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", c.why, want, text)
			}
		}
		if strings.Contains(text, "goroutine ") || strings.Contains(text, "runtime/") {
			t.Errorf("%s: the runtime's own affairs are shown:\n%s", c.why, text)
		}
	}
	nb.run("x := 1")
	now := filepath.Join(t.TempDir(), "now")
	nb.run(fmt.Sprintf("import (\"os\"; \"syscall\"; \"time\")\ngo func() {\n\tfor {\n\t\tif _, err := os.Stat(%q); err == nil {\n\t\t\t"+
		"syscall.Kill(syscall.Getpid(), syscall.SIGTERM)\n\t\t}\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}()", now))
	if err := os.WriteFile(now, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nb.until("%who", "the process that runs the cells ended: signal: terminated")
	if got := nb.run("x"); !strings.Contains(got, "x was lost when the worker ended; run cell 6 again") {
		t.Errorf("a lost value: %q", got)
	}
}

// TestSearchBesideATimer: the search for values of a former type does not iterate over a map that a timer writes, which would end the
// worker.
func TestSearchBesideATimer(t *testing.T) {
	nb := newNotebook(t)
	nb.run("import (\"sync\"; \"time\")\ntype T struct{ A int }\nm := map[int]any{}\nfor i := range 100000 {\n\tm[i] = i\n}\nvar mu sync.Mutex\n" +
		"var timer *time.Timer\ntimer = time.AfterFunc(time.Hour, func() {\n\tfor i := range 10000 {\n\t\tmu.Lock()\n\t\tm[i] = i + 1\n\t\tmu.Unlock()\n" +
		"\t}\n\ttimer.Reset(1)\n})\ntimer.Reset(1)")
	for _, field := range []string{"B", "C", "D", "E"} {
		nb.run("mu.Lock()\nm[-1] = T{}\nmu.Unlock()") // one of the type that is about to be a former one
		got := nb.run("type T struct{ A, " + field + " int }")
		if !strings.Contains(got, "m still has") && !strings.Contains(got, "m may still have") {
			t.Errorf("field %s: %q", field, got)
		}
	}
	if got := nb.run("timer.Stop()\nlen(m)"); got != "=> 100001\n" {
		t.Errorf("then: %q", got)
	}
}

// TestGoroutinesOfLibraries: what a library starts for a cell is the cell's, and listed until it ends.
func TestGoroutinesOfLibraries(t *testing.T) {
	nb := newNotebook(t)
	nb.run("import (\"net/http\"; \"net/http/httptest\")\nserver := httptest.NewServer(http.NotFoundHandler())")
	nb.run("1")
	if got := nb.run("%goroutines"); !strings.Contains(got, "1 goroutine of cells") {
		t.Errorf("beside a server: %q", got)
	}
	nb.run("server.Close()")
	nb.until("%goroutines", "no cell has left a goroutine running")
}

// TestCallbacks: what timers, contexts and wait groups call belongs to the cell: its panics are shown there and end nothing, an
// interrupt and %goroutines find it.
func TestCallbacks(t *testing.T) {
	nb := newNotebook(t)
	nb.run("import (\"context\"; \"sync\"; \"time\")\nkept := 42")
	for _, c := range []struct{ why, code string }{
		{"a timer", "time.AfterFunc(0, func() { panic(\"boom\") })"},
		{"a timer of compiled code", "%%native\nimport \"time\"\ntime.AfterFunc(0, func() { panic(\"boom\") })"},
		{"a wait group", "var wg sync.WaitGroup\nwg.Go(func() { panic(\"boom\") })"},
		{"a context", "c, cancel := context.WithCancel(context.Background())\ncontext.AfterFunc(c, func() { panic(\"boom\") })\ncancel()"},
	} {
		out := &transcript{seen: make(chan struct{}, 1)}
		nb.n++
		if r := nb.e.Execute(t.Context(), kernel.Cell{Number: nb.n, Code: c.code}, out); r.Err != nil {
			t.Fatalf("%s: %v", c.why, r.Err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		for !strings.Contains(out.String(), "panic in a goroutine: boom\n") {
			select {
			case <-out.seen:
			case <-ctx.Done():
				t.Fatalf("%s: nobody tells of the panic: %q", c.why, out)
			}
		}
		cancel()
	}
	nb.run("time.AfterFunc(0, func() {\n\tfor {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n})")
	nb.until("%goroutines", "1 goroutine of cells")
	nb.run("%goroutines stop")
	nb.until("%goroutines", "no cell has left a goroutine running")
	if got := nb.run("kept"); got != "=> 42\n" {
		t.Errorf("the session is lost: %q", got)
	}
}
