package zmq

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-zeromq/zmq4"
)

// An xpub sends to every peer that has subscribed to a message's topic, and sees the subscriptions.
//
// A peer whose queue is full is waited for, as long as it reads, for the socket's patience in all. Then it is lagging: it
// is sent only what must not be lost, until it has read half of its queue. What it missed is counted, and told to it in front
// of the next message that it does get.
type xpub struct {
	limits Options
	stats  *counters

	welcome    func(topic string) [][]byte // the first message of a subscription; nil for none
	subscribed func(topic string)
	cut        func(n int) [][]byte

	mu          sync.Mutex
	subscribers map[*peer]*subscriber
}

// A subscriber is what an xpub knows of a peer. Only publish touches lagging, missed and dropped.
type subscriber struct {
	peer    *peer
	topics  map[string]int // how often the peer has subscribed to each
	size    int            // the bytes of the topics
	lagging bool
	missed  int
	dropped bool // it was disconnected, and is about to leave
}

// maxTopicBytes is how long the topics of a subscriber may be, all together.
const maxTopicBytes = 1 << 20

func newXPub(o Options, stats *counters) *xpub {
	return &xpub{limits: o, stats: stats, subscribers: make(map[*peer]*subscriber)}
}

func (x *xpub) joined(p *peer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.subscribers[p] = &subscriber{peer: p, topics: make(map[string]int)}
}

func (x *xpub) left(p *peer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.subscribers, p)
}

// message takes a subscription (1 and the topic) or its end (0 and the topic), as ZMTP 3.0 sends them.
func (x *xpub) message(p *peer, frames [][]byte) {
	if len(frames) != 1 || len(frames[0]) == 0 {
		x.stats.ignored.Add(1)
		return
	}
	topic := string(frames[0][1:])
	switch frames[0][0] {
	case 1:
		x.subscribe(p, topic)
	case 0:
		x.unsubscribe(p, topic)
	default:
		x.stats.ignored.Add(1)
	}
}

// command takes a subscription as ZMTP 3.1 sends it.
func (x *xpub) command(p *peer, name string, body []byte) {
	switch name {
	case zmq4.CmdSubscribe:
		x.subscribe(p, string(body))
	case zmq4.CmdCancel:
		x.unsubscribe(p, string(body))
	}
}

// subscribe queues the welcome and then lets messages of the topic through, so that the welcome comes first. A topic that is
// not UTF-8 gets no welcome: it could not be written in one.
func (x *xpub) subscribe(p *peer, topic string) {
	x.mu.Lock()
	s := x.subscribers[p]
	if s == nil {
		x.mu.Unlock()
		return
	}
	if s.topics[topic] == 0 {
		if len(s.topics) >= x.limits.MaxTopics || s.size+len(topic) > maxTopicBytes {
			x.mu.Unlock()
			x.stats.fault("iopub", TooManyTopics)
			return
		}
		s.size += len(topic)
	}
	greet := utf8.ValidString(topic)
	if greet {
		if w := x.welcome(topic); w != nil && p.push(messageOf(w), p.limit) {
			x.stats.sent.Add(1)
		}
	}
	s.topics[topic]++
	p.known.Store(true)
	x.mu.Unlock()
	if greet {
		x.subscribed(topic)
	}
}

func (x *xpub) unsubscribe(p *peer, topic string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.subscribers[p]
	if s == nil {
		return
	}
	switch s.topics[topic] {
	case 0: // it never had that
	case 1:
		delete(s.topics, topic)
		s.size -= len(topic)
	default:
		s.topics[topic]--
	}
}

// publish queues frames, the first of which is the topic, for its subscribers, until flush or until a queue is full. With keep the
// message must not be lost. It is called by one goroutine at a time.
func (x *xpub) publish(frames [][]byte, keep bool) {
	m := messageOf(frames)
	deadline := time.Now().Add(x.limits.Patience)
	for _, s := range x.matching(string(frames[0])) {
		x.deliver(s, m, keep, deadline)
	}
}

// flush lets what is queued be written.
func (x *xpub) flush() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for p := range x.subscribers {
		signal(p.wake)
	}
}

func (x *xpub) matching(topic string) []*subscriber {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []*subscriber
	for _, s := range x.subscribers {
		for t := range s.topics {
			if strings.HasPrefix(topic, t) {
				list = append(list, s)
				break
			}
		}
	}
	return list
}

// deliver queues m for one subscriber, or counts it as missed.
func (x *xpub) deliver(s *subscriber, m parcel, keep bool, deadline time.Time) {
	p := s.peer
	if s.dropped {
		return
	}
	if s.lagging && p.queued() < p.limit/2 {
		s.lagging = false
	}
	if !s.lagging && s.missed == 0 && x.offer(p, m, deadline) {
		x.stats.sent.Add(1)
		return
	}
	if s.lagging = s.lagging || s.missed == 0; s.lagging && !keep {
		s.missed++
		x.stats.dropped.Add(1)
		return
	}
	// What must not be lost may use as much again. A peer that reads nothing even then is not there any more.
	reserve := 2 * p.limit
	if s.missed > 0 {
		if c := x.cut(s.missed); c == nil || p.push(messageOf(c), reserve) {
			s.missed = 0
		}
	}
	if p.push(m, reserve) {
		x.stats.sent.Add(1)
		return
	}
	x.stats.dropped.Add(1)
	s.dropped = true
	if !p.ended() { // by itself
		x.stats.fault("iopub", NotReading)
	}
	p.drop()
}

// offer queues m for p as soon as there is room, waiting until the deadline for a peer that reads.
func (x *xpub) offer(p *peer, m parcel, deadline time.Time) bool {
	for {
		if p.put(m, p.limit) {
			return true
		}
		signal(p.wake)
		wait := time.Until(deadline)
		if wait <= 0 || !p.makesProgress(x.limits.Patience) {
			return false
		}
		timer := time.NewTimer(min(wait, x.limits.Patience))
		select {
		case <-p.room:
		case <-p.done:
			timer.Stop()
			return false
		case <-timer.C:
		}
		timer.Stop()
	}
}
