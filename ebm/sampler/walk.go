package sampler

import (
	"runtime"
	"sync/atomic"

	"joule/ebm"
	"joule/ebm/simd"
)

// A walk moves configurations that somebody else keeps: the negative samples of contrastive divergence, which outlive a step of
// training, during which the energy changes under them.
type walk struct {
	sampler Sampler
	model   *ebm.Model
	seed    uint64
	step    uint64
	lanes   int
	panels  []*walkers
}

// walkers are the points of a panel.
type walkers struct {
	motion motion
	lanes  int
	x      []float64 // a row of lanes per coordinate
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
	if n == 0 {
		return
	}
	_, own := w.panels[0].motion.(*double)
	together(min(runtime.GOMAXPROCS(0), len(w.panels)), !own, func() {
		for i := int(next.Add(1)) - 1; i < len(w.panels); i = int(next.Add(1)) - 1 {
			w.advance(i, x[i*w.lanes*dim:], steps)
		}
	})
	w.step += uint64(steps)
}

// fit makes panels for n points.
func (w *walk) fit(n int) {
	lanes := singleLanes(w.model, w.sampler, n)
	if lanes != w.lanes {
		w.lanes, w.panels = lanes, nil
	}
	count := (n + lanes - 1) / lanes
	if len(w.panels) > count {
		w.panels = w.panels[:count]
	}
	for i := range count {
		here := min(lanes, n-i*lanes)
		if i == len(w.panels) {
			w.panels = append(w.panels, nil)
		}
		if p := w.panels[i]; p == nil || p.lanes != here {
			p := &walkers{lanes: here, x: make([]float64, w.model.Dim()*here)}
			var ok bool
			if p.motion, ok = newSingle(w.model, w.sampler, here); !ok {
				p.motion = newDouble(w.model, w.sampler, here)
			}
			w.panels[i] = p
		}
	}
}

// advance moves the points of the i-th panel, which lie at the beginning of x.
func (w *walk) advance(i int, x []float64, steps int) {
	p, dim := w.panels[i], w.model.Dim()
	set := simd.Float64(simd.Best())
	set.Transpose(p.x, p.lanes, x, p.lanes, dim, dim)
	p.motion.refresh()
	p.motion.place(p.x)
	noise := Noise{seed: w.seed, first: uint32(i * w.lanes), step: w.step}
	for range steps {
		p.motion.step(noise)
		noise.step++
	}
	p.motion.rows(p.x)
	set.Transpose(x, dim, p.x, dim, p.lanes, p.lanes)
}
