package display

import (
	"crypto/rand"
	"fmt"
	"os"
	"sync"

	"joule/kernel/cell"
)

// Show shows values below the running cell, each in an output of its own. Outside a cell it prints their text.
func Show(values ...any) {
	out := running()
	for _, v := range values {
		out.show(Of(v, ""), false)
	}
}

// Clear removes what the running cell has shown so far; with wait only when the next output arrives, which avoids flicker.
func Clear(wait bool) {
	if out := running(); out.sink != nil {
		out.sink.ClearOutput(wait)
	}
}

// Handle shows v and returns the slot it is in, whose content can be replaced, also from a later cell.
func Handle(v any) *Slot {
	s := newSlot()
	s.put(s.out, Of(v, ""))
	return s
}

// newSlot is a slot of the running cell that shows nothing yet.
func newSlot() *Slot { return &Slot{id: rand.Text(), out: running()} }

// A Slot is a place in a notebook's output whose content can be replaced. Its methods may be called from any goroutine.
type Slot struct {
	id  string
	out outlet // of the cell that made it

	mu    sync.Mutex
	shown bool
}

// Update replaces what the slot shows.
func (s *Slot) Update(v any) { s.put(s.from(), Of(v, "")) }

// from is the outlet of the calling cell, which may be a later one than the slot's: its output still flows, and the front end
// finds the slot by its id.
func (s *Slot) from() outlet {
	if out := running(); out.sink != nil {
		return out
	}
	return s.out
}

// ID is the display_id of the slot in the messaging protocol.
func (s *Slot) ID() string { return s.id }

// put shows b in the slot: the first time as a new output, then in its place. The lock is held while sending, so that two
// goroutines cannot both be first.
func (s *Slot) put(out outlet, b Bundle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.ID = s.id
	out.show(b, s.shown)
	s.shown = true
}

// An outlet is where output goes: the sink of a cell, or standard output.
type outlet struct{ sink cell.Sink }

// running is the outlet of the calling goroutine's cell.
func running() outlet {
	if r := cell.Current(); r != nil {
		return outlet{r.Sink()}
	}
	return outlet{}
}

func (o outlet) show(b Bundle, update bool) {
	if o.sink == nil {
		fmt.Fprintln(os.Stdout, b.Data[mimeText])
		return
	}
	o.sink.Display(b.Data, b.Metadata, b.ID, update)
}
