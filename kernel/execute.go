package kernel

import (
	"fmt"
	"runtime/debug"
	"time"

	"joule/kernel/display"
	"joule/kernel/wire"
)

// execute runs a cell.
func (s *server) execute(q *request, r wire.ExecuteRequest) (wire.Content, error) {
	if q.queued.aborted {
		return abortedReply(q.queued.closed), nil
	}
	if r.StoreHistory {
		q.shell.count++
	}
	number := q.shell.count
	if !r.Silent {
		s.publisher.publishSoon(q.parent, wire.ExecuteInput{Code: r.Code, ExecutionCount: number})
	}
	s.publisher.signal()
	out := newOutput(s, q, r)
	result := s.run(q, Cell{Code: r.Code, Number: number, ID: cellID(q.message), Silent: r.Silent}, out)
	reply := wire.ExecuteReply{Status: wire.OK, ExecutionCount: number}
	for _, p := range result.Payload {
		reply.Payload = append(reply.Payload, p)
	}
	var value *string
	if result.Err == nil {
		value = s.showResult(q, r, number, result.Value)
		reply.UserExpressions = s.userExpressions(q, r.UserExpressions)
	} else {
		s.showError(q, r, result.Err, &reply)
	}
	if r.StoreHistory {
		if err := q.shell.history.Append(number, r.Code, value); err != nil {
			s.options.Log.Warn("cannot store history", "error", err)
		}
	}
	out.end()
	return reply, nil
}

// run calls the engine. Its panic is the cell's error.
func (s *server) run(q *request, c Cell, out Output) (result Result) {
	defer func() {
		if v := recover(); v != nil {
			s.options.Log.Error("panic in the engine", "panic", v, "stack", string(debug.Stack()))
			result = Result{Err: &Error{Name: "KernelPanic", Message: fmt.Sprint(v)}}
		}
	}()
	return s.engine.Execute(q.ctx, c, out)
}

// showResult publishes the value of a cell and returns its text for the history.
func (s *server) showResult(q *request, r wire.ExecuteRequest, number int, value *display.Bundle) *string {
	if value == nil || r.Silent {
		return nil
	}
	show := wire.Show{Bundle: *value, ExecutionCount: &number}
	s.publisher.displaySoon(q.parent, show, show.Size(), "")
	if len(r.UserExpressions) > 0 { // which may take long; without them the status follows at once
		s.publisher.signal()
	}
	if text, ok := value.Data["text/plain"]; ok {
		return &text
	}
	return nil
}

// showError publishes the failure of a cell, writes it to reply and aborts what waits behind the cell.
func (s *server) showError(q *request, r wire.ExecuteRequest, e *Error, reply *wire.ExecuteReply) {
	traceback := wire.List[string](e.Traceback)
	if traceback == nil {
		traceback = wire.List[string]{}
	}
	reply.Status, reply.EName, reply.EValue, reply.Traceback = wire.Error, e.Name, e.Message, traceback
	if r.Silent {
		return
	}
	s.publisher.publish(q.parent, wire.ErrorMessage{EName: e.Name, EValue: e.Message, Traceback: traceback})
	if r.StopOnError {
		select {
		case <-time.After(s.options.AbortWindow - time.Since(q.queued.arrived)):
		case <-s.stop:
		}
		q.shell.abortQueued()
	}
}

// abortedReply answers an execute request that waited behind one that failed, or on a shell that has been closed meanwhile. It has
// the fields of an error, for front ends that treat every status but ok as one.
func abortedReply(closed bool) wire.Content {
	why := "a cell before it failed"
	if closed {
		why = "the kernel or the subshell on which it waited ends"
	}
	return wire.ExecuteReply{Status: wire.Aborted, EName: "Aborted", EValue: "not run, because " + why, Traceback: wire.List[string]{}}
}

// userExpressions evaluates what the front end wants to know after the cell.
func (s *server) userExpressions(q *request, asked map[string]string) wire.Object {
	values := make(wire.Object, len(asked))
	for name, expr := range asked {
		u := wire.UserExpression{Status: wire.OK}
		if b, err := s.engine.Evaluate(q.ctx, expr); err != nil {
			u = wire.UserExpression{Status: wire.Error, EName: err.Name, EValue: err.Message, Traceback: err.Traceback}
		} else {
			u.Data, u.Metadata = wire.Bundle(b)
		}
		if raw, err := u.MarshalJSON(); err == nil {
			values[name] = raw
		}
	}
	return values
}
