package cell

import (
	"iter"
	"reflect"
	"sync"
	"time"
)

// What blocks in a cell must end with it. Lowered source calls these in the place of channel operations and of the blocking
// methods of sync; they do the same and also listen to the order to stop. Without a cell they just do the same.

// Done is closed when the calling goroutine's cell is stopped; nil when it belongs to none.
func Done() <-chan struct{} {
	if r := own(); r != nil {
		return r.ctx.Done()
	}
	return nil
}

// Receive is <-c.
func Receive[T any](c <-chan T) T {
	v, _ := Receive2(c)
	return v
}

// Receive2 is v, ok := <-c.
func Receive2[T any](c <-chan T) (T, bool) {
	select {
	case v, ok := <-c:
		return v, ok
	default:
	}
	for {
		select {
		case v, ok := <-c:
			return v, ok
		case <-Done():
			Check()
		}
	}
}

// Send is c <- v.
func Send[T any](c chan<- T, v T) {
	select {
	case c <- v:
		return
	default:
	}
	for {
		select {
		case c <- v:
			return
		case <-Done():
			Check()
		}
	}
}

// Each is range c.
func Each[T any](c <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			v, ok := Receive2(c)
			if !ok || !yield(v) {
				return
			}
		}
	}
}

// ReceiveAny is Receive2 for the interpreter, which cannot instantiate generic functions.
func ReceiveAny(c any) (any, bool) {
	v, ok := choose(reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	return v.Interface(), ok
}

// SendAny is Send for the interpreter.
func SendAny(c, v any) {
	choose(Sending(c, v).c)
}

func choose(op reflect.SelectCase) (reflect.Value, bool) {
	cases := []reflect.SelectCase{op}
	if done := Done(); done != nil {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(done)})
	}
	for {
		i, v, ok := reflect.Select(cases)
		if i == 0 {
			if op.Dir == reflect.SelectRecv && !ok {
				v = reflect.Zero(op.Chan.Type().Elem())
			}
			return v, ok
		}
		Check()
	}
}

// Lock is m.Lock().
func Lock(m *sync.Mutex) {
	if !m.TryLock() {
		await(m.Lock, m.Unlock)
	}
}

// LockWriter is m.Lock().
func LockWriter(m *sync.RWMutex) {
	if !m.TryLock() {
		await(m.Lock, m.Unlock)
	}
}

// LockReader is m.RLock().
func LockReader(m *sync.RWMutex) {
	if !m.TryRLock() {
		await(m.RLock, m.RUnlock)
	}
}

// Wait is w.Wait().
func Wait(w *sync.WaitGroup) { await(w.Wait, func() {}) }

// WaitCond is c.Wait(). A cell that is stopped wakes the waiters of c, its own among them: it holds c.L again when it ends, as its
// deferred functions expect.
func WaitCond(c *sync.Cond) {
	r := own()
	if r == nil {
		c.Wait()
		return
	}
	signalled := make(chan struct{})
	go func() {
		c.Wait()
		close(signalled)
	}()
	select {
	case <-signalled:
		return
	case <-r.ctx.Done():
	}
	for {
		c.Broadcast() // the waiter may not have got there yet
		select {
		case <-signalled:
			Check()
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// await calls block on another goroutine and listens meanwhile. When the cell is stopped, undo takes back what block will have
// done by the time it returns.
func await(block, undo func()) {
	r := own()
	if r == nil {
		block()
		return
	}
	finished := make(chan struct{})
	go func() {
		block()
		close(finished)
	}()
	for {
		select {
		case <-finished:
			return
		case <-r.ctx.Done():
			go func() {
				<-finished
				undo()
			}()
			Check()
			<-finished
			return
		}
	}
}

// A Case is one of those that a select of the interpreter chooses from.
type Case struct{ c reflect.SelectCase }

// Receiving is case <-c.
func Receiving(c any) Case {
	return Case{reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}}
}

// Sending is case c <- v.
func Sending(c, v any) Case {
	to, value := reflect.ValueOf(c), reflect.ValueOf(v)
	if !value.IsValid() { // a nil, which any interface can be
		value = reflect.Zero(to.Type().Elem())
	}
	return Case{reflect.SelectCase{Dir: reflect.SelectSend, Chan: to, Send: value}}
}

// Select is a select for the interpreter: it returns the number of the case that was chosen, or -1 for the default, and what was
// received.
func Select(hasDefault bool, from ...Case) (n int, v any, ok bool) {
	var cases []reflect.SelectCase
	for _, c := range from {
		cases = append(cases, c.c)
	}
	if hasDefault {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
	} else if done := Done(); done != nil {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(done)})
	}
	for {
		n, value, ok := reflect.Select(cases)
		switch {
		case n >= len(from) && hasDefault:
			return -1, nil, false
		case n >= len(from):
			Check()
		case from[n].c.Dir == reflect.SelectRecv:
			if !ok {
				value = reflect.Zero(from[n].c.Chan.Type().Elem())
			}
			return n, value.Interface(), ok
		default:
			return n, nil, false
		}
	}
}
