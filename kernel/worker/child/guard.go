package child

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"joule/kernel/cell"
	"joule/kernel/usage"
	"joule/kernel/worker/pipe"
)

// The runtime ends the process when a stack or the heap is full, and the session's values with it. The watchdog looks before
// that and stops the cells that are to blame: infinite recursion and runaway allocation end as an error of the cell. It sleeps
// while no cell has a goroutine.
//
// Stacks. One may have 128 MiB, a quarter of what Go gives at most, because a longer one takes a second and more to copy, to stop and
// to unwind. That is a million calls of compiled code and more, and fifty thousand of interpreted code. So when a stack grows large a
// cell that the interpreter runs waits until its functions are compiled, and goes on with these. To blame for what is too much are
// the cells that have goroutines with deep stacks.
//
// Memory. The limit is a share of what this process may have, which its control groups can make less than the computer has, or
// what JOULE_MEMORY says (such as 4GB). The collector works harder before it is reached. Values that a session keeps may
// come near it: then a cell has what is left above them. A cell that is inside compiled code which does not listen and goes on
// taking memory ends the process, before the system ends something else.
const (
	watchEvery = 5 * time.Millisecond
	watchLeft  = 50 * time.Millisecond // where only goroutines that cells have left behind run
	stackLimit = 200 << 20             // while a stack grows to 128 MiB the one before is there too
	stackDeep  = 40 << 20              // interpreted functions are compiled then
	warmth     = time.Minute           // for no longer than that: the kernel says when they are
	mostDeep   = 4                     // how many deep stacks may be that deep at once
	stackEach  = 64 << 10              // what a goroutine may have without being suspicious
	patience   = 2 * time.Second
)

// A watch is the state of the watchdog.
type watch struct {
	w       *worker
	samples []metrics.Sample
	total   uint64 // what the process may have; 0 when unknown
	limit   uint64 // what cells may have of it
	held    uint64 // what there was when cells were stopped last
	base    uint64 // what was there when the first of the cells that run began
	suspect uint64 // stacks of that size were looked into, and nobody was to blame
	cool    uint64 // they were looked into, and who has to wait waits
	looked  time.Time
	free    uint64 // what the system had left then

	interpreted bool // the stack that was too deep was the interpreter's
}

func guard(w *worker) {
	g := &watch{w: w, samples: []metrics.Sample{
		{Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}}
	g.limit, g.total = pipe.MemoryLimit()
	cell.SetRoom(g.limit)
	if g.limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(g.limit - g.limit/8))
	}
	for range w.began {
		g.start()
		for {
			active, left := w.alive()
			if len(active)+len(left) == 0 {
				break
			}
			if why, kind, to := g.look(active, left); why != "" {
				g.end(why, kind, to)
			}
			if len(active) == 0 {
				time.Sleep(watchLeft)
			} else {
				time.Sleep(watchEvery)
			}
		}
	}
}

// read returns the bytes of all stacks, and of these with all values.
func (g *watch) read() (stacks, all uint64) {
	metrics.Read(g.samples)
	stacks = g.samples[0].Value.Uint64()
	return stacks, stacks + g.samples[1].Value.Uint64()
}

// start takes note of what is there when cells begin to run. Values that nobody has any more do not count.
func (g *watch) start() {
	g.suspect, g.cool, g.held = 0, 0, 0
	if _, g.base = g.read(); g.limit > 0 && g.base > g.limit/2 {
		debug.FreeOSMemory()
		_, g.base = g.read()
	}
}

