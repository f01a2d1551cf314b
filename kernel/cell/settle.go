package cell

import (
	"bytes"
	"runtime"
	"slices"
	"time"
)

// Settle waits until the goroutines of cells that are on their way out in a panic have reported it, at most for limit: a deferred
// function that lets the cell come to its end, as close(done) does, runs before anybody can know that the panic will not be
// recovered. It does not wait for goroutines that do anything else, nor for a deferred function that waits for something.
func (r *Record) Settle(limit time.Duration) {
	deadline := time.Now().Add(limit)
	for pause := 20 * time.Microsecond; r.live.Load() > 0 && leaving() && r.ctx.Err() == nil && time.Now().Before(deadline); pause *= 2 {
		time.Sleep(min(pause, 5*time.Millisecond))
	}
}

// stacks is how much of the goroutines' stacks is read: those of several hundred.
const stacks = 1 << 20

// parked are states in which a goroutine may stay for ever, as the runtime names them. It waits for locks in others, which
// printing does too.
var parked = [][]byte{[]byte("chan "), []byte("select"), []byte("sleep"), []byte("IO wait"), []byte("sync.WaitGroup"), []byte("sync.Cond")}

// leaving tells whether a goroutine that a cell started runs deferred functions because of a panic.
func leaving() bool {
	buf := make([]byte, 64<<10)
	n := runtime.Stack(buf, true)
	for n == len(buf) && n < stacks {
		buf = make([]byte, 4*len(buf))
		n = runtime.Stack(buf, true)
	}
	for g := range bytes.SplitSeq(buf[:n], []byte("\n\n")) {
		_, state, _ := bytes.Cut(g, []byte(" ["))
		waits := slices.ContainsFunc(parked, func(p []byte) bool { return bytes.HasPrefix(state, p) })
		if !waits && bytes.Contains(g, []byte("\npanic(")) && bytes.Contains(g, []byte("\njoule/kernel/cell.(*Record).guarded(")) {
			return true
		}
	}
	return false
}
