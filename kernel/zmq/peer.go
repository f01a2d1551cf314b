package zmq

import (
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"
)

// A peer is one connection after its handshake: a bounded queue, and a goroutine that writes it. Pushing never waits.
type peer struct {
	guard *guard
	conn  *zmq4.Conn
	limit int64
	age   int         // its place in the order of arrival
	known atomic.Bool // it has done what front ends do: see listener.room

	mu      sync.Mutex
	queue   []parcel
	bytes   int64         // in the queue, and in the hands of the writer
	closing bool          // nothing more is taken
	wake    chan struct{} // the queue or closing has changed
	room    chan struct{} // bytes has fallen
	done    chan struct{} // the writer has ended
}

// A parcel is one message or command on its way to a peer. Frames may be shared between peers.
type parcel struct {
	frames  [][]byte
	command string // its name; then frames[0] is its body
	size    int64
}

// overhead is what a queued message costs beside its bytes.
const overhead = 256

func messageOf(frames [][]byte) parcel {
	p := parcel{frames: frames, size: overhead}
	for _, f := range frames {
		p.size += int64(len(f)) + 24
	}
	return p
}

func newPeer(g *guard, conn *zmq4.Conn, limit int64) *peer {
	p := &peer{guard: g, conn: conn, limit: limit,
		wake: make(chan struct{}, 1), room: make(chan struct{}, 1), done: make(chan struct{})}
	go p.write()
	return p
}

// push queues m unless the queue would grow beyond limit; an empty queue takes anything.
func (p *peer) push(m parcel, limit int64) bool {
	ok := p.put(m, limit)
	if ok {
		signal(p.wake)
	}
	return ok
}

// put is push without waking the writer.
func (p *peer) put(m parcel, limit int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing || p.bytes > 0 && p.bytes+m.size > limit {
		return false
	}
	p.queue = append(p.queue, m)
	p.bytes += m.size
	return true
}

// command queues a command.
func (p *peer) command(name string, body []byte) {
	p.push(parcel{frames: [][]byte{body}, command: name, size: overhead + int64(len(body))}, p.limit)
}

// ended tells whether nothing can be sent to the peer any more.
func (p *peer) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closing
}

// queued is the number of bytes that are not written yet.
func (p *peer) queued() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// makesProgress says whether the network has taken any bytes within the last d.
func (p *peer) makesProgress(d time.Duration) bool {
	return time.Since(time.Unix(0, p.guard.pace.taken.Load())) < d
}

// write sends the queue until it is told to end and has sent everything, or the connection fails.
func (p *peer) write() {
	defer close(p.done)
	for {
		p.mu.Lock()
		batch, closing := p.queue, p.closing
		p.queue = nil
		p.mu.Unlock()
		if len(batch) == 0 {
			if closing {
				p.halfClose()
				return
			}
			<-p.wake
			continue
		}
		if !p.send(batch) {
			p.guard.Close()
			p.stop()
			return
		}
	}
}

func (p *peer) send(batch []parcel) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	for i, m := range batch {
		var err error
		if m.command != "" {
			err = p.conn.SendCmd(m.command, m.frames[0])
		} else {
			err = p.conn.SendMsg(zmq4.NewMsgFrom(m.frames...))
		}
		if err == nil && i == len(batch)-1 {
			err = p.guard.flush()
		}
		if err != nil {
			return false
		}
		size := m.size
		batch[i], m = parcel{}, parcel{}
		if size >= heavy {
			giveBack()
		}
		p.mu.Lock()
		p.bytes -= size
		p.mu.Unlock()
		signal(p.room)
	}
	return true
}

// heavy is the size of a message after which memory is given back.
const heavy = 4 << 20

var givingBack atomic.Bool

// giveBack collects garbage beside what goes on. After a message of megabytes there is some of two or three times its size, which
// would stay until as much again is needed: a kernel that shows large pictures would be several times as large as it has to be.
func giveBack() {
	if givingBack.CompareAndSwap(false, true) {
		go func() {
			defer givingBack.Store(false)
			runtime.GC()
		}()
	}
}

// stop takes nothing more and lets the writer end after what is queued.
func (p *peer) stop() {
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	signal(p.wake)
	signal(p.room)
}

// halfClose tells the peer that nothing follows and leaves reading to the reader: closing a TCP connection with unread
// bytes would throw away what the peer has not read yet.
func (p *peer) halfClose() { closeWrite(p.guard.Conn) }

// drop ends the connection at once.
func (p *peer) drop() {
	p.stop()
	p.guard.Close()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

var _ net.Conn = (*guard)(nil)
