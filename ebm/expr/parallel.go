package expr

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"joule/ebm/simd"
)

// Parallel runs work n times at once, once on the caller's goroutine, and returns when all have returned. It is for work of compiled code
// that takes from some microseconds up: the other goroutines belong to all callers, and stay awake for a moment in case there is more to
// do, because waking one takes longer (some 70 µs) than most of the work here.
func Parallel(n int, work func()) {
	if n <= 1 {
		work()
		return
	}
	j := &job{work: work}
	j.left.Store(int32(n - 1))
	for range n - 1 {
		takeHand().give(j)
	}
	work()
	j.wait()
}

// A job is one call of Parallel.
type job struct {
	work func()
	left atomic.Int32 // hands that have not returned
}

// wait returns when all hands have.
func (j *job) wait() {
	for i := 1; j.left.Load() > 0; i++ {
		simd.Pause()
		if i%256 == 0 {
			runtime.Gosched()
		}
		if i > 1<<14 {
			time.Sleep(20 * time.Microsecond) // the hand is long in coming: its processor is busy with something else
		}
	}
}

// A hand is a goroutine that works for whoever calls.
type hand struct {
	next   atomic.Pointer[job]
	asleep atomic.Bool
	wake   chan struct{}
	spin   time.Duration // how long it stays awake after work
}

// hands are those that have nothing to do. They are no state that any result depends on; one that nobody needs for a while ends.
var hands struct {
	sync.Mutex
	free []*hand
}

// A hand that got work while it was awake stays so for longest; where processors are short it learns to sleep at once.
const (
	longest  = 100 * time.Microsecond
	shortest = 5 * time.Microsecond
	patience = time.Second // asleep
)

func takeHand() *hand {
	hands.Lock()
	defer hands.Unlock()
	if n := len(hands.free); n > 0 { // the last one back is the most awake
		h := hands.free[n-1]
		hands.free = hands.free[:n-1]
		return h
	}
	h := &hand{wake: make(chan struct{}, 1), spin: longest}
	go h.serve()
	return h
}

func (h *hand) give(j *job) {
	h.next.Store(j)
	if h.asleep.Load() {
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
}

func (h *hand) serve() {
	for {
		j := h.await()
		if j == nil {
			return
		}
		h.next.Store(nil)
		j.work()
		hands.Lock()
		hands.free = append(hands.free, h)
		hands.Unlock()
		j.left.Add(-1)
	}
}

// await returns the next job, or nil when the hand has ended.
func (h *hand) await() *job {
	began := time.Now()
	for i := 1; ; i++ {
		if j := h.next.Load(); j != nil {
			h.spin = longest
			return j
		}
		simd.Pause()
		if i%64 == 0 && time.Since(began) > h.spin {
			break
		}
	}
	h.spin = max(h.spin/2, shortest)
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		h.asleep.Store(true)
		if j := h.next.Load(); j != nil {
			h.asleep.Store(false)
			return j
		}
		select {
		case <-h.wake:
		case <-late.C:
			if h.resign() {
				return nil
			}
		}
		h.asleep.Store(false)
	}
}

// resign takes the hand off the list; it fails if somebody has taken it already, who then gives it work.
func (h *hand) resign() bool {
	hands.Lock()
	defer hands.Unlock()
	for i, f := range hands.free {
		if f == h {
			hands.free = append(hands.free[:i], hands.free[i+1:]...)
			return true
		}
	}
	return false
}
