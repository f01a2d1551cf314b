package kernel

import (
	"fmt"
	"slices"
	"sync"

	"joule/kernel/wire"
)

// A History remembers what was run. Its methods may be called from any goroutine. Entries come oldest first.
type History interface {
	// Append stores a cell of the current session; output is the text of its value, nil for none.
	Append(line int, input string, output *string) error
	// Tail returns the last n entries.
	Tail(n int) ([]HistoryEntry, error)
	// Range returns the lines start to stop-1 of a session: 0 is the current one, negative numbers count back from it. A
	// stop that is negative is the end.
	Range(session, start, stop int) ([]HistoryEntry, error)
	// Search returns the last n entries whose whole input matches the pattern (* any text, ? one character, [a-z] one of a
	// set), all of them when n is negative; with unique the newest of each input.
	Search(pattern string, n int, unique bool) ([]HistoryEntry, error)
}

// HistoryEntry is one cell that was run.
type HistoryEntry struct {
	Session, Line int
	Input         string
	Output        *string
}

// history answers a history_request.
func (s *server) history(_ *request, r wire.HistoryRequest) (wire.Content, error) {
	n := -1
	if r.N != nil {
		n = *r.N
	}
	var list []HistoryEntry
	var err error
	switch r.Access {
	case "tail":
		list, err = s.options.History.Tail(n)
	case "range":
		stop := -1
		if r.Stop != nil {
			stop = *r.Stop
		}
		list, err = s.options.History.Range(r.Session, r.Start, stop)
	case "search":
		pattern := r.Pattern
		if pattern == "" {
			pattern = "*"
		}
		list, err = s.options.History.Search(pattern, n, r.Unique)
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

// MemoryHistory is a History of one session, number 1, that ends with the process.
type MemoryHistory struct {
	mu   sync.Mutex
	list []HistoryEntry
}

// NewMemoryHistory returns an empty history.
func NewMemoryHistory() *MemoryHistory { return &MemoryHistory{} }

// Append implements History. The oldest entries make room.
func (h *MemoryHistory) Append(line int, input string, output *string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) >= maxHistory {
		h.list = slices.Delete(h.list, 0, maxHistory/10)
	}
	h.list = append(h.list, HistoryEntry{Session: 1, Line: line, Input: input, Output: output})
	return nil
}

// Tail implements History.
func (h *MemoryHistory) Tail(n int) ([]HistoryEntry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return last(slices.Clone(h.list), n), nil
}

// Range implements History.
func (h *MemoryHistory) Range(session, start, stop int) ([]HistoryEntry, error) {
	if session != 0 && session != 1 {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []HistoryEntry
	for _, e := range h.list {
		if e.Line >= start && (stop < 0 || e.Line < stop) {
			list = append(list, e)
		}
	}
	return list, nil
}

// Search implements History.
func (h *MemoryHistory) Search(pattern string, n int, unique bool) ([]HistoryEntry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := make(map[string]bool)
	var list []HistoryEntry
	for _, e := range slices.Backward(h.list) {
		if unique && seen[e.Input] || !Glob(pattern, e.Input) {
			continue
		}
		seen[e.Input] = true
		list = append(list, e)
	}
	slices.Reverse(list)
	return last(list, n), nil
}

// last returns the last n entries, all of them when n is negative.
func last(list []HistoryEntry, n int) []HistoryEntry {
	if n < 0 || n >= len(list) {
		return list
	}
	return list[len(list)-n:]
}
