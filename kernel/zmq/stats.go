package zmq

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"joule/kernel/wire"
)

// Stats counts what has happened on the sockets since the start.
type Stats struct {
	Accepted     int64            // connections accepted
	Open         int64            // connections open now, in handshake or after it
	Peers        int64            // connections open now after the handshake
	Received     int64            // messages verified and handed on
	Sent         int64            // messages queued, once for each peer
	Dropped      int64            // messages not queued, because a peer read too slowly
	Ignored      int64            // commands and empty messages after the handshake
	Handovers    int64            // identities taken over by a newer connection
	Faults       map[string]int64 // what was wrong, by sentence
	AcceptErrors int64            // failed accepts, such as too many open files
}

// counters is the live form of Stats.
type counters struct {
	accepted, open, peers, received, sent, dropped, ignored, handovers, acceptErrors atomic.Int64

	log    *slog.Logger
	mu     sync.Mutex
	faults map[string]int64
}

func newCounters(log *slog.Logger) *counters {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &counters{log: log, faults: make(map[string]int64)}
}

// fault counts err under its kind. It logs the 1st, 2nd, 4th, 8th … of a kind, so that a peer cannot fill the log.
func (c *counters) fault(socket string, err error) {
	kind := kindOf(err)
	c.mu.Lock()
	c.faults[kind]++
	n := c.faults[kind]
	c.mu.Unlock()
	if n&(n-1) == 0 {
		c.log.Warn("ignored what a peer sent", "socket", socket, "fault", err.Error(), "count", n)
	}
}

// kindOf groups faults by their constant part, so that what peers send cannot grow the map.
func kindOf(err error) string {
	var framing wire.Fault
	if errors.As(err, &framing) {
		return framing.Error()
	}
	var transport Fault
	if errors.As(err, &transport) {
		return transport.Error()
	}
	return "zmq: connection failed"
}

func (c *counters) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Accepted: c.accepted.Load(), Open: c.open.Load(), Peers: c.peers.Load(), Received: c.received.Load(),
		Sent: c.sent.Load(), Dropped: c.dropped.Load(), Ignored: c.ignored.Load(), Handovers: c.handovers.Load(),
		Faults: maps.Clone(c.faults), AcceptErrors: c.acceptErrors.Load(),
	}
}

// A Fault is one way in which a peer breaks the ZeroMQ transport protocol or a limit. The peer is disconnected.
type Fault string

// The faults.
const (
	BadGreeting    Fault = "zmq: bad greeting"
	BadMechanism   Fault = "zmq: security mechanism does not fit"
	BadHandshake   Fault = "zmq: bad handshake"
	BadSocketType  Fault = "zmq: socket type does not fit"
	Unsealed       Fault = "zmq: sealed with another key, or changed on the way"
	SlowHandshake  Fault = "zmq: handshake took too long"
	Incomplete     Fault = "zmq: connection ended within a handshake or message"
	BadFrame       Fault = "zmq: bad frame header"
	FrameTooLarge  Fault = "zmq: frame or message larger than the limit"
	TooManyFrames  Fault = "zmq: more frames in a message than the limit"
	Overrun        Fault = "zmq: too many handshakes at once"
	Crowded        Fault = "zmq: too many connections at once"
	TooManyTopics  Fault = "zmq: more subscriptions than the limit"
	NotReading     Fault = "zmq: peer does not read what it is sent"
	Panicked       Fault = "zmq: panic while serving a peer"
	unknownPeerFmt       = "%w: no %s peer has identity %q"
)

// Error returns the fault as a sentence.
func (f Fault) Error() string { return string(f) }

// recovered turns a panic into a Fault. Call it deferred, with what recover returned.
func recovered(v any) error { return fmt.Errorf("%w: %v", Panicked, v) }
