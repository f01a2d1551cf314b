package child

import (
	"fmt"
	"maps"
	"reflect"
	"time"

	"joule/kernel/cell"
	"joule/kernel/display"
	"joule/kernel/worker/pipe"
)

// settling is how long a cell waits at its end for goroutines of it that panic.
const settling = time.Second

// crowd is how many records are kept before it is looked whether they still have goroutines: what libraries start is counted nowhere.
const crowd = 256

// A unit is an Exec on its way.
type unit struct {
	seq int
	rec *cell.Record
	p   *pauser
	x   *pipe.Exec
}

// maxUnits is how many units may wait; the kernel sends one after the other.
const maxUnits = 64

// definer defines units. It is one goroutine: the interpreter takes one at a time, and a goroutine that is new would have to
// grow its stack for each.
func (w *worker) definer() {
	for u := range w.units {
		entry, at, refused, err := w.define(u.x)
		switch {
		case refused != nil:
			w.end(u, pipe.Reply{Refused: refused.Error()})
			continue
		case err != nil:
			w.end(u, pipe.Reply{Failed: err.Error()})
			continue
		}
		if u.x.Former != nil {
			cell.SetFormers(w.formers(u.x.Former))
		}
		w.out.send(pipe.Reply{Seq: u.seq, Defined: true})
		go w.run(u, entry, at)
	}
}

// end ends a run and says so. Whoever hears of it must find it ended.
func (w *worker) end(u unit, r pipe.Reply) {
	w.mu.Lock()
	delete(w.runs, u.seq)
	delete(w.pauses, u.seq)
	delete(w.warming, u.seq)
	sweep := len(w.known) > w.crowd
	w.mu.Unlock()
	if sweep {
		w.goroutines()
		w.mu.Lock()
		w.crowd = 2*len(w.known) + crowd
		w.mu.Unlock()
	}
	r.Seq = u.seq
	w.out.send(r)
}

// run runs the statements of a unit.
func (w *worker) run(u unit, entry func(), at *int) {
	rec, p := u.rec, u.p
	rec.Faults(func(f cell.Fault) {
		w.out.send(pipe.Reply{Seq: u.seq, Fault: w.describe(f, rec.Frames())})
	})
	var done pipe.Done
	if entry != nil {
		// The value is shown by the cell's own goroutine: a String method that panics, prints or loops is the cell's.
		out := rec.Run(func() {
			p.begin()
			entry()
			p.end(&done)
			if values, ok := rec.Shown(); ok {
				done.Value = value(values, u.x.Static, u.x.Quiet)
			}
		})
		rec.Settle(settling) // what its goroutines panicked with belongs to its output
		done.Stopped, done.Exited, done.Code, done.At, done.Running = out.Stopped, out.Exited, out.Code, *at, rec.Live()
		if out.Fault != nil {
			done.Fault = w.describe(*out.Fault, rec.Frames())
		}
	}
	if done.Fault != nil || done.Stopped || done.Exited {
		done.Value = nil
	}
	w.end(u, pipe.Reply{Done: &done})
}

// value is the bundle of the last expression, without the error of a call that succeeded; nil when there is nothing to show.
func value(values []any, static string, quiet bool) *pipe.Display {
	if n := len(values); quiet && n > 0 && values[n-1] == nil {
		values, static = values[:n-1], ""
	}
	var b display.Bundle
	switch len(values) {
	case 0:
		return nil
	case 1:
		b = display.Of(values[0], static)
	default:
		b = display.OfAll(values)
	}
	return &pipe.Display{Data: b.Data, Metadata: b.Metadata, ID: b.ID}
}

// define makes the unit's slots and functions. refused is an error of the interpreter that the compiler may not have; nothing
// has changed then.
func (w *worker) define(x *pipe.Exec) (entry func(), at *int, refused, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at = new(int)
	undo := map[string]bool{} // slots that this unit makes
	maps.Copy(w.echoes, x.Echoes)
	if x.Plugin != "" {
		var p *opened
		if p, err = w.open(x.Plugin); err != nil {
			return nil, nil, nil, err
		}
		if err = w.connect(p, x.Views, x.Same); err != nil {
			return nil, nil, nil, err
		}
		if x.EntryCompiled {
			entry, at = p.entry, p.at
			*at = 0
		}
	}
	if x.Alloc != "" {
		var names []string
		for _, id := range x.Allocs {
			names = append(names, "alloc_"+id)
		}
		made, err := w.interp.Define(x.Alloc, nil, names)
		if err != nil {
			return nil, nil, err, nil
		}
		for _, id := range x.Allocs {
			if w.slots[id].IsValid() {
				continue
			}
			slot, err := allocated(made["alloc_"+id])
			if err != nil {
				for id := range undo {
					delete(w.slots, id)
				}
				return nil, nil, err, nil
			}
			w.slots[id], undo[id] = slot, true
		}
	}
	if x.Source != "" {
		refused := w.interpret(x, at, &entry)
		if refused != nil {
			for id := range undo {
				delete(w.slots, id)
			}
			return nil, nil, refused, nil
		}
	}
	return entry, at, nil, nil
}

// allocated calls a function that makes a slot. There are types that reflection, and so the interpreter, will not make.
func allocated(alloc reflect.Value) (slot reflect.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("interp: %v", r)
		}
	}()
	return alloc.Call(nil)[0], nil
}

// interpret gives the unit's source to the interpreter and puts its functions into their slots.
func (w *worker) interpret(x *pipe.Exec, at *int, entry *func()) error {
	slots := map[string]reflect.Value{}
	if x.AtName != "" {
		slots[x.AtName] = reflect.ValueOf(at)
	}
	for name, id := range x.Slots {
		if !w.slots[id].IsValid() {
			return fmt.Errorf("slot %s is not there", id)
		}
		slots[name] = w.slots[id]
	}
	var names []string
	for _, symbol := range x.Funcs {
		names = append(names, symbol)
	}
	if x.Entry != "" && !x.EntryCompiled {
		names = append(names, x.Entry)
	}
	funcs, err := w.interp.Define(x.Source, slots, names)
	if err != nil {
		return err
	}
	for id, symbol := range x.Funcs {
		slot, f := w.slots[id], funcs[symbol]
		if !slot.IsValid() || !f.Type().AssignableTo(slot.Type().Elem()) {
			return fmt.Errorf("%s is a %v", symbol, f.Type())
		}
	}
	for id, symbol := range x.Funcs {
		w.hold(id, funcs[symbol])
		w.hot[id] = x.Hot[id]
	}
	if x.Entry != "" && !x.EntryCompiled {
		f, ok := funcs[x.Entry].Interface().(func())
		if !ok {
			return fmt.Errorf("%s is a %v", x.Entry, funcs[x.Entry].Type())
		}
		*entry = f
	}
	return nil
}
