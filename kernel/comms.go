package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"

	"joule/kernel/wire"
)

// A CommEngine is an Engine whose cells talk to front ends over comms, of which widgets are made. The kernel knows which comms
// are open; it calls CommMsg and CommClose for those only. Calls for the comms of one shell come one at a time and in order, in
// turn with its cells; those of different shells run side by side. What a handler prints and shows goes to the front end's
// request; its error is published as a cell's would be.
type CommEngine interface {
	Engine

	// CommOpen offers a comm that a front end has opened, whose target is c.Target. When it returns false the kernel closes
	// the comm again.
	CommOpen(ctx context.Context, c Comm, out CommOutput) (taken bool, err *Error)

	// CommMsg takes a message on an open comm.
	CommMsg(ctx context.Context, c Comm, out CommOutput) *Error

	// CommClose tells that a front end has closed a comm.
	CommClose(ctx context.Context, c Comm, out CommOutput) *Error
}

// A Comm is one message over a comm, as either side sends it. Data and Metadata are JSON objects; nil is {}.
type Comm struct {
	ID       string
	Target   string // who is to take it, when it is opened
	Data     json.RawMessage
	Metadata json.RawMessage // of the message: widgets put their protocol's version there when they open
	Buffers  [][]byte        // binary data beside Data
}

// A CommOutput is an Output over which a cell can talk to the front ends. Every Output that the kernel makes is one. The methods
// may be called from any goroutine and keep the order with what is printed and shown; they wait when the front ends do not keep
// up.
type CommOutput interface {
	Output

	// CommOpen opens a comm in the front ends.
	CommOpen(c Comm)
	// CommMsg sends over an open comm. To one that is not open it does nothing.
	CommMsg(c Comm)
	// CommClose closes a comm. One that is not open it leaves alone.
	CommClose(c Comm)
}

// comms are the open comms: their targets by their ids.
type comms struct {
	mu   sync.Mutex
	open map[string]string
}

// maxComms bounds how many comms front ends can open.
const maxComms = 100_000

func newComms() *comms { return &comms{open: make(map[string]string)} }

// add opens id. It says false when id is open already or too many are.
func (c *comms) add(id, target string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, open := c.open[id]; open || len(c.open) >= maxComms {
		return false
	}
	c.open[id] = target
	return true
}

// remove says whether id was open.
func (c *comms) remove(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, open := c.open[id]
	delete(c.open, id)
	return open
}

func (c *comms) has(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, open := c.open[id]
	return open
}

// list returns the open comms of one target, with "" of all.
func (c *comms) list(target string) map[string]wire.CommInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make(map[string]wire.CommInfo)
	for id, t := range c.open {
		if target == "" || t == target {
			list[id] = wire.CommInfo{TargetName: t}
		}
	}
	return list
}

// commInfo lists the open comms.
func (s *server) commInfo(_ *request, r wire.CommInfoRequest) (wire.Content, error) {
	return wire.CommInfoReply{Status: wire.OK, Comms: s.comms.list(r.TargetName)}, nil
}

// commOpen offers a comm to the engine. A comm that nobody takes is closed: that is how the other side learns of it. One that is
// open already stays as it is.
func (s *server) commOpen(q *request, r wire.CommOpen) (wire.Content, error) {
	taken := s.comms.has(r.CommID)
	e, talks := s.engine.(CommEngine)
	if talks && s.comms.add(r.CommID, r.TargetName) {
		s.withComm(q, Comm{ID: r.CommID, Target: r.TargetName, Data: r.Data}, func(c Comm, out CommOutput) (err *Error) {
			taken, err = e.CommOpen(q.ctx, c, out)
			return err
		})
		if !taken {
			s.comms.remove(r.CommID)
		}
	}
	if !taken {
		s.options.Log.Info("nobody takes a comm", "target", r.TargetName)
		s.publisher.publish(q.parent, wire.CommClose{CommID: r.CommID})
	}
	return nil, nil
}

// commMsg passes a message on, and drops one for a comm that is not open.
func (s *server) commMsg(q *request, r wire.CommMsg) (wire.Content, error) {
	e, talks := s.engine.(CommEngine)
	if !talks || !s.comms.has(r.CommID) {
		s.options.Log.Info("comm_msg for an unknown comm", "comm", r.CommID)
		return nil, nil
	}
	s.withComm(q, Comm{ID: r.CommID, Data: r.Data}, func(c Comm, out CommOutput) *Error { return e.CommMsg(q.ctx, c, out) })
	return nil, nil
}

// commClose tells the engine, if it knows the comm.
func (s *server) commClose(q *request, r wire.CommClose) (wire.Content, error) {
	e, talks := s.engine.(CommEngine)
	if open := s.comms.remove(r.CommID); !open || !talks {
		return nil, nil
	}
	s.withComm(q, Comm{ID: r.CommID, Data: r.Data}, func(c Comm, out CommOutput) *Error { return e.CommClose(q.ctx, c, out) })
	return nil, nil
}

// withComm calls a handler of the engine with the message that q carries and publishes its error. These messages have no reply
// that could carry it.
func (s *server) withComm(q *request, c Comm, handle func(Comm, CommOutput) *Error) {
	c.Metadata, c.Buffers = q.message.Metadata, q.message.Buffers
	out := newOutput(s, q, wire.ExecuteRequest{})
	defer out.end()
	err := func() (err *Error) {
		defer func() {
			if v := recover(); v != nil {
				s.options.Log.Error("panic in the engine", "panic", v, "stack", string(debug.Stack()))
				err = &Error{Name: "KernelPanic", Message: fmt.Sprint(v)}
			}
		}()
		return handle(c, out)
	}()
	if err != nil {
		s.publisher.publish(q.parent, wire.ErrorMessage{EName: err.Name, EValue: err.Message, Traceback: err.Traceback})
	}
}

// CommOpen implements CommOutput. Comms are not silenced with the cell's output: they carry the state of what it made.
func (o *output) CommOpen(c Comm) {
	if o.server.comms.add(c.ID, c.Target) {
		o.comm(c, wire.CommOpen{CommID: c.ID, TargetName: c.Target, Data: c.Data})
	}
}

// CommMsg implements CommOutput.
func (o *output) CommMsg(c Comm) {
	if o.server.comms.has(c.ID) {
		o.comm(c, wire.CommMsg{CommID: c.ID, Data: c.Data})
	}
}

// CommClose implements CommOutput.
func (o *output) CommClose(c Comm) {
	if o.server.comms.remove(c.ID) {
		o.comm(c, wire.CommClose{CommID: c.ID, Data: c.Data})
	}
}

func (o *output) comm(c Comm, content wire.Content) {
	o.server.publisher.comm(o.parent, content, c.Data, c.Metadata, c.Buffers)
}

var _ CommOutput = (*output)(nil)
