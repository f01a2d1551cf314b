package cell

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A Record is one run of one cell.
type Record struct {
	// Number is the execution count that the cell runs under.
	Number int

	sink    Sink
	ctx     context.Context
	cancel  context.CancelCauseFunc
	labels  context.Context // keeps the label set alive, whose address is the key in bound
	stopped atomic.Bool
	held    atomic.Pointer[chan struct{}] // until it is closed the goroutines wait; nil when they need not
	exited  atomic.Bool
	code    atomic.Int32
	live    atomic.Int32 // goroutines that work for it
	waited  atomic.Bool  // it gave functions to be called back, which may come at any time

	mu      sync.Mutex
	results []any // what Show was given last
	shown   bool
	faults  []Fault // panics in goroutines that the cell started
	frames  []Frame
	line    string // what is left of the line that was typed
	onFault func(Fault)
	onPause func(at int)
	label   string
}

// A Fault is a panic that a cell, or a goroutine of it, did not recover.
type Fault struct {
	Value     any
	Stack     []byte
	Goroutine bool // it happened in a goroutine that the cell started
}

// An Outcome is how a run ended.
type Outcome struct {
	Fault   *Fault // the cell panicked
	Stopped bool   // the cell was interrupted
	Exited  bool   // the cell called os.Exit or log.Fatal, or runtime.Goexit
	Code    int    // the code it exited with
}

// New makes the record of a run whose output goes to sink and whose context descends from ctx.
func New(ctx context.Context, number int, sink Sink) *Record {
	r := &Record{Number: number, sink: sink, label: newLabel(number)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	return r
}

// Sink is where the output of the cell goes: nowhere after it has exited, so that its deferred functions, which os.Exit would
// not run, are not heard.
func (r *Record) Sink() Sink {
	if r.exited.Load() {
		return mute{}
	}
	return r.sink
}

// Origin is what New was given, also after the cell has exited: for text that was written before and arrives late.
func (r *Record) Origin() Sink { return r.sink }

// mute hears nothing.
type mute struct{}

func (mute) Stream(string, []byte)                                               {}
func (mute) Display(map[string]string, map[string]json.RawMessage, string, bool) {}
func (mute) ClearOutput(bool)                                                    {}
func (mute) Input(context.Context, string, bool) (string, error)                 { return "", io.EOF }

// Context is cancelled when the cell is stopped. It outlives the cell, so that goroutines which the cell left behind go on.
func (r *Record) Context() context.Context { return r.ctx }

// Faults hands over the panics of goroutines that the cell started, those that happened so far at once and later ones as they
// come.
func (r *Record) Faults(f func(Fault)) {
	r.mu.Lock()
	past := r.faults
	r.faults, r.onFault = nil, f
	r.mu.Unlock()
	for _, x := range past {
		f(x)
	}
}

// Run calls f on a goroutine of its own that belongs to r, and waits for it. It never panics.
func (r *Record) Run(f func()) (out Outcome) {
	done := make(chan struct{})
	r.enter()
	go func() {
		returned := false
		defer close(done)
		defer r.leave()
		defer func() {
			v := recover()
			switch {
			case v != nil:
				out.Fault = faultOf(v)
			case !returned: // Goexit: by Check, by Exit, or by the cell itself
				out.Stopped = r.stopped.Load() && !r.exited.Load()
				out.Exited = !out.Stopped
				out.Code = int(r.code.Load())
			}
		}()
		bind(r)
		f()
		returned = true
	}()
	<-done
	return out
}

// OnPause sets what Pause does in the cell.
func (r *Record) OnPause(f func(at int)) { r.onPause = f }

// Pause lets the kernel do something before statement number at.
func Pause(at int) {
	if r := own(); r != nil && r.onPause != nil {
		r.onPause(at)
	}
}

// rethrown is a panic with the stack of the place where it happened first.
type rethrown struct {
	value any
	stack []byte
}

// Rethrow panics with a value that was recovered on another goroutine; the cell's fault shows where it came from.
func Rethrow(value any, stack []byte) { panic(rethrown{value, stack}) }

func faultOf(v any) *Fault {
	if r, ok := v.(rethrown); ok {
		return &Fault{Value: r.value, Stack: r.stack}
	}
	return &Fault{Value: v, Stack: debug.Stack()}
}

// Go runs f on a new goroutine of the calling goroutine's cell. A panic in f is a fault of that cell and ends only that
// goroutine.
func Go(f func()) {
	r := own()
	if r != nil {
		r.enter()
	}
	go r.guarded(f)
}

// guarded runs f on a goroutine that belongs to r, which has been counted; r may be nil.
func (r *Record) guarded(f func()) {
	defer func() {
		if r != nil {
			defer r.leave()
		}
		if v := recover(); v != nil {
			fault := Fault{Value: v, Stack: debug.Stack(), Goroutine: true}
			if r == nil {
				r = Current()
			}
			r.fault(fault)
		}
	}()
	f()
}

func (r *Record) fault(x Fault) {
	r.mu.Lock()
	f := r.onFault
	if f == nil {
		r.faults = append(r.faults, x)
	}
	r.mu.Unlock()
	if f != nil {
		f(x)
	}
}

// Context is that of the calling goroutine's cell, or context.Background outside any.
func Context() context.Context {
	if r := Current(); r != nil {
		return r.ctx
	}
	return context.Background()
}

// Exit ends the calling goroutine, and its cell with the given code. It is what os.Exit is in a cell.
func Exit(code int) {
	if r := Current(); r != nil {
		r.code.Store(int32(code))
		r.exited.Store(true)
		r.stop(context.Canceled)
	}
	runtime.Goexit()
}

// Show keeps the values of the cell's last expression for Shown.
func Show(values ...any) {
	if r := Current(); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.results, r.shown = values, true
	}
}

// Shown hands over what Show was last given in this run.
func (r *Record) Shown() (values []any, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, ok = r.results, r.shown
	r.results, r.shown = nil, false // the record outlives the cell, its values need not
	return values, ok
}
