package jit

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// vectorHere is a size of vectors that code can be compiled for.
func vectorHere(t *testing.T) int {
	for _, v := range []int{64, 32} {
		if Supported(v) {
			return v
		}
	}
	t.Skip("no processor with AVX2, or no memory for code: the kernels are used")
	return 0
}

// doubled is code that doubles a row of lanes, so often that a signal finds it at work.
func doubled(t *testing.T, vector, lanes, rows int) *Code {
	t.Helper()
	b := NewBuilder(false)
	v := b.Row(0)
	b.Store(rows, b.Apply("Add", v, b.Apply("Log", b.Apply("Exp", v))))
	c, err := b.Compile(vector, lanes, rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSignalsAndCollections runs code on several goroutines while a profile is taken, which sends signals, and while the garbage collector
// wants to stop all goroutines.
func TestSignalsAndCollections(t *testing.T) {
	const lanes, rows, runs = 64, 100, 300
	vector := vectorHere(t)
	if err := pprof.StartCPUProfile(io.Discard); err == nil { // else somebody takes one already
		defer pprof.StopCPUProfile()
	}
	c := doubled(t, vector, lanes, rows)
	done := make(chan bool)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range runs {
				panel := make([]float32, 2*rows*lanes)
				for i := range rows * lanes {
					panel[i] = 1
				}
				work := make([]byte, c.Work()+1)
				c.Run(unsafe.Pointer(&panel[0]), nil, unsafe.Pointer(&work[0]))
				for i, v := range panel[rows*lanes:] {
					if v < 1.999999 || v > 2.000001 {
						t.Errorf("number %d is %v", i, v)
						return
					}
				}
			}
		})
	}
	go func() {
		all.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			return
		default:
			runtime.GC()
		}
	}
}

// TestCodeIsGivenBack: memory for code that nobody holds any more is given back.
func TestCodeIsGivenBack(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says how much memory is mapped")
	}
	vector := vectorHere(t)
	mapped := func() int {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(maps, []byte(" r-xp 00000000 00:00 0"))
	}
	const many = 500
	kept := doubled(t, vector, 16, 1)
	before := mapped()
	for range many {
		doubled(t, vector, 16, 1)
	}
	for deadline := time.Now().Add(time.Minute); mapped() > before+many/10; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d pieces of code were mapped, after %d more %d are", before, many, mapped())
		}
		runtime.GC()
	}
	panel := []float32{15: 1, 31: 0}
	work := make([]byte, kept.Work()+1)
	kept.Run(unsafe.Pointer(&panel[0]), nil, unsafe.Pointer(&work[0])) // what is held is still there
	if panel[31] < 1.99 {
		t.Errorf("code that is held gives %v", panel[31])
	}
}
