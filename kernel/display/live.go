package display

import (
	"reflect"
	"sync"
	"time"
)

// Bounds on how often a live view is drawn.
const (
	liveEvery = 100 * time.Millisecond // at most ten times a second,
	liveShare = 4                      // at most a fifth of the time,
	liveCheap = 500 * time.Microsecond // and what can be drawn faster than this is drawn at once and sent when due
)

// Live returns a view that shows nothing yet and then, in one place, whatever Update was given last. It is what a training loop
// is watched with: train.Config{Watch: display.Live()}.
func Live() *View { return &View{now: time.Now} }

// A View is an output that follows a changing value. Its methods may be called from any goroutine.
//
// Drawing is limited to ten times a second and a fifth of the caller's time. A value is read only on the goroutine that calls
// Update or Flush, unless it holds no reference to anything that could change, so the caller may go on changing it afterwards.
// The last value appears by itself where it is drawn in half a millisecond or holds no reference; for others, such as the figure
// of a network in training, call Flush at the end.
type View struct {
	now func() time.Time

	mu      sync.Mutex
	slot    *Slot
	out     outlet        // of the last caller: the timer's goroutine belongs to no cell
	first   time.Time     // when Update was first called
	last    time.Time     // when something was last sent
	gap     time.Duration // how long to wait after that
	least   time.Duration // the time of the fastest drawing: others waited for caches, or the processor
	spent   time.Duration // the time of all drawings
	pending any           // a value not drawn yet
	waiting bool          // pending is set
	drawn   *Bundle       // drawn, not sent yet
	timer   *time.Timer
}

// Update shows view, now or when the next drawing is due.
func (l *View) Update(view any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slot == nil {
		l.slot, l.first = newSlot(), l.now()
	}
	l.out = l.slot.from()
	l.pending, l.waiting, l.drawn = view, true, nil
	wait := l.gap - l.now().Sub(l.last)
	if wait <= 0 {
		l.send()
		return
	}
	constant := immutable(reflect.ValueOf(view))
	if !constant && (l.least <= liveCheap || l.spent*(liveShare+1) <= l.now().Sub(l.first)) {
		l.draw()
	}
	if (constant || l.drawn != nil) && l.timer == nil {
		l.timer = time.AfterFunc(wait, l.due)
	}
}

// Flush shows the last value now if it has not been shown yet.
func (l *View) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.send()
}

// due runs on the timer's goroutine: it sends what is drawn already and draws only what cannot change meanwhile.
func (l *View) due() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	if l.drawn != nil || l.waiting && immutable(reflect.ValueOf(l.pending)) {
		l.send()
	}
}

// draw turns the pending value into a bundle.
func (l *View) draw() {
	start := l.now()
	b := Of(l.pending, "")
	cost := l.now().Sub(start)
	l.spent += cost
	if l.least == 0 || cost < l.least {
		l.least = cost
	}
	l.drawn, l.pending, l.waiting = &b, nil, false
}

// send shows what is pending or drawn.
func (l *View) send() {
	if l.waiting {
		l.draw()
	}
	if l.drawn == nil {
		return
	}
	l.slot.put(l.out, *l.drawn)
	l.drawn = nil
	l.last = l.now()
	l.gap = max(liveEvery, liveShare*l.least)
}

// immutable reports whether v refers to nothing that another goroutine could change.
func immutable(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid, reflect.String:
		return true
	case reflect.Interface:
		return immutable(v.Elem())
	case reflect.Array:
		for i := range v.Len() {
			if i == 64 || !immutable(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if !immutable(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.Kind() <= reflect.Complex128
}
