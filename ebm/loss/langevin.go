package loss

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"joule/ebm"
	"joule/ebm/expr"
	"joule/ebm/simd"
)

// A Walker is a Markov chain that moves points on an energy whose parameters change between calls: the samplers MALA, HMC, ULA and
// Gibbs, and Langevin.
type Walker interface {
	// Walker returns a function that moves the points in x, one after the other, by so many steps.
	Walker(m *ebm.Model, seed int) func(x []float64, steps int)
}

// Langevin is the walk that networks are trained with in practice: x ← x − Step·∇E(x) + Noise·ξ. With Noise = √(2·Step) it
// samples e^−E roughly, like sampler.ULA; with less noise it samples a colder distribution, and follows the energy faster (Du and
// Mordatch, "Implicit generation and modeling with energy-based models", NeurIPS 2019, section 3.1 and appendix).
type Langevin struct {
	Step  float64 // 0 means 0.01
	Noise float64 // 0 means √(2·Step); negative means none
	Clip  float64 // limit for each element of the gradient; 0 means none
}

// Walker returns a function that moves points, panel by panel on all processors, in single precision.
func (l Langevin) Walker(m *ebm.Model, seed int) func(x []float64, steps int) {
	w := l.walk(m, seed)
	return func(x []float64, steps int) { w.move(x, nil, steps) }
}

func (l Langevin) walk(m *ebm.Model, seed int) *langevin {
	h := option("Langevin", "Step", l.Step, 0.01, 0)
	clip := option("Langevin", "Clip", l.Clip, math.MaxFloat64, 0)
	noise := l.Noise
	switch {
	case noise == 0:
		noise = math.Sqrt(2 * h)
	case noise < 0:
		noise = 0
	}
	return &langevin{model: m, h: float32(h), noise: float32(noise), clip: clip, loop: langevinLoop(m, h, noise, clip),
		src: simd.Source{Seed: uint64(seed), Stream: streamLangevin}}
}

// langevinLoop is a step: of x and normal numbers.
func langevinLoop(m *ebm.Model, h, noise, clip float64) *ebm.Loop {
	return m.Loop(fmt.Sprint("loss.Langevin", h, noise, clip), func() *ebm.Loop {
		return ebm.NewLoop([]int{m.Dim(), m.Dim()}, []int{0}, func(in []ebm.Tensor) []ebm.Tensor {
			x, xi := in[0], in[1]
			g := ebm.Grad(m.Energy(x), x)
			if clip < math.MaxFloat64 {
				g = g.Clamp(-clip, clip)
			}
			return []ebm.Tensor{x.Sub(g.Mul(h)).Add(xi.Mul(noise))}
		})
	})
}

// A langevin is a walk under way.
type langevin struct {
	model    *ebm.Model
	h, noise float32
	clip     float64
	loop     *ebm.Loop
	src      simd.Source
	step     uint64
	machines []*expr.Machine32 // one per hand
}

// move walks whole trajectories panel by panel, so that what a panel needs stays in the near caches. The gradient of the energy at x, of
// each point, saves the first step its computation; nil: it is not known.
func (w *langevin) move(x []float64, gradient []float32, steps int) {
	dim := w.model.Dim()
	n := len(x) / dim
	lanes := w.loop.Lanes(n)
	panels := (n + lanes - 1) / max(lanes, 1)
	hands := min(runtime.GOMAXPROCS(0), panels)
	if w.loop.Hosted() {
		hands = min(1, panels)
	}
	if len(w.machines) > 0 && w.machines[0].Lanes() != lanes {
		w.machines = nil
	}
	for len(w.machines) < hands {
		w.machines = append(w.machines, w.loop.NewMachine(lanes))
	}
	var hand, next atomic.Int64
	expr.Parallel(hands, func() {
		m := w.machines[hand.Add(1)-1]
		w.loop.Refresh(m)
		simd.Flush(func() {
			for i := int(next.Add(1)) - 1; i < panels; i = int(next.Add(1)) - 1 {
				lo, hi := i*lanes*dim, min((i+1)*lanes, n)*dim
				var g []float32
				if gradient != nil {
					g = gradient[lo:hi]
				}
				w.panel(m, x[lo:hi], g, i*lanes, steps)
			}
		})
	})
	w.step += uint64(steps)
}

// panel moves the points of one panel; first is the number of the first one.
func (w *langevin) panel(m *expr.Machine32, x []float64, gradient []float32, first, steps int) {
	at, xi, lanes, dim := m.In(0), m.In(1), m.Lanes(), w.model.Dim()
	for i, v := range x {
		at[i%dim*lanes+i/dim] = float32(v)
	}
	for k := range steps {
		if xi != nil {
			w.src.NormalPanel32(xi, dim, lanes, uint32(first), w.step+uint64(k))
		}
		if k == 0 && gradient != nil {
			w.first(at, xi, gradient, lanes)
			continue
		}
		m.Run(lanes)
	}
	for i := range x {
		x[i] = float64(at[i%dim*lanes+i/dim])
	}
}

// first is a step of the loop with a gradient that is known, a row per point.
func (w *langevin) first(at, xi, gradient []float32, lanes int) {
	dim := w.model.Dim()
	for i, g := range gradient {
		k := i%dim*lanes + i/dim
		if w.clip < math.MaxFloat64 {
			g = min(max(g, float32(-w.clip)), float32(w.clip))
		}
		v := at[k] - float32(g*w.h)
		if xi != nil {
			v += float32(xi[k] * w.noise)
		}
		at[k] = v
	}
}
