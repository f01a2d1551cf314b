package kerneltest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"joule/kernel"
	"joule/kernel/wire"
)

// Patience is how long a FrontEnd waits for a message before it fails the test: far longer than any takes, also on a computer that is
// slow and busy.
const Patience = 3 * time.Minute

// A FrontEnd is a scripted client of a kernel. Its methods fail the test when what they wait for does not come; they are for
// one goroutine.
type FrontEnd struct {
	t        testing.TB
	pipe     *Pipe
	identity string
	author   *wire.Author
	codec    *wire.Codec
	topics   []string // pipe.mu guards it

	mu      sync.Mutex
	inboxes [4][]*wire.Message // by kernel.Channel
	arrived chan struct{}
	errs    []error
	log     []entry // everything, for RunDialogue
}

type entry struct {
	channel kernel.Channel
	message *wire.Message
}

// A Session is a kernel under test.
type Session struct {
	*FrontEnd        // the first front end, subscribed to everything, its welcome and the status starting read
	Pipe      *Pipe  //
	Stop      func() // ends the kernel as SIGTERM would

	served chan error
}

// Start serves e in memory. At the end of the test the kernel is stopped, and must return.
func Start(t testing.TB, e kernel.Engine, o kernel.Options) *Session {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &Session{Pipe: NewPipe(), Stop: stop, served: make(chan error, 1)}
	go func() { s.served <- kernel.Serve(ctx, e, s.Pipe, o) }()
	for deadline := time.Now().Add(Patience); s.Pipe.started() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("kerneltest: the kernel did not start its transport")
		}
	}
	s.FrontEnd = s.Connect(t, "front end")
	s.Subscribe("")
	s.Expect(kernel.IOPub, "iopub_welcome")
	s.Expect(kernel.IOPub, "status")
	t.Cleanup(func() {
		stop()
		s.Returned(t)
	})
	return s
}

// Returned waits until Serve has returned.
func (s *Session) Returned(t testing.TB) error {
	t.Helper()
	select {
	case err := <-s.served:
		s.served <- err
		return err
	case <-time.After(Patience):
		t.Fatal("kerneltest: Serve did not return")
		return nil
	}
}

// Connect adds a front end with an identity of its own. It has subscribed to nothing.
func (s *Session) Connect(t testing.TB, identity string) *FrontEnd {
	f := &FrontEnd{t: t, pipe: s.Pipe, identity: identity, author: wire.NewAuthor("tester"),
		codec: wire.NewCodec(key), arrived: make(chan struct{}, 1)}
	s.Pipe.mu.Lock()
	defer s.Pipe.mu.Unlock()
	s.Pipe.fronts[identity] = f
	return f
}

// Subscribe subscribes to the messages on IOPub whose topics begin with topic.
func (f *FrontEnd) Subscribe(topic string) { f.pipe.subscribe(f, topic) }

// take puts what the kernel sent into the inbox of its channel.
func (f *FrontEnd) take(c kernel.Channel, frames [][]byte) {
	m, err := f.codec.Decode(frames)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.errs = append(f.errs, fmt.Errorf("the kernel sent what does not decode: %w", err))
	} else {
		f.inboxes[c] = append(f.inboxes[c], m)
		f.log = append(f.log, entry{c, m})
	}
	select {
	case f.arrived <- struct{}{}:
	default:
	}
}

// New returns a message of this front end, to be changed and given to Post.
func (f *FrontEnd) New(content wire.Content, parent *wire.Message) *wire.Message {
	f.t.Helper()
	var header []byte
	if parent != nil {
		header = parent.RawHeader
	}
	m, err := f.author.New(content, header)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// Send sends a request and returns it.
func (f *FrontEnd) Send(c kernel.Channel, content wire.Content) *wire.Message {
	f.t.Helper()
	return f.Post(c, f.New(content, nil))
}

// Post sends m, which must not be sent twice.
func (f *FrontEnd) Post(c kernel.Channel, m *wire.Message) *wire.Message {
	f.t.Helper()
	m.Identities = [][]byte{[]byte(f.identity)}
	received, err := f.pipe.codec.Decode(f.codec.Encode(m))
	if err != nil {
		f.t.Fatalf("kerneltest: the request does not decode: %v", err)
	}
	f.pipe.started().Receive(c, received)
	return m
}

// Next waits for the next message on a channel.
func (f *FrontEnd) Next(c kernel.Channel) *wire.Message {
	f.t.Helper()
	deadline := time.After(Patience)
	for {
		m, err := f.pop(c)
		switch {
		case err != nil:
			f.t.Fatal(err)
		case m != nil:
			return m
		}
		select {
		case <-f.arrived:
		case <-deadline:
			f.t.Fatalf("kerneltest: nothing came on the %s channel", c)
		}
	}
}

// pop takes the next message on a channel, nil for none.
func (f *FrontEnd) pop(c kernel.Channel) (*wire.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.errs) > 0 {
		return nil, f.errs[0]
	}
	box := f.inboxes[c]
	if len(box) == 0 {
		return nil, nil
	}
	f.inboxes[c] = box[1:]
	return box[0], nil
}