// look finds out whether cells have to be stopped: why, and which.
func (g *watch) look(active, left []*cell.Record) (why, kind string, to []*cell.Record) {
	stacks, all := g.read()
	if most := stackDeep + uint64(runtime.NumGoroutine())*stackEach; stacks > max(most, g.cool) {
		deep, _, _ := g.w.deep()
		for _, r := range deep {
			g.w.warm(r)
		}
		g.cool = stacks + stacks/4
	} else {
		g.cool = min(g.cool, stacks+stacks/4)
	}
	if stacks > max(g.stackLimit(1), g.suspect) {
		to, stacksDeep, interpreted := g.w.deep()
		if all := slices.Concat(active, left); len(all) == 1 && stacksDeep <= 1 {
			to = all
		}
		most := g.stackLimit(stacksDeep)
		if stacks > most && len(to) > 0 {
			g.interpreted = interpreted
			return "stack overflow: the cell recursed without end", pipe.Stack, to
		}
		g.suspect = max(most, stacks+stacks/8)
	}
	to = active
	if len(to) == 0 {
		to = left
	}
	switch {
	case g.limit > 0 && all > max(g.limit, g.base+g.limit/16):
		return fmt.Sprintf("out of memory: the values take more than %d MB", max(g.limit, g.base+g.limit/16)>>20), pipe.Memory, to
	case g.total > 0 && all > g.total/8 && g.available() < g.total/32:
		return "out of memory: the computer has none left", pipe.Memory, to
	}
	return "", "", nil
}

// stackLimit is what all stacks may have together, of which so many are deep.
func (g *watch) stackLimit(deep int) uint64 {
	most := uint64(stackLimit * min(max(deep, 1), mostDeep))
	if g.limit > 0 {
		most = min(most, g.limit/4) // those of many goroutines double at once
	}
	return most + uint64(runtime.NumGoroutine())*stackEach
}

// available is what the system has left, as of a moment ago.
func (g *watch) available() uint64 {
	if now := time.Now(); now.Sub(g.looked) > 20*watchEvery {
		host, err := usage.Host()
		if err != nil {
			host.Available = g.total
		}
		g.looked, g.free = now, host.Available
	}
	return g.free
}

// end stops cells, says why, and waits until they have ended.
func (g *watch) end(why, kind string, to []*cell.Record) {
	told := false
	for _, r := range to {
		if r.Context().Err() != nil {
			continue // it was told before
		}
		told = true
		if s, ok := r.Origin().(*sink); ok {
			g.w.out.send(pipe.Reply{Seq: s.seq, Fault: &pipe.Fault{Guard: kind, Message: why, Interpreted: kind == pipe.Stack && g.interpreted}})
		}
		r.Stop()
	}
	deadline := time.Now().Add(patience)
	listens := true
	for _, r := range to {
		for r.Live() > 0 && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		listens = listens && r.Live() == 0
	}
	_, now := g.read()
	more := now > g.held // what only copies what it has, as append does, will listen again
	g.held = now
	if kind == pipe.Memory && !listens && (!told && more || now > g.limit+g.limit/4) {
		g.w.out.last("fatal error: " + why + ", and the cell is inside compiled code that does not listen")
		os.Exit(2)
	}
	debug.FreeOSMemory() // collects, too
	_, g.base = g.read()
}

// warm holds a run until the kernel has compiled what the interpreter runs of it, once.
func (w *worker) warm(r *cell.Record) {
	s, ok := r.Origin().(*sink)
	w.mu.Lock()
	if !ok || w.runs[s.seq] != r || w.warming[s.seq] != nil || r.Live() == 0 {
		w.mu.Unlock()
		return
	}
	release := r.Hold()
	w.warming[s.seq] = release
	w.mu.Unlock()
	time.AfterFunc(warmth, release)
	w.out.send(pipe.Reply{Seq: s.seq, Deep: true})
}

// deepFrames is how many functions are on a deep stack: as many as the runtime's profile shows.
const deepFrames = 100

// deep finds the cells that have goroutines with deep stacks, counts these, and tells whether the interpreter runs on top of one.
func (w *worker) deep() (list []*cell.Record, count int, interpreted bool) {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	for entry := range strings.SplitSeq(b.String(), "\n\n") {
		g, ok := parse(entry)
		r := w.known[g.label]
		if !ok || r == nil || len(g.frames) < deepFrames {
			continue
		}
		interpreted = interpreted || slices.ContainsFunc(g.frames, func(f string) bool { return strings.Contains(f, "/yaegi/interp.") })
		if count += g.count; !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list, count, interpreted
}
