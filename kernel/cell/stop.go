package cell

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
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

// Stop orders the goroutines of r to end at their next check and cancels its context. It returns at once. Release takes the
// order's cost back when the cell has ended.
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
	r.cancel(context.Cause(canceled(cause)))
}

// canceled is a context whose cause is err; it exists so that a nil cause becomes context.Canceled.
func canceled(err error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(err)
	return ctx
}

// Release says that nobody waits for r to stop any more. Its goroutines keep the order to end, but the hint that makes every
// other cell look for its own order is taken down when the last record is released.
func (r *Record) Release() {
	pending.Lock()
	defer pending.Unlock()
	delete(pending.records, r)
	if len(pending.records) == 0 {
		atomic.StoreUint32(&stopping, 0)
	}
}
