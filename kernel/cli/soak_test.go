//go:build unix

package cli_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"joule/install/setup"
	"joule/install/setup/setuptest"
	"joule/kernel"
	"joule/kernel/wire"
	"joule/kernel/worker"
	"joule/kernel/zmq"
)

// soak runs the long version: go test ./kernel/cli -run TestSoak -soak -timeout 1h -v
var soak = flag.Bool("soak", false, "10 000 cells, 100 ends of the worker and 20 kernels at once instead of a few")

// A level is what a process holds.
type level struct {
	goroutines, files int
	heap              uint64
}

// measure waits until what is held has come down to limit, where it can, and returns it. Without a limit it waits a moment: what is
// held then is a limit for later.
func measure(limit level) (l level) {
	wait := patience
	if limit == (level{}) {
		wait = 2 * time.Second
	}
	for deadline := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		debug.FreeOSMemory() // collects
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		l = level{runtime.NumGoroutine(), openFiles(os.Getpid()), m.HeapAlloc}
		if within(l, limit) || time.Now().After(deadline) {
			return l
		}
	}
}

// within allows 5 %, and two megabytes for what the runtime and the pools of the standard library keep or not.
func within(l, limit level) bool {
	return l.goroutines <= limit.goroutines && l.files <= limit.files && l.heap <= limit.heap+limit.heap/20+2<<20
}

// What a kernel remembers of its cells is bounded: where their late output goes, what they declared, their history. Before these
// are full a cell may leave this much behind.
const (
	remembered = 11_000 // cells
	perCell    = 10 << 10
)

// signed is what both ends, of which the test has the client too, remember of the signatures of cells more messages: 65 536 each, of
// which a cell has one on its way to the kernel and five on their way back.
func signed(before, cells int) (bytes uint64) {
	const limit, size = 1 << 16, 140
	for _, perCell := range []int{1, 5} {
		bytes += size * uint64(min(limit, perCell*(before+cells))-min(limit, perCell*before))
	}
	return bytes
}

func openFiles(pid int) int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0 // nobody says
	}
	return len(list)
}

// house is a kernel in this process, whose levels can be measured, with the real engine and real sockets.
type house struct {
	*process
	end func()
}

func inside(t *testing.T, l setup.Layout) house {
	t.Helper()
	e, err := worker.New(worker.Options{Worker: l.Worker(), Lib: l.Lib(), Catalog: l.Catalog(), Dir: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := zmq.Listen(zmq.NewConnection(), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- kernel.Serve(ctx, e, s, kernel.Options{}) }()
	dial, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	client, err := zmq.Dial(dial, s.Connection(), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return house{&process{Client: client}, func() {
		client.Close()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}}
}

// TestSoak: after many cells, ends of the worker, and kernels, everything is as it was: goroutines, open files and memory.
func TestSoak(t *testing.T) {
	warmUp, cells, ends, kernels := 100, 300, 3, 3
	if *soak {
		warmUp, cells, ends, kernels = remembered, 10_000, 100, 20
	}
	start := time.Now()
	note := func(what string, before, after level) {
		t.Logf("%-24s %6.1f s   goroutines %d, %d   files %d, %d   heap %.1f MB, %.1f MB", what, time.Since(start).Seconds(),
			before.goroutines, after.goroutines, before.files, after.files, float64(before.heap)/1e6, float64(after.heap)/1e6)
		if !within(after, before) {
			t.Errorf("%s: %+v has grown to %+v", what, before, after)
		}
	}
	l := setuptest.Installed(t) // once: to say that it is in use takes an open file
	h := inside(t, l)
	h.run(t, "1 + 1", nil)
	h.end()
	empty := measure(level{})
	h = inside(t, l)
	sub := control[wire.CreateSubshellReply](t, h.process, wire.CreateSubshellRequest{}).SubshellID
	round := func(n int) {
		for i := range n {
			code := "1 + 1"
			switch i % 10 {
			case 3:
				code = "import \"fmt\"\nfmt.Println(\"printed\")"
			case 6:
				code = "x := 42\nx"
			case 9:
				code = "panic(\"as asked\")"
			}
			on := ""
			if i%5 == 4 {
				on = sub
			}
			if r, _ := h.on(t, on, code, nil); (r.Status == wire.OK) != (i%10 != 9) {
				t.Fatalf("cell %d, %s: %+v", i, code, r)
			}
		}
	}
	round(warmUp)
	warm := measure(level{})
	round(cells)
	warm.heap += signed(warmUp, cells)
	if warmUp < remembered {
		warm.heap += uint64(cells) * perCell
	}
	note(fmt.Sprint(cells, " cells"), warm, measure(warm))

	killed(t, h)
	warm = measure(level{})
	for range ends {
		killed(t, h)
	}
	note(fmt.Sprint(ends, " ends of the worker"), warm, measure(warm))
	h.end()
	note("the kernel ended", empty, measure(empty))

	var all sync.WaitGroup
	for range kernels {
		all.Go(func() {
			t.Run("kernel", func(t *testing.T) {
				p := launch(t, `exec "$JOULE" kernel -f "$FILE"`)
				if r := p.run(t, "6 * 7", nil); r.Status != wire.OK {
					t.Errorf("%+v", r)
				}
				family := append(children(t, p.cmd.Process.Pid), p.cmd.Process.Pid)
				control[wire.ShutdownReply](t, p, wire.ShutdownRequest{})
				if status := p.ended(t); status != 0 {
					t.Errorf("status %d\n%s", status, &p.said)
				}
				allGone(t, family)
			})
		})
	}
	all.Wait()
	note(fmt.Sprint(kernels, " kernels at once"), empty, measure(empty))
}

// killed ends the worker during a cell, by SIGKILL. The cell fails, and the next one is served.
func killed(t *testing.T, h house) {
	t.Helper()
	before := children(t, os.Getpid())
	r, _ := h.on(t, "", endless, func() {
		for _, pid := range before {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	if r.Status == wire.OK {
		t.Fatalf("%+v", r)
	}
	if r, _ := h.on(t, "", "6 * 7", nil); r.Status != wire.OK {
		t.Fatalf("after the end of the worker: %+v", r)
	}
	for _, pid := range children(t, os.Getpid()) {
		if slices.Contains(before, pid) && running(pid) {
			t.Errorf("the worker %d is still there", pid)
		}
	}
}
