package ebm

import (
	"sync"

	"joule/ebm/expr"
)

// A Loop is a step of something that goes on from its own results, such as a Markov chain, compiled together with the energy that it
// moves on. It runs on panels of chains, in single precision.
type Loop struct {
	params  *Params
	program *expr.Program

	mu   sync.Mutex
	free map[int][]*expr.Machine32 // by lanes: machines that were given back
}

// NewLoop returns the loop of a step, written on symbols like an energy: f receives inputs of the given widths and returns results, of
// which the k-th becomes input carry[k] of the next step; −1 is for a result that does not. The parameters of energies within are those
// of their models. Misuse panics with an *Error.
func NewLoop(widths []int, carry []int, f func(in []Tensor) []Tensor) *Loop {
	t := newTrace(0)
	defer func() { t.done, t.params.trace = true, nil }()
	in := make([]Tensor, len(widths))
	for k, w := range widths {
		in[k] = Tensor{t: t, id: t.graph.Input(k, expr.Vector(w))}
	}
	results := f(in)
	if len(results) != len(carry) {
		expr.Fail("NewLoop", "%d results, and %d are said where to go", len(results), len(carry))
	}
	outs := make([]expr.ID, len(results))
	for k, r := range results {
		outs[k] = r.in("NewLoop", t)
		if c := carry[k]; c >= len(widths) {
			expr.Fail("NewLoop", "result %d is to become input %d of %d", k, c, len(widths))
		} else if s := t.graph.Shape(outs[k]); c >= 0 && s.Size() != widths[c] {
			expr.Fail("NewLoop", "result %d is of %v and to become an input of width %d", k, s, widths[c])
		}
	}
	return &Loop{params: t.params, program: expr.CompileLoop(t.graph, carry, outs...)}
}

// Loop returns the loop of a name on this energy, which build makes at first use.
func (m *Model) Loop(name string, build func() *Loop) *Loop {
	once, _ := m.loops.LoadOrStore(name, sync.OnceValue(build))
	return once.(func() *Loop)()
}

// NewMachine returns a machine for panels of so many lanes, with the parameters as they are now. Inputs and results are numbered as in
// NewLoop; inputs hold whatever they held before.
func (l *Loop) NewMachine(lanes int) *expr.Machine32 {
	l.mu.Lock()
	var m *expr.Machine32
	if ms := l.free[lanes]; len(ms) > 0 {
		m, l.free[lanes] = ms[len(ms)-1], ms[:len(ms)-1]
	}
	l.mu.Unlock()
	if m == nil {
		m = l.program.NewMachine32(lanes)
	}
	l.Refresh(m)
	return m
}

// Release gives a machine back, for the next NewMachine: making one takes longer than a short run.
func (l *Loop) Release(m *expr.Machine32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free == nil {
		l.free = map[int][]*expr.Machine32{}
	}
	l.free[m.Lanes()] = append(l.free[m.Lanes()], m)
}

// Refresh gives a machine the parameters as they are now.
func (l *Loop) Refresh(m *expr.Machine32) {
	if len(l.params.list) == 0 {
		return
	}
	for k, v := range l.params.singles() {
		m.SetParam32(k, v)
	}
	m.Begin()
}

// Hosted says that the loop calls a plain Go function (Slow), which wants to run on the goroutine of the caller.
func (l *Loop) Hosted() bool { return l.program.Hosted() }

// Lanes is how many of n chains a panel should hold: as many as keep it in the near caches, and few enough for several panels. It depends
// on the loop and on n only, never on the machine, so that results do not either.
func (l *Loop) Lanes(n int) int {
	lanes := 32
	for lanes < 512 && (lanes < 64 || 2*lanes*l.program.LaneBytes32() <= 48<<10) && n/(2*lanes) >= 4 {
		lanes *= 2
	}
	return min(lanes, max(n, 1))
}
