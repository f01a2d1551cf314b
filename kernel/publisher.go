package kernel

import (
	"encoding/json"
	"sync"
	"time"

	"joule/kernel/wire"
)

// A publisher owns the IOPub channel: one goroutine sends what any goroutine has queued, in order.
//
// Printed text is collected: text that is printed while the same stream of the same cell is last in the queue is appended
// to it. It is sent when something else follows it, when it is large, or when it has waited for Options.Coalesce. A flood
// of output makes the cells that print it wait as soon as Options.MaxPending bytes are queued; statuses, results, errors
// and replies never wait.
type publisher struct {
	author    *wire.Author
	transport Transport
	options   Options
	done      chan struct{}

	mu      sync.Mutex
	wake    chan struct{}
	room    *sync.Cond
	queue   []*event
	bytes   int
	closed  bool
	flushed time.Time // when text was last sent

	// Only the publisher's goroutine touches these.
	carry map[origin][]byte // the start of a character whose end has not been printed yet
	ready []*wire.Message   // to be sent together
}

// An event is one message to come, or the flush of a cell's text.
type event struct {
	parent  *wire.Message // the request that it belongs to; nil for none
	stream  string        // the name of the stream for text, else ""
	text    []byte
	since   time.Time // of the first text
	content wire.Content
	update  string // the display that the content updates; "" for none
	size    int
	// only of comm messages:
	metadata json.RawMessage
	buffers  [][]byte
}

// An origin is one stream of one cell.
type origin struct {
	parent *wire.Message
	stream string
}

const (
	// maxText is how much text goes into one message: large enough that a flood is few messages.
	maxText = 1 << 20
	// quick is how long text waits that comes after a quiet time.
	quick = 2 * time.Millisecond
)

func newPublisher(a *wire.Author, t Transport, o Options) *publisher {
	p := &publisher{author: a, transport: t, options: o, done: make(chan struct{}),
		wake: make(chan struct{}, 1), carry: make(map[origin][]byte)}
	p.room = sync.NewCond(&p.mu)
	go p.run()
	return p
}

// publish queues content for the request parent. It never waits.
func (p *publisher) publish(parent *wire.Message, content wire.Content) {
	p.publishSoon(parent, content)
	p.signal()
}

// publishSoon is publish for what something else will follow at once, with which it is sent. The caller sees to that.
func (p *publisher) publishSoon(parent *wire.Message, content wire.Content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(&event{parent: parent, content: content, size: messageOverhead})
}

// display queues the display of size bytes, waiting for room. An update that follows an update of the same display which is
// still queued replaces it: what nobody has seen yet need not be sent.
func (p *publisher) display(parent *wire.Message, content wire.Content, size int, update string) {
	p.displaySoon(parent, content, size, update)
	p.signal()
}

// displaySoon is to display what publishSoon is to publish.
func (p *publisher) displaySoon(parent *wire.Message, content wire.Content, size int, update string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	size += messageOverhead
	if n := len(p.queue); update != "" && n > 0 && p.queue[n-1].update == update && p.queue[n-1].parent == parent {
		last := p.queue[n-1]
		p.bytes += size - last.size
		last.content, last.size = content, size
		return
	}
	p.awaitRoom(size)
	p.add(&event{parent: parent, content: content, size: size, update: update})
}

// comm queues a message over a comm, waiting for room.
func (p *publisher) comm(parent *wire.Message, content wire.Content, data, metadata json.RawMessage, buffers [][]byte) {
	size := messageOverhead + len(data) + len(metadata)
	for _, b := range buffers {
		size += len(b)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaitRoom(size)
	p.add(&event{parent: parent, content: content, size: size, metadata: metadata, buffers: buffers})
	p.signal()
}

// print appends text to a stream of the request parent, waiting for room.
func (p *publisher) print(parent *wire.Message, stream string, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(text) > 0 && !p.closed {
		part := text[:min(len(text), maxText)]
		text = text[len(part):]
		p.awaitRoom(len(part))
		if n := len(p.queue); n > 0 {
			if last := p.queue[n-1]; last.stream == stream && last.parent == parent && len(last.text)+len(part) <= maxText {
				last.text = append(last.text, part...)
				p.bytes += len(part)
				last.size += len(part)
				continue
			}
		}
		p.add(&event{parent: parent, stream: stream, text: append([]byte(nil), part...), since: time.Now(),
			size: len(part) + messageOverhead})
		p.signal()
	}
}

// flush sends the text of the request parent without delay, incomplete characters too.
func (p *publisher) flush(parent *wire.Message) {
	p.flushSoon(parent)
	p.signal()
}

// flushSoon is to flush what publishSoon is to publish.
func (p *publisher) flushSoon(parent *wire.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(&event{parent: parent, size: messageOverhead})
}

// add queues e; p.mu is held.
func (p *publisher) add(e *event) {
	if p.closed {
		return
	}
	p.queue = append(p.queue, e)
	p.bytes += e.size
}

// signal wakes the publisher.
func (p *publisher) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// awaitRoom waits until size bytes more are within the limit; p.mu is held.
func (p *publisher) awaitRoom(size int) {
	for !p.closed && p.bytes > 0 && p.bytes+size > p.options.MaxPending {
		p.signal()
		p.room.Wait()
	}
}

// close sends what is queued and ends.
func (p *publisher) close() {
	p.mu.Lock()
	p.closed = true
	p.room.Broadcast()
	p.mu.Unlock()
	p.signal()
	<-p.done
}

// What is sent together is about this many bytes, of this many events at most.
const (
	batchBytes  = 256 << 10
	batchEvents = 64
)

func (p *publisher) run() {
	defer close(p.done)
	events, bytes := 0, 0
	for {
		e, wait, ok := p.next(time.Now())
		more := e != nil // e itself may be large, and is not held on to
		if more {
			events, bytes = events+1, bytes+e.size
			p.prepare(e)
			if events < batchEvents && bytes < batchBytes {
				continue
			}
		}
		p.send()
		events, bytes = 0, 0
		switch {
		case !ok:
			return
		case more:
		case wait > 0:
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-p.wake:
			}
			timer.Stop()
		default:
			<-p.wake
		}
	}
}

