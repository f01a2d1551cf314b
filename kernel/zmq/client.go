package zmq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"

	"joule/kernel"
	"joule/kernel/wire"
)

// A Client is a front end's end of a connection: DEALER sockets for shell, control and stdin, a SUB for IOPub and a REQ for
// the heartbeat. Its methods may be called from any goroutine.
type Client struct {
	limits Options
	curve  *curve // nil where nothing is encrypted
	author *wire.Author
	codec  *wire.Codec

	dealers   [3]*link // by kernel.Channel
	iopub     *link
	hb        *link
	echo      chan [][]byte
	pinging   sync.Mutex
	welcome   chan struct{} // closed by the first message on IOPub, which is the welcome where there is one
	welcomed  sync.Once
	ended     chan struct{}
	endOnce   sync.Once
	err       error // why it ended; set before ended is closed
	closing   atomic.Bool
	mu        sync.Mutex
	links     []*link
	alive     int               // links that have not ended
	inboxes   map[string]*inbox // by the id of the request
	observers map[*observer]struct{}
}

type observer struct{ f func(*wire.Message) }

// ErrClosed says that the client was closed; ErrLost that the kernel ended the connection.
var (
	ErrClosed = errors.New("zmq: client is closed")
	ErrLost   = errors.New("zmq: the kernel ended the connection")
)

// A kernel that is too old to welcome subscribers is asked something, again and again, until what it publishes meanwhile shows that
// the subscription is in force.
const (
	welcomeTimeout = 2 * time.Second
	askAgain       = 500 * time.Millisecond
)

// Dial connects to the kernel at c. A kernel that does not listen yet is waited for until ctx ends. When Dial returns, the
// subscription to IOPub is in force and nothing published afterwards is missed.
func Dial(ctx context.Context, c Connection, o Options) (*Client, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("zmq: %w", err)
	}
	server, err := c.curve()
	if err != nil {
		return nil, fmt.Errorf("zmq: %w", err)
	}
	k := &Client{
		limits: o.withDefaults(), curve: server.client(), author: wire.NewAuthor("joule"), codec: wire.NewCodec(c.Key),
		echo: make(chan [][]byte, 1), welcome: make(chan struct{}), ended: make(chan struct{}),
		inboxes: make(map[string]*inbox), observers: make(map[*observer]struct{}),
	}
	if err := k.connect(ctx, c); err != nil {
		k.Close()
		return nil, err
	}
	for wait := welcomeTimeout; ; wait = askAgain {
		select {
		case <-k.welcome:
			return k, nil
		case <-time.After(wait):
			if m, err := k.New(wire.KernelInfoRequest{}); err == nil {
				k.Send(kernel.Control, m)
			}
		case <-k.ended:
			k.Close()
			return nil, k.err
		case <-ctx.Done():
			k.Close()
			return nil, ctx.Err()
		}
	}
}

func (k *Client) connect(ctx context.Context, c Connection) (err error) {
	for ch, port := range []int{kernel.Shell: c.ShellPort, kernel.Control: c.ControlPort, kernel.Stdin: c.StdinPort} {
		receive := k.verified(func(m *wire.Message) { k.deliver(kernel.Channel(ch), m) })
		if k.dealers[ch], err = k.dial(ctx, c, port, zmq4.Dealer, receive); err != nil {
			return err
		}
	}
	hb := func(frames [][]byte) {
		select {
		case k.echo <- frames:
		default:
		}
	}
	if k.hb, err = k.dial(ctx, c, c.HBPort, zmq4.Req, hb); err != nil {
		return err
	}
	if k.iopub, err = k.dial(ctx, c, c.IOPubPort, zmq4.Sub, k.verified(k.published)); err != nil {
		return err
	}
	k.iopub.peer.push(messageOf([][]byte{{1}}), k.limits.MaxQueue) // subscribe to everything
	return nil
}

// verified decodes frames for f and drops what does not decode.
func (k *Client) verified(f func(*wire.Message)) func([][]byte) {
	return func(frames [][]byte) {
		if m, err := k.codec.Decode(frames); err == nil {
			f(m)
		}
	}
}

// published takes one message from IOPub.
func (k *Client) published(m *wire.Message) {
	k.welcomed.Do(func() { close(k.welcome) })
	k.mu.Lock()
	watching := make([]*observer, 0, len(k.observers))
	for o := range k.observers {
		watching = append(watching, o)
	}
	k.mu.Unlock()
	for _, o := range watching {
		o.f(m)
	}
	k.deliver(kernel.IOPub, m)
}

