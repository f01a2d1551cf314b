package zmq

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// A listener is the part that the server's sockets have in common: it accepts connections, makes handshakes and reads
// messages, each connection on a goroutine of its own.
type listener struct {
	name   string
	typ    zmq4.SocketType
	curve  *curve // nil where nothing is encrypted
	limits Options
	stats  *counters
	net    net.Listener
	socket socket

	mu      sync.Mutex
	closed  bool
	pending map[net.Conn]int // handshakes under way, by age
	age     int
	peers   map[*peer]struct{}
	running sync.WaitGroup
}

// A socket decides what its peers' messages mean. The methods for one peer are called by one goroutine.
type socket interface {
	joined(p *peer)
	message(p *peer, frames [][]byte)
	command(p *peer, name string, body []byte)
	left(p *peer)
}

func newListener(name string, typ zmq4.SocketType, l net.Listener, s socket, k *curve, o Options, stats *counters) *listener {
	return &listener{name: name, typ: typ, curve: k, limits: o, stats: stats, net: l, socket: s,
		pending: make(map[net.Conn]int), peers: make(map[*peer]struct{})}
}

// start accepts connections until close.
func (l *listener) start() {
	l.running.Go(func() {
		pause := time.Millisecond
		for {
			conn, err := l.net.Accept()
			if err == nil {
				pause = time.Millisecond
				l.admit(conn)
				continue
			}
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, or a connection that ended before it was accepted: the next try may succeed.
			l.stats.acceptErrors.Add(1)
			l.stats.log.Warn("cannot accept a connection", "socket", l.name, "error", err)
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
		}
	})
}

// admit starts the handshake of conn. When too many are under way the oldest gives way.
func (l *listener) admit(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return
	}
	if len(l.pending) >= l.limits.MaxPending {
		var oldest net.Conn
		for c, age := range l.pending {
			if oldest == nil || age < l.pending[oldest] {
				oldest = c
			}
		}
		delete(l.pending, oldest)
		oldest.Close()
		l.stats.fault(l.name, Overrun)
	}
	l.age++
	l.pending[conn] = l.age
	l.stats.accepted.Add(1)
	l.stats.open.Add(1)
	l.running.Go(func() {
		defer l.stats.open.Add(-1)
		defer conn.Close()
		defer func() {
			if v := recover(); v != nil {
				l.stats.fault(l.name, recovered(v))
			}
		}()
		l.serve(conn)
	})
}

// serve makes the handshake on conn and then reads its messages until it ends.
func (l *listener) serve(conn net.Conn) {
	g := newGuard(conn, l.limits, peerTypes(l.typ), &l.stats.ignored)
	z, err := open(conn, g, l.typ, "", true, l.curve)
	p, ok := l.enrol(conn, g, z, err)
	if !ok {
		return
	}
	defer l.dismiss(p)
	g.command = func(name string, body []byte) {
		if name == zmq4.CmdPing && len(body) >= 2 {
			p.command(zmq4.CmdPong, body[2:])
			return
		}
		l.socket.command(p, name, body)
	}
	l.socket.joined(p)
	for {
		msg, err := z.RecvMsg()
		if err != nil {
			if !l.isClosed() && !hungUp(err) {
				l.stats.fault(l.name, err)
			}
			return
		}
		l.socket.message(p, msg.Frames)
	}
}

// enrol ends the handshake: the connection becomes a peer, or its failure is counted.
func (l *listener) enrol(conn net.Conn, g *guard, z *zmq4.Conn, err error) (*peer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	age, wanted := l.pending[conn] // not if it gave way to another
	delete(l.pending, conn)
	if err != nil {
		if wanted && !l.closed {
			l.stats.fault(l.name, err)
		}
		return nil, false
	}
	if !wanted || l.closed || !l.room() {
		return nil, false
	}
	p := newPeer(g, z, l.limits.MaxQueue)
	p.age = age
	l.peers[p] = struct{}{}
	l.stats.peers.Add(1)
	return p, true
}

// room tells whether another peer can be taken. When there are as many as may be, the oldest that is not known gives way: it made a
// handshake and then did nothing that a front end does, which is to send a message that is signed, to subscribe, to ping. When
// all are known nobody has to leave, and the newcomer is turned away. The lock is held.
func (l *listener) room() bool {
	if len(l.peers) < l.limits.MaxPeers {
		return true
	}
	l.stats.fault(l.name, Crowded)
	var oldest *peer
	for p := range l.peers {
		if !p.known.Load() && (oldest == nil || p.age < oldest.age) {
			oldest = p
		}
	}
	if oldest == nil {
		return false
	}
	delete(l.peers, oldest)
	oldest.drop()
	return true
}

func (l *listener) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

func (l *listener) dismiss(p *peer) {
	p.drop()
	l.socket.left(p)
	l.mu.Lock()
	delete(l.peers, p)
	l.mu.Unlock()
	l.stats.peers.Add(-1)
	<-p.done
}

// farewell is how long close waits for a peer that has been sent everything to hang up.
const farewell = 100 * time.Millisecond

// close accepts nobody any more, lets every peer's queue be sent until deadline and ends. It returns when no goroutine of
// the listener is left.
func (l *listener) close(deadline time.Time) {
	l.mu.Lock()
	l.closed = true
	for conn := range l.pending {
		conn.Close()
	}
	peers := make([]*peer, 0, len(l.peers))
	for p := range l.peers {
		peers = append(peers, p)
	}
	l.mu.Unlock()
	l.net.Close()
	for _, p := range peers {
		p.stop()
	}
	sent := make(chan struct{})
	go func() {
		for _, p := range peers {
			<-p.done
		}
		close(sent)
	}()
	select {
	case <-sent:
		deadline = minTime(deadline, time.Now().Add(farewell))
	case <-time.After(time.Until(deadline)):
	}
	for _, p := range peers {
		p.guard.SetReadDeadline(deadline)
		select {
		case <-p.done:
		default:
			p.guard.Close() // its writer is stuck
		}
	}
	l.running.Wait()
	<-sent
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
