package zmq

import (
	"crypto/rand"
	"fmt"
	"sync"

	"joule/kernel"
)

// A router receives from many peers and sends to one by its identity. A newer connection takes an identity over from an
// older one (ZMQ_ROUTER_HANDOVER): a front end that was cut off and came back gets the replies to what it asked before. The
// older connection, should it still live, goes on under an identity of the router's choice instead of being closed: two
// clients with one identity would otherwise throw each other out for ever, because ZeroMQ reconnects.
type router struct {
	name    string
	stats   *counters
	receive func(frames [][]byte)
	asked   *router // on which the same front ends ask; nil on all sockets but stdin, where they say nothing until they are asked

	mu    sync.Mutex
	peers map[string]*peer
	names map[*peer]string
}

func newRouter(name string, stats *counters) *router {
	return &router{name: name, stats: stats, peers: make(map[string]*peer), names: make(map[*peer]string)}
}

func (r *router) joined(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	identity := p.guard.identity
	if identity == "" || identity[0] == 0 { // identities with a leading zero are the router's own
		identity = "\x00" + rand.Text()
	}
	if old := r.peers[identity]; old != nil {
		r.stats.handovers.Add(1)
		r.rename(old, "\x00"+rand.Text())
	}
	r.rename(p, identity)
	if r.asked != nil && r.asked.knows(identity) {
		p.known.Store(true)
	}
}

// knows tells whether the peer that has an identity is known.
func (r *router) knows(identity string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[identity]
	return p != nil && p.known.Load()
}

// rename gives p an identity, instead of the one that it has.
func (r *router) rename(p *peer, identity string) {
	r.peers[identity], r.names[p] = p, identity
}

func (r *router) message(p *peer, frames [][]byte) {
	r.mu.Lock()
	identity := r.names[p]
	r.mu.Unlock()
	r.receive(append([][]byte{[]byte(identity)}, frames...))
}

// know marks the peer that has an identity as known.
func (r *router) know(identity []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.peers[string(identity)]; p != nil {
		p.known.Store(true)
	}
}

func (r *router) command(*peer, string, []byte) {}

func (r *router) left(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if identity := r.names[p]; r.peers[identity] == p {
		delete(r.peers, identity)
	}
	delete(r.names, p)
}

// send queues frames, without the first, for the peer that the first frame names.
func (r *router) send(frames [][]byte) error {
	if len(frames) == 0 {
		return fmt.Errorf("zmq: %s: a message to nobody", r.name)
	}
	r.mu.Lock()
	p := r.peers[string(frames[0])]
	r.mu.Unlock()
	if p == nil {
		return fmt.Errorf(unknownPeerFmt, kernel.ErrNoRoute, r.name, frames[0])
	}
	if !p.push(messageOf(frames[1:]), p.limit) {
		r.stats.dropped.Add(1)
		return fmt.Errorf("%w: %s", NotReading, r.name)
	}
	r.stats.sent.Add(1)
	return nil
}
