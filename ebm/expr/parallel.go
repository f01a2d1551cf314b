package expr

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"joule/ebm/simd"
)

// Parallel runs work up to n times at once, once on the caller's goroutine, and returns when all have returned: work takes what there is
// to do until nothing is left. It is for compiled code that takes from some microseconds up: the other goroutines belong to all callers,
// and stay awake for a moment in case there is more to do, because waking one takes longer (some 70 µs) than most of the work here. There
// are never more of them than processors, so calls within calls are no harm.
func Parallel(n int, work func()) {
	var hs []*hand
	if n > 1 {
		hs = takeHands(n - 1)
	}
	if len(hs) == 0 {
		work()
		return
	}
	j := &job{work: work}
	j.left.Store(int32(len(hs)))
	for _, h := range hs {
		h.give(j)
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
	busy int
}

// A hand that got work while it was awake stays so for longest; where processors are short it learns to sleep at once.
const (
	longest  = 100 * time.Microsecond
	shortest = 5 * time.Microsecond
	patience = time.Second // asleep
)

// takeHands returns at most n hands, and no more than there are processors for.
func takeHands(n int) (hs []*hand) {
	hands.Lock()
	defer hands.Unlock()
	n = min(n, runtime.GOMAXPROCS(0)-1-hands.busy)
	for range n {
		hands.busy++
		if last := len(hands.free) - 1; last >= 0 { // the last one back is the most awake
			hs = append(hs, hands.free[last])
			hands.free = hands.free[:last]
			continue
		}
		h := &hand{wake: make(chan struct{}, 1), spin: longest}
		go h.serve()
		hs = append(hs, h)
	}
	return hs
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
		hands.busy--
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
