// Package child is the worker's own process: it runs what the kernel sends, with the interpreter and with plugins, and sends
// back what the cells show.
//
// It may die of a cell; the kernel does not. Everything that a cell may write to passes through here in order: the record's
// sink for the functions of fmt, and for everything else, C included, the pipes that file descriptors 1 and 2 are, which are
// emptied before anything else is sent. The kernel reads what is left in them when the process is dead, and has a descriptor
// apart for what the runtime says when it dies.
//
//	child.go   Main: the loop over requests
//	run.go     one Exec: define, bind, run, report
//	pause.go   the stops of a cell and the time between them
//	plugin.go  plugins: opened, and bound to the slots
//	held.go    values of types that were declared anew, behind interfaces
//	ask.go     the state of the process; usage_*.go the time that it took
//	output.go  the sender: order, batches, raw output; raw_*.go, pipe_*.go the pipes that it empties
//	fault.go   panics as frames of cells
//	guard.go   the watchdog over stack and heap
package child

import (
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"sync"

	"joule/kernel/cell"
	"joule/kernel/interp"
	"joule/kernel/worker/pipe"
	_ "joule/plugins/all" // every notebook has them by name
)

// Requests and replies come in and go out on the first descriptors after the standard ones. Then come the one for what the
// runtime says when it dies, and the other ends of the pipes that descriptors 1 and 2 are.
const (
	requestsFD = 3
	repliesFD  = 4
	crashFD    = 5
	rawFD      = 6
)

// worker is the state of the process.
type worker struct {
	out    *sender
	interp *interp.Interpreter

	mu      sync.Mutex
	slots   map[string]reflect.Value // ID → pointer
	echoes  map[string]string        // ID of a function → of an earlier one that becomes it
	hot     map[string]string        // ID → of the slot that the interpreted function in it looks at for its compiled version
	plugins map[string]*opened
	runs    map[int]*cell.Record
	pauses  map[int]*pauser         // of the runs
	warming map[int]func()          // of the runs that are held because they recurse deep: go on
	asks    map[int]func()          // of the questions that are being answered: stop looking
	known   map[string]*cell.Record // by label: whose goroutines may still run
	crowd   int                     // with more of them it is looked which have none
	began   chan struct{}           // gets a value when a cell begins, if nobody has taken the one before
	units   chan unit               // to be defined, one after the other
}

// Main runs the worker until the kernel closes its end, and returns the exit status.
func Main() int {
	polled(requestsFD, repliesFD)
	in, out := os.NewFile(requestsFD, "requests"), os.NewFile(repliesFD, "replies")
	if _, err := out.Stat(); err != nil {
		fmt.Fprintln(os.Stderr, "joule-worker is started by joule and does nothing by itself.")
		return 2
	}
	closeOnExec(requestsFD, repliesFD, crashFD, rawFD, rawFD+1) // what a cell starts must not keep the kernel waiting for the end of a pipe
	debug.SetMaxStack(2 << 30)                                  // the watchdog comes first
	debug.SetTraceback("single")
	w := &worker{slots: map[string]reflect.Value{}, hot: map[string]string{}, echoes: map[string]string{}, plugins: map[string]*opened{}, runs: map[int]*cell.Record{},
		pauses: map[int]*pauser{}, warming: map[int]func(){}, asks: map[int]func(){}, known: map[string]*cell.Record{}, crowd: crowd, began: make(chan struct{}, 1),
		units: make(chan unit, maxUnits)}
	conn := pipe.New(in, out)
	var err error
	if w.out, err = newSender(conn); err != nil {
		fmt.Fprintln(os.Stderr, "joule-worker:", err)
		return 1
	}
	if w.interp, err = interp.New(); err != nil {
		fmt.Fprintln(os.Stderr, "joule-worker:", err)
		return 1
	}
	go guard(w)
	go w.definer()
	w.out.send(pipe.Reply{Ready: true})
	for {
		var r pipe.Request
		if err := conn.Receive(&r); err != nil {
			if err == io.EOF {
				return 0
			}
			return 1
		}
		w.serve(r)
	}
}

// serve must not block: a cell runs on goroutines of its own.
func (w *worker) serve(r pipe.Request) {
	switch {
	case r.Exec != nil:
		w.mu.Lock()
		rec := cell.New(context.Background(), r.Exec.Number, &sink{w.out, r.Seq})
		p := newPauser(w.out, r.Seq, rec)
		w.runs[r.Seq], w.pauses[r.Seq], w.known[rec.Label()] = rec, p, rec
		w.mu.Unlock()
		select {
		case w.began <- struct{}{}:
		default:
		}
		w.units <- unit{r.Seq, rec, p, r.Exec}
	case r.Stop:
		w.mu.Lock()
		rec, stop := w.runs[r.Seq], w.asks[r.Seq]
		w.mu.Unlock()
		if rec != nil {
			rec.Stop()
		}
		if stop != nil {
			stop()
		}
	case r.Resume:
		w.mu.Lock()
		p := w.pauses[r.Seq]
		w.mu.Unlock()
		if p != nil {
			p.resume()
		}
	case r.Warm:
		w.mu.Lock()
		release := w.warming[r.Seq]
		w.mu.Unlock()
		if release != nil {
			release()
		}
	case r.Ask != nil:
		stop := make(chan struct{})
		w.mu.Lock()
		w.asks[r.Seq] = sync.OnceFunc(func() { close(stop) })
		w.mu.Unlock()
		go w.answer(r.Seq, stop, r.Ask)
	case r.Input != nil:
		w.out.answer(r.Input)
	}
}

// alive are the records of the cells that run now, and of those that have left goroutines behind.
func (w *worker) alive() (active, left []*cell.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	running := map[*cell.Record]bool{}
	for _, r := range w.runs {
		active = append(active, r)
		running[r] = true
	}
	for _, r := range w.known {
		if !running[r] && r.Live() > 0 {
			left = append(left, r)
		}
	}
	return active, left
}
