package zmq

import (
	"context"
	"fmt"
	"sync"

	"joule/kernel"
	"joule/kernel/wire"
)

// A delivery is one message that answers a request, on whatever channel.
type delivery struct {
	channel kernel.Channel
	message *wire.Message
}

// An inbox collects the deliveries of one request, without limit: they are what the caller asked for.
type inbox struct {
	mu    sync.Mutex
	list  []delivery
	ready chan struct{}
}

func (b *inbox) put(d delivery) {
	b.mu.Lock()
	b.list = append(b.list, d)
	b.mu.Unlock()
	signal(b.ready)
}

func (b *inbox) take() (delivery, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == 0 {
		return delivery{}, false
	}
	d := b.list[0]
	b.list[0] = delivery{}
	b.list = b.list[1:]
	return d, true
}

func (k *Client) open(request string) *inbox {
	b := &inbox{ready: make(chan struct{}, 1)}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.inboxes[request] = b
	return b
}

func (k *Client) shut(request string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.inboxes, request)
}

// next waits for a delivery. What has arrived before the connection ended is still delivered.
func (k *Client) next(ctx context.Context, b *inbox) (delivery, error) {
	for {
		if d, ok := b.take(); ok {
			return d, nil
		}
		select {
		case <-b.ready:
		case <-ctx.Done():
			return delivery{}, ctx.Err()
		case <-k.ended:
			if d, ok := b.take(); ok {
				return d, nil
			}
			return delivery{}, k.err
		}
	}
}

// A Listener is told what happens while a cell runs. Its functions are called by Execute's goroutine, one at a time; nil
// functions are allowed.
type Listener struct {
	// Output takes each message on IOPub that belongs to the cell, status messages included, in order.
	Output func(*wire.Message)
	// Input answers a question of the cell. An error is the end of input for the cell. Without Input the request should
	// not allow it.
	Input func(ctx context.Context, ask wire.InputRequest) (string, error)
}

// Execute runs a cell and returns its reply when both the reply and the status idle have come. The error says that the
// kernel was lost or that ctx ended (then the cell may still run: see wire.InterruptRequest), not that the cell failed.
func (k *Client) Execute(ctx context.Context, r wire.ExecuteRequest, on Listener) (wire.ExecuteReply, error) {
	m, err := k.New(r)
	if err != nil {
		return wire.ExecuteReply{}, err
	}
	return k.ExecuteMessage(ctx, m, on)
}

// ExecuteMessage is Execute for an execute_request that was made by New and given metadata.
func (k *Client) ExecuteMessage(ctx context.Context, m *wire.Message, on Listener) (reply wire.ExecuteReply, err error) {
	box := k.open(m.Header.MsgID)
	defer k.shut(m.Header.MsgID)
	if err := k.Send(kernel.Shell, m); err != nil {
		return reply, err
	}
	replied, idle := false, false
	for !replied || !idle {
		d, err := k.next(ctx, box)
		if err != nil {
			return reply, fmt.Errorf("zmq: execute_request: %w", err)
		}
		switch d.channel {
		case kernel.Shell:
			if reply, err = wire.Parse[wire.ExecuteReply](d.message); err != nil {
				return reply, err
			}
			replied = true
		case kernel.Stdin:
			if err := k.answer(ctx, d.message, on); err != nil {
				return reply, err
			}
		case kernel.IOPub:
			idle = idle || isIdle(d.message)
			if on.Output != nil {
				on.Output(d.message)
			}
		}
	}
	return reply, nil
}

func isIdle(m *wire.Message) bool {
	if m.Header.MsgType != (wire.Status{}).MsgType() {
		return false
	}
	s, err := wire.Parse[wire.Status](m)
	return err == nil && s.State == wire.Idle
}

// answer replies to an input_request.
func (k *Client) answer(ctx context.Context, request *wire.Message, on Listener) error {
	ask, err := wire.Parse[wire.InputRequest](request)
	if err != nil {
		return err
	}
	value := wire.EOF
	if on.Input != nil {
		line, err := on.Input(ctx, ask)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			value = line
		}
	}
	m, err := k.author.New(wire.InputReply{Status: wire.OK, Value: value}, request.RawHeader)
	if err != nil {
		return err
	}
	return k.Send(kernel.Stdin, m)
}
