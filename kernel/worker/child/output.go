package child

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"joule/kernel/cell"
	"joule/kernel/worker/pipe"
)

// A sender owns the way to the kernel. It keeps the order of everything that is shown, joins text that follows text, and empties
// the raw pipes before anything else goes out.
type sender struct {
	conn *pipe.Conn

	mu      sync.Mutex
	pending pipe.Reply // text that waits for more of it
	wake    chan struct{}
	raw     []*rawPipe
	crash   *os.File // for what is said when the process dies

	inputs struct {
		sync.Mutex
		next int
		wait map[int]chan *pipe.Input
	}
}

// Text waits this long, or until there is this much of it.
const (
	batchTime = 3 * time.Millisecond
	batchSize = 32 << 10
)

func newSender(conn *pipe.Conn) (*sender, error) {
	s := &sender{conn: conn, wake: make(chan struct{}, 1)}
	s.inputs.wait = map[int]chan *pipe.Input{}
	if err := s.capture(); err != nil {
		return nil, err
	}
	go s.flusher()
	return s, nil
}

// flusher sends text that nothing follows.
func (s *sender) flusher() {
	for range s.wake {
		time.Sleep(batchTime)
		s.mu.Lock()
		s.flush()
		s.mu.Unlock()
	}
}

// flush sends the pending text. The lock is held.
func (s *sender) flush() {
	if s.pending.Stream == nil {
		return
	}
	p := s.pending
	s.pending = pipe.Reply{}
	s.transmit(p)
}

func (s *sender) transmit(r pipe.Reply) {
	if err := s.conn.Send(&r); err != nil {
		os.Exit(1) // the kernel is gone
	}
}

// send sends a reply after everything before it.
func (s *sender) send(r pipe.Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drain()
	s.flush()
	s.transmit(r)
}

// stream adds text to what is pending. The lock is not held.
func (s *sender) stream(seq int, name string, p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drain()
	s.add(seq, name, p)
}

func (s *sender) add(seq int, name string, p []byte) {
	if x := s.pending.Stream; x != nil && s.pending.Seq == seq && x.Name == name {
		x.Text = append(x.Text, p...)
	} else {
		s.flush()
		s.pending = pipe.Reply{Seq: seq, Stream: &pipe.Stream{Name: name, Text: append(make([]byte, 0, max(len(p), 256)), p...)}}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	if len(s.pending.Stream.Text) >= batchSize {
		s.flush()
	}
}

// newest is the run that output from outside any cell belongs to.
func (s *sender) newest() int {
	if r := cell.Current(); r != nil {
		if k, ok := r.Origin().(*sink); ok {
			return k.seq
		}
	}
	return 0
}

// ask sends an input request and waits for its answer.
func (s *sender) ask(ctx context.Context, seq int, prompt string, password bool) (string, error) {
	answer := make(chan *pipe.Input, 1)
	s.inputs.Lock()
	s.inputs.next++
	id := s.inputs.next
	s.inputs.wait[id] = answer
	s.inputs.Unlock()
	defer func() {
		s.inputs.Lock()
		delete(s.inputs.wait, id)
		s.inputs.Unlock()
	}()
	s.send(pipe.Reply{Seq: seq, Input: &pipe.InputRequest{ID: id, Prompt: prompt, Password: password}})
	select {
	case a := <-answer:
		if a.Error != "" {
			return "", errors.New(a.Error)
		}
		return a.Text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (s *sender) answer(a *pipe.Input) {
	s.inputs.Lock()
	defer s.inputs.Unlock()
	if c := s.inputs.wait[a.ID]; c != nil {
		c <- a
		delete(s.inputs.wait, a.ID)
	}
}

// A sink is the output of one run.
type sink struct {
	out *sender
	seq int
}

func (k *sink) Stream(name string, p []byte) { k.out.stream(k.seq, name, p) }

func (k *sink) Display(data map[string]string, metadata map[string]json.RawMessage, id string, update bool) {
	k.out.send(pipe.Reply{Seq: k.seq, Display: &pipe.Display{Data: data, Metadata: metadata, ID: id, Update: update}})
}

func (k *sink) ClearOutput(wait bool) {
	k.out.send(pipe.Reply{Seq: k.seq, Clear: &pipe.Clear{Wait: wait}})
}

func (k *sink) Input(ctx context.Context, prompt string, password bool) (string, error) {
	return k.out.ask(ctx, k.seq, prompt, password)
}
