package zmq

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/go-zeromq/zmq4"
)

// A link is one connection of a client.
type link struct {
	peer *peer
	done chan struct{} // the reader has ended
}

// dial connects to one port, again and again until ctx ends, and hands every message to receive.
func (k *Client) dial(ctx context.Context, c Connection, port int, typ zmq4.SocketType, receive func([][]byte)) (*link, error) {
	pause := time.Millisecond
	for {
		l, err := k.dialOnce(ctx, c, port, typ, receive)
		if err == nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("zmq: cannot connect to port %d: %w", port, err)
		case <-time.After(pause):
			pause = min(2*pause, 4*time.Millisecond) // a kernel that starts is there within milliseconds
		}
	}
}

func (k *Client) dialOnce(ctx context.Context, c Connection, port int, typ zmq4.SocketType, receive func([][]byte)) (*link, error) {
	var dialer net.Dialer
	network, address := c.address(port)
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	identity := ""
	if typ == zmq4.Dealer {
		identity = k.author.Session()
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // ends a handshake that nobody answers
	g := newGuard(conn, k.limits, peerTypes(typ), new(atomic.Int64))
	z, err := open(conn, g, typ, identity, false, k.curve)
	if !stop() && err == nil {
		err = ctx.Err()
		conn.Close()
	}
	if err != nil {
		return nil, err
	}
	l := &link{peer: newPeer(g, z, k.limits.MaxQueue), done: make(chan struct{})}
	g.command = func(name string, body []byte) {
		if name == zmq4.CmdPing && len(body) >= 2 {
			l.peer.command(zmq4.CmdPong, body[2:])
		}
	}
	k.mu.Lock()
	k.links = append(k.links, l)
	k.alive++
	k.mu.Unlock()
	go func() {
		defer close(l.done)
		defer l.peer.drop()
		for {
			msg, err := z.RecvMsg()
			if err != nil {
				k.lost(err)
				return
			}
			receive(msg.Frames)
		}
	}()
	return l, nil
}