// deliver hands m to whoever waits for answers to its parent.
func (k *Client) deliver(ch kernel.Channel, m *wire.Message) {
	parent := m.ParentHeader().MsgID
	k.mu.Lock()
	box := k.inboxes[parent]
	k.mu.Unlock()
	if box != nil {
		box.put(delivery{ch, m})
	}
}

// Session is the session id under which the client writes, and its identity on the sockets.
func (k *Client) Session() string { return k.author.Session() }

// Done is closed when the connection has ended; Err then says why.
func (k *Client) Done() <-chan struct{} { return k.ended }

// Err is nil while the client is connected, then ErrClosed or an error that wraps ErrLost.
func (k *Client) Err() error {
	select {
	case <-k.ended:
		return k.err
	default:
		return nil
	}
}

// Observe calls f with every message on IOPub, in order, until stop is called. f must not wait.
func (k *Client) Observe(f func(*wire.Message)) (stop func()) {
	o := &observer{f}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.observers[o] = struct{}{}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.observers, o)
	}
}

// New returns a message of this client, to be changed (metadata, buffers) and sent.
func (k *Client) New(content wire.Content) (*wire.Message, error) { return k.author.New(content, nil) }

// Send sends m on the Shell, Control or Stdin channel.
func (k *Client) Send(ch kernel.Channel, m *wire.Message) error {
	if err := k.Err(); err != nil {
		return err
	}
	if ch == kernel.IOPub {
		return errors.New("zmq: a front end sends nothing on iopub")
	}
	if !k.dealers[ch].peer.push(messageOf(k.codec.Encode(m)), k.limits.MaxQueue) {
		return fmt.Errorf("%w: %s", NotReading, ch)
	}
	return nil
}

// Request sends content and waits for the reply, whatever its status.
func (k *Client) Request(ctx context.Context, ch kernel.Channel, content wire.Content) (*wire.Message, error) {
	m, err := k.New(content)
	if err != nil {
		return nil, err
	}
	box := k.open(m.Header.MsgID)
	defer k.shut(m.Header.MsgID)
	if err := k.Send(ch, m); err != nil {
		return nil, err
	}
	for {
		d, err := k.next(ctx, box)
		if err != nil {
			return nil, fmt.Errorf("zmq: %s: %w", content.MsgType(), err)
		}
		if d.channel == ch {
			return d.message, nil
		}
	}
}

// Call is Request with the reply decoded as an R.
func Call[R wire.Content](ctx context.Context, k *Client, ch kernel.Channel, content wire.Content) (R, error) {
	var zero R
	m, err := k.Request(ctx, ch, content)
	if err != nil {
		return zero, err
	}
	return wire.Parse[R](m)
}

// Ping waits for the heartbeat to echo. Pings take turns.
func (k *Client) Ping(ctx context.Context) error {
	k.pinging.Lock()
	defer k.pinging.Unlock()
	select {
	case <-k.echo: // the answer to a ping that was given up
	default:
	}
	k.hb.peer.push(messageOf([][]byte{{}, []byte("ping")}), k.limits.MaxQueue)
	select {
	case <-k.echo:
		return nil
	case <-k.ended:
		return k.err
	case <-ctx.Done():
		return fmt.Errorf("zmq: heartbeat: %w", ctx.Err())
	}
}

// Close sends what is queued, within Options.Linger, and disconnects.
func (k *Client) Close() error {
	deadline := time.Now().Add(k.limits.Linger)
	k.closing.Store(true)
	links := k.opened()
	for _, l := range links {
		l.peer.stop()
	}
	for _, l := range links {
		select {
		case <-l.peer.done:
		case <-time.After(time.Until(deadline)):
		}
	}
	k.end(ErrClosed)
	for _, l := range links {
		<-l.done
	}
	return nil
}

func (k *Client) opened() []*link {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.links)
}

// end disconnects, for the reason err.
func (k *Client) end(err error) {
	k.endOnce.Do(func() {
		k.err = err
		close(k.ended)
		for _, l := range k.opened() {
			l.peer.drop()
		}
	})
}

// halfLost is how long the other links may go on when one has ended. Those of a kernel that ends do so at once, but on a busy computer
// it takes time to read what it has sent before.
const halfLost = 10 * time.Second

// lost is called when a link has ended. A kernel that shuts down ends its links one after the other: what it has sent on
// the others is still read.
func (k *Client) lost(err error) {
	k.mu.Lock()
	k.alive--
	last := k.alive == 0
	k.mu.Unlock()
	switch {
	case k.closing.Load():
		k.end(ErrClosed)
	case !hungUp(err):
		k.end(fmt.Errorf("%w: %w", ErrLost, err))
	case last:
		k.end(ErrLost)
	default:
		time.AfterFunc(halfLost, func() { k.end(ErrLost) })
	}
}
