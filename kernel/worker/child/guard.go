package child

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"joule/kernel/worker/pipe"
)

// The runtime ends the process when a stack or the heap is full, and the session's values with it. The watchdog looks before
// that and stops the cells that run: infinite recursion and runaway allocation end as an error of the cell.
const (
	watchEvery = 5 * time.Millisecond
	stackLimit = 256 << 20
	stackEach  = 64 << 10 // what a goroutine may have without being suspicious
	heapShare  = 0.8      // of the memory that the machine has
)

func guard(w *worker) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	limit := uint64(heapShare * float64(totalMemory()))
	for range time.Tick(watchEvery) {
		active := w.active()
		if len(active) == 0 {
			continue
		}
		metrics.Read(samples)
		why := ""
		switch {
		case samples[0].Value.Uint64() > stackLimit+uint64(runtime.NumGoroutine())*stackEach:
			why = "stack overflow: the cell recursed without end"
		case limit > 0 && samples[1].Value.Uint64() > limit:
			why = fmt.Sprintf("out of memory: the cell's values take more than %d MB", limit>>20)
		default:
			continue
		}
		for _, r := range active {
			if s, ok := r.Origin().(*sink); ok && r.Context().Err() == nil {
				w.out.send(pipe.Reply{Seq: s.seq, Fault: &pipe.Fault{Type: "guard", Message: why}})
			}
			r.Stop()
		}
		for _, r := range active {
			for i := 0; i < 2000 && r.Live() > 0; i++ {
				time.Sleep(time.Millisecond)
			}
		}
		runtime.GC()
		debug.FreeOSMemory()
	}
}
