package kernel

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"joule/kernel/usage"
	"joule/kernel/wire"
)

// Options are what Serve can be told beside its engine and transport. The zero value of each field is its default.
type Options struct {
	// Username appears in the headers of the kernel's messages; "kernel".
	Username string
	// Interrupts interrupts the cells that run, at each value. The caller passes the channel that it gave to signal.Notify;
	// that also works where SIGINT was ignored when the process started. nil is never.
	Interrupts <-chan os.Signal
	// History remembers inputs; in memory. Each shell has a session of its own in it.
	History History
	// Ports answers a connect_request; none.
	Ports wire.ConnectReply
	// Coalesce is how long printed text waits for more; 30 ms. Text that comes after a quiet time waits 2 ms at most.
	Coalesce time.Duration
	// MaxPending is how many bytes of output may wait to be published before the cells that print wait; 8 MiB.
	MaxPending int
	// MaxQueued is how many bytes of requests may wait on a channel before the front ends that send them wait; 64 MiB.
	MaxQueued int
	// AbortWindow is how long after the arrival of a cell its failure is held back: execute requests that arrive meanwhile
	// were sent before their front end could know of the failure, and are aborted with those that wait already; 10 ms.
	AbortWindow time.Duration
	// Grace is how long a shutdown waits for the cells that run; a second.
	Grace time.Duration
	// Closing is how long it waits for the engine after that; 10 s: one that ends what it started and tidies up behind it may be
	// slow on a busy computer, and nothing is gained by giving it up.
	Closing time.Duration
	// Log is told what goes wrong; nobody.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	def(&o.Username, "kernel")
	def(&o.Coalesce, 30*time.Millisecond)
	def(&o.MaxPending, 8<<20)
	def(&o.MaxQueued, 64<<20)
	def(&o.AbortWindow, 10*time.Millisecond)
	def(&o.Grace, time.Second)
	def(&o.Closing, 10*time.Second)
	if o.History == nil {
		o.History = NewMemoryHistory()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Serve answers the front ends on t with e until one of them asks for a shutdown or ctx ends. Before it returns it ends
// the cells that run, closes e, publishes what is queued and closes t.
//
// Requests on the shell channel are served in order on one goroutine, those of each subshell on one of its own, those on the
// control channel in order on another: an interrupt, a shutdown or a kernel_info_request on control never waits for a cell.
func Serve(ctx context.Context, e Engine, t Transport, o Options) error {
	s := newServer(e, t, o.withDefaults())
	go s.watchInterrupts()
	if err := t.Start(s); err != nil {
		s.close()
		return fmt.Errorf("kernel: %w", err)
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		s.endCells(nil)
	}
	return s.close()
}

// A server is one run of Serve.
type server struct {
	engine    Engine
	transport Transport
	options   Options
	author    *wire.Author
	routes    map[string]route
	publisher *publisher
	stdin     *stdin
	main      *shell
	lost      *shell // answers what is sent to subshells that are not there
	control   *shell
	comms     *comms
	meter     *usage.Meter

	starting sync.Once // the status of that name

	mu        sync.Mutex
	running   map[*request]context.CancelFunc
	subshells map[string]*shell   // by their ids
	loops     map[*shell]struct{} // the shells that are served; a subshell that was deleted may still be
	closing   bool                // no subshell is made any more
	graceEnds time.Time           // when no shell is waited for any more; zero until one is

	ended     chan struct{} // closed when a shutdown_request has been answered
	endOnce   sync.Once
	stop      chan struct{} // closed when Serve is about to return
	closeOnce sync.Once
	closeErr  error
}

func newServer(e Engine, t Transport, o Options) *server {
	s := &server{
		engine: e, transport: t, options: o, author: wire.NewAuthor(o.Username), routes: routes(), comms: newComms(), meter: usage.New(),
		running: make(map[*request]context.CancelFunc), subshells: make(map[string]*shell), loops: make(map[*shell]struct{}),
		ended: make(chan struct{}), stop: make(chan struct{}),
	}
	s.publisher = newPublisher(s.author, t, o)
	s.stdin = newStdin(s)
	for _, sh := range []struct {
		at      **shell
		channel Channel
	}{{&s.main, Shell}, {&s.lost, Shell}, {&s.control, Control}} {
		*sh.at = newShell(sh.channel, o.MaxQueued)
		s.start(*sh.at)
	}
	s.main.history = o.History.NewSession()
	return s
}

// Receive implements Receiver.
func (s *server) Receive(c Channel, m *wire.Message) {
	switch c {
	case Shell:
		if sh := s.shellOf(m); !sh.put(m) && sh != s.main {
			s.lost.put(m) // the subshell has just been deleted
		}
	case Control:
		s.control.put(m)
	case Stdin:
		s.stdin.receive(m)
	}
}

// Welcome implements Receiver.
func (s *server) Welcome(topic string) *wire.Message {
	m, err := s.author.New(wire.Welcome{Subscription: topic}, nil)
	if err != nil {
		return nil
	}
	m.Identities = [][]byte{[]byte(topic)}
	return m
}

// Subscribed implements Receiver. The status starting is published once, when somebody can see it.
func (s *server) Subscribed(string) {
	s.starting.Do(func() { s.publisher.publish(nil, wire.Status{State: wire.Starting}) })
}

// Cut implements Receiver.
func (s *server) Cut(n int) *wire.Message {
	text := fmt.Sprintf("\n[%d messages of output are missing here: the front end did not read them in time]\n", n)
	m, err := s.publisher.message(nil, wire.Stream{Name: "stderr", Text: text})
	if err != nil {
		return nil
	}
	return m
}

// start serves the requests of sh on a goroutine, in order, until it is closed and empty. s.mu is held, or nobody knows s yet.
func (s *server) start(sh *shell) {
	s.loops[sh] = struct{}{}
	go func() {
		for {
			r, ok := sh.take()
			if !ok {
				s.mu.Lock()
				delete(s.loops, sh)
				s.mu.Unlock()
				return
			}
			s.serve(sh, r)
		}
	}()
}

// interrupt ends what runs on the shells: interrupts are for the whole kernel (JEP 91). When nothing runs it does nothing.
func (s *server) interrupt() { s.interruptOnly(nil) }

// interruptOnly ends what runs on one shell, on all with nil.
func (s *server) interruptOnly(sh *shell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q, cancel := range s.running {
		if sh == nil || q.shell == sh {
			cancel()
		}
	}
}

func (s *server) watchInterrupts() {
	for {
		select {
		case _, ok := <-s.options.Interrupts:
			if !ok {
				return
			}
			s.interrupt()
		case <-s.stop:
			return
		}
	}
}

// endCells takes no more cells, aborts those that wait, interrupts those that run and gives them a moment to end. asking
// is the request that wants it: it does not wait for itself.
func (s *server) endCells(asking *request) {
	shells := s.closeShells()
	s.interrupt()
	if asking != nil {
		shells = slices.DeleteFunc(shells, func(sh *shell) bool { return sh == asking.shell })
	}
	s.await(shells)
}

// closeShells closes every shell that runs cells and returns them.
func (s *server) closeShells() (list []*shell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for sh := range s.loops {
		if sh.channel == Shell {
			sh.close()
			list = append(list, sh)
		}
	}
	return list
}

// await gives shells that are closed a moment to serve what waits. What does not end is left behind, and not waited for a second
// time.
func (s *server) await(shells []*shell) {
	s.mu.Lock()
	if s.graceEnds.IsZero() {
		s.graceEnds = time.Now().Add(s.options.Grace)
	}
	grace := time.After(max(time.Until(s.graceEnds), s.options.Grace/10)) // some for the control channel, in any case
	s.mu.Unlock()
	for _, sh := range shells {
		select {
		case <-sh.drained:
		case <-grace:
			return
		}
	}
}

// closeEngine closes the engine, once, and waits for it a moment.
func (s *server) closeEngine(restart bool) error {
	s.closeOnce.Do(func() {
		done := make(chan error, 1)
		go func() {
			defer func() {
				if v := recover(); v != nil {
					done <- fmt.Errorf("kernel: panic while the engine was closed: %v", v)
				}
			}()
			done <- s.engine.Close(restart)
		}()
		select {
		case s.closeErr = <-done:
		case <-time.After(s.options.Closing):
			s.closeErr = fmt.Errorf("kernel: the engine did not end within %v", s.options.Closing)
		}
	})
	return s.closeErr
}

// close ends everything that Serve started.
func (s *server) close() error {
	close(s.stop)
	shells := append(s.closeShells(), s.control)
	s.control.close()
	s.interrupt()
	err := s.closeEngine(false)
	s.await(shells)
	s.publisher.close()
	if e := s.transport.Close(); err == nil {
		err = e
	}
	return err
}
