package worker

import (
	"context"
	"fmt"
	"time"

	"joule/kernel"
	"joule/kernel/session"
)

// How long a check may take, and an answer to somebody who types. Most take less than a millisecond. But some programs of a few
// lines, whose types double in size with each line, would keep Go's type checker busy for hours.
const (
	checkPatience  = 30 * time.Second
	typingPatience = 10 * time.Second
)

// patiently calls f with the session. The type checker cannot be interrupted: when ctx ends or f takes too long, it is left
// behind with the session as it was, and the engine goes on with a fork of it. The define lock is held.
func patiently[T any](ctx context.Context, e *Engine, limit time.Duration, f func(*session.Session) T) (value T, fail *kernel.Error) {
	type outcome struct {
		value T
		panic any
	}
	s, done := e.session, make(chan outcome, 1)
	e.aside(func() {
		var o outcome
		defer func() {
			if o.panic = recover(); o.panic != nil {
				o.panic = fmt.Errorf("worker: %v", o.panic)
			}
			done <- o
		}()
		o.value = f(s)
	})
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case o := <-done:
		if o.panic != nil {
			panic(o.panic) // where the kernel expects it
		}
		return o.value, nil
	case <-ctx.Done():
		fail = &kernel.Error{Name: "Interrupted", Message: "the cell was being checked; nothing of it has run"}
	case <-timer.C:
		fail = problem("CompileError", fmt.Errorf(
			"checking this cell has taken %v and was given up; nothing of it has run (do its types or constants double with every line?)", limit))
	}
	e.session = s.Fork()
	close(e.checks)
	e.checks = nil
	e.log.Warn("a check was left behind", "reason", fail.Message)
	return value, fail
}

// aside calls f on a goroutine that stays for the next check: a new one would have to grow its stack each time. The define lock is
// held.
func (e *Engine) aside(f func()) {
	if e.checks == nil {
		checks := make(chan func())
		e.checks = checks
		go func() {
			for {
				select {
				case f, ok := <-checks:
					if !ok { // it was left behind
						return
					}
					f()
				case <-e.over:
					return
				}
			}
		}()
	}
	select {
	case e.checks <- f:
	case <-e.over:
		go f()
	}
}