// waitMore waits until more than n messages have come.
func (f *FrontEnd) waitMore(n int) {
	f.t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		more, errs := len(f.log) > n, f.errs
		f.mu.Unlock()
		switch {
		case len(errs) > 0:
			f.t.Fatal(errs[0])
		case more:
			return
		case time.Now().After(deadline):
			f.t.Fatal("kerneltest: what the script waits for did not come")
		}
	}
}

// Expect waits for the next message on a channel, which must be of type msgType.
func (f *FrontEnd) Expect(c kernel.Channel, msgType string) *wire.Message {
	f.t.Helper()
	m := f.Next(c)
	if m.Header.MsgType != msgType {
		f.t.Fatalf("kerneltest: %s on the %s channel, want %s: %s", m.Header.MsgType, c, msgType, m.Content)
	}
	return m
}

// ExpectStatus waits for the next message on IOPub, which must be that status for the request parent.
func (f *FrontEnd) ExpectStatus(state string, parent *wire.Message) {
	f.t.Helper()
	m := f.Expect(kernel.IOPub, "status")
	if s := Content[wire.Status](f.t, m); s.State != state {
		f.t.Fatalf("kerneltest: status %q, want %q", s.State, state)
	}
	if got := m.ParentHeader().MsgID; got != parent.Header.MsgID {
		f.t.Fatalf("kerneltest: status %q for %q, want %q", state, got, parent.Header.MsgID)
	}
}

// Waiting is the number of messages that have come on a channel and have not been read.
func (f *FrontEnd) Waiting(c kernel.Channel) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.inboxes[c])
}

// UntilIdle reads IOPub up to the status idle of parent and returns what came between the statuses. Messages with
// another parent fail the test.
func (f *FrontEnd) UntilIdle(parent *wire.Message) []*wire.Message {
	f.t.Helper()
	f.ExpectStatus(wire.Busy, parent)
	var list []*wire.Message
	for {
		m := f.Next(kernel.IOPub)
		if got := m.ParentHeader().MsgID; got != parent.Header.MsgID {
			f.t.Fatalf("kerneltest: %s with parent %q between the statuses of %q", m.Header.MsgType, got, parent.Header.MsgID)
		}
		if m.Header.MsgType == "status" {
			if s := Content[wire.Status](f.t, m); s.State != wire.Idle {
				f.t.Fatalf("kerneltest: status %q, want idle", s.State)
			}
			return list
		}
		list = append(list, m)
	}
}

// Run executes a cell and returns its reply and what it published between the statuses.
func (f *FrontEnd) Run(code string) (wire.ExecuteReply, []*wire.Message) {
	f.t.Helper()
	return f.Execute(wire.ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true})
}

// Execute is Run with every choice.
func (f *FrontEnd) Execute(r wire.ExecuteRequest) (wire.ExecuteReply, []*wire.Message) {
	f.t.Helper()
	m := f.Send(kernel.Shell, r)
	published := f.UntilIdle(m)
	return Content[wire.ExecuteReply](f.t, f.Expect(kernel.Shell, "execute_reply")), published
}

// Content decodes the content of m.
func Content[T wire.Content](t testing.TB, m *wire.Message) T {
	t.Helper()
	c, err := wire.Parse[T](m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Text joins the text of the stream messages of one name.
func Text(t testing.TB, published []*wire.Message, name string) string {
	t.Helper()
	var text []byte
	for _, m := range published {
		if m.Header.MsgType == "stream" {
			if s := Content[wire.Stream](t, m); s.Name == name {
				text = append(text, s.Text...)
			}
		}
	}
	return string(text)
}

// Kinds lists the types of messages.
func Kinds(list []*wire.Message) []string {
	kinds := make([]string, len(list))
	for i, m := range list {
		kinds[i] = m.Header.MsgType
	}
	return kinds
}
