package cell

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"unsafe"
)

//go:linkname profLabel runtime/pprof.runtime_getProfLabel
func profLabel() unsafe.Pointer

// bound maps the address of a goroutine's label set to its record. The addresses are unique while the label set lives, and the
// record keeps it alive; entries are never removed while a record can still be reached by a goroutine, because a goroutine that
// outlives its cell goes on printing. A record is small, so the table is bounded by the number of cells run.
var bound struct {
	sync.RWMutex
	records map[unsafe.Pointer]*Record
	newest  *Record
}

// LabelKey is the key of the profiler's label that all goroutines of a record have.
const LabelKey = "joule"

var labels atomic.Int64

// newLabel is unique among the records of the process.
func newLabel(number int) string { return fmt.Sprintf("cell[%d]#%d", number, labels.Add(1)) }

// Label is the value of the profiler's label of r's goroutines.
func (r *Record) Label() string { return r.label }

// bind makes r the record of the calling goroutine and of those that it starts.
func bind(r *Record) {
	r.labels = pprof.WithLabels(context.Background(), pprof.Labels(LabelKey, r.label))
	pprof.SetGoroutineLabels(r.labels)
	p := profLabel()
	bound.Lock()
	defer bound.Unlock()
	if bound.records == nil {
		bound.records = map[unsafe.Pointer]*Record{}
	}
	bound.records[p] = r
	bound.newest = r
}

// Current is the record of the cell that the calling goroutine works for; the newest one on a goroutine that belongs to
// none; nil before the first cell.
func Current() *Record {
	p := profLabel()
	bound.RLock()
	defer bound.RUnlock()
	if r := bound.records[p]; r != nil {
		return r
	}
	return bound.newest
}

// own is the record that the calling goroutine is bound to, or nil.
func own() *Record {
	p := profLabel()
	bound.RLock()
	defer bound.RUnlock()
	return bound.records[p]
}
