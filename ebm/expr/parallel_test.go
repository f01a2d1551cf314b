package expr

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Every call works as often as it is asked to and waits for all, whoever else calls, and whether the hands are awake or asleep.
func TestParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var callers sync.WaitGroup
	for c := range 8 {
		callers.Go(func() {
			for round := range 200 {
				n := 1 + (c+round)%5
				var done atomic.Int32
				Parallel(n, func() { done.Add(1) })
				if got := int(done.Load()); got < 1 || got > n {
					t.Errorf("%d of %d have worked", got, n)
				}
				if round == 100 {
					time.Sleep(2 * longest) // the hands fall asleep
				}
			}
		})
	}
	callers.Wait()
}

// Alone, a call gets a hand for every processor; a call within one that has them all works alone.
func TestHandsAreAsManyAsProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var most, now atomic.Int32
	for range 50 {
		Parallel(8, func() {
			Parallel(8, func() {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Microsecond)
				now.Add(-1)
			})
		})
	}
	if n := most.Load(); n > 3 {
		t.Errorf("%d at once", n)
	}
}

// A hand that has been asleep for long ends; the next call finds another.
func TestHandsEnd(t *testing.T) {
	h := &hand{wake: make(chan struct{}, 1), spin: shortest}
	hands.Lock()
	hands.free = append(hands.free, h)
	hands.Unlock()
	if !h.resign() || h.resign() {
		t.Error("a hand resigns once")
	}
	var done atomic.Int32
	Parallel(3, func() { done.Add(1) })
	if n := int(done.Load()); n < 1 || n > min(3, runtime.GOMAXPROCS(0)) {
		t.Errorf("%d have worked", n)
	}
}
