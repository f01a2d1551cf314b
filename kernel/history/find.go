package history

import (
	"slices"

	"joule/kernel"
)

// Tail implements kernel.HistorySession.
func (x *session) Tail(n int) ([]kernel.HistoryEntry, error) {
	return x.find(n, func(entry, int) bool { return true })
}

// Range implements kernel.HistorySession.
func (x *session) Range(number, start, stop int) ([]kernel.HistoryEntry, error) {
	return x.find(-1, func(e entry, own int) bool {
		want := number
		if want <= 0 {
			want += own
		}
		return e.Session == want && e.Line >= start && (stop < 0 || e.Line < stop)
	})
}

// Search implements kernel.HistorySession.
func (x *session) Search(pattern string, n int, unique bool) ([]kernel.HistoryEntry, error) {
	seen := make(map[string]bool)
	return x.find(n, func(e entry, _ int) bool {
		if unique && seen[e.Input] || !kernel.Glob(pattern, e.Input) {
			return false
		}
		if unique {
			seen[e.Input] = true
		}
		return true
	})
}

// find returns the last n entries that are wanted, all with a negative n, oldest first. wanted is asked newest first, and told
// the number of this session.
func (x *session) find(n int, wanted func(e entry, own int) bool) ([]kernel.HistoryEntry, error) {
	return x.store.ask(func() (list []kernel.HistoryEntry, err error) {
		provisional := 0
		if x.number == 0 || len(x.store.unsaved) > 0 {
			provisional = x.store.file.newestSession() + 1
		}
		own := x.number
		if own == 0 {
			own = provisional
		}
		for e := range x.store.newestFirst(provisional) {
			if n >= 0 && len(list) >= n {
				break
			}
			if wanted(e, own) {
				list = append(list, kernel.HistoryEntry{Session: e.Session, Line: e.Line, Input: e.Input, Output: e.Output})
			}
		}
		slices.Reverse(list)
		return list, nil
	})
}
