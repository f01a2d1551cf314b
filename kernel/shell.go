package kernel

import (
	"sync"
	"time"

	"joule/kernel/wire"
)

// A shell is a queue of requests that are served in order, with the execution count, the history and the questions that
// belong to it. The control channel is a shell that runs no cells.
type shell struct {
	channel Channel
	id      string // of a subshell, else ""
	limit   int
	drained chan struct{} // closed when the shell is closed and its last request has been served
	history HistorySession
	asking  chan struct{} // holds one token: the right to ask the person

	// count is the number of the last cell that was stored. Only the goroutine that serves the shell uses it.
	count int

	mu      sync.Mutex
	changed *sync.Cond
	list    []queued
	bytes   int
	taken   int // requests taken so far; the next one is number taken
	abort   int // execute requests with a number below are aborted
	closed  bool
}

func newShell(c Channel, limit int) *shell {
	sh := &shell{channel: c, limit: limit, drained: make(chan struct{}), asking: make(chan struct{}, 1)}
	sh.changed = sync.NewCond(&sh.mu)
	return sh
}

// queued is a request that waits, or has just been taken.
type queued struct {
	message *wire.Message
	arrived time.Time
	aborted bool // it is to be aborted if it is an execute request
	closed  bool // the shell has been closed
}

// messageOverhead is what a queued message costs beside its bytes.
const messageOverhead = 512

// put queues m. While the queue is full it waits; when the shell is closed it does not take m.
func (sh *shell) put(m *wire.Message) bool {
	size := m.Size() + messageOverhead
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for !sh.closed && sh.bytes > 0 && sh.bytes+size > sh.limit {
		sh.changed.Wait()
	}
	if sh.closed {
		return false
	}
	sh.list = append(sh.list, queued{message: m, arrived: time.Now()})
	sh.bytes += size
	sh.changed.Broadcast()
	return true
}

// take waits for a request. When the shell is closed and empty ok is false.
func (sh *shell) take() (r queued, ok bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for len(sh.list) == 0 {
		if sh.closed {
			select {
			case <-sh.drained:
			default:
				close(sh.drained)
			}
			return queued{}, false
		}
		sh.changed.Wait()
	}
	r = sh.list[0]
	sh.list[0] = queued{}
	sh.list = sh.list[1:]
	sh.bytes -= r.message.Size() + messageOverhead
	r.aborted, r.closed = sh.taken < sh.abort || sh.closed, sh.closed // the cell that its end interrupts has failed, too
	sh.taken++
	sh.changed.Broadcast()
	return r, true
}

// waiting tells whether another request waits to be served.
func (sh *shell) waiting() bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return len(sh.list) > 0
}

// abortQueued marks everything that waits now.
func (sh *shell) abortQueued() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.abort = sh.taken + len(sh.list)
}

// close takes no more requests. Those that wait are still served, execute requests as aborted.
func (sh *shell) close() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.closed = true
	sh.changed.Broadcast()
}
