package cell

import (
	"context"
	"runtime/pprof"
	"sync"
	"time"
)

// Timers, contexts and wait groups call back on goroutines of their own, which belong to nobody: what they print would go to the
// newest cell, a panic would end the process, and no interrupt would find them. Lowered source calls these in their place.

// callbacks is held while none may begin.
var callbacks sync.RWMutex

// HoldCallbacks makes functions that are to be called back wait until release is called.
func HoldCallbacks() (release func()) {
	callbacks.Lock()
	return callbacks.Unlock
}

// callback makes f a function of the calling goroutine's cell, wherever it is called.
func (r *Record) callback(f func()) func() {
	r.waited.Store(true)
	return func() {
		callbacks.RLock()
		r.enter()
		pprof.SetGoroutineLabels(r.labels) // from here on it is known to whoever looks for goroutines of cells
		callbacks.RUnlock()
		r.guarded(func() {
			Check() // the cell may have been stopped meanwhile
			f()
		})
	}
}

// AfterFunc is time.AfterFunc.
func AfterFunc(d time.Duration, f func()) *time.Timer {
	if r := own(); r != nil {
		f = r.callback(f)
	}
	return time.AfterFunc(d, f)
}

// AfterContext is context.AfterFunc.
func AfterContext(ctx context.Context, f func()) (stop func() bool) {
	if r := own(); r != nil {
		f = r.callback(f)
	}
	return context.AfterFunc(ctx, f)
}

// GoGroup is w.Go(f).
func GoGroup(w *sync.WaitGroup, f func()) {
	w.Add(1)
	Go(func() {
		defer w.Done()
		f()
	})
}
