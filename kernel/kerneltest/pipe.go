package kerneltest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"joule/kernel"
	"joule/kernel/wire"
)

// key signs the messages on a Pipe.
const key = "a key for tests"

// A Pipe is a kernel.Transport in memory. Front ends connect to it by name; what they and the kernel send passes through
// frames and signatures.
type Pipe struct {
	codec *wire.Codec

	mu       sync.Mutex
	receiver kernel.Receiver
	fronts   map[string]*FrontEnd // by identity
	closed   bool
}

// NewPipe returns a pipe to which nobody has connected.
func NewPipe() *Pipe {
	return &Pipe{codec: wire.NewCodec(key), fronts: make(map[string]*FrontEnd)}
}

// Start implements kernel.Transport.
func (p *Pipe) Start(r kernel.Receiver) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.receiver = r
	return nil
}

// Send implements kernel.Transport.
func (p *Pipe) Send(c kernel.Channel, list ...*wire.Message) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range list {
		err = errors.Join(err, p.send(c, m))
	}
	return err
}

// send sends one message; p.mu is held.
func (p *Pipe) send(c kernel.Channel, m *wire.Message) error {
	if p.closed {
		return nil
	}
	frames := p.codec.Encode(m)
	if c == kernel.IOPub {
		for _, f := range p.fronts {
			if f.wants(string(frames[0])) {
				f.take(c, frames)
			}
		}
		return nil
	}
	if len(m.Identities) == 0 || p.fronts[string(m.Identities[0])] == nil {
		return fmt.Errorf("%w: %q", kernel.ErrNoRoute, m.Identities)
	}
	p.fronts[string(m.Identities[0])].take(c, frames)
	return nil
}

// Close implements kernel.Transport.
func (p *Pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

// started is the receiver, nil before Start.
func (p *Pipe) started() kernel.Receiver {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.receiver
}

// subscribe adds a topic to f, after the welcome.
func (p *Pipe) subscribe(f *FrontEnd, topic string) {
	r := p.started()
	if w := r.Welcome(topic); w != nil {
		frames := p.codec.Encode(w)
		f.take(kernel.IOPub, frames)
	}
	p.mu.Lock()
	f.topics = append(f.topics, topic)
	p.mu.Unlock()
	r.Subscribed(topic)
}

// wants says whether f has subscribed to topic; p.mu is held.
func (f *FrontEnd) wants(topic string) bool {
	for _, t := range f.topics {
		if strings.HasPrefix(topic, t) {
			return true
		}
	}
	return false
}
