package sampler

import (
	"runtime"
	"sync"
	"sync/atomic"

	"joule/ebm"
	"joule/ebm/expr"
)

// A walk moves configurations that somebody else keeps: the negative samples of contrastive divergence, which outlive a step of
// training, during which the energy changes under them.
type walk struct {
	sampler Sampler
	model   *ebm.Model
	seed    uint64
	step    uint64
	panels  []*panel
	targets []*Target
}

// walker returns the function that Walker of every sampler returns.
func walker(s Sampler, m *ebm.Model, seed int) func(x []float64, steps int) {
	w := &walk{sampler: s, model: m, seed: uint64(seed)}
	return w.move
}

// Walker returns a function that moves the points in x, one after the other, by so many steps on the energy as it is at the
// call. It is not safe for concurrent use. The random numbers of a call follow those of the call before; the seed begins them.
func (p MALA) Walker(m *ebm.Model, seed int) func(x []float64, steps int) {
	return walker(p.fixed(), m, seed)
}

// fixed is MALA with a step: there is no warm-up to find one.
func (p MALA) fixed() MALA {
	if p.Step == 0 {
		p.Step = 0.01
	}
	return p
}

// Walker is like MALA's.
func (p ULA) Walker(m *ebm.Model, seed int) func(x []float64, steps int) { return walker(p, m, seed) }

// Walker is like MALA's.
func (p HMC) Walker(m *ebm.Model, seed int) func(x []float64, steps int) {
	if p.Step == 0 {
		p.Step = 0.05
	}
	return walker(p, m, seed)
}

// move advances all points, panel by panel, on all processors.
func (w *walk) move(x []float64, steps int) {
	dim := w.model.Dim()
	n := len(x) / dim
	w.fit(n)
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i*expr.Lanes >= n {
				return
			}
			w.advance(i, x[i*expr.Lanes*dim:], steps)
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+expr.Lanes-1)/expr.Lanes) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	w.step += uint64(steps)
}

// fit makes panels for n points.
func (w *walk) fit(n int) {
	for i := 0; i*expr.Lanes < n; i++ {
		lanes := min(expr.Lanes, n-i*expr.Lanes)
		if i == len(w.panels) {
			w.panels, w.targets = append(w.panels, nil), append(w.targets, nil)
		}
		if p := w.panels[i]; p == nil || p.state.Lanes != lanes {
			t := newTarget(w.model, lanes)
			w.targets[i] = t
			w.panels[i] = &panel{kernel: w.sampler.Kernel(t), state: NewState(w.model.Dim(), lanes), info: NewInfo(lanes)}
		}
	}
}

// advance moves the points of the i-th panel, which lie at the beginning of x.
func (w *walk) advance(i int, x []float64, steps int) {
	p, t := w.panels[i], w.targets[i]
	s := p.state
	for l := range s.Lanes {
		for j := range s.Dim {
			s.X[j*s.Lanes+l] = x[l*s.Dim+j]
		}
	}
	t.refresh()
	if _, blind := p.kernel.(gibbs); !blind {
		t.Eval(s)
	}
	p.noise = Noise{seed: w.seed, first: uint32(i * expr.Lanes), step: w.step}
	for range steps {
		p.step()
	}
	for l := range s.Lanes {
		for j := range s.Dim {
			x[l*s.Dim+j] = s.X[j*s.Lanes+l]
		}
	}
}
