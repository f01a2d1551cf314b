package cell

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// ErrInterrupted is the cause of a cell context that was cancelled by an interrupt.
var ErrInterrupted = errors.New("cell: interrupted")

// stopping is non-zero while some cell is being stopped. It is a hint that costs one load; Check decides. All of its bytes are
// set alike, so that an interpreter can read it as a bool on any machine.
var stopping uint32

const set = 0x01010101

var pending struct {
	sync.Mutex
	records map[*Record]bool
}

// Stopping tells whether some cell is being stopped, so that Check is worth calling.
func Stopping() bool { return atomic.LoadUint32(&stopping) != 0 }

// StoppingFlag is the flag behind Stopping, for code that cannot afford a call.
func StoppingFlag() *bool { return (*bool)(unsafe.Pointer(&stopping)) }

// Check ends the calling goroutine if its cell has been stopped, and makes it wait if the cell is held.
func Check() {
	r := own()
	if r == nil {
		return
	}
	if held := r.held.Load(); held != nil {
		select {
		case <-*held:
		case <-r.ctx.Done():
		}
	}
	if r.stopped.Load() {
		runtime.Goexit()
	}
}

// Hold makes the goroutines of r wait at their next check until release is called, which may be more than once.
func (r *Record) Hold() (release func()) {
	held := make(chan struct{})
	if !r.held.CompareAndSwap(nil, &held) {
		return func() {} // it is held by somebody else
	}
	r.hint()
	return sync.OnceFunc(func() {
		r.held.Store(nil)
		close(held)
		if !r.stopped.Load() {
			r.unhint()
		}
	})
}

// hint makes Stopping say that something is up with r.
func (r *Record) hint() {
	pending.Lock()
	defer pending.Unlock()
	if pending.records == nil {
		pending.records = map[*Record]bool{}
	}
	pending.records[r] = true
	atomic.StoreUint32(&stopping, set)
}

// unhint takes that back, unless r is stopped and still has goroutines: one that sleeps in compiled code must find the order when it
// wakes.
func (r *Record) unhint() {
	pending.Lock()
	defer pending.Unlock()
	if r.stopped.Load() && r.live.Load() > 0 {
		return
	}
	delete(pending.records, r)
	if len(pending.records) == 0 {
		atomic.StoreUint32(&stopping, 0)
	}
}

// Stop orders the goroutines of r to end at their next check and cancels its context. It
// returns at once.
func (r *Record) Stop() { r.stop(ErrInterrupted) }

func (r *Record) stop(cause error) {
	r.stopped.Store(true)
	r.hint()
	r.cancel(cause)
	r.unhint()
}

// enter and leave count the goroutines of r that are known to be running.
func (r *Record) enter() { r.live.Add(1) }

func (r *Record) leave() {
	if r.live.Add(-1) == 0 && r.stopped.Load() {
		r.unhint()
	}
}

// Live is the number of goroutines that work for r: the cell itself and those that its go statements started.
func (r *Record) Live() int { return int(r.live.Load()) }

// Over tells whether r can have no goroutine any more.
func (r *Record) Over() bool { return r.live.Load() == 0 && !r.waited.Load() }

// Sleep is time.Sleep that an interrupt ends.
func Sleep(d time.Duration) {
	r := own()
	if r == nil {
		time.Sleep(d)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
		Check()
		<-timer.C // the context was cancelled by the cell itself
	}
}
