package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"joule/kernel/wire"
)

// A stdin asks the front ends questions, one at a time for each shell.
type stdin struct {
	server *server

	mu      sync.Mutex
	pending []*question // oldest first
}

// A question is an input_request that has not been answered.
type question struct {
	id       string // of the input_request
	identity string // of the front end that was asked
	subshell string // that asks, "" for the main shell
	answer   chan string
}

func newStdin(s *server) *stdin { return &stdin{server: s} }

// routeTimeout is how long ask waits for a front end whose stdin connection is not there yet.
const routeTimeout = time.Second

// ask sends an input_request to the front end that sent q and waits for the answer, io.EOF if the person ends the input.
func (in *stdin) ask(ctx context.Context, q *request, prompt string, password bool) (string, error) {
	select {
	case q.shell.asking <- struct{}{}:
		defer func() { <-q.shell.asking }()
	case <-ctx.Done():
		return "", ctx.Err()
	case <-q.ctx.Done():
		return "", q.ctx.Err()
	}
	m, err := in.server.author.New(wire.InputRequest{Prompt: prompt, Password: password}, q.message.RawHeader)
	if err != nil {
		return "", err
	}
	m.Identities = q.message.Identities
	mine := &question{id: m.Header.MsgID, identity: identity(m), subshell: q.shell.id, answer: make(chan string, 1)}
	in.add(mine) // from now on: an answer that came earlier was to another question, and is gone
	defer in.remove(mine)
	in.server.publisher.flush(q.parent) // what was printed before the question is seen before it
	if err := in.send(ctx, q, m); err != nil {
		return "", err
	}
	select {
	case line := <-mine.answer:
		if line == wire.EOF {
			return "", io.EOF
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-q.ctx.Done():
		return "", q.ctx.Err()
	case <-in.server.stop:
		return "", io.EOF
	}
}

func (in *stdin) add(q *question) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pending = append(in.pending, q)
}

func (in *stdin) remove(q *question) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.pending = slices.DeleteFunc(in.pending, func(p *question) bool { return p == q })
}

// send sends the question, waiting a moment for the stdin connection of a front end that has just started.
func (in *stdin) send(ctx context.Context, q *request, m *wire.Message) error {
	deadline := time.Now().Add(routeTimeout)
	for {
		err := in.server.transport.Send(Stdin, m)
		if !errors.Is(err, ErrNoRoute) || time.Now().After(deadline) {
			if err != nil {
				return fmt.Errorf("kernel: cannot ask the front end: %w", err)
			}
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		case <-q.ctx.Done():
			return q.ctx.Err()
		}
	}
}

// receive takes an input_reply. It answers the oldest question that it can mean: one that was asked of the front end that it
// comes from. It names the question, as JupyterLab does, or none, as jupyter_client does; it may name the subshell (JEP 91).
// Everything else is stale.
func (in *stdin) receive(m *wire.Message) {
	if m.Header.MsgType != (wire.InputReply{}).MsgType() {
		return
	}
	reply, err := wire.Parse[wire.InputReply](m)
	if err != nil {
		in.server.options.Log.Warn("bad input_reply", "error", err)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	parent, subshell := m.ParentHeader().MsgID, m.Header.SubshellID
	for i, q := range in.pending {
		if q.identity == identity(m) && (parent == "" || parent == q.id) && (subshell == nil || *subshell == q.subshell) {
			q.answer <- reply.Value // buffered, and pending for one answer only
			in.pending = slices.Delete(in.pending, i, i+1)
			return
		}
	}
}

func identity(m *wire.Message) string {
	if len(m.Identities) == 0 {
		return ""
	}
	return string(m.Identities[0])
}
