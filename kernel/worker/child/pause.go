package child

import (
	"time"

	"joule/kernel/cell"
	"joule/kernel/worker/pipe"
)

// A pauser stops a cell where the kernel has something to do between two statements, and measures the time between the stops.
type pauser struct {
	out     *sender
	seq     int
	rec     *cell.Record
	resumed chan struct{}

	from  pipe.Spent // the clocks when the cell last went on
	total pipe.Spent
}

func newPauser(out *sender, seq int, rec *cell.Record) *pauser {
	p := &pauser{out: out, seq: seq, rec: rec, resumed: make(chan struct{}, 1)}
	rec.OnPause(p.pause)
	return p
}

// begin starts the clocks.
func (p *pauser) begin() { p.from = clocks() }

// spent stops the clocks.
func (p *pauser) spent() pipe.Spent {
	now := clocks()
	s := pipe.Spent{Wall: now.Wall - p.from.Wall, CPU: now.CPU - p.from.CPU}
	p.total.Wall += s.Wall
	p.total.CPU += s.CPU
	return s
}

// end reports the times of a cell that has come to its end.
func (p *pauser) end(d *pipe.Done) {
	d.Spent = p.spent()
	d.Total = p.total
}

// pause waits for the kernel before statement number at. It is called by the cell's goroutine.
func (p *pauser) pause(at int) {
	p.out.send(pipe.Reply{Seq: p.seq, Pause: &pipe.Pause{At: at, Spent: p.spent()}})
	select {
	case <-p.resumed:
	case <-p.rec.Context().Done():
		cell.Check()
	}
	p.begin()
}

func (p *pauser) resume() {
	select {
	case p.resumed <- struct{}{}:
	default:
	}
}

// origin is what the wall clock is measured from.
var origin = time.Now()

func clocks() pipe.Spent { return pipe.Spent{Wall: time.Since(origin), CPU: processorTime()} }
