package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"joule/kernel/wire"
)

// A request is one message from a front end, while it is served.
type request struct {
	ctx     context.Context // ends with an interrupt, if the request came on a shell
	shell   *shell
	message *wire.Message
	parent  *wire.Message // its header alone: what output that outlives the cell keeps of it
	queued  queued
	after   func() // runs when the reply has been sent; may be nil
}

// executeType is the type of the requests that run cells.
var executeType = wire.ExecuteRequest{}.MsgType()

// A route is one row of the handler table.
type route struct {
	name   string
	where  places
	handle func(*server, *request) (wire.Content, error)
}

// places are the channels on which a type of request is served.
type places int

const (
	onShell places = 1 << iota
	onControl
)

func (p places) has(c Channel) bool {
	return c == Shell && p&onShell != 0 || c == Control && p&onControl != 0
}

// on makes a row from a function of a typed request. The function returns nil content when there is no reply.
func on[R wire.Content](where places, f func(*server, *request, R) (wire.Content, error)) route {
	var r R
	return route{r.MsgType(), where, func(s *server, q *request) (wire.Content, error) {
		content, err := wire.Parse[R](q.message)
		if err != nil {
			return nil, err
		}
		return f(s, q, content)
	}}
}

// routes is the table of everything that the kernel answers. A new request type is one more row; what has no row gets the
// statuses busy and idle, as the protocol wants for types that a kernel does not know. On control is served only what cannot
// wait for anything: an interrupt must never stand behind it.
func routes() map[string]route {
	table := make(map[string]route)
	for _, r := range []route{
		on(onShell, (*server).execute),
		on(onShell, (*server).complete),
		on(onShell, (*server).inspect),
		on(onShell, (*server).isComplete),
		on(onShell, (*server).history),
		on(onShell, (*server).commOpen),
		on(onShell, (*server).commMsg),
		on(onShell, (*server).commClose),
		on(onShell|onControl, (*server).commInfo),
		on(onShell|onControl, (*server).kernelInfo),
		on(onShell|onControl, (*server).connect),
		on(onShell|onControl, (*server).interruptRequest), // on shell for front ends older than protocol 5.3
		on(onShell|onControl, (*server).shutdown),
		on(onControl, (*server).createSubshell),
		on(onControl, (*server).deleteSubshell),
		on(onControl, (*server).listSubshells),
		on(onControl, (*server).usage),
		on(onControl, (*server).debug),
	} {
		table[r.name] = r
	}
	return table
}

// serve is what happens round every request: busy, the handler, the rest of the output, the reply, idle.
func (s *server) serve(sh *shell, r queued) {
	m := r.message
	parent := &wire.Message{RawHeader: bytes.Clone(m.RawHeader)}
	q := &request{ctx: context.Background(), shell: sh, message: m, parent: parent, queued: r}
	if sh.channel == Shell {
		defer s.interruptible(q)()
	}
	s.publisher.publishSoon(parent, wire.Status{State: wire.Busy})
	if m.Header.MsgType != executeType { // execute itself has more to say at once
		s.publisher.signal()
	}
	reply, err := s.answer(q)
	if err != nil {
		reply = s.failure(q, err)
	}
	s.publisher.flushSoon(parent)
	if reply != nil && reply.MsgType() != "" {
		s.reply(q, reply)
	}
	if q.after != nil {
		q.after()
	}
	s.publisher.publishSoon(parent, wire.Status{State: wire.Idle})
	if !sh.waiting() { // the status of the next request follows at once
		s.publisher.signal()
	}
	if _, isShutdown := reply.(wire.ShutdownReply); isShutdown {
		s.endOnce.Do(func() { close(s.ended) })
	}
}

// interruptible lets an interrupt end q, until the function that it returns is called.
func (s *server) interruptible(q *request) (done func()) {
	ctx, cancel := context.WithCancel(q.ctx)
	q.ctx = ctx
	s.mu.Lock()
	s.running[q] = cancel
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		delete(s.running, q)
		s.mu.Unlock()
		cancel()
	}
}

// answer finds the handler and calls it. A panic becomes an error.
func (s *server) answer(q *request) (reply wire.Content, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.options.Log.Error("panic in a handler", "type", q.message.Header.MsgType, "panic", v, "stack", string(debug.Stack()))
			reply, err = nil, &Error{Name: "KernelPanic", Message: fmt.Sprint(v)}
		}
	}()
	name := q.message.Header.MsgType
	r, known := s.routes[name]
	switch {
	case !known:
		s.options.Log.Info("unknown message type", "type", name, "channel", q.shell.channel.String())
		return nil, nil
	case !r.where.has(q.shell.channel):
		return nil, fmt.Errorf("kernel: %s is not served on the %s channel", name, q.shell.channel)
	case q.shell == s.lost:
		return nil, unknownSubshell(*q.message.Header.SubshellID)
	}
	return r.handle(s, q)
}

// failure is the reply to a request whose handler returned err.
func (s *server) failure(q *request, err error) wire.Content {
	f := wire.Failure{Request: q.message.Header.MsgType, Status: wire.Error, EName: "KernelError", EValue: err.Error()}
	var cell *Error
	var fault wire.Fault
	switch {
	case errors.As(err, &cell):
		f.EName, f.EValue, f.Traceback = cell.Name, cell.Message, cell.Traceback
	case errors.As(err, &fault):
		f.EName = "BadRequest"
		f.EValue = strings.TrimPrefix(f.EValue, "wire: ")
	}
	if f.Request == executeType {
		f.ExecutionCount = &q.shell.count
	}
	return f
}

// reply sends content on the channel that the request came on, to the front end that it came from.
func (s *server) reply(q *request, content wire.Content) {
	m, err := s.author.New(content, q.message.RawHeader)
	if err == nil {
		m.Identities = q.message.Identities
		err = s.transport.Send(q.shell.channel, m)
	}
	if err != nil {
		s.options.Log.Warn("cannot reply", "type", content.MsgType(), "error", err)
	}
}