// next takes the next event that is due. Without one it says how long to wait, 0 for until something is added.
func (p *publisher) next(now time.Time) (e *event, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil, 0, !p.closed
	}
	e = p.queue[0]
	if e.stream != "" && len(p.queue) == 1 && !p.closed && len(e.text) < maxText && p.bytes < p.options.MaxPending/2 {
		delay := p.options.Coalesce
		if e.since.Sub(p.flushed) > delay {
			delay = min(delay, quick)
		}
		if wait = delay - now.Sub(e.since); wait > 0 {
			return nil, wait, true
		}
	}
	p.queue[0] = nil
	p.queue = p.queue[1:]
	p.bytes -= e.size
	if e.stream != "" {
		p.flushed = now
	}
	p.room.Broadcast()
	return e, 0, true
}

// prepare makes messages of one event. Only run calls it, so only run touches carry.
func (p *publisher) prepare(e *event) {
	switch {
	case e.stream != "":
		p.prepareText(origin{e.parent, e.stream}, e.text)
	case e.content != nil:
		p.prepareContent(e.parent, e.content, e.metadata, e.buffers)
	default:
		for _, name := range []string{"stdout", "stderr"} {
			o := origin{e.parent, name}
			if rest := p.carry[o]; rest != nil {
				delete(p.carry, o)
				p.prepareContent(e.parent, wire.Stream{Name: name, Text: string(rest)}, nil, nil)
			}
		}
	}
}

// maxCarry bounds how many streams may end within a character. More are sent as they are.
const maxCarry = 1024

// prepareText makes a message of text up to its last whole character and keeps the rest for the next.
func (p *publisher) prepareText(o origin, text []byte) {
	if head := p.carry[o]; head != nil {
		text = append(head, text...)
		delete(p.carry, o)
	}
	if n := wire.IncompleteTail(text); n > 0 && len(p.carry) < maxCarry {
		p.carry[o] = append([]byte(nil), text[len(text)-n:]...)
		text = text[:len(text)-n]
	}
	if len(text) > 0 {
		p.prepareContent(o.parent, wire.Stream{Name: o.stream, Text: string(text)}, nil, nil)
	}
}

func (p *publisher) prepareContent(parent *wire.Message, content wire.Content, metadata json.RawMessage, buffers [][]byte) {
	m, err := p.message(parent, content)
	if err == nil {
		if len(metadata) > 0 {
			m.Metadata = metadata
		}
		m.Buffers = buffers
		p.ready = append(p.ready, m)
	}
	if err != nil {
		p.options.Log.Warn("cannot publish", "type", content.MsgType(), "error", err)
	}
}

// send sends what is ready.
func (p *publisher) send() {
	if len(p.ready) == 0 {
		return
	}
	if err := p.transport.Send(IOPub, p.ready...); err != nil {
		p.options.Log.Warn("cannot publish", "error", err)
	}
	clear(p.ready)
	p.ready = p.ready[:0]
}

// message makes a message for IOPub with its topic: stream.NAME for text, kernel.SESSION.TYPE for the rest.
func (p *publisher) message(parent *wire.Message, content wire.Content) (*wire.Message, error) {
	var header []byte
	if parent != nil {
		header = parent.RawHeader
	}
	m, err := p.author.New(content, header)
	if err != nil {
		return nil, err
	}
	topic := "kernel." + p.author.Session() + "." + content.MsgType()
	if s, ok := content.(wire.Stream); ok {
		topic = "stream." + s.Name
	}
	m.Identities = [][]byte{[]byte(topic)}
	return m, nil
}
