package kernel

import (
	"fmt"
	"slices"
	"sync"

	"joule/kernel/wire"
)

// A History remembers what was run, in sessions: the main shell has one, and each subshell. Its methods, and those of its
// sessions, may be called from any goroutine.
type History interface {
	// NewSession returns the history as one shell sees it. It must not wait for anything.
	NewSession() HistorySession
}

// A HistorySession is the history of a shell: what it appends belongs to a session of its own, what it finds comes from all
// sessions. Entries come oldest first.
type HistorySession interface {
	// Append stores a cell; output is the text of its value, nil for none. It must not wait for a disk.
	Append(line int, input string, output *string) error
	// Tail returns the last n entries, all of them when n is negative.
	Tail(n int) ([]HistoryEntry, error)
	// Range returns the lines start to stop-1 of a session: 0 is this one, negative numbers count back from it. A stop that
	// is negative is the end.
	Range(session, start, stop int) ([]HistoryEntry, error)
	// Search returns the last n entries whose whole input matches the pattern (* any text, ? one character, [a-z] one of a
	// set), all of them when n is negative; with unique the newest of each input.
	Search(pattern string, n int, unique bool) ([]HistoryEntry, error)
}

// A HistoryOutput is an Output that knows what was run before, in this session and in others. Every Output that the kernel makes
// is one.
type HistoryOutput interface {
	Output
	// History is what the shell of the cell appends to and finds in.
	History() HistorySession
}

// HistoryEntry is one cell that was run.
type HistoryEntry struct {
	Session, Line int
	Input         string
	Output        *string
}

// history answers a history_request.
func (s *server) history(q *request, r wire.HistoryRequest) (wire.Content, error) {
	n := -1
	if r.N != nil {
		n = *r.N
	}
	var list []HistoryEntry
	var err error
	switch r.Access {
	case "tail":
		list, err = q.shell.history.Tail(n)
	case "range":
		stop := -1
		if r.Stop != nil {
			stop = *r.Stop
		}
		list, err = q.shell.history.Range(r.Session, r.Start, stop)
	case "search":
		pattern := r.Pattern
		if pattern == "" {
			pattern = "*"
		}
		list, err = q.shell.history.Search(pattern, n, r.Unique)
	default:
		err = fmt.Errorf("kernel: hist_access_type %q is none of tail, range and search", r.Access)
	}
	if err != nil {
		return nil, err
	}
	reply := wire.HistoryReply{Status: wire.OK}
	for _, e := range list {
		reply.History = append(reply.History, wire.HistoryEntry{Session: e.Session, Line: e.Line, Input: e.Input,
			WithOutput: r.Output, Output: e.Output})
	}
	return reply, nil
}

// maxHistory is how many entries a MemoryHistory keeps.
const maxHistory = 10_000

// MemoryHistory is a History that ends with the process.
type MemoryHistory struct {
	mu       sync.Mutex
	sessions int
	list     []HistoryEntry
}

// NewMemoryHistory returns an empty history.
func NewMemoryHistory() *MemoryHistory { return &MemoryHistory{} }

// NewSession implements History. Sessions are numbered from 1.
func (h *MemoryHistory) NewSession() HistorySession {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions++
	return &memorySession{h, h.sessions}
}

// A memorySession is one session of a MemoryHistory.
type memorySession struct {
	h      *MemoryHistory
	number int
}

// Append implements HistorySession. The oldest entries make room.
func (s *memorySession) Append(line int, input string, output *string) error {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if len(s.h.list) >= maxHistory {
		s.h.list = slices.Delete(s.h.list, 0, maxHistory/10)
	}
	s.h.list = append(s.h.list, HistoryEntry{Session: s.number, Line: line, Input: input, Output: output})
	return nil
}

func (s *memorySession) entries() []HistoryEntry {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	return slices.Clone(s.h.list)
}

// Tail implements HistorySession.
func (s *memorySession) Tail(n int) ([]HistoryEntry, error) { return last(s.entries(), n), nil }

// Range implements HistorySession.
func (s *memorySession) Range(session, start, stop int) ([]HistoryEntry, error) {
	if session <= 0 {
		session += s.number
	}
	return slices.DeleteFunc(s.entries(), func(e HistoryEntry) bool {
		return e.Session != session || e.Line < start || stop >= 0 && e.Line >= stop
	}), nil
}

// Search implements HistorySession.
func (s *memorySession) Search(pattern string, n int, unique bool) ([]HistoryEntry, error) {
	seen := make(map[string]bool)
	var list []HistoryEntry
	for _, e := range slices.Backward(s.entries()) {
		if n >= 0 && len(list) >= n {
			break
		}
		if unique && seen[e.Input] || !Glob(pattern, e.Input) {
			continue
		}
		seen[e.Input] = true
		list = append(list, e)
	}
	slices.Reverse(list)
	return list, nil
}

// last returns the last n entries, all of them when n is negative.
func last(list []HistoryEntry, n int) []HistoryEntry {
	if n < 0 || n >= len(list) {
		return list
	}
	return list[len(list)-n:]
}
