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

// Check ends the calling goroutine if its cell has been stopped.
func Check() {
	if r := own(); r != nil && r.stopped.Load() {
		runtime.Goexit()
	}
}

// Stop orders the goroutines of r to end at their next check and cancels its context. It
// returns at once.
func (r *Record) Stop() { r.stop(ErrInterrupted) }

func (r *Record) stop(cause error) {
	r.stopped.Store(true)
	pending.Lock()
	if pending.records == nil {
		pending.records = map[*Record]bool{}
	}
	pending.records[r] = true
	atomic.StoreUint32(&stopping, set)
	pending.Unlock()
	r.cancel(cause)
	r.release()
}

// release takes the hint down when the last stopped record has no goroutine left: one that sleeps in compiled code must still find
// the order when it wakes.
func (r *Record) release() {
	pending.Lock()
	defer pending.Unlock()
	if r.live.Load() > 0 {
		return
	}
	delete(pending.records, r)
	if len(pending.records) == 0 {
		atomic.StoreUint32(&stopping, 0)
	}
}

// enter and leave count the goroutines of r that are known to be running.
func (r *Record) enter() { r.live.Add(1) }

func (r *Record) leave() {
	if r.live.Add(-1) == 0 && r.stopped.Load() {
		r.release()
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
