package zmq

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"

	"joule/kernel"
	"joule/kernel/wire"
)

// A Server is the kernel's end: ROUTER sockets for shell, control and stdin, an XPUB for IOPub and the heartbeat. It is a
// kernel.Transport.
type Server struct {
	connection Connection
	limits     Options
	stats      *counters
	codec      *wire.Codec

	routers   [3]*router // by kernel.Channel
	iopub     *xpub
	listeners []*listener

	publishing sync.Mutex
	closeOnce  sync.Once
}

// maxSmall is enough for what front ends send on IOPub (subscriptions) and to the heartbeat.
const maxSmall = 64 << 10

// Listen binds the five sockets of c, choosing the ports that are 0. Front ends can connect at once; they are served after
// Start.
func Listen(c Connection, o Options) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("zmq: %w", err)
	}
	curve, err := c.curve()
	if err != nil {
		return nil, fmt.Errorf("zmq: %w", err)
	}
	o = o.withDefaults()
	s := &Server{connection: c, limits: o, stats: newCounters(o.Log), codec: wire.NewCodec(c.Key)}
	s.iopub = newXPub(o, s.stats)
	for ch := range s.routers {
		s.routers[ch] = newRouter(kernel.Channel(ch).String(), s.stats)
	}
	s.routers[kernel.Stdin].asked = s.routers[kernel.Shell]
	for _, b := range []struct {
		name   string
		port   *int
		typ    zmq4.SocketType
		socket socket
	}{
		{"shell", &s.connection.ShellPort, zmq4.Router, s.routers[kernel.Shell]},
		{"control", &s.connection.ControlPort, zmq4.Router, s.routers[kernel.Control]},
		{"stdin", &s.connection.StdinPort, zmq4.Router, s.routers[kernel.Stdin]},
		{"iopub", &s.connection.IOPubPort, zmq4.XPub, s.iopub},
		{"heartbeat", &s.connection.HBPort, zmq4.Router, heartbeat{s.stats}},
	} {
		l, err := s.connection.listen(b.port)
		if err != nil {
			for _, open := range s.listeners {
				open.net.Close()
			}
			return nil, fmt.Errorf("zmq: cannot listen for %s: %w", b.name, err)
		}
		limits := o
		if b.name == "iopub" || b.name == "heartbeat" {
			limits.MaxMessage = min(o.MaxMessage, maxSmall)
		}
		s.listeners = append(s.listeners, newListener(b.name, b.typ, l, b.socket, curve, limits, s.stats))
	}
	return s, nil
}

// Connection is where the server listens, with the ports that were chosen.
func (s *Server) Connection() Connection { return s.connection }

// Ports is the answer to a connect_request.
func (s *Server) Ports() wire.ConnectReply {
	c := s.connection
	return wire.ConnectReply{Status: wire.OK, Shell: c.ShellPort, IOPub: c.IOPubPort, Stdin: c.StdinPort,
		HB: c.HBPort, Control: c.ControlPort}
}

// Stats counts what has happened so far.
func (s *Server) Stats() Stats { return s.stats.snapshot() }

// Start serves the sockets.
func (s *Server) Start(r kernel.Receiver) error {
	for ch, router := range s.routers {
		router.receive = func(frames [][]byte) {
			m, err := s.codec.Decode(frames) // a request whose content is bad is answered, and says so
			if err != nil {
				s.stats.fault(router.name, err)
				return
			}
			s.stats.received.Add(1)
			router.know(frames[0])
			if kernel.Channel(ch) == kernel.Shell {
				s.routers[kernel.Stdin].know(frames[0])
			}
			r.Receive(kernel.Channel(ch), m)
		}
	}
	frames := func(m *wire.Message) [][]byte {
		if m == nil {
			return nil
		}
		return s.codec.Encode(m)
	}
	s.iopub.welcome = func(topic string) [][]byte { return frames(r.Welcome(topic)) }
	s.iopub.subscribed = r.Subscribed
	s.iopub.cut = func(n int) [][]byte { return frames(r.Cut(n)) }
	for _, l := range s.listeners {
		l.start()
	}
	return nil
}

// Send queues messages. See kernel.Transport.
func (s *Server) Send(ch kernel.Channel, list ...*wire.Message) (err error) {
	if ch != kernel.IOPub {
		for _, m := range list {
			err = errors.Join(err, s.routers[ch].send(s.codec.Encode(m)))
		}
		return err
	}
	s.publishing.Lock()
	defer s.publishing.Unlock()
	for _, m := range list {
		if len(m.Identities) != 1 {
			err = errors.Join(err, errors.New("zmq: iopub: a message without a topic"))
			continue
		}
		s.iopub.publish(s.codec.Encode(m), essential(m.Header.MsgType))
	}
	s.iopub.flush()
	return err
}

// essential says whether front ends lose their way without messages of this type.
func essential(msgType string) bool {
	switch msgType {
	case "stream", "display_data", "update_display_data", "clear_output", "comm_msg", "debug_event":
		return false
	}
	return true
}

// Close sends what is queued, for as long as Options.Linger, and ends all connections and goroutines.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		deadline := time.Now().Add(s.limits.Linger)
		var all sync.WaitGroup
		for _, l := range s.listeners {
			all.Go(func() { l.close(deadline) })
		}
		all.Wait()
	})
	return nil
}

var _ kernel.Transport = (*Server)(nil)
